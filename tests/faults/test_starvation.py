"""One SQLite file, several processes: everybody gets a turn, by count, not by the clock."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text

from gateway import migrate
from gateway.database import open_store
from models.throttle import Pulse

HOUSE = Path(__file__).parent.parent.parent

WRITER = """
import sys
import threading
from datetime import UTC, datetime
from gateway.database import open_store
from models.throttle import Pulse

url, who, threads, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
AT = datetime(2026, 11, 23, tzinfo=UTC)
store = open_store(url)
stop = threading.Event()

def write(thread):
    for number in range(count):
        if stop.is_set():
            return
        store.write(lambda s: s.add(Pulse(name=f"{who}.{thread}.{number}", at=AT, word=who)))

print("ready", flush=True)
sys.stdin.readline()
running = [threading.Thread(target=write, args=[number]) for number in range(threads)]
for thread in running:
    thread.start()
if count > 100_000:  # until told to stop
    sys.stdin.readline()
    stop.set()
for thread in running:
    thread.join()
store.close()
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'x.db'}"
    store = open_store(address)
    migrate.upgrade(store.engine)
    store.close()
    return address


def start(url: str, who: str, threads: int, count: int) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", WRITER, url, who, str(threads), str(count)]
    process = subprocess.Popen(argv, cwd=HOUSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def say(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    assert process.wait(60) == 0
    process.stdout.close()


def order(url: str) -> list[str]:
    """Who wrote, in the order of the commits."""
    store = open_store(url)
    found: list[str] = store.read(lambda session: list(session.scalars(select(Pulse.word).order_by(text("rowid")))))
    store.close()
    return found


def test_two_busy_writers_alternate_and_lose_nothing(url: str) -> None:
    both = [start(url, who, threads=1, count=200) for who in ("a", "b")]
    for process in both:
        say(process)
    for process in both:
        end(process)
    turns = order(url)
    assert (turns.count("a"), turns.count("b")) == (200, 200)
    first_done = min(len(turns) - turns[::-1].index(who) for who in "ab")
    behind = min(turns[:first_done].count(who) for who in "ab")
    assert behind >= 50, "one of them was served four times as often"


def test_a_saturated_web_process_does_not_starve_the_worker(url: str) -> None:
    """Sixteen requests at a time in one process, one job in the other: the job waits a few batches, no more."""
    web = start(url, "web", threads=16, count=1_000_000)
    worker = start(url, "worker", threads=1, count=60)
    say(web)
    say(worker)
    end(worker)
    say(web)
    end(web)
    turns = order(url)
    assert turns.count("worker") == 60
    first, last = turns.index("worker"), len(turns) - turns[::-1].index("worker")
    between = turns[first:last].count("web")
    assert between > 0
    assert between <= 60 * 16 * 10, "ten full batches for each turn of the worker"
