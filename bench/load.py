"""Load on one server from the other core: wrk where it is installed, our own client elsewhere."""

import itertools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.figures import Round, Untold
from bench.journeys import Journey
from bench.processes import Cores, Process, cpu_seconds

CONNECTIONS = 16
HERE = Path(__file__).parent
_RUNS = itertools.count(1)
"""Every stretch of load has its own number, so that no phone of one is a phone of another."""


def next_run() -> int:
    return next(_RUNS)


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def press(
    journey: Journey, port: int, seconds: float, cores: Cores, server: Process, connections: int = CONNECTIONS
) -> Round:
    """One round: the journey on so many keep-alive connections, and what it cost the server's processes."""
    before = {pid: cpu_seconds([pid]) for pid in server.pids}
    line = _run(journey, port, seconds, cores, connections)
    spent = sum(max(0.0, cpu_seconds([pid]) - before.get(pid, 0.0)) for pid in server.pids)
    hops, wrong, took, p50, p99, *first = line.split(maxsplit=5)
    return Round(int(hops), int(took) / 1e6, int(p50) / 1e3, int(p99) / 1e3, spent, int(wrong), "".join(first))


def _run(journey: Journey, port: int, seconds: float, cores: Cores, connections: int) -> str:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        run = str(next_run())
        if has_wrk():
            plan = Path(folder) / "journey.lua"
            plan.write_text(journey.as_lua())
            size = [
                "-t",
                str(connections),
                "-c",
                str(connections),
                "-d",
                f"{max(1, round(seconds))}s",
                "--timeout",
                "30s",
            ]
            words = ["wrk", *size, "-s", str(HERE / "load.lua"), f"http://127.0.0.1:{port}", "--", str(plan), run]
        else:
            plan = Path(folder) / "journey.json"
            plan.write_text(journey.as_json())
            words = [sys.executable, "-m", "bench.client", str(plan), str(port), str(seconds), str(connections), run]
        return said(words, cores, seconds)


def said(words: list[str], cores: Cores, seconds: float) -> str:
    """What a client said after `BENCH`. Raises Untold."""
    pinned = ["taskset", "-c", str(cores.load), *words] if shutil.which("taskset") else words
    try:
        done = subprocess.run(pinned, cwd=HERE.parent, capture_output=True, text=True, timeout=seconds + 60)
    except subprocess.TimeoutExpired:
        raise Untold("the load did not end") from None
    for text in done.stdout.splitlines():
        if text.startswith("BENCH "):
            return text.removeprefix("BENCH ")
    raise Untold("the load failed: " + (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:120])
