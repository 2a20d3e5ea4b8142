"""One connection to a carrier, told by bytes: what an answer is, and what can have arrived when there is none."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.providers import connection as carriers_connection
from gateway.providers.base import MaybeSent, NotSent
from gateway.providers.connection import Connection, NoAnswer, Response
from gateway.providers.transport import Limits, Transport

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 7\r\n\r\nok"


@dataclass
class Peer:
    """Says one line of its script after each request. `END` ends the connection, a number is seconds of silence."""

    script: list[list[bytes | float | None]] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0
    ended: int = 0
    answered: int = 0
    """Lines of the script that have been said to their end."""

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                self.connections += 1
                with line, suppress(OSError):
                    self._talk(line)
                self.ended += 1

    def _talk(self, line: socket.socket) -> None:
        while self.script and (request := line.recv(65536)):
            self.heard.append(request)
            for said in self.script.pop(0):
                if said is END:
                    return
                if isinstance(said, float):
                    self._over.wait(said)
                elif isinstance(said, bytes):
                    line.sendall(said)
            self.answered += 1

    def close(self) -> None:
        self._over.set()
        self._listening.close()


END = None


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()


def until(holds: Callable[[], bool]) -> None:
    last = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.01)


def ask(connection: Connection, within: float = 5.0, limit: int = 1000) -> Response:
    return connection.exchange(REQUEST, within, limit)


@pytest.fixture
def connection(peer: Peer) -> Iterator[Connection]:
    connection = Connection(False, "127.0.0.1", peer.port, 1.0, 0.5)
    yield connection
    connection.close()


def test_answers_one_after_the_other_on_one_connection(peer: Peer, connection: Connection) -> None:
    peer.script = [[WHOLE], [WHOLE[:20], WHOLE[20:]]]
    for _ in range(2):
        answer = ask(connection)
        assert (answer.status, answer.body, answer.headers[b"retry-after"]) == (200, b"ok", b"7")
    assert peer.connections == 1


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", b"1\r\n!\r\n0\r\n\r\n"], b"ok!"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", WHOLE], b"ok"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE], b"ok"),
        ([b"HTTP/1.0 200 OK\r\n\r\nok", END], b"ok"),  # as long as the connection lasts
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", END], b""),  # cut
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok", END], b""),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"], b""),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", 2.0], b""),  # too slow
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"a" * 5000], b""),  # too long
        ([b"HTTP/1.1 200 OK\r\n\r\n", *[b"a" * 500] * 9], b""),  # without end
    ],
)
def test_once_the_headers_have_come_there_is_an_answer(
    peer: Peer, connection: Connection, said: list[bytes | float | None], body: bytes
) -> None:
    peer.script = [said]
    answer = ask(connection)
    assert 200 <= answer.status < 300
    assert answer.body == body


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ([END], "connection_lost"),
        ([b"HTTP/1.1 2", 2.0], "read_timeout"),
        ([b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"], "connection_lost"),
        ([b"HTTP/1.1 200 OK\r\nX: ", END], "connection_lost"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", END], "connection_lost"),
        ([b"nonsense\r\n\r\n"], "connection_lost"),
        ([2.0], "read_timeout"),
    ],
)
def test_before_them_nobody_knows(
    peer: Peer, connection: Connection, said: list[bytes | float | None], word: str
) -> None:
    peer.script = [said]
    with pytest.raises(MaybeSent) as fault:
        ask(connection)
    assert fault.value.code == word


def test_headers_that_trickle_in_have_a_deadline(peer: Peer, connection: Connection) -> None:
    peer.script = [[b"HTTP/1.1 200 OK\r\n", *([b"X: y\r\n", 0.2] * 20)]]
    began = time.monotonic()
    with pytest.raises(MaybeSent, match="read_timeout"):
        ask(connection, within=0.6)
    assert time.monotonic() - began < 2


def test_a_request_is_never_sent_twice(peer: Peer, connection: Connection) -> None:
    """Where the other side has ended the connection meanwhile a new one is made first; where it ends it while it is
    asked, nobody knows, and we do not ask again.
    """
    peer.script = [[WHOLE, END], [WHOLE], [END], [WHOLE]]
    assert ask(connection).body == b"ok"
    until(lambda: peer.ended == 1)
    assert ask(connection).body == b"ok"
    assert (peer.connections, len(peer.heard)) == (2, 2)
    with pytest.raises(MaybeSent):
        ask(connection)
    assert len(peer.heard) == 3


def test_what_nobody_asked_for_is_no_answer(peer: Peer, connection: Connection) -> None:
    peer.script = [[WHOLE, 0.05, WHOLE.replace(b"ok", b"no")], [WHOLE]]
    assert ask(connection).body == b"ok"
    until(lambda: peer.answered == 1)
    assert ask(connection).body == b"ok"
    assert peer.connections == 2


def test_two_answers_at_once_are_the_first_and_the_end(peer: Peer, connection: Connection) -> None:
    """The second is of no request of ours: an accepted message would seem refused, and be sent again."""
    peer.script = [[WHOLE + WHOLE.replace(b"200 OK", b"500 No")], [WHOLE]]
    assert [ask(connection).status for _ in range(2)] == [200, 200]
    assert peer.connections == 2


def test_the_time_for_an_answer_begins_when_the_carrier_is_reached(
    peer: Peer, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a name or a dead address took: of a request that never left nobody must say that it may have."""
    connects = socket.create_connection

    def slowly(*to: Any) -> socket.socket:
        time.sleep(0.4)
        return connects(*to)

    monkeypatch.setattr(socket, "create_connection", slowly)
    peer.script = [[WHOLE]]
    assert ask(connection, within=0.3).body == b"ok"


def test_a_connection_that_has_rested_long_is_made_anew(
    peer: Peer, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firewall may have forgotten it without a word."""
    monkeypatch.setattr(carriers_connection, "RESTS_FOR", 0.05)
    peer.script = [[WHOLE, 0.3], [WHOLE]]
    ask(connection)
    time.sleep(0.1)
    ask(connection)
    assert peer.connections == 2


def test_nobody_there_means_not_sent() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and never listens
        with pytest.raises(NotSent, match="unreachable"):
            ask(Connection(False, "127.0.0.1", bound.getsockname()[1], 1.0, 0.5))


def test_a_name_that_is_none_means_not_sent() -> None:
    with pytest.raises(NotSent, match="unreachable"):
        ask(Connection(False, "a" * 70 + ".example", 80, 1.0, 0.5))


def test_connections_end_with_their_transport(peer: Peer) -> None:
    peer.script = [[WHOLE]]
    transport = Transport(Limits(1.0, 0.5, 2.0))
    assert transport.request("GET", f"http://127.0.0.1:{peer.port}/").body == b"ok"
    transport.close()
    assert b"".join(peer.heard).startswith(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:")


@given(st.binary(max_size=200))
def test_whatever_comes_is_an_answer_or_a_fault_we_know(said: bytes) -> None:
    response = Response(100)
    with suppress(NoAnswer):
        response.feed(said)
        response.feed(b"")
    assert response.has_headers or not response.is_whole
