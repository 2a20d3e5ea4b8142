"""Whether a story ended as it says: asked of the rows that the console reads and of what the phones show."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from gateway.casework import files
from gateway.errors import Refused
from gateway.simulator.scene import Scene
from gateway.simulator.stories import Check
from models.case import CaseEvent, RuleFiring
from models.outbound import OutboundMessage
from models.people import find_officer
from models.throttle import AccessRecord

Found = tuple[bool, str]
"""Whether it is so, and what was found, in words."""


def check(scene: Scene, wanted: Check) -> Found:
    """Every demand of one check; the first that does not hold is told."""
    for name, wants in wanted.wants.items():
        try:
            holds, found = KINDS[name](scene, wants)
        except Refused as refusal:
            return False, str(refusal)
        if not holds:
            return False, found
    return True, ""


def _case(scene: Scene, wants: dict[str, Any]) -> Found:
    """As lists and console tell the case; `accepted_by` names a part, `contact` a mode."""
    row = files.as_row(scene.session, scene.desk, scene.case(), scene.now)
    row["contact"] = row["contact"]["mode"]
    for name, wish in wants.items():
        expected = scene.phone(wish).name if name == "accepted_by" and wish else wish
        found = row[name] or ("" if expected == "" else row[name])
        if found != expected:
            return False, f"{name}: {found}"
    return True, ""


def _cases(scene: Scene, wants: int) -> Found:
    found = len(scene.cases())
    return found == wants, f"{found} kasus"


def _received(scene: Scene, wants: dict[str, int]) -> Found:
    for part, number in wants.items():
        found = len(scene.received(part))
        if found != number:
            return False, f"{found} SMS di telepon {part}"
    return True, ""


def _reads(scene: Scene, wants: dict[str, str]) -> Found:
    for part, words in wants.items():
        words = scene.fill(words, part)
        if not any(words in (one.text or "") for one in scene.received(part)):
            return False, f"telepon {part} tidak menunjukkan \u201c{words}\u201d"
    return True, ""


def _events(scene: Scene, wants: list[str]) -> Found:
    rows = select(CaseEvent.kind).where(CaseEvent.case_id == scene.case().id)
    missing = set(wants) - set(scene.session.scalars(rows))
    return not missing, f"belum terjadi: {', '.join(sorted(missing))}"


def _no_events(scene: Scene, wants: list[str]) -> Found:
    rows = select(CaseEvent.kind).where(CaseEvent.case_id == scene.case().id)
    found = set(wants) & set(scene.session.scalars(rows))
    return not found, f"terjadi: {', '.join(sorted(found))}"


def _rules(scene: Scene, wants: list[str]) -> Found:
    rows = select(RuleFiring.rule).where(RuleFiring.case_id == scene.case().id)
    missing = set(wants) - set(scene.session.scalars(rows))
    return not missing, f"belum jalan: {', '.join(sorted(missing))}"


def _suspended(scene: Scene, wants: str) -> Found:
    officer = find_officer(scene.session, scene.desk.keyring.index("phone", scene.phone(wants).number))
    return officer is not None and officer.suspended_at is not None, "telepon itu tidak dibekukan"


def _tried(scene: Scene, wants: dict[str, str]) -> Found:
    for part, what in wants.items():
        officer = find_officer(scene.session, scene.desk.keyring.index("phone", scene.phone(part).number))
        mine = (AccessRecord.actor == f"phone {officer.id if officer else ''}", AccessRecord.at >= scene.started_at)
        if what not in set(scene.session.scalars(select(AccessRecord.what).where(*mine))):
            return False, f"percobaan \u201c{what}\u201d tidak tercatat"
    return True, ""


def _message(scene: Scene, wants: dict[str, Any]) -> Found:
    """A message of the case to this phone: its purpose, how it ended, and how often it was tried at least."""
    mine = (
        OutboundMessage.case_id == scene.case().id,
        OutboundMessage.to_index == scene.desk.keyring.index("phone", scene.phone(wants["phone"]).number),
        OutboundMessage.purpose == wants["purpose"],
    )
    rows = list(scene.session.scalars(select(OutboundMessage).where(*mine)))
    good = [row for row in rows if row.status == wants["status"] and row.attempts >= wants.get("attempts", 1)]
    return bool(good), "; ".join(f"{row.status}, {row.attempts} kali" for row in rows) or "tidak ada"


KINDS: dict[str, Callable[[Scene, Any], Found]] = {
    "case": _case,
    "cases": _cases,
    "received": _received,
    "reads": _reads,
    "events": _events,
    "no_events": _no_events,
    "rules": _rules,
    "suspended": _suspended,
    "tried": _tried,
    "message": _message,
}
