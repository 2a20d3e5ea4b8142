"""One request to a carrier: bounded in time and size, no redirect, no proxy; and whether it can have arrived."""

import base64
import json as as_json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit
from weakref import WeakSet

from gateway.clock import utc_now
from gateway.providers.answers import parse_retry_after
from gateway.providers.base import OutOfOrder
from gateway.providers.connection import Connection

_PLAIN: Final = re.compile(r"[\x20-\x7e]*\Z", re.ASCII)
_TARGET: Final = re.compile(r"/[\x21-\x7e]*\Z", re.ASCII)


@dataclass(frozen=True)
class Limits:
    """Seconds, and bytes of an answer. The first two are the SDK's of Africa's Talking; an answer has some 300 bytes.

    `total_for` bounds waiting and reading the answer together, connecting apart; only name resolution escapes it.
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

    Neither proxies nor .netrc of whoever started the process are asked, and no redirect is followed.
    """

    def __init__(self, limits: Limits = USUAL) -> None:
        self._limits = limits
        self._mine = _Mine(WeakSet())

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
        head = {"Accept-Encoding": "identity", **(headers or {}), **_basic(auth)}
        body = b""
        if data is not None:
            head["Content-Type"], body = "application/x-www-form-urlencoded", urlencode(data).encode()
        elif json is not None:
            head["Content-Type"], body = "application/json", as_json.dumps(json).encode()
        if body or method != "GET":
            head["Content-Length"] = str(len(body))
        origin = _origin_of(url)
        target = origin.target
        if params:
            target += ("&" if "?" in target else "?") + urlencode(params)
        request = _written(method, target, {"Host": origin.netloc, **head}) + body
        response = self._connection(origin).exchange(request, self._limits.total_for, self._limits.answer_size)
        asked = response.headers.get(b"retry-after")
        wait = parse_retry_after(asked.decode("latin-1"), utc_now()) if asked else None
        return Answer(response.status, bytes(response.body), wait)

    def close(self) -> None:
        """Ends the connections of every thread."""
        for connection in list(self._mine.opened):
            connection.close()

    def _connection(self, origin: "_Origin") -> Connection:
        kept = self._mine.by_origin
        if origin not in kept:
            limits = self._limits
            kept[origin] = Connection(origin.secure, origin.host, origin.port, limits.connect_for, limits.read_for)
            self._mine.opened.add(kept[origin])
        return kept[origin]


class _Mine(threading.local):
    """Connections of one thread, so that each message in flight has its own and none waits for a lock."""

    def __init__(self, opened: "WeakSet[Connection]") -> None:
        self.opened = opened
        self.by_origin: dict[_Origin, Connection] = {}


class _Origin(NamedTuple):
    """Where to connect, by which name, and what to ask for there."""

    secure: bool
    host: str
    port: int
    netloc: str
    target: str


@lru_cache(maxsize=8)
def _origin_of(url: str) -> _Origin:
    """Raises OutOfOrder for an address that no request can go to."""
    try:
        found = urlsplit(url)
        secure, host, port = found.scheme == "https", found.hostname, found.port
    except ValueError:
        raise OutOfOrder("configuration") from None
    if found.scheme not in ("http", "https") or not host or host.startswith(("*", ".")):
        raise OutOfOrder("configuration")
    target = (found.path or "/") + (f"?{found.query}" if found.query else "")
    netloc = found.netloc.rpartition("@")[2]
    return _Origin(secure, host, port or (443 if secure else 80), netloc, target)


def _written(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """A request's head. Raises OutOfOrder for what no request can have."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if not _TARGET.match(target) or not all(map(_PLAIN.match, lines)):
        raise OutOfOrder("configuration")
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode("ascii")


def _basic(auth: tuple[str, str] | None) -> Mapping[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(":".join(auth).encode()).decode()} if auth else {}
