"""deploy/haproxy.cfg in earnest: what it lets through, what it cuts, whom the web process sees behind it."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.proxy_front import HAPROXY, NAME, TOKEN, Front

CALLBACK = f"/webhooks/africastalking/{TOKEN}/ussd"
SHE = "+6281234567890"
CARRIER, STRANGER = "127.0.0.2", "127.0.0.3"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Callbacks may come from the carrier's network only."""
    require_haproxy()
    with Front(tmp_path_factory.mktemp("proxy"), CALLBACK_CIDRS=f"{CARRIER}/32") as running:
        yield running


def require_haproxy() -> None:
    if HAPROXY is None:
        assert os.environ.get("CI") != "true", "haproxy is missing; .ci/run installs it"
        pytest.skip("haproxy is not installed (apt-get install haproxy)")


def a_dial(session: str = "s1") -> dict[str, str]:
    return {"sessionId": session, "phoneNumber": SHE, "serviceCode": "*384#", "text": ""}


def request(head: str, body: bytes = b"") -> bytes:
    return f"POST {CALLBACK} HTTP/1.1\r\nHost: {NAME}\r\n{head}".encode() + body


def requests_in(log: list[str]) -> list[str]:
    return [line for line in log if "people_and_carriers" in line]


def logged(front: Front, *sources: str) -> list[str]:
    """What the proxy logged of requests, once it has told of one from each of these; its lines come when they may."""
    for _ in range(600):
        lines = requests_in(front.log)
        if all(any(source in line for line in lines) for source in sources):
            break
        time.sleep(0.1)
    return lines


def test_a_callback_goes_through_and_is_answered(front: Front) -> None:
    answer = front.post(CALLBACK, a_dial(), source=CARRIER)
    assert answer.status == 200
    assert answer.body.startswith("CON ")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_the_web_process_sees_who_is_behind_the_proxy(front: Front) -> None:
    assert front.post(CALLBACK, a_dial(), source=STRANGER).status == 403
    assert front.post(CALLBACK, a_dial(), source=CARRIER).status == 200


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded"])
def test_who_says_that_he_is_another_is_not_believed(front: Front, header: str) -> None:
    claim = CARRIER if header == "X_Forwarded_For" else f"for={CARRIER}"
    assert front.post(CALLBACK, a_dial(), source=STRANGER, **{header: claim}).status == 403


def test_without_the_setting_the_web_process_sees_only_the_proxy(tmp_path_factory: pytest.TempPathFactory) -> None:
    require_haproxy()
    told = {"CALLBACK_CIDRS": f"{CARRIER}/32", "TRUSTED_PROXIES": "0"}
    with Front(tmp_path_factory.mktemp("untold"), **told) as untold:
        assert untold.post(CALLBACK, a_dial(), source=CARRIER).status == 403


@pytest.mark.parametrize("host", ["evil.example", f"{NAME}.evil.example", "127.0.0.1.evil.example"])
def test_an_unknown_host_is_refused(front: Front, host: str) -> None:
    assert front.post(CALLBACK, a_dial(), source=CARRIER, host=host).status == 400


@pytest.mark.parametrize("path", ["/metrics", "/simulator/", "/simulator"])
def test_what_is_for_this_machine_only_is_not_there(front: Front, path: str) -> None:
    assert front.ask("GET", path).status == 404


def test_a_length_is_required_and_limited_before_the_web_process_hears_of_it(front: Front) -> None:
    with front.say(request("Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n0\r\n\r\n")) as line:
        assert b" 411 " in line.recv(4096)
    large = b"a" * 17_000
    with front.say(request(f"Content-Length: {len(large)}\r\n\r\n", large)) as line:
        assert b" 413 " in line.recv(4096)


@pytest.mark.parametrize(
    "beginning",
    [request("X-Slow: "), request("Content-Length: 100\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n")],
    ids=["headers", "body"],
)
def test_who_stalls_is_cut_off_by_the_proxy_and_holds_nobody_up(front: Front, beginning: bytes) -> None:
    """More of them than the web process has threads."""
    before = front.seen_by_web()
    with ExitStack() as held:
        lines = [held.enter_context(front.say(beginning)) for _ in range(150)]
        assert front.post(CALLBACK, a_dial("honest"), source=CARRIER).status == 200
        assert {line.recv(4096)[:12] for line in lines} == {b"HTTP/1.1 408"}
    assert front.seen_by_web() == before, "the web process heard of one that was never whole"


def test_the_log_of_the_proxy_has_neither_token_nor_phone(front: Front) -> None:
    front.log.clear()
    front.post(CALLBACK, a_dial("logged"), source=CARRIER)
    front.ask("GET", f"/webhooks/kannel/{TOKEN}/sms?from={SHE}&text=canary", source=STRANGER)
    lines = "\n".join(logged(front, CARRIER, STRANGER))
    assert [source in lines for source in (CARRIER, STRANGER)] == [True, True], "it says from where"
    everything = "\n".join(front.log) + (front.folder / "haproxy.log").read_text()
    for secret in (TOKEN, SHE, SHE.lstrip("+"), "canary", "/webhooks"):
        assert secret not in everything
