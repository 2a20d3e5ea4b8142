"""Delivery reports, in whatever order they come."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.outbox import queue, receipts
from gateway.outbox.queue import Outcome, Outgoing
from gateway.providers.base import DeliveryReport
from models.outbound import OutboundMessage, ParkedReport
from models.vocabulary import MessageStatus
from tests.made import a_message, claimed, row
from tests.office import Office

SENT = {"Sent": MessageStatus.SENT, "Submitted": MessageStatus.SENT, "Buffered": MessageStatus.SENT}
WORDS: dict[str, MessageStatus | None] = {**SENT, "Teleported": None}


def report(word: str, status: MessageStatus | None, provider_id: str = "AT1", provider: str = "x") -> DeliveryReport:
    return DeliveryReport(provider, provider_id, status, word, None)


def apply(office: Office, found: DeliveryReport) -> OutboundMessage | None:
    moved: OutboundMessage | None = office.write(lambda session: receipts.apply(session, office.clock.now, found))
    return moved


def settle(office: Office, outgoing: Outgoing, status: MessageStatus = MessageStatus.SENT) -> None:
    def work(session: Session) -> None:
        assert queue.settle(session, office.clock.now, outgoing, Outcome(status, "x", "AT1"))
        receipts.match_parked(session, office.clock.now, outgoing.id)

    office.write(work)


def parked(office: Office) -> list[ParkedReport]:
    found: list[ParkedReport] = office.read(lambda session: list(session.scalars(select(ParkedReport))))
    return found


def forget(office: Office) -> None:
    def work(session: Session) -> None:
        session.query(OutboundMessage).delete()
        session.query(ParkedReport).delete()

    office.write(work)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    early=st.lists(st.sampled_from([*WORDS.items(), "final"]), max_size=4),
    late=st.lists(st.sampled_from([*WORDS.items(), "final"]), max_size=4),
    final=st.sampled_from([MessageStatus.DELIVERED, MessageStatus.FAILED, None]),
)
def test_the_same_reports_in_any_order_before_or_after_the_settling_give_the_same_state(
    office: Office, early: list[object], late: list[object], final: MessageStatus | None
) -> None:
    forget(office)
    a_message(office)
    (outgoing,) = claimed(office)

    def come(words: list[object]) -> None:
        for found in words:
            word, status = ("Final", final) if found == "final" else found  # type: ignore[misc]
            apply(office, report(word, status))  # type: ignore[has-type]

    come(early)
    assert row(office).status is MessageStatus.SENDING
    settle(office, outgoing)
    come(late)
    ended = final if final and "final" in early + late else MessageStatus.SENT
    assert row(office).status is ended
    assert (row(office).settled_at is not None) == (ended is not MessageStatus.SENT)


def test_the_first_final_word_stands(any_office: Office) -> None:
    a_message(any_office)
    settle(any_office, claimed(any_office)[0])
    assert apply(any_office, report("Failed", MessageStatus.FAILED)) is not None
    for word, status in (("Sent", MessageStatus.SENT), ("Success", MessageStatus.DELIVERED)):
        assert apply(any_office, report(word, status)) is None
    assert row(any_office).status is MessageStatus.FAILED


def test_a_message_whose_answer_was_lost_moves_on_its_report(any_office: Office) -> None:
    a_message(any_office)
    (outgoing,) = claimed(any_office)
    lost = Outcome(MessageStatus.UNKNOWN, "x", "AT1")
    any_office.write(lambda session: queue.settle(session, any_office.clock.now, outgoing, lost))
    assert apply(any_office, report("Success", MessageStatus.DELIVERED)) is not None
    assert row(any_office).status is MessageStatus.DELIVERED


def lost(office: Office, status: MessageStatus = MessageStatus.ERRORED) -> Outgoing:
    """A message whose answer was lost at a carrier that knows it by our id."""
    (outgoing,) = claimed(office)
    office.write(lambda session: queue.settle(session, office.clock.now, outgoing, Outcome(status, "x", "AT1")))
    return outgoing


@pytest.mark.parametrize("status", [MessageStatus.SENT, MessageStatus.DELIVERED])
def test_what_is_reported_of_a_lost_attempt_need_not_be_sent_again(any_office: Office, status: MessageStatus) -> None:
    a_message(any_office)
    lost(any_office)
    assert apply(any_office, report("Success", status)) is not None
    assert (row(any_office).status, row(any_office).sent_at) == (status, any_office.clock.now)
    assert claimed(any_office) == []


def test_a_failure_of_a_lost_attempt_leaves_the_next_one_its_chance(any_office: Office) -> None:
    a_message(any_office)
    lost(any_office)
    assert apply(any_office, report("Failed", MessageStatus.FAILED)) is None
    assert len(claimed(any_office)) == 1


def test_a_report_that_comes_while_the_next_attempt_is_under_way_waits_for_its_end(any_office: Office) -> None:
    a_message(any_office)
    lost(any_office)
    (again,) = claimed(any_office)
    assert apply(any_office, report("Success", MessageStatus.DELIVERED)) is None
    any_office.write(lambda session: receipts.match_all_parked(session, any_office.clock.now))
    assert (row(any_office).status, len(parked(any_office))) == (MessageStatus.SENDING, 1)
    settle(any_office, again)
    assert row(any_office).status is MessageStatus.DELIVERED


def test_a_report_that_overtakes_its_send_is_parked_and_matched(any_office: Office) -> None:
    a_message(any_office)
    (outgoing,) = claimed(any_office)
    assert apply(any_office, report("Success", MessageStatus.DELIVERED)) is None
    (waiting,) = parked(any_office)
    assert (waiting.provider_id, waiting.status, waiting.matched_at) == ("AT1", "delivered", None)
    settle(any_office, outgoing)
    assert row(any_office).status is MessageStatus.DELIVERED
    assert parked(any_office)[0].matched_at is not None


def test_a_report_of_another_carrier_with_the_same_id_is_not_ours(any_office: Office) -> None:
    a_message(any_office)
    settle(any_office, claimed(any_office)[0])
    apply(any_office, report("Success", MessageStatus.DELIVERED, provider="other"))
    assert row(any_office).status is MessageStatus.SENT
    assert len(parked(any_office)) == 1


def test_a_reports_reason_is_kept_with_the_message(any_office: Office) -> None:
    a_message(any_office)
    settle(any_office, claimed(any_office)[0])
    apply(any_office, DeliveryReport("x", "AT1", MessageStatus.FAILED, "Failed", "UserInBlackList"))
    assert row(any_office).code == "UserInBlackList"


@pytest.mark.parametrize("word", ["Teleported", "x" * 500, "Sukses ☂"])
def test_an_unknown_status_is_kept_and_answered_200(any_office: Office, word: str) -> None:
    a_message(any_office)
    settle(any_office, claimed(any_office)[0])
    assert any_office.post("delivery", {"id": "AT1", "status": word}).status_code == 200
    assert parked(any_office)[0].raw_status == word[:64]
    assert parked(any_office)[0].status is None
    assert row(any_office).status is MessageStatus.SENT


@pytest.mark.parametrize("again", [1, 3])
def test_an_unknown_id_is_parked_and_answered_200(any_office: Office, again: int) -> None:
    for _ in range(again):
        form = {"id": "who?", "status": "Failed", "failureReason": "Y" * 300}
        assert any_office.post("delivery", form).status_code == 200
    assert len(parked(any_office)) == again


def test_a_failed_report_of_a_p1_alert_climbs_the_ladder_at_once(any_office: Office) -> None:
    any_office.officer("Ani")
    head = any_office.officer("Citra", role="head", on_duty=False)
    any_office.phone().dial().press("2")

    def lose(session: Session) -> str:
        alert = session.scalars(select(OutboundMessage)).one()
        alert.status, alert.provider, alert.provider_id = MessageStatus.SENT, "simulator", "AT9"
        return alert.id

    any_office.write(lose)
    any_office.clock.now += timedelta(seconds=30)
    for _ in range(3):
        assert any_office.post("delivery", {"id": "AT9", "status": "Failed"}).status_code == 200
    any_office.work()
    assert len(head.inbox) == 1
    assert "belum diambil" in head.last
