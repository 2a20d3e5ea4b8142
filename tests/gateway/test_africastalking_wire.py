"""What the carrier's forms mean: tables of its words, and of what a stranger might send instead."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from gateway.providers.africastalking import wire
from gateway.providers.fields import Form, Malformed
from models.vocabulary import MessageStatus

BUDI = "+6281234567890"

HOP = {"sessionId": "ATUid_1", "phoneNumber": BUDI, "networkCode": "99999", "serviceCode": "*384#", "text": "1*2"}
ENDED = {"sessionId": "ATUid_1", "phoneNumber": BUDI, "status": "Incomplete", "input": "1*2"}
SMS = {"from": BUDI, "to": "55555", "id": "ec9adc86", "date": "2026-11-23 10:04:45", "text": "LAPOR", "linkId": "x"}
REPORT = {"id": "ATXid_1", "status": "Failed", "failureReason": "userInBlacklist", "phoneNumber": BUDI}
OPT_OUT = {"senderId": "55555", "phoneNumber": BUDI}

DECODERS: dict[str, tuple[Callable[[Form], object], dict[str, str], list[str]]] = {
    "ussd_hop": (wire.ussd_hop, HOP, ["sessionId", "phoneNumber"]),
    "ussd_ended": (wire.ussd_ended, ENDED, ["sessionId"]),
    "inbound_sms": (wire.inbound_sms, SMS, ["from"]),
    "delivery_report": (wire.delivery_report, REPORT, ["id"]),
    "opt_out": (wire.opt_out, OPT_OUT, ["phoneNumber"]),
    "subscription": (wire.subscription, OPT_OUT | {"updateType": "deletion"}, ["phoneNumber"]),
}
REQUIRED = [(name, field) for name, (_, _, fields) in DECODERS.items() for field in fields]


def a_form(fields: dict[str, str], **changes: str | None) -> MultiDict[str, str]:
    return MultiDict({name: value for name, value in {**fields, **changes}.items() if value is not None})


@pytest.mark.parametrize(("name", "field"), REQUIRED)
@pytest.mark.parametrize("value", [None, "", "  ", "\x00"])
def test_a_required_field_that_says_nothing_is_malformed(name: str, field: str, value: str | None) -> None:
    decode, fields, _ = DECODERS[name]
    with pytest.raises(Malformed, match=field):
        decode(a_form(fields, **{field: value}))


@pytest.mark.parametrize("name", DECODERS)
def test_only_the_required_fields_are_needed_and_others_are_ignored(name: str) -> None:
    decode, fields, required = DECODERS[name]
    decode(a_form({field: fields[field] for field in required}, surprise="x"))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        *REQUIRED,
        ("delivery_report", "status"),
        ("ussd_hop", "text"),
        ("inbound_sms", "text"),
        ("inbound_sms", "date"),
        ("ussd_ended", "status"),
    ],
)
def test_a_field_sent_twice_is_malformed(name: str, field: str) -> None:
    decode, fields, _ = DECODERS[name]
    form = a_form(fields)
    form.add(field, fields.get(field, "x"))
    with pytest.raises(Malformed, match=f"{field} sent twice"):
        decode(form)


@pytest.mark.parametrize(("name", "field"), [pair for pair in REQUIRED if pair[1] in ("sessionId", "id")])
@pytest.mark.parametrize("value", ["x" * 129, "a\x00b", "a\nb"])
def test_an_id_is_short_and_printable(name: str, field: str, value: str) -> None:
    decode, fields, _ = DECODERS[name]
    with pytest.raises(Malformed, match=field):
        decode(a_form(fields, **{field: value}))
    decode(a_form(fields, **{field: "x" * 128}))


@pytest.mark.parametrize("value", [None, "", "x" * 999, "a\x00b"])
def test_an_sms_without_a_usable_id_is_still_taken(value: str | None) -> None:
    """The inbox names such a message by what it says: nothing is lost for want of a name."""
    assert wire.inbound_sms(a_form(SMS, id=value)).provider_id == ("" if value is None or "\x00" in value else value)


def test_malformed_never_quotes_what_came() -> None:
    with pytest.raises(Malformed) as told:
        wire.ussd_hop(a_form(HOP, phoneNumber="rahasia"))
    assert "rahasia" not in str(told.value)


@pytest.mark.parametrize(
    ("raw", "phone"),
    [
        (BUDI, BUDI),
        (" 6281234567890", BUDI),
        ("6281234567890", BUDI),
        ("+254711222333", "+254711222333"),
        (" 819012345678", "+819012345678"),  # the carrier writes E.164: here a blank is always a plus
    ],
)
def test_a_caller_may_be_foreign_and_the_plus_unencoded(raw: str, phone: str) -> None:
    assert wire.ussd_hop(a_form(HOP, phoneNumber=raw)).phone == phone


@pytest.mark.parametrize("raw", ["MTN", "55555", "+62", "anonymous"])
def test_a_hop_or_an_opt_out_without_a_subscriber_is_malformed(raw: str) -> None:
    with pytest.raises(Malformed):
        wire.ussd_hop(a_form(HOP, phoneNumber=raw))
    with pytest.raises(Malformed):
        wire.opt_out(a_form(OPT_OUT, phoneNumber=raw))


@pytest.mark.parametrize(
    ("raw", "sender"),
    [(BUDI, BUDI), ("MTN", "MTN"), ("55555", "55555"), ("INFO\x00 3", "INFO 3"), ("A" * 99, "A" * 64)],
)
def test_an_sms_may_come_from_a_name_or_a_short_code(raw: str, sender: str) -> None:
    assert wire.inbound_sms(a_form(SMS, **{"from": raw})).sender == sender


@pytest.mark.parametrize("text", ["", "1*", "*", "1*2*#", "1*2*Jl. Mawar*RT3", "  1 ", "A" * 5000, "\x00\ufffd😀"])
def test_the_text_stays_as_it_was_typed(text: str) -> None:
    assert wire.ussd_hop(a_form(HOP, text=text)).text == text
    assert wire.inbound_sms(a_form(SMS, text=text)).text == text


@pytest.mark.parametrize(
    ("raw", "sent_at"),
    [
        ("2017-05-03T06:04:45Z", datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)),
        ("2017-05-03 06:04:45", datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)),
        (" 2017-05-03 06:04:45 ", datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)),
        ("2017-02-30 06:04:45", None),
        ("2017-05-03", None),
        ("03/05/2017", None),
        ("None", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_come_in_two_writings_and_others_are_none(raw: str | None, sent_at: datetime | None) -> None:
    assert wire.inbound_sms(a_form(SMS, date=raw)).sent_at == sent_at


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("Sent", MessageStatus.SENT),
        ("Submitted", MessageStatus.SENT),
        ("Buffered", MessageStatus.SENT),
        ("Success", MessageStatus.DELIVERED),
        ("Rejected", MessageStatus.FAILED),
        ("Failed", MessageStatus.FAILED),
        ("AbsentSubscriber", MessageStatus.FAILED),
        ("Expired", MessageStatus.FAILED),
        ("SUCCESS", MessageStatus.DELIVERED),
        (" success\n", MessageStatus.DELIVERED),
        ("Borked", None),
        ("x" * 500, None),
    ],
)
def test_delivery_statuses(raw: str, status: MessageStatus | None) -> None:
    report = wire.delivery_report(a_form(REPORT, status=raw))
    assert (report.status, report.raw_status) == (status, raw.strip()[:64])


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("userInBlacklist", "UserInBlackList"),
        ("NotNetworkSubcriber", "NotNetworkSubcriber"),
        ("New", "New"),
        ("", None),
    ],
)
def test_failure_reasons_take_the_documented_spelling(raw: str, reason: str | None) -> None:
    assert wire.delivery_report(a_form(REPORT, failureReason=raw)).reason == reason


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("Success", "success"),
        ("Incomplete", "incomplete"),
        ("FAILED", "failed"),
        ("Other", "unknown"),
        (None, "unknown"),
    ],
)
def test_how_a_session_ended(raw: str | None, status: str) -> None:
    assert wire.ussd_ended(a_form(ENDED, status=raw)).status == status


@given(
    st.sampled_from(sorted(DECODERS)),
    st.dictionaries(st.sampled_from([*HOP, *ENDED, *SMS, *REPORT, *OPT_OUT]), st.text(max_size=20)),
)
def test_any_form_is_decoded_or_malformed(name: str, changes: dict[str, str]) -> None:
    decode, fields, _ = DECODERS[name]
    try:
        decode(a_form(fields, **changes))
    except Malformed:
        return
