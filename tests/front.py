"""The real server in a thread of the test, and a client that speaks to it as Flask's test client does to Flask."""

import http.client
import json as text_of
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import uvicorn
from werkzeug.datastructures import Headers

from gateway import server
from gateway.app import create_web
from gateway.asgi import Application
from gateway.lane import Lane
from tests.office import Office

STARTS_WITHIN = 20.0


@contextmanager
def serving(flask: Any, open_lane: Callable[[Executor], Lane | None], threads: int = 16) -> Iterator["Client"]:
    application = Application(flask, threads, open_lane, lambda: None)
    listening = server.listen("127.0.0.1", 0)
    running = uvicorn.Server(server.configure(application))
    thread = threading.Thread(target=running.run, args=[[listening]], daemon=True)
    thread.start()
    until = time.monotonic() + STARTS_WITHIN
    while not running.started:
        assert thread.is_alive() and time.monotonic() < until, "the server did not start"
        time.sleep(0.005)
    try:
        yield Client(listening.getsockname()[1], application)
    finally:
        running.should_exit = True
        thread.join(STARTS_WITHIN)


@contextmanager
def in_front_of(office: Office, threads: int = 16, executor: Executor | None = None) -> Iterator["Client"]:
    """This office, as its web process serves it. `executor`: in place of the lane's threads."""
    web = create_web(office.parts)
    assert web.callbacks is not None
    lane = (web.callbacks, web.inbox, web.doors, office.parts.store)
    with serving(web.flask, lambda own: Lane(*lane, executor or own), threads) as client:
        yield client


class Grudging(ThreadPoolExecutor):
    """As Python's own where no thread is to be had: the work lies in the queue, and yet it raises."""

    def submit(self, *call: Any, **options: Any) -> Any:
        super().submit(*call, **options)
        raise RuntimeError("can't start new thread")


@dataclass
class Answer:
    status_code: int
    headers: Headers
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    def get_data(self, *, as_text: bool) -> str:
        assert as_text
        return self.text

    @property
    def status(self) -> str:
        return str(self.status_code)


@dataclass
class Client:
    port: int
    application: Application

    def get(self, path: str, **options: Any) -> Answer:
        return self.ask("GET", path, **options)

    def post(
        self, path: str, data: str | Mapping[str, str] = "", content_type: str = "", json: object = None, **options: Any
    ) -> Answer:
        if json is not None:
            data, content_type = text_of.dumps(json), "application/json"
        if not isinstance(data, str):
            data, content_type = urlencode(data), "application/x-www-form-urlencoded"
        return self.ask("POST", path, data.encode(), content_type, **options)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
        environ_overrides: Mapping[str, str] | None = None,
    ) -> Answer:
        """`environ_overrides`: whose CONTENT_LENGTH is empty is sent without one, as in Flask's client."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            sent = {"Content-Type": content_type} if content_type else {}
            sent |= headers or {}
            if "Transfer-Encoding" in sent:
                body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            elif environ_overrides is None and method == "POST":
                sent["Content-Length"] = str(len(body))
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            return Answer(response.status, Headers(response.getheaders()), response.read())
        finally:
            connection.close()
