"""Once more by hand: what the policy allows, and never to a resident who does not want it."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gateway.casework import handling
from gateway.errors import Refused
from gateway.outbox.resend import send_again
from models.case import CaseFile
from models.outbound import OptOutRow, OutboundMessage
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient
from tests.made import NONE, SHE, SMS, a_case, a_message, rows
from tests.office import Office

P, R, S = Purpose, Recipient, MessageStatus


def settled(office: Office, status: MessageStatus, purpose: Purpose, recipient: Recipient, case: str | None) -> str:
    """The id of a message the carrier is done with."""
    before = {row.id for row in rows(office)}
    assert a_message(office, purpose, recipient, case=case)
    (made,) = {row.id for row in rows(office)} - before
    office.write(
        lambda session: session.execute(
            text("UPDATE outbound_message SET status = :s WHERE id = :id"), {"s": status.value, "id": made}
        )
    )
    return made


def again(office: Office, message_id: str) -> int:
    """Ask for it; the number of messages that are new."""
    before = len(rows(office))

    def work(session: Session) -> None:
        message = session.get_one(OutboundMessage, message_id)
        case = session.get(CaseFile, message.case_id) if message.case_id else None
        send_again(session, office.parts.desk, office.clock.now, message, case)

    office.write(work)
    return len(rows(office)) - before


def test_what_failed_is_sent_once_more_and_only_once(any_office: Office) -> None:
    failed = settled(any_office, S.FAILED, P.REMINDER, R.OFFICER, None)
    assert again(any_office, failed) == 1
    assert rows(any_office)[-1].status is S.QUEUED
    with pytest.raises(Refused, match="already"):
        again(any_office, failed)


def test_a_resident_who_agreed_hears_what_certainly_did_not_arrive(any_office: Office) -> None:
    case = a_case(any_office, contact=SMS)
    assert again(any_office, settled(any_office, S.FAILED, P.PROGRESS, R.REPORTER, case)) == 1


def test_a_resident_without_consent_is_never_written_to(any_office: Office) -> None:
    case = a_case(any_office, contact=NONE)
    for status in (S.FAILED, S.EXPIRED):
        with pytest.raises(Refused, match="may not be written to"):
            again(any_office, settled(any_office, status, P.PROGRESS, R.REPORTER, case))


def test_a_resident_who_said_stop_is_never_written_to(office: Office) -> None:
    case = a_case(office, contact=SMS)
    failed = settled(office, S.FAILED, P.PROGRESS, R.REPORTER, case)
    index = office.parts.desk.keyring.index("phone", SHE)
    office.write(lambda session: session.add(OptOutRow(phone_index=index, at=office.clock.now, source="sms")))
    with pytest.raises(Refused, match="may not be written to"):
        again(office, failed)


def test_what_may_have_arrived_is_not_heard_twice_by_a_resident(office: Office) -> None:
    case = a_case(office, contact=SMS)
    with pytest.raises(Refused, match="must not be heard twice"):
        again(office, settled(office, S.UNKNOWN, P.PROGRESS, R.REPORTER, case))
    assert again(office, settled(office, S.UNKNOWN, P.REMINDER, R.OFFICER, None)) == 1


@pytest.mark.parametrize("status", [S.QUEUED, S.SENDING, S.SENT, S.DELIVERED, S.CANCELLED, S.ERRORED])
def test_what_is_on_its_way_arrived_or_was_stopped_stays_so(office: Office, status: MessageStatus) -> None:
    with pytest.raises(Refused, match="only what failed"):
        again(office, settled(office, status, P.REMINDER, R.OFFICER, None))


@pytest.mark.parametrize("purpose", [P.ANSWER, P.CHALLENGE])
def test_an_answer_and_a_code_are_said_once(office: Office, purpose: Purpose) -> None:
    with pytest.raises(Refused, match="said once"):
        again(office, settled(office, S.FAILED, purpose, R.OFFICER, None))


def test_an_alert_is_not_repeated_once_somebody_has_the_case(office: Office) -> None:
    case, officer = a_case(office, Priority.P1), office.officer()
    failed = settled(office, S.FAILED, P.ALERT, R.OFFICER, case)
    office.act(officer, handling.accept)
    with pytest.raises(Refused, match="taken"):
        again(office, failed)


def test_yesterdays_news_is_not_repeated(office: Office) -> None:
    failed = settled(office, S.FAILED, P.REMINDER, R.OFFICER, None)
    office.clock.now += timedelta(hours=25)
    with pytest.raises(Refused, match="more than a day"):
        again(office, failed)
