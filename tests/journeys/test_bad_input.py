"""What goes wrong at a duty desk: one clear answer each, nothing changed, and the attempt on the record."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway import cli
from gateway.casework import duties, endings, handling, legal, referrals
from gateway.casework.people import new_agency
from gateway.commands import cases as case_commands
from gateway.commands import duty as duty_commands
from gateway.errors import Refused
from models.duty import DutyShift
from models.inbound import InboundMessage
from models.people import Agency
from models.referral import Referral
from models.throttle import AccessRecord
from tests.office import Office
from tests.phone import Phone

BAD = "Kode tidak berlaku. Tidak ada yang berubah."
DAY = ("2026-12-01T08:00", "2026-12-01T16:00")


def tries(office: Office) -> list[str]:
    """What was tried, oldest first; a test's own looks left out."""
    wanted = select(AccessRecord.what).where(AccessRecord.actor != "test").order_by(AccessRecord.at)
    return list(office.read(lambda session: list(session.scalars(wanted))))


@pytest.fixture
def command(office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """The command line of this office: its exit code and what it says when it refuses."""
    monkeypatch.setattr(duty_commands, "open_parts", lambda: office.parts)
    monkeypatch.setattr(case_commands, "open_parts", lambda: office.parts)

    def run(*argv: str) -> tuple[int, str]:
        capsys.readouterr()
        return cli.main(list(argv)), capsys.readouterr().err

    return run


# Shifts, by the command line


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (("--from", "2026-12-01T15:59", "--to", "2026-12-01T23:00"), "has a shift already from 01-12-2026 08.00"),
        (("--from", DAY[0], "--to", DAY[1]), "has a shift already from 01-12-2026 08.00"),
        (("--from", "2026-12-03T16:00", "--to", "2026-12-03T08:00"), "ends after it starts"),
        (("--from", "2026-12-03T08:00", "--to", "2026-12-03T08:00"), "ends after it starts"),
        (("--from", "2026-12-03T08:00", "--to", "2026-12-03T16:00", "--areas", "64.01.99"), "64.01.99 is no kecamatan"),
        (("--from", "2026-12-03T08:00", "--to", "2026-12-03T16:00", "--areas", "64.01.05"), "outside this officer's"),
        (("--from", "2026-12-05T08:00", "--to", "2026-12-05T16:00"), "on leave from 05-12-2026 00.00"),
        (("--from", "besok", "--to", "2026-12-03T16:00"), "besok is not a time"),
    ],
)
def test_a_shift_that_can_not_be_is_refused_and_the_attempt_kept(
    office: Office, command: Callable[..., Any], flags: tuple[str, ...], why: str
) -> None:
    ani = office.officer("Ani", areas="64.01.04", on_duty=False)
    assert command("duty", "add", "--officer", ani.number, "--from", DAY[0], "--to", DAY[1])[0] == 0
    leave = ("--from", "2026-12-05T00:00", "--to", "2026-12-06T00:00")
    assert command("duty", "leave", "--officer", ani.number, *leave)[0] == 0
    before, known = tries(office), office.read(lambda session: list(session.scalars(select(DutyShift.id))))
    code, said = command("duty", "add", "--officer", ani.number, *flags)
    assert (code, said.count("\n")) == (1, 1)
    assert why in said
    assert tries(office) == [*before, "duty add refused"]
    assert office.read(lambda session: list(session.scalars(select(DutyShift.id)))) == known


def test_hadir_while_on_leave_is_answered_and_on_the_record(office: Office, command: Callable[..., Any]) -> None:
    ani = office.officer("Ani")
    now = office.clock.now
    span = ("--from", (now - timedelta(hours=1)).isoformat(), "--to", (now + timedelta(days=1)).isoformat())
    assert command("duty", "leave", "--officer", ani.number, *span)[0] == 0
    ani.text("HADIR")
    office.work()
    ani.text(ani.code())
    office.work()
    assert ani.last == "Belum ada piket Anda saat ini. Balas HADIR saat piket mulai."
    assert tries(office)[-1] == "present, no shift"


# Codes, by SMS


def used(office: Office, phone: Phone, word: str) -> str:
    code = phone.code()
    phone.text(f"{word} {code}")
    office.work()
    return code


def expired(office: Office, phone: Phone, word: str) -> str:
    code = phone.code()
    office.clock.now += timedelta(hours=24, seconds=1)
    return code


def mistyped(office: Office, phone: Phone, word: str) -> str:
    code = phone.code()
    return code[:-1] + str((int(code[-1]) + 1) % 10)


SPOILT = [used, expired, mistyped]


def stands(office: Office) -> tuple[Any, ...]:
    case = office.case()
    wanted = select(Referral.status)
    kept = ("status", "priority", "accepted_by", "first_action_at", "closed_at")
    return (*(case[name] for name in kept), office.read(lambda session: list(session.scalars(wanted))))


@pytest.mark.parametrize("spoil", SPOILT)
def test_an_officers_code_that_is_no_good_changes_nothing(office: Office, spoil: Callable[..., str]) -> None:
    ani = office.officer("Ani")
    office.phone().dial().press("2")
    office.work()
    code = spoil(office, ani, "AMBIL")
    before, known = stands(office), tries(office)
    ani.text(f"AMBIL {code}")
    office.work()
    assert BAD in ani.inbox
    assert stands(office) == before
    assert tries(office) == [*known, "bad code"]


@pytest.mark.parametrize("spoil", SPOILT)
@pytest.mark.parametrize("word", ["TERIMA", "TOLAK"])
def test_an_agencys_code_that_is_no_good_changes_nothing(office: Office, spoil: Callable[..., str], word: str) -> None:
    rsud = asked(office)
    code = spoil(office, rsud, "TERIMA")
    before, known = stands(office), tries(office)
    rsud.text(f"{word} {code}")
    office.work()
    assert BAD in rsud.inbox
    assert stands(office) == before
    assert tries(office) == [*known, "bad code"]


def asked(office: Office) -> Phone:
    """An agency with a request in a danger case."""
    citra, rsud = office.officer("Citra", "supervisor"), office.phone()
    desk, now = office.parts.desk, office.clock.now
    office.write(lambda session: session.add(new_agency(desk, now, "RSUD Grogot", "rsud", rsud.number)))
    office.phone().dial().press("2")
    office.act(citra, handling.accept)
    office.act(citra, lambda act: referrals.refer(act, "RSUD Grogot", "danger"))
    office.work()
    return rsud


def test_a_suspended_agencys_phone_is_good_for_nothing(office: Office) -> None:
    rsud = asked(office)
    code, heard, before = rsud.code(), len(rsud.inbox), stands(office)
    desk, now = office.parts.desk, office.clock.now
    office.write(lambda session: handling.suspend(session, desk, now, session.scalars(select(Agency)).one()) and None)
    for words in (f"TERIMA {code}", f"TOLAK {code}", f"SELESAI {code}"):
        rsud.text(words)
    office.work()
    assert stands(office) == before
    assert tries(office).count("bad code") == 3
    assert len(rsud.inbox) == heard, "and it is told nothing"


def test_a_mistyped_reason_of_an_agency_is_asked_again_and_answers_nothing_else(office: Office) -> None:
    rsud = asked(office)
    rsud.text(f"TOLAK {rsud.code()}")
    office.work()
    question, before = rsud.last, stands(office)
    for times, wrong in enumerate(("9", "12"), start=2):
        office.forward(seconds=1)
        rsud.text(wrong)
        office.work()
        assert rsud.inbox.count(question) == times
    office.forward(seconds=1)
    rsud.text("3")
    office.work()
    assert rsud.last.endswith("tersimpan.")
    assert stands(office) == before
    (why,) = [e for e in office.show(office.case()["reference"])["events"] if e["kind"] == "referral_reason"]
    assert why["digits"] == "3"


def test_an_agencys_own_words_are_kept_and_it_is_not_asked_as_a_resident_is(office: Office) -> None:
    rsud = asked(office)
    office.forward(seconds=1)
    rsud.text("anak dipukul ayahnya di senaken")
    office.work()
    told = office.cases()[-1]
    assert (told["area_code"], told["contact"]["mode"]) == ("64.01.04.2016", "call")
    assert rsud.last == f"BP {told['reference'][3:]}: tersimpan."
    office.forward(seconds=1)
    rsud.text("2")
    office.work()
    assert office.cases()[-1]["contact"]["mode"] == "call", "no question waits for a digit"


def test_an_answer_ends_the_agencys_other_codes(office: Office) -> None:
    rsud = asked(office)
    first = rsud.code()
    office.forward(minutes=61)  # reminded, with a second code
    rsud.text(f"TERIMA {rsud.code()}")
    office.work()
    before = stands(office)
    rsud.text(f"TOLAK {first}")
    office.work()
    assert (rsud.last, stands(office)) == (BAD, before)


def test_a_code_from_another_phone_changes_nothing_and_is_not_used_up(office: Office) -> None:
    ani, budi, stranger = office.officer("Ani"), office.officer("Budi"), office.phone()
    office.phone().dial().press("2")
    office.work()
    code, before = ani.code(), stands(office)
    for other in (budi, stranger):
        other.text(f"AMBIL {code}")
    office.work()
    assert (budi.last, stands(office), tries(office)) == (BAD, before, ["bad code"])
    kept = office.read(lambda session: list(session.scalars(select(InboundMessage.handled_as))))
    assert kept == ["code", "keyword"]
    ani.text(f"AMBIL {code}")
    assert office.case()["accepted_by"] == "Ani"


# No settlement ends a case of sexual violence

SETTLED = [
    "damai",
    "Sudah BERDAMAI.",
    "dimediasi kepala desa",
    "diselesaikan secara kekeluargaan",
    "musyawarah keluarga",
    "laporan sudah dicabut",
    "korban dinikahkan",
    "saling memaafkan",
    "settled amicably",
]
WORDED = ["pindah ke Tebru Paser Damai", "dirujuk ke RSUD", "sudah aman di rumah saudara"]


@pytest.fixture
def raped(office: Office) -> Phone:
    """A supervisor, and the case of a cadre's report of rape in which nothing is owed any more."""
    citra = office.officer("Citra", "supervisor")
    office.cadre().text("LAPOR PERKOSA SENAKEN perempuan 25 tahun")
    office.act(citra, handling.accept)
    office.act(citra, lambda act: handling.first_action(act, handling.VISITED))
    for duty in (duties.HEALTH, duties.POLICE):
        office.act(citra, lambda act, duty=duty: legal.waive(act, duty, "met elsewhere"))
    return citra


@pytest.mark.parametrize("reason", SETTLED)
def test_by_the_functions_and_the_command_line(
    office: Office, raped: Phone, command: Callable[..., Any], reason: str
) -> None:
    reference, before = office.case()["reference"], office.case()
    for verb in ("close", "invalid"):
        code, said = command("cases", "do", reference, verb, "--officer", raped.number, "--reason", reason)
        assert code == 1
        assert "not settled outside court" in said
    with pytest.raises(Refused, match="not settled outside court"):
        office.act(raped, lambda act: endings.close(act, reason))
    with pytest.raises(Refused, match="not settled outside court"):
        office.act(raped, lambda act: endings.invalidate(act, reason))
    assert office.case() == before
    assert tries(office) == ["act refused", "act refused"]


def test_a_duty_of_the_law_is_not_signed_off_because_they_settled(office: Office) -> None:
    citra = office.officer("Citra", "supervisor")
    office.cadre().text("LAPOR PERKOSA SENAKEN perempuan 25 tahun")
    with pytest.raises(Refused, match="not settled outside court"):
        office.act(citra, lambda act: legal.waive(act, duties.POLICE, "keluarga sudah damai"))


@pytest.mark.parametrize("said", ["", " sudah damai"])
def test_by_sms_a_code_with_such_words_beside_it_ends_nothing(office: Office, raped: Phone, said: str) -> None:
    raped.text(f"SELESAI {office.case()['reference'][3:]}{said}")
    office.work()
    raped.text(raped.code())
    office.work()
    assert office.case()["status"] == ("in_progress" if said else "closed")
    assert ("tidak ada yang berubah" in raped.last) is bool(said)


@pytest.mark.parametrize("reason", WORDED)
def test_other_words_end_it(office: Office, raped: Phone, reason: str) -> None:
    office.act(raped, lambda act: endings.close(act, reason))
    assert office.case()["status"] == "closed"


def test_what_is_told_is_still_noted(office: Office, raped: Phone) -> None:
    """A note ends nothing: that a family pressed her to settle is what officers have to know."""
    office.act(raped, lambda act: handling.write_note(act, "keluarga minta damai"))
    events = office.show(office.case()["reference"])["events"]
    assert [event["text"] for event in events if event["kind"] == "note"] == ["keluarga minta damai"]
