"""The front: HTTP as uvicorn speaks it, with carriers' callbacks answered before it makes a task of them.

A request is read to its end before it takes a thread, and every part of it has a deadline: who stalls holds a socket
and nothing else. Measured: docs/performance.md.
"""

import asyncio
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final
from wsgiref.types import WSGIEnvironment

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.known_heads import KnownHeads
from gateway.lane import Knock, Lane
from gateway.providers.africastalking.callbacks import PREFIX
from gateway.providers.base import Answer
from gateway.providers.guard import MAX_BODY

HEADERS_WITHIN: Final = 5.0  # seconds, from the first byte or the beginning of the connection
BODY_WITHIN: Final = 60.0  # after these
ANSWERED_WITHIN: Final = 900.0  # after that, and taken: who never reads what he asked for is let go
RESTS_FOR: Final = 75.0  # between two requests
MOST_HEAD: Final = 64 * 1024  # bytes
HEAD_ENDS: Final = b"\r\n\r\n"
_PREFIX: Final = PREFIX.encode()
_HEADERS: Final = "".join(f"{name}: {value}\r\n" for name, value in Answer(200, "").headers).encode()
_STATUS: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


class Front(HttpToolsProtocol):
    """One connection. `app` is `gateway.asgi.Application`."""

    app: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._lane: Lane | None = self.app.lane
        self._open: set[Front] = self.app.connections
        self._heads: KnownHeads = self.app.heads
        self._knock: Knock | None = None
        """The callback that is being read."""
        self._body = bytearray()
        self._keeps = True
        self._asked = 0
        """Callbacks so far: an answer belongs to one of them."""
        self._answering = False
        """Whether a callback waits for its answer."""
        self._head = 0
        """Bytes of headers so far; -1: they are complete."""
        self._rests = True
        """Whether the parser has nothing under way: at the beginning, and after an answer of the lane."""
        self._came: tuple[bytes, bytes] | None = None
        """While the parser reads what came after a rest: its head and what follows it."""
        self._from = ""
        self.due = self.loop.time() + HEADERS_WITHIN

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._open.add(self)
        self._from = self.client[0] if self.client else ""
        if len(self._open) > self.app.most_connections:
            transport.abort()

    def connection_lost(self, fault: Exception | None) -> None:
        self._open.discard(self)
        super().connection_lost(fault)

    def data_received(self, data: bytes) -> None:
        if self._answering:  # nobody speaks before he has his answer: that is the last one here
            self._keeps = False
            return
        came, self._rests = _divide(data) if self._rests else None, False
        if came is not None:
            head, body = came
            knock = self._heads.find(self._from, head, len(body))
            if knock is not None:
                self._ask(knock, body)
                return
        is_within_head = self._head >= 0
        self._came = came
        super().data_received(data)
        self._came = None
        if is_within_head and self._head >= 0:
            self._head += len(data)
            if self._head > MOST_HEAD and not self.transport.is_closing():
                self.send_400_response("Headers are too long.")

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio asks for it
        """Who has said all that he will may still be listening."""
        self._keeps = False
        return self._answering

    def send_400_response(self, msg: str) -> None:
        if self._answering:  # what came before it was sound, and is answered first
            self._keeps = False
        else:
            super().send_400_response(msg)

    # What the parser says

    def on_message_begin(self) -> None:
        if self._answering:
            self._keeps = False
            return
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._head, self._rests = 0, False
        self.due = self.loop.time() + HEADERS_WITHIN

    def on_header(self, name: bytes, value: bytes) -> None:
        """None of those behind a body, nor what would pass for another once `-` and `_` are one."""
        if self._head >= 0 and b"_" not in name:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._answering:
            return
        if self.parser.should_upgrade() and self._announces_body():
            raise ValueError  # 400: the parser would pass over the body, and take it for another request
        self._head = -1
        self.due += BODY_WITHIN
        if self._lane and self._is_free() and self.url.startswith(_PREFIX) and self.parser.get_method() == b"POST":
            self._knock = self._lane.hear(self._to_environ())
        if self._knock is None:
            url, headers, expects = self.url, self.headers, self.expect_100_continue
            super().on_message_begin()  # what a task needs, and it forgets what has come
            self.url, self.expect_100_continue = url, expects
            self.headers.extend(headers)
            super().on_headers_complete()
            return
        self._body.clear()
        self._keeps = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        if self.expect_100_continue:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if self._answering:
            return
        if self._knock is None:
            super().on_body(body)
        elif len(self._body) <= MAX_BODY:  # what is more is known to be too much, and dropped
            self._body += body

    def on_message_complete(self) -> None:
        if self._answering:
            return
        if self._knock is None:
            self.due += ANSWERED_WITHIN
            super().on_message_complete()
            return
        knock, self._knock = self._knock, None
        body = bytes(self._body)
        self._learn(knock, body)
        self._ask(knock, body)

    # Callbacks

    def _learn(self, knock: Knock, body: bytes) -> None:
        """The head that came, if the parser has found behind it just this body and nothing that asks for more."""
        if self._came is None or not self._keeps or self.expect_100_continue:
            return
        head, rest = self._came
        if rest == body:
            self._heads.keep(self._from, head, knock)

    def _ask(self, knock: Knock, body: bytes) -> None:
        self.due = self.loop.time() + ANSWERED_WITHIN
        self._answering = True
        self._asked += 1
        assert self._lane is not None  # noqa: S101 - nobody else hears a knock
        self._lane.answer(knock, body, Turn(self, self._asked))

    # Answering

    def say(self, asked: int, answer: Answer, written: bytes | None) -> None:
        """`written`: the answer as `write_out` has made it, if it has."""
        if asked != self._asked or not self._answering:  # a second answer would be taken for the next caller's
            return
        self._answering = False
        if self.transport.is_closing():
            return
        self.transport.write(written if written and self._keeps else self.write_out(answer))
        self.due = self.loop.time() + RESTS_FOR
        self._rests = True
        if not self._keeps or self.flow.write_paused:  # who does not take his answers is asked no more
            self.transport.close()

    def write_out(self, answer: Answer) -> bytes:
        body = answer.body.encode()
        dated = b"".join(b"%s: %s\r\n" % header for header in self.server_state.default_headers)
        ending = b"" if self._keeps else b"connection: close\r\n"
        head = b"%s%s%s%scontent-length: %d\r\n\r\n" % (_STATUS[answer.status], _HEADERS, dated, ending, len(body))
        return head + body

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.due = self.loop.time() + RESTS_FOR

    def shutdown(self) -> None:
        if self._answering or self._knock is not None:
            self._keeps = False
        else:
            super().shutdown()

    # Reading

    def _is_free(self) -> bool:
        """Whether no request before this one on the connection still waits for its answer."""
        return self.cycle is None or self.cycle.response_complete

    def _announces_body(self) -> bool:
        lengths = {name: value for name, value in self.headers if name in (b"content-length", b"transfer-encoding")}
        return any(value != b"0" for value in lengths.values())

    def _to_environ(self) -> WSGIEnvironment:
        """What the lane reads of a WSGI environment. A header that came twice is joined, as WSGI says."""
        environ = {"PATH_INFO": self.url.decode("latin-1"), "REMOTE_ADDR": self._from}
        for name, value in self.headers:
            key, text = _key(name), value.decode("latin-1")
            environ[key] = f"{environ[key]},{text}" if key in environ else text
        return environ


class Turn:
    """Waits for the answer to one callback of a connection."""

    __slots__ = ("_asked", "_front", "_known", "_written")

    def __init__(self, front: Front, asked: int) -> None:
        self._front, self._asked = front, asked
        self._known: Answer | None = None
        self._written: bytes | None = None

    def prepare(self, answer: Answer) -> None:
        self._known, self._written = answer, self._front.write_out(answer)

    def __call__(self, answer: Answer) -> None:
        self._front.say(self._asked, answer, self._written if answer is self._known else None)


def _divide(data: bytes) -> tuple[bytes, bytes] | None:
    """A head and what follows it, once the head is whole."""
    head, ends, body = data.partition(HEAD_ENDS)
    return (head, body) if ends else None


@lru_cache(maxsize=1024)
def _key(name: bytes) -> str:
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
