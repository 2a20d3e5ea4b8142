"""What every command shares: its parts, its one line of refusal, its way to print."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway import logs, revisions
from gateway.bootstrap import Parts, build, check_crash_point, open_sealed
from gateway.database import Store
from gateway.errors import StoreDown
from gateway.settings import Settings
from gateway.typed import read_moment as read_moment
from gateway.typed import read_phone as read_phone

Command = Callable[[argparse.Namespace], int]
Commands = Any  # argparse's own type for a group of subparsers is private


def load_settings() -> Settings:
    """Raises BadSettings."""
    settings = Settings.load(os.environ, Path.cwd())
    logs.configure(settings.log_level)
    return settings


def open_parts() -> Parts:
    """Raises BadSettings, KeyFileError, NewerDatabase."""
    parts = build(load_settings())
    refuse_newer(parts.store)
    return parts


def check_parts() -> Settings:
    """What `open_parts` would refuse, refused without reading the lists of words, which would stay in memory."""
    settings = load_settings()
    check_crash_point(settings)
    store, _ = open_sealed(settings)
    refuse_newer(store)
    store.close()
    return settings


def refuse_newer(store: Store) -> None:
    """Raises NewerDatabase. A database that is down is let pass: web and worker start without it."""
    try:
        store.read(lambda session: revisions.check(session.connection()))
    except StoreDown:
        pass
    except revisions.NewerDatabase:
        store.close()
        raise


def say(line: str) -> None:
    print(line)


def warn(line: str) -> None:
    """Beside what was asked for, which may be read by a program."""
    print(line, file=sys.stderr)


def show(rows: Any, as_json: bool, columns: Iterable[str]) -> None:
    """One JSON value, or a plain table of the given columns."""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, default=_plain))
        return
    for row in rows if isinstance(rows, list) else [rows]:
        print("  ".join(_words(row.get(column)) for column in columns))


def _plain(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value


def _words(value: Any) -> str:
    """A value as a person reads it in one column of a table."""
    if isinstance(value, dict):
        return " ".join(f"{name}={_words(part)}" for name, part in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ",".join(_words(part) for part in value) or "-"
    return "-" if value is None else str(_plain(value))


def iso(at: datetime | None) -> str | None:
    """UTC, to the second, as every JSON answer writes a time."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
