"""Anchors of the chains, and the look over all of them: a chain alone cannot show that its tail was cut.

Once a day every chain that has grown writes down its end; the anchor's digest covers those ends and the digest before
it, and goes to a second place (a file that only grows, two supervisors' phones). The digest is keyed, so who has the
database only makes none; who also has the key file makes all of them anew, and then only the second place tells.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.casework.alerts import say_to_officer
from gateway.casework.events import find_broken
from gateway.casework.standing import find_difference
from gateway.desk import Desk
from gateway.files_out import append_lines
from gateway.keyring import Keyring
from models.audit import AuditAnchor, AuditHead
from models.base import insert_new
from models.case import CaseEvent, CaseFile
from models.people import list_active
from models.vocabulary import OfficerRole, Purpose

FIRST: Final = b""
TOLD: Final = 2  # supervisors

Head = tuple[str, int, bytes]
"""Case, number and hash of its last event."""


@dataclass(frozen=True)
class Line:
    """An anchor as the second place holds it: `1 2026-11-26 37 <64 hex digits>`."""

    number: int
    day: date
    heads: int
    digest: str

    @classmethod
    def of(cls, anchor: AuditAnchor) -> "Line":
        return cls(anchor.number, anchor.day, anchor.heads, anchor.digest.hex())

    @classmethod
    def parse(cls, text: str) -> "Line | None":
        try:
            number, day, heads, digest = text.split()
            return cls(int(number), date.fromisoformat(day), int(heads), digest)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.number} {self.day.isoformat()} {self.heads} {self.digest}"


def drop_anchor(session: Session, desk: Desk, now: datetime) -> int | None:
    """Today's anchor, unless there is one; its number. Two workers make one."""
    day = desk.office.today(now)
    last = session.scalar(select(AuditAnchor).order_by(AuditAnchor.number.desc()).limit(1))
    if last is not None and last.day >= day:
        return None
    heads = sorted(_grown(session))
    number = last.number + 1 if last else 1
    digest = digest_of(desk.keyring, number, last.digest if last else FIRST, heads)
    anchor = {"number": number, "day": day, "at": now, "heads": len(heads), "digest": digest}
    if not insert_new(session, AuditAnchor, anchor):
        return None
    session.add_all(AuditHead(anchor=number, case_id=case, seq=seq, mac=mac) for case, seq, mac in heads)
    session.flush()
    if desk.settings.audit_anchor_sms:
        _tell_supervisors(session, desk, now, number, digest)
    return number


def _grown(session: Session) -> Iterator[Head]:
    """The ends of the chains that are longer than when they were last anchored."""
    known = select(AuditHead.case_id, func.max(AuditHead.seq)).group_by(AuditHead.case_id)
    anchored = dict(session.execute(known).all())
    newest = select(CaseEvent.case_id, func.max(CaseEvent.seq).label("seq")).group_by(CaseEvent.case_id).subquery()
    ends = select(CaseEvent.case_id, CaseEvent.seq, CaseEvent.mac).join(
        newest, (CaseEvent.case_id == newest.c.case_id) & (CaseEvent.seq == newest.c.seq)
    )
    for case_id, seq, mac in session.execute(ends):
        if seq > anchored.get(case_id, 0):
            yield case_id, seq, mac


def digest_of(keyring: Keyring, number: int, before: bytes, heads: Iterable[Head]) -> bytes:
    parts = [part for case, seq, mac in heads for part in (case.encode(), str(seq).encode(), mac)]
    return keyring.audit_mac("anchor", str(number).encode(), before, *parts)


def short(digest: bytes) -> str:
    """What a supervisor's phone keeps: twelve hex digits in groups."""
    word = digest.hex()[:12].upper()
    return " ".join(word[at : at + 4] for at in range(0, 12, 4))


def _tell_supervisors(session: Session, desk: Desk, now: datetime, number: int, digest: bytes) -> None:
    leaders = list_active(session, OfficerRole.SUPERVISOR) or list_active(session, OfficerRole.HEAD)
    for leader in leaders[:TOLD]:
        inserts = {"n": str(number), "word": short(digest)}
        step = f"anchor {number}"
        say_to_officer(session, desk, now, None, leader, Purpose.DIGEST, "sms.officer.anchor", step, **inserts)


def carry_out(lines: Iterable[Line], path: Path) -> int:
    """Append to the second place the anchors it has not yet; how many. What lies there is never changed."""
    known = [line.number for line in read_lines(path) if line]
    fresh = [str(line) for line in lines if line.number > max(known, default=0)]
    if fresh:
        append_lines(path, fresh)
    return len(fresh)


def read_lines(path: Path) -> list[Line | None]:
    """None for a line that is no anchor. Raises OSError when the file cannot be read; a missing one is empty."""
    try:
        text = path.read_text("ascii", "replace")
    except FileNotFoundError:
        return []
    return [Line.parse(line) for line in text.splitlines()]


def list_lines(session: Session) -> list[Line]:
    return [Line.of(anchor) for anchor in session.scalars(select(AuditAnchor).order_by(AuditAnchor.number))]


# The look over everything


def find_fault(session: Session, desk: Desk, second: Iterable[Line | None] | None = None) -> str | None:
    """The first thing that is not as it was written, in one sentence; None when all is sound.

    `second`: the anchors of the second place, whose file is compared with the table's line by line.
    """
    for case_id in list(session.scalars(select(CaseFile.id).order_by(CaseFile.id))):
        broken = find_broken(session, desk.keyring, case_id)
        if broken is not None:
            return f"case {case_id}: row {broken} is changed, moved or missing"
        other = find_difference(session, desk, session.get_one(CaseFile, case_id))
        if other is not None:
            return f"case {case_id}: {other}"
        session.expunge_all()
    lines = list_lines(session)
    return _find_in_anchors(session, desk.keyring) or (_find_against(lines, second) if second is not None else None)


def _find_in_anchors(session: Session, keyring: Keyring) -> str | None:
    before = FIRST
    for expected, anchor in enumerate(session.scalars(select(AuditAnchor).order_by(AuditAnchor.number)), start=1):
        rows = select(AuditHead.case_id, AuditHead.seq, AuditHead.mac).where(AuditHead.anchor == anchor.number)
        heads = [(case, seq, mac) for case, seq, mac in session.execute(rows.order_by(AuditHead.case_id))]
        whole = anchor.number == expected and anchor.heads == len(heads)
        if not whole or digest_of(keyring, anchor.number, before, heads) != anchor.digest:
            return f"anchor {expected}: changed, or a row of it is missing"
        before = anchor.digest
        for case_id, seq, mac in heads:
            if session.scalar(select(CaseEvent.mac).where(CaseEvent.case_id == case_id, CaseEvent.seq == seq)) != mac:
                return f"case {case_id}: row {seq} is not the one anchored on {anchor.day.isoformat()}"
    return None


def _find_against(lines: list[Line], second: Iterable[Line | None]) -> str | None:
    """Line by line: the table may be ahead of the second place by what has not been carried there, never behind."""
    known = {line.number: line for line in lines}
    for number, line in enumerate(second, start=1):
        if line is None or line.number != number:
            return f"the second place: line {number} is no anchor in its order"
        if number not in known:
            return f"anchor {number} of {line.day.isoformat()} is missing: this is an older database, or a cut one"
        if known[number] != line:
            return f"anchor {number} of {line.day.isoformat()} differs from the second place: it was made anew"
    return None
