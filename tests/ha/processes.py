"""Processes that are started, frozen and killed by their numbers, each with all that it has started itself."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

OWNER: Final = "postgres"
"""PostgreSQL does not run as root; who is not root runs it as himself."""
ENVIRON: Final = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
LOOK_EVERY: Final = 0.1


class Daemon:
    """A command in a session of its own, with its output in a file; it may be started again after a kill."""

    def __init__(self, name: str, folder: Path, command: list[str]) -> None:
        self.name, self.folder, self._command = name, folder, command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        make_folder(self.folder)
        owner = OWNER if os.geteuid() == 0 else None
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env={**ENVIRON, "HOME": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=owner,
                group=owner,
                extra_groups=() if owner else None,
            )

    def roots(self) -> list[int]:
        """The processes that nothing else of this daemon has started."""
        return [self._process.pid] if self._process else []

    def reap(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None


def make_folder(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        owner = pwd.getpwnam(OWNER)
        os.chown(path, owner.pw_uid, owner.pw_gid)


def kill(daemons: Iterable[Daemon]) -> None:
    """kill -9 of all of them at one moment; they are gone when this returns."""
    daemons = list(daemons)
    pids = family(pid for daemon in daemons for pid in daemon.roots())
    tell(pids, signal.SIGKILL)
    for daemon in daemons:
        daemon.reap()
    wait_until(lambda: not any(map(lives, pids)), "the processes ended", 20)


def tell(pids: Iterable[int], word: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, word)
        except ProcessLookupError:
            continue


def family(roots: Iterable[int]) -> list[int]:
    """These processes and all that descend from them, the oldest first."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        if (found := _stat(int(path.name))) is not None:
            children.setdefault(int(found[1]), []).append(int(path.name))
    found_pids = list(roots)
    for pid in found_pids:  # it grows as we go
        found_pids += children.get(pid, [])
    return found_pids


def lives(pid: int) -> bool:
    found = _stat(pid)
    return found is not None and found[0] != "Z"


def titled(pids: Iterable[int], words: str) -> list[int]:
    """Those of these processes that call themselves so."""
    return [pid for pid in pids if words in _title(pid)]


def _stat(pid: int) -> list[str] | None:
    """State, parent and the rest, as proc(5) has them."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def wait_until(holds: Callable[[], bool], what: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(LOOK_EVERY)
