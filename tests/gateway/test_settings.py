import stat
from datetime import time, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway import setting_kinds as kinds
from gateway.setting_papers import env_example, settings_table
from gateway.settings import BadSettings, Settings, setting_names

HOUSE = Path(__file__).parent.parent.parent
CANARY = "canary-5e7c0de-do-not-print"


def faults_of(environ: dict[str, str], root: Path) -> dict[str, str]:
    with pytest.raises(BadSettings) as caught:
        Settings.load(environ, root)
    return dict(fault.split(" ", 1) for fault in caught.value.faults)


@pytest.fixture
def real(tmp_path: Path) -> dict[str, str]:
    """An environment in which Africa's Talking starts."""
    keys = tmp_path / "keys.json"
    keys.write_text("{}")
    keys.chmod(0o600)
    return {
        "PROVIDER": "africastalking",
        "SECRET_KEY": "s" * 32,
        "FIELD_KEYS_FILE": str(keys),
        "WEBHOOK_TOKEN": "t" * 32,
        "AT_USERNAME": "office",
        "AT_API_KEY": CANARY,
    }


def test_nothing_set_is_practice_with_the_documented_defaults(tmp_path: Path) -> None:
    settings = Settings.load({}, tmp_path)
    assert settings.is_practice
    assert settings.uses_sqlite
    assert settings.database_url == f"sqlite:///{tmp_path}/var/beliperak.db"
    assert (settings.host, settings.port, settings.web_concurrency) == ("127.0.0.1", 8000, 1)
    assert settings.quiet_hours == (time(21), time(7))
    assert settings.ladder_p1 == (timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=30))
    assert settings.first_action_within == (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
    assert settings.follow_up_after == (timedelta(days=3), timedelta(days=14))
    assert settings.field_keys_file == tmp_path / "var/field_keys.json"
    assert (settings.send_rate, settings.send_connections) == (5.0, 8)


def test_practice_secrets_are_made_once_and_for_this_user_only(tmp_path: Path) -> None:
    first, second = Settings.load({}, tmp_path), Settings.load({}, tmp_path)
    assert first.webhook_tokens == second.webhook_tokens
    assert len(first.webhook_tokens[0]) >= 32
    assert first.secret_key.get_secret_value() != first.webhook_tokens[0]
    assert sorted(file.name for file in settings_files(tmp_path)) == ["secret_key", "webhook_token"]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in settings_files(tmp_path))


def settings_files(root: Path) -> list[Path]:
    return list((root / "var").iterdir())


def test_a_damaged_practice_secret_is_named(tmp_path: Path) -> None:
    Settings.load({}, tmp_path)
    (tmp_path / "var/secret_key").write_text("")
    assert set(faults_of({}, tmp_path)) == {"SECRET_KEY"}


def test_faults_leave_no_files(tmp_path: Path) -> None:
    faults_of({"PORT": "x"}, tmp_path)
    assert not (tmp_path / "var").exists()


def test_every_fault_is_named_at_once_and_no_value_is_shown(tmp_path: Path) -> None:
    environ = {
        "DATABASE_URL": f"mysql://u:{CANARY}@h/d",
        "PROVIDER": "africastalking,kannel",
        "PORT": CANARY,
        "HOST": CANARY,
        "SECRET_KEY": CANARY[:7],
        "FIELD_KEYS_FILE": CANARY,
        "WEBHOOK_TOKEN": f"{CANARY}/x",
        "AT_BASE_URL": f"http://{CANARY}.example",
        "KANNEL_SENDSMS_URL": CANARY,
        "TIMEZONE": CANARY,
        "QUIET_HOURS": CANARY,
        "DUTY_DESK": CANARY,
        "LADDER_P1": "PT30M,PT20M,PT10M",
        "WORKER_TICK": "PT1H",
        "SEND_RATE": CANARY,
        "LOG_LEVEL": CANARY,
        "DISTRICT": CANARY,
    }
    with pytest.raises(BadSettings) as caught:
        Settings.load(environ, tmp_path)
    missing = {"AT_USERNAME", "AT_API_KEY", "KANNEL_USERNAME", "KANNEL_PASSWORD", "KANNEL_DLR_URL"}
    assert {fault.split()[0] for fault in caught.value.faults} == environ.keys() - {"PROVIDER"} | missing
    assert CANARY[:8] not in str(caught.value) + repr(caught.value)


def test_a_real_provider_needs_its_secrets_and_says_so(tmp_path: Path, real: dict[str, str]) -> None:
    assert Settings.load(real, tmp_path).provider == ("africastalking",)
    for name in real.keys() - {"PROVIDER"}:
        assert set(faults_of({**real, name: " "}, tmp_path)) == {name}
    smsgate = {"SMSGATE_URL", "SMSGATE_USERNAME", "SMSGATE_PASSWORD", "SMSGATE_SIGNING_KEY"}
    assert set(faults_of({**real, "PROVIDER": "simulator,smsgate"}, tmp_path)) == smsgate


def test_secrets_are_hidden_when_shown(tmp_path: Path, real: dict[str, str]) -> None:
    url = f"postgresql://user:{CANARY}@h/d"
    settings = Settings.load({**real, "DATABASE_URL": url, "KANNEL_DLR_URL": f"https://h/{CANARY}"}, tmp_path)
    assert CANARY not in repr(settings) + str(settings)
    assert settings.at_api_key is not None
    assert settings.at_api_key.get_secret_value() == CANARY


def test_settings_do_not_change(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        Settings.load({}, tmp_path).port = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBHOOK_TOKEN", "short"),
        ("WEBHOOK_TOKEN", "long-enough-for-anybody,short"),
        ("SECRET_KEY", "short"),
        ("METRICS_TOKEN", "short"),
        ("FIELD_KEYS_FILE", "/nowhere/keys.json"),
        ("FIELD_KEYS_FILE", "/"),
        ("AT_BASE_URL", "http://api.example"),
    ],
)
def test_weak_secrets_are_refused_with_a_real_provider(
    tmp_path: Path, real: dict[str, str], name: str, value: str
) -> None:
    assert set(faults_of({**real, name: value}, tmp_path)) == {name}


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, real: dict[str, str]) -> None:
    Path(real["FIELD_KEYS_FILE"]).chmod(0o640)
    assert faults_of(real, tmp_path) == {"FIELD_KEYS_FILE": "can be read by others; run chmod 600 on it"}


def test_two_tokens_are_valid_while_changing(tmp_path: Path, real: dict[str, str]) -> None:
    settings = Settings.load({**real, "WEBHOOK_TOKEN": "old-token-0123456789, new-token-0123456789"}, tmp_path)
    assert settings.webhook_tokens == ("old-token-0123456789", "new-token-0123456789")


def test_a_rehearsal_server_on_this_machine_needs_no_tls(tmp_path: Path, real: dict[str, str]) -> None:
    assert Settings.load({**real, "AT_BASE_URL": "http://127.0.0.1:9"}, tmp_path).at_base_url == "http://127.0.0.1:9"


def test_more_web_processes_need_postgresql(tmp_path: Path) -> None:
    assert set(faults_of({"WEB_CONCURRENCY": "2"}, tmp_path)) == {"WEB_CONCURRENCY"}
    settings = Settings.load({"WEB_CONCURRENCY": "2", "DATABASE_URL": "postgres://u@h/d"}, tmp_path)
    assert settings.database_url == "postgresql+psycopg://u@h/d"


def test_a_dotenv_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9001\nDUTY_DESK='0812-3456-7890'\nMETRICS_TOKEN=a${PORT}b\nOTHER=1\n")
    settings = Settings.load({"PORT": "9002"}, tmp_path)
    assert (settings.port, settings.duty_desk) == (9002, "+6281234567890")
    assert settings.metrics_token is not None
    assert settings.metrics_token.get_secret_value() == "a${PORT}b"


def test_an_unreadable_dotenv_file_is_one_fault(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PORT=\xff\xfe")
    assert set(faults_of({}, tmp_path)) == {".env"}


def test_relative_paths_belong_to_the_root(tmp_path: Path) -> None:
    (tmp_path / "berau").mkdir()
    settings = Settings.load({"DATABASE_URL": "sqlite:///a b?.db", "DISTRICT": "berau"}, tmp_path)
    assert settings.database_url.startswith(f"sqlite:///{tmp_path}/a b")
    assert settings.district == tmp_path / "berau"
    assert Settings.load({"DATABASE_URL": "sqlite:////srv/b.db"}, tmp_path).database_url == "sqlite:////srv/b.db"


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("PT20M", timedelta(minutes=20)),
        ("P3D", timedelta(days=3)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("P2W", timedelta(days=14)),
        ("PT0S", timedelta(0)),
    ],
)
def test_durations_are_iso_8601(raw: str, meant: timedelta) -> None:
    assert kinds.parse_duration(raw) == meant


@pytest.mark.parametrize(
    "raw", ["", "P", "PT", "P1DT", "20", "P1M", "P1Y", "-PT1M", "PT1M2H", "PT²M", "P99999D", "PT1M\n"]
)
def test_anything_else_is_no_duration(raw: str) -> None:
    with pytest.raises(ValueError, match=r"is (not an ISO|longer)"):
        kinds.parse_duration(raw)


@pytest.mark.parametrize("raw", ["PT10M,PT20M", "PT10M,PT10M,PT20M", "PT0S,PT1M,PT2M", "PT1M,,PT2M", "PT3M,PT2M,PT1M"])
def test_a_ladder_has_three_rising_steps(raw: str) -> None:
    with pytest.raises(ValueError, match=r"holds|rise|duration"):
        kinds.parse_rising(3)(raw)


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u@a:5432,b/d?x=1", "postgresql+psycopg://u@/d?host=a%3A5432&host=b%3A5432&x=1"),
        ("sqlite:///x.db", "sqlite:///x.db"),
    ],
)
def test_databases_we_know(raw: str, meant: str) -> None:
    assert kinds.parse_database(raw) == meant


@pytest.mark.parametrize(
    "raw", ["sqlite://", "sqlite:///:memory:", "mysql://h/d", "x", "postgresql+asyncpg://h/d", "postgresql://a:x,b/d"]
)
def test_databases_that_would_lose_reports_or_are_none(raw: str) -> None:
    with pytest.raises(ValueError, match=r"is "):
        kinds.parse_database(raw)


@pytest.mark.parametrize(
    ("raw", "meant"),
    [("110", "110"), ("129", "129"), ("0812 3456 7890", "+6281234567890"), ("12", None), ("polisi", None)],
)
def test_a_desk_is_a_phone_or_a_short_code(raw: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(ValueError, match="no phone number"):
            kinds.parse_called(raw)
    else:
        assert kinds.parse_called(raw) == meant


def test_the_night_agency_is_texted_so_no_short_code_will_do(tmp_path: Path) -> None:
    assert Settings.load({"NIGHT_AGENCY": "0811 5000 1110"}, tmp_path).night_agency == "+6281150001110"
    for raw in ("110", "129", "polisi"):
        assert set(faults_of({"NIGHT_AGENCY": raw}, tmp_path)) == {"NIGHT_AGENCY"}


@pytest.mark.parametrize("raw", ["21:00", "21:00-24:00", "9:00-10:00", "21:00-07:00-08:00", ""])
def test_quiet_hours_are_two_times(raw: str) -> None:
    with pytest.raises(ValueError, match="two times of day"):
        kinds.parse_hours(raw)


def test_every_interface_setting_exists() -> None:
    promised = """DATABASE_URL PROVIDER PORT WEB_CONCURRENCY LOG_LEVEL SECRET_KEY FIELD_KEYS_FILE WEBHOOK_TOKEN HOST
    AT_USERNAME AT_API_KEY AT_SENDER_ID AT_SERVICE_CODE AT_BASE_URL KANNEL_SENDSMS_URL KANNEL_USERNAME KANNEL_PASSWORD
    KANNEL_DLR_URL SMSGATE_URL SMSGATE_USERNAME SMSGATE_PASSWORD SMSGATE_SIGNING_KEY DISTRICT TIMEZONE DEFAULT_LANGUAGE
    QUIET_HOURS RESUME_WITHIN SESSION_EXPIRES_AFTER DUTY_DESK NIGHT_AGENCY METRICS_TOKEN LADDER_P1 ACCEPT_WITHIN_P2
    ACCEPT_WITHIN_P3 FIRST_ACTION_WITHIN CALL_ME_WITHIN FOLLOW_UP_AFTER WORKER_TICK SEND_RATE SEND_CONNECTIONS"""
    assert set(promised.split()) <= set(setting_names())


def test_the_example_file_is_the_settings() -> None:
    assert (HOUSE / ".env.example").read_text() == env_example(), "write it anew: see env_example()"


def test_the_example_file_uncommented_is_practice(tmp_path: Path) -> None:
    uncommented = [line[1:] for line in env_example().splitlines() if line.startswith("#") and line[1:2].isupper()]
    (tmp_path / ".env").write_text("\n".join(uncommented))
    assert Settings.load({}, tmp_path).is_practice


def test_the_readme_shows_every_setting() -> None:
    assert settings_table() in (HOUSE / "README.md").read_text(), "paste what settings_table() returns into README.md"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROVIDER", "simulator,simulator"),
        ("PROVIDER", "twilio"),
        ("PROVIDER", "simulator,"),
        ("PORT", "0"),
        ("PORT", "²"),
        ("HOST", "gateway.example"),
        ("SEND_RATE", "0"),
        ("SEND_RATE", "nan"),
        ("RESUME_WITHIN", "P9999D"),
        ("ACCEPT_WITHIN_P2", "PT0S"),
        ("WORKER_TICK", "PT0.001S"),
        ("FOLLOW_UP_AFTER", "P14D,P3D"),
        ("TIMEZONE", "../etc/passwd"),
        ("AT_SERVICE_CODE", "*384*x#"),
        ("SECRET_KEY", "tab\tinside"),
        ("WEBHOOK_TOKEN", "one,two,three"),
        ("WEBHOOK_TOKEN", "one,"),
        ("SMSGATE_URL", "ftp://h"),
        ("SMSGATE_URL", "https://h:x/"),
        ("SMSGATE_URL", "https://h/a b"),
        ("DEFAULT_LANGUAGE", "fr"),
        ("SMS_PRICE", "Rp350"),
        ("SMS_PRICE", "-1"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, name: str, value: str) -> None:
    assert set(faults_of({name: value}, tmp_path)) == {name}


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("HOST", "localhost", "127.0.0.1"),
        ("HOST", "[::1]", "::1"),
        ("AT_SERVICE_CODE", "*384*123#", "*384*123#"),
        ("AT_BASE_URL", "http://localhost:9", "http://localhost:9"),
        ("LOG_LEVEL", "DEBUG", "debug"),
        ("SEND_RATE", "0.5", 0.5),
        ("SMS_PRICE", "350.5", 350.5),
        ("QUIET_HOURS", "00:00-00:00", (time(0), time(0))),
        ("PROVIDER", "Simulator", ("simulator",)),
    ],
)
def test_what_is_meant_is_understood(tmp_path: Path, name: str, value: str, meant: object) -> None:
    assert getattr(Settings.load({name: value}, tmp_path), name.lower()) == meant
