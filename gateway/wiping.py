"""Making dropped bytes leave the database's files, outside any transaction, and looking whether they have.

SQLite: `secure_delete` overwrites what is deleted, but the write-ahead log still holds old pages until it has been
copied back and cut to nothing. PostgreSQL: an update leaves the old row in the table's file until VACUUM, and only
VACUUM FULL writes a new file without it. Neither reaches backups, archived WAL, copies of the disk, or blocks that the
file system has freed.
"""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from gateway import key_search
from gateway.clock import pause
from gateway.database import Turnstile
from models.case import CaseFile

TRIES = 3
CUT_WITHIN: Final = 5.0
"""Seconds: who carries the log over (gateway.write_ahead) is done before, and SQLite waits for him not at all."""
WAITS = "5s"
"""How long VACUUM FULL may wait for the table, while others work on it."""


def wipe(engine: Engine, keys: Sequence[bytes]) -> bool:
    """True when none of these wrapped keys can be found any more."""
    if engine.dialect.name == "sqlite":
        return _wipe_sqlite(engine, Path(engine.url.database or ""), keys)
    return _wipe_postgres(engine, keys)


def _wipe_sqlite(engine: Engine, path: Path, keys: Sequence[bytes]) -> bool:
    turn = Turnstile(path)
    try:
        for attempt in range(TRIES):
            with turn:
                if attempt == TRIES - 1:
                    _run_alone(engine, "VACUUM")
                cut = _cut_log(engine)
            if cut and not lies_in(files_of(path), keys):
                return True
        return False
    finally:
        turn.close()


def _cut_log(engine: Engine) -> bool:
    until = time.monotonic() + CUT_WITHIN
    while _run_alone(engine, "PRAGMA wal_checkpoint(TRUNCATE)") != 0:
        if time.monotonic() > until:
            return False
        pause(0.02)
    return True


def _run_alone(engine: Engine, command: str) -> int:
    """On the bare driver: the engine would begin a transaction, in which neither runs. The first figure it answers."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        try:
            cursor.execute(command)
            row = cursor.fetchone()
        except sqlite3.OperationalError:  # busy for longer than the driver waits
            return 1
        finally:
            cursor.close()
        return int(row[0]) if row else 0
    finally:
        connection.close()


def files_of(path: Path) -> list[Path]:
    """The database and what lies beside it and holds rows: write-ahead log, a journal."""
    beside = (path.with_name(path.name + ending) for ending in ("-wal", "-journal"))
    return [file for file in (path, *beside) if file.exists()]


def lies_in(files: Iterable[Path], keys: Sequence[bytes]) -> bool:
    """Whether one of the keys is there, or could not be looked for. Another process looks: `gateway.key_search`."""
    words = [sys.executable, "-I", "-S", key_search.__file__, *(str(file) for file in files)]
    asked = "".join(f"{key.hex()}\n" for key in keys)
    try:
        done = subprocess.run(words, input=asked, text=True, stderr=subprocess.DEVNULL, check=False)  # noqa: S603
    except OSError:  # no process is to be had
        return True
    return done.returncode != 0


def _wipe_postgres(engine: Engine, keys: Sequence[bytes]) -> bool:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET lock_timeout = '{WAITS}'"))
        try:
            connection.execute(text(f"VACUUM (FULL, ANALYZE) {CaseFile.__tablename__}"))
        except DBAPIError:  # somebody holds the table: the row is gone, its old bytes may not be
            return False
        finally:
            connection.execute(text("RESET lock_timeout"))
        held = select(func.count()).select_from(CaseFile).where(CaseFile.wrapped_key.in_(keys))
        return connection.scalar(held) == 0
