"""A real gateway for a browser: a web process and a worker process on a database of their own, and people in it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from sqlalchemy.orm import Session

from gateway import migrate, passwords
from gateway.bootstrap import Parts, build
from gateway.casework import files, people
from gateway.identifiers import new_id
from gateway.settings import Settings
from models.duty import DutyShift
from models.vocabulary import OfficerRole
from tests.phone import Phone

BELIPERAK = str(Path(sys.executable).with_name("beliperak"))
TOKEN = "a-token-of-the-browser-tests"
PASSWORD = "sandi-yang-panjang"
READY_WITHIN = 30.0  # seconds, on a machine that is busy with other tests


@dataclass(frozen=True)
class Answer:
    """What `tests.phone.Phone` reads of a callback's answer."""

    status_code: int
    body: str

    @property
    def status(self) -> str:
        return str(self.status_code)

    def get_data(self, as_text: bool = False) -> str:
        return self.body


@dataclass
class Site:
    """`parts` is this process's own door to the same database: for making people and for looking."""

    root: Path
    parts: Parts
    url: str
    environ: dict[str, str]
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    _numbers: int = 0

    def start(self) -> None:
        for name in ("web", "worker"):
            with (self.root / f"{name}.log").open("ab") as log:
                command = [BELIPERAK, name]
                self.running.append(
                    subprocess.Popen(
                        command, cwd=self.root, env=self.environ, stdout=log, stderr=log, start_new_session=True
                    )
                )
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{self.url}/readyz", timeout=5).ok:
                    return
            assert all(process.poll() is None for process in self.running), self.logs()
            time.sleep(0.1)
        raise TimeoutError(self.logs())

    def stop(self) -> None:
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.parts.close()

    def logs(self) -> str:
        return "".join((self.root / f"{name}.log").read_text() for name in ("web", "worker"))

    # People

    def phone(self) -> Phone:
        self._numbers += 1
        return Phone(self, f"+62813{self._numbers:07d}")  # type: ignore[arg-type] # an office by its looks

    def user(
        self, login: str, role: str = "supervisor", areas: str = "", *, on_duty: bool = True, first: bool = False
    ) -> Phone:
        """An officer who may log in with PASSWORD, which with `first` somebody else made; her phone."""
        phone, desk, now = self.phone(), self.parts.desk, self.parts.clock()
        secret = passwords.hash_first(PASSWORD) if first else passwords.hash_password(PASSWORD)
        role_ = OfficerRole(role)
        officer = people.new_officer(desk, now, login.title(), phone.number, role_, areas, login, secret)
        year = now + timedelta(days=365)
        here = {"added_at": now, "present_at": now}
        shift = DutyShift(id=new_id(now), officer_id=officer.id, starts_at=now, ends_at=year, areas="", **here)

        def work(session: Session) -> None:
            session.add(officer)
            session.flush()
            if on_duty:
                session.add(shift)

        self.parts.store.write(work)
        return phone

    # As an office of the other tests, for `Phone`

    def post(self, route: str, form: Mapping[str, str]) -> Answer:
        answer = requests.post(f"{self.url}/webhooks/africastalking/{TOKEN}/{route}", data=form, timeout=20)
        return Answer(answer.status_code, answer.text)

    def messages(self) -> list[dict[str, Any]]:
        desk, now = self.parts.desk, self.parts.clock()
        return self.parts.store.write(lambda session: list(files.list_messages(session, desk, now, "test", None, True)))

    def cases(self) -> list[dict[str, Any]]:
        desk, now = self.parts.desk, self.parts.clock()
        return self.parts.store.write(lambda session: files.list_cases(session, desk, now, "test"))


def a_site(root: Path, **settings: str) -> Site:
    """Not yet started."""
    (root / "var").mkdir(mode=0o700, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"WEBHOOK_TOKEN": TOKEN, "PORT": str(port), "SEND_RATE": "100", "LOG_LEVEL": "warning", **settings}
    parts = build(Settings.load(given, root))
    migrate.upgrade(parts.store.engine)
    return Site(root, parts, f"http://127.0.0.1:{port}", {"PATH": os.environ["PATH"], **given})
