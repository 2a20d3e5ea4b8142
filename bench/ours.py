"""Our own gateway, started as an operator starts it, with everything on: sealing, events, durable commits, worker."""

import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from bench.processes import Cores, Failed, Process, command_of, free_port, memory, run, start, tree, wait_for
from gateway.settings import setting_names

BELIPERAK = Path(sys.executable).with_name("beliperak")
TOKEN = "token-of-the-benchmark"
OFFICER = "+6281200000001"
LOGIN, PASSWORD = "petugas", "password-of-the-benchmark-1"


def description() -> str:
    parts = ("uvicorn", "uvloop", "flask", "sqlalchemy")
    return f"beliperak {version('beliperak')}, " + ", ".join(f"{name} {version(name)}" for name in parts)


class Practice:
    """`make run`: migrations, a first officer on duty, web and worker under one parent, the simulator as carrier."""

    def __init__(self, folder: Path, cores: Cores, url: str | None = None) -> None:
        self.folder, self.port = folder, free_port()
        self.environ = settings(
            {"PORT": str(self.port), "WEBHOOK_TOKEN": TOKEN, **({"DATABASE_URL": url} if url else {})}
        )
        self.process = start([BELIPERAK, "run"], cores.server, folder, self.environ, "ours")
        wait_for(self.process, self.port)

    @property
    def ussd(self) -> str:
        return f"/webhooks/africastalking/{TOKEN}/ussd"

    @property
    def sms(self) -> str:
        return f"/webhooks/africastalking/{TOKEN}/sms"


def settings(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of one of our processes: defaults but for what is given."""
    unset = dict.fromkeys(setting_names(), "")
    return {**unset, **given}


def real_carrier(folder: Path, carrier: str, **more: str) -> dict[str, str]:
    """The environment of production: Africa's Talking at `carrier`."""
    return settings(
        {
            "PROVIDER": "africastalking",
            "AT_USERNAME": "benchmark",
            "AT_API_KEY": "key-of-the-benchmark",
            "AT_BASE_URL": carrier,
            "SECRET_KEY": "secret-key-of-the-benchmark-0123456789",
            "WEBHOOK_TOKEN": TOKEN,
            "FIELD_KEYS_FILE": str(folder / "var" / "field_keys.json"),
            **more,
        }
    )


def prepare(folder: Path) -> None:
    """Keys, tables and an officer on duty, by our own commands; `var/` of it may be copied."""
    environ = real_carrier(folder, "http://127.0.0.1:1")
    (folder / "var").mkdir(mode=0o700, exist_ok=True)
    run([BELIPERAK, "keys", "generate", "--out", environ["FIELD_KEYS_FILE"]], folder, environ)
    run([BELIPERAK, "db", "upgrade"], folder, environ)
    add_officer(folder, environ)
    shift = ["--officer", OFFICER, "--from", "2026-01-01T00:00:00+08:00", "--to", "2099-01-01T00:00:00+08:00"]
    run([BELIPERAK, "duty", "add", *shift], folder, environ)


def add_officer(folder: Path, environ: Mapping[str, str]) -> None:
    who = ["--name", "Petugas", "--phone", OFFICER, "--role", "supervisor", "--login", LOGIN]
    run([BELIPERAK, "officer", "add", *who], folder, {**environ, "BELIPERAK_PASSWORD": PASSWORD})


def start_web(folder: Path, cores: Cores, environ: Mapping[str, str], port: int) -> Process:
    process = start([BELIPERAK, "web"], cores.server, folder, {**environ, "PORT": str(port)}, "web")
    wait_for(process, port)
    return process


def start_worker(folder: Path, cores: Cores, environ: Mapping[str, str]) -> Process:
    process = start([BELIPERAK, "worker"], cores.server, folder, environ, "worker")
    if process.popen.poll() is not None:
        raise Failed(process.complaint())
    return process


def memories(root: int) -> dict[str, tuple[float, float]]:
    """RSS and PSS in MB of each process under `root`, by what it is."""
    found: dict[str, tuple[float, float]] = {}
    for pid in tree(root):
        words = command_of(pid)
        if "beliperak worker" in words:
            found["worker"] = memory(pid)
        elif "beliperak web" in words:
            found["web"] = memory(pid)
    return found
