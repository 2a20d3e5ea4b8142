"""Every row of the database into one sealed file, and back: the same file for SQLite and PostgreSQL.

A backup is one snapshot, whatever writes meanwhile. A restore is one transaction: the tables are made as of the
backup's release, filled, and brought up to this release. What the gateway did between backup and restore is not known
any more: so what was still to leave is held for a person, and no resident is asked again how she is.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, Table, func, insert, select
from sqlalchemy.orm import Session

from gateway import archive, migrate, revisions
from gateway.casework import timetable
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.identifiers import new_id
from gateway.keyring import Keyring, SealError
from gateway.outbox import held
from models.base import insert_new
from models.case import CaseFile, RuleFiring
from models.throttle import AccessRecord

FORMAT: Final = 1
ROWS: Final = 500
ACTOR: Final = "command line"
OF_RESIDENTS: Final = ("follow_up", "silence")
VERSIONS: Final = "alembic_version"


@dataclass(frozen=True)
class Contents:
    """What the file says of itself, checked to its last row."""

    made_at: datetime
    revision: str
    rows: int


@dataclass(frozen=True)
class Restored:
    contents: Contents
    held: int


def back_up(engine: Engine, keyring: Keyring, now: datetime, path: Path) -> int:
    """The number of rows written. Raises Refused, OSError."""
    with engine.connect() as plain, archive.Writer(path, keyring) as out:
        connection = plain.execution_options(**_snapshot(engine))
        revision = revisions.current_revision(connection)
        if revision is None:
            raise Refused("the database has no tables yet; there is nothing to back up")
        out.write(_line({"format": FORMAT, "made_at": now.isoformat(), "revision": revision}))
        count = 0
        for table in _tables(connection):
            out.write(_line({"table": table.name, "columns": [column.name for column in table.columns]}))
            rows = connection.execution_options(yield_per=ROWS).execute(select(table))
            for row in rows:
                out.write(_line([_plain(value) for value in row]))
                count += 1
        out.write(_line({"rows": count}))
    return count


def _snapshot(engine: Engine) -> dict[str, Any]:
    if engine.dialect.name == "sqlite":
        return {"reads_only": True}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _tables(connection: Connection) -> list[Table]:
    """As the database knows them: a backup must not depend on what this release believes."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSIONS]


def check(path: Path, keyring: Keyring) -> Contents:
    """Read the file to its end. Raises Refused."""
    lines = (json.loads(line) for line in archive.read_lines(path, keyring))
    head = next(lines, None)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise Refused(f"{path} is a backup of a newer release; restore it with that release")
    if head["revision"] not in revisions.revisions():
        raise Refused(f"{path} was made by a newer release (database {head['revision']}); restore it with that release")
    count, last = 0, None
    for line in lines:
        count += isinstance(line, list)
        last = line
    if last != {"rows": count}:
        raise Refused(f"{path} is incomplete")
    return Contents(datetime.fromisoformat(head["made_at"]), head["revision"], count)


def restore(engine: Engine, desk: Desk, now: datetime, path: Path, *, replace: bool = False) -> Restored:
    """Put the backup in the place of what is there. Raises Refused before anything is touched."""
    contents = check(path, desk.keyring)
    with engine.begin() as connection:
        if not replace and _holds_rows(connection):
            raise Refused("the database holds rows already; restore --replace puts the backup in their place")
        _empty(connection)
        migrate.upgrade_on(connection, contents.revision)
        _fill(connection, path, desk.keyring)
        migrate.upgrade_on(connection, "head")
        with Session(connection) as session:
            count = held.hold_all(session)
            _let_residents_be(session, desk, now)
            session.add(AccessRecord(id=new_id(now), at=now, actor=ACTOR, what="backup restored", rows=contents.rows))
            session.flush()
    return Restored(contents, count)


OURS = frozenset({"key_state", "pulse"})
"""What a database writes down by itself before anything has happened in it."""


def _holds_rows(connection: Connection) -> bool:
    tables = [table for table in _tables(connection) if table.name not in OURS]
    return any(connection.scalar(select(func.count()).select_from(table)) for table in tables)


def _empty(connection: Connection) -> None:
    there = MetaData()
    there.reflect(connection)
    there.drop_all(connection)


def _fill(connection: Connection, path: Path, keyring: Keyring) -> None:
    tables = {table.name: table for table in _tables(connection)}
    aware = connection.dialect.name != "sqlite"
    for name, columns, rows in _read_tables(path, keyring):
        values = [dict(zip(columns, (_value(entry, aware) for entry in row), strict=True)) for row in rows]
        connection.execute(insert(tables[name]), values)


def _read_tables(path: Path, keyring: Keyring) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    """Table by table, in runs of at most ROWS rows."""
    name, columns = "", list[str]()
    rows: list[list[Any]] = []
    for line in archive.read_lines(path, keyring):
        entry = json.loads(line)
        if isinstance(entry, list):
            rows.append(entry)
        if rows and (len(rows) == ROWS or not isinstance(entry, list)):
            yield name, columns, rows
            rows = []
        if isinstance(entry, dict) and "table" in entry:
            name, columns = entry["table"], entry["columns"]


def _let_residents_be(session: Session, desk: Desk, now: datetime) -> None:
    """What fell due for residents before this moment counts as done: it may have been sent after the backup."""
    due = select(CaseFile).where(CaseFile.next_rule_at <= now, CaseFile.wrapped_key.is_not(None))
    for case in session.scalars(due).all():
        try:
            steps = [step for step in timetable.unfired(session, desk, now, case) if step.at <= now]
        except SealError:
            continue
        for step in steps:
            if step.rule in OF_RESIDENTS:
                name, number = timetable.stored_name(desk, case, step.rule), timetable.stored_step(desk, case, step)
                firing = {"case_id": case.id, "rule": name, "step": number, "fired_at": now}
                insert_new(session, RuleFiring, firing)


def _line(entry: object) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    """A column's value as JSON: bytes, times and dates as an object with one name."""
    if isinstance(value, bytes | memoryview):
        return {"b": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"t": (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return value


def _value(entry: Any, aware: bool) -> Any:
    if not isinstance(entry, dict):
        return entry
    ((kind, written),) = entry.items()
    if kind == "b":
        return base64.b64decode(written)
    if kind == "d":
        return date.fromisoformat(written)
    at = datetime.fromisoformat(written)
    return at if aware else at.replace(tzinfo=None)
