"""What can be wrong with a database, in our words, whichever driver says it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session

from gateway.errors import StoreDown

T = TypeVar("T")
Work = Callable[[Session], T]
First = Callable[[Connection], None]
"""What a store does first in each transaction (`gateway.key_state.follow`)."""

DEMOTED: Final = "25006"
"""PostgreSQL's word for a server that takes no writes (any more): another one of the list does."""
UNUSABLE: Final = frozenset({"42P01", "42703", DEMOTED})
"""A database without our tables, without this release's columns, and a server that takes no writes."""
CLASHED: Final = frozenset({"40001", "40P01", "23505"})
"""Serialisation failures, deadlocks, and two transactions that made the same name (a reference, the next row of a

chain): the transaction did nothing and may run again.
"""


def word_of(fault: DBAPIError) -> str | None:
    """PostgreSQL's five letters; None where it said nothing, as when the connection broke."""
    word: str | None = getattr(fault.orig, "sqlstate", None)
    return word


def has_clashed(fault: DBAPIError) -> bool:
    return word_of(fault) in CLASHED


def wants_another_connection(fault: DBAPIError) -> bool:
    return fault.connection_invalidated or word_of(fault) == DEMOTED


@contextmanager
def no_store_is_down(reconnects: bool = False) -> Iterator[None]:
    """A database that cannot be reached or written is one kind of trouble, whatever the driver calls it.

    `reconnects`: the caller will try another connection, and gets a broken one as the driver told it.
    """
    try:
        yield
    except NoConnectionFree:
        raise StoreDown("NoConnectionFree") from None
    except DBAPIError as fault:
        unusable = word_of(fault) in UNUSABLE
        if has_clashed(fault) or not (unusable or isinstance(fault, OperationalError | InterfaceError)):
            raise
        if reconnects and wants_another_connection(fault):
            raise
        raise StoreDown(type(fault.orig).__name__) from None


def run_on(connection: Connection, work: Work[T]) -> T:
    """A work in a transaction that has begun."""
    with Session(connection) as session:
        result = work(session)
        session.flush()
        return result
