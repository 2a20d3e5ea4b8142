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
    assert "TRUSTED_PROXIES=1" in lines, "there is one proxy in front"


def test_the_proxy_waits_for_whole_requests_and_asks_for_life_only() -> None:
    text = (DEPLOY / "haproxy.cfg").read_text()
    rules = "\n".join(line for line in text.splitlines() if not line.strip().startswith("#"))
    assert "option http-buffer-request" in rules
    assert "http-check send meth GET uri /healthz " in rules
    assert "/readyz" not in rules
    assert not re.search(r"log-format.*%(\[path|r\b|HP|HU|HQ)", rules), "the log would hold the callbacks' token"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("folder", ["systemd", "kannel"])
def test_systemd_understands_the_units(folder: str, tmp_path: Path) -> None:
    """Together, since they name each other; with a command that is there."""
    units = [path for path in (DEPLOY / folder).iterdir() if path.suffix in (".service", ".timer")]
    copies = [tmp_path / path.name for path in units]
    assert len(copies) == {"systemd": 4, "kannel": 2}[folder]
    for copy in copies:
        unit = (DEPLOY / folder / copy.name).read_text()
        copy.write_text(re.sub(r"^ExecStart=/(opt|usr/sbin)/\S+", "ExecStart=/bin/true", unit, flags=re.MULTILINE))
    told = analyze("verify", "--man=no", *map(str, copies))
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("path", [*UNITS, *sorted((DEPLOY / "kannel").glob("*.service"))], ids=lambda path: path.stem)
def test_a_unit_may_do_little_on_its_machine(path: Path) -> None:
    """Exposure as systemd counts it, in tenths: a unit without any limit has 96. Kannel's may reach a modem."""
    if "--offline" not in analyze("--help").stdout:
        pytest.skip("this systemd judges only units that are installed")
    threshold = "40" if path.stem.startswith("kannel") else "20"
    told = analyze("security", "--offline=true", f"--threshold={threshold}", str(path))
    assert told.returncode == 0, told.stdout.splitlines()[-1]


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)
