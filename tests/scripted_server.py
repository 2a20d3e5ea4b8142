"""A carrier on loopback: scripted answers, every request kept. What each carrier says is in the modules beside it.

    with FakeKannel() as carrier:
        carrier.will(throttled(retry_after="7"), carrier.accepted())
        KannelSms(carrier.url, ...).send(...)
        assert carrier.sent[0].text == "..."

Without a script, every message is accepted. It speaks HTTP/1.1 and keeps connections.
"""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "/version1/user"
"""Africa's Talking's question about the balance: none of the messages that a test scripts."""


@dataclass(frozen=True)
class Request:
    """One request as it came in. A carrier takes a message as a form, as a query or as JSON."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: str
    port: int  # of the client: the same for a connection used again

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body, keep_blank_values=True).items()}

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body) if self.body.startswith("{") else {}
        return found

    @property
    def is_message(self) -> bool:
        return "message" in self.form or "text" in self.query or "textMessage" in self.json

    @property
    def to(self) -> str:
        return str(self.json["phoneNumbers"][0] if self.json else self.form.get("to") or self.query["to"])

    @property
    def text(self) -> str:
        return str(self.json["textMessage"]["text"] if self.json else self.form.get("message") or self.query["text"])


@dataclass(frozen=True)
class Answer:
    """What goes back. `after` seconds of silence first; `pace` seconds between bytes; `cut` where the line drops."""

    status: int = 201
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0
    pace: float = 0.0
    cut: str = "never"  # never | before_reading | after_reading | mid_answer


def unauthorised() -> Answer:
    return Answer(401, b"The supplied authentication is invalid", "text/plain")


def throttled(retry_after: str | None = None) -> Answer:
    return Answer(429, b"", "text/plain", {"Retry-After": retry_after} if retry_after else {})


def broken(status: int = 500) -> Answer:
    return Answer(status, b"Internal Server Error", "text/plain")


def html(status: int = 502) -> Answer:
    return Answer(status, b"<html><h1>502 Bad Gateway</h1></html>", "text/html")


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status, b"", "text/html", {"Location": location})


class ScriptedCarrier:
    """Starts on a free port when entered; ends every connection and thread when left."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self._script: deque[Answer] = deque()
        self._told: deque[Answer] = deque()
        self._always: Callable[[Request], Answer] | None = None
        self._count = 0

    def will(self, *script: Answer) -> None:
        """The next requests are answered so, one after the other."""
        with self.lock:
            self._script.extend(script)

    def will_tell(self, *script: Answer) -> None:
        """The next questions about the account are answered so."""
        with self.lock:
            self._told.extend(script)

    def always(self, answer: Answer | Callable[[Request], Answer]) -> None:
        """Whatever is not scripted is answered so."""
        self._always = answer if callable(answer) else lambda _: answer

    @property
    def sent(self) -> list[Request]:
        """The messages that came in whole, accepted or not."""
        return [request for request in self.requests if request.is_message]

    def next_answer(self, path: str, request: Request | None) -> Answer:
        """The scripted answer, else the usual one. Called with None before the body is read: peeks only."""
        with self.lock:
            script = self._told if path.startswith(ACCOUNT) else self._script
            if request is None:
                return script[0] if script else Answer()
            if script:
                return script.popleft()
            self._count += 1
            number = self._count
        if self._always:
            return self._always(request)
        return self.usual(request, number)

    def usual(self, request: Request, number: int) -> Answer:
        """What this carrier says when nothing is wrong; `number` counts such answers."""
        raise NotImplementedError

    def accepted(self) -> Answer:
        """What it says to a message it takes."""
        raise NotImplementedError

    def cut(self, where: str) -> Answer:
        """The line drops `before_reading` the request, `after_reading` it, or `mid_answer`."""
        return replace(self.accepted(), cut=where)

    def drop_script_head(self) -> None:
        with self.lock:
            self._script.popleft()

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()  # joins the handlers
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, *args: Any) -> None:
        self.lines: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.lines.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for line in list(self.lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the play."""


def _handler(carrier: ScriptedCarrier) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            if self.drops():
                return
            length = int(self.headers.get("Content-Length") or 0)
            self.play(self.rfile.read(length).decode())

        def do_GET(self) -> None:
            if not self.drops():
                self.play("")

        def drops(self) -> bool:
            if carrier.next_answer(self.path, None).cut != "before_reading":
                return False
            carrier.drop_script_head()
            self.close_connection = True
            return True

        def play(self, body: str) -> None:
            request = self.note(body)
            answer = carrier.next_answer(self.path, request)
            carrier.closing.wait(answer.after)
            if answer.cut == "after_reading":
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if answer.cut == "mid_answer":
                self.wfile.write(answer.body[: len(answer.body) // 2])
                self.close_connection = True
                return
            step = 1 if answer.pace else max(1, len(answer.body))
            for start in range(0, len(answer.body), step):
                self.wfile.write(answer.body[start : start + step])
                carrier.closing.wait(answer.pace)

        def note(self, body: str) -> Request:
            address = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=address.path,
                query={name: values[0] for name, values in parse_qs(address.query).items()},
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
                port=self.client_address[1],
            )
            with carrier.lock:
                carrier.requests.append(request)
            return request

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler
