"""Every legal move of the lifecycle and every illegal one, through every door an officer has.

The table of `models.lifecycle` says what must come of each pair of status and verb; here each pair is tried by the
functions the console calls, by `cases do`, and by SMS where the verb has a word, with live codes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway import cli
from gateway.casework import attempts, codes, duress, endings, handling, intake, legal, people, referrals, relations
from gateway.casework.acts import Act
from gateway.casework.events import list_events
from gateway.commands import cases as case_commands
from gateway.details import read_details
from gateway.errors import Refused
from models import lifecycle
from models.case import CaseEvent, CaseFile
from models.lifecycle import HELD, find_move
from models.outbound import OutboundMessage
from models.people import OneTimeCode, find_cadre
from models.referral import Referral
from models.throttle import AccessRecord
from models.vocabulary import Age, CaseStatus, Channel, ContactMode, Priority, Reporter
from tests.office import Office
from tests.phone import Phone

NOBODYS = {"confirm", "sweep"}
"""Verbs of the reporter and of the clock, which no officer has."""
OFFICERS = sorted(lifecycle.VERBS - NOBODYS)
WORDS = {"accept": "AMBIL", "pass_on": "OPER", "first_action": "SUDAH", "close": "SELESAI"}
TODAY = "2026-11-23"


@dataclass
class Scene:
    """A supervisor who tries, an officer who holds what is held, and all the others a verb may need."""

    office: Office
    citra: Phone
    ani: Phone
    cadre: Phone

    def case(self, status: CaseStatus, forms: tuple[str, ...] = ("PRK",)) -> str:
        """The id of a case in this status, whatever led there; it has had its first action."""
        office, now = self.office, self.office.clock.now
        office.clock.now += office.clock.now.resolution
        ani = office.row_of(self.ani).id
        details = replace(intake.new_details("report", None), forms=forms, age=Age.ADULT)

        def work(session: Session) -> str:
            opening = intake.Opening(details, Channel.USSD, Reporter.RESIDENT, partial=True)
            case = intake.open_case(session, office.parts.desk, now, opening)
            case.status, case.first_action_at, case.queued_at = status, now, now
            if status in HELD:
                case.holder_id, case.accepted_by, case.accepted_at, case.acted_at = ani, ani, now, now
            if status not in lifecycle.OPEN:
                case.closed_at = now
            return case.id

        return str(office.write(work))


@pytest.fixture
def scene(office: Office) -> Scene:
    ani, citra = office.officer("Ani"), office.officer("Citra", "supervisor", on_duty=False)
    desk, now = office.parts.desk, office.clock.now
    office.write(lambda session: session.add(people.new_agency(desk, now, "RSUD Grogot", "rsud", "+6254321110")))
    return Scene(office, citra, ani, office.cadre())


def state(office: Office, case_id: str) -> dict[str, Any]:
    """All that an act can change, the record of refusals apart."""
    desk = office.parts.desk

    def look(session: Session) -> dict[str, Any]:
        case = session.get_one(CaseFile, case_id)
        clear = {column.name: getattr(case, column.name) for column in CaseFile.__table__.columns}
        del clear["details"]  # sealed anew with every writing; what it says is compared below
        referred = select(Referral.status).where(Referral.case_id == case_id)
        live = select(func.count()).where(OneTimeCode.case_id == case_id, OneTimeCode.ended_at.is_(None))
        sent = select(OutboundMessage.dedupe_key).where(OutboundMessage.case_id == case_id)
        return clear | {
            "details": read_details(desk, case),
            "events": [event for event in list_events(session, desk, case) if event.kind != "refused"],
            "referrals": list(session.scalars(referred)),
            "codes": session.scalar(live),
            "messages": sorted(key for key in session.scalars(sent) if not key.startswith("in:")),
        }

    return office.read(look)  # type: ignore[no-any-return]


def refusals(office: Office, case_id: str) -> tuple[int, list[str]]:
    """How many acts the office's records say were refused, and which verbs the case's timeline names."""
    desk = office.parts.desk

    def look(session: Session) -> tuple[int, list[str]]:
        events = list_events(session, desk, session.get_one(CaseFile, case_id))
        rows = session.scalar(select(func.count()).where(AccessRecord.what == "act refused"))
        return rows or 0, [event.body["verb"] for event in events if event.kind == "refused"]

    return office.read(look)  # type: ignore[no-any-return]


# The doors: each tries one verb on one case and says whether it was refused


def by_function(scene: Scene, case_id: str, verb: str) -> bool:
    """As the console does it: the act, and where it is refused its record."""
    office = scene.office
    reference = office.read(lambda session: session.get_one(CaseFile, case_id).reference)
    try:
        office.act(scene.citra, lambda act: FUNCTIONS[verb](act, scene), reference)
    except Refused as refusal:
        desk, now, actor, why = office.parts.desk, office.clock.now, "officer:x", str(refusal)
        office.write(lambda session: attempts.note_refused(session, desk, now, actor, reference, verb, why))
        return True
    return False


def other_case(act: Act) -> CaseFile:
    others = select(CaseFile).where(CaseFile.id != act.case.id, CaseFile.wrapped_key.is_not(None))
    return act.session.scalars(others).first() or act.case


def the_cadre(act: Act, scene: Scene) -> Any:
    return find_cadre(act.session, act.desk.keyring.index("phone", scene.cadre.number))


FUNCTIONS: dict[str, Callable[[Act, Scene], object]] = {
    "accept": lambda act, scene: handling.accept(act),
    "pass_on": lambda act, scene: handling.pass_on(act),
    "first_action": lambda act, scene: handling.first_action(act, handling.CONNECTED),
    "note": lambda act, scene: handling.write_note(act, "seen"),
    "priority": lambda act, scene: handling.change_priority(act, Priority.P3, "calm"),
    "close": lambda act, scene: endings.close(act, "moved away"),
    "reopen": lambda act, scene: endings.reopen(act, "again"),
    "invalid": lambda act, scene: endings.invalidate(act, "a test"),
    "link": lambda act, scene: relations.link(act, other_case(act), together=True),
    "unlink": lambda act, scene: relations.link(act, other_case(act), together=False),
    "contact_rule": lambda act, scene: handling.change_contact(act, ContactMode.CALL, "morning", "she said so"),
    "consent": lambda act, scene: referrals.record_consent(act, "by voice"),
    "please_call": lambda act, scene: handling.ask_to_call(act),
    "refer": lambda act, scene: referrals.refer(act, "RSUD Grogot", "danger"),
    "police_reported": lambda act, scene: legal.note_police_report(act, TODAY),
    "require": lambda act, scene: legal.require(act, "police", "hers"),
    "waive": lambda act, scene: legal.waive(act, "police", "not owed"),
    "related": lambda act, scene: relations.mark_related(act, the_cadre(act, scene)),
    "add_cadre": lambda act, scene: relations.add_cadre(act, the_cadre(act, scene), "she agreed"),
    "duress": lambda act, scene: duress.mark(act),
}

FLAGS: dict[str, list[str]] = {
    "first_action": ["--result", "1"],
    "note": ["--reason", "seen"],
    "priority": ["--priority", "p3", "--reason", "calm"],
    "close": ["--reason", "moved away"],
    "reopen": ["--reason", "again"],
    "invalid": ["--reason", "a test"],
    "link": ["--with", "{other}"],
    "unlink": ["--with", "{other}"],
    "contact_rule": ["--reason", "call morning"],
    "consent": ["--reason", "by voice"],
    "refer": ["--agency", "RSUD Grogot", "--reason", "danger"],
    "police_reported": ["--on", TODAY],
    "require": ["--duty", "police", "--reason", "hers"],
    "waive": ["--duty", "police", "--reason", "not owed"],
    "related": ["--to", "{cadre}"],
    "add_cadre": ["--to", "{cadre}", "--reason", "she agreed"],
}


def by_command(scene: Scene, case_id: str, verb: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    office = scene.office
    monkeypatch.setattr(case_commands, "open_parts", lambda: office.parts)
    rows = office.read(lambda session: dict(session.execute(select(CaseFile.id, CaseFile.reference)).all()))
    other = next((reference for other_id, reference in rows.items() if other_id != case_id), rows[case_id])
    flags = [flag.format(other=other, cadre=scene.cadre.number) for flag in FLAGS.get(verb, [])]
    return cli.main(["cases", "do", rows[case_id], verb, "--officer", scene.citra.number, *flags]) == 1


def by_sms(scene: Scene, case_id: str, verb: str) -> bool:
    """With a live code for exactly this; the answer tells whether anything came of it."""
    office, word = scene.office, WORDS[verb]
    desk, citra = office.parts.desk, office.row_of(scene.citra).id
    before = len(scene.citra.inbox)
    code = office.write(lambda session: codes.issue(session, desk, office.clock.now, citra, [word], case_id))
    scene.citra.text(f"{word} {code}{' 1' if word == 'SUDAH' else ''}")
    office.work()
    told = [text for text in scene.citra.inbox[before:] if not re.search(r"prioritas|piket", text) or "kembali" in text]
    assert len(told) == 1, told
    return "tidak ada yang berubah" in told[0] or "sudah diambil" in told[0]


# The walk


def walk(scene: Scene, status: CaseStatus, verbs: list[str], forms: tuple[str, ...], door: Callable[..., bool]) -> None:
    office = scene.office
    scene.case(CaseStatus.NEW, forms)  # another one, to be linked with
    for verb in verbs:
        case_id, target = scene.case(status, forms), find_move(status, verb)
        before, (rows, _) = state(office, case_id), refusals(office, case_id)
        refused = door(scene, case_id, verb)
        after, (rows_after, noted) = state(office, case_id), refusals(office, case_id)
        assert refused is (target is None), f"{verb} on {status}"
        if target is None:
            assert changed(before, after) == {}, f"{verb} on {status}"
            assert (rows_after, noted) == (rows + 1, [WORDS[verb] if door is by_sms else verb]), f"{verb} on {status}"
        else:
            assert after["status"] in (target, LATER.get(target)), f"{verb} on {status}"
            assert changed(before, after) != {}, f"{verb} on {status}"
            assert rows_after == rows


LATER = {CaseStatus.ACCEPTED: CaseStatus.IN_PROGRESS}
"""A case taken again after its first action is in progress at once."""


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What differs. A live code that was tried is used up, whatever came of it."""
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def test_each_door_knows_every_verb_of_the_table() -> None:
    assert set(FUNCTIONS) == set(OFFICERS) == set(case_commands.VERBS)
    assert set(WORDS) <= set(OFFICERS)


@pytest.mark.parametrize("status", list(CaseStatus))
def test_by_the_functions_the_console_calls(scene: Scene, status: CaseStatus) -> None:
    walk(scene, status, OFFICERS, ("PRK",), by_function)


@pytest.mark.parametrize("status", list(CaseStatus))
def test_by_the_command_line(scene: Scene, status: CaseStatus, monkeypatch: pytest.MonkeyPatch) -> None:
    def door(scene: Scene, case_id: str, verb: str) -> bool:
        return by_command(scene, case_id, verb, monkeypatch)

    walk(scene, status, OFFICERS, ("PRK",), door)


@pytest.mark.parametrize("status", list(CaseStatus))
def test_by_sms_with_live_codes(scene: Scene, status: CaseStatus) -> None:
    walk(scene, status, sorted(WORDS), ("FIS",), by_sms)


@pytest.mark.parametrize("status", list(CaseStatus))
def test_the_reporters_and_the_clocks_verbs_move_only_a_partial_report(scene: Scene, status: CaseStatus) -> None:
    office, desk = scene.office, scene.office.parts.desk
    for verb, do in (("confirm", intake.confirm), ("sweep", intake.sweep)):
        case_id, now = scene.case(status), office.clock.now

        def work(session: Session, do: Any = do, case_id: str = case_id, now: Any = now) -> None:
            do(session, desk, now, session.get_one(CaseFile, case_id))

        office.write(work)
        assert state(office, case_id)["status"] is (find_move(status, verb) or status)


def test_who_holds_a_case_may_take_it_twice_and_nothing_comes_of_it(scene: Scene) -> None:
    case_id = scene.case(CaseStatus.IN_PROGRESS)
    before = state(scene.office, case_id)
    scene.office.act(scene.ani, handling.accept, before["reference"])
    assert changed(before, state(scene.office, case_id)) == {}


def test_the_record_of_a_refusal_lies_sealed(scene: Scene) -> None:
    case_id = scene.case(CaseStatus.CLOSED)
    assert by_function(scene, case_id, "police_reported")
    rows = scene.office.read(
        lambda session: (
            [str(row) for row in session.execute(select(CaseEvent.kind, CaseEvent.actor))]
            + [str(row) for row in session.execute(select(AccessRecord.what, AccessRecord.actor))]
        )
    )
    assert not any("police" in row for row in rows)
