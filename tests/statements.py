"""What the database is asked, whoever asks it: on SQLite some statements go to the driver past SQLAlchemy's events."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from tests.office import Office

Statements = dict[str, Any]


@contextmanager
def recording(office: Office) -> Iterator[Statements]:
    """Each statement, with the parameters it had first; on SQLite as its driver runs it, its values written in."""
    seen: Statements = {}
    traced: list[Any] = []

    def trace(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        traced.append(driver)
        driver.set_trace_callback(lambda statement: seen.setdefault(statement, ()))  # type: ignore[union-attr]

    def note(
        connection: Connection, cursor: object, statement: str, parameters: Any, context: object, many: bool
    ) -> None:
        seen.setdefault(statement, parameters[0] if many else parameters)

    engine = office.parts.store.engine
    listener = ("begin", trace) if engine.dialect.name == "sqlite" else ("before_cursor_execute", note)
    event.listen(engine, *listener)
    yield seen
    event.remove(engine, *listener)
    for driver in traced:
        driver.set_trace_callback(None)
