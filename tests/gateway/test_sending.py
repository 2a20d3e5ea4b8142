"""Handing messages to a carrier that misbehaves: officers hear again, a resident never twice."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue

import pytest
from sqlalchemy import event, select

from gateway import keyring
from gateway.outbox import queue
from gateway.providers.africastalking.client import AfricasTalkingSms
from gateway.providers.base import MaybeSent, NotSent, OutOfOrder, Refused
from gateway.providers.transport import Limits
from gateway.worker import jobs, sending
from gateway.worker.sending import Sender
from models.outbound import ParkedReport
from models.throttle import Pulse
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient
from tests import africastalking_server as carriers
from tests.africastalking_server import FakeAfricasTalking
from tests.carriers import Scripted
from tests.conftest import MakeOffice
from tests.made import SHE, SMS, a_case, a_message, claimed, row, rows
from tests.office import Office
from tests.scripted_server import Answer

P, R, S = Purpose, Recipient, MessageStatus
BUDI = "+6281200001111"
PATIENCE = Limits(connect_for=1.0, read_for=0.6, total_for=1.2, answer_size=4096)


@pytest.fixture
def carrier() -> Iterator[FakeAfricasTalking]:
    with FakeAfricasTalking() as carrier:
        yield carrier


@pytest.fixture
def office(make_office: MakeOffice, carrier: FakeAfricasTalking, tmp_path: Path) -> Iterator[Office]:
    """An office whose words leave through the real SDK to a carrier of our own on loopback."""
    sms = AfricasTalkingSms("perak", "atsk_key", "PASER", carrier.url, limits=PATIENCE)
    keyring.generate(tmp_path / "keys.json")
    at = {"PROVIDER": "africastalking", "AT_USERNAME": "perak", "AT_API_KEY": "atsk_key"}
    yield make_office(provider=sms, **at, SECRET_KEY="s" * 32, FIELD_KEYS_FILE="keys.json")
    sms.close()


def alert(office: Office) -> None:
    a_message(office, P.ALERT, R.OFFICER, to=BUDI, text="BP 7K3Q. Balas: AMBIL 482913")


def receipt(office: Office, case: str | None = None) -> None:
    a_message(office, P.RECEIPT, to=SHE, text="Nomor Anda 2345.", case=case or a_case(office, contact=SMS))


def sent_to(carrier: FakeAfricasTalking, phone: str) -> int:
    return sum(request.to == phone for request in carrier.sent)


def wait_out(office: Office, rounds: int = 12) -> None:
    """A worker that ticks for twelve minutes."""
    for _ in range(rounds):
        office.forward(minutes=1)


# What left is settled


def test_what_the_carrier_took_is_sent_and_its_report_delivers_it(office: Office, carrier: FakeAfricasTalking) -> None:
    receipt(office)
    office.work()
    found = row(office)
    assert (found.status, found.provider, found.provider_id, found.cost) == (
        S.SENT, "africastalking", "ATXid_1", "KES 0.8000",
    )  # fmt: skip
    assert [(request.to, request.text) for request in carrier.sent] == [(SHE, "Nomor Anda 2345.")]
    wait_out(office)
    assert len(carrier.sent) == 1


# What did not leave, or perhaps

NOT_SENT = {
    "429": carriers.throttled(),
    "429 with Retry-After": carriers.throttled("7"),
    "code 500": carriers.refused(500, "InternalServerError"),
    "code 501": carriers.refused(501, "GatewayError"),
    "code 502": carriers.refused(502, "RejectedByGateway"),
}
OUT_OF_ORDER = {
    "401": carriers.unauthorised(),
    "redirect": carriers.redirect("http://127.0.0.1:1/elsewhere"),
    "code 402": carriers.refused(402, "InvalidSenderId"),
    "code 405": carriers.refused(405, "InsufficientBalance"),
    "no recipients, balance": carriers.no_recipients("InsufficientBalance"),
    "no recipients, sender": carriers.no_recipients("InvalidSenderId"),
}
MAYBE: dict[str, Answer] = {
    "500": carriers.broken(500),
    "503": carriers.broken(503),
    "html 502": carriers.html(502),
    "html 200": carriers.html(200),
    "empty 201": Answer(),
    "unknown code": carriers.refused(999, "Who knows"),
    "cut before the body was read": carriers.cut("before_reading"),
    "cut after it was read": carriers.cut("after_reading"),
    "cut in the answer": carriers.cut("mid_answer"),
    "slow": Answer(body=carriers.accepted().body, after=2.0),
}
FINAL = {
    "code 401": carriers.refused(401, "RiskHold"),
    "code 403": carriers.refused(403, "InvalidPhoneNumber"),
    "code 404": carriers.refused(404, "UnsupportedNumberType"),
    "code 406": carriers.refused(406, "UserInBlacklist"),
    "code 407": carriers.refused(407, "CouldNotRoute"),
    "code 409": carriers.refused(409, "DoNotDisturbRejection"),
    "no recipients": carriers.no_recipients("Sent to 0/0"),
    "400": Answer(400, b"bad"),
}


@pytest.mark.parametrize("trouble", [*NOT_SENT, *OUT_OF_ORDER, *MAYBE])
def test_an_officers_alert_is_sent_again_until_it_is_taken(
    office: Office, carrier: FakeAfricasTalking, trouble: str
) -> None:
    answer = {**NOT_SENT, **OUT_OF_ORDER, **MAYBE}[trouble]
    carrier.will(answer, answer)
    alert(office)
    office.work()
    assert row(office).status is S.ERRORED
    assert row(office).code
    wait_out(office, 4)
    assert (row(office).status, row(office).attempts) == (S.SENT, 3)
    assert sum(request.to == BUDI for request in carrier.requests if request.form) >= 1


@pytest.mark.parametrize("trouble", MAYBE)
def test_a_residents_receipt_whose_answer_was_lost_is_never_sent_again(
    office: Office, carrier: FakeAfricasTalking, trouble: str
) -> None:
    receipt(office)
    carrier.will(MAYBE[trouble])
    office.work()
    assert row(office).status is S.UNKNOWN
    wait_out(office)
    assert sent_to(carrier, SHE) <= 1
    assert (row(office).status, row(office).attempts) == (S.UNKNOWN, 1)


@pytest.mark.parametrize("trouble", MAYBE)
def test_a_cadres_receipt_whose_answer_was_lost_is_sent_once_more_at_most(
    office: Office, carrier: FakeAfricasTalking, trouble: str
) -> None:
    carrier.always(MAYBE[trouble])
    if MAYBE[trouble].cut == "before_reading":
        carrier.will(*[MAYBE[trouble]] * 5)
    a_message(office, P.RECEIPT, R.CADRE, to=BUDI)
    wait_out(office, 4)
    assert (row(office).status, row(office).attempts) == (S.UNKNOWN, 2)


@pytest.mark.parametrize("trouble", [*NOT_SENT, *OUT_OF_ORDER])
def test_a_residents_receipt_that_certainly_did_not_leave_is_tried_again(
    office: Office, carrier: FakeAfricasTalking, trouble: str
) -> None:
    receipt(office)
    carrier.will({**NOT_SENT, **OUT_OF_ORDER}[trouble])
    office.work()
    assert row(office).status is S.ERRORED
    wait_out(office, 3)
    assert row(office).status is S.SENT
    assert sent_to(carrier, SHE) == 2


@pytest.mark.parametrize("trouble", FINAL)
@pytest.mark.parametrize("send", [alert, receipt])
def test_a_final_refusal_is_not_tried_again_and_stops_nobody_else(
    office: Office, carrier: FakeAfricasTalking, trouble: str, send: object
) -> None:
    carrier.will(FINAL[trouble])
    assert callable(send)
    send(office)
    office.work()
    assert row(office).status is S.FAILED
    a_message(office, P.ANSWER, R.OFFICER, to=BUDI)
    office.work()
    assert [found.status for found in rows(office)] == [S.FAILED, S.SENT]
    assert len(carrier.sent) == 2


def test_a_wish_to_wait_is_kept(office: Office, carrier: FakeAfricasTalking) -> None:
    carrier.will(carriers.throttled("45"))
    alert(office)
    office.work()
    assert row(office).due_at - office.clock.now == timedelta(seconds=45)
    office.forward(seconds=40)
    assert len(carrier.sent) == 1
    office.forward(seconds=5)
    assert len(carrier.sent) == 2


# The hold


def test_without_balance_one_message_a_minute_tries_and_the_queue_goes_on_by_itself(
    office: Office, carrier: FakeAfricasTalking
) -> None:
    carrier.always(carriers.refused(405, "InsufficientBalance"))
    for _ in range(6):
        a_message(office, P.REMINDER, R.OFFICER, to=BUDI)
    office.work()
    first = len(carrier.sent)
    assert first <= 6
    held = office.read(lambda session: session.get(Pulse, "hold africastalking"))
    assert held.word == "InsufficientBalance"
    office.forward(seconds=30)
    assert len(carrier.sent) == first
    for minute in range(1, 4):
        office.forward(seconds=60)
        assert len(carrier.sent) == first + minute
    carrier.always(carriers.accepted("ATXid_x"))
    office.forward(seconds=60)
    office.forward(seconds=60)
    assert {found.status for found in rows(office)} == {S.SENT}
    assert office.read(lambda session: session.get(Pulse, "hold africastalking")) is None


def test_a_hold_is_an_alarm_at_readyz(office: Office, carrier: FakeAfricasTalking) -> None:
    carrier.will(carriers.refused(405, "InsufficientBalance"))
    alert(office)
    office.work()
    assert office.app.test_client().get("/readyz").get_data(as_text=True).split() == ["balance"]
    office.forward(minutes=2)
    assert office.app.test_client().get("/readyz").get_data(as_text=True).split() == ["ok"]


# Whole stories through the carrier


def test_a_danger_call_reaches_the_officer_through_a_carrier_that_was_down(
    office: Office, carrier: FakeAfricasTalking
) -> None:
    officer = office.officer()
    carrier.will(carriers.broken(), carriers.cut("after_reading"), carriers.throttled())
    office.phone().dial().press("2")
    for _ in range(30):
        office.forward(seconds=10)
    assert sent_to(carrier, officer.number) == 4
    assert rows(office)[0].status is S.SENT
    post = {"id": rows(office)[0].provider_id or "", "status": "Success"}
    office.post("delivery", post)
    assert rows(office)[0].status is S.DELIVERED


def test_an_alert_that_can_not_be_delivered_climbs_at_once(office: Office, carrier: FakeAfricasTalking) -> None:
    officer, head = office.officer("Ani"), office.officer("Citra", role="head", on_duty=False)
    carrier.will(carriers.refused(403, "InvalidPhoneNumber"))
    office.phone().dial().press("2")
    office.work()
    assert sent_to(carrier, head.number) == 1
    assert sent_to(carrier, officer.number) >= 1


def test_a_report_that_overtakes_the_carriers_answer_is_matched(office: Office, carrier: FakeAfricasTalking) -> None:
    def overtaken(_: object) -> Answer:
        office.post("delivery", {"id": "ATXid_7", "status": "Success"})
        return carriers.accepted("ATXid_7")

    carrier.always(overtaken)
    alert(office)
    office.work()
    assert row(office).status is S.DELIVERED
    assert office.read(lambda session: session.scalars(select(ParkedReport)).one()).matched_at is not None


# Leases


def test_a_worker_that_stood_still_past_its_lease_asks_anew_what_may_leave(make_office: MakeOffice) -> None:
    """Her BERHENTI came meanwhile: the receipt it still held in its hand must not leave."""
    carrier = Scripted()
    office = make_office(provider=carrier, SEND_CONNECTIONS="1")
    she = office.phone(SHE)

    def stand_still() -> None:
        office.clock.now += timedelta(seconds=61)
        she.text("BERHENTI")

    carrier.acts = [stand_still]
    alert(office)
    receipt(office)
    office.sender.drain()
    stopped = next(found for found in rows(office) if found.purpose is P.RECEIPT)
    assert (stopped.status, stopped.code, stopped.attempts) == (S.CANCELLED, "opted_out", 0)
    assert "Nomor Anda 2345." not in she.inbox


def test_a_worker_that_stood_still_leaves_alone_what_another_has_taken_over(make_office: MakeOffice) -> None:
    carrier, office = Scripted(), make_office()

    def stand_still(_seconds: float) -> None:
        office.clock.now += timedelta(seconds=61)
        office.write(lambda session: queue.reap_leases(session, office.clock.now))

    frozen = Sender(office.parts.store, office.parts.desk, carrier, office.clock, stand_still)
    receipt(office)
    frozen.drain()
    frozen.close()
    assert carrier.sent == []
    assert {found.purpose: found.status for found in rows(office)} == {P.RECEIPT: S.UNKNOWN}


def test_a_slow_carrier_keeps_no_connection_that_is_free_from_what_comes_meanwhile(make_office: MakeOffice) -> None:
    """The first message hangs; a danger alert that falls due then leaves by the other connection, not after it."""
    carrier = Scripted()
    office = make_office(provider=carrier, SEND_CONNECTIONS="2")
    alerted = threading.Event()

    def hang() -> None:
        assert alerted.wait(20), "the alert waited for the message that hung"

    carrier.acts = [hang, alerted.set]
    receipt(office)
    draining = threading.Thread(target=office.sender.drain)
    draining.start()
    while not carrier.sent:
        time.sleep(0.01)
    alert(office)
    draining.join(30)
    assert {found.purpose: found.status for found in rows(office)} == {P.ALERT: S.SENT, P.RECEIPT: S.SENT}


def test_a_message_is_sent_while_no_database_session_is_open(make_office: MakeOffice) -> None:
    seen: list[object] = []
    watching = Scripted()
    office = make_office(provider=watching)

    def look() -> None:
        begun = [began for began, ended in transactions if not ended]
        seen.append(len(begun))

    transactions: list[list[bool]] = []
    engine = office.parts.store.engine
    event.listen(engine, "begin", lambda _connection: transactions.append([True, False]))
    for end in ("commit", "rollback"):
        event.listen(engine, end, lambda _connection: transactions[-1].__setitem__(1, True))
    watching.acts = [look]
    alert(office)
    office.work()
    assert transactions
    assert seen == [0]


def test_a_dead_workers_messages_are_found_by_the_next(make_office: MakeOffice) -> None:
    living = Scripted()
    office = make_office(provider=living)
    alert(office)
    receipt(office)
    assert len(claimed(office)) == 2  # by a worker that dies here
    office.forward(seconds=30)
    assert living.sent == []
    office.forward(seconds=31)
    assert living.sent == [BUDI]
    assert [found.status for found in rows(office)] == [S.SENT, S.UNKNOWN]


def test_a_stopped_sender_claims_nothing(make_office: MakeOffice) -> None:
    idle = Scripted()
    office = make_office(provider=idle)
    alert(office)
    office.sender.stop()
    office.work()
    assert idle.sent == []
    assert row(office).status is S.QUEUED


def test_two_workers_send_each_message_once(any_office: Office) -> None:
    carrier = Scripted()
    for number in range(30):
        a_message(any_office, P.ANSWER, R.OFFICER, to=f"+62811000{number:05}")
    parts = any_office.parts
    both = [Sender(parts.store, parts.desk, carrier, any_office.clock) for _ in range(2)]
    any_office.clock.now += timedelta(hours=0)
    threads = [threading.Thread(target=sender.drain) for sender in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for sender in both:
        sender.close()
    assert len(carrier.sent) == len(set(carrier.sent)) == 30
    assert {found.status for found in rows(any_office)} == {S.SENT}


def test_a_client_that_fails_in_a_way_nobody_foresaw_counts_as_a_lost_answer(make_office: MakeOffice) -> None:
    office = make_office(provider=Scripted(RuntimeError("who?"), ZeroDivisionError()))
    alert(office)
    receipt(office)
    office.work()
    assert {found.status for found in rows(office)} == {S.ERRORED, S.UNKNOWN}
    assert {found.code for found in rows(office)} == {"client_failed"}


@pytest.mark.parametrize(
    ("fault", "status", "holds"),
    [
        (NotSent("x"), S.ERRORED, False),
        (OutOfOrder("x"), S.ERRORED, True),
        (MaybeSent("x"), S.UNKNOWN, False),
        (Refused("x"), S.FAILED, False),
        (Refused("x", opted_out=True), S.FAILED, False),
    ],
)
def test_each_send_error_has_its_outcome(
    make_office: MakeOffice, fault: Exception, status: MessageStatus, holds: bool
) -> None:
    office = make_office(provider=Scripted(fault))
    receipt(office)
    office.work()
    assert (row(office).status, row(office).code) == (status, "x")
    assert (office.read(lambda session: session.get(Pulse, "hold scripted")) is not None) == holds


def test_messages_that_may_not_leave_do_not_end_the_work(make_office: MakeOffice) -> None:
    """`worker --once` says that nothing is due: then nothing must be."""
    carrier = Scripted()
    office = make_office(provider=carrier, SEND_RATE="2")
    case = a_case(office)
    for _ in range(5):
        a_message(office, P.RECEIPT, case=case)
    a_message(office, P.RECEIPT, R.CADRE, to=BUDI)
    office.clock.now += timedelta(seconds=1)
    jobs.run_once(office.bench)
    assert carrier.sent == [BUDI]


def test_the_order_of_sending_is_p1_first_even_when_it_came_last(make_office: MakeOffice) -> None:
    carrier = Scripted()
    office = make_office(provider=carrier, SEND_CONNECTIONS="1")
    phones = [f"+628110000{number:04}" for number in range(12)]
    random.Random(1).shuffle(phones)
    for phone in phones:
        a_message(office, P.REMINDER, R.OFFICER, to=phone)
    a_message(office, P.ALERT, R.OFFICER, to=BUDI, case=a_case(office, Priority.P1))
    office.work()
    assert carrier.sent == [BUDI, *phones]


def test_the_lease_is_what_a_claim_promises() -> None:
    assert timedelta(seconds=60) == queue.LEASE


class Meanwhile:
    """Stands for the pause: what comes back within it."""

    def __init__(self, done: SimpleQueue[Future[sending.Handed]], more: int) -> None:
        self.done, self.more = done, more

    def wait(self, seconds: float) -> None:
        for _ in range(self.more):
            self.done.put(Future())


@pytest.mark.parametrize(
    ("running", "together"),
    [
        pytest.param(sending.MANY, 1, id="few under way: each is settled as it comes"),
        pytest.param(sending.MANY + 1, 6, id="many: those of a moment more share a turn"),
    ],
)
def test_of_many_under_way_those_that_come_back_together_share_a_turn(
    monkeypatch: pytest.MonkeyPatch, running: int, together: int
) -> None:
    done: SimpleQueue[Future[sending.Handed]] = SimpleQueue()
    done.put(Future())
    monkeypatch.setattr(sending, "PAUSE", Meanwhile(done, 5))
    assert len(list(sending._come_back(done, running))) == together


def test_while_all_are_slow_nothing_comes_back_and_what_is_due_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LOOKS_EVERY", 0.01)
    assert list(sending._come_back(SimpleQueue(), sending.MANY + 1)) == []
