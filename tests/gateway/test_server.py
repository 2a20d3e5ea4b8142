"""The real server around a small application: how it starts, ends, and bears clients that say nothing."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from gateway import server

HOUSE = Path(__file__).parent.parent.parent
APPLICATION = """
import os
import time
from gateway.asgi import Application
from gateway.server import leave_soon

def app(environ, start_response):
    if environ["PATH_INFO"] == "/pid":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"%d" % os.getpid()]
    if environ["PATH_INFO"] == "/fail":
        raise ValueError("canary +6281234567890")
    time.sleep(float(environ["QUERY_STRING"] or 0))
    size = int(environ.get("CONTENT_LENGTH") or 0)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d" % len(environ["wsgi.input"].read(size))]

application = Application(app, 64, lambda threads: None, leave_soon)
"""
PROGRAM = """
import os
from pathlib import Path
from gateway import logs, server
from gateway.settings import Settings
logs.configure("info")
server.serve(Settings.load(os.environ, Path.cwd()), "small_application:application")
"""


@dataclass
class Web:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def get(self, path: str = "/") -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=20)

    def stop(self) -> float:
        """Seconds until it had ended, in peace."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(15) == 0
        return time.monotonic() - began


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def several(tmp_path: Path) -> Iterator[Web]:
    """With three processes, which SQLite would not allow."""
    with serving(tmp_path, WEB_CONCURRENCY="3", DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/none") as running:
        yield running


@contextlib.contextmanager
def serving(tmp_path: Path, **settings: str) -> Iterator[Web]:
    (tmp_path / "small_application.py").write_text(APPLICATION)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "PYTHONPATH": f"{HOUSE}{os.pathsep}{tmp_path}",
        **settings,
    }
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=tmp_path, env=environ, stdout=out, stderr=out)
    running = Web(process, port, log)
    try:
        _wait_for(running)
        yield running
    finally:
        process.kill()
        process.wait()


def falls_silent(web: Web) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            web.get()
        except requests.ConnectionError:
            return True
        time.sleep(0.05)
    return False


def _wait_for(web: Web) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(requests.ConnectionError):
            assert web.get().ok
            return
        assert web.process.poll() is None, web.log.read_text()
        time.sleep(0.05)
    raise TimeoutError(web.log.read_text())


def _stalled(web: Web, beginning: bytes, count: int) -> contextlib.ExitStack:
    held = contextlib.ExitStack()
    for _ in range(count):
        client = held.enter_context(socket.create_connection(("127.0.0.1", web.port), 5))
        client.sendall(beginning)
    return held


def test_requests_under_way_are_answered_before_the_end(web: Web) -> None:
    with ThreadPoolExecutor() as clients:
        waiting = [clients.submit(web.get, "/?1.5") for _ in range(4)]
        time.sleep(0.5)
        assert web.stop() < 5
    assert [answer.result().text for answer in waiting] == ["0"] * 4


def test_a_request_that_never_ends_does_not_hold_the_end_up(web: Web) -> None:
    with ThreadPoolExecutor() as clients:
        hanging = clients.submit(web.get, "/?30")
        time.sleep(0.5)
        assert web.stop() < 10
        assert hanging.exception() or hanging.result().status_code == 500


def test_clients_that_stall_within_their_headers_hold_nobody_up(web: Web) -> None:
    with _stalled(web, b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ", 60):
        began = time.monotonic()
        assert web.get().ok
        assert time.monotonic() - began < 1


def test_clients_that_stall_within_their_bodies_hold_nobody_up(web: Web) -> None:
    with _stalled(web, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc", 60):
        began = time.monotonic()
        assert web.get().ok
        assert time.monotonic() - began < 1


def test_sixty_that_stall_in_headers_and_sixty_in_bodies_hold_no_honest_one_up_beyond_a_second(web: Web) -> None:
    heads, bodies = b"GET / HTTP/1.1\r\nX-Slow: ", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
    with _stalled(web, heads, 60), _stalled(web, bodies, 60), ThreadPoolExecutor() as clients:
        assert web.get().ok  # the server has met them all by now
        began = time.monotonic()
        answers = [clients.submit(web.get) for _ in range(5)]
        assert all(answer.result().ok for answer in answers)
        assert time.monotonic() - began < 1


def test_six_hundred_that_stall_in_their_bodies_hold_no_honest_one_up(web: Web) -> None:
    """Ten times as many as threads: a request takes one when it has come whole, and not before."""
    body = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"
    with _stalled(web, body, 600), ThreadPoolExecutor() as clients:
        assert web.get().ok
        began = time.monotonic()
        answers = [clients.submit(web.get) for _ in range(5)]
        assert all(answer.result().ok for answer in answers)
        assert time.monotonic() - began < 5, "they stall for a minute"
        assert web.stop() < 10, "nor do they hold the end up"


def test_a_callbacks_token_is_in_no_line_of_the_server_whatever_went_wrong(web: Web) -> None:
    """The server's access log is off and its lines pass ours: a path, and with it the token, is written nowhere."""
    token = "canary-token-0123456789"
    web.get(f"/webhooks/africastalking/{token}/ussd")
    web.get(f"/fail?{token}")
    with socket.create_connection(("127.0.0.1", web.port), 5) as client:
        client.sendall(f"NONSENSE /webhooks/kannel/{token}/sms?from=%2B6281234567890 HTTP/9.9\r\n\r\n".encode())
        client.recv(999)
    web.stop()
    assert token not in web.log.read_text()
    assert "81234567890" not in web.log.read_text()


def test_a_killed_server_leaves_no_orphan_at_its_port(web: Web) -> None:
    web.process.kill()
    web.process.wait()
    assert falls_silent(web)


def test_a_second_server_at_the_same_port_is_refused(web: Web) -> None:
    with pytest.raises(server.PortTaken, match=rf"^127\.0\.0\.1:{web.port} is taken"):
        server.listen("127.0.0.1", web.port, within=0.2)


def test_a_fault_of_the_application_is_told_without_its_message(web: Web) -> None:
    assert web.get("/fail").status_code == 500
    web.stop()
    told = web.log.read_text()
    assert "Exception in ASGI application" in told
    assert "canary" not in told
    assert "62812" not in told


# Several processes


def pids(web: Web) -> set[int]:
    """Of those that answer; each asks for a connection of its own."""
    with ThreadPoolExecutor(8) as clients:
        return {int(answer.text) for answer in clients.map(lambda _: web.get("/pid?0.05"), range(24))}


def test_several_processes_share_the_port_and_end_together(several: Web) -> None:
    until = time.monotonic() + 20
    while len(found := pids(several)) < 2:
        assert time.monotonic() < until, found
    assert several.process.pid not in found
    assert several.stop() < 10
    with pytest.raises(requests.ConnectionError):
        several.get()


def test_one_of_several_that_dies_is_replaced(several: Web) -> None:
    victim = min(pids(several))
    os.kill(victim, signal.SIGKILL)
    until = time.monotonic() + 20
    while True:
        with contextlib.suppress(requests.ConnectionError):
            if len(pids(several) - {victim}) >= 2:
                break
        assert time.monotonic() < until
    assert victim not in pids(several)


def test_several_end_with_the_one_that_watches_over_them(several: Web) -> None:
    several.process.kill()
    several.process.wait()
    assert falls_silent(several)
