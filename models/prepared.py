"""Statements of the hot ways, compiled once for each engine and handed to its driver as they are.

To find a compiled statement again and to bind its values costs SQLAlchemy several times what the database needs.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, CursorResult, Dialect, Executable, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault

Binding = tuple[str, Callable[[Any], Any] | None, Any]
"""The name of a value, what makes the driver's value of ours, and the value where none is given."""


def insert_into(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    """The engine's own INSERT, which knows ON CONFLICT; both spell it alike."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


class Prepared:
    """`make`: the statement for an engine, by the name of its dialect. Results come as the driver gives them."""

    def __init__(self, make: Callable[[str], Executable]) -> None:
        self._make = make
        self._known: dict[str, tuple[str, Sequence[Binding], bool]] = {}

    def touch(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """How many rows it wrote (not known of one with RETURNING)."""
        return self._ask(connection, values).rowcount

    def one(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """The first row."""
        row: Sequence[Any] | None = self._ask(connection, values).fetchone()
        return row

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        return self._ask(connection, values).fetchall()

    def _ask(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any] | sqlite3.Cursor:
        sql, given = self._bind(connection.dialect, values)
        if connection.dialect.name == "sqlite":
            return ask_sqlite(connection, sql, given)
        return connection.exec_driver_sql(sql, given)

    def _bind(self, dialect: Dialect, values: Mapping[str, Any]) -> tuple[str, Any]:
        sql, bindings, positional = self._known.get(dialect.name) or self._prepare(dialect)
        if positional:
            return sql, tuple(
                [make(values.get(name, known)) if make else values.get(name, known) for name, make, known in bindings]
            )
        return sql, {
            name: make(values.get(name, known)) if make else values.get(name, known) for name, make, known in bindings
        }

    def _prepare(self, dialect: Dialect) -> tuple[str, Sequence[Binding], bool]:
        compiled = self._make(dialect.name).compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what a statement compiles to
        names = compiled.positiontup if compiled.positional else list(compiled.binds)
        plain = {column.key: column.default for column in compiled.insert_prefetch}
        unsaid = {name: value.arg for name, value in plain.items() if isinstance(value, ScalarElementColumnDefault)}
        bindings = [_binding(name, compiled.binds[name], dialect, unsaid) for name in names or ()]
        known = self._known[dialect.name] = str(compiled), bindings, compiled.positional
        return known


def _binding(name: str, bound: BindParameter[Any], dialect: Dialect, unsaid: Mapping[str, Any]) -> Binding:
    return name, bound.type.dialect_impl(dialect).bind_processor(dialect), unsaid.get(name, bound.value)


def ask_sqlite(connection: Connection, sql: str, given: Sequence[Any] = ()) -> sqlite3.Cursor:
    """Past SQLAlchemy, which would take six times as long. Who listens to its statements hears this one too, and what

    goes wrong is told as it tells it (DBAPIError).
    """
    for hear in connection.dispatch.before_cursor_execute:
        hear(connection, None, sql, given, None, False)
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - by its dialect
    try:
        return driver.execute(sql, given)
    except sqlite3.Error as fault:
        raise DBAPIError.instance(sql, None, fault, sqlite3.Error, hide_parameters=True) from None


def one_more(table: Table) -> Prepared:
    """Adds `times` to the row with the same key, which may be new; gives what it then holds."""

    def make(dialect: str) -> Executable:
        row = insert_into(table, dialect).values({column.name: bindparam(column.name) for column in table.columns})
        more = {"times": table.c.times + row.excluded.times}
        return row.on_conflict_do_update(index_elements=list(table.primary_key), set_=more).returning(table.c.times)

    return Prepared(make)
