"""The samples under deploy/ fit this release: their commands, their settings, their health check."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.cli import build_parser
from gateway.settings import setting_names

DEPLOY = Path(__file__).parent.parent / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("beliperak-*.service"))


def read(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser


def test_there_is_a_unit_for_each_process() -> None:
    assert [path.stem for path in UNITS] == ["beliperak-backup", "beliperak-web", "beliperak-worker"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_command_that_exists(path: Path) -> None:
    line = re.sub(r"\$\$\(date [^)]*\)", "DAY", read(path)["Service"]["ExecStart"])
    words = re.search(r"/bin/beliperak ([^'\n]+)", line)
    assert words
    assert build_parser().parse_args(words[1].split()).run


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_gets_the_keys_as_a_credential_and_leaves_no_core(path: Path) -> None:
    service = read(path)["Service"]
    assert service["LoadCredential"].startswith("field_keys.json:")
    assert service["Environment"] == "FIELD_KEYS_FILE=%d/field_keys.json"
    assert (service["LimitCORE"], service["UMask"], service["User"]) == ("0", "0077", "beliperak")
    assert service["NoNewPrivileges"] == "yes"


def test_every_setting_of_the_sample_is_one() -> None:
    lines = (DEPLOY / "beliperak.env").read_text().splitlines()
    names = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert names <= set(setting_names())
    assert "FIELD_KEYS_FILE" not in names, "the units set it"


def test_the_proxy_waits_for_whole_requests_and_asks_for_life_only() -> None:
    text = (DEPLOY / "haproxy.cfg").read_text()
    rules = "\n".join(line for line in text.splitlines() if not line.strip().startswith("#"))
    assert "option http-buffer-request" in rules
    assert "option httpchk GET /healthz" in rules
    assert "/readyz" not in rules
    assert not re.search(r"log-format.*%(\[path|r\b|HP|HU|HQ)", rules), "the log would hold the callbacks' token"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_understands_the_unit(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / path.name
    copy.write_text(path.read_text().replace("/opt/beliperak/.venv/bin/beliperak", "/bin/true"))
    told = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert "Unknown" not in told.stderr
    assert told.returncode == 0, told.stderr


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is not installed")
def test_haproxy_understands_its_configuration(tmp_path: Path) -> None:
    text = (DEPLOY / "haproxy.cfg").read_text().replace("ssl crt /etc/haproxy/gateway.pem alpn http/1.1", "")
    (tmp_path / "haproxy.cfg").write_text(text.replace(":443", "127.0.0.1:0"))
    told = subprocess.run(["haproxy", "-c", "-f", str(tmp_path / "haproxy.cfg")], capture_output=True, check=False)
    assert told.returncode == 0, told.stderr.decode()
