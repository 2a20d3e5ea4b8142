"""One request to a carrier: bounded in time and size, no redirect, no proxy; and whether it can have arrived."""

import json as as_json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode
from weakref import WeakSet

import urllib3
from certifi import where
from urllib3 import exceptions as trouble
from urllib3.util import Timeout, make_headers, parse_url

from gateway.clock import utc_now
from gateway.providers.answers import parse_retry_after
from gateway.providers.base import MaybeSent, NotSent, OutOfOrder, SendError

CHUNK: Final = 8 * 1024


@dataclass(frozen=True)
class Limits:
    """Seconds, and bytes of an answer. The first two are the SDK's of Africa's Talking; an answer has some 300 bytes.

    `total_for` bounds connecting, waiting and reading the answer together, one last wait of `read_for` apart; only
    name resolution and a header that trickles in byte by byte escape it.
    """

    connect_for: float = 3.05
    read_for: float = 9.05
    total_for: float = 12.1
    answer_size: int = 64 * 1024


USUAL: Final = Limits()


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    retry_after: float | None


class Transport:
    """Requests over connections that stay open. Safe to share between threads: each has its own.

    urllib3 itself: `requests` above it took three times the CPU of a message, for cookies, redirects and proxies that
    no carrier may send us to.
    """

    def __init__(self, limits: Limits = USUAL) -> None:
        self._limits = limits
        self._waits = Timeout(limits.total_for, limits.connect_for, limits.read_for)
        self._connections = _Connections(WeakSet())

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        json: object = None,
        auth: tuple[str, str] | None = None,
    ) -> Answer:
        """`params` go into the address, `data` is sent as a form, `json` as JSON, `auth` (user, password) as Basic.

        Raises NotSent, OutOfOrder or MaybeSent; UnicodeEncodeError for a text that cannot be sent.
        """
        deadline = time.monotonic() + self._limits.total_for
        head = {"Accept-Encoding": "identity", **(headers or {}), **_basic(auth)}
        body = None
        if data is not None:
            head["Content-Type"], body = "application/x-www-form-urlencoded", urlencode(data).encode()
        elif json is not None:
            head["Content-Type"], body = "application/json", as_json.dumps(json).encode()
        origin, target = _split(url)
        if params:
            target += ("&" if "?" in target else "?") + urlencode(params)
        try:
            response = self._connections.pool(origin).urlopen(
                method,
                target,
                body=body,
                headers=head,
                timeout=self._waits,
                redirect=False,
                retries=False,
                preload_content=False,
            )
        except (trouble.HTTPError, ValueError) as error:
            raise _failure(error) from None
        try:
            asked = response.headers.get("Retry-After")
            wait = parse_retry_after(asked, utc_now()) if asked else None
            return Answer(response.status, _read(response, deadline, self._limits.answer_size), wait)
        finally:
            response.close()

    def close(self) -> None:
        """Ends the connections of every thread."""
        for pools in list(self._connections.opened):
            pools.clear()


@lru_cache(maxsize=8)
def _split(url: str) -> tuple[str, str]:
    """Where to connect, and what to ask for there. Raises OutOfOrder for an address that no request can go to."""
    try:
        found = parse_url(url)
    except trouble.LocationParseError:
        raise OutOfOrder("configuration") from None
    if found.scheme not in ("http", "https") or not found.host or found.host.startswith(("*", ".")):
        raise OutOfOrder("configuration")
    return f"{found.scheme}://{found.netloc}", found.request_uri


def _basic(auth: tuple[str, str] | None) -> Mapping[str, str]:
    return make_headers(basic_auth=":".join(auth)) if auth else {}


class _Connections(threading.local):
    """Connections of one thread, so that each message in flight has its own and none waits for a lock.

    Neither proxies nor .netrc of whoever started the process are asked.
    """

    def __init__(self, opened: "WeakSet[urllib3.PoolManager]") -> None:
        self.opened = opened
        self.pools = urllib3.PoolManager(num_pools=8, maxsize=1, ca_certs=where())
        self._by_origin: dict[str, urllib3.HTTPConnectionPool] = {}
        opened.add(self.pools)

    def pool(self, origin: str) -> urllib3.HTTPConnectionPool:
        """Found by the address as it stands: urllib3 would compare two dozen settings for each request."""
        if origin not in self._by_origin:
            self._by_origin[origin] = self.pools.connection_from_url(origin)
        return self._by_origin[origin]


def _read(raw: urllib3.BaseHTTPResponse, deadline: float, limit: int) -> bytes:
    """The body; empty when it was cut, too long or too slow, for then nothing in it can be relied on."""
    body = b""
    try:
        while time.monotonic() < deadline:
            chunk = raw.read1(CHUNK, decode_content=True)
            if not chunk:
                return body
            body += chunk
            if len(body) > limit:
                break
    except (trouble.HTTPError, OSError):
        pass
    return b""


def _failure(error: Exception) -> SendError:
    """Whether the request can have reached the carrier. Only what failed before the first byte is `NotSent`."""
    match error:
        case trouble.NewConnectionError():  # a kind of the next one, for history's sake
            return NotSent("unreachable")
        case trouble.ConnectTimeoutError():
            return NotSent("connect_timeout")
        case trouble.SSLError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return OutOfOrder("certificate")
        case trouble.ReadTimeoutError():
            return MaybeSent("read_timeout")
        case ValueError():  # an address or a header that no request can have
            return OutOfOrder("configuration")
        case _:
            return MaybeSent("connection_lost")
