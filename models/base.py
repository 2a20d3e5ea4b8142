"""The declarative base, and the inserts that never raise on a repeat."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import Connection, CursorResult, Executable, MetaData, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

from models.prepared import EMPTY, Among, Prepared, insert_into

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
    return insert_into(cast(Table, row.__table__), session.get_bind().dialect.name)


_CONNECTION: Final = ("connection", "")


def memo(session: Session) -> dict[tuple[str, str], Any]:
    """What this transaction has found out and nobody else can change before it ends; gone with it.

    A savepoint has its own: what was found out within it may be undone.
    """
    transaction = session.get_nested_transaction() or session.get_transaction()
    held = session.info.get("memo")
    if held is None or held[0] is not transaction:
        held = session.info["memo"] = (transaction, {})
    found: dict[tuple[str, str], Any] = held[1]
    return found


# The statements are made once for each set of columns: to build and to hash one costs more than to run it.


@cache
def _insert_or_nothing(row: type[Base], names: frozenset[str]) -> Prepared:
    table = cast(Table, row.__table__)

    def make(dialect: str) -> Executable:
        statement = insert_into(table, dialect).values({name: bindparam(name) for name in names})
        return statement.on_conflict_do_nothing()

    return Prepared(make)


@cache
def _insert_or_replace(row: type[Base], names: frozenset[str], keys: tuple[str, ...]) -> Prepared:
    table = cast(Table, row.__table__)

    def make(dialect: str) -> Executable:
        statement = insert_into(table, dialect).values({name: bindparam(name) for name in names})
        others = {name: statement.excluded[name] for name in sorted(names - set(keys))}
        return statement.on_conflict_do_update(index_elements=list(keys), set_=others)

    return Prepared(make)


def run(session: Session, statement: Executable, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
    """A statement past the unit of work, once the new rows it may refer to are written."""
    return _ready(session).execute(statement, dict(values or {}))


# The same with statements of the hot ways; results come as the driver gives them.


def touch(session: Session, statement: Prepared, values: Mapping[str, Any]) -> int:
    """How many rows it wrote."""
    return statement.touch(_ready(session), values)


def one(session: Session, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Any] | None:
    """The first row."""
    return statement.one(_ready(session), values)


def rows(session: Session, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    return statement.rows(_ready(session), values)


def found(session: Session, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    """The rows, with their values as the models have them."""
    return statement.found(_ready(session), values)


def any_of(
    session: Session, statement: Among, these: Collection[Any], values: Mapping[str, Any] = EMPTY
) -> Sequence[Sequence[Any]]:
    """The rows, as the driver gives them, for any of these values."""
    return statement.rows(_ready(session), these, values)


def any_found(session: Session, statement: Among, these: Collection[Any]) -> Sequence[Sequence[Any]]:
    """The same, with their values as the models have them."""
    return statement.found(_ready(session), these)


def _ready(session: Session) -> Connection:
    """Known as long as the transaction: to ask the session each time costs as much as a statement."""
    if session.new:
        session.flush()
    connection: Connection | None = memo(session).get(_CONNECTION)
    if connection is None:
        connection = session.connection()  # which begins a transaction where there was none
        memo(session)[_CONNECTION] = connection
    return connection


def insert_new(session: Session, row: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert unless a unique constraint already holds such a row; true when this call wrote it."""
    return touch(session, _insert_or_nothing(row, frozenset(values)), values) == 1


def lock_name(session: Session, name: bytes) -> None:
    """Until this transaction ends nobody else holds the same name: keeps two first rows of one phone apart.

    SQLite has one writer and needs no more.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(name[:8], "big", signed=True))))


def put(session: Session, row: type[Base], values: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Insert, or replace the other columns of the row with the same `keys`."""
    touch(session, _insert_or_replace(row, frozenset(values), tuple(keys)), values)
