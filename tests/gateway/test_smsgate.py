"""A whole office with an Android phone for its carrier: the real client, the real callback, a phone of our own."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from gateway import keyring
from gateway.providers.base import Accepted, MaybeSent, OutOfOrder, Refused
from gateway.providers.smsgate.client import SmsGateSms
from gateway.providers.transport import Limits
from models.inbound import InboundMessage
from models.outbound import ParkedReport
from models.vocabulary import MessageStatus, Purpose, Recipient
from tests.conftest import MakeOffice
from tests.made import SHE, a_message, row
from tests.office import TOKEN, Office
from tests.scripted_server import Answer, redirect
from tests.smsgate_phone import PASSWORD, SIGNING_KEY, USER, SmsGatePhone, signed

BUDI = "+6281200001111"
PATIENCE = Limits(connect_for=1.0, read_for=0.6, total_for=1.2, answer_size=4096)
REAL = {"PROVIDER": "smsgate", "SECRET_KEY": "s" * 32, "FIELD_KEYS_FILE": "keys.json"}


@pytest.fixture
def phone() -> Iterator[SmsGatePhone]:
    with SmsGatePhone() as phone:
        yield phone


@pytest.fixture
def sms(phone: SmsGatePhone) -> Iterator[SmsGateSms]:
    client = SmsGateSms(phone.url + "/", USER, PASSWORD, limits=PATIENCE)
    yield client
    client.close()


@pytest.fixture
def office(make_office: MakeOffice, phone: SmsGatePhone, sms: SmsGateSms, tmp_path: Path) -> Office:
    keyring.generate(tmp_path / "keys.json")
    at = {"SMSGATE_URL": phone.url, "SMSGATE_USERNAME": USER, "SMSGATE_PASSWORD": PASSWORD}
    office = make_office(provider=sms, **REAL, **at, SMSGATE_SIGNING_KEY=SIGNING_KEY)

    def turn(span: timedelta) -> datetime:
        office.clock.now += span
        return office.clock.now

    phone.post, phone.turn = lambda body, headers: post(office, body, headers), turn
    return office


def post(office: Office, body: bytes, headers: dict[str, str], token: str = TOKEN) -> TestResponse:
    path = f"/webhooks/smsgate/{token}"
    return office.app.test_client().post(path, data=body, headers=headers, content_type="application/json")


def inbound(office: Office) -> list[InboundMessage]:
    found: list[InboundMessage] = office.read(lambda session: list(session.scalars(select(InboundMessage))))
    return found


# Out


def test_a_message_goes_out_once_under_our_id_and_is_reported(office: Office, phone: SmsGatePhone) -> None:
    a_message(office, Purpose.ANSWER, Recipient.OFFICER, to=BUDI, text="Terima kasih ☂")
    office.work()
    found = row(office)
    assert (found.status, found.provider, found.provider_id) == ("sent", "smsgate", found.id)
    (request,) = phone.requests
    assert (request.method, request.path) == ("POST", "/messages")
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "id": found.id,
        "textMessage": {"text": "Terima kasih ☂"},
        "phoneNumbers": [BUDI],
        "withDeliveryReport": True,
        "validUntil": found.not_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    for event, status in (("sms:delivered", "delivered"), ("sms:sent", "delivered"), ("sms:failed", "delivered")):
        assert phone.says(phone.event(event, messageId=found.id)) == [200]
        assert row(office).status == status


def test_the_same_message_twice_is_one_sms(phone: SmsGatePhone, sms: SmsGateSms, office: Office) -> None:
    soon = office.clock.now + timedelta(minutes=5)
    assert [sms.send("a" * 32, BUDI, "Halo", soon) for _ in range(2)] == [Accepted("a" * 32)] * 2
    assert len(phone.taken) == 1


def test_an_officer_whose_answer_was_lost_on_the_way_still_gets_one_sms(office: Office, phone: SmsGatePhone) -> None:
    """The phone took it and the line dropped: the second try meets the first one's id."""

    def take_and_drop(request: object) -> Answer:
        answer = phone.usual(request, 1)  # type: ignore[arg-type]
        phone.always(lambda again: phone.usual(again, 2))
        return Answer(answer.status, answer.body, cut="after_reading")

    phone.always(take_and_drop)
    a_message(office, Purpose.ANSWER, Recipient.OFFICER, to=BUDI)
    office.forward(seconds=1)
    office.forward(seconds=5)
    assert (row(office).status, row(office).attempts, len(phone.sent)) == ("sent", 2, 2)
    assert len(phone.taken) == 1


def test_a_residents_message_whose_answer_was_lost_is_known_again_by_its_report(
    office: Office, phone: SmsGatePhone
) -> None:
    phone.will(phone.cut("after_reading"))
    a_message(office)
    office.work()
    assert (row(office).status, row(office).provider_id) == ("unknown", row(office).id)
    assert phone.says(phone.event("sms:delivered", messageId=row(office).id)) == [200]
    assert row(office).status == "delivered"


def test_a_password_that_is_wrong_stops_the_queue(office: Office, phone: SmsGatePhone) -> None:
    wrong = SmsGateSms(phone.url, USER, "guess", limits=PATIENCE)
    with pytest.raises(OutOfOrder) as told:
        wrong.send("a" * 32, BUDI, "Halo", office.clock.now)
    wrong.close()
    assert told.value.code == "credentials"


def test_a_redirect_is_not_followed_and_the_password_stays_home(phone: SmsGatePhone, sms: SmsGateSms) -> None:
    with SmsGatePhone() as elsewhere:
        phone.will(redirect(elsewhere.url + "/messages", 307))
        with pytest.raises(OutOfOrder):
            sms.send("a" * 32, BUDI, "Halo", datetime.now().astimezone())
        assert elsewhere.requests == []


@pytest.mark.parametrize("to", ["081200001111", "MTN", ""])
def test_what_is_no_phone_never_leaves(phone: SmsGatePhone, sms: SmsGateSms, to: str) -> None:
    with pytest.raises(Refused):
        sms.send("a" * 32, to, "Halo", datetime.now().astimezone())
    assert phone.requests == []


def test_half_a_character_is_refused(sms: SmsGateSms) -> None:
    with pytest.raises(Refused):
        sms.send("a" * 32, BUDI, "half \ud83d", datetime.now().astimezone())


def test_silence_keeps_our_id(phone: SmsGatePhone, sms: SmsGateSms) -> None:
    phone.will(Answer(202, b"{}", after=2.0))
    with pytest.raises(MaybeSent) as told:
        sms.send("a" * 32, BUDI, "Halo", datetime.now().astimezone())
    assert (told.value.code, told.value.provider_id) == ("read_timeout", "a" * 32)
    assert sms.balance() is None


# In


def test_a_text_comes_in_and_is_answered_by_the_phone_it_was_sent_to(office: Office, phone: SmsGatePhone) -> None:
    assert phone.says(phone.received("081100009999", "tetangga saya dipukul suaminya")) == [200]
    (message,) = inbound(office)
    assert (message.provider, message.case_id is not None) == ("smsgate", True)
    office.work()
    assert [request.to for request in phone.sent] == [SHE]


def test_what_our_fault_kept_out_is_brought_again_signed_anew_until_it_is_in(
    office: Office, phone: SmsGatePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight refusals take the phone 21 minutes: the first signature would be far too old by then."""
    real, refusals = office.parts.store.write, [RuntimeError()] * 8

    def write(work: object, within: float | None = None) -> object:
        if refusals:
            raise refusals.pop()
        return real(work)  # type: ignore[arg-type]

    monkeypatch.setattr(office.parts.store, "write", write, raising=False)
    assert phone.says(phone.received(SHE, "TELEPON")) == [503] * 8 + [200]
    assert len(inbound(office)) == 1


def test_the_same_event_again_is_the_same_message(office: Office, phone: SmsGatePhone) -> None:
    event = phone.received(SHE, "TELEPON")
    for _ in range(3):
        assert phone.says(event) == [200]
    assert len(inbound(office)) == 1
    assert phone.says(phone.received(SHE, "TELEPON")) == [200]  # another event with the very same words and messageId
    assert len(inbound(office)) == 2


@pytest.mark.parametrize("name", ["sms:data-received", "mms:downloaded", "system:ping", "app:started", "later:event"])
def test_other_events_are_taken_and_leave_no_row(office: Office, phone: SmsGatePhone, name: str) -> None:
    assert phone.says(phone.event(name)) == [200]
    assert inbound(office) == []


def test_a_report_of_a_message_nobody_knows_is_parked(office: Office, phone: SmsGatePhone) -> None:
    assert phone.says(phone.event("sms:failed", messageId="typed on the phone")) == [200]
    (parked,) = office.read(lambda session: list(session.scalars(select(ParkedReport))))
    assert (parked.provider_id, parked.status) == ("typed on the phone", MessageStatus.FAILED)


# The door

BODY = json.dumps({"id": "1", "event": "system:ping"}).encode()


def test_only_the_phone_comes_in(office: Office) -> None:
    now = office.clock.now
    good = signed(BODY, now)
    assert post(office, BODY, good).status_code == 200
    for headers in (
        {},
        {"X-Timestamp": good["X-Timestamp"]},
        {"X-Signature": good["X-Signature"]},
        {**good, "X-Signature": good["X-Signature"].upper()},
        {**good, "X-Signature": "☂".encode().decode("latin-1")},
        signed(BODY, now, "another-key"),
        signed(BODY, now - timedelta(seconds=301)),
        signed(BODY, now + timedelta(seconds=301)),
        signed(BODY + b" ", now),
    ):
        answer = post(office, BODY, headers)
        assert (answer.status_code, answer.text) == (403, "bad signature")
    assert post(office, BODY, good, token="wrong").text == "unknown token"


def test_the_door_asks_for_length_size_and_type_first(office: Office) -> None:
    web, path = office.app.test_client(), f"/webhooks/smsgate/{TOKEN}"
    headers = signed(BODY, office.clock.now)
    assert web.post(path, data=BODY, headers=headers, content_type="text/plain").status_code == 415
    long = BODY + b" " * 16384
    assert post(office, long, signed(long, office.clock.now)).status_code == 413
    assert post(office, BODY, {**headers, "Transfer-Encoding": "chunked"}).status_code == 411
    assert web.get(path).status_code == 405


@pytest.mark.parametrize("body", [b"{", b"[]", b"5", b'"x"', b"\xff", b"[" * 9000, b'{"event": null}'])
def test_what_is_signed_and_no_event_is_400(office: Office, body: bytes) -> None:
    assert post(office, body, signed(body, office.clock.now)).status_code == 400
