"""Which part of the gateway is sick, by the names that `/readyz` tells and `docs/operations.md` explains."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.identifiers import made_at
from gateway.outbox import pulse
from gateway.outbox.waiting import is_late
from gateway.revisions import current_revision, newest_revision
from models.outbound import WAITING, OutboundMessage
from models.throttle import Pulse

HEARTBEAT_WITHIN: Final = timedelta(seconds=30)
STUCK_AFTER: Final = timedelta(minutes=5)
SPOOLED_FOR: Final = timedelta(minutes=2)
"""With a database that answers, what waits longer than this in the spool cannot be taken in."""
LEAST_FREE: Final = 200 << 20
"""Bytes: weeks of an office's reports, and room for the log of a bad day."""


@dataclass(frozen=True)
class Machine:
    """What this machine says of itself, beside the database."""

    free: int
    """Bytes left where local state lies."""
    spooled: tuple[str, ...] = field(default=(), repr=False)


def look_at_machine(var: Path, list_spooled: Callable[[], list[str]]) -> Machine:
    return Machine(shutil.disk_usage(var if var.exists() else var.parent).free, tuple(list_spooled()))


def find_sick(
    session: Session,
    now: datetime,
    machine: Machine,
    carriers: Sequence[str],
    beats_within: timedelta = HEARTBEAT_WITHIN,
) -> list[str]:
    """Names of the parts that cannot work now, of a database that answers; empty when all is well."""
    if current_revision(session.connection()) != newest_revision():
        return ["migrations"]
    pulses = {row.name: row for row in session.scalars(select(Pulse))}
    found = []
    if is_silent(pulses, now, beats_within):
        found.append("worker")
    if _is_stuck(session, now):
        found.append("queue")
    found += _sick_carriers(pulse.find_holds(session, carriers), carriers)
    if machine.spooled and made_at(machine.spooled[0]) < now - SPOOLED_FOR:
        found.append("spool")
    if machine.free < LEAST_FREE:
        found.append("disk")
    return found


def _sick_carriers(holds: Mapping[str, str], carriers: Sequence[str]) -> list[str]:
    """One carrier that works is enough."""
    if len(holds) < len(carriers):
        return []
    empty = {"balance" in word.lower() for word in holds.values()}
    return [part for part, is_sick in (("carrier", False in empty), ("balance", True in empty)) if is_sick]


def is_silent(pulses: Mapping[str, Pulse], now: datetime, within: timedelta) -> bool:
    """A heartbeat far ahead was written before the clock went back, and says nothing of now."""
    beat = pulses.get("worker")
    return beat is None or abs(now - beat.at) > within


def _is_stuck(session: Session, now: datetime) -> bool:
    stuck = (OutboundMessage.status.in_(WAITING), OutboundMessage.due_at < now - STUCK_AFTER)
    waiting = session.scalar(select(OutboundMessage.id).where(*stuck, OutboundMessage.not_after > now).limit(1))
    return waiting is not None or is_late(session, now)


def count_due(session: Session, now: datetime) -> int:
    """Messages whose time has come and that have not left."""
    due = (OutboundMessage.status.in_(WAITING), OutboundMessage.due_at <= now)
    return session.scalar(select(func.count()).select_from(OutboundMessage).where(*due)) or 0
