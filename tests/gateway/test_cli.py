"""The command line as operators and checks use it: exit 0 done, 1 refused with one line, 2 usage."""

import argparse
import csv
import getpass
import importlib
import json
import logging
import shutil
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import select, text

from gateway import bootstrap, cli, passwords
from gateway.bootstrap import BUILT_IN_DISTRICT
from gateway.commands import cases as case_commands
from gateway.commands import shell, system
from gateway.conversations import stopping
from gateway.settings import setting_names
from models.outbound import OptOutRow
from models.vocabulary import CaseStatus
from tests.made import emptied

ANI, BUDI, CITRA = "0812-0000-0001", "081200000002", "+6281200000003"
POLRES = "0543 21110"


@dataclass
class Told:
    """What a call of the command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value and nothing else."""
        assert self.err == ""
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The one line of a refusal."""
        assert self.code == 1, self
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1, self.err
        return self.err.strip()


Beliperak = Callable[..., Told]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Beliperak]:
    """The command in an empty folder, before anything was set up; in this process, left as it was found."""
    for name in [*setting_names(), "BELIPERAK_PASSWORD"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOG_LEVEL", "error")
    opened: list[bootstrap.Parts] = []

    def build(settings: Any, *clock: Any) -> bootstrap.Parts:
        opened.append(bootstrap.build(settings, *clock))
        return opened[-1]

    monkeypatch.setattr(shell, "build", build)
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning)
    handlers, level = root.handlers[:], root.level

    def run(*argv: str) -> Told:
        capsys.readouterr()
        try:
            code = cli.main(list(argv))
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
        finally:
            for parts in opened:
                parts.close()
            opened.clear()
        said = capsys.readouterr()
        return Told(code, said.out, said.err)

    yield run
    sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = hooks
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders once set up, to be copied: setting up is most of the time."""
    return tmp_path_factory.mktemp("kept")


def set_up(kept: Path, name: str, here: Path, work: Callable[[], None]) -> None:
    if (kept / name).exists():
        shutil.copytree(kept / name, here / "var", dirs_exist_ok=True)
        return
    work()
    shutil.copytree(here / "var", kept / name)


@pytest.fixture
def beliperak(bare: Beliperak, kept: Path, tmp_path: Path) -> Beliperak:
    """With a database."""

    def upgrade() -> None:
        assert bare("db", "upgrade").code == 0

    set_up(kept, "empty", tmp_path, upgrade)
    return bare


@pytest.fixture
def staffed(beliperak: Beliperak, kept: Path, tmp_path: Path) -> Beliperak:
    """With an officer on duty, another, a supervisor, and a danger call from a resident."""

    def work() -> None:
        for name, phone, role in (("Ani", ANI, "officer"), ("Budi", BUDI, "officer"), ("Citra", CITRA, "supervisor")):
            assert beliperak("officer", "add", "--name", name, "--phone", phone, "--role", role).code == 0
        assert add_shift(beliperak, ANI).code == 0
        report()

    set_up(kept, "staffed", tmp_path, work)
    return beliperak


def add_shift(beliperak: Beliperak, phone: str, *more: str) -> Told:
    now = datetime.now(UTC)
    start, end = (now + timedelta(hours=hours) for hours in (-1, 8))
    return beliperak("duty", "add", "--officer", phone, "--from", start.isoformat(), "--to", end.isoformat(), *more)


def report(keys: str = "2", phone: str = "+6281100000001") -> None:
    """A call on the real callback, as the web process would take it."""
    from gateway.app import create_app
    from gateway.settings import Settings

    parts = bootstrap.build(Settings.load({"LOG_LEVEL": "error"}, Path.cwd()))
    form = {"sessionId": f"s{phone}{keys}", "phoneNumber": phone, "serviceCode": "*384#", "text": keys}
    token = parts.settings.webhook_tokens[0]
    answer = create_app(parts).test_client().post(f"/webhooks/africastalking/{token}/ussd", data=form)
    assert answer.status_code == 200
    parts.close()


def the_case(beliperak: Beliperak) -> dict[str, Any]:
    (found,) = beliperak("cases", "list", "--json").json
    return dict(found)


def do(beliperak: Beliperak, verb: str, *more: str, officer: str = ANI) -> Told:
    reference = beliperak("cases", "list", "--json").json[0]["reference"]
    return beliperak("cases", "do", reference, verb, "--officer", officer, *more)


# Usage


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["fly"],
        ["cases"],
        ["cases", "fly"],
        ["cases", "do", "7K3Q", "fly", "--officer", ANI],
        ["cases", "do", "7K3Q", "accept"],
        ["cases", "do", "7K3Q", "first_action", "--officer", ANI, "--result", "6"],
        ["cases", "list", "--status", "lost"],
        ["officer", "add", "--name", "Ani"],
        ["officer", "add", "--name", "A", "--phone", ANI, "--role", "queen"],
        ["duty", "add", "--officer", ANI],
        ["db"],
        ["keys", "generate"],
        ["parse", "--wrong"],
    ],
)
def test_what_is_no_command_is_usage(bare: Beliperak, argv: list[str]) -> None:
    told = bare(*argv)
    assert told.code == 2
    assert told.out == ""
    assert told.err.startswith("usage: beliperak")


def test_help_names_every_command(bare: Beliperak) -> None:
    told = bare("--help")
    assert told.code == 0
    words = ("db", "worker", "web", "officer", "cadre", "agency", "duty", "cases", "messages", "parse", "menu", "keys")
    assert all(word in told.out for word in (*words, "audit"))


def test_every_command_is_found_in_the_module_that_has_it() -> None:
    files = {file.stem for file in Path(shell.__file__).parent.glob("*.py")}
    assert files - {"__init__", "shell"} == set(cli.MODULES)
    for module, names in cli.MODULES.items():
        commands = argparse.ArgumentParser().add_subparsers()
        importlib.import_module(f"gateway.commands.{module}").add_parsers(commands)
        assert tuple(commands.choices) == names


@pytest.mark.parametrize(
    ("process", "strangers"),
    [
        ("web", {"gateway.migrate", "alembic", "xlsxwriter", "requests", "gateway.app", "gateway.commands.officers"}),
        ("worker", {"gateway.migrate", "alembic", "xlsxwriter", "uvicorn", "gateway.app", "gateway.commands.officers"}),
    ],
)
def test_a_process_that_stays_up_loads_only_what_it_needs(process: str, strangers: set[str]) -> None:
    """A real carrier's worker shows no pages; the web's first process only watches over those that answer."""
    code = (
        "import sys; from gateway import cli; cli.build_parser(sys.argv[1])\n"
        "if sys.argv[1] == 'worker': import gateway.worker.scheduler, gateway.providers.africastalking.client\n"
        "else: import gateway.server\n"
        "print(*sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code, process], capture_output=True, text=True, check=True)
    assert set(told.stdout.split()) & strangers == set()


# Settings and the database


def test_bad_settings_are_all_named_without_a_secret(bare: Beliperak, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {
        "DATABASE_URL": "mysql://root:rahasia123@localhost/x",
        "PROVIDER": "pigeon",
        "PORT": "rahasia123",
        "QUIET_HOURS": "rahasia123",
        "LADDER_P1": "PT10M",
        "AT_API_KEY": "rahasia123",
    }
    for name, value in bad.items():
        monkeypatch.setenv(name, value)
    for argv in (["db", "upgrade"], ["cases", "list"], ["worker", "--once"], ["parse", "x"]):
        told = bare(*argv)
        assert told.code == 1
        named = [line.split()[0] for line in told.err.splitlines()]
        assert named == ["DATABASE_URL", "PROVIDER", "PORT", "QUIET_HOURS", "LADDER_P1"]
        assert "rahasia123" not in told.out + told.err


def test_a_real_carrier_needs_its_secrets(bare: Beliperak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER", "africastalking")
    told = bare("worker", "--once")
    assert told.code == 1
    named = {line.split()[0] for line in told.err.splitlines()}
    assert named == {"SECRET_KEY", "FIELD_KEYS_FILE", "WEBHOOK_TOKEN", "AT_USERNAME", "AT_API_KEY"}


def test_the_database_is_made_and_made_again(bare: Beliperak, tmp_path: Path) -> None:
    for _ in range(2):
        assert bare("db", "upgrade") == Told(0, "database is up to date\n", "")
    assert (tmp_path / "var" / "beliperak.db").exists()
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("argv", [["cases", "list"], ["officer", "list"], ["audit", "verify"], ["worker", "--once"]])
def test_before_the_migrations_the_next_step_is_named(bare: Beliperak, argv: list[str]) -> None:
    assert "beliperak db upgrade" in bare(*argv).refusal


@pytest.mark.postgres
def test_the_same_on_a_server(bare: Beliperak, monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", emptied(postgres_url))
    assert "beliperak db upgrade" in bare("cases", "list").refusal
    assert bare("db", "upgrade").code == 0
    assert bare("cases", "list", "--json").json == []


def test_a_key_file_that_others_can_read_is_refused(beliperak: Beliperak, tmp_path: Path) -> None:
    assert beliperak("officer", "list").code == 0
    (tmp_path / "var" / "field_keys.json").chmod(0o644)
    assert "chmod 600" in beliperak("officer", "list").refusal


def test_data_of_another_key_file_is_refused_in_one_line(staffed: Beliperak, tmp_path: Path) -> None:
    keys = tmp_path / "var" / "field_keys.json"
    keys.unlink()
    assert staffed("keys", "generate", "--out", str(keys)).code == 0
    assert "key file" in staffed("cases", "list", "--json").refusal


def test_keys_are_made_for_their_owner_alone_and_never_overwritten(bare: Beliperak, tmp_path: Path) -> None:
    out = tmp_path / "keys.json"
    assert bare("keys", "generate", "--out", str(out)).code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    before = out.read_bytes()
    assert "exists" in bare("keys", "generate", "--out", str(out)).refusal
    assert out.read_bytes() == before
    assert "cannot be written" in bare("keys", "generate", "--out", str(tmp_path / "no" / "keys")).refusal


# People


def test_a_forgotten_password_is_set_anew(beliperak: Beliperak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELIPERAK_PASSWORD", "rahasia-sekali")
    beliperak("officer", "add", "--name", "Ani", "--phone", ANI, "--role", "officer", "--login", "ani")
    beliperak("officer", "add", "--name", "Budi", "--phone", BUDI, "--role", "officer")
    assert beliperak("officer", "login", ANI, "--forget-factor").out == "password set; she is logged out everywhere\n"
    assert "--login" in beliperak("officer", "login", BUDI).refusal
    assert beliperak("officer", "login", BUDI, "--login", "ani").refusal == "an officer has this login already"
    assert beliperak("officer", "login", BUDI, "--login", "budi").code == 0
    assert {row["login"] for row in beliperak("officer", "list", "--json").json} == {"ani", "budi"}
    assert beliperak("officer", "login", CITRA).refusal == "no officer has this phone"


def test_officers_are_added_and_listed(beliperak: Beliperak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELIPERAK_PASSWORD", "rahasia-sekali")
    areas = "64.01.04,64.01.01"
    told = beliperak(
        "officer", "add", "--name", "Ani", "--phone", ANI, "--role", "head", "--areas", areas, "--login", "ani"
    )
    assert (told.code, told.err) == (0, "")
    assert beliperak("officer", "list", "--json").json == [
        {
            "name": "Ani",
            "phone": "+6281200000001",
            "role": "head",
            "areas": areas.split(","),
            "login": "ani",
            "suspended_at": None,
        }
    ]
    assert "Ani  +6281200000001  head" in beliperak("officer", "list").out


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"--phone": "123"}, "123 is not a phone number"),
        ({"--areas": "64.01.99"}, "64.01.99 is no kecamatan"),
        ({"--phone": "+62 812 0000 0001"}, "has this phone already"),
        ({"--login": "ani"}, "has this login already"),
    ],
)
def test_an_officer_who_can_not_be_added(
    beliperak: Beliperak, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], why: str
) -> None:
    monkeypatch.setenv("BELIPERAK_PASSWORD", "rahasia-sekali")
    first = ("--name", "Ani", "--phone", ANI, "--role", "officer", "--login", "ani")
    assert beliperak("officer", "add", *first).code == 0
    asked = {"--name": "Budi", "--phone": BUDI, "--role": "officer"} | change
    argv = [part for pair in asked.items() for part in pair]
    assert why in beliperak("officer", "add", *argv).refusal
    assert len(beliperak("officer", "list", "--json").json) == 1


def test_passwords_are_asked_twice_and_have_a_least_length(
    beliperak: Beliperak, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Iterator[str] = iter(["one-password", "another-one", "short", "short", "long-enough", "long-enough"])
    monkeypatch.setattr(getpass, "getpass", lambda _: next(asked))
    argv = ("officer", "add", "--name", "Ani", "--phone", ANI, "--role", "officer", "--login", "ani")
    assert "differ" in beliperak(*argv).refusal
    assert "10 characters" in beliperak(*argv).refusal
    assert beliperak(*argv).code == 0


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        pytest.param("ninechars", 0, "BELIPERAK_PASSWORD has fewer than 10 characters", id="short: taken, and said"),
        pytest.param("ten-letter", 0, "", id="long enough"),
        pytest.param("x" * 257, 1, "a password has at most 256 characters", id="longer than anybody types"),
    ],
)
def test_a_password_from_the_environment(
    beliperak: Beliperak, monkeypatch: pytest.MonkeyPatch, given: str, code: int, told: str
) -> None:
    monkeypatch.setenv("BELIPERAK_PASSWORD", given)
    done = beliperak("officer", "add", "--name", "Ani", "--phone", ANI, "--role", "officer", "--login", "ani")
    assert done.code == code
    assert told in done.err if told else not done.err
    assert len(beliperak("officer", "list", "--json").json) == (1 if code == 0 else 0)


def first_passwords() -> dict[str, bool]:
    """Whether each log-in has a password that has to be changed first."""
    parts = bootstrap.build(shell.load_settings())
    rows = parts.store.read(lambda session: session.execute(text("SELECT login, password_hash FROM officer")).all())
    parts.close()
    return {login: passwords.is_first(stored) for login, stored in rows}


def test_with_a_carrier_a_password_by_command_has_to_be_changed_and_in_practice_not(
    beliperak: Beliperak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELIPERAK_PASSWORD", "rahasia-sekali")

    def add(login: str, phone: str) -> None:
        told = beliperak("officer", "add", "--name", login, "--phone", phone, "--role", "officer", "--login", login)
        assert told.code == 0, told.err

    add("ani", ANI)
    add("budi", BUDI)
    assert first_passwords() == {"ani": False, "budi": False}
    real = {
        "PROVIDER": "africastalking",
        "SECRET_KEY": "s" * 32,
        "FIELD_KEYS_FILE": "var/field_keys.json",
        "WEBHOOK_TOKEN": "t" * 32,
        "AT_USERNAME": "perak",
        "AT_API_KEY": "atsk",
    }
    for name, value in real.items():
        monkeypatch.setenv(name, value)
    add("citra", CITRA)
    assert beliperak("officer", "login", BUDI).code == 0
    assert first_passwords() == {"ani": False, "budi": True, "citra": True}


def test_without_a_terminal_one_line_says_how_to_give_a_password(
    beliperak: Beliperak, monkeypatch: pytest.MonkeyPatch
) -> None:
    def from_nowhere(prompt: str) -> str:
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", from_nowhere)
    argv = ("officer", "add", "--name", "Ani", "--phone", ANI, "--role", "OFFICER", "--login", "ani")
    assert "set BELIPERAK_PASSWORD" in beliperak(*argv).refusal


def test_an_officer_gets_a_new_phone_and_the_old_ones_codes_end(staffed: Beliperak) -> None:
    assert staffed("officer", "phone", ANI, "0812-0000-0009").code == 0
    phones = [row["phone"] for row in staffed("officer", "list", "--json").json]
    assert phones[0] == "+6281200000009"
    assert "no officer has the old phone" in staffed("officer", "phone", ANI, "081200000010").refusal
    assert "already" in staffed("officer", "phone", BUDI, CITRA).refusal


def test_a_suspended_officers_cases_climb_again_and_she_can_do_nothing(staffed: Beliperak) -> None:
    assert do(staffed, "accept").code == 0
    assert staffed("officer", "suspend", ANI).out == "suspended; 1 cases back on the ladder\n"
    assert the_case(staffed)["status"] == "new"
    assert "suspended" in do(staffed, "accept").refusal
    assert "suspended" in add_shift(staffed, ANI).refusal
    assert staffed("officer", "list", "--json").json[0]["suspended_at"]
    assert staffed("officer", "restore", ANI).code == 0
    assert do(staffed, "accept").code == 0


@pytest.mark.parametrize("group", ["officer", "cadre", "agency"])
def test_a_phone_nobody_has_can_not_be_suspended(beliperak: Beliperak, group: str) -> None:
    assert f"no {group} has this phone" in beliperak(group, "suspend", ANI).refusal
    assert f"no {group} has this phone" in beliperak(group, "restore", ANI).refusal
    assert "not a phone number" in beliperak(group, "suspend", "110").refusal


def test_agencies_are_added_listed_and_suspended(beliperak: Beliperak) -> None:
    add = ("agency", "add", "--name", "Polres Paser", "--kind", "polisi", "--phone", POLRES)
    assert beliperak(*add).code == 0
    (found,) = beliperak("agency", "list", "--json").json
    assert found == {"name": "Polres Paser", "kind": "polisi", "phone": "+6254321110", "suspended_at": None}
    assert "already" in beliperak(*add).refusal
    assert "this name already" in beliperak(*add[:-1], "+6254321111").refusal
    assert beliperak("agency", "suspend", POLRES).code == 0
    assert beliperak("agency", "list", "--json").json[0]["suspended_at"]
    assert beliperak("agency", "restore", POLRES).code == 0
    assert "Polres Paser  polisi" in beliperak("agency", "list").out


@pytest.mark.parametrize("change", [{"--kind": "k" * 33}, {"--kind": ""}, {"--name": "n" * 121}, {"--name": ""}])
def test_an_agency_whose_words_fit_no_column_is_refused(beliperak: Beliperak, change: dict[str, str]) -> None:
    asked = {"--name": "Polres", "--kind": "polisi", "--phone": POLRES} | change
    assert "at most" in beliperak("agency", "add", *[part for pair in asked.items() for part in pair]).refusal
    assert beliperak("agency", "list", "--json").json == []


def write(path: Path, *lines: str) -> str:
    path.write_text("\n".join(["name,phone,area_code,role", *lines]) + "\n", "utf-8")
    return str(path)


def test_cadres_are_imported_and_again_only_updated(beliperak: Beliperak, tmp_path: Path) -> None:
    rows = ["Bu Aminah,0812 0000 0021,64.01.04.2016,pkk", "Pak Ucup,+6281200000022,64.01.04,Dasa Wisma"]
    good = write(tmp_path / "good.csv", *rows)
    assert beliperak("cadre", "import", good).out == "2 cadres added, 0 updated\n"
    found = beliperak("cadre", "list", "--json").json
    assert [(row["name"], row["phone"], row["role"], row["confirmed"]) for row in found] == [
        ("Bu Aminah", "+6281200000021", "PKK", True),
        ("Pak Ucup", "+6281200000022", "DASAWISMA", True),
    ]
    write(tmp_path / "good.csv", "Bu Aminah Baru,081200000021,64.01.04.2016,PATBM")
    assert beliperak("cadre", "import", good).out == "0 cadres added, 1 updated\n"
    assert beliperak("cadre", "list", "--json").json[0]["role"] == "PATBM"
    assert beliperak("cadre", "suspend", "081200000021").code == 0


def test_a_cadres_berhenti_is_ended_by_the_command_only_when_it_is_said(beliperak: Beliperak, tmp_path: Path) -> None:
    phone = "+6281200000021"
    beliperak("cadre", "import", write(tmp_path / "one.csv", f"Bu Aminah,{phone},64.01.04.2016,PKK"))
    parts = bootstrap.build(shell.load_settings())
    parts.store.write(lambda session: stopping.stop(session, parts.desk, parts.clock(), phone, "sms"))

    def stopped() -> int:
        return parts.store.read(lambda session: len(session.scalars(select(OptOutRow)).all()))

    assert beliperak("cadre", "restore", phone).code == 0
    assert stopped() == 1
    assert beliperak("cadre", "restore", phone, "--sms-again").code == 0
    assert stopped() == 0
    parts.close()


def test_the_columns_of_a_list_may_be_written_in_any_case(beliperak: Beliperak, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Name, Phone,AREA_CODE,Role\nBu Aminah,0812 0000 0021,64.01.04.2016,PKK\n")
    assert beliperak("cadre", "import", str(path)).out == "1 cadres added, 0 updated\n"


def test_one_bad_row_imports_nothing_and_every_bad_row_is_named(beliperak: Beliperak, tmp_path: Path) -> None:
    bad = write(
        tmp_path / "bad.csv",
        "Bu Aminah,081200000021,64.01.04.2016,PKK",
        "Pak A,12,64.01.04.2016,PKK",
        ",081200000023,64.01.04.2016,PKK",
        "Pak C,081200000024,99.99,PKK",
        "Pak D,081200000025,64.01.04.2016,raja",
        "Pak E,081200000021,64.01.04.2016,RT",
        "Pak F,081200000026,64.01.04.2016,RT,too,many",
        "Pak G",
    )
    told = beliperak("cadre", "import", bad)
    assert (told.code, told.out) == (1, "")
    *faults, last = told.err.splitlines()
    assert [line.split(":")[0] for line in faults] == [f"line {number}" for number in range(3, 10)]
    assert last == "7 bad rows; nothing imported"
    assert "the same phone as line 2" in told.err
    assert beliperak("cadre", "list", "--json").json == []


@pytest.mark.parametrize(
    "content", [b"", b"nama,telepon\n", b"\xff\xfe\x00", b'name,phone,area_code,role\n"' + b"x" * 200_000]
)
def test_a_file_that_is_no_list_is_refused(beliperak: Beliperak, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    assert beliperak("cadre", "import", str(tmp_path / "x.csv")).code == 1
    assert beliperak("cadre", "list", "--json").json == []


def test_a_missing_file_is_refused(beliperak: Beliperak) -> None:
    assert "cannot be read" in beliperak("cadre", "import", "nowhere.csv").refusal
    assert "cannot be read" in beliperak("parse", "--csv", "nowhere.csv").refusal


# Duty


def test_who_is_on_duty_now(staffed: Beliperak) -> None:
    (shift,) = staffed("duty", "now", "--json").json
    assert (shift["name"], shift["phone"], shift["areas"]) == ("Ani", "+6281200000001", [])
    assert staffed("duty", "now").out.startswith("Ani  +6281200000001  officer")
    assert staffed("officer", "suspend", ANI).code == 0
    assert staffed("duty", "now", "--json").json == []


def test_times_without_a_zone_are_the_offices(beliperak: Beliperak) -> None:
    assert beliperak("officer", "add", "--name", "Ani", "--phone", ANI, "--role", "officer").code == 0
    span = ("--from", "2020-01-01T08:00", "--to", "2099-01-02T20:00")
    assert beliperak("duty", "add", "--officer", ANI, *span, "--areas", "64.01.04").code == 0
    (shift,) = beliperak("duty", "list", *span, "--json").json
    assert (shift["from"], shift["areas"]) == ("2020-01-01T00:00:00Z", ["64.01.04"])
    assert beliperak("duty", "remove", "--officer", ANI, "--from", "2020-01-01T08:00").code == 0
    assert beliperak("duty", "list", *span, "--json").json == []
    assert "no shift" in beliperak("duty", "remove", "--officer", ANI, "--from", "2020-01-01T08:00").refusal


@pytest.mark.parametrize(
    ("start", "end", "officer", "why"),
    [
        ("08.00", "2026-11-23T20:00", ANI, "08.00 is not a time"),
        ("2026-11-23T20:00", "2026-11-23T08:00", ANI, "ends after it starts"),
        ("2026-11-23T08:00", "2026-11-23T20:00", BUDI, "no officer has this phone"),
    ],
)
def test_a_shift_that_can_not_be(beliperak: Beliperak, start: str, end: str, officer: str, why: str) -> None:
    assert beliperak("officer", "add", "--name", "Ani", "--phone", ANI, "--role", "officer").code == 0
    assert why in beliperak("duty", "add", "--officer", officer, "--from", start, "--to", end).refusal


# Cases

CASE_FIELDS = set(
    "reference status priority channel reporter complete kecamatan area_code forms victim contact created_at "
    "accepted_at accepted_by first_action_at closed_at".split()
)


def test_cases_are_listed_and_shown_as_promised(staffed: Beliperak) -> None:
    found = the_case(staffed)
    assert set(found) == CASE_FIELDS
    assert (found["priority"], found["status"]) == ("P1", "new")
    assert (found["channel"], found["reporter"]) == ("ussd", "resident")
    assert found["victim"] == {"age": "unknown", "sex": "unknown"}
    assert found["contact"] == {"mode": "none", "hours": None}
    assert found["complete"] in (True, False)
    assert found["created_at"].endswith("Z")
    shown = staffed("cases", "show", found["reference"], "--json").json
    assert set(shown) >= CASE_FIELDS | {"events"}
    assert [event["kind"] for event in shown["events"]][-1] == "viewed"
    again = staffed("cases", "show", found["reference"][3:].lower(), "--json").json
    assert [event["kind"] for event in again["events"]][-2:] == ["viewed", "viewed"]


def test_cases_are_found_by_status(staffed: Beliperak) -> None:
    for status in CaseStatus:
        expected = 1 if status is CaseStatus.NEW else 0
        assert len(staffed("cases", "list", "--status", status, "--json").json) == expected


def test_for_people_lists_are_plain_lines(staffed: Beliperak) -> None:
    reference = the_case(staffed)["reference"]
    (line,) = staffed("cases", "list").out.splitlines()
    assert line.startswith(f"{reference}  P1  new")
    assert "opened" in staffed("cases", "show", reference).out


def test_an_unknown_reference_is_refused(staffed: Beliperak) -> None:
    for argv in (
        ["cases", "show", "XXXX"],
        ["cases", "do", "XXXX", "accept", "--officer", ANI],
        ["messages", "list", "--case", "XXXX"],
        ["cases", "do", "XXXX", "accept", "--officer", "0812-9999-9999"],
    ):
        assert staffed(*argv).refusal


def test_each_listing_is_on_the_record(staffed: Beliperak) -> None:
    the_case(staffed)
    staffed("messages", "list", "--reveal", "--json")
    parts = bootstrap.build(shell.load_settings())
    what = parts.store.read(lambda session: list(session.scalars(text("SELECT what FROM access_record"))))
    parts.close()
    assert what == ["cases list", "messages revealed"]


def test_a_case_from_acceptance_to_its_end_and_back(staffed: Beliperak) -> None:
    assert do(staffed, "accept").json["accepted_by"] == "Ani"
    assert do(staffed, "consent", "--reason", "asked by voice").code == 0
    assert do(staffed, "note", "--reason", "went there").code == 0
    assert do(staffed, "contact_rule", "--reason", "call morning").json["contact"] == {"mode": "call", "hours": "08-11"}
    assert do(staffed, "please_call").code == 0
    assert do(staffed, "first_action", "--result", "1").json["status"] == "in_progress"
    assert staffed("agency", "add", "--name", "Polres Paser", "--kind", "polisi", "--phone", POLRES).code == 0
    assert do(staffed, "refer", "--agency", "Polres Paser").json["status"] == "referred"
    assert do(staffed, "police_reported", "--on", "2026-11-23").code == 0
    assert "supervisor" in do(staffed, "close", "--reason", "done").refusal
    assert do(staffed, "close", "--reason", "done", officer=CITRA).json["status"] == "closed"
    assert "not possible while the case is closed" in do(staffed, "accept").refusal
    assert do(staffed, "reopen", "--reason", "again", officer=CITRA).json["status"] == "reopened"
    assert do(staffed, "invalid", "--reason", "a test", officer=CITRA).json["status"] == "invalid"
    kinds = [
        event["kind"] for event in staffed("cases", "show", the_case(staffed)["reference"], "--json").json["events"]
    ]
    told = ["accepted", "consent", "note", "contact_rule", "please_call", "first_action", "referred", "police_reported"]
    assert kinds[1:-1] == [*told, "refused", "closed", "refused", "reopened", "invalid"]


def test_a_referral_without_her_consent_names_its_basis(staffed: Beliperak) -> None:
    assert do(staffed, "accept").code == 0
    assert staffed("agency", "add", "--name", "Polres Paser", "--kind", "polisi", "--phone", POLRES).code == 0
    told = do(staffed, "refer", "--agency", "Polres Paser", "--reason", "perlu bantuan").refusal
    assert told.endswith("without her recorded consent --reason begins with a basis: danger, child or 3x24"), told
    referred = do(staffed, "refer", "--agency", "Polres Paser", "--reason", "bahaya, ia diancam")
    assert referred.json["status"] == "referred"


def test_who_does_not_hold_the_case_may_only_end_contact(staffed: Beliperak) -> None:
    assert do(staffed, "accept").code == 0
    assert "only its holder" in do(staffed, "contact_rule", "--reason", "call morning", officer=BUDI).refusal
    assert do(staffed, "contact_rule", "--reason", "none", officer=BUDI).json["contact"]["mode"] == "none"
    assert do(staffed, "contact_rule", "--reason", "call any", officer=CITRA).json["contact"]["mode"] == "call"


def test_passing_on_and_being_related(staffed: Beliperak) -> None:
    assert do(staffed, "accept").code == 0
    assert "already taken by Ani" in do(staffed, "accept", officer=BUDI).refusal
    assert do(staffed, "pass_on", "--to", BUDI, "--reason", "ill").json["status"] == "new"
    assert do(staffed, "accept", officer=BUDI).json["accepted_by"] == "Budi"
    assert do(staffed, "related", officer=BUDI).json["status"] == "new"
    assert "related" in do(staffed, "accept", officer=BUDI).refusal


def test_two_cases_are_linked_on_both_sides_and_unlinked(staffed: Beliperak) -> None:
    report("2", "+6281100000002")
    one, other = (row["reference"] for row in staffed("cases", "list", "--json").json)
    for verb in ("link", "unlink"):
        assert staffed("cases", "do", one, verb, "--officer", ANI, "--with", other).code == 0
    for reference in (one, other):
        kinds = [event["kind"] for event in staffed("cases", "show", reference, "--json").json["events"]]
        assert kinds[-3:-1] == ["linked", "unlinked"]
    assert "needs --with" in staffed("cases", "do", one, "link", "--officer", ANI).refusal
    assert "no other case" in staffed("cases", "do", one, "link", "--officer", ANI, "--with", one).refusal


def test_a_priority_is_read_in_any_case_and_needs_a_reason(staffed: Beliperak) -> None:
    assert do(staffed, "priority", "--priority", "p3", "--reason", "looked again").json["priority"] == "P3"
    assert "reason" in do(staffed, "priority", "--priority", "P2").refusal
    assert "P1, P2 or P3" in do(staffed, "priority", "--priority", "P9", "--reason", "x").refusal


REFUSED = [
    ("first_action", [], "needs --result"),
    ("first_action", ["--result", "1"], "holder"),
    ("note", [], "needs a text"),
    ("contact_rule", ["--reason", "perhaps"], "contact_rule needs"),
    ("refer", ["--agency", "Nobody"], "needs --agency"),
    ("police_reported", ["--on", "yesterday"], "needs --on"),
    ("police_reported", [], "needs --on"),
    ("reopen", [], "not possible while the case is new"),
    ("pass_on", [], "not possible while the case is new"),
    ("invalid", [], "needs a reason"),
    ("invalid", ["--reason", "x"], "only a supervisor"),
    ("close", ["--reason", "x"], "only a supervisor"),
    ("pass_on", ["--to", "12"], "not a phone number"),
]


def test_what_is_refused_changes_nothing(staffed: Beliperak) -> None:
    before = the_case(staffed)
    for verb, more, why in REFUSED:
        told = staffed("cases", "do", before["reference"], verb, "--officer", ANI, *more)
        assert why in told.refusal, verb
    assert the_case(staffed) == before


def test_every_verb_of_the_interface_is_there() -> None:
    promised = (
        "accept pass_on first_action refer note priority police_reported close reopen invalid link unlink "
        "contact_rule consent related please_call "
        "require waive add_cadre duress"  # beyond the interface: duties of the law, a cadre by name, a word by voice
    )
    assert set(case_commands.VERBS) == set(promised.split())


# Messages and the worker

MESSAGE_FIELDS = set("id purpose recipient to text status attempts due_at not_after provider_id segments case".split())


def test_messages_are_masked_unless_revealed(staffed: Beliperak) -> None:
    (found,) = staffed("messages", "list", "--json").json
    assert set(found) >= MESSAGE_FIELDS
    assert (found["purpose"], found["recipient"]) == ("alert", "officer")
    assert (found["status"], found["segments"]) == ("queued", 1)
    assert found["to"] == "+6281*****001"
    reference = the_case(staffed)["reference"]
    assert found["case"] == reference
    (revealed,) = staffed("messages", "list", "--case", reference, "--reveal", "--json").json
    assert revealed["to"] == "+6281200000001"
    assert "+6281200000001" not in staffed("messages", "list").out


def test_the_worker_does_what_is_due_and_ends(staffed: Beliperak) -> None:
    told = staffed("worker", "--once")
    assert (told.code, told.err) == (0, "")
    assert told.out.endswith("done, nothing is due\n")
    assert [row["status"] for row in staffed("messages", "list", "--json").json] == ["delivered"]
    assert staffed("worker", "--once").out == "0 done, nothing is due\n"


# Audit


def test_sound_chains_verify_and_a_touched_one_is_named(staffed: Beliperak) -> None:
    do(staffed, "accept")
    assert staffed("audit", "verify") == Told(0, "all chains are sound; no second place to compare with\n", "")
    parts = bootstrap.build(shell.load_settings())
    change = text("UPDATE case_event SET actor = 'officer:nobody' WHERE seq = 2")
    parts.store.write(lambda session: session.execute(change) and None)
    parts.close()
    assert "row 2 is changed" in staffed("audit", "verify").refusal


# Reading and screens


def test_a_text_is_read_as_json_or_for_people(bare: Beliperak) -> None:
    words = "LAPOR FISIK SENAKEN istri dipukul suami"
    found = bare("parse", words, "--json").json
    assert set(found) >= set("id intent forms area_code urgent victim sex missing ask".split())
    assert (found["intent"], found["forms"], found["area_code"]) == ("report", ["FIS"], "64.01.04.2016")
    assert "report" in bare("parse", words).out
    assert bare("parse").code == 2


def test_a_file_is_read_row_by_row(bare: Beliperak, tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = [["id", "text"], ["a", "TOLONG"], ["b", ""], ["c", 'two\nlines, "quoted"'], ["d", "☂" * 900]]
        csv.writer(file).writerows(rows)
    told = bare("parse", "--csv", str(path))
    assert told.code == 0
    assert [json.loads(line)["id"] for line in told.out.splitlines()] == ["a", "b", "c", "d"]
    path.write_text("nomor,teks\n1,x\n")
    assert "id,text" in bare("parse", "--csv", str(path)).refusal


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_screen_is_told(bare: Beliperak, language: str) -> None:
    screens = bare("menu", "map", "--lang", language, "--json").json
    assert {"id", "text", "septets", "keys"} <= set(screens[0])
    assert all(screen["septets"] <= 156 for screen in screens)
    assert "septets)" in bare("menu", "map", "--lang", language).out


@pytest.mark.parametrize(
    ("host", "printed"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("192.0.2.7", "192.0.2.7")]
)
def test_practice_prints_addresses_that_can_be_opened(
    beliperak: Beliperak, monkeypatch: pytest.MonkeyPatch, host: str, printed: str
) -> None:
    class Nothing:
        returncode = 0

        def add_process(self, name: str, command: str) -> None: ...

        def loop(self) -> None: ...

    monkeypatch.setattr(system, "Manager", Nothing)
    monkeypatch.setenv("HOST", host)
    told = beliperak("run")
    assert f"http://{printed}:8000/simulator/" in told.out
    assert f"http://{printed}:8000/console/" in told.out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("areas.csv", None),
        ("learn.csv", None),
        ("services.toml", None),
        ("areas.csv", b"code,label\n64.01,Paser\n"),
        ("areas.csv", b"\xff\xfe"),
        ("learn.csv", b"code;text\nE01;Kata-kata\n"),
        ("services.toml", b"[police\n"),
        ("aliases.csv", b"alias,code\nAntah,99.99\n"),
    ],
)
@pytest.mark.parametrize("command", [("duty", "now"), ("menu", "map")])
def test_a_district_that_cannot_be_read_is_named_in_one_line(
    beliperak: Beliperak,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: tuple[str, ...],
    name: str,
    content: bytes | None,
) -> None:
    folder = tmp_path / "berau"
    shutil.copytree(BUILT_IN_DISTRICT, folder)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    monkeypatch.setenv("DISTRICT", str(folder))
    assert beliperak(*command).refusal.startswith("DISTRICT ")


def test_practice_is_refused_with_a_real_carrier_and_a_worker_is_not(
    bare: Beliperak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert bare("keys", "generate", "--out", str(tmp_path / "keys.json")).code == 0
    real = {
        "PROVIDER": "africastalking",
        "SECRET_KEY": "s" * 32,
        "FIELD_KEYS_FILE": "keys.json",
        "WEBHOOK_TOKEN": "t" * 32,
        "AT_USERNAME": "perak",
        "AT_API_KEY": "atsk",
    }
    for name, value in real.items():
        monkeypatch.setenv(name, value)
    assert "practice" in bare("run").refusal
    monkeypatch.setenv("PROVIDER", "kannel")
    for name in ("SENDSMS_URL", "DLR_URL"):
        monkeypatch.setenv(f"KANNEL_{name}", "http://127.0.0.1:1/x")
    for name in ("USERNAME", "PASSWORD"):
        monkeypatch.setenv(f"KANNEL_{name}", "secret-word")
    assert bare("db", "upgrade").code == 0
    assert bare("worker", "--once").out == "0 done, nothing is due\n"
