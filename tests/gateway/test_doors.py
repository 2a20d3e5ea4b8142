"""Who may knock: by which host name, from which network, behind which proxies; and what is never written down."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from gateway.doors import is_within, known_hosts, warn_of_names
from gateway.settings import BadSettings, Settings
from tests.conftest import MakeOffice
from tests.office import TOKEN, Office

FORM = {"sessionId": "s1", "phoneNumber": "+6281234567890", "serviceCode": "*384#", "text": ""}

EVERYWHERE = "ALLOWED_HOSTS is not set: HOST listens everywhere, but only this machine's own names are answered"


def knock(office: Office, host: str = "localhost", address: str = "127.0.0.1", **headers: str) -> TestResponse:
    """A callback from this address, under this host name."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return office.app.test_client().post(
        f"/webhooks/africastalking/{TOKEN}/ussd",
        data=FORM,
        headers={"Host": host, **named},
        environ_overrides={"REMOTE_ADDR": address},
    )


# Names


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.1:8000", "localhost:9", "[::1]", "[::1]:8000"])
def test_this_machines_own_names_are_always_answered(make_office: MakeOffice, host: str) -> None:
    assert knock(make_office(), host).status_code == 200
    assert knock(make_office(ALLOWED_HOSTS="gateway.example"), host).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "gateway.example", "192.0.2.7", "a@localhost"]
)
def test_practice_answers_no_other_name(make_office: MakeOffice, host: str) -> None:
    office = make_office()
    assert knock(office, host).status_code == 400
    assert office.app.test_client().get("/healthz", headers={"Host": host}).status_code == 400
    assert office.cases() == []


def test_the_names_that_are_set_are_answered_and_no_others(make_office: MakeOffice) -> None:
    office = make_office(ALLOWED_HOSTS="gateway.example, .office.example")
    for host, status in (
        ("gateway.example", 200),
        ("GATEWAY.example:443", 200),
        ("a.office.example", 200),
        ("evil.example", 400),
        ("gateway.example.evil.example", 400),
        (f"{'a.' * 119}office.example:443", 200),
        (f"{'a.' * 125}office.example:443", 400),  # longer than a name can be: not even remembered
    ):
        assert knock(office, host).status_code == status, host


def test_practice_at_another_address_answers_that_address(tmp_path: Path) -> None:
    ours = ["localhost", "127.0.0.1", "[::1]"]
    for host, more in (
        ("192.0.2.7", ["192.0.2.7"]),
        ("2001:db8::7", ["[2001:db8::7]"]),
        ("127.0.0.1", []),
        ("0.0.0.0", []),
        ("::", []),
    ):
        assert known_hosts(Settings.load({"HOST": host}, tmp_path)) == [*ours, *more], host


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_practice_that_listens_everywhere_says_which_setting_opens_it(tmp_path: Path, host: str) -> None:
    with capture_logs() as told:
        warn_of_names(Settings.load({"HOST": host}, tmp_path))
    assert [line["event"] for line in told] == [EVERYWHERE]


@pytest.mark.parametrize("environ", [{}, {"HOST": "192.0.2.7"}, {"HOST": "0.0.0.0", "ALLOWED_HOSTS": "192.0.2.7"}])
def test_where_names_are_as_meant_nothing_is_said(tmp_path: Path, environ: dict[str, str]) -> None:
    with capture_logs() as told:
        warn_of_names(Settings.load(environ, tmp_path))
    assert told == []


def test_a_phone_of_the_same_network_reaches_practice_under_the_address_that_was_set(make_office: MakeOffice) -> None:
    phone = {"address": "192.0.2.20"}
    assert knock(make_office(HOST="0.0.0.0"), "192.0.2.7:8000", **phone).status_code == 400
    office = make_office(HOST="0.0.0.0", ALLOWED_HOSTS="192.0.2.7")
    assert knock(office, "192.0.2.7:8000", **phone).status_code == 200
    there = {"base_url": "http://192.0.2.7:8000", "environ_overrides": {"REMOTE_ADDR": "192.0.2.20"}}
    assert office.app.test_client().get("/console/log-in", **there).status_code == 200
    assert office.app.test_client().get("/simulator/", **there).status_code == 403, "on its own machine only"


def test_the_web_process_says_so_as_it_starts(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOST": "0.0.0.0", "DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}
    said = subprocess.run(
        [sys.executable, "-c", "import gateway.wsgi, os; os._exit(0)"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (said.stdout + said.stderr).count(EVERYWHERE) == 1


def test_a_real_carrier_without_a_list_is_answered_under_every_name_and_warned_of(
    tmp_path: Path,
) -> None:
    keys = tmp_path / "keys.json"
    keys.touch(mode=0o600)
    words = {"SECRET_KEY": "s" * 32, "WEBHOOK_TOKEN": "t" * 32, "AT_USERNAME": "office", "AT_API_KEY": "k" * 20}
    environ = {"PROVIDER": "africastalking", "FIELD_KEYS_FILE": str(keys), **words}
    settings = Settings.load(environ, tmp_path)
    assert known_hosts(settings) is None
    with capture_logs() as told:
        warn_of_names(settings)
    assert [line["event"] for line in told] == ["ALLOWED_HOSTS is not set: every host name is answered"]


# Networks


def test_callbacks_from_elsewhere_are_refused_before_their_token_is_looked_at(make_office: MakeOffice) -> None:
    office = make_office(CALLBACK_CIDRS="203.0.113.0/24, 2001:db8::/32, 198.51.100.7")
    for address in ("203.0.113.9", "198.51.100.7", "2001:db8::1", "::ffff:203.0.113.9"):
        assert knock(office, address=address).status_code == 200, address
    for address in ("127.0.0.1", "198.51.100.8", "2001:db9::1", "", "nonsense"):
        assert knock(office, address=address).status_code == 403, address
    client = office.app.test_client()
    assert client.post("/webhooks/africastalking/wrong/ussd", environ_overrides={"REMOTE_ADDR": "9.9.9.9"}).data == (
        b"unknown network"
    )
    assert client.get("/healthz", environ_overrides={"REMOTE_ADDR": "9.9.9.9"}).status_code == 200


def test_an_address_of_no_network_is_within_none() -> None:
    assert not is_within("127.0.0.1", ())


# Proxies


def test_who_says_in_a_header_where_he_is_is_not_believed_without_being_told_to(make_office: MakeOffice) -> None:
    office = make_office(CALLBACK_CIDRS="203.0.113.0/24")
    assert knock(office, address="127.0.0.1", X_Forwarded_For="203.0.113.9").status_code == 403


def test_behind_one_proxy_only_what_that_proxy_added_is_believed(make_office: MakeOffice) -> None:
    office = make_office(CALLBACK_CIDRS="203.0.113.0/24", TRUSTED_PROXIES="1")
    assert knock(office, X_Forwarded_For="203.0.113.9").status_code == 200
    assert knock(office, X_Forwarded_For="203.0.113.9, 6.6.6.6").status_code == 403
    assert knock(office, X_Forwarded_For="6.6.6.6, 203.0.113.9").status_code == 200


def test_figures_are_not_for_who_came_through_the_proxy(make_office: MakeOffice) -> None:
    client = make_office(TRUSTED_PROXIES="1").app.test_client()
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::"])
def test_proxies_are_not_believed_where_somebody_may_walk_past_them(tmp_path: Path, host: str) -> None:
    with pytest.raises(BadSettings, match=r"^TRUSTED_PROXIES needs HOST on loopback"):
        Settings.load({"HOST": host, "TRUSTED_PROXIES": "1"}, tmp_path)
    assert Settings.load({"HOST": "::1", "TRUSTED_PROXIES": "1"}, tmp_path).trusted_proxies == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CALLBACK_CIDRS", "203.0.113.0/24,here"),
        ("CALLBACK_CIDRS", "203.0.113.1/24"),
        ("ALLOWED_HOSTS", "https://gateway.example"),
        ("ALLOWED_HOSTS", "gateway.example:443"),
        ("ALLOWED_HOSTS", "*"),
        ("TRUSTED_PROXIES", "-1"),
        ("AUDIT_ANCHOR_SMS", "maybe"),
    ],
)
def test_what_cannot_be_read_is_refused_at_the_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=f"^{name} ") as refused:
        Settings.load({name: value}, tmp_path)
    assert value not in str(refused.value)


# Tokens


def test_two_tokens_are_good_while_they_rotate_and_then_one(make_office: MakeOffice) -> None:
    old, new = "old-token-0123456789", "new-token-0123456789"
    both = make_office(WEBHOOK_TOKEN=f"{old},{new}")
    after = make_office(WEBHOOK_TOKEN=new)
    assert [both.post("ussd", FORM, token).status_code for token in (old, new, "other")] == [200, 200, 403]
    assert [after.post("ussd", FORM, token).status_code for token in (old, new)] == [403, 200]


def test_tokens_are_compared_in_constant_time_everywhere() -> None:
    """No `==`, no `in` with a secret in the code that reads requests."""
    house = Path(__file__).parent.parent.parent / "gateway"
    for path in [*house.glob("providers/**/*.py"), house / "health.py", house / "doors.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare):
                assert not re.search(r"token|secret|signature|digest", ast.unparse(node)), f"{path.name}:{node.lineno}"
