"""The quarter as a section of `make faults`: played on both engines, its table told, kept or broken."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.quarter.playing import play
from tests.faults.quarter.promises import first_broken, judge
from tests.faults.quarter.table import table
from tests.faults.quarter.world import Plan
from tests.postgres import fresh_database, serving

Say = Callable[[str], object]
DAYS, SEED = 90, 1


def sqlite(say: Say) -> bool:
    return run(Plan(DAYS, SEED), say)


def postgres(say: Say) -> bool:
    """Two workers at once, as threads: which of them does what is left to chance."""
    return run(Plan(DAYS, SEED, workers="threads"), say, postgres=True)


def run(plan: Plan, say: Say, *, postgres: bool = False) -> bool:
    """Play it and tell the table; whether every promise was kept."""
    began, cpu = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="beliperak-quarter-") as folder, _database(postgres) as url:
        seen = play(Path(folder), plan, url)
    lines = judge(seen)
    took = f"seed {plan.seed}, {time.monotonic() - began:.0f} s, of the processor {time.process_time() - cpu:.0f} s"
    say("\n".join([*table(seen, lines), "", took, ""]))
    return first_broken(lines) is None


@contextmanager
def _database(postgres: bool) -> Iterator[str | None]:
    """None is SQLite in the office's own folder."""
    if not postgres:
        yield None
        return
    with serving() as server, fresh_database(server) as url:
        yield url
