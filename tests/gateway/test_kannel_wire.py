"""Kannel's words, by the bytes that the real 1.4.5 was seen to send, and what might come instead."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder

from gateway.providers import guard
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
from gateway.providers.kannel import wire
from models.vocabulary import MessageStatus

S = MessageStatus
NOW = datetime(2026, 11, 26, 18, 41, tzinfo=UTC)
MINE = "0" * 31 + "a"
PLAIN = (
    b"id=3fa69822-0902-46d0-87aa-cc34c03fbda2&from=%2B6281234567890&to=12345&text=LAPOR+banjir+%26+%2B+%C3%A9+%3F"
    b"&epoch=1795718465&smsc=LINK1&coding=0&charset=UTF-8"
)
UCS2 = PLAIN.replace(b"LAPOR+banjir+%26+%2B+%C3%A9+%3F", b"LA%E2%98%82%F0%9F%98%80")


def form(query: bytes) -> MultiDict[str, str]:
    environ = EnvironBuilder(query_string=query.decode("latin-1")).get_environ()
    return guard.read_query({**environ, "QUERY_STRING": query.decode("latin-1")}, "t", ["t"])


def test_an_sms_as_it_was_measured() -> None:
    assert wire.inbound_sms(form(PLAIN)) == InboundSms(
        provider="kannel",
        provider_id="3fa69822-0902-46d0-87aa-cc34c03fbda2",
        sender="+6281234567890",
        recipient="12345",
        text="LAPOR banjir & + é ?",
        sent_at=datetime(2026, 11, 26, 18, 41, 5, tzinfo=UTC),
    )


def test_an_sms_in_ucs2_recoded_by_kannel() -> None:
    assert wire.inbound_sms(form(UCS2)).text == "LA☂😀"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ((b"", b""), "LAPOR banjir & + é ?"),
        ((b"text=LAPOR+banjir+%26+%2B+%C3%A9+%3F", b"text="), ""),
        ((b"text=LAPOR+banjir+%26+%2B+%C3%A9+%3F&", b""), ""),  # omit-empty
        ((b"text=LAPOR+banjir+%26+%2B+%C3%A9+%3F", b"text=%00L%00A%26%02"), "\x00L\x00A&\x02"),
        ((b"%C3%A9", b"%E9"), "LAPOR banjir & + \ufffd ?"),
        ((b"%C3%A9", b"%ED%A0%80"), "LAPOR banjir & + \ufffd\ufffd\ufffd ?"),
        ((b"&charset=UTF-8", b""), "LAPOR banjir & + é ?"),
        ((b"charset=UTF-8", b"charset=KLINGON"), "LAPOR banjir & + é ?"),
    ],
)
def test_a_text_is_read_whatever_it_holds(change: tuple[bytes, bytes], text: str) -> None:
    assert wire.inbound_sms(form(PLAIN.replace(*change))).text == text


@pytest.mark.parametrize("charset", [b"UTF-16BE", b"utf-16be", b"UCS-2", b"UCS-2BE"])
def test_without_mo_recode_a_text_in_ucs2_comes_as_its_octets(charset: bytes) -> None:
    raw = b"text=%00L%00A%26%02%D8%3D%DE%00"
    query = PLAIN.replace(b"text=LAPOR+banjir+%26+%2B+%C3%A9+%3F", raw).replace(b"charset=UTF-8", b"charset=" + charset)
    assert wire.inbound_sms(form(query)).text == "LA☂😀"


@pytest.mark.parametrize(
    ("sender", "read"),
    [
        (b"%2B6281234567890", "+6281234567890"),
        (b"+6281234567890", "+6281234567890"),  # a plus that nobody encoded
        (b"081234567890", "+6281234567890"),
        (b"6281234567890", "+6281234567890"),
        (b"TELKOMSEL", "TELKOMSEL"),
        (b"3636", "3636"),
    ],
)
def test_a_sender_is_a_phone_or_stays_what_it_is(sender: bytes, read: str) -> None:
    assert wire.inbound_sms(form(PLAIN.replace(b"%2B6281234567890", sender))).sender == read


@pytest.mark.parametrize("epoch", [b"", b"soon", b"-1", b"999999999999999", b"%C2%B2", b"1795718465.5"])
def test_a_time_that_cannot_be_read_is_none(epoch: bytes) -> None:
    assert wire.inbound_sms(form(PLAIN.replace(b"1795718465", epoch))).sent_at is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ((b"from=%2B6281234567890&", b""), "from is missing"),
        ((b"from=%2B6281234567890", b"from=+%00"), "from is missing"),
        ((b"from=", b"from=1&from="), "from sent twice"),
        ((b"text=", b"text=1&text="), "text sent twice"),
    ],
)
def test_without_a_sender_it_is_no_sms(change: tuple[bytes, bytes], fault: str) -> None:
    with pytest.raises(Malformed, match=fault):
        wire.inbound_sms(form(PLAIN.replace(*change)))


def test_an_sms_without_an_id_is_one_still() -> None:
    assert wire.inbound_sms(form(PLAIN.replace(b"id=3fa69822-0902-46d0-87aa-cc34c03fbda2&", b""))).provider_id == ""


@given(
    st.dictionaries(st.sampled_from("id from to text epoch smsc coding charset d a".split()), st.binary(max_size=60))
)
def test_any_query_is_read_or_malformed_and_never_holds_half_a_character(fields: dict[str, bytes]) -> None:
    query = b"&".join(
        name.encode() + b"=" + b"".join(b"%%%02X" % octet for octet in raw) for name, raw in fields.items()
    )
    for read in (wire.inbound_sms, wire.delivery_report):
        try:
            found = read(form(query))
        except Malformed:
            continue
        for value in vars(found).values():
            assert not isinstance(value, str) or value.encode() is not None


# Delivery reports


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("d=8&a=ACK%2F", S.SENT, None),  # measured
        ("d=1&a=", S.DELIVERED, None),  # measured
        ("d=1", S.DELIVERED, None),
        ("d=2&a=", S.FAILED, None),
        ("d=4", S.SENT, None),
        ("d=16&a=NACK%2F0x0000000b%2FInvalid+Destination", S.FAILED, "NACK 0000000b"),
        ("d=16&a=NACK%2F1234", S.FAILED, "NACK 1234"),
        ("d=3", None, None),
        ("d=32", None, None),
        ("d=delivered", None, None),
        ("d=01", None, None),
    ],
)
def test_each_bit_of_a_report_has_its_status_and_the_unknown_its_answer(
    query: str, status: MessageStatus | None, reason: str | None
) -> None:
    raw = parse_qs(query)["d"][0]
    found = wire.delivery_report(form(f"id={MINE}&{query}".encode()))
    assert found == DeliveryReport("kannel", MINE, status, raw, reason)


def test_a_receipt_that_quotes_the_message_leaves_only_its_codes() -> None:
    receipt = "id:42 sub:001 dlvrd:000 submit date:2611261841 done date:2611261842 stat:UNDELIV err:1b Text:BP 7K3Q pri"
    assert wire.parse_reason(receipt) == "UNDELIV 1b"
    assert wire.parse_reason("Text:BP 7K3Q prioritas") is None


@pytest.mark.parametrize(
    "query",
    [
        b"d=1",
        b"id=&d=1",
        b"id=a%00b&d=1",
        b"id=%FF&d=1",
        b"id=" + b"x" * 200 + b"&d=1",
        b"id=1&id=2&d=1",
        b"id=1",
        b"id=1&d=",
    ],
)
def test_a_report_that_names_no_message_or_no_status_is_malformed(query: bytes) -> None:
    with pytest.raises(Malformed):
        wire.delivery_report(form(query))


# Sending


def query(
    text: str = "Halo", lives: timedelta = timedelta(minutes=5), dlr: str = "http://h/t/delivery"
) -> dict[str, str]:
    return wire.sendsms_query(MINE, "+6281234567890", text, NOW + lives, NOW, dlr)


def test_a_message_asks_for_every_report_under_our_own_id() -> None:
    assert query() == {
        "to": "+6281234567890",
        "text": "Halo",
        "charset": "UTF-8",
        "coding": "0",
        "validity": "5",
        "dlr-mask": "31",
        "dlr-url": f"http://h/t/delivery?id={MINE}&d=%d&a=%A",
    }


def test_an_address_with_a_question_mark_gets_no_second() -> None:
    address = urlsplit(query(dlr="https://h/delivery?from=kannel")["dlr-url"])
    assert address.query == f"from=kannel&id={MINE}&d=%d&a=%A"


@pytest.mark.parametrize(
    ("text", "coding"), [("Halo", "0"), ("é@{x}€", "0"), ("ç", "2"), ("☂", "2"), ("😀", "2"), ("", "0"), ("“x”", "2")]
)
def test_what_is_not_in_the_gsm_alphabet_goes_out_as_ucs2(text: str, coding: str) -> None:
    assert query(text)["coding"] == coding


@pytest.mark.parametrize(
    ("lives", "minutes"),
    [
        (timedelta(0), "1"),
        (timedelta(seconds=-5), "1"),
        (timedelta(seconds=119), "1"),
        (timedelta(days=1), "1440"),
        (timedelta(days=90), "10080"),
    ],
)
def test_it_is_valid_for_as_long_as_it_may_be_late(lives: timedelta, minutes: str) -> None:
    assert query(lives=lives)["validity"] == minutes


def told(status: int, body: bytes, retry_after: float | None = None) -> Accepted | SendError:
    try:
        return wire.parse_send_answer(status, body, MINE, retry_after)
    except SendError as error:
        return error


@pytest.mark.parametrize("body", [b"0: Accepted for delivery", b"3: Queued for later delivery", b" 0: Accepted\n"])
@pytest.mark.parametrize("status", [200, 202])
def test_taken_now_or_queued_is_accepted_under_our_id(status: int, body: bytes) -> None:
    assert told(status, body) == Accepted(MINE)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (403, b"Authorization failed for sendsms", OutOfOrder, "credentials"),
        (401, b"", OutOfOrder, "credentials"),
        (400, b"Missing receiver number, rejected", Refused, "bad_request"),
        (400, b"Number(s) has/have been denied by white- and/or black-lists.", Refused, "bad_request"),
        (400, b"Sender missing and no global set, rejected", OutOfOrder, "InvalidSenderId"),
        (404, b"<html>", OutOfOrder, "wrong_address"),
        (302, b"", OutOfOrder, "redirect"),
        (429, b"", NotSent, "throttled"),
        (503, b"Temporal failure, try again later.", NotSent, "busy"),
        (500, b"", MaybeSent, "http_500"),
        (502, b"<html>", MaybeSent, "http_502"),
        (202, b"", MaybeSent, "unreadable_answer"),
        (202, b"<html>0: not quite</html>", MaybeSent, "unreadable_answer"),
        (200, b"1: whatever", MaybeSent, "unreadable_answer"),
    ],
)
def test_every_other_answer_says_whether_to_try_again(status: int, body: bytes, kind: type, code: str) -> None:
    outcome = told(status, body, 7.0)
    assert type(outcome) is kind
    assert isinstance(outcome, SendError)
    assert outcome.code == code
    if isinstance(outcome, NotSent) and not isinstance(outcome, OutOfOrder):
        assert outcome.retry_after == 7.0
    if isinstance(outcome, MaybeSent):
        assert outcome.provider_id == MINE  # a delivery report can still tell what became of it


@given(st.integers(100, 599), st.binary(max_size=200))
def test_any_answer_is_accepted_or_one_of_our_errors(status: int, body: bytes) -> None:
    outcome = told(status, body)
    assert isinstance(outcome, SendError) or outcome.provider_id == MINE
