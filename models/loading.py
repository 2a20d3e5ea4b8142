"""Rows as the session knows them, read past its unit of work: the hot ways read few rows, and it takes several times as

long as the database.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from models.base import Base, found
from models.prepared import Prepared

B = TypeVar("B", bound=Base)


def give(session: Session, row: B, values: Mapping[str, Any]) -> B:
    """`row` to the session, as one it has read. `values`: of every column."""
    for name, value in values.items():
        set_committed_value(row, name, value)
    make_transient_to_detached(row)
    session.add(row)
    return row


def ask(session: Session, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    """What the statement finds once all that the session has changed is written."""
    session.flush()
    return found(session, statement, values)


def take(session: Session, model: type[B], values: Sequence[Any]) -> B:
    """One row of what was found, by its columns in their order. One that the session knows stays as it knows it.

    For models whose key is `id`.
    """
    book = dict(zip(names_of(model), values, strict=True))
    known: B | None = session.identity_map.get(identity_key(model, book["id"]))
    return known if known is not None else give(session, model(), book)


@cache
def names_of(model: type[Base]) -> tuple[str, ...]:
    return tuple(column.name for column in model.__table__.columns)
