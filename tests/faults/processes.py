"""The real processes of a stage: its web process, and commands that run beside it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import requests

from tests.faults.scene import TOKEN, Stage

BELIPERAK = str(Path(sys.executable).with_name("beliperak"))
LOOKS = 600
"""A tenth of a second apart."""


def wait_until(holds: Callable[[], object], what: str) -> None:
    pause = threading.Event()
    for _ in range(LOOKS):
        if holds():
            return
        pause.wait(0.1)
    raise AssertionError(what)


@contextlib.contextmanager
def web(stage: Stage) -> Iterator[str]:
    """Its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (stage.root / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [BELIPERAK, "web"],
            cwd=stage.root,
            env={**_environ(stage), "PORT": str(port)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    root = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(f"{root}/healthz"), "web did not start")
        yield root
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def command(stage: Stage, *words: str) -> str:
    """What it said."""
    done = subprocess.run(
        [BELIPERAK, *words], cwd=stage.root, env=_environ(stage), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _environ(stage: Stage) -> dict[str, str]:
    own = {"DATABASE_URL": stage.url} if stage.url else {}
    return {"PATH": os.environ["PATH"], "WEBHOOK_TOKEN": TOKEN, "SECRET_KEY": "s" * 32, **own}


def _answers(address: str) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(address, timeout=2).ok
    return False
