"""A head that came before is not parsed again, and nothing that anybody can send is answered otherwise for that."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import WSGIEnvironment

from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from gateway import server
from gateway.front import Front
from gateway.known_heads import KnownHeads
from gateway.lane import Knock, Say
from gateway.providers import guard
from gateway.providers.base import Answer

PATH = "/webhooks/africastalking/s3cret/ussd"


class Forgetful(KnownHeads):
    """Remembers nothing."""

    def keep(self, address: str, head: bytes, knock: Knock) -> None:
        pass


@dataclass
class Echo:
    """A lane that says what it heard, at once or when the loop comes round again."""

    is_slow: bool

    def hear(self, environ: WSGIEnvironment) -> Knock:
        token = environ["PATH_INFO"].split("/")[3]
        try:
            return Knock("ussd", token, environ, guard.admit(environ, token, ["s3cret"]))
        except guard.Denied as refusal:
            return Knock("ussd", token, environ, refusal)

    def answer(self, knock: Knock, body: bytes, say: Say) -> None:
        names = sorted(name for name in knock.environ if name.startswith("HTTP_"))
        answer = Answer(200, f"{knock.admitted} {names} {body[:60]!r} {len(body)}")
        if self.is_slow:
            asyncio.get_running_loop().call_soon(say, answer)
        else:
            say(answer)


@dataclass
class Application:
    heads: KnownHeads
    lane: Echo
    connections: set[Front] = field(default_factory=set)
    most_connections: int = 99

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """A page."""
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


@dataclass
class Line(asyncio.Transport):
    """What would have been written."""

    written: list[bytes] = field(default_factory=list)
    closed: bool = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def answers(pieces: Sequence[tuple[bytes, bool]], heads: KnownHeads, *, is_slow: bool) -> list[object]:
    """To what comes on one connection, after the same once before on another. After each piece: whether others wait

    until all that it asks for has been answered.
    """

    async def scene() -> list[object]:
        application = Application(heads, Echo(is_slow))
        config = server.configure(application)
        config.load()
        config.loaded_app = application
        told: list[object] = []
        for _ in range(2):
            front, line = Front(config=config, server_state=ServerState(), app_state={}), Line()
            front.connection_made(line)
            for piece, waits in pieces:
                if not line.closed:
                    front.data_received(piece)
                for _ in range(6 if waits else 0):  # a page is a task, with a beginning and an end
                    await asyncio.sleep(0)
                told.append((b"".join(line.written), line.closed))
            for _ in range(6):
                await asyncio.sleep(0)
            told.append((b"".join(line.written), line.closed))
            front.connection_lost(None)
        return told

    with ThreadPoolExecutor(1) as alone:
        return alone.submit(asyncio.run, scene()).result()


def callback(body: bytes, *more: str, path: str = PATH, version: str = "1.1", length: int | None = None) -> bytes:
    length = len(body) if length is None else length
    lines = [f"POST {path} HTTP/{version}", "Host: localhost", f"Content-Length: {length}", *more, "", ""]
    return "\r\n".join(lines).encode() + body


WRONG = callback(b"text=1", path="/webhooks/africastalking/wrong/ussd")
BODIES = st.sampled_from([b"", b"text=1", b"text=2", b"\r\n\r\n", b"a\r\n\r\nb", b"x" * 700])
MORE = st.sampled_from(
    [
        [],
        ["X-Request: 1"],
        ["X-Request: 2"],
        ["Connection: close"],
        ["Expect: 100-continue"],
        ["Connection: Upgrade", "Upgrade: h2c"],
        ["X_Underscored: 1"],
    ]
)
CALLBACKS = st.builds(
    lambda body, more, path, version, length: callback(body, *more, path=path, version=version, length=length),
    BODIES,
    MORE,
    st.sampled_from([PATH, PATH, PATH, "/webhooks/africastalking/wrong/ussd"]),
    st.sampled_from(["1.1", "1.1", "1.1", "1.0"]),
    st.sampled_from([None, None, None, None, 3, 20]),
)
OTHERS = st.sampled_from(
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST " + PATH.encode() + b" HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        b"POST " + PATH.encode() + b" HTTP/1.1\nContent-Length: 8\n\nab\r\n\r\ncd",
        b"\r\n",
        b"NONSENSE\r\n\r\n",
        callback(b"text=1")[:-3],
        callback(b"text=1") + callback(b"text=2"),
        callback(b"")[:40],
    ]
)
CUT = st.integers(0, 400)


@st.composite
def pieces(draw: st.DrawFn) -> list[bytes]:
    """Mostly whole callbacks, of which some come in two pieces or stick together."""
    found: list[bytes] = []
    for part in draw(st.lists(CALLBACKS | CALLBACKS | OTHERS, min_size=1, max_size=6)):
        how = draw(st.sampled_from(["whole", "whole", "whole", "cut", "glued"]))
        if how == "cut":
            at = draw(CUT)
            found += [piece for piece in (part[:at], part[at:]) if piece]
        elif how == "glued" and found:
            found[-1] += part
        else:
            found.append(part)
    return found


@settings(deadline=None)
@given(pieces(), st.booleans(), st.lists(st.booleans(), min_size=12, max_size=12))
@example([callback(b"text=1"), callback(b"text=2"), callback(b"text=3")[:-2], b"=3"], False, [True])
@example([callback(b"")[:40], callback(b"")[40:], callback(b"")[:40]], False, [True])
@example([callback(b""), callback(b"")[:-4], b"\r\nX-More: 1\r\n\r\n"], False, [True])
@example([WRONG + b"P", callback(b"text=2")[1:], callback(b"text=2")[1:]], False, [True])
@example([WRONG + callback(b"text=1"), WRONG], False, [True])
@example(
    [callback(b"", "Connection: Upgrade", "Upgrade: h2c"), callback(b"", "Connection: Upgrade", "Upgrade: h2c")],
    False,
    [True],
)
@example([callback(b"text=1", "Expect: 100-continue")] * 2, False, [True])
@example([callback(b"text=1"), callback(b"text=1") + callback(b"text=2"), callback(b"text=1")], False, [True])
@example([callback(b"text=1"), callback(b"text=1", length=9), b"abc"], False, [True])
@example([callback(b"text=1", "Connection: close")] * 2, False, [True])
@example([b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + callback(b"text=1"), callback(b"text=1")], False, [True])
@example([b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", callback(b"")], False, [True])
def test_memory_of_heads_changes_no_answer(pieces: list[bytes], is_slow: bool, waits: list[bool]) -> None:
    told = [(piece, waits[number % len(waits)]) for number, piece in enumerate(pieces)]
    assert answers(told, KnownHeads(), is_slow=is_slow) == answers(told, Forgetful(), is_slow=is_slow)
