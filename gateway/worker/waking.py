"""A danger alert need not wait for the next tick: SQLite tells in microseconds whether anybody has written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine

from gateway.clock import Clock
from gateway.outbox.waiting import is_urgent_due
from models.prepared import driver_of

ASKED_EVERY: Final = 0.05
"""Seconds: twenty reads of one number a second, a thousandth of a core."""
LOOKS: Final = 4
"""How often it is looked after a commit: the job that sends may just be ending, and is not started twice."""


@contextmanager
def watching(engine: Engine, clock: Clock) -> Iterator[Callable[[], bool]]:
    """Asks whether an alert of P1 may leave now, where another connection has committed in the last LOOKS times of

    asking. To be used in one thread. On PostgreSQL never: the commits of many web processes would wake every worker;
    there the tick finds the alert.
    """
    if engine.dialect.name != "sqlite":
        yield lambda: False
        return
    version, looks = 0, 0
    with engine.connect() as held:  # and no transaction begun: each look sees what is committed then
        driver = driver_of(held)

        def is_urgent() -> bool:
            nonlocal version, looks
            before, version = version, driver.execute("PRAGMA data_version").fetchone()[0]
            looks = LOOKS if version != before else max(0, looks - 1)
            return looks > 0 and is_urgent_due(held, clock())

        yield is_urgent
