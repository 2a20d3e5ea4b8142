"""Servers as processes: started on a core, watched through /proc, and ended by their own ids."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
STARTS_WITHIN = 60.0  # seconds
ENDS_WITHIN = 15.0


Words = Sequence["str | Path"]
"""A command line."""


class Failed(Exception):
    """A server that could not be started. The text ends with the last line of its log."""


@dataclass(frozen=True)
class Cores:
    """Which core serves and which one loads; the same where there is only one."""

    server: int
    load: int

    @classmethod
    def find(cls) -> "Cores":
        mine = sorted(os.sched_getaffinity(0))
        return cls(mine[0], mine[1 % len(mine)])


@dataclass
class Process:
    """A running process and all it started. Use as a context manager, or call `end`."""

    popen: "subprocess.Popen[bytes]"
    log: Path
    name: str = ""
    helpers: "list[Process]" = field(default_factory=list)  # databases and workers of its own, ended with it

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *fault: object) -> None:
        self.end()

    @property
    def pids(self) -> list[int]:
        own = tree(self.popen.pid)
        return own + [pid for helper in self.helpers for pid in helper.pids]

    def end(self) -> None:
        own = tree(self.popen.pid)
        _signal(own, signal.SIGCONT)
        self.popen.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(ENDS_WITHIN)
        _signal([pid for pid in own if _is_alive(pid)], signal.SIGKILL)
        self.popen.wait()
        for helper in reversed(self.helpers):
            helper.end()

    def pause(self) -> None:
        """Stand still, so that its own ticking does not disturb the measurement of another."""
        _signal(self.pids, signal.SIGSTOP)

    def go_on(self) -> None:
        _signal(self.pids, signal.SIGCONT)

    def complaint(self) -> str:
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1][:160] if lines else "it said nothing"


def start(argv: Words, core: int, folder: Path, environ: Mapping[str, str] | None = None, name: str = "") -> Process:
    """Start on one core, in `folder`, with its output in a log there."""
    words = [str(word) for word in argv]
    if shutil.which("taskset"):
        words = ["taskset", "-c", str(core), *words]
    log = folder / f"{name or Path(words[-1]).name}.log"
    with log.open("ab") as out:
        popen = subprocess.Popen(
            words,
            cwd=folder,
            env={**os.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    return Process(popen, log, name)


def wait_for(process: Process, port: int, within: float = STARTS_WITHIN) -> None:
    """Until it listens. Raises Failed."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if process.popen.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    complaint = process.complaint()
    process.end()
    raise Failed(f"did not start: {complaint}")


def run(argv: Words, folder: Path, environ: Mapping[str, str] | None = None) -> str:
    """Run to its end and return what it printed. Raises Failed."""
    words = [str(word) for word in argv]
    done = subprocess.run(words, cwd=folder, env={**os.environ, **(environ or {})}, capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise Failed(f"{Path(words[0]).name} failed: {lines[-1][:160]}")
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rest(seconds: float) -> None:
    """Awake, where a core is to be had for it: whoever sleeps measures his own waking up as well."""
    if (os.cpu_count() or 1) < 2:
        time.sleep(seconds)
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """This process itself on one core, as `start` puts another's."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


# /proc


def tree(root: int) -> list[int]:
    """`root` and all its descendants that live."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return [pid for pid in found if _is_alive(pid)]


def cpu_seconds(pids: Sequence[int]) -> float:
    """utime and stime of living processes (proc(5), fields 14 and 15 of stat)."""
    return sum((int(fields[11]) + int(fields[12])) / TICK for pid in pids if (fields := _stat(pid)))


def memory(pid: int) -> tuple[float, float]:
    """Resident and proportional set size, in MB of 10^6 bytes."""
    sizes = {"Rss:": 0.0, "Pss:": 0.0}
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, size = line.split()[:2]
            if name in sizes:
                sizes[name] = int(size) * 1024 / 1e6
    return sizes["Rss:"], sizes["Pss:"]


def command_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    return ""


def _stat(pid: int) -> list[str]:
    """The fields after the command's name: state is [0], the parent [1]."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _is_alive(pid: int) -> bool:
    fields = _stat(pid)
    return bool(fields) and fields[0] != "Z"


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
