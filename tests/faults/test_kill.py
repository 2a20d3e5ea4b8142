"""kill -9 of web and worker while people call: what was acknowledged is there, and nobody is told twice who must not.

Real processes, the real SDK, a carrier of our own on loopback that counts what reached it.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import keyring, migrate
from gateway.bootstrap import Parts, build
from gateway.casework import people
from gateway.casework.events import find_broken
from gateway.identifiers import new_id
from gateway.providers.africastalking.client import AfricasTalkingSms
from gateway.settings import Settings
from gateway.worker import jobs
from gateway.worker.sending import Sender
from models.case import CaseFile
from models.duty import DutyShift
from models.inbound import InboundMessage
from models.outbound import OutboundMessage
from models.vocabulary import MessageStatus, OfficerRole, Priority, Purpose
from tests.africastalking_server import FakeAfricasTalking

BELIPERAK = str(Path(sys.executable).with_name("beliperak"))
TOKEN = "a-token-of-the-kill-test"
OFFICERS = ("+6281200000001", "+6281200000002")
CALLERS = [f"+628131000{number:04}" for number in range(24)]
TEXTERS = [f"+628132000{number:04}" for number in range(24)]
LATER = timedelta(seconds=61)
"""When the leases of dead workers have run out."""


@dataclass
class House:
    """A gateway of real processes in a folder of its own."""

    root: Path
    environ: dict[str, str]
    port: int
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)
    doubtful: int = 0
    said_before: int = 0
    """How long the worker's log was when the last one started."""
    pause: threading.Event = field(default_factory=threading.Event)

    def start(self, name: str) -> None:
        with (self.root / f"{name}.log").open("ab") as log:
            self.said_before = log.tell() if name == "worker" else self.said_before
            self.running[name] = subprocess.Popen(
                [BELIPERAK, name], cwd=self.root, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """With its children, at once; then it is started again, as a supervisor would."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.start(name)

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        assert process.wait(12) == 0, name

    def end(self) -> None:
        for process in self.running.values():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def is_up(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def wait_until_up(self) -> None:
        for _ in range(300):
            if self.is_up():
                return
            self.pause.wait(0.1)
        raise AssertionError("web did not start")

    def wait_until_working(self) -> None:
        """The worker that was started last says that it works."""
        for _ in range(300):
            if b"worker started" in (self.root / "worker.log").read_bytes()[self.said_before :]:
                return
            self.pause.wait(0.1)
        raise AssertionError("worker did not start")

    def post(self, route: str, **form: str) -> bool:
        """Whether the carrier got its 200."""
        address = f"http://127.0.0.1:{self.port}/webhooks/africastalking/{TOKEN}/{route}"
        try:
            answer = requests.post(address, data=form, timeout=5)
        except requests.RequestException:
            return False
        return answer.status_code == 200 and not answer.text.startswith("END Maaf")

    def call(self, phone: str) -> None:
        """She dials and presses 2 until a screen says it is recorded; each try is a session of its own."""
        for attempt in range(400):
            known = {"sessionId": f"s{phone}.{attempt}", "phoneNumber": phone, "serviceCode": "*384#"}
            if self.post("ussd", **known, text="") and self.post("ussd", **known, text="2"):
                self.acknowledged.append(phone)
                return
            self.doubtful += 1
            self.pause.wait(0.05)
        raise AssertionError("never answered")

    def text(self, phone: str) -> None:
        """The carrier repeats the same message until it gets a 200."""
        words = "TOLONG saya dipukul suami sekarang di Senaken"
        for _ in range(400):
            if self.post("sms", id=f"m{phone}", **{"from": phone}, to="55555", text=words, date=""):
                self.acknowledged.append(phone)
                return
            self.doubtful += 1
            self.pause.wait(0.05)
        raise AssertionError("never answered")

    def parts(self, ahead: timedelta = timedelta(0)) -> Parts:
        return build(Settings.load(self.environ, self.root), lambda: datetime.now(UTC) + ahead)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def carrier() -> Iterator[FakeAfricasTalking]:
    with FakeAfricasTalking() as carrier:
        yield carrier


@pytest.fixture
def house(tmp_path: Path, carrier: FakeAfricasTalking) -> Iterator[House]:
    port = free_port()
    keyring.generate(tmp_path / "keys.json")
    (tmp_path / "var").mkdir(mode=0o700)
    environ = {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "PROVIDER": "africastalking",
        "AT_USERNAME": "perak",
        "AT_API_KEY": "atsk_key",
        "AT_BASE_URL": carrier.url,
        "SECRET_KEY": "s" * 32,
        "FIELD_KEYS_FILE": "keys.json",
        "WEBHOOK_TOKEN": TOKEN,
        "WORKER_TICK": "PT0.1S",
        "SEND_RATE": "40",
        "LOG_LEVEL": "debug",
    }
    found = House(tmp_path, environ, port)
    parts = found.parts()
    migrate.upgrade(parts.store.engine)
    parts.store.write(lambda session: employ(session, parts))
    parts.close()
    yield found
    found.end()


def employ(session: Session, parts: Parts) -> None:
    now = datetime.now(UTC)
    for phone in OFFICERS:
        officer = people.new_officer(parts.desk, now, "Ani", phone, OfficerRole.OFFICER, "", None, None)
        session.add(officer)
        session.flush()
        day = timedelta(days=1)
        session.add(DutyShift(id=new_id(now), officer_id=officer.id, starts_at=now - day, ends_at=now + day, areas=""))


def storm(house: House) -> None:
    """Forty-eight people report while the processes are killed, each time so many more are acknowledged."""
    house.start("worker")
    house.start("web")
    house.wait_until_up()
    house.wait_until_working()
    killings = [(3, "worker"), (8, "web"), (16, "worker"), (28, "web"), (34, "worker")]
    with ThreadPoolExecutor(6) as pool:
        calls = [
            made
            for caller, texter in zip(CALLERS, TEXTERS, strict=True)
            for made in (pool.submit(house.call, caller), pool.submit(house.text, texter))
        ]
        for acknowledged, name in killings:
            while len(house.acknowledged) < acknowledged and not all(made.done() for made in calls):
                house.pause.wait(0.01)
            house.kill(name)
        for made in calls:
            made.result(60)
    house.wait_until_working()


def work_off(house: House, carrier: FakeAfricasTalking) -> None:
    """A worker a minute later finds what the dead ones left."""
    parts = house.parts(ahead=LATER)
    sms = AfricasTalkingSms("perak", "atsk_key", None, carrier.url)
    sender = Sender(parts.store, parts.desk, sms, parts.clock)
    jobs.run_once(jobs.Bench(parts.store, parts.desk, sender, parts.clock))
    sender.close()
    sms.close()
    parts.close()


def test_nothing_acknowledged_is_lost_and_no_resident_hears_twice(house: House, carrier: FakeAfricasTalking) -> None:
    storm(house)
    assert house.doubtful > 0
    for name in ("web", "worker"):
        house.stop(name)
    work_off(house, carrier)
    parts = house.parts()

    def look(session: Session) -> None:
        index = {parts.desk.keyring.index("phone", phone): phone for phone in CALLERS + TEXTERS}
        cases = list(session.scalars(select(CaseFile)))
        kept = Counter(index[case.phone_index or b""] for case in cases)
        assert set(kept) == set(house.acknowledged) == {*CALLERS, *TEXTERS}
        assert set(kept.values()) == {1}, "a repeat opened a second case"
        assert {case.priority for case in cases} == {Priority.P1}
        assert session.query(InboundMessage).count() == len(TEXTERS)
        assert not [case.id for case in cases if find_broken(session, parts.desk.keyring, case.id)]
        waiting = (MessageStatus.QUEUED, MessageStatus.ERRORED, MessageStatus.SENDING)
        assert session.query(OutboundMessage).where(OutboundMessage.status.in_(waiting)).count() == 0
        for case in cases:
            alerts = session.query(OutboundMessage).where(
                OutboundMessage.case_id == case.id,
                OutboundMessage.purpose == Purpose.ALERT,
                OutboundMessage.status.in_((MessageStatus.SENT, MessageStatus.DELIVERED)),
            )
            assert alerts.count() >= len(OFFICERS)  # more, where the answer to her key was lost and she dialled again

    parts.store.read(look)
    references = parts.store.read(lambda session: list(session.scalars(select(CaseFile.reference))))
    parts.close()
    reached = Counter((request.to, request.text) for request in carrier.sent)
    for reference in references:
        told = {to for to, words in reached if f"BP {reference} " in words}
        assert told == set(OFFICERS), "an officer never heard of this case"
    heard = Counter({to: sum(times for (to_, _), times in reached.items() if to_ == to) for to in CALLERS + TEXTERS})
    assert max(heard[phone] for phone in TEXTERS) <= 1
    assert max(heard[phone] for phone in CALLERS) == 0

    said = b"".join(path.read_bytes() for path in house.root.glob("*.log"))
    assert b"worker started" in said
    assert b"web listens" in said
    assert not [phone for phone in (*CALLERS, *TEXTERS, *OFFICERS) if phone[3:].encode() in said]
    assert TOKEN.encode() not in said
