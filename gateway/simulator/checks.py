"""Whether a story ended as it says: asked of the rows that the console reads and of what the phones show."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from gateway.casework import files
from gateway.errors import Refused
from gateway.simulator.scene import Scene
from gateway.simulator.stories import Check
from gateway.simulator.tongue import N_
from models.case import CaseEvent, RuleFiring
from models.outbound import OutboundMessage
from models.people import find_officer
from models.throttle import AccessRecord

Found = tuple[bool, str, dict[str, str]]
"""Whether it is so, and what was found: a marked text and its inserts."""


def check(scene: Scene, wanted: Check) -> Found:
    """Every demand of one check; the first that does not hold is told."""
    for name, wants in wanted.wants.items():
        try:
            found = KINDS[name](scene, wants)
        except Refused as refusal:
            return False, str(refusal), {}
        if not found[0]:
            return found
    return True, "", {}


def _case(scene: Scene, wants: dict[str, Any]) -> Found:
    """As lists and console tell the case; `accepted_by` names a part, `contact` a mode."""
    row = files.as_row(scene.session, scene.desk, scene.case(), scene.now)
    row["contact"] = row["contact"]["mode"]
    for name, wish in wants.items():
        expected = scene.phone(wish).name if name == "accepted_by" and wish else wish
        found = row[name] or ("" if expected == "" else row[name])
        if found != expected:
            return False, N_("%(name)s: %(found)s"), {"name": name, "found": str(found)}
    return True, "", {}


def _cases(scene: Scene, wants: int) -> Found:
    found = len(scene.cases())
    return found == wants, N_("%(count)s kasus"), {"count": str(found)}


def _received(scene: Scene, wants: dict[str, int]) -> Found:
    for part, number in wants.items():
        found = len(scene.received(part))
        if found != number:
            return False, N_("%(count)s SMS di telepon %(part)s"), {"count": str(found), "part": part}
    return True, "", {}


def _reads(scene: Scene, wants: dict[str, str]) -> Found:
    for part, words in wants.items():
        words = scene.fill(words, part)
        if not any(words in (one.text or "") for one in scene.received(part)):
            return False, N_("telepon %(part)s tidak menunjukkan “%(words)s”"), {"part": part, "words": words}
    return True, "", {}


def _events(scene: Scene, wants: list[str]) -> Found:
    rows = select(CaseEvent.kind).where(CaseEvent.case_id == scene.case().id)
    missing = set(wants) - set(scene.session.scalars(rows))
    return not missing, N_("belum terjadi: %(names)s"), {"names": ", ".join(sorted(missing))}


def _no_events(scene: Scene, wants: list[str]) -> Found:
    rows = select(CaseEvent.kind).where(CaseEvent.case_id == scene.case().id)
    found = set(wants) & set(scene.session.scalars(rows))
    return not found, N_("terjadi: %(names)s"), {"names": ", ".join(sorted(found))}


def _rules(scene: Scene, wants: list[str]) -> Found:
    rows = select(RuleFiring.rule).where(RuleFiring.case_id == scene.case().id)
    missing = set(wants) - set(scene.session.scalars(rows))
    return not missing, N_("belum jalan: %(names)s"), {"names": ", ".join(sorted(missing))}


def _suspended(scene: Scene, wants: str) -> Found:
    officer = find_officer(scene.session, scene.desk.keyring.index("phone", scene.phone(wants).number))
    return officer is not None and officer.suspended_at is not None, N_("telepon itu tidak dibekukan"), {}


def _tried(scene: Scene, wants: dict[str, str]) -> Found:
    for part, what in wants.items():
        officer = find_officer(scene.session, scene.desk.keyring.index("phone", scene.phone(part).number))
        mine = (AccessRecord.actor == f"phone {officer.id if officer else ''}", AccessRecord.at >= scene.started_at)
        if what not in set(scene.session.scalars(select(AccessRecord.what).where(*mine))):
            return False, N_("percobaan “%(what)s” tidak tercatat"), {"what": what}
    return True, "", {}


def _message(scene: Scene, wants: dict[str, Any]) -> Found:
    """A message of the case to this phone: its purpose, how it ended, and how often it was tried at least."""
    mine = (
        OutboundMessage.case_id == scene.case().id,
        OutboundMessage.to_index == scene.desk.keyring.index("phone", scene.phone(wants["phone"]).number),
        OutboundMessage.purpose == wants["purpose"],
    )
    rows = list(scene.session.scalars(select(OutboundMessage).where(*mine)))
    good = [row for row in rows if row.status == wants["status"] and row.attempts >= wants.get("attempts", 1)]
    states = "; ".join(f"{row.status} ({row.attempts})" for row in rows)
    return (bool(good), N_("SMS: %(states)s"), {"states": states}) if rows else (False, N_("tidak ada"), {})


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
