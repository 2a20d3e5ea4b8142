"""Power loss on SQLite: the writes of a real process are recorded and replayed up to a moment, as a disk may have

kept them. What was synced is there; of what was not, any 512 bytes may be there or not. Not modelled: the `-shm` file
(rebuilt by SQLite), directory entries, drives that lie about a flush.
"""

import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway import migrate
from gateway.database import open_store
from tests.faults.outcome import Outcome

HERE = Path(__file__).parent
HOUSE = HERE.parent.parent
SECTOR = 512
OPENED, WRITTEN, CUT, SYNCED, SYNCING = 1, 2, 3, 4, 5
ACKNOWLEDGED = "acknowledged"
ROWS = 500

WRITER = """
import os, sys
from datetime import UTC, datetime
from sqlalchemy import event
from gateway import write_ahead
from gateway.database import open_store
from models.throttle import Pulse

write_ahead.EVERY = 6
url, synchronous, acknowledged, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
store = open_store(url)

def loosen(connection, record):
    if synchronous != "FULL":
        connection.execute("PRAGMA synchronous=" + synchronous)

event.listen(store.engine, "connect", loosen)
known = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
at = datetime(2026, 11, 23, tzinfo=UTC)
for number in range(count):
    store.write(lambda session: session.add(Pulse(name=f"row {number}", at=at, word="x" * 60)))
    os.write(known, f"row {number}\\n".encode())
os._exit(0)
"""


@dataclass(frozen=True, eq=False)
class Act:
    kind: int
    file: str
    offset: int = 0
    content: bytes = field(default=b"", repr=False)
    descriptor: int = -1


def record(root: Path, synchronous: str, rows: int = ROWS) -> list[Act]:
    """What a writer through our own store asks of the disk; needs gcc."""
    shim, journal, database = root / "writes.so", root / "journal", root / "data" / "x.db"
    if not shim.exists():
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", shim, HERE / "writes.c", "-ldl"], check=True)
    shutil.rmtree(database.parent, ignore_errors=True)
    journal.unlink(missing_ok=True)
    database.parent.mkdir()
    url = f"sqlite:///{database}"
    _with_tables(url)
    environ = {
        "PATH": os.environ["PATH"],
        "LD_PRELOAD": str(shim),
        "WRITES_OF": str(database.parent.resolve()) + "/",
        "WRITES_TO": str(journal),
    }
    argv = [sys.executable, "-c", WRITER, url, synchronous, str(database.parent / ACKNOWLEDGED), str(rows)]
    before = [Act(WRITTEN, path.name, 0, path.read_bytes()) for path in database.parent.glob("x.db*")]
    synced = [Act(kind, act.file) for act in before for kind in (SYNCING, SYNCED)]
    subprocess.run(argv, cwd=HOUSE, env=environ, check=True)
    return [*before, *synced, *_read(journal.read_bytes())]


def _with_tables(url: str) -> None:
    store = open_store(url)
    migrate.upgrade(store.engine)
    store.close()


def _read(journal: bytes) -> Iterator[Act]:
    names: dict[int, str] = {}
    at = 0
    while at < len(journal):
        kind, descriptor, offset, length = struct.unpack_from("=4q", journal, at)
        content = journal[at + 32 : at + 32 + length]
        at += 32 + length
        if kind == OPENED:
            names[descriptor] = content.decode()
        elif names[descriptor].startswith("x.db") or names[descriptor] == ACKNOWLEDGED:
            yield Act(kind, names[descriptor], offset, content, descriptor)


class Disk:
    """What lies on it for certain, and what has been asked since the last flush of each file."""

    def __init__(self) -> None:
        self.certain: dict[str, bytearray] = {}
        self.pending: dict[str, list[Act]] = {}
        self.syncing: dict[tuple[str, int], list[Act]] = {}
        """What was asked of a file before somebody began to flush it."""
        self.acknowledged: list[str] = []

    def ask(self, act: Act) -> None:
        if act.file == ACKNOWLEDGED:
            self.acknowledged += act.content.decode().split("\n")[:-1]
        elif act.kind == SYNCING:
            self.syncing[act.file, act.descriptor] = list(self.pending.get(act.file, ()))
        elif act.kind == SYNCED:
            flushed = self.syncing.pop((act.file, act.descriptor))
            waiting = self.pending.get(act.file, [])
            for one in [one for one in waiting if one in flushed]:
                apply(self.certain.setdefault(act.file, bytearray()), one)
                waiting.remove(one)
        elif not act.file.endswith("-shm"):
            self.pending.setdefault(act.file, []).append(act)

    def after_power_loss(self, dice: random.Random) -> dict[str, bytes]:
        """One of the states it may be found in: all that was asked, none, or any part."""
        luck = dice.choice((0.0, 0.5, 0.9, 1.0))
        files = {name: bytearray(content) for name, content in self.certain.items()}
        for name, acts in self.pending.items():
            for act in acts:
                for part in _sectors(act):
                    if dice.random() < luck:
                        apply(files.setdefault(name, bytearray()), part)
        return {name: bytes(content) for name, content in files.items()}


def _sectors(act: Act) -> Iterator[Act]:
    if act.kind != WRITTEN:
        yield act
    for start in range(0, len(act.content), SECTOR):
        yield Act(act.kind, act.file, act.offset + start, act.content[start : start + SECTOR])


def apply(content: bytearray, act: Act) -> None:
    if act.kind == CUT:
        del content[act.offset :]
        content.extend(bytes(act.offset - len(content)))
        return
    end = act.offset + len(act.content)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[act.offset : end] = act.content


@dataclass
class Losses:
    points: int = 0
    lost: int = 0
    """Moments after which a row that had been acknowledged was gone, or the file could not be read."""
    rows: int = 0


def replay(root: Path, acts: list[Act], points: int, seed: int = 1) -> Losses:
    """Cut the power at so many moments, and look what the database holds afterwards."""
    dice, disk, losses = random.Random(seed), Disk(), Losses(points)
    begun = next(number for number, act in enumerate(acts) if act.file == ACKNOWLEDGED)
    moments = sorted(dice.choices(range(begun, len(acts)), k=points))
    folder = root / "after"
    for number, act in enumerate(acts):
        disk.ask(act)
        while moments and moments[0] == number:
            moments.pop(0)
            missing = len(set(disk.acknowledged) - _found(folder, disk.after_power_loss(dice)))
            losses.lost += missing > 0
            losses.rows += missing
    return losses


def _found(folder: Path, files: dict[str, bytes]) -> set[str]:
    """The rows a fresh process reads from these files; none when they are broken."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    connection = sqlite3.connect(folder / "x.db")
    try:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            return set()
        return {name for (name,) in connection.execute("SELECT name FROM pulse")}
    except sqlite3.DatabaseError:
        return set()
    finally:
        connection.close()


def outcomes(root: Path, points: int) -> list[Outcome]:
    """FULL, which the gateway uses, and the control that must lose."""
    found = []
    for synchronous in ("FULL", "NORMAL"):
        losses = replay(root, record(root, synchronous), points)
        control = " (control, must lose)" if synchronous == "NORMAL" else ""
        found.append(Outcome(f"power loss, SQLite {synchronous}{control}", points, losses.lost, 0, 0))
    return found
