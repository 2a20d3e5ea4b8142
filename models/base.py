"""The declarative base, and the inserts that never raise on a repeat."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, MetaData, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)

    def __repr__(self) -> str:
        """The table and the key, never a value: rows end up in tracebacks and logs."""
        key = ",".join(str(getattr(self, column.name, "?")) for column in self.__table__.primary_key)
        return f"<{self.__tablename__} {key}>"


def upsert_into(session: Session, row: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """The engine's own INSERT, which knows ON CONFLICT; both spell it alike."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(row)


@cache
def _insert_or_nothing(row: type[Base], dialect: str, names: frozenset[str]) -> Executable:
    """Made once for each set of columns: to build and to hash a statement costs more than to run it."""
    table = cast(Table, row.__table__)
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).values({name: bindparam(name) for name in names})
    return statement.on_conflict_do_nothing().returning(*table.primary_key)


def insert_new(session: Session, row: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert unless a unique constraint already holds such a row; true when this call wrote it."""
    session.flush()  # what it refers to may still wait to be written
    connection = session.connection()
    statement = _insert_or_nothing(row, connection.dialect.name, frozenset(values))
    return connection.execute(statement, dict(values)).first() is not None


def lock_name(session: Session, name: bytes) -> None:
    """Until this transaction ends nobody else holds the same name: keeps two first rows of one phone apart.

    SQLite has one writer and needs no more.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(name[:8], "big", signed=True))))


def put(session: Session, row: type[Base], values: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Insert, or replace the other columns of the row with the same `keys`."""
    others = {name: value for name, value in values.items() if name not in keys}
    statement = upsert_into(session, row).values(**values)
    session.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=others))
