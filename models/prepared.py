"""Statements of the hot ways, compiled once for each engine and handed to its driver as they are.

To find a compiled statement again and to bind its values costs SQLAlchemy several times what the database needs.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, CursorResult, Dialect, Executable, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault

EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


def insert_into(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    """The engine's own INSERT, which knows ON CONFLICT; both spell it alike."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


class Prepared:
    """`make`: the statement for an engine, by the name of its dialect. Results come as the driver gives them."""

    def __init__(self, make: Callable[[str], Executable]) -> None:
        self._make = make
        self._known: dict[str, _Compiled] = {}

    def touch(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """How many rows it wrote (not known of one with RETURNING)."""
        return self._ask(connection, values).rowcount

    def one(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """The first row."""
        row: Sequence[Any] | None = self._ask(connection, values).fetchone()
        return row

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        return self._ask(connection, values).fetchall()

    def found(self, connection: Connection, values: Mapping[str, Any]) -> list[list[Any]]:
        """The rows with their values as the models have them, not as the driver gives them."""
        rows = [list(row) for row in self.rows(connection, values)]
        for place, read in self._known[connection.dialect.name].readers:
            for row in rows:
                row[place] = read(row[place])
        return rows

    def _ask(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any] | sqlite3.Cursor:
        dialect = connection.dialect
        compiled = self._known.get(dialect.name) or self._compile(dialect)
        if dialect.name == "sqlite":
            return ask_sqlite(connection, compiled.sql, compiled.bind(values))
        return connection.exec_driver_sql(compiled.sql, compiled.bind_named(values))

    def _compile(self, dialect: Dialect) -> "_Compiled":
        statement = self._make(dialect.name)
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what a statement compiles to
        names = compiled.positiontup if compiled.positional else list(compiled.binds)
        plain = {column.key: column.default for column in compiled.insert_prefetch}
        unsaid = {name: value.arg for name, value in plain.items() if isinstance(value, ScalarElementColumnDefault)}
        bound = [compiled.binds[name] for name in names or ()]
        makers = [one.type.dialect_impl(dialect).bind_processor(dialect) for one in bound]
        known = self._known[dialect.name] = _Compiled(
            str(compiled),
            [(name, unsaid.get(name, one.value)) for name, one in zip(names or (), bound, strict=True)],
            [(place, make) for place, make in enumerate(makers) if make is not None],
            [(place, read) for place, read in enumerate(_readers(statement, dialect)) if read is not None],
        )
        return known


class Among:
    """A statement that asks for any of some values of a column: made once for each power of two of them, and the last

    value said again where there are fewer. For hundreds of them, not for tens of thousands. `make` gets the condition.
    """

    def __init__(self, column: ColumnElement[Any], make: Callable[[ColumnElement[bool]], Executable]) -> None:
        self._column, self._make = column, make
        self._sized: dict[int, Prepared] = {}

    def rows(
        self, connection: Connection, these: Collection[Any], values: Mapping[str, Any] = EMPTY
    ) -> Sequence[Sequence[Any]]:
        """None for none of them."""
        return self._of(these).rows(connection, {**values, **_numbered(these)}) if these else ()

    def found(
        self, connection: Connection, these: Collection[Any], values: Mapping[str, Any] = EMPTY
    ) -> Sequence[Sequence[Any]]:
        """As the models have them."""
        return self._of(these).found(connection, {**values, **_numbered(these)}) if these else ()

    def _of(self, these: Collection[Any]) -> Prepared:
        size = _room(len(these))
        if size not in self._sized:
            places = [bindparam(f"any_{number}", type_=self._column.type) for number in range(size)]
            statement = self._make(self._column.in_(places))
            self._sized[size] = Prepared(lambda _: statement)
        return self._sized[size]


def _room(count: int) -> int:
    return 1 << (count - 1).bit_length()


def _numbered(these: Collection[Any]) -> dict[str, Any]:
    given = list(these)
    given += given[-1:] * (_room(len(given)) - len(given))
    return {f"any_{number}": value for number, value in enumerate(given)}


def _readers(statement: Executable, dialect: Dialect) -> Iterator[Callable[[Any], Any] | None]:
    """For each column of its result."""
    for column in getattr(statement, "exported_columns", ()):
        yield column.type.dialect_impl(dialect).result_processor(dialect, None)


@dataclass(frozen=True)
class _Compiled:
    sql: str
    names: Sequence[tuple[str, Any]]
    """Of each value in its place the name, and what it is where it is not given."""
    makers: Sequence[tuple[int, Callable[[Any], Any]]]
    """What makes the driver's value of ours, where it is not the same."""
    readers: Sequence[tuple[int, Callable[[Any], Any]]]
    """What makes our value of the driver's."""

    def bind(self, values: Mapping[str, Any]) -> list[Any]:
        given = [values.get(name, unsaid) for name, unsaid in self.names]
        for place, make in self.makers:
            given[place] = make(given[place])
        return given

    def bind_named(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return dict(zip((name for name, _ in self.names), self.bind(values), strict=True))


def ask_sqlite(connection: Connection, sql: str, given: Sequence[Any] = ()) -> sqlite3.Cursor:
    """Past SQLAlchemy, which would take six times as long. Who listens to its statements hears this one too, and what

    goes wrong is told as it tells it (DBAPIError).
    """
    for hear in connection.dispatch.before_cursor_execute:
        hear(connection, None, sql, given, None, False)
    try:
        return driver_of(connection).execute(sql, given)
    except sqlite3.Error as fault:
        raise DBAPIError.instance(sql, None, fault, sqlite3.Error, hide_parameters=True) from None


def driver_of(connection: Connection) -> sqlite3.Connection:
    """SQLite's own."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - by its dialect
    return driver


def one_more(table: Table) -> Prepared:
    """Adds `times` to the row with the same key, which may be new; gives what it then holds."""

    def make(dialect: str) -> Executable:
        row = insert_into(table, dialect).values({column.name: bindparam(column.name) for column in table.columns})
        more = {"times": table.c.times + row.excluded.times}
        return row.on_conflict_do_update(index_elements=list(table.primary_key), set_=more).returning(table.c.times)

    return Prepared(make)
