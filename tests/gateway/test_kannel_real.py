"""Real Kannel, both ways: its own processes, our real web process, our real worker.

A front stands between Kannel and the web process: it can refuse, keep back and reorder what Kannel brings.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import select

from gateway import keyring
from gateway.bootstrap import Parts, build
from gateway.outbox.queue import Draft, enqueue
from gateway.providers.base import Accepted, NotSent, OutOfOrder, Refused, SendError
from gateway.providers.kannel.client import KannelSms
from gateway.settings import Settings
from models.inbound import InboundMessage
from models.outbound import OutboundMessage
from models.vocabulary import MessageStatus, Purpose, Recipient
from tests.kannel_box import PASSWORD, USER, Kannel, came, free_ports, missing, wait_for

BELIPERAK = str(Path(sys.executable).with_name("beliperak"))
TOKEN = "a-token-of-the-kannel-test"
SOON = datetime.now(UTC) + timedelta(hours=1)
_NUMBERS = count(1)


class Front:
    """Forwards Kannel's GETs to the web process, as it is told to."""

    def __init__(self, web: str) -> None:
        self.refusals: dict[str, list[int]] = {}
        """By sender: statuses for Kannel in place of the web process's own, one for each of her texts to come."""
        self.seen: list[str] = []
        self.kept: list[str] | None = None
        """Delivery reports kept back, while this is a list."""
        self._web = web
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def forward(self, path: str) -> int:
        return requests.get(self._web + path, timeout=20).status_code

    def take(self, path: str) -> int:
        self.seen.append(path)
        if self.kept is not None and "/delivery" in path:
            self.kept.append(path)
            return 200
        status = self.forward(path)
        refusals = self.refusals.get(parse_qs(urlsplit(path).query).get("from", [""])[0].strip())
        return refusals.pop(0) if refusals else status

    def _handler(front) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.send_response(front.take(self.path))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler


@dataclass
class House:
    """A gateway of real processes with Kannel for its carrier."""

    parts: Parts
    kannel: Kannel
    front: Front
    root: Path
    environ: dict[str, str] = field(repr=False)

    def work(self) -> None:
        """What the worker finds to do now."""
        subprocess.run([BELIPERAK, "worker", "--once"], cwd=self.root, env=self.environ, check=True, timeout=60)

    def ids(self, route: str, sender: str = "") -> list[str]:
        """Of the callbacks so far; of one sender's."""
        queries = [parse_qs(urlsplit(path).query) for path in list(self.front.seen) if f"/{route}?" in path]
        return [query["id"][0] for query in queries if not sender or sender in query["from"]]

    def inbound(self, phone: str) -> list[InboundMessage]:
        index = self.parts.desk.keyring.index("phone", phone)
        wanted = select(InboundMessage).where(InboundMessage.sender_index == index)
        return self.parts.store.read(lambda session: list(session.scalars(wanted)))

    def outbound(self, phone: str) -> list[OutboundMessage]:
        index = self.parts.desk.keyring.index("phone", phone)
        wanted = select(OutboundMessage).where(OutboundMessage.to_index == index)
        return self.parts.store.read(lambda session: list(session.scalars(wanted)))

    def enqueue(self, phone: str, text: str) -> None:
        draft = Draft(Purpose.ANSWER, Recipient.OFFICER, phone, text, f"kannel:{next(_NUMBERS)}")
        desk, now = self.parts.desk, self.parts.clock()
        self.parts.store.write(lambda session: enqueue(session, desk, now, draft))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if reason := missing():
        assert os.environ.get("CI") != "true", reason
        pytest.skip(reason)
    root = tmp_path_factory.mktemp("kannel")
    (web_port,) = free_ports(1)
    front = Front(f"http://127.0.0.1:{web_port}")
    callbacks = f"{front.url}/webhooks/kannel/{TOKEN}"
    kannel = Kannel(root, callbacks)
    keyring.generate(root / "keys.json")
    environ = {
        "PATH": os.environ["PATH"],
        "PORT": str(web_port),
        "LOG_LEVEL": "error",
        "PROVIDER": "kannel",
        "SECRET_KEY": "s" * 32,
        "FIELD_KEYS_FILE": "keys.json",
        "WEBHOOK_TOKEN": TOKEN,
        "KANNEL_SENDSMS_URL": kannel.sendsms_url,
        "KANNEL_USERNAME": USER,
        "KANNEL_PASSWORD": PASSWORD,
        "KANNEL_DLR_URL": f"{callbacks}/delivery",
    }
    subprocess.run([BELIPERAK, "db", "upgrade"], cwd=root, env=environ, check=True, timeout=60)
    with (root / "web.log").open("wb") as log:
        web = subprocess.Popen([BELIPERAK, "web"], cwd=root, env=environ, stdout=log, stderr=log)
    parts = build(Settings.load(environ, root))
    try:
        wait_for(lambda: _answers(web_port), "the web process does not answer")
        with kannel:
            yield House(parts, kannel, front, root, environ)
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait(15)
        front.close()
        parts.close()


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def a_phone() -> str:
    return f"+62811777{next(_NUMBERS):05}"


def test_a_text_comes_in_and_its_answer_reaches_the_phone_and_is_reported(house: House) -> None:
    she = a_phone()
    house.kannel.text(she, "tetangga saya dipukul suaminya & anaknya")
    wait_for(lambda: house.inbound(she), "nothing came in")
    (message,) = house.inbound(she)
    assert message.provider == "kannel"
    assert message.provider_id == house.ids("sms")[-1]
    assert message.sent_at is not None
    assert message.case_id
    house.work()
    (answer,) = house.outbound(she)
    wait_for(lambda: house.outbound(she)[0].status is MessageStatus.DELIVERED, "no delivery report moved it")
    assert (answer.provider, house.outbound(she)[0].provider_id) == ("kannel", answer.id)
    assert [kind for to, kind, _ in house.kannel.received if to == she] == ["text"]


@pytest.mark.parametrize(("words", "kind"), [("TOLONG dia ☂ memukul 😀 é", "ucs2"), ("anak déwék & + % # ?", "text")])
def test_what_was_typed_is_what_is_kept(house: House, words: str, kind: str) -> None:
    she = a_phone()
    house.kannel.text(she, words, kind)
    wait_for(lambda: house.inbound(she), "nothing came in")
    (message,) = house.inbound(she)
    index = house.parts.desk.keyring.index("text", she, words)
    assert message.text_index == index


@pytest.mark.parametrize("refusals", [[503, 500], [403, 404]])
def test_what_we_did_not_take_is_brought_again_under_the_same_id_and_kept_once(
    house: House, refusals: list[int]
) -> None:
    she = a_phone()
    house.front.refusals[she] = list(refusals)  # though the web process has it already: its answer was lost on the way
    for _ in range(3):  # the fake network starts anew for each text, and may lose it before Kannel
        house.kannel.text(she, "TELEPON")
        if came(lambda: house.ids("sms", she), within=20):
            break
    wait_for(lambda: len(house.ids("sms", she)) >= 3, "Kannel did not come three times")
    assert len(set(house.ids("sms", she))) == 1
    assert len(house.inbound(she)) == 1


def test_reports_in_the_wrong_order_and_again_leave_it_delivered(house: House) -> None:
    he = a_phone()
    house.front.kept = []
    house.enqueue(he, "Terima kasih. 7K3Q")
    house.work()
    (row,) = house.outbound(he)
    assert row.status is MessageStatus.SENT
    wait_for(lambda: len(house.front.kept or []) >= 2, "two reports were expected")
    kept, house.front.kept = house.front.kept, None
    words = [parse_qs(urlsplit(path).query)["d"][0] for path in kept]
    assert sorted(set(words)) == ["1", "8"]  # on a busy machine it asks again before it has its answer
    for path in [*sorted(kept, key=lambda path: "d=8" in path), *kept]:  # delivered first, then taken, then both again
        assert house.front.forward(path) == 200
    assert house.outbound(he)[0].status is MessageStatus.DELIVERED


def test_a_text_beyond_the_gsm_alphabet_arrives_whole(house: House) -> None:
    he, text = a_phone(), "Payung ☂ dan 😀"
    sms = KannelSms(house.kannel.sendsms_url, USER, PASSWORD, f"{house.front.url}/webhooks/kannel/{TOKEN}/delivery")
    accepted = sms.send("e" * 32, he, text, SOON)
    sms.close()
    assert accepted == Accepted("e" * 32)
    wait_for(lambda: any(to == he for to, _, _ in house.kannel.received), "it did not arrive")
    assert [(kind, got) for to, kind, got in house.kannel.received if to == he] == [("ucs-2", text)]


def test_the_gsm_alphabet_goes_out_as_it_is(house: House) -> None:
    he, text = a_phone(), "Halo & selamat 100% ok? é {x} + #7K3Q"
    house.enqueue(he, text)
    house.work()
    wait_for(lambda: any(to == he for to, _, _ in house.kannel.received), "it did not arrive")
    assert [got for to, _, got in house.kannel.received if to == he] == [text]


@pytest.mark.parametrize(
    ("changes", "to", "kind", "code"),
    [
        ({"password": "wrong"}, "+6281177700000", OutOfOrder, "credentials"),
        ({"username": "nobody"}, "+6281177700000", OutOfOrder, "credentials"),
        ({"sendsms_url": "/elsewhere"}, "+6281177700000", OutOfOrder, "wrong_address"),
        ({}, "12345", Refused, "invalid_phone"),
    ],
)
def test_what_smsbox_does_not_take(
    house: House, changes: dict[str, str], to: str, kind: type[SendError], code: str
) -> None:
    address = house.kannel.sendsms_url.replace("/cgi-bin/sendsms", changes.pop("sendsms_url", "/cgi-bin/sendsms"))
    settings = {"username": USER, "password": PASSWORD, "dlr_url": house.front.url, **changes}
    sms = KannelSms(address, settings["username"], settings["password"], settings["dlr_url"])
    with pytest.raises(kind) as told:
        sms.send("f" * 32, to, "Halo", SOON)
    sms.close()
    assert type(told.value) is kind
    assert told.value.code == code


def test_nobody_at_the_address_means_not_sent(house: House) -> None:
    sms = KannelSms(f"http://127.0.0.1:{free_ports(1)[0]}/cgi-bin/sendsms", USER, PASSWORD, house.front.url)
    with pytest.raises(NotSent) as told:
        sms.send("f" * 32, "+6281177700000", "Halo", SOON)
    sms.close()
    assert told.value.code == "unreachable"


def test_neither_box_writes_a_phone_or_a_text(house: House) -> None:
    he = a_phone()
    house.enqueue(he, "Kata yang jarang")
    house.work()
    wait_for(lambda: any(to == he for to, _, _ in house.kannel.received), "it did not arrive")
    for name in ("bearerbox", "smsbox"):
        log = (house.kannel.folder / f"{name}.log").read_text(errors="replace")
        assert he[1:] not in log
        assert "jarang" not in log
