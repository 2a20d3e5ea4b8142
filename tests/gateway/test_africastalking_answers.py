"""What the carrier's answers to a send mean: its samples, its words, and what might come instead."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.providers.africastalking import answers
from gateway.providers.answers import parse_retry_after
from gateway.providers.base import Accepted, MaybeSent, NoRoute, NotSent, OutOfOrder, Refused, SendError

SAMPLES = json.loads((Path(__file__).parents[1] / "data" / "africastalking_callbacks.json").read_text())
BUDI = "+6281234567890"


def told(status: int, body: bytes | dict[str, Any], retry_after: float | None = None) -> Accepted | SendError:
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        return answers.parse_send_answer(status, body, retry_after)
    except SendError as error:
        return error


def a_recipient(**changes: object) -> dict[str, Any]:
    recipient = {"statusCode": 101, "number": BUDI, "status": "Success", "cost": "KES 0.8000", "messageId": "ATXid_1"}
    return {"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [{**recipient, **changes}]}}


def nobody(message: object) -> dict[str, Any]:
    return {"SMSMessageData": {"Message": message, "Recipients": []}}


EXPECTED: dict[str, tuple[type, str]] = {
    "send_100_processed": (Accepted, "ATXid_520e732ea1191c1f03a7d9bea3a91064"),
    "send_101_sent": (Accepted, "ATXid_520e732ea1191c1f03a7d9bea3a91065"),
    "send_102_queued": (Accepted, "ATXid_520e732ea1191c1f03a7d9bea3a91066"),
    "send_401_riskhold": (Refused, "RiskHold"),
    "send_402_invalidsenderid": (OutOfOrder, "InvalidSenderId"),
    "send_403_invalidphonenumber": (Refused, "InvalidPhoneNumber"),
    "send_404_unsupportednumbertype": (NoRoute, "UnsupportedNumberType"),
    "send_405_insufficientbalance": (OutOfOrder, "InsufficientBalance"),
    "send_406_userinblacklist": (Refused, "UserInBlacklist"),
    "send_407_couldnotroute": (NoRoute, "CouldNotRoute"),
    "send_409_donotdisturbrejection": (Refused, "DoNotDisturbRejection"),
    "send_500_internalservererror": (NotSent, "InternalServerError"),
    "send_501_gatewayerror": (NotSent, "GatewayError"),
    "send_502_rejectedbygateway": (NotSent, "RejectedByGateway"),
    "send_mixed": (Accepted, "ATXid_520e732ea1191c1f03a7d9bea3a91065"),
    "send_empty_recipients": (OutOfOrder, "InvalidSenderId"),
    "send_charset_content_type": (Accepted, "ATXid_520e732ea1191c1f03a7d9bea3a91065"),
    "send_auth_error": (OutOfOrder, "credentials"),
    "send_missing_param": (Refused, "bad_request"),
    "send_gateway_html_502": (MaybeSent, "http_502"),
}
RETRY: dict[str, tuple[type, ...]] = {
    "no": (Accepted, Refused),
    "config": (OutOfOrder,),
    "yes": (NotSent,),
    "unknown-outcome": (MaybeSent,),
}


@pytest.mark.parametrize("sample", SAMPLES["send_responses"], ids=lambda sample: sample["name"])
def test_every_sample_of_a_send_answer(sample: dict[str, Any]) -> None:
    outcome = told(sample["http"], sample["json"] if "json" in sample else sample["text"].encode())
    kind, word = EXPECTED[sample["name"]]
    assert type(outcome) is kind
    assert (outcome.provider_id if isinstance(outcome, Accepted) else outcome.code) == word
    if "accepted" in sample:
        assert isinstance(outcome, Accepted) is sample["accepted"]
    if "retry" in sample and sample["name"] != "send_502_rejectedbygateway":  # doubtful; in production it is retried
        assert isinstance(outcome, RETRY[sample["retry"]])
    assert getattr(outcome, "opted_out", False) is (sample["name"] == "send_406_userinblacklist")


def test_the_samples_and_the_table_name_the_same_codes() -> None:
    seen = {row["json"]["SMSMessageData"]["Recipients"][0]["statusCode"] for row in SAMPLES["send_responses"][:14]}
    assert seen == set(answers.SEND_CODES)


@pytest.mark.parametrize(
    ("changes", "kind", "word"),
    [
        ({"statusCode": "101"}, Accepted, "ATXid_1"),
        ({"statusCode": None}, Accepted, "ATXid_1"),  # cht-core's fixtures know answers without a code
        ({"statusCode": None, "status": "InsufficientBalance"}, OutOfOrder, "InsufficientBalance"),
        ({"statusCode": None, "status": "UserInBlackList"}, Refused, "UserInBlacklist"),
        ({"statusCode": None, "status": None}, MaybeSent, "unknown_code"),
        ({"statusCode": 103}, MaybeSent, "unknown_code"),
        ({"statusCode": 999}, MaybeSent, "unknown_code"),
        ({"statusCode": -101}, MaybeSent, "unknown_code"),
        ({"statusCode": "²"}, MaybeSent, "unknown_code"),
        ({"statusCode": [101]}, MaybeSent, "unknown_code"),
        ({"statusCode": "9" * 5000}, MaybeSent, "unknown_code"),
        ({"messageId": "None"}, Accepted, None),
        ({"messageId": None}, Accepted, None),
        ({"messageId": ""}, Accepted, None),
        ({"messageId": 42}, Accepted, "42"),
        ({"messageId": "x" * 129}, Accepted, None),
    ],
)
def test_a_recipient_in_other_words(changes: dict[str, object], kind: type, word: str | None) -> None:
    outcome = told(201, a_recipient(**changes))
    assert type(outcome) is kind
    assert (outcome.provider_id if isinstance(outcome, Accepted) else outcome.code) == word


@pytest.mark.parametrize(
    ("message", "kind", "word"),
    [
        ("InvalidSenderId", OutOfOrder, "InvalidSenderId"),
        ("Insufficient Balance", OutOfOrder, "InsufficientBalance"),
        ("Sent to 0/1 Total Cost: 0 Message: UserInBlacklist", Refused, "UserInBlacklist"),
        ("GatewayError", NotSent, "GatewayError"),
        ("Sent to 0/1 Total Cost: 0", Refused, "no_recipients"),
        ("", Refused, "no_recipients"),
        (None, Refused, "no_recipients"),
        (["x"], Refused, "no_recipients"),
    ],
)
def test_a_201_that_names_no_recipient(message: object, kind: type, word: str) -> None:
    outcome = told(201, nobody(message))
    assert type(outcome) is kind
    assert isinstance(outcome, SendError)
    assert outcome.code == word


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>please log in</html>",
        b"Sent",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b"1" * 10_000,
        b'{"SMSMessageData": null}',
        b'{"SMSMessageData": {"Message": "x"}}',
        b'{"SMSMessageData": {"Recipients": null}}',
        b'{"SMSMessageData": {"Recipients": {}}}',
        b'{"SMSMessageData": {"Recipients": {"0": {}}}}',
        b'{"SMSMessageData": {"Recipients": ["x"]}}',
        b'{"SMSMessageData": {"Recipients": [{"statusCode": 101',
    ],
)
def test_a_2xx_that_cannot_be_read_leaves_the_outcome_open(body: bytes) -> None:
    outcome = told(200, body)
    assert isinstance(outcome, MaybeSent)
    assert outcome.code == "unreadable_answer"


@pytest.mark.parametrize(
    ("status", "kind", "word"),
    [
        (301, OutOfOrder, "redirect"),
        (308, OutOfOrder, "redirect"),
        (400, Refused, "bad_request"),
        (401, OutOfOrder, "credentials"),
        (403, OutOfOrder, "credentials"),
        (404, OutOfOrder, "wrong_address"),
        (405, OutOfOrder, "wrong_address"),
        (408, NotSent, "http_408"),
        (413, Refused, "bad_request"),
        (429, NotSent, "throttled"),
        (418, NotSent, "http_418"),
        (500, MaybeSent, "http_500"),
        (503, MaybeSent, "http_503"),
    ],
)
def test_the_whole_request_fails(status: int, kind: type, word: str) -> None:
    outcome = told(status, b"whatever", retry_after=7.0)
    assert type(outcome) is kind
    assert isinstance(outcome, SendError)
    assert outcome.code == word
    if kind is NotSent:
        assert isinstance(outcome, NotSent)
        assert outcome.retry_after == 7.0


NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("999999999999", 3600.0),
        ("-1", None),
        ("²", None),
        ("soon", None),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 12:00:30 -0000", 30.0),  # read without a zone
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2027 11:00:00 GMT", 3600.0),
        ("Mon, 23 Nov 99999999999999999999 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(raw: str | None, seconds: float | None) -> None:
    assert parse_retry_after(raw, NOON) == seconds


@given(st.text(max_size=60))
def test_any_retry_after_is_read(raw: str) -> None:
    seconds = parse_retry_after(raw, NOON)
    assert seconds is None or 0 <= seconds <= 3600


@pytest.mark.parametrize(
    ("body", "balance"),
    [
        (b'{"UserData": {"balance": "KES 1785.50"}}', "KES 1785.50"),
        (b'{"UserData": {"balance": null}}', None),
        (b'{"UserData": {}}', None),
        (b"[]", None),
        (b"<html>", None),
    ],
)
def test_the_balance(body: bytes, balance: str | None) -> None:
    assert answers.parse_balance(body) == balance


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["SMSMessageData", "Recipients", "Message", "statusCode"]), inner, max_size=3)
    ),
)


@given(
    st.integers(200, 599), JSON | st.fixed_dictionaries({"SMSMessageData": st.fixed_dictionaries({"Recipients": JSON})})
)
def test_any_answer_is_accepted_or_a_send_error(status: int, body: object) -> None:
    told(status, json.dumps(body).encode())
