"""The real SDK against a carrier of our own on loopback."""

import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from africastalking.SMS import SMSService
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.providers.africastalking.client import AfricasTalkingSms
from gateway.providers.base import (
    Accepted,
    MaybeSent,
    NotSent,
    OutOfOrder,
    Refused,
    SendError,
    SmsProvider,
)
from gateway.providers.transport import Limits
from tests import africastalking_server as carriers
from tests.africastalking_server import FakeAfricasTalking
from tests.gateway.test_africastalking_answers import EXPECTED, SAMPLES
from tests.scripted_server import Answer

BUDI = "+6281234567890"
SOON = datetime(2026, 11, 23, tzinfo=UTC)
KEY = "atsk_rahasia_sekali"
TEXT = "Pesan Anda kami terima."
PATIENCE = Limits(connect_for=0.15, read_for=0.15, total_for=0.3, answer_size=4096)


@pytest.fixture
def carrier() -> Iterator[FakeAfricasTalking]:
    with FakeAfricasTalking() as carrier:
        yield carrier


@pytest.fixture
def sms(carrier: FakeAfricasTalking) -> Iterator[AfricasTalkingSms]:
    client = AfricasTalkingSms("perak", KEY, "PASER", carrier.url, limits=PATIENCE)
    yield client
    client.close()


def sent(sms: SmsProvider, to: str = BUDI) -> Accepted | SendError:
    try:
        return sms.send("0" * 32, to, TEXT, SOON)
    except SendError as error:
        return error


def test_a_message_goes_out_as_the_documented_form(carrier: FakeAfricasTalking, sms: AfricasTalkingSms) -> None:
    assert sent(sms) == Accepted("ATXid_1", cost="KES 0.8000")
    (request,) = carrier.sent
    assert (request.method, request.path) == ("POST", "/version1/messaging")
    assert request.form == {"username": "perak", "to": BUDI, "message": TEXT, "bulkSMSMode": "1", "from": "PASER"}
    assert request.headers["apikey"] == KEY
    assert request.headers["accept"] == "application/json"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("sender_id", [None, ""])
def test_without_a_sender_id_the_carrier_chooses(carrier: FakeAfricasTalking, sender_id: str | None) -> None:
    sms = AfricasTalkingSms("perak", KEY, sender_id, carrier.url + "/")
    sent(sms)
    sms.close()
    assert "from" not in carrier.sent[0].form


@pytest.mark.parametrize("sample", SAMPLES["send_responses"], ids=lambda sample: sample["name"])
def test_every_sample_answer_through_the_sdk(
    carrier: FakeAfricasTalking, sms: AfricasTalkingSms, sample: dict[str, str]
) -> None:
    body = json.dumps(sample["json"]) if "json" in sample else sample["text"]
    carrier.will(Answer(int(sample["http"]), body.encode(), sample["content_type"]))
    outcome = sent(sms)
    kind, word = EXPECTED[sample["name"]]
    assert type(outcome) is kind
    assert (outcome.provider_id if isinstance(outcome, Accepted) else outcome.code) == word


@pytest.mark.parametrize(
    ("answer", "kind", "word"),
    [
        (carriers.no_recipients("InsufficientBalance"), OutOfOrder, "InsufficientBalance"),
        (carriers.unauthorised(), OutOfOrder, "credentials"),
        (carriers.throttled(), NotSent, "throttled"),
        (carriers.broken(500), MaybeSent, "http_500"),
        (carriers.html(502), MaybeSent, "http_502"),
        (carriers.html(200), MaybeSent, "unreadable_answer"),
        (carriers.cut("before_reading"), MaybeSent, "connection_lost"),
        (carriers.cut("after_reading"), MaybeSent, "connection_lost"),
        (carriers.cut("mid_answer"), MaybeSent, "unreadable_answer"),
        (Answer(after=1.0), MaybeSent, "read_timeout"),
        (Answer(body=b" " * 99, pace=0.01), MaybeSent, "unreadable_answer"),  # 1 s, but 0.3 s is all we give
        (Answer(body=b" " * 5000 + b"{}"), MaybeSent, "unreadable_answer"),  # longer than we read
        (Answer(headers={"Content-Encoding": "gzip"}, body=b"no gzip"), MaybeSent, "unreadable_answer"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_can_happen_to_a_message(
    carrier: FakeAfricasTalking, sms: AfricasTalkingSms, answer: Answer, kind: type, word: str
) -> None:
    carrier.will(answer)
    started = time.monotonic()
    outcome = sent(sms)
    assert time.monotonic() - started < 0.9
    assert type(outcome) is kind
    assert isinstance(outcome, SendError)
    assert outcome.code == word
    assert isinstance(sent(sms), Accepted)  # the next one is not disturbed


def test_a_cut_answer_after_a_refusal_is_still_the_refusal(carrier: FakeAfricasTalking, sms: AfricasTalkingSms) -> None:
    carrier.will(Answer(401, b"The supplied authentication is invalid", cut="mid_answer"))
    assert isinstance(sent(sms), OutOfOrder)


def test_retry_after_is_passed_on(carrier: FakeAfricasTalking, sms: AfricasTalkingSms) -> None:
    carrier.will(carriers.throttled("7"))
    outcome = sent(sms)
    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == 7.0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_key_stays_home(
    carrier: FakeAfricasTalking, sms: AfricasTalkingSms, status: int
) -> None:
    with FakeAfricasTalking() as elsewhere:
        carrier.will(carriers.redirect(elsewhere.url + "/version1/messaging", status))
        outcome = sent(sms)
        assert elsewhere.requests == []
    assert isinstance(outcome, OutOfOrder)
    assert outcome.code == "redirect"


def test_a_redirect_to_nonsense_is_still_a_redirect(carrier: FakeAfricasTalking, sms: AfricasTalkingSms) -> None:
    carrier.will(carriers.redirect("http://[\xff"))
    outcome = sent(sms)
    assert isinstance(outcome, OutOfOrder)
    assert outcome.code == "redirect"


def test_proxies_and_netrc_of_the_surroundings_are_not_asked(
    carrier: FakeAfricasTalking, sms: AfricasTalkingSms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert isinstance(sent(sms), Accepted)
    assert "authorization" not in carrier.sent[0].headers


def a_free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


def test_nobody_at_the_address_means_not_sent() -> None:
    sms = AfricasTalkingSms("perak", KEY, base_url=f"http://127.0.0.1:{a_free_port()}")
    outcome = sent(sms)
    sms.close()
    assert type(outcome) is NotSent
    assert outcome.code == "unreachable"


def test_an_address_that_does_not_pick_up_means_not_sent() -> None:
    with socket.socket() as full, socket.socket() as waiting, socket.socket() as next_in_line:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for line in (waiting, next_in_line):
            line.setblocking(False)
            line.connect_ex(full.getsockname())
        sms = AfricasTalkingSms("perak", KEY, base_url=f"http://127.0.0.1:{full.getsockname()[1]}", limits=PATIENCE)
        outcome = sent(sms)
        sms.close()
    assert type(outcome) is NotSent
    assert outcome.code == "connect_timeout"


def test_an_address_that_no_request_can_go_to_holds_the_queue() -> None:
    sms = AfricasTalkingSms("perak", KEY, base_url="http://*")
    outcome = sent(sms)
    sms.close()
    assert isinstance(outcome, OutOfOrder)
    assert outcome.code == "configuration"


def test_a_certificate_that_is_not_the_carriers_holds_the_queue(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(a_certificate_of_our_own(tmp_path))

        def pick_up() -> None:
            line, _ = door.accept()
            with line, pytest.raises(ssl.SSLError):
                context.wrap_socket(line, server_side=True)

        impostor = threading.Thread(target=pick_up)
        impostor.start()
        sms = AfricasTalkingSms("perak", KEY, base_url=f"https://127.0.0.1:{door.getsockname()[1]}")
        outcome = sent(sms)
        sms.close()
        impostor.join()
    assert isinstance(outcome, OutOfOrder)
    assert outcome.code == "certificate"


def a_certificate_of_our_own(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    file = folder / "impostor.pem"
    file.write_bytes(
        builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


def test_messages_of_a_thread_share_a_connection_and_threads_do_not(
    carrier: FakeAfricasTalking, sms: AfricasTalkingSms
) -> None:
    for _ in range(3):
        sent(sms)
    assert len({request.port for request in carrier.sent}) == 1
    others = [threading.Thread(target=sent, args=(sms,)) for _ in range(2)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join()
    assert len(carrier.sent) == 5
    assert len({request.port for request in carrier.sent}) == 3


@pytest.mark.parametrize("to", ["081234567890", "MTN", "", "+0812", "+6281234567890\n", "+62812345678901234567"])
def test_what_is_no_e164_phone_never_leaves(carrier: FakeAfricasTalking, sms: AfricasTalkingSms, to: str) -> None:
    outcome = sent(sms, to)
    assert isinstance(outcome, Refused)
    assert outcome.code == "invalid_phone"
    assert carrier.requests == []


def test_a_text_no_form_can_carry_is_refused_without_quoting_it(sms: AfricasTalkingSms) -> None:
    with pytest.raises(Refused) as refused:
        sms.send("0" * 32, BUDI, "half a \ud83d", SOON)
    assert refused.value.code == "unsendable"


def test_neither_key_nor_phone_nor_text_shows(
    carrier: FakeAfricasTalking, sms: AfricasTalkingSms, caplog: pytest.LogCaptureFixture
) -> None:
    carrier.will(carriers.broken(), carriers.throttled(), carriers.cut("after_reading"))
    with caplog.at_level(logging.DEBUG):
        told = [repr(sent(sms)) for _ in range(3)]
    everything = caplog.text + "".join(told) + repr(sms) + repr(sms._service)
    for secret in (KEY, BUDI[1:], TEXT):
        assert secret not in everything


def test_the_balance_as_the_carrier_says_it(carrier: FakeAfricasTalking, sms: AfricasTalkingSms) -> None:
    assert sms.balance() == "KES 1785.50"
    (request,) = carrier.requests
    assert (request.method, request.path, request.query) == ("GET", "/version1/user", {"username": "perak"})


@pytest.mark.parametrize("answer", [carriers.unauthorised(), carriers.html(200), carriers.cut("after_reading")])
def test_a_balance_that_was_not_told_is_none(
    carrier: FakeAfricasTalking, sms: AfricasTalkingSms, answer: Answer
) -> None:
    carrier.will_tell(answer)
    assert sms.balance() is None


@pytest.mark.parametrize("username", ["perak", "sandbox"])
def test_the_hosts_are_those_of_the_sdk(username: str) -> None:
    ours, theirs = AfricasTalkingSms(username, KEY)._service, SMSService(username, KEY)
    assert (ours._baseUrl, ours._contentUrl) == (theirs._baseUrl, theirs._contentUrl)
    assert ("sandbox" in ours._baseUrl) is (username == "sandbox")


@pytest.mark.parametrize(
    ("username", "key", "base_url"),
    [
        ("", KEY, None),
        ("perak", "", None),
        ("perak", KEY + "\n", None),
        ("perak", KEY + "\u00e9", None),
        ("perak", KEY + " ", None),
        ("perak", KEY, "api.example.org"),
        ("perak", KEY, "ftp://example.org"),
        ("perak", KEY, "https://"),
    ],
)
def test_a_setting_that_cannot_work_is_named_without_its_value(username: str, key: str, base_url: str | None) -> None:
    with pytest.raises(ValueError, match="Africa's Talking") as told:
        AfricasTalkingSms(username, key, base_url=base_url)
    assert KEY not in str(told.value)


def test_the_sdks_callback_threads_are_out_of_reach(sms: AfricasTalkingSms) -> None:
    with pytest.raises(TypeError):
        sms._service.send(TEXT, [BUDI], callback=lambda error, result: None)
