"""Draining the outbox: the real worker against a carrier that takes 50 ms, at 1, 32 and 128 connections."""

import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import africastalking
from sqlalchemy.orm import Session

from bench import ours
from bench.figures import Untold
from bench.processes import Failed, Process, Words, free_port, start, wait_for
from bench.report import Section, number
from bench.run import Run
from gateway import bootstrap
from gateway.bootstrap import Parts
from gateway.clock import utc_now
from gateway.outbox import queue
from gateway.settings import BadSettings, Settings
from models.vocabulary import Purpose, Recipient

ANSWERS_AFTER = 0.05  # seconds
CONNECTIONS = (1, 32, 128)
TEXT = "BP 3E76 Anda ambil. Baca aturan kontak sebelum menelepon. Lapor hasil: SUDAH 303116"
HOUSE = Path(__file__).parent.parent


def measure(run: Run) -> list[Section]:
    with ExitStack() as stack:
        template = run.folder(stack)
        ours.prepare(template)
        rows = [_row(run, template, count) for count in CONNECTIONS]
    for count in (1, 32):
        rate = sdk(run, count, messages_for(run, count))
        rows.append((f"the carrier's SDK, {count} threads", number(rate), f"{rate * ANSWERS_AFTER / count:.2f}"))
    notes = [
        "messages a second that reach the carrier, from the first to the last; the part is of connections / 50 ms",
        "ours: the worker as a process with PROVIDER=africastalking, SEND_RATE=100000; claims, leases and settles "
        "included, SQLite; the carrier runs on the other core",
    ]
    return [Section("SMS outbound", ("sender", "messages/s", "of possible"), rows, notes)]


def _row(run: Run, template: Path, count: int) -> tuple[str, str, str]:
    run.say(f"outbound: {count} connections")
    name, figure = f"ours, {count} connections", f"outbound {count}"
    try:
        rate = drain(run, template, count, messages_for(run, count))
    except (Failed, Untold, BadSettings) as why:
        run.figures[figure] = str(why)
        return name, str(why), ""
    part = rate * ANSWERS_AFTER / count
    run.figures[figure] = part
    return name, number(rate), f"{part:.2f}"


def messages_for(run: Run, connections: int) -> int:
    """What so many connections could send in a while."""
    return max(40, int(connections / ANSWERS_AFTER * (1.5 if run.quick else 5)))


class Carrier:
    """The loopback carrier as a process on the load's core."""

    def __init__(self, run: Run, folder: Path, delay: float = ANSWERS_AFTER) -> None:
        self.port, self.log = free_port(), folder / "carrier.txt"
        self.log.touch()
        words: Words = [sys.executable, "-m", "bench.carrier", str(self.port), str(delay), self.log]
        self.process: Process = start(words, run.cores.load, folder, {"PYTHONPATH": str(HOUSE)}, "carrier")
        wait_for(self.process, self.port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def arrivals(self) -> list[tuple[int, str, str]]:
        """Nanoseconds, phone and text of each message so far."""
        lines = [line.split(" ", 2) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [(int(at), phone, text) for at, phone, text in lines]


def drain(run: Run, template: Path, connections: int, messages: int) -> float:
    """Messages a second. Raises Untold when not each of them arrived once."""
    with ExitStack() as stack:
        folder = run.folder(stack)
        carrier = Carrier(run, folder)
        stack.enter_context(carrier.process)
        rate = {"SEND_RATE": "100000", "SEND_CONNECTIONS": str(connections)}
        shutil.copytree(template / "var", folder / "var")
        environ = ours.real_carrier(folder, carrier.url, **rate)
        fill(folder, environ, messages)
        stack.enter_context(ours.start_worker(folder, run.cores, environ))
        patience = time.monotonic() + messages * 0.02 + 60
        while len(carrier.arrivals()) < messages and time.monotonic() < patience:
            time.sleep(0.2)
        arrived = carrier.arrivals()
    if len(arrived) != messages or len({text for _, _, text in arrived}) != messages:
        raise Untold(f"{messages} messages were due, {len(arrived)} arrived")
    return rate_of([at for at, _, _ in arrived])


def rate_of(arrivals: list[int]) -> float:
    if len(arrivals) < 2:
        raise Untold("nothing was sent")
    return (len(arrivals) - 1) / ((max(arrivals) - min(arrivals)) / 1e9)


def fill(folder: Path, environ: dict[str, str], messages: int) -> None:
    """So many messages to an officer, due now, each with words of its own."""
    parts = bootstrap.build(Settings.load(environ, folder))
    for first in range(0, messages, 500):
        enqueue(parts, [f"{TEXT} {number}" for number in range(first, min(first + 500, messages))])
    parts.close()


def enqueue(parts: Parts, words: list[str]) -> None:
    """Answers to an officer, all in one transaction."""
    now = utc_now()
    drafts = [
        queue.Draft(
            Purpose.ANSWER,
            Recipient.OFFICER,
            ours.OFFICER,
            text,
            f"bench:{now.timestamp()}:{text}",
            not_after=now + timedelta(hours=1),
        )
        for text in words
    ]

    def work(session: Session) -> None:
        for draft in drafts:
            queue.enqueue(session, parts.desk, now, draft)

    parts.store.write(work)


def sdk(run: Run, threads: int, messages: int) -> float:
    """The same through the carrier's own SDK, as its documentation sends: one service, so many threads."""
    with ExitStack() as stack:
        carrier = Carrier(run, run.folder(stack))
        stack.enter_context(carrier.process)
        africastalking.initialize("sandbox", "key-of-the-benchmark")
        service = africastalking.SMS
        service._baseUrl = service._contentUrl = carrier.url + "/version1"
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda number: service.send(f"{TEXT} {number}", [ours.OFFICER]), range(messages)))
        return rate_of([at for at, _, _ in carrier.arrivals()])
