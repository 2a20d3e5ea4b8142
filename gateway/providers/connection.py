"""One connection to a carrier that stays open: a request goes out whole, an answer comes back within its time.

Written for one thing urllib3 and `http.client` cannot be asked for: what a message costs. Above the same parser that
reads carriers' callbacks (llhttp) a request takes a fifth of the CPU it took there, and every wait has its deadline.
"""

import select
import socket
import ssl
import time
from functools import cache
from typing import Final

import httptools
from certifi import where

from gateway.providers.base import MaybeSent, NotSent, OutOfOrder, SendError

CHUNK: Final = 16 * 1024
RESTS_FOR: Final = 30.0
"""Seconds. One that has rested longer may be gone without a word, forgotten by a firewall: a message would be lost."""


class Connection:
    """To one origin, for one thread. In seconds: `connect_for` to reach it, `read_for` between two of its words."""

    def __init__(self, secure: bool, host: str, port: int, connect_for: float, read_for: float) -> None:
        self._secure, self._address = secure, (host, port)
        self._connect_for, self._read_for = connect_for, read_for
        self._socket: socket.socket | None = None
        self._rests_since = 0.0

    def exchange(self, request: bytes, within: float, limit: int) -> "Response":
        """What it answers. Raises NotSent or OutOfOrder where not a byte has left, else MaybeSent.

        `within` seconds, once it is reached. Once the headers have come nothing is raised: a body that was cut, is
        longer than `limit` bytes or too slow is empty, for then nothing in it can be relied on.
        """
        line = self._take()
        deadline = time.monotonic() + within  # from here on: however long it took to connect, not a byte has left
        response = Response(limit)
        keeps = False
        try:
            _within(line, self._read_for, deadline)
            line.sendall(request)
            while not response.is_whole:
                _within(line, self._read_for, deadline)
                response.feed(line.recv(CHUNK))
            keeps, self._rests_since = response.keeps, time.monotonic()
        except (OSError, NoAnswer) as fault:
            if not response.has_headers:
                raise MaybeSent("read_timeout" if isinstance(fault, TimeoutError) else "connection_lost") from None
            response.body.clear()
        finally:
            if not keeps:
                self.close()
        return response

    def __del__(self) -> None:
        """With its thread."""
        self.close()

    def close(self) -> None:
        line, self._socket = self._socket, None
        if line is not None:
            line.close()

    def _take(self) -> socket.socket:
        """The one that is open, unless the other side has ended it or says what nobody asked for."""
        stale = time.monotonic() - self._rests_since > RESTS_FOR
        if self._socket is not None and (stale or _has_something(self._socket)):
            self.close()
        if self._socket is None:
            self._socket = self._connect()
        return self._socket

    def _connect(self) -> socket.socket:
        try:
            plain = socket.create_connection(self._address, self._connect_for)
        except TimeoutError:
            raise NotSent("connect_timeout") from None
        except (OSError, UnicodeError):
            raise NotSent("unreachable") from None
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._secured(plain) if self._secure else plain

    def _secured(self, plain: socket.socket) -> socket.socket:
        try:
            return _trusting().wrap_socket(plain, server_hostname=self._address[0])
        except ssl.SSLCertVerificationError:
            plain.close()
            raise OutOfOrder("certificate") from None
        except (OSError, ValueError) as fault:
            plain.close()
            raise _refused(fault) from None


def _refused(fault: Exception) -> SendError:
    return NotSent("connect_timeout" if isinstance(fault, TimeoutError) else "unreachable")


class NoAnswer(Exception):
    """What came is none, or is too long for one."""


class Response:
    """An answer as it comes in."""

    def __init__(self, limit: int) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        """By names in small letters; of one that came twice the first."""
        self.body = bytearray()
        self.has_headers = self.is_whole = self.keeps = False
        self._left = limit
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Raises NoAnswer. The end of the connection is no data."""
        if not data:
            if not self.has_headers or self._is_measured():
                raise NoAnswer
            self.is_whole = True
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self.is_whole:
                raise NoAnswer from None
            self.keeps = False  # what follows the answer is none, and nobody asked for it
        self._left -= len(data)
        if self._left < 0:
            raise NoAnswer

    def _is_measured(self) -> bool:
        return b"content-length" in self.headers or b"transfer-encoding" in self.headers

    # What the parser says

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.setdefault(name.lower(), value)

    def on_message_begin(self) -> None:
        if self.is_whole:
            raise NoAnswer  # nobody asked for another

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self.has_headers = self.status >= 200

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        if not self.has_headers:  # 100: the answer itself follows
            self.headers.clear()
            return
        self.is_whole, self.keeps = True, self._parser.should_keep_alive()


@cache
def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=where())


def _within(line: socket.socket, seconds: float, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    line.settimeout(min(seconds, left))


def _has_something(line: socket.socket) -> bool:
    look = select.poll()
    look.register(line, select.POLLIN)
    return bool(look.poll(0))
