"""The machine and the versions: what a table of figures is worth nothing without."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from time import gmtime, perf_counter, strftime

from bench import ours
from bench.figures import percentile
from bench.processes import rest
from bench.run import Run


def describe(run: Run) -> list[str]:
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?"
    )
    memory = next((int(line.split()[1]) / 1e6 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0.0)
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    parts = ("uvicorn", "flask", "sqlalchemy", "psycopg", "cryptography")
    return [
        f"{strftime('%Y-%m-%d %H:%M', gmtime())} UTC, {'quick run' if run.quick else 'full run'}",
        f"{os.cpu_count()} cores {model}, {memory:.0f} GB, Linux {platform.release()}; "
        f"server on core {run.cores.server}, load on core {run.cores.load}; load average at the start {load}",
        f"Python {platform.python_version()}, SQLite {_sqlite()}, Node {_said('node', '--version')}, "
        f"load by {run.client}",
        ours.description() + "; " + ", ".join(f"{name} {version(name)}" for name in parts[3:]),
    ]


def fdatasync_ms(folder: Path, count: int, pause: float = 0.0) -> float:
    """Median of writing 4 KiB to the end of a file and waiting until they are on the disk of `folder`.

    `pause`: seconds before each; a disk that has nothing to do takes longer to begin.
    """
    times = []
    with (folder / "fdatasync").open("wb", buffering=0) as file:
        for _ in range(count):
            rest(pause)
            began = perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            times.append(perf_counter() - began)
    return percentile(times, 0.5) * 1e3


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _sqlite() -> str:
    import sqlite3

    return sqlite3.sqlite_version


def _said(*argv: str) -> str:
    if not shutil.which(argv[0]):
        return "absent"
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
