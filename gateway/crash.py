"""Named points at which a rehearsal kills its own process, to see what a power cut there would do.

`BELIPERAK_CRASH_AT=point` kills at the first passing, `point:3` at the third. Read once; refused with a carrier that
reaches people (`gateway.bootstrap`).
"""

import os
import signal
from typing import Final

NAME: Final = "BELIPERAK_CRASH_AT"
POINTS: Final = frozenset(
    """
    inbound_inserted ussd_saved case_opened rule_fired report_applied messages_reaped
    store_before_commit store_committed works_half_done
    claim_committed before_carrier after_carrier settle_written
    spool_written spool_synced spool_named drain_taken drain_committed drain_removed
    """.split()
)


class Charge:
    """Where to die, and how many passings before."""

    def __init__(self, wanted: str) -> None:
        self.point, _, nth = wanted.partition(":")
        self.passings = int(nth) if nth.isascii() and nth.isdigit() else 1


_charge = Charge(os.environ[NAME]) if os.environ.get(NAME) else None


def arm(wanted: str) -> None:
    """As if the environment had said so: for rehearsals that fork."""
    global _charge
    _charge = Charge(wanted) if wanted else None


def is_armed() -> bool:
    return _charge is not None


def is_known() -> bool:
    return _charge is None or _charge.point in POINTS


def here(point: str) -> None:
    """Die without a farewell when this is the point; else nothing."""
    if _charge is None or _charge.point != point:
        return
    _charge.passings -= 1
    if _charge.passings <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
