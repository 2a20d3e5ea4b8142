"""Sending through Kannel, against a smsbox of our own on loopback that can misbehave."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gateway.providers.base import Accepted, MaybeSent, OutOfOrder, Refused, SendError, SmsProvider
from gateway.providers.kannel.client import KannelSms
from gateway.providers.transport import Limits
from tests import kannel_server as kannel
from tests.kannel_server import PATH, FakeKannel
from tests.scripted_server import Answer, redirect

BUDI, TEXT, PASSWORD = "+6281234567890", "Pesan Anda kami terima.", "rahasia-sekali"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
DLR = "http://127.0.0.1:8000/webhooks/kannel/token/delivery"
MINE = "0" * 32
PATIENCE = Limits(connect_for=1.0, read_for=0.6, total_for=1.2, answer_size=4096)


@pytest.fixture
def carrier() -> Iterator[FakeKannel]:
    with FakeKannel() as carrier:
        yield carrier


@pytest.fixture
def sms(carrier: FakeKannel) -> Iterator[KannelSms]:
    client = KannelSms(carrier.url + PATH, "gw", PASSWORD, DLR, limits=PATIENCE, clock=lambda: NOW)
    yield client
    client.close()


def sent(sms: SmsProvider, to: str = BUDI, text: str = TEXT) -> Accepted | SendError:
    try:
        return sms.send(MINE, to, text, NOW + timedelta(minutes=30))
    except SendError as error:
        return error


def test_one_get_for_one_sms(carrier: FakeKannel, sms: KannelSms) -> None:
    assert sent(sms) == Accepted(MINE)
    (request,) = carrier.requests
    assert (request.method, request.path) == ("GET", PATH)
    assert request.query == {
        "username": "gw",
        "password": PASSWORD,
        "to": BUDI,
        "text": TEXT,
        "charset": "UTF-8",
        "coding": "0",
        "validity": "30",
        "dlr-mask": "31",
        "dlr-url": f"{DLR}?id={MINE}&d=%d&a=%A",
    }


@pytest.mark.parametrize("text", ["A+B & C=10% é #?", "☂ 😀", "baris\nkedua", "%d %A"])
def test_a_text_arrives_as_it_was(carrier: FakeKannel, sms: KannelSms, text: str) -> None:
    sent(sms, text=text)
    assert carrier.sent[0].text == text


def test_queued_is_taken_too(carrier: FakeKannel, sms: KannelSms) -> None:
    carrier.will(kannel.QUEUED)
    assert sent(sms) == Accepted(MINE)


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (FakeKannel().cut("before_reading"), "connection_lost"),
        (FakeKannel().cut("after_reading"), "connection_lost"),
        (FakeKannel().cut("mid_answer"), "unreadable_answer"),
        (Answer(202, kannel.ACCEPTED.body, after=2.0), "read_timeout"),
    ],
)
def test_a_lost_answer_keeps_our_id_for_the_report_that_may_come(
    carrier: FakeKannel, sms: KannelSms, answer: Answer, word: str
) -> None:
    carrier.will(answer)
    outcome = sent(sms)
    assert isinstance(outcome, MaybeSent)
    assert (outcome.code, outcome.provider_id) == (word, MINE)
    assert isinstance(sent(sms), Accepted)  # the next one is not disturbed


def test_a_redirect_is_not_followed_and_the_password_stays_home(carrier: FakeKannel, sms: KannelSms) -> None:
    with FakeKannel() as elsewhere:
        carrier.will(redirect(elsewhere.url + PATH))
        outcome = sent(sms)
        assert elsewhere.requests == []
    assert isinstance(outcome, OutOfOrder)


def test_no_proxy_of_the_surroundings_is_asked(
    carrier: FakeKannel, sms: KannelSms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert isinstance(sent(sms), Accepted)


def test_messages_of_a_thread_share_a_connection_and_threads_do_not(carrier: FakeKannel, sms: KannelSms) -> None:
    for _ in range(3):
        sent(sms)
    other = threading.Thread(target=sent, args=(sms,))
    other.start()
    other.join()
    assert len({request.port for request in carrier.sent}) == 2


@pytest.mark.parametrize("to", ["081234567890", "MTN", "", "+6281234567890 +6281234567891"])
def test_what_is_no_single_phone_never_leaves(carrier: FakeKannel, sms: KannelSms, to: str) -> None:
    outcome = sent(sms, to)
    assert isinstance(outcome, Refused)
    assert carrier.requests == []


def test_a_text_no_address_can_carry_is_refused(carrier: FakeKannel, sms: KannelSms) -> None:
    outcome = sent(sms, text="half a \ud83d")
    assert isinstance(outcome, Refused)
    assert outcome.code == "unsendable"


def test_neither_password_nor_phone_nor_text_shows(
    carrier: FakeKannel, sms: KannelSms, caplog: pytest.LogCaptureFixture
) -> None:
    carrier.will(kannel.FORBIDDEN, kannel.BUSY, carrier.cut("after_reading"))
    told = [repr(sent(sms)) for _ in range(3)]
    everything = caplog.text + "".join(told) + repr(sms)
    for secret in (PASSWORD, BUDI[1:], TEXT):
        assert secret not in everything


def test_it_knows_no_balance(sms: KannelSms) -> None:
    assert sms.balance() is None
