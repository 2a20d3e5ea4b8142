"""SMSGate's words: signatures, events, answers to a send."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.providers.base import (
    Accepted,
    DeliveryReport,
    InboundSms,
    MaybeSent,
    NotSent,
    OutOfOrder,
    Refused,
    SendError,
)
from gateway.providers.fields import Malformed
from gateway.providers.smsgate import wire
from models.vocabulary import MessageStatus
from tests.smsgate_phone import signed, state

S = MessageStatus
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
KEY = "a-long-signing-key"
MINE = "0" * 31 + "a"


# Signatures


def genuine(body: bytes, headers: dict[str, str], now: datetime = NOW, key: str = KEY) -> bool:
    return wire.is_signed(key, body, headers["X-Timestamp"], headers["X-Signature"], now)


def test_a_signature_that_another_program_worked_out() -> None:
    """printf '{}1795399200' | openssl dgst -sha256 -hmac key"""
    known = "7596884dcad435f560b3bd6f27198dc6de087a01a906433129c41adede4ffb81"
    assert wire.is_signed("key", b"{}", "1795399200", known, NOW)


@pytest.mark.parametrize(
    ("skew", "good"), [(0, True), (300, True), (-300, True), (301, False), (-301, False), (86_400, False)]
)
def test_the_window_is_five_minutes_both_ways(skew: int, good: bool) -> None:
    assert genuine(b"{}", signed(b"{}", NOW + timedelta(seconds=skew), KEY)) is good


def test_another_body_key_time_or_case_is_not_genuine() -> None:
    headers = signed(b'{"a":1}', NOW, KEY)
    assert genuine(b'{"a":1}', headers)
    assert not genuine(b'{"a": 1}', headers)
    assert not genuine(b'{"a":1}', headers, key="another-key")
    assert not genuine(b'{"a":1}', {**headers, "X-Timestamp": str(int(headers["X-Timestamp"]) + 1)})
    assert not genuine(b'{"a":1}', {**headers, "X-Signature": headers["X-Signature"].upper()})


@pytest.mark.parametrize("timestamp", ["", "soon", "-1", "1795399200.5", "²", "9" * 30, " 1795399200", "\ud800"])
def test_a_time_that_cannot_be_read_is_not_genuine(timestamp: str) -> None:
    assert not wire.is_signed(KEY, b"{}", timestamp, "0" * 64, NOW)


@given(st.binary(max_size=50), st.text(max_size=20), st.text(max_size=70))
def test_nobody_without_the_key_comes_in(body: bytes, timestamp: str, signature: str) -> None:
    assert not wire.is_signed(KEY, body, timestamp, signature, NOW)


# Events

BASE = {"messageId": "a1b2", "sender": "6281234567890", "recipient": None, "simNumber": 1, "phoneNumber": None}


def an_event(name: str, **payload: Any) -> dict[str, Any]:
    return {"id": "ev1", "webhookId": "w", "event": name, "deviceId": "d", "payload": {**BASE, **payload}}


def test_an_sms() -> None:
    event = an_event(
        "sms:received", sender="+6281234567890", message="LAPOR ☂", receivedAt="2026-11-23T10:00:00.000+08:00"
    )
    assert wire.parse_event(event) == InboundSms("smsgate", "ev1", "+6281234567890", "", "LAPOR ☂", NOW)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"sender": "081234567890"}, "sender", "+6281234567890"),
        ({"sender": None, "phoneNumber": "+6281234567890"}, "sender", "+6281234567890"),
        ({"sender": "TELKOMSEL"}, "sender", "TELKOMSEL"),
        ({"recipient": "+6281100000000"}, "recipient", "+6281100000000"),
        ({"message": None}, "text", ""),
        ({"message": 17}, "text", ""),
        ({"message": "half \ud83d"}, "text", "half ?"),
        ({"receivedAt": "2026-11-23T02:00:00Z"}, "sent_at", NOW),
        ({"receivedAt": "2026-11-23T02:00:00"}, "sent_at", None),
        ({"receivedAt": "yesterday"}, "sent_at", None),
        ({"receivedAt": 5}, "sent_at", None),
        ({"receivedAt": "0001-01-01T00:00:00+08:00"}, "sent_at", None),
    ],
)
def test_an_sms_is_read_whatever_it_holds(changes: dict[str, Any], field: str, value: object) -> None:
    assert getattr(wire.parse_event(an_event("sms:received", **changes)), field) == value


@pytest.mark.parametrize(
    ("event_id", "kept"), [("x" * 100, "x" * 100), ("a\x00b", ""), (7, ""), (None, ""), ("half \ud83d", "half ?")]
)
def test_an_events_id_is_whole_or_none(event_id: object, kept: str) -> None:
    found = wire.parse_event({**an_event("sms:received"), "id": event_id})
    assert isinstance(found, InboundSms)
    assert found.provider_id == kept


def test_an_mms_is_words_in_too() -> None:
    found = wire.parse_event(an_event("mms:received", subject="tolong"))
    assert isinstance(found, InboundSms)
    assert (found.provider_id, found.text) == ("ev1", "tolong")


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("sms:sent", S.SENT, None),
        ("sms:delivered", S.DELIVERED, None),
        ("sms:failed", S.FAILED, "RESULT_ERROR_NO_SERVICE"),
        ("sms:cancelled", S.FAILED, None),
    ],
)
def test_what_became_of_a_message(name: str, status: MessageStatus, reason: str | None) -> None:
    event = an_event(name, messageId=MINE, reason="RESULT_ERROR_NO_SERVICE", partsCount=1)
    assert wire.parse_event(event) == DeliveryReport("smsgate", MINE, status, name, reason)


@pytest.mark.parametrize("reason", ["Can't send to +6281234567890", "", None, "Pesan Anda", "x" * 300])
def test_a_reason_that_may_quote_something_is_not_kept(reason: str | None) -> None:
    found = wire.parse_event(an_event("sms:failed", messageId=MINE, reason=reason))
    assert isinstance(found, DeliveryReport)
    assert found.reason in (None, "x" * 64)


@pytest.mark.parametrize(
    "name", ["sms:data-received", "mms:downloaded", "system:ping", "app:started", "sms:teleported", "☂"]
)
@pytest.mark.parametrize("payload", [{}, None, [], "x"])
def test_any_other_event_is_no_fault(name: str, payload: object) -> None:
    assert wire.parse_event({"id": "1", "event": name, "payload": payload}) == wire.OtherEvent(name)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"event": 5},
        {"event": "sms:received", "id": "1"},
        {"event": "sms:received", "id": "1", "payload": {"sender": " \x00"}},
        {"event": "sms:sent", "payload": {}},
        {"event": "sms:sent", "payload": {"messageId": "x" * 200}},
        {"event": "sms:sent", "payload": {"messageId": 5}},
    ],
)
def test_without_event_sender_or_message_it_is_malformed(event: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        wire.parse_event(event)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["sms:received", "sms:sent", "sms:failed", "mms:received", "system:ping"])


@given(
    names | json_values,
    json_values,
    st.dictionaries(
        st.sampled_from("messageId sender recipient message receivedAt reason phoneNumber".split()), json_values
    )
    | json_values,
)
def test_any_object_is_an_event_or_malformed(name: object, event_id: object, payload: object) -> None:
    try:
        found = wire.parse_event({"event": name, "id": event_id, "payload": payload})
    except Malformed:
        return
    for value in vars(found).values():
        assert not isinstance(value, str) or value.encode() is not None


# Sending


def test_a_message_has_our_id_and_an_end() -> None:
    assert wire.message_body(MINE, "+6281234567890", "Halo", NOW + timedelta(minutes=5)) == {
        "id": MINE,
        "textMessage": {"text": "Halo"},
        "phoneNumbers": ["+6281234567890"],
        "withDeliveryReport": True,
        "validUntil": "2026-11-23T02:05:00Z",
    }


def told(status: int, body: bytes, retry_after: float | None = None) -> Accepted | SendError:
    try:
        return wire.parse_send_answer(status, body, MINE, retry_after)
    except SendError as error:
        return error


@pytest.mark.parametrize(
    ("word", "status"), [("Pending", S.SENT), ("Processed", S.SENT), ("Sent", S.SENT), ("Delivered", S.DELIVERED)]
)
def test_a_taken_message_is_accepted(word: str, status: MessageStatus) -> None:
    assert told(202, state(202, MINE, word).body) == Accepted(MINE, status)


def test_an_id_it_has_already_is_as_good_as_taken() -> None:
    assert told(409, b'{"message":"message with such id already exists"}') == Accepted(MINE)
    assert told(409, b"<html>") == Accepted(MINE)


def test_an_id_of_its_own_is_remembered() -> None:
    assert told(202, state(202, "PyDmBQZZXYmyxMwED8Fzy").body) == Accepted("PyDmBQZZXYmyxMwED8Fzy")
    assert told(202, b'{"state": "Pending"}') == Accepted(MINE)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (202, state(202, MINE, "Failed").body, Refused, "Failed"),
        (202, b'{"id":"x","state":"Pending","recipients":[]}', Refused, "no_recipients"),
        (202, b'{"id":"x","state":"Flying"}', MaybeSent, "unreadable_answer"),
        (202, b'{"id":"x"}', MaybeSent, "unreadable_answer"),
        (202, b"[]", MaybeSent, "unreadable_answer"),
        (202, b"", MaybeSent, "unreadable_answer"),
        (200, b"<html>log in</html>", MaybeSent, "unreadable_answer"),
        (202, b"[" * 5000, MaybeSent, "unreadable_answer"),
        (400, b"", Refused, "bad_request"),
        (401, b"", OutOfOrder, "credentials"),
        (403, b"", OutOfOrder, "credentials"),
        (404, b"", OutOfOrder, "wrong_address"),
        (302, b"", OutOfOrder, "redirect"),
        (429, b"", NotSent, "throttled"),
        (503, b"", NotSent, "busy"),
        (500, b"", MaybeSent, "http_500"),
        (502, b"<html>", MaybeSent, "http_502"),
    ],
)
def test_every_other_answer_says_whether_to_try_again(status: int, body: bytes, kind: type, code: str) -> None:
    outcome = told(status, body, 7.0)
    assert type(outcome) is kind
    assert isinstance(outcome, SendError)
    assert outcome.code == code
    if isinstance(outcome, MaybeSent):
        assert outcome.provider_id == MINE


@given(st.integers(100, 599), st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_answer_is_accepted_or_one_of_our_errors(status: int, body: bytes) -> None:
    assert isinstance(told(status, body), Accepted | SendError)
