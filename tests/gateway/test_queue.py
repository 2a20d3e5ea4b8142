"""The outbox: one effect one message, one message one holder, and nothing leaves that may not."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.casework import handling
from gateway.details import Contact, read_details, write_details
from gateway.outbox import claiming, queue, waiting
from gateway.outbox.queue import Outcome
from models.case import CaseFile
from models.outbound import OptOutRow, OutboundMessage
from models.people import Officer
from models.vocabulary import ContactMode, MessageStatus, Priority, Purpose, Recipient
from tests.conftest import MakeOffice
from tests.made import SHE, SMS, a_case, a_message, claimed, row, rows
from tests.office import Office

P, R, S = Purpose, Recipient, MessageStatus


def change_case(office: Office, case: str, contact: Contact) -> None:
    def work(session: Session) -> None:
        found = session.get_one(CaseFile, case)
        write_details(office.parts.desk, found, replace(read_details(office.parts.desk, found), contact=contact))

    office.write(work)


def reap(office: Office) -> int:
    found: int = office.write(lambda session: len(queue.reap_leases(session, office.clock.now)))
    return found


# Enqueue


def test_the_same_effect_twice_is_one_message(any_office: Office) -> None:
    assert a_message(any_office, key="receipt of case 1")
    assert not a_message(any_office, key="receipt of case 1", text="another text")
    assert len(rows(any_office)) == 1


def test_many_at_once_of_the_same_effect_are_one_message(any_office: Office) -> None:
    with ThreadPoolExecutor(12) as pool:
        fresh = list(pool.map(lambda _: a_message(any_office, key="same"), range(24)))
    assert fresh.count(True) == 1
    assert len(rows(any_office)) == 1


def test_a_pair_without_a_rule_is_refused(any_office: Office) -> None:
    with pytest.raises(KeyError):
        a_message(any_office, P.REMINDER, R.REPORTER)
    assert rows(any_office) == []


def test_phone_and_text_are_sealed_under_the_cases_key_or_the_masters(any_office: Office) -> None:
    case = a_case(any_office, contact=SMS)
    a_message(any_office, P.RECEIPT, text="Nomor Anda 2345.", case=case)
    a_message(any_office, P.ANSWER, text="Terima kasih.")
    (under_case, under_master), desk = rows(any_office), any_office.parts.desk
    assert b"Nomor" not in under_case.body
    found = any_office.read(
        lambda session: [
            queue.open_message(desk, under_case, session.get_one(CaseFile, case)),
            queue.open_message(desk, under_master, None),
        ]
    )
    assert found == [(SHE, "Nomor Anda 2345."), (SHE, "Terima kasih.")]


@pytest.mark.parametrize(
    ("purpose", "recipient", "minutes"),
    [(P.ANSWER, R.REPORTER, 5), (P.CHALLENGE, R.OFFICER, 15), (P.ALERT, R.OFFICER, 30), (P.RECEIPT, R.CADRE, 1440)],
)
def test_its_life_is_counted_from_when_it_is_due(
    office: Office, purpose: Purpose, recipient: Recipient, minutes: int
) -> None:
    office.at(22)
    a_message(office, purpose, recipient)
    found = row(office)
    assert found.not_after == found.due_at + timedelta(minutes=minutes)
    assert (found.due_at > office.clock.now) == (purpose is P.RECEIPT)


# Claim


def test_p1_alerts_leave_first_then_what_somebody_waits_for_then_the_rest(any_office: Office) -> None:
    danger = a_case(any_office, Priority.P1)
    for purpose, recipient, case, text in (
        (P.RECEIPT, R.CADRE, None, "rest"),
        (P.ANSWER, R.OFFICER, None, "answer"),
        (P.ALERT, R.OFFICER, danger, "p1"),
        (P.ANSWER, R.OFFICER, None, "answer, later"),
    ):
        a_message(any_office, purpose, recipient, text=text, case=case)
        any_office.clock.now += timedelta(seconds=1)
    assert [claimed(any_office, 1)[0].text for _ in range(4)] == ["p1", "answer", "answer, later", "rest"]
    assert claimed(any_office) == []


def test_what_is_tried_again_and_what_is_new_leave_in_one_order(any_office: Office) -> None:
    danger = a_case(any_office, Priority.P1)
    for text, case in (("p1 tried", danger), ("answer tried", None), ("p1 new", danger), ("answer new", None)):
        a_message(any_office, P.ALERT if case else P.ANSWER, R.OFFICER, text=text, case=case)
        any_office.clock.now += timedelta(seconds=1)
    tried = update(OutboundMessage).where(OutboundMessage.id.in_([rows(any_office)[at].id for at in (0, 1)]))
    any_office.write(lambda session: session.execute(tried.values(status=S.ERRORED)))
    assert [outgoing.text for outgoing in claimed(any_office, 3)] == ["p1 tried", "p1 new", "answer tried"]
    assert [outgoing.text for outgoing in claimed(any_office, 3)] == ["answer new"]


def test_a_claim_costs_no_more_when_much_waits(office: Office) -> None:
    """After an hour without a carrier thousands wait; each claim that looked at all of them took ten milliseconds."""

    def steps_of_a_claim() -> int:
        """Of SQLite's virtual machine, in hundreds."""
        counted = 0

        def count() -> int:
            nonlocal counted
            counted += 1
            return 0

        def work(session: Session) -> None:
            driver = session.connection().connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.set_progress_handler(count, 100)
            try:
                assert len(claiming.claim_due(session, office.parts.desk, office.clock.now, 5)) == 5
            finally:
                driver.set_progress_handler(None, 0)

        office.write(work)
        return counted

    for _ in range(20):
        a_message(office)
    steps_of_a_claim()  # which also makes the statements
    few = steps_of_a_claim()
    for number in range(400):
        later = office.clock.now + timedelta(hours=number % 2)
        a_message(office, due_at=later)
    assert steps_of_a_claim() < 1.5 * few


def test_a_claim_takes_a_lease_and_a_token_and_is_committed_before_the_call(any_office: Office) -> None:
    a_message(any_office)
    (outgoing,) = claimed(any_office)
    found = row(any_office)
    assert (found.status, found.attempts, found.token) == (S.SENDING, 1, outgoing.token)
    assert found.lease_until == any_office.clock.now + timedelta(seconds=60)
    assert SHE not in repr(outgoing)


def test_what_is_not_due_stays(any_office: Office) -> None:
    a_message(any_office, due_at=any_office.clock.now + timedelta(seconds=1))
    assert claimed(any_office) == []
    any_office.clock.now += timedelta(seconds=1)
    assert len(claimed(any_office)) == 1


def test_many_workers_never_claim_the_same_message(any_office: Office) -> None:
    for _ in range(40):
        a_message(any_office)
    start = threading.Barrier(4)

    def worker(_: int) -> list[str]:
        start.wait(5)
        found: list[str] = []
        while many := claimed(any_office, 3):
            found += [outgoing.id for outgoing in many]
        return found

    with ThreadPoolExecutor(4) as pool:
        taken = [message for found in pool.map(worker, range(4)) for message in found]
    assert len(taken) == len(set(taken)) == 40


@pytest.mark.postgres
def test_a_worker_steps_over_what_another_is_claiming(make_office: MakeOffice, postgres_url: str) -> None:
    """On SQLite there is one writer at a time."""
    office = make_office(url=postgres_url)
    for _ in range(4):
        a_message(office)
    holds, done = threading.Event(), threading.Event()

    def slow(session: Session) -> set[str]:
        found = claiming.claim_due(session, office.parts.desk, office.clock.now, 2)
        holds.set()
        done.wait(5)
        return {outgoing.id for outgoing in found}

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(office.write, slow)
        holds.wait(5)
        second = {outgoing.id for outgoing in claimed(office)}
        done.set()
        assert len(second) == 2
        assert not second & first.result()


def test_messages_that_may_not_leave_do_not_hide_the_one_behind_them(any_office: Office) -> None:
    """All that a claim picked was cancelled: the claim looks on, or the worker would believe nothing is due."""
    case = a_case(any_office, contact=Contact())
    for _ in range(5):
        a_message(any_office, P.RECEIPT, case=case)
        any_office.clock.now += timedelta(seconds=1)
    a_message(any_office, P.RECEIPT, R.CADRE, text="behind")
    assert [outgoing.text for outgoing in claimed(any_office, 2)] == ["behind"]


# May it leave now?


def test_consent_withdrawn_a_minute_ago_counts(any_office: Office) -> None:
    case = a_case(any_office, contact=SMS)
    a_message(any_office, P.RECEIPT, case=case)
    change_case(any_office, case, Contact())
    assert claimed(any_office) == []
    assert (row(any_office).status, row(any_office).code, row(any_office).attempts) == (S.CANCELLED, "no_consent", 0)


def test_consent_still_there_lets_it_leave(any_office: Office) -> None:
    a_message(any_office, P.RECEIPT, case=a_case(any_office, contact=SMS))
    assert len(claimed(any_office)) == 1


def test_an_opt_out_counts_when_it_leaves(any_office: Office) -> None:
    a_message(any_office, P.RECEIPT, case=a_case(any_office, contact=SMS))
    index = any_office.parts.desk.keyring.index("phone", SHE)
    any_office.write(lambda session: session.add(OptOutRow(phone_index=index, at=any_office.clock.now, source="sms")))
    assert claimed(any_office) == []
    assert row(any_office).code == "opted_out"


def test_nothing_leaves_for_an_erased_case(any_office: Office) -> None:
    case = a_case(any_office, contact=SMS)
    a_message(any_office, P.RECEIPT, case=case)

    def erase(session: Session) -> None:
        session.get_one(CaseFile, case).wrapped_key = None

    any_office.write(erase)
    assert claimed(any_office) == []
    assert (row(any_office).status, row(any_office).code) == (S.CANCELLED, "erased")


def test_nothing_leaves_for_a_suspended_officer(any_office: Office) -> None:
    phone = any_office.officer()
    officer = any_office.row_of(phone)
    a_message(any_office, P.ALERT, R.OFFICER, to=phone.number, person_id=officer.id)

    def work(session: Session) -> None:
        found = session.get_one(Officer, officer.id)
        handling.suspend(session, any_office.parts.desk, any_office.clock.now, found)

    any_office.write(work)
    assert claimed(any_office) == []
    assert row(any_office).code == "suspended"


def test_her_hours_are_waited_for(any_office: Office) -> None:
    case = a_case(any_office, contact=Contact(ContactMode.SMS, "afternoon"))
    a_message(any_office, P.RECEIPT, case=case)
    assert claimed(any_office) == []
    found = row(any_office)
    assert (found.status, found.attempts) == (S.QUEUED, 0)
    assert any_office.parts.desk.office.clock(found.due_at) == "15.00"
    any_office.at(15)
    assert len(claimed(any_office)) == 1


def test_quiet_hours_that_began_meanwhile_are_kept(any_office: Office) -> None:
    any_office.at(20, 59)
    a_message(any_office, P.RECEIPT, case=a_case(any_office, contact=SMS))
    any_office.clock.now += timedelta(minutes=2)
    assert claimed(any_office) == []
    assert any_office.parts.desk.office.clock(row(any_office).due_at) == "07.00"
    any_office.at(7)
    assert len(claimed(any_office)) == 1


def test_what_is_too_late_expires_and_is_not_claimed(any_office: Office) -> None:
    a_message(any_office, P.ANSWER)
    any_office.clock.now += timedelta(minutes=5, seconds=1)
    assert claimed(any_office) == []

    def expire(session: Session) -> int:
        return len(queue.expire_old(session, any_office.clock.now))

    assert [any_office.write(expire) for _ in range(2)] == [1, 0]
    assert (row(any_office).status, row(any_office).code) == (S.EXPIRED, "too_late")


# Settle and leases


@pytest.mark.parametrize("status", [S.SENT, S.DELIVERED, S.FAILED, S.UNKNOWN])
def test_settling_writes_the_outcome_once(any_office: Office, status: MessageStatus) -> None:
    a_message(any_office)
    (outgoing,) = claimed(any_office)
    outcome = Outcome(status, "x", "AT1", cost="KES 0.8")

    def settle(session: Session) -> bool:
        return queue.settle(session, any_office.clock.now, outgoing, outcome)

    assert any_office.write(settle)
    assert not any_office.write(settle)
    found = row(any_office)
    assert (found.status, found.provider_id, found.token, found.cost) == (status, "AT1", None, "KES 0.8")
    assert (found.sent_at is not None) == (status in (S.SENT, S.DELIVERED))
    assert (found.settled_at is not None) == (status is not S.SENT)


def test_what_errored_waits_its_time_and_is_claimed_again(any_office: Office) -> None:
    a_message(any_office, P.ALERT, R.OFFICER)
    (outgoing,) = claimed(any_office)
    outcome = Outcome(S.ERRORED, "x", code="throttled", again_after=timedelta(seconds=7))
    any_office.write(lambda session: queue.settle(session, any_office.clock.now, outgoing, outcome))
    any_office.clock.now += timedelta(seconds=6)
    assert claimed(any_office) == []
    any_office.clock.now += timedelta(seconds=1)
    assert claimed(any_office)[0].attempts == 2


def test_a_lease_that_ran_out_is_taken_back_and_its_holder_changes_nothing_any_more(any_office: Office) -> None:
    a_message(any_office, P.ALERT, R.OFFICER)
    (frozen,) = claimed(any_office)
    any_office.clock.now += timedelta(seconds=60)
    assert reap(any_office) == 0
    any_office.clock.now += timedelta(seconds=1)
    assert reap(any_office) == 1
    (second,) = claimed(any_office)
    assert second.token != frozen.token
    outcome = Outcome(S.FAILED, "x")
    assert not any_office.write(lambda session: queue.settle(session, any_office.clock.now, frozen, outcome))
    assert row(any_office).status is S.SENDING


@pytest.mark.parametrize(
    ("purpose", "recipient", "ends"),
    [
        (P.ALERT, R.OFFICER, [S.ERRORED, S.ERRORED, S.ERRORED]),
        (P.CHALLENGE, R.OFFICER, [S.ERRORED, S.ERRORED, S.ERRORED]),
        (P.RECEIPT, R.CADRE, [S.ERRORED, S.UNKNOWN]),
        (P.ANSWER, R.CADRE, [S.UNKNOWN]),
        (P.ANSWER, R.REPORTER, [S.UNKNOWN]),
    ],
)
def test_a_dead_senders_message_is_sent_again_as_the_table_says(
    any_office: Office, purpose: Purpose, recipient: Recipient, ends: list[MessageStatus]
) -> None:
    a_message(any_office, purpose, recipient)
    for status in ends:
        assert len(claimed(any_office)) == 1
        any_office.clock.now += timedelta(seconds=61)
        assert reap(any_office) == 1
        assert row(any_office).status is status
    if ends[-1] is S.UNKNOWN:
        assert claimed(any_office) == []
        assert row(any_office).settled_at is not None


# Looking


def test_cancelling_for_a_phone_leaves_officers_alerts_and_what_has_left(any_office: Office) -> None:
    a_message(any_office, P.ANSWER, R.REPORTER)
    claimed(any_office)
    a_message(any_office, P.ANSWER, R.REPORTER)
    a_message(any_office, P.ALERT, R.OFFICER)
    a_message(any_office, P.ANSWER, R.REPORTER, to="+6281100000001")
    index = any_office.parts.desk.keyring.index("phone", SHE)

    def cancel(session: Session) -> int:
        return waiting.cancel_for_phone(session, index, "opted_out", [R.REPORTER, R.CADRE])

    assert any_office.write(cancel) == 1
    assert [found.status for found in rows(any_office)] == [S.SENDING, S.CANCELLED, S.QUEUED, S.QUEUED]


def test_officers_are_not_reached_when_a_p1_alert_has_waited_two_minutes(any_office: Office) -> None:
    a_message(any_office, P.ALERT, R.OFFICER, case=a_case(any_office, Priority.P1))

    def late() -> bool:
        found: bool = any_office.read(lambda session: waiting.is_late(session, any_office.clock.now))
        return found

    any_office.clock.now += timedelta(minutes=2)
    assert not late()
    any_office.clock.now += timedelta(seconds=1)
    assert late()
    claimed(any_office)
    assert not late()
