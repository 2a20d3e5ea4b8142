"""Killed at any point: nothing acknowledged is lost, no resident hears twice, an officer at most once more a crash."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import crash, keyring
from gateway.bootstrap import check_crash_point
from gateway.settings import BadSettings, Settings
from tests.faults import crashes
from tests.faults.outcome import Outcome

HOUSE = Path(__file__).parent.parent.parent
ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else None


def check(outcome: Outcome) -> None:
    assert (outcome.lost, outcome.residents) == (0, 0), outcome
    assert outcome.officers <= outcome.crashes, outcome


@pytest.mark.parametrize(
    ("engine", "point"),
    [
        *(("sqlite", point) for point in crashes.points("sqlite")),
        *(pytest.param("postgres", point, marks=pytest.mark.postgres) for point in crashes.points("postgres")),
    ],
)
def test_killed_at(engine: str, point: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("postgres_url") if engine == "postgres" else None
    check(crashes.kill_at(tmp_path, url, point))


def test_a_kill_storm_among_six_workers(tmp_path: Path, url: str | None) -> None:
    check(crashes.storm(tmp_path, url, kills=15, seed=1))


def test_a_worker_that_wakes_after_its_lease_is_fenced(tmp_path: Path, url: str | None) -> None:
    check(crashes.freeze(tmp_path, url))


def test_six_schedulers_fire_each_rule_once(tmp_path: Path, url: str | None) -> None:
    check(crashes.two_schedulers(tmp_path, url))


# The charge itself


def run(code: str, **environ: str) -> int:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=HOUSE, env={"PATH": os.environ["PATH"], **environ}, check=False).returncode


def test_the_environment_says_where_to_die_and_how_late() -> None:
    code = "from gateway import crash; crash.here('case_opened'); crash.here('rule_fired'); print('alive')"
    assert run(code) == 0
    assert run(code, BELIPERAK_CRASH_AT="case_opened") == -9
    assert run(code, BELIPERAK_CRASH_AT="rule_fired:2") == 0
    assert run(code + "; crash.here('rule_fired')", BELIPERAK_CRASH_AT="rule_fired:2") == -9


REAL = {"PROVIDER": "africastalking", "AT_USERNAME": "perak", "AT_API_KEY": "key", "SECRET_KEY": "s" * 32}


@pytest.mark.parametrize(
    ("charge", "settings", "refused"),
    [
        ("", {}, False),
        ("case_opened", {"PROVIDER": "simulator"}, False),
        ("case_opened:9", {**REAL, "AT_BASE_URL": "http://127.0.0.1:1"}, False),
        ("case_opened", REAL, True),
        ("nowhere", {"PROVIDER": "simulator"}, True),
    ],
)
def test_no_office_that_reaches_people_starts_with_a_charge(
    charge: str, settings: dict[str, str], refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.generate(tmp_path / "keys.json")
    environ = {"FIELD_KEYS_FILE": str(tmp_path / "keys.json"), "WEBHOOK_TOKEN": "t" * 20, **settings}
    loaded = Settings.load(environ, tmp_path)
    monkeypatch.setattr(crash, "_charge", crash.Charge(charge) if charge else None)
    if refused:
        with pytest.raises(BadSettings, match="BELIPERAK_CRASH_AT"):
            check_crash_point(loaded)
    else:
        check_crash_point(loaded)


def test_every_point_is_passed_somewhere() -> None:
    sources = "\n".join(path.read_text() for path in (HOUSE / "gateway").rglob("*.py"))
    assert {point for point in crash.POINTS if f'crash.here("{point}")' not in sources} == set()
