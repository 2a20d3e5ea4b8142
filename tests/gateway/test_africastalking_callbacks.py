"""The five routes in a Flask app, told by the bytes the carrier sends."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from gateway.database import Store
from gateway.doors import Doors
from gateway.errors import StoreDown
from gateway.inbox import Guess, StoredInbox
from gateway.lane import Lane
from gateway.providers import guard
from gateway.providers.africastalking import wire
from gateway.providers.africastalking.callbacks import Callbacks, blueprint
from gateway.providers.base import (
    DeliveryReport,
    InboundSms,
    OptOut,
    UssdEnded,
    UssdHop,
    UssdReply,
)
from gateway.providers.fields import Malformed
from gateway.providers.guard import Denied
from models.vocabulary import MessageStatus
from tests.front import serving

SAMPLES = json.loads((Path(__file__).parents[1] / "data" / "africastalking_callbacks.json").read_text())["callbacks"]
ROUTES: dict[str, tuple[str, Any]] = {
    "ussd": ("ussd", UssdHop),
    "ussd_event": ("ussd-events", UssdEnded),
    "sms_in": ("sms", InboundSms),
    "sms_dlr": ("delivery", DeliveryReport),
    "sms_optout": ("opt-out", OptOut),
}
NOTICES = {"sms_subscription"}  # we sell no subscriptions: who ends one is heard, who begins one only answered
OF_THE_INBOX = {
    "idempotent",
    "ambiguous",
    "first_request",
    "stale",
    "strip_prefix",
    "park",
    "must_not_regress",
    "opt_out",
}
FORM = "application/x-www-form-urlencoded"
SORRY = "Gangguan. Bahaya? Telepon 110"
HOP = "sessionId=ATUid_1&phoneNumber=%2B6281234567890&serviceCode=%2A384%23&text=1"
BODIES = {
    "ussd": HOP,
    "ussd-events": "sessionId=ATUid_1&status=Success",
    "sms": "from=%2B6281234567890&id=1&text=LAPOR",
    "delivery": "id=ATXid_1&status=Success",
    "opt-out": "phoneNumber=%2B6281234567890",
    "subscription": "phoneNumber=%2B6281234567890&updateType=deletion",
}


FIELDS = st.sampled_from(
    [
        "sessionId=ATUid_1",
        "sessionId=ATUid_2",
        "phoneNumber=%2B6281234567890",
        "phoneNumber=6281234567890",
        "phoneNumber=nobody",
        "serviceCode=%2A384%23",
        "networkCode=62120",
        "text=",
        "text=1%2A2",
        "text=5*2*%C3%A9%ff+x=y",
        "%74ext=3",
        "text",
        "",
        "x=" + "y" * 600,
        "a&" * 98 + "a",
    ]
)


@given(st.lists(FIELDS, max_size=7))
@example(["sessionId=ATUid_1", "phoneNumber=%2B6281234567890", "a&" * 97 + "a", "text=1"])
def test_a_hop_is_read_alike_whether_what_stands_beside_its_words_is_remembered_or_not(fields: list[str]) -> None:
    body = "&".join(fields).encode()
    callbacks = Callbacks(Desk(), ["s3cret"], sorry=SORRY)

    def outcome(read: Callable[[], UssdHop]) -> object:
        try:
            return read()
        except (Denied, Malformed) as error:
            return type(error), str(error)

    plainly = outcome(lambda: wire.ussd_hop(guard.read_fields(body)))
    for _ in range(2):
        assert outcome(lambda: callbacks.read_hop(body)) == plainly


BESIDE = "phoneNumber=%2B6281234567890", "sessionId=ATUid_1&networkCode=99999"


def test_what_somebody_says_is_not_remembered_wherever_it_stands() -> None:
    """Session, phone and code come again with each key; words are read and forgotten."""
    callbacks = Callbacks(Desk(), ["s3cret"], sorry=SORRY)

    def read(*pieces: str) -> UssdHop:
        return callbacks.read_hop("&".join(pieces).encode())

    first, last = BESIDE
    for words in ("", "2", "2*dipukul"):
        assert read(first, f"text={words}", last).text == words
        assert read(first, last, f"text={words}").text == words
    assert callbacks._beside_words.cache_info().currsize == 1, "the same beside the words, whatever these are"
    with pytest.raises(Malformed):
        read("text=dipukul", *BESIDE, "text=dipukul")
    assert callbacks._beside_words.cache_info().currsize == 1


class Desk:
    """An inbox that writes down what came and answers as it is told."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.reply = UssdReply("Pilih:\n1 Ya", ends=False)
        self.fault: Exception | None = None

    def take(self, event: object) -> None:
        if self.fault:
            raise self.fault
        self.seen.append(event)

    def ussd(self, hop: UssdHop) -> UssdReply:
        self.take(hop)
        return self.reply

    def guess(self, hop: UssdHop) -> Guess:
        return Guess(hop, datetime(2026, 1, 1, tzinfo=UTC), None)

    def in_full(self, hop: UssdHop, now: datetime, waited: float = 0.0) -> UssdReply:
        return self.ussd(hop)

    def ussd_ended(self, ended: UssdEnded) -> None:
        self.take(ended)

    def sms(self, message: InboundSms) -> None:
        self.take(message)

    def delivery(self, report: DeliveryReport) -> None:
        self.take(report)

    def opt_out(self, opt_out: OptOut) -> None:
        self.take(opt_out)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(params=["flask", "fast lane"])
def web(desk: Desk, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Both lanes: whatever is told here of an answer holds for either."""
    app = Flask(__name__)
    callbacks = Callbacks(desk, ["s3cret", "older"], sorry=SORRY)
    app.register_blueprint(blueprint(callbacks))
    if request.param == "flask":
        with app.test_client() as client:
            yield client
        return
    app.before_request(_stray)
    inbox, doors, store = cast(StoredInbox, desk), Doors(None, ()), cast(Store, None)  # a desk has no quick way
    with serving(app, lambda threads: Lane(callbacks, inbox, doors, store, threads)) as front:
        yield front


def _stray() -> None:
    """With the fast lane no callback comes as far as Flask, but for what is not plainly one."""
    if "%" not in request.environ["asgi.scope"]["raw_path"].decode() and request.method == "POST":
        assert request.endpoint not in {f"africastalking.{route}" for route in BODIES}


def post(web: FlaskClient, route: str, body: str, token: str = "s3cret", **kwargs: Any) -> TestResponse:
    return web.post(f"/webhooks/africastalking/{token}/{route}", data=body, content_type=FORM, **kwargs)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_every_sample_callback(web: FlaskClient, desk: Desk, sample: dict[str, Any]) -> None:
    if sample["kind"] in NOTICES:
        return
    route, kind = ROUTES[sample["kind"]]
    expect = {name: value for name, value in sample["expect"].items() if name not in OF_THE_INBOX}
    answer = post(web, route, sample["body"], headers=sample["headers"])

    if expect.pop("reject", False):
        assert (answer.status_code, desk.seen) == ({"ussd_huge_text": 413}.get(sample["name"], 400), [])
        return
    assert answer.status_code == expect.pop("http", 200)
    event: Any
    (event,) = desk.seen
    assert type(event) is kind
    assert event.provider == "africastalking"
    if route == "ussd":
        assert expect.pop("body_prefix", "CON ") in ("CON ", "END ")  # which of them is the inbox's to say
        assert answer.text == "CON Pilih:\n1 Ya"
    else:
        assert answer.data == b""
    check_fields(event, sample["fields"])
    check_expected(event, expect)
    assert expect == {}


def check_fields(event: Any, fields: dict[str, str]) -> None:
    """Each field we keep is the sample's."""
    names = {
        "sessionId": "session_id",
        "serviceCode": "service_code",
        "text": "text",
        "id": "provider_id",
        "to": "recipient",
    }
    for theirs, ours in names.items():
        if hasattr(event, ours) and theirs in fields:
            assert getattr(event, ours) == fields[theirs]
    if hasattr(event, "phone"):
        assert event.phone == fields["phoneNumber"].replace(" ", "+")
    match event:
        case UssdEnded():
            assert event.status == fields["status"].lower()
        case InboundSms():
            assert event.sender == fields["from"]
            assert event.sent_at is not None
            assert event.sent_at.isoformat() == "2026-11-23T10:04:45+00:00"
        case DeliveryReport():
            assert event.raw_status == fields["status"]
            assert event.reason == fields.get("failureReason")


def check_expected(event: Any, expect: dict[str, Any]) -> None:
    """Takes out of `expect` whatever decoding alone can show."""
    if "inputs" in expect:
        assert (event.text.split("*") if event.text else []) == expect.pop("inputs")
    if "phone_normalised" in expect:
        assert event.phone == expect.pop("phone_normalised")
    if "final" in expect:
        assert (event.status in (MessageStatus.DELIVERED, MessageStatus.FAILED)) is expect.pop("final")
    if expect.pop("keep_raw", False):
        assert (event.status, event.raw_status) == (None, "Borked")
    if expect.pop("store_but_no_reply", False):
        assert not event.sender.startswith("+")


def test_the_samples_are_of_known_kinds() -> None:
    assert {sample["kind"] for sample in SAMPLES} == set(ROUTES) | NOTICES


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample["kind"] in NOTICES], ids=lambda s: s["name"])
def test_who_ends_a_subscription_wants_no_more_messages(web: FlaskClient, desk: Desk, sample: dict[str, Any]) -> None:
    assert post(web, "subscription", sample["body"]).status_code == 200
    ends = sample["fields"]["updateType"] == "deletion"
    assert desk.seen == ([OptOut("africastalking", "+6281234567890")] if ends else [])


def test_a_delivery_report_without_a_status_is_taken_and_kept(web: FlaskClient, desk: Desk) -> None:
    assert post(web, "delivery", "id=ATXid_1").status_code == 200
    (event,) = desk.seen
    assert (event.provider_id, event.status, event.raw_status) == ("ATXid_1", None, "")


@pytest.mark.parametrize(("ends", "start"), [(False, "CON "), (True, "END ")])
def test_a_screen_is_plain_text_from_its_first_byte(web: FlaskClient, desk: Desk, ends: bool, start: str) -> None:
    desk.reply = UssdReply("Halo é", ends=ends)
    answer = post(web, "ussd", HOP)
    assert answer.data == f"{start}Halo é".encode()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("route", BODIES)
def test_each_route_has_the_guard(web: FlaskClient, desk: Desk, route: str) -> None:
    body = BODIES[route]
    url = f"/webhooks/africastalking/s3cret/{route}"
    assert post(web, route, body, token="older").status_code == 200
    desk.seen.clear()
    assert post(web, route, body, token="wrong").status_code == 403
    assert post(web, route, body, token="t%C3%A9%ff").status_code == 403
    assert post(web, route, body, headers={"Transfer-Encoding": "chunked"}).status_code == 411
    assert post(web, route, body, environ_overrides={"CONTENT_LENGTH": ""}).status_code == 411
    assert post(web, route, body + "&x=" + "A" * 16384).status_code == 413
    assert web.post(url, json={}).status_code == 415
    assert post(web, route, "").status_code == 400
    assert web.get(url).status_code == 405
    assert desk.seen == []


@pytest.mark.parametrize("route", BODIES)
@pytest.mark.parametrize("token", ["s3cret", "wrong"])
def test_nobody_on_the_way_keeps_an_answer(web: FlaskClient, route: str, token: str) -> None:
    assert post(web, route, BODIES[route], token=token).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("route", BODIES)
def test_a_store_that_is_down_is_503_so_that_the_carrier_asks_again(web: FlaskClient, desk: Desk, route: str) -> None:
    desk.fault = StoreDown()
    answer = post(web, route, BODIES[route])
    assert answer.status_code == 503
    assert answer.text == (f"END {SORRY}" if route == "ussd" else "try again")


@pytest.mark.parametrize("route", BODIES)
def test_a_fault_of_ours_never_shows_and_is_logged_without_a_word_of_the_caller(
    web: FlaskClient, desk: Desk, route: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk.fault = RuntimeError("rahasia +6281234567890")
    with capture_logs() as logs, caplog.at_level(logging.DEBUG):
        answer = post(web, route, BODIES[route])
    if route == "ussd":
        assert (answer.status_code, answer.text) == (200, f"END {SORRY}")
    else:
        assert (answer.status_code, answer.text) == (503, "try again")
    (line,) = logs
    assert (line["event"], line["error"], line["log_level"]) == ("callback failed", "RuntimeError", "error")
    assert line["place"].split(":")[0].endswith("test_africastalking_callbacks")
    assert "rahasia" not in str(logs) + caplog.text
    assert "6281234567890" not in str(logs) + caplog.text


@pytest.mark.parametrize(
    ("token", "body", "line"),
    [
        ("wrong", HOP, {"event": "callback denied", "word": "unknown token"}),
        ("s3cret", "sessionId=rahasia", {"event": "callback malformed", "word": "phoneNumber is missing"}),
    ],
)
def test_what_stays_outside_is_logged_for_the_operator_without_its_content(
    web: FlaskClient, token: str, body: str, line: dict[str, str]
) -> None:
    with capture_logs() as logs:
        post(web, "ussd", body, token)
    where = {"carrier": "africastalking", "route": "africastalking.ussd", "log_level": "warning"}
    assert logs == [{**line, **where}]


def test_the_simulator_takes_the_same_paths_under_its_own_name(desk: Desk) -> None:
    app = Flask(__name__)
    app.register_blueprint(blueprint(Callbacks(desk, ["s3cret"], "simulator", sorry=SORRY)))
    with app.test_client() as web:
        for route, body in BODIES.items():
            assert post(web, route, body).status_code == 200
        desk.fault = RuntimeError()
        assert post(web, "ussd", HOP).text == f"END {SORRY}"
    assert {event.provider for event in desk.seen} == {"simulator"}
