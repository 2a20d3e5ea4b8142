"""A case erased: no key, no content anywhere, and the statistics as they were; and what is kept only for a time."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, delete, func, insert, select, text
from sqlalchemy.orm import Session

from gateway import wiping
from gateway.casework import acts, anchors, endings, erasure, handling, questions, referrals, relations
from gateway.casework.events import find_broken
from gateway.details import read_details, write_details
from gateway.errors import Refused
from gateway.identifiers import new_id
from gateway.keyring import SealError
from gateway.outbox.queue import open_message
from gateway.statistics import months, report
from gateway.wiping import files_of, lies_in, wipe
from gateway.worker import jobs, retention
from models.case import CaseEvent, CaseFile, RuleFiring
from models.conversation import Conversation
from models.inbound import InboundMessage
from models.outbound import OutboundMessage
from models.people import Officer, OneTimeCode
from models.referral import Referral
from models.statistics import StatisticFact, StatisticMonth
from models.throttle import AccessRecord
from models.ussd_session import UssdSession
from models.vocabulary import CaseStatus, Priority
from tests.faults.test_canary import all_rows, leaks
from tests.office import Office
from tests.phone import Phone

GROGOT = "64.01.04"
REPORT = "LAPOR FISIK SENAKEN istri dipukul suami namanya Zubaidah Qanitah"
RAPE = "LAPOR PERKOSA SENAKEN perempuan 25 tahun"
REASON = "asked in person, identity checked"
CANARIES = ["Zubaidah Qanitah", "dipukul suami", "pohon beringin kembar tiga", "SENAKEN"]


class Staff:
    def __init__(self, office: Office) -> None:
        self.ani = office.officer("Ani")
        self.budi = office.officer("Budi")
        self.citra = office.officer("Citra", "supervisor", on_duty=False)
        self.admin = office.officer("Eko", "admin", on_duty=False)


def do(office: Office, officer: Phone, work: Callable[[acts.Act], object], reference: str | None = None) -> None:
    row, reference = office.row_of(officer), reference or office.case()["reference"]
    office.write(
        lambda session: (
            work(acts.begin(session, office.parts.desk, office.clock.now, str(reference), session.merge(row))) and None
        )
    )


def end(office: Office, staff: Staff, reference: str | None = None) -> None:
    """Taken, acted on and closed by the supervisor."""
    do(office, staff.citra, handling.accept, reference)
    do(office, staff.citra, lambda act: handling.first_action(act, 4), reference)
    do(office, staff.citra, lambda act: endings.close(act, "safe now"), reference)


def erase(office: Office, one: Phone, other: Phone, reference: str, reason: str = REASON) -> erasure.Erased:
    first, second = office.row_of(one), office.row_of(other)
    done: erasure.Erased = office.write(
        lambda session: erasure.erase(
            session, office.parts.desk, office.clock.now, reference, session.merge(first), session.merge(second), reason
        )
    )
    return done


def stats(office: Office) -> dict[str, Any]:
    today = office.clock.now.date()
    first = today.replace(month=1, day=1)
    return office.read(lambda s: report.build(s, office.parts.desk, office.clock.now, first, today))  # type: ignore[no-any-return]


def truth(office: Office) -> object:
    running = office.parts.desk.office.local(office.clock.now).strftime("%Y-%m")
    return office.read(lambda s: months.read_tallies(s, office.parts.desk, months.span("2025-12", running)))


def the_case(office: Office, reference: str) -> Any:
    return office.read(lambda s: s.scalar(select(CaseFile).where(CaseFile.reference == reference.removeprefix("BP-"))))


def count(office: Office, table: Any, *where: Any) -> int:
    return int(office.read(lambda s: s.scalar(select(func.count()).select_from(table).where(*where))))


def files(office: Office) -> bytes:
    """Everything on the disk that belongs to the database."""
    if office.parts.settings.uses_sqlite:
        return b"".join(path.read_bytes() for path in files_of(office.root / "var" / "beliperak.db"))
    where = text("SELECT current_setting('data_directory') || '/' || pg_relation_filepath('case_file')")
    office.write(lambda session: session.execute(text("CHECKPOINT")) and None)
    return Path(office.read(lambda session: session.execute(where).scalar())).read_bytes()


# Erasing


def test_an_erased_case_leaves_no_key_no_content_and_the_statistics_as_they_were(any_office: Office) -> None:
    office = any_office
    staff = Staff(office)
    cadre = office.cadre()
    for _ in range(6):
        cadre.text(REPORT + " lagi")
    phone = office.phone("+6281398765001")
    phone.dial().press("2", "SENAKEN", CANARIES[2], "1", "3", "2")
    office.work()
    gone = next(case for case in office.cases() if case["priority"] == "P1")["reference"]
    phone.text(f"TOLONG {CANARIES[0]} {CANARIES[1]}")
    office.work()
    end(office, staff, gone)
    office.work()
    row = the_case(office, gone)
    kept, before, true_before = row.wrapped_key, stats(office), truth(office)
    assert kept in files(office)
    assert count(office, InboundMessage, InboundMessage.case_id == row.id) > 0
    assert count(office, UssdSession, UssdSession.case_id == row.id) > 0

    erased = erase(office, staff.ani, staff.citra, gone)
    assert erased.key == kept
    assert wipe(office.parts.store.engine, [erased.key])

    assert kept not in files(office)
    after = the_case(office, gone)
    assert (after.wrapped_key, after.details, after.phone_index, after.kecamatan) == (None, None, None, None)
    for table in (InboundMessage, UssdSession, Conversation, OneTimeCode, RuleFiring):
        assert count(office, table, table.case_id == row.id) == 0, table
    assert gone not in [case["reference"] for case in office.cases()]
    assert stats(office) == before
    assert truth(office) == true_before
    assert leaks(all_rows(office) + files(office), [*CANARIES, phone.number]) == []
    with pytest.raises(Refused, match="no case"):
        office.show(gone)
    with pytest.raises(SealError):
        read_details(office.parts.desk, after)


def test_the_chain_of_an_erased_case_can_still_be_verified_and_tells_why(any_office: Office) -> None:
    office = any_office
    staff = Staff(office)
    office.cadre().text(REPORT)
    reference = office.case()["reference"]
    end(office, staff)
    case_id = the_case(office, reference).id
    before = count(office, CaseEvent, CaseEvent.case_id == case_id)
    erase(office, staff.ani, staff.citra, reference)
    assert office.read(lambda s: find_broken(s, office.parts.desk.keyring, case_id)) is None
    last = office.read(
        lambda s: s.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq)).all()
    )[-1]
    assert (last.seq, last.kind, last.actor) == (before + 1, "erased", f"officer:{office.row_of(staff.ani).id}")
    told = office.parts.desk.keyring.open("case_event.body", f"{case_id}|{last.seq}", last.body).decode()
    assert REASON in told
    assert office.row_of(staff.citra).id in told


def test_what_waits_for_an_erased_case_never_leaves(office: Office) -> None:
    staff = Staff(office)
    cadre = office.cadre()
    cadre.text(REPORT)
    office.work()
    reference = office.case()["reference"]
    office.at(22)  # the cadre's word that the case is closed would wait for the morning
    end(office, staff)
    case_id = the_case(office, reference).id
    waiting = count(office, OutboundMessage, OutboundMessage.case_id == case_id, OutboundMessage.status == "queued")
    assert waiting > 0
    erase(office, staff.ani, staff.citra, reference)
    inbox = list(cadre.inbox)
    office.forward(hours=12)
    assert cadre.inbox == [message for message in inbox if message in cadre.inbox]
    mine = office.read(lambda s: s.scalars(select(OutboundMessage).where(OutboundMessage.case_id == case_id)).all())
    assert {row.body for row in mine} == {b""}
    assert {row.status for row in mine} <= {"cancelled", "delivered", "sent", "expired"}
    assert all(row.to_index == bytes(32) and row.person_id is None for row in mine if row.recipient == "cadre")
    with pytest.raises(SealError):
        open_message(office.parts.desk, mine[0], the_case(office, reference))


def test_an_open_question_of_the_case_is_forgotten_with_it(office: Office) -> None:
    staff = Staff(office)
    cadre = office.cadre()
    cadre.text(REPORT)
    case = the_case(office, office.case()["reference"])
    end(office, staff)
    question = questions.Question("follow_up", case.id)
    office.write(lambda s: questions.ask(s, office.parts.desk, office.clock.now, cadre.number, question))
    erase(office, staff.ani, staff.citra, case.reference)
    assert count(office, Conversation) == 0


def test_a_referral_loses_its_basis_and_is_still_counted(office: Office) -> None:
    from gateway.casework.people import new_agency

    staff = Staff(office)
    agency = new_agency(office.parts.desk, office.clock.now, "Polres", "polisi", "+6281355550000")
    office.write(lambda session: session.add(agency))
    office.cadre().text(REPORT)
    reference = office.case()["reference"]
    do(office, staff.citra, handling.accept)
    do(office, staff.citra, lambda act: referrals.refer(act, "Polres", "danger"))
    do(office, staff.citra, lambda act: handling.first_action(act, 4))
    do(office, staff.citra, lambda act: endings.close(act, "safe"))
    before = stats(office)["referrals"]
    erase(office, staff.ani, staff.citra, reference)
    assert stats(office)["referrals"] == before != []
    assert office.read(lambda s: s.scalars(select(Referral.basis)).all()) == [None]


def test_the_fact_of_an_erased_case_leads_to_nobody(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(REPORT)
    case = the_case(office, office.case()["reference"])
    end(office, staff)
    assert office.read(lambda s: s.scalars(select(StatisticFact.id)).all()) == [case.id]
    erase(office, staff.ani, staff.citra, case.reference)
    (name,) = office.read(lambda s: s.scalars(select(StatisticFact.id)).all())
    assert name != case.id


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("ani", "ani", "two different officers"),
        ("ani", "budi", "supervisor or a head"),
        ("admin", "citra", "admin"),
        ("citra", "citra", "two different officers"),
    ],
)
def test_erasing_needs_two_officers_one_of_them_leading(office: Office, one: str, other: str, why: str) -> None:
    staff = Staff(office)
    office.cadre().text(REPORT)
    end(office, staff)
    with pytest.raises(Refused, match=why):
        erase(office, getattr(staff, one), getattr(staff, other), office.case()["reference"])


def test_a_suspended_or_a_related_officer_does_not_erase(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(REPORT)
    reference = office.case()["reference"]
    end(office, staff)
    ani = office.row_of(staff.ani).id

    def relate(session: Session) -> None:
        case = session.scalars(select(CaseFile)).one()
        details = read_details(office.parts.desk, case)
        write_details(office.parts.desk, case, replace(details, related=(ani,)))

    office.write(relate)
    with pytest.raises(Refused, match="related"):
        erase(office, staff.ani, staff.citra, reference)
    row = office.row_of(staff.budi)
    office.write(lambda s: handling.suspend(s, office.parts.desk, office.clock.now, s.get(Officer, row.id)) and None)
    with pytest.raises(Refused, match="suspended"):
        erase(office, staff.budi, staff.citra, reference)


def test_an_open_case_is_not_erased_and_a_sexual_one_has_a_duty(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(REPORT)
    reference = office.case()["reference"]
    with pytest.raises(Refused, match="only an ended case"):
        erase(office, staff.ani, staff.citra, reference)
    with pytest.raises(Refused, match="reason"):
        erase(office, staff.ani, staff.citra, reference, reason=" ")
    office.cadre().text(RAPE)
    sexual = next(case["reference"] for case in office.cases() if "PRK" in case["forms"])
    with pytest.raises(Refused, match="legal duty"):
        erase(office, staff.ani, staff.citra, sexual)
    end(office, staff, sexual)
    erase(office, staff.ani, staff.citra, sexual)
    with pytest.raises(Refused, match="erased"):
        erase(office, staff.ani, staff.citra, sexual)
    with pytest.raises(Refused, match="no case"):
        erase(office, staff.ani, staff.citra, "ZZZ9")


def test_an_erased_case_cannot_be_linked_or_found_by_its_receipt(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(REPORT)
    gone = the_case(office, office.case()["reference"])
    receipt = read_details(office.parts.desk, gone).receipt
    end(office, staff)
    erase(office, staff.ani, staff.citra, gone.reference)
    office.cadre().text(REPORT)

    def link(act: acts.Act) -> object:
        return relations.link(act, act.session.get_one(CaseFile, gone.id), together=True)

    with pytest.raises(Refused, match="erased"):
        do(office, staff.citra, link)
    phone = office.phone()
    assert "tidak ditemukan" in phone.dial().press("4", receipt).screen.lower() or "RESI" not in phone.screen


# Wiping


def test_without_wiping_the_dropped_key_is_still_in_the_log(office: Office) -> None:
    """What the search looks for is there to be found: before the checkpoint it lies in the write-ahead log."""
    staff = Staff(office)
    office.cadre().text(REPORT)
    end(office, staff)
    erased = erase(office, staff.ani, staff.citra, office.case()["reference"])
    database = office.root / "var" / "beliperak.db"
    assert lies_in(files_of(database), [erased.key])
    assert wipe(office.parts.store.engine, [erased.key])
    assert not lies_in(files_of(database), [erased.key])
    assert (office.root / "var" / "beliperak.db-wal").stat().st_size == 0


SOMEBODY_ELSE = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    other.execute("BEGIN IMMEDIATE")
    print("writes")
except sqlite3.OperationalError as fault:
    print(fault)
"""


def somebody_else(database: Path) -> str:
    """What another process is told that wants to write."""
    words = [sys.executable, "-c", SOMEBODY_ELSE, str(database)]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def test_who_looks_for_a_key_lets_go_of_no_lock(office: Office) -> None:
    """Two that write at once lose what one of them committed; a log that somebody still writes to would be removed."""
    database = office.root / "var" / "beliperak.db"
    with office.parts.store.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        assert somebody_else(database) == "database is locked"
        assert not lies_in(files_of(database), [b"no such key"])
        assert somebody_else(database) == "database is locked"
    assert somebody_else(database) == "writes"


def test_who_looks_for_a_key_finds_it_or_says_that_it_may_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "full").write_bytes(b"x" * 5000 + b"the key" + b"y" * 5000)
    there = [tmp_path / "gone", tmp_path / "empty", tmp_path / "full"]
    assert lies_in(there, [b"another", b"the key"])
    assert not lies_in(there, [b"another"])
    assert not lies_in(there[:2], [b"the key"])
    (tmp_path / "folder").mkdir()
    assert lies_in([tmp_path / "folder"], [b"another"]), "what cannot be looked through may hold it"
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    assert lies_in(there, [b"another"]), "nor what nobody can be sent to look through"


def test_who_wipes_waits_for_who_carries_the_log_over(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself does not: it says at once that it is busy."""
    busy = iter([1] * 5)
    run_alone = wiping._run_alone

    def at_first_busy(engine: Engine, command: str) -> int:
        return next(busy, 0) or run_alone(engine, command)

    monkeypatch.setattr(wiping, "_run_alone", at_first_busy)
    assert wipe(office.parts.store.engine, [b"no such key"])
    monkeypatch.setattr(wiping, "_run_alone", lambda engine, command: 1)
    monkeypatch.setattr(wiping, "CUT_WITHIN", 0.05)
    assert not wipe(office.parts.store.engine, [b"no such key"])


def test_a_key_that_does_not_leave_is_told(any_office: Office) -> None:
    """A case that still holds its key: nothing was dropped, so the search must find it."""
    any_office.cadre().text(REPORT)
    key = the_case(any_office, any_office.case()["reference"]).wrapped_key
    assert not wipe(any_office.parts.store.engine, [key])


@pytest.mark.postgres
def test_a_table_in_use_is_not_said_to_be_wiped(postgres_url: str, make_office: Callable[..., Office]) -> None:
    office = make_office(url=postgres_url)
    engine = create_engine(postgres_url)
    with engine.begin() as other:
        other.execute(text("SELECT count(*) FROM case_file"))
        assert not wipe(office.parts.store.engine, [b"key"])
    assert wipe(office.parts.store.engine, [b"key"])
    engine.dispose()


# What is kept only for a time


def run(office: Office) -> retention.Gone:
    return retention.run(office.parts.store, office.parts.desk, office.clock)


def test_raw_texts_go_after_ninety_days(any_office: Office) -> None:
    office = any_office
    office.phone().text("selamat pagi")
    office.clock.now += timedelta(days=89)
    office.phone().text("apa kabar")
    assert run(office).texts == 0
    office.clock.now += timedelta(days=1, seconds=1)
    assert run(office).texts == 1
    assert count(office, InboundMessage) == 1
    assert run(office).rows == 0


def test_the_texts_of_a_case_that_goes_on_stay_until_ninety_days_after_its_end(any_office: Office) -> None:
    office = any_office
    citra = office.officer("Citra", "supervisor")
    office.cadre().text(REPORT)
    office.clock.now += timedelta(days=200)
    assert run(office).texts == 0
    office.act(citra, lambda act: endings.close(act, "moved away"))
    office.clock.now += timedelta(days=89)
    assert run(office).texts == 0
    office.act(citra, lambda act: endings.reopen(act, "again"))
    office.clock.now += timedelta(days=30)
    assert run(office).texts == 0
    office.act(citra, lambda act: endings.close(act, "moved away"))
    office.clock.now += timedelta(days=90, seconds=1)
    assert run(office).texts == 1
    assert count(office, InboundMessage) == 0


def test_sessions_go_after_a_day(office: Office) -> None:
    office.phone().dial().press("3")
    office.clock.now += timedelta(hours=25)
    assert run(office).sessions == 1


def test_an_ended_case_is_shredded_after_the_offices_time_and_an_open_one_never(
    make_office: Callable[..., Office],
) -> None:
    office = make_office(KEEP_CLOSED_CASES="P30D")
    staff = Staff(office)
    office.cadre().text(REPORT)
    ended = office.case()["reference"]
    end(office, staff)
    office.cadre().text(REPORT)
    office.clock.now += timedelta(days=29)
    assert run(office).cases == 0
    before = truth(office)
    office.clock.now += timedelta(days=2)
    gone = run(office)
    assert gone.cases == 1
    assert wipe(office.parts.store.engine, gone.keys)
    assert the_case(office, ended).wrapped_key is None
    assert [case["status"] for case in office.cases()] == [CaseStatus.NEW]
    assert truth(office) == before
    office.clock.now += timedelta(days=4000)
    assert run(office).cases == 0


def test_five_years_unless_the_office_says_otherwise(office: Office) -> None:
    assert office.parts.settings.keep_closed_cases == timedelta(days=5 * 365 + 1)


def test_a_case_that_cannot_be_opened_does_not_keep_the_others(make_office: Callable[..., Office]) -> None:
    office = make_office(KEEP_CLOSED_CASES="P30D")
    staff = Staff(office)
    for _ in range(2):
        office.cadre().text(REPORT)
        end(office, staff, next(case["reference"] for case in office.cases() if case["status"] == "new"))
    spoilt = office.cases()[0]["reference"]

    def spoil(session: Session) -> None:
        session.scalars(select(CaseFile).where(CaseFile.reference == spoilt[3:])).one().details = bytes(200)

    office.write(spoil)
    office.clock.now += timedelta(days=31)
    gone = run(office)
    assert (gone.cases, gone.unreadable) == (1, 1)
    assert the_case(office, spoilt).wrapped_key is not None


def test_the_worker_does_it_once_a_day(make_office: Callable[..., Office]) -> None:
    office = make_office(KEEP_CLOSED_CASES="P30D")
    staff = Staff(office)
    office.cadre().text(REPORT)
    reference = office.case()["reference"]
    end(office, staff)
    key = the_case(office, reference).wrapped_key
    office.forward(days=31)
    assert the_case(office, reference).wrapped_key is None
    assert not lies_in(files_of(office.root / "var" / "beliperak.db"), [key])
    assert [job.every for job in jobs.JOBS if job.name == "retention"] == [timedelta(days=1)]


# Facts


def test_the_statistics_of_a_closed_month_come_from_their_sums(any_office: Office) -> None:
    office = any_office
    Staff(office)
    for _ in range(6):
        office.cadre().text(REPORT)
    office.forward(days=30)
    before = truth(office)
    assert before["2026-11"].cases == 6  # type: ignore[index]
    assert count(office, StatisticMonth, StatisticMonth.stale.is_(False)) == 1
    office.write(lambda session: session.execute(delete(StatisticFact)) and None)
    assert truth(office) == before


def test_a_case_that_changes_after_its_month_is_summed_up_again(any_office: Office) -> None:
    office = any_office
    staff = Staff(office)
    office.cadre().text(REPORT)
    office.forward(days=30)
    assert truth(office)["2026-11"].cases == 1  # type: ignore[index]
    do(office, staff.citra, lambda act: endings.invalidate(act, "a test call"))
    assert truth(office)["2026-11"].cases == 0  # type: ignore[index]
    office.work()
    assert count(office, StatisticMonth, StatisticMonth.stale.is_(True)) == 0
    assert truth(office)["2026-11"].cases == 0  # type: ignore[index]


def test_an_officers_priority_changes_the_fact_and_a_look_does_not(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(REPORT)

    def body() -> bytes:
        return office.read(lambda s: s.scalars(select(StatisticFact.body)).one())  # type: ignore[no-any-return]

    first = body()
    office.show(office.case()["reference"])
    do(office, staff.citra, lambda act: handling.write_note(act, "called twice"))
    assert body() == first
    do(office, staff.citra, lambda act: handling.change_priority(act, Priority.P1, "he is back"))
    assert body() != first


def looks(office: Office) -> int:
    return count(office, AccessRecord)


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_who_looked_is_forgotten_after_the_offices_time_and_never_before_the_cases_it_may_have_shown(
    engine: str, request: pytest.FixtureRequest, make_office: Callable[..., Office]
) -> None:
    url = request.getfixturevalue("postgres_url") if engine == "postgres" else None
    office = make_office(url=url, KEEP_CLOSED_CASES="P30D")
    staff = Staff(office)
    office.cases()
    assert looks(office) == 1, "a list with nothing in it"
    office.clock.now += timedelta(days=1)
    office.cadre().text(REPORT)
    for _ in range(3):
        office.cases()
    office.clock.now += timedelta(days=29)
    assert run(office).looks == 0
    office.clock.now += timedelta(days=200)
    assert run(office).looks == 1, "the case goes on: what may have shown it stays"
    end(office, staff)
    seen = looks(office)
    office.clock.now += timedelta(days=29)
    assert run(office).looks == 0
    office.clock.now += timedelta(days=2)
    gone = run(office)
    assert (gone.cases, gone.looks, looks(office)) == (1, seen, 0)
    assert office.read(lambda session: anchors.find_fault(session, office.parts.desk)) is None, "every chain is whole"


def test_looks_go_in_batches_and_the_case_that_is_left_keeps_its_own(office: Office) -> None:
    old = office.clock.now - office.parts.settings.keep_closed_cases - timedelta(days=1)
    rows = [{"id": new_id(old), "at": old, "actor": "t", "what": "t", "rows": 0} for _ in range(erasure.BATCH + 1)]
    office.write(lambda session: session.execute(insert(AccessRecord), rows) and None)
    office.cadre().text(REPORT)
    office.show(office.case()["reference"])
    assert run(office).looks == erasure.BATCH + 1
    assert "viewed" in [event["kind"] for event in office.show(office.case()["reference"])["events"]]
    assert looks(office) > 0
