"""Every carrier, misbehaving over a real connection: nothing is lost, nobody is told twice who must not, no flood."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from gateway import keyring
from gateway.outbox.receipts import apply
from gateway.providers.base import DeliveryReport, NotSent, OutOfOrder
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient
from tests.carriers import Scripted
from tests.conftest import MakeOffice
from tests.lines import FINAL, LINES, MAYBE, NOT_SENT, OUT_OF_ORDER, SECRETS, answer_of, cases
from tests.made import SHE, SMS, a_case, a_message, row, rows
from tests.office import Office
from tests.scripted_server import Answer, ScriptedCarrier, throttled

P, R, S = Purpose, Recipient, MessageStatus
BUDI, SRI = "+6281200001111", "+6281200002222"

Open = Callable[[str], tuple[Office, ScriptedCarrier]]


@pytest.fixture
def open_line(make_office: MakeOffice, tmp_path: Path) -> Iterator[Open]:
    """An office at one carrier by name, and the carrier's server."""
    with ExitStack() as stack:

        def open_one(name: str) -> tuple[Office, ScriptedCarrier]:
            server = stack.enter_context(LINES[name].server())
            client = LINES[name].open(server.url)
            stack.callback(client.close)
            keyring.generate(tmp_path / "keys.json")
            return make_office(provider=client, PROVIDER=name, **SECRETS, **LINES[name].settings), server

        yield open_one


def to_officer(office: Office) -> None:
    a_message(office, P.ALERT, R.OFFICER, to=BUDI, text="BP 7K3Q. Balas: AMBIL 482913")


def to_her(office: Office) -> None:
    a_message(office, P.RECEIPT, case=a_case(office, contact=SMS))


def arrived(server: ScriptedCarrier, phone: str) -> int:
    return sum(request.to == phone for request in server.sent)


def later(office: Office, minutes: int = 12) -> None:
    for _ in range(minutes):
        office.forward(minutes=1)


def names(found: list[tuple[str, str, Answer | str]]) -> list[str]:
    return [f"{name}: {word}" for name, word, _ in found]


ALL_MAYBE = cases(MAYBE)
ALL_NOT_SENT = cases(NOT_SENT, "not_sent") + cases(OUT_OF_ORDER, "out_of_order")
ALL_FINAL = cases(FINAL, "final")


@pytest.mark.parametrize(("name", "_word", "trouble"), ALL_MAYBE, ids=names(ALL_MAYBE))
def test_what_may_have_left_is_never_sent_to_her_again_and_to_an_officer_until_it_is_taken(
    open_line: Open, name: str, _word: str, trouble: Answer | str
) -> None:
    office, server = open_line(name)
    server.will(answer_of(server, trouble))
    to_her(office)
    office.work()
    assert row(office).status is S.UNKNOWN
    server.will(answer_of(server, trouble))
    to_officer(office)
    later(office)
    assert arrived(server, SHE) <= 1
    her, officer = rows(office)
    assert (her.status, her.attempts) == (S.UNKNOWN, 1)
    assert (officer.status, officer.attempts) == (S.SENT, 2)
    assert (her.provider_id == her.id) is LINES[name].own_id


@pytest.mark.parametrize(("name", "_word", "trouble"), ALL_NOT_SENT, ids=names(ALL_NOT_SENT))
def test_what_certainly_did_not_leave_is_tried_again_for_everybody(
    open_line: Open, name: str, _word: str, trouble: Answer | str
) -> None:
    office, server = open_line(name)
    for send in (to_her, to_officer):
        server.will(answer_of(server, trouble))
        send(office)
        office.work()
        assert rows(office)[-1].status is S.ERRORED
        later(office, 3)
        assert (rows(office)[-1].status, rows(office)[-1].attempts) == (S.SENT, 2)
    assert (arrived(server, SHE), arrived(server, BUDI)) == (2, 2)


@pytest.mark.parametrize(("name", "_word", "trouble"), ALL_FINAL, ids=names(ALL_FINAL))
def test_of_several_messages_one_that_is_refused_stops_no_other(
    open_line: Open, name: str, _word: str, trouble: Answer | str
) -> None:
    office, server = open_line(name)
    phones = [f"+62812000{number:05}" for number in range(3)]
    refused = answer_of(server, trouble)
    server.always(lambda request: refused if request.to == phones[1] else server.usual(request, 9))
    for phone in phones:
        a_message(office, P.ANSWER, R.OFFICER, to=phone)
    later(office, 3)
    assert [found.status for found in rows(office)] == [S.SENT, S.FAILED, S.SENT]
    assert [arrived(server, phone) for phone in phones] == [1, 1, 1]


@pytest.mark.parametrize("name", LINES)
def test_a_wish_to_wait_is_kept_by_the_whole_queue(open_line: Open, name: str) -> None:
    office, server = open_line(name)
    server.will(throttled("300"))
    a_message(office, P.ANSWER, R.OFFICER, to=BUDI)
    office.work()
    for _ in range(8):
        a_message(office, P.ANSWER, R.OFFICER, to=SRI)
        office.forward(seconds=30)
    assert len(server.sent) == 1
    later(office, 2)
    assert len(server.sent) == 10
    assert {found.status for found in rows(office)} == {S.SENT}


@pytest.mark.parametrize("name", [name for name, line in LINES.items() if line.own_id])
@pytest.mark.parametrize("word", [S.SENT, S.DELIVERED, S.FAILED])
def test_a_report_tells_what_became_of_a_message_whose_answer_was_lost(
    open_line: Open, name: str, word: MessageStatus
) -> None:
    office, server = open_line(name)
    server.will(server.cut("after_reading"))
    to_her(office)
    office.work()
    report = DeliveryReport(name, row(office).id, word, "x", None)
    office.write(lambda session: apply(session, office.clock.now, report) and None)
    later(office, 3)
    assert (row(office).status, arrived(server, SHE)) == (word, 1)


@pytest.mark.parametrize("name", [name for name, line in LINES.items() if line.own_id])
def test_a_report_of_the_lost_attempt_spares_an_officer_the_second(open_line: Open, name: str) -> None:
    office, server = open_line(name)
    server.will(server.cut("after_reading"))
    to_officer(office)
    office.work()
    assert row(office).status is S.ERRORED
    report = DeliveryReport(name, row(office).id, S.DELIVERED, "x", None)
    office.write(lambda session: apply(session, office.clock.now, report) and None)
    later(office, 3)
    assert (row(office).status, arrived(server, BUDI)) == (S.DELIVERED, 1)


# A carrier that is away for a whole day


@pytest.mark.parametrize(
    "fault", [NotSent("unreachable"), OutOfOrder("InsufficientBalance"), NotSent("throttled", 60.0)]
)
def test_a_day_without_a_carrier_floods_nobody_and_brings_nothing_stale(
    make_office: MakeOffice, fault: Exception
) -> None:
    carrier = Scripted(name="simulator", always=fault)
    office = make_office(provider=carrier, QUIET_HOURS="00:00-00:00")
    case = a_case(office, contact=SMS)
    a_message(office, P.ALERT, R.OFFICER, to=BUDI, case=a_case(office, Priority.P1))
    a_message(office, P.REMINDER, R.OFFICER, to=BUDI)
    a_message(office, P.RECEIPT, case=case)
    a_message(office, P.ANSWER)
    a_message(office, P.RECEIPT, R.CADRE, to=SRI, not_after=office.clock.now + timedelta(days=3))
    alert, reminder, receipt, answer, lasting = rows(office)
    began = office.clock.now
    tries = dict.fromkeys((BUDI, SHE, SRI), 0)
    while office.clock.now - began < timedelta(days=1, minutes=1):
        early = office.clock.now - began < timedelta(minutes=40)
        office.clock.now += timedelta(seconds=5 if early else 120)
        office.sender.sweep()
        office.sender.drain()
    for phone in carrier.sent:
        tries[phone] += 1
    # An alert of 30 minutes at 15 to 30 s apart, a reminder of 12 hours and a receipt of 24 at 5 to 10 minutes.
    assert tries[BUDI] <= 30 * 4 + 12 * 60 / 5 + 20
    assert tries[SHE] <= 24 * 60 / 5 + 5 * 60 / 1 + 20
    assert tries[SRI] <= 24 * 60 / 5 + 20
    if isinstance(fault, OutOfOrder):
        assert len(carrier.sent) <= 24 * 60 + 10
    expired = [found.id for found in rows(office) if found.status is S.EXPIRED]
    assert expired == [alert.id, reminder.id, receipt.id, answer.id]
    carrier.always, before = None, len(carrier.sent)
    later(office, 12)
    assert {found.id for found in rows(office) if found.status is S.SENT} >= {lasting.id}
    assert SHE not in carrier.sent[before:]
    assert carrier.sent[before:].count(SRI) == 1
