"""The front with the whole gateway behind it: the same answers as Flask's, and strangers who stall or overflow."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import cast

import pytest

from gateway import asgi, front, known_heads, server
from gateway.app import create_web
from gateway.database import Store
from gateway.group_commit import Quick, Told
from gateway.inbox import StoredInbox
from gateway.lane import Lane
from gateway.providers.base import Answer, UssdHop, UssdReply
from tests.conftest import MakeOffice
from tests.front import Client, Grudging, in_front_of, serving
from tests.office import TOKEN, Office
from tests.phone import Phone

USSD = f"/webhooks/africastalking/{TOKEN}/ussd"
JOURNEYS = (
    (),
    ("5", "2", "00", "6", "1"),
    ("9", "0", "1", "1", "1", "1"),
    ("2", "1"),
    ("1", "2", "3", "0", "0"),
    ("4", "12345678901"),
    ("nonsense", "*", "#"),
)


@pytest.fixture
def client(office: Office) -> Iterator[Client]:
    with in_front_of(office) as client:
        yield client


def form(text: str = "", session: str = "ATUid_1", phone: str = "+6281200000001") -> str:
    plus = phone.replace("+", "%2B")
    return f"sessionId={session}&phoneNumber={plus}&serviceCode=%2A384%23&text={text.replace('*', '%2A')}"


def request(body: str, *more: str, path: str = USSD, version: str = "1.1") -> bytes:
    lines = [f"POST {path} HTTP/{version}", "Host: localhost", "Content-Type: application/x-www-form-urlencoded"]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", *more, "", body]).encode()


def open_to(client: Client, stack: ExitStack) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", client.port), 20))


def all_from(connection: socket.socket) -> str:
    """Until the server closes."""
    heard = b""
    while more := connection.recv(65536):
        heard += more
    return heard.decode()


def an_answer(connection: socket.socket) -> str:
    """The next one, as far as it has come."""
    return connection.recv(65536).decode()


def until(holds: Callable[[], object]) -> None:
    """On a busy machine a moment may be long."""
    last = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.01)


@pytest.mark.parametrize("keys", JOURNEYS, ids=str)
def test_every_screen_is_the_one_that_flask_shows(any_office: Office, keys: tuple[str, ...]) -> None:
    any_office.officer()
    by_flask, by_front = any_office.phone(), any_office.phone()
    screens = _screens(by_flask, keys)
    app = any_office.app
    with in_front_of(any_office) as client:
        app.test_client = lambda: client  # type: ignore[assignment,method-assign]
        assert _screens(by_front, keys) == screens


def _screens(phone: Phone, keys: tuple[str, ...]) -> list[str]:
    screens = [phone.dial().answer]
    for key in keys:
        if phone.ended:
            break
        screens.append(phone.press(key).answer)
        screens.append(phone.repeat().answer)
    return ["".join(letter for letter in screen if not letter.isdigit()) for screen in screens]  # receipts differ


def test_many_answers_on_one_connection(client: Client) -> None:
    with ExitStack() as stack:
        connection = open_to(client, stack)
        for text in ("", "5", "5*2"):
            connection.sendall(request(form(text)))
            answer = an_answer(connection)
            assert answer.startswith("HTTP/1.1 200 OK\r\n")
            assert "\r\ndate: " in answer
            assert "connection: close" not in answer


def test_no_piece_of_an_answer_waits_for_the_one_before_to_be_acknowledged(client: Client) -> None:
    """Nagle and a caller's delayed acknowledgement cost a page 40 ms."""
    with ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(request(form()))
        an_answer(connection)
        (front,) = client.application.connections
        line = front.transport.get_extra_info("socket")
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the parser has been given."""
    given: list[bytes] = []
    feed = front.HttpToolsProtocol.data_received

    def note(connection: front.HttpToolsProtocol, data: bytes) -> None:
        given.append(data)
        feed(connection, data)

    monkeypatch.setattr(front.HttpToolsProtocol, "data_received", note)
    return given


def test_a_head_that_came_before_is_not_parsed_again(client: Client, parsed: list[bytes]) -> None:
    """Reading it was a tenth of what a key press costs."""
    with ExitStack() as stack:
        for _ in range(2):
            connection = open_to(client, stack)
            for session, text in (("ATUid_1", ""), ("ATUid_1", "5"), ("ATUid_2", ""), ("ATUid_2", "2")):
                connection.sendall(request(form(text, session)))
                assert "CON " in an_answer(connection)
    assert parsed == [request(form()), request(form("5"))], "one of each length"


def test_a_head_that_was_refused_is_asked_again(client: Client, parsed: list[bytes]) -> None:
    wrong = request(form(), path="/webhooks/africastalking/wrong-token/ussd")
    with ExitStack() as stack:
        connection = open_to(client, stack)
        for _ in range(2):
            connection.sendall(wrong)
            assert an_answer(connection).startswith("HTTP/1.1 403 ")
    assert parsed == [wrong, wrong]
    assert len(client.application.heads) == 0


def test_what_came_is_forgotten_when_it_has_been_read(client: Client) -> None:
    """Else each connection at rest would hold a quarter of a megabyte, and somebody's words."""
    with ExitStack() as stack:
        for line in (request(form(), "X-One: 1"), request("a" * 9000, path="/console/log-in")):
            connection = open_to(client, stack)
            connection.sendall(line)
            an_answer(connection)
        assert [front._came for front in client.application.connections] == [None, None]


def test_a_head_is_known_of_one_address_only(make_office: MakeOffice) -> None:
    with in_front_of(make_office(CALLBACK_CIDRS="127.0.0.2/32")) as client, ExitStack() as stack:
        for _ in range(2):
            for address, status in (("127.0.0.2", 200), ("127.0.0.1", 403)):
                place = ("127.0.0.1", client.port)
                connection = stack.enter_context(socket.create_connection(place, 20, (address, 0)))
                connection.sendall(request(form()))
                assert an_answer(connection).startswith(f"HTTP/1.1 {status} ")
        assert len(client.application.heads) == 1


def test_no_more_heads_are_known_than_the_memory_can_bear(
    client: Client, monkeypatch: pytest.MonkeyPatch, parsed: list[bytes]
) -> None:
    monkeypatch.setattr(known_heads, "MOST", 3)
    monkeypatch.setattr(known_heads, "LONGEST", 400)
    with ExitStack() as stack:
        connection = open_to(client, stack)
        for number in range(10):
            connection.sendall(request(form(), f"X-Request: {number}"))
            assert "CON " in an_answer(connection)
            assert 1 <= len(client.application.heads) <= 3
        for _ in range(2):
            connection.sendall(request(form(), "X-Long: " + "a" * 400))
            assert "CON " in an_answer(connection)
    assert len(parsed) == 12


def test_a_body_that_comes_in_pieces_is_one(client: Client) -> None:
    with ExitStack() as stack:
        connection = open_to(client, stack)
        whole = request(form())
        for start in range(0, len(whole), 40):
            connection.sendall(whole[start : start + 40])
            time.sleep(0.002)
        assert "CON " in an_answer(connection)


def test_who_is_to_be_asked_first_is_told_to_go_on(client: Client) -> None:
    with ExitStack() as stack:
        connection = open_to(client, stack)
        head, _, body = request(form(), "Expect: 100-continue").partition(b"\r\n\r\n")
        connection.sendall(head + b"\r\n\r\n")
        assert an_answer(connection) == "HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert "CON " in an_answer(connection)


@pytest.mark.parametrize(("more", "version"), [(["Connection: close"], "1.1"), ([], "1.0")])
def test_who_wants_no_more_is_let_go(client: Client, more: list[str], version: str) -> None:
    with ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(request(form(), *more, version=version))
        answer = all_from(connection)
        assert "connection: close" in answer
        assert "CON " in answer


def test_who_asks_again_before_he_has_his_answer_gets_that_one_and_no_other(client: Client) -> None:
    """Two answers out of turn would show one caller another's screen."""
    with ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(request(form()) + request(form(session="ATUid_2")) + b"nonsense")
        answer = all_from(connection)
        assert answer.count("HTTP/1.1 200 OK") == 1
        assert "connection: close" in answer
        assert "400" not in answer


def test_a_callback_behind_a_page_waits_for_it(client: Client) -> None:
    with ExitStack() as stack:
        connection = open_to(client, stack)
        page = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connection.sendall(page + request(form(), "Connection: close"))
        answer = all_from(connection)
        assert answer.count("HTTP/1.1 200 OK") == 2
        assert answer.index("ok") < answer.index("CON ")


def test_nonsense_is_400_and_the_end(client: Client) -> None:
    with ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(b"NONSENSE\r\n\r\n")
        assert all_from(connection).startswith("HTTP/1.1 400 ")


def test_headers_without_end_are_400_and_the_end(client: Client) -> None:
    with ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(b"POST / HTTP/1.1\r\n")
        line = b"X-Long: " + b"a" * 8000 + b"\r\n"
        for _ in range(front.MOST_HEAD // 8000 + 1):
            connection.sendall(line)
            time.sleep(0.01)  # a piece at a time
        assert all_from(connection).startswith("HTTP/1.1 400 ")


def test_a_body_larger_than_any_callback_is_refused_when_it_has_come(client: Client) -> None:
    with ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(request("text=" + "A" * 2_000_000))
        assert an_answer(connection).startswith("HTTP/1.1 413 ")
        connection.sendall(request(form()))
        assert "CON " in an_answer(connection)


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"POST /console/log-in HTTP/1.1\r\nX-Slow: ",
        request(form())[:-5],
        request("a", path="/console/log-in")[:-1],
    ],
    ids=["nothing", "headers", "callback", "page"],
)
def test_who_stalls_is_let_go(office: Office, monkeypatch: pytest.MonkeyPatch, beginning: bytes) -> None:
    monkeypatch.setattr(front, "HEADERS_WITHIN", 0.2)
    monkeypatch.setattr(front, "BODY_WITHIN", 0.2)
    monkeypatch.setattr(asgi, "LOOKS_EVERY", 0.05)
    with in_front_of(office) as client, ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(beginning)
        assert all_from(connection) == ""


def test_who_rests_between_two_requests_is_not_let_go_so_soon(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "HEADERS_WITHIN", 1.0)
    monkeypatch.setattr(asgi, "LOOKS_EVERY", 0.05)
    with in_front_of(office) as client, ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(request(form()))
        an_answer(connection)
        time.sleep(1.5)
        connection.sendall(request(form("5")))
        assert "CON " in an_answer(connection)


def test_strangers_who_take_all_sockets_leave_files_to_the_database(client: Client) -> None:
    client.application.most_connections = 3
    with ExitStack() as stack:
        for _ in range(3):
            open_to(client, stack)
        until(lambda: len(client.application.connections) == 3)
        assert all_from(open_to(client, stack)) == ""


def test_two_hundred_who_stall_in_their_bodies_hold_no_honest_one_up(client: Client) -> None:
    with ExitStack() as stack:
        for number in range(200):
            open_to(client, stack).sendall(request(form())[:-5] if number % 2 else request("a", path="/healthz")[:-1])
        began = time.monotonic()
        assert "CON " in client.post(USSD, form(), "application/x-www-form-urlencoded").text
        assert client.get("/healthz").status_code == 200
        assert time.monotonic() - began < 10


def test_requests_under_way_are_answered_before_the_end(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    began = threading.Event()

    def slowly(self: StoredInbox, hop: UssdHop, *waiting: object) -> UssdReply:
        began.set()
        time.sleep(1.0)
        return UssdReply("Pelan", ends=True)

    monkeypatch.setattr(StoredInbox, "in_full", slowly)
    with ExitStack() as stack:
        with in_front_of(office) as client:
            connection = open_to(client, stack)
            connection.sendall(request(form("2")))
            assert began.wait(20)
        assert "END Pelan" in all_from(connection)


@pytest.mark.parametrize("measure", ["Content-Length: {}", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_body_behind_an_upgrade_is_no_request_of_its_own(client: Client, measure: str, at_once: bool) -> None:
    """The parser passes over it: a stranger's body would be answered as another caller's request."""
    hidden = request(form(session="ATUid_2"), "Connection: close")
    lines = [
        "POST /webhooks/africastalking/wrong/ussd HTTP/1.1",
        "Host: localhost",
        "Connection: Upgrade",
        "Upgrade: h2c",
    ]
    head = "\r\n".join([*lines, measure.format(len(hidden)), "", ""]).encode()
    with ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(head + hidden if at_once else head)
        if not at_once:
            time.sleep(0.1)
            with suppress(ConnectionError):
                connection.sendall(hidden)
        answer = all_from(connection)
        assert answer.startswith("HTTP/1.1 400 ")
        assert "CON " not in answer


def test_an_upgrade_without_a_body_is_passed_over(client: Client) -> None:
    with ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert an_answer(connection).startswith("HTTP/1.1 200 ")


def test_who_has_said_all_is_still_answered(client: Client) -> None:
    with ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(request(form()))
        connection.shutdown(socket.SHUT_WR)
        assert "CON " in all_from(connection)


@dataclass
class Pausing:
    """A store that stops when only the commit is left, until it may go on."""

    store: Store
    commits: threading.Event = field(default_factory=threading.Event)

    def hand(self, quicks: Sequence[tuple[Quick, Told]], soon: Callable[[], None]) -> Callable[[], None]:
        def wait() -> None:
            soon()
            assert self.commits.wait(20)

        return self.store.hand(quicks, wait)


def test_an_answer_prepared_before_the_caller_has_said_all_is_written_anew(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would promise to listen to a caller who is let go."""
    prepared: list[Answer] = []
    prepare = front.Turn.prepare

    def note(turn: front.Turn, answer: Answer) -> None:
        prepare(turn, answer)
        prepared.append(answer)

    monkeypatch.setattr(front.Turn, "prepare", note)
    web, store = create_web(office.parts), Pausing(office.parts.store)
    assert web.callbacks is not None
    lane = (web.callbacks, web.inbox, web.doors, cast(Store, store))
    with serving(web.flask, lambda threads: Lane(*lane, threads)) as client, ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(request(form()))
        until(lambda: prepared)
        (fronted,) = client.application.connections
        connection.shutdown(socket.SHUT_WR)
        until(lambda: not fronted._keeps)
        store.commits.set()
        heard = all_from(connection)
        assert "connection: close" in heard and heard.count("CON Beli Perak") == 1


def test_nobody_is_answered_twice_when_threads_run_out(office: Office) -> None:
    """The second answer would be the next caller's on that connection."""
    with Grudging(1) as executor, in_front_of(office, executor=executor) as client, ExitStack() as stack:
        connection = open_to(client, stack)
        connection.sendall(request(form("2")))
        assert "Tercatat" in an_answer(connection)
        connection.sendall(request(form(session="ATUid_2")))
        assert an_answer(connection).endswith("7 Bahasa")
        connection.sendall(request(form("5", session="ATUid_2"), "Connection: close"))
        assert all_from(connection).count("HTTP/1.1 ") == 1
    assert len(office.cases()) == 1


def test_pages_that_hang_keep_no_callback_waiting(office: Office) -> None:
    end, began = threading.Event(), threading.Event()

    def hang() -> str:
        began.set()
        end.wait(20)
        return "done"

    web = create_web(office.parts)
    web.flask.add_url_rule("/hang", "hang", hang)
    assert web.callbacks is not None
    lane = (web.callbacks, web.inbox, web.doors, office.parts.store)
    with serving(web.flask, lambda own: Lane(*lane, own), threads=1) as client, ThreadPoolExecutor(1) as pages:
        hanging = pages.submit(client.get, "/hang")
        assert began.wait(20)
        assert "Tercatat" in client.post(USSD, form("2"), "application/x-www-form-urlencoded").text
        assert not hanging.done()
        end.set()
        assert hanging.result().text == "done"


def test_who_takes_none_of_his_answers_is_asked_no_more(client: Client) -> None:
    """A stranger without a token must not fill our memory with his refusals."""
    refused = request("text=1", path="/webhooks/africastalking/wrong/ussd")
    with ExitStack() as stack:
        connection = open_to(client, stack)
        with pytest.raises(ConnectionError):
            for _ in range(2_000):
                connection.sendall(refused * 100)


def test_bodies_of_strangers_take_no_more_memory_than_is_theirs(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "MOST_READ", 100_000)
    beginning = request("a" * 900_000, path="/console/log-in")[:80_000]
    with in_front_of(office) as client:
        with ExitStack() as stack:
            first, second = open_to(client, stack), open_to(client, stack)
            first.sendall(beginning)
            until(lambda: client.application._reading > 70_000)
            second.sendall(beginning)
            assert all_from(second).startswith("HTTP/1.1 500 ")
        until(lambda: client.application._reading == 0)
        assert client.post("/console/log-in", "login=" + "a" * 50_000).status_code != 500


def test_a_resting_connection_is_kept_as_long_after_a_page(client: Client) -> None:
    assert server.configure(client.application).timeout_keep_alive == front.RESTS_FOR


# Doors


def ask(client: Client, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(USSD, form(), "application/x-www-form-urlencoded", headers=named).status_code


def test_only_known_names_are_answered(make_office: MakeOffice) -> None:
    with in_front_of(make_office()) as client:
        assert ask(client) == 200
        assert ask(client, Host="elsewhere.example") == 400


def test_only_known_networks_call_back(make_office: MakeOffice) -> None:
    with in_front_of(make_office(CALLBACK_CIDRS="10.0.0.0/8")) as client:
        assert ask(client) == 403
        assert ask(client, X_Forwarded_For="10.1.2.3") == 403, "there is no proxy of ours"


@pytest.mark.parametrize("names", [("X_Forwarded_For",), ("X_FORWARDED_FOR", "x_forwarded-for")])
def test_a_header_that_only_looks_like_our_proxys_says_nothing(make_office: MakeOffice, names: tuple[str, ...]) -> None:
    """In a WSGI environment it would have the same name."""
    with in_front_of(make_office(CALLBACK_CIDRS="10.0.0.0/8", TRUSTED_PROXIES="1")) as client:
        theirs = {"X-Forwarded-For": "192.0.2.1", **dict.fromkeys(names, "10.1.2.3")}
        assert client.post(USSD, form(), "application/x-www-form-urlencoded", headers=theirs).status_code == 403


def test_a_header_behind_a_body_says_nothing(make_office: MakeOffice) -> None:
    with in_front_of(make_office(CALLBACK_CIDRS="10.0.0.0/8", TRUSTED_PROXIES="1")) as client, ExitStack() as stack:
        connection = open_to(client, stack)
        lines = [f"POST {USSD} HTTP/1.1", "Host: localhost", "X-Forwarded-For: 192.0.2.1", "Transfer-Encoding: chunked"]
        connection.sendall("\r\n".join([*lines, "", "1", "a", "0", "X-Forwarded-For: 10.1.2.3", "", ""]).encode())
        assert an_answer(connection).startswith("HTTP/1.1 403 ")


def test_a_callers_network_is_seen_through_our_proxies(make_office: MakeOffice) -> None:
    with in_front_of(make_office(CALLBACK_CIDRS="10.0.0.0/8", TRUSTED_PROXIES="1")) as client:
        assert ask(client, X_Forwarded_For="10.1.2.3") == 200
        assert ask(client, X_Forwarded_For="10.1.2.3, 192.0.2.1") == 403
        assert ask(client) == 403
