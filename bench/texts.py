"""SMS inbound: our callback against RapidSMS with each of its routers, on the same texts from as many phones."""

import sqlite3
import time
from contextlib import ExitStack, closing
from pathlib import Path

from bench import hops, journeys, others, ours
from bench.figures import Side, Untold, ratio
from bench.hops import Runner
from bench.load import press
from bench.report import SIDE_COLUMNS, Section, side_row, told
from bench.run import Run

SHORTEST = 2.0
"""Seconds of a round: a text takes far longer than a hop, and sixteen are under way."""
HANDLED_WITHIN = 120.0  # seconds


def measure(run: Run) -> list[Section]:
    with ExitStack() as stack:
        folder = run.folder(stack)
        gateway = ours.Practice(folder, run.cores)
        stack.enter_context(gateway.process)
        mine = Runner(Side("ours, SMS", "SQLite"), gateway.process, gateway.port, journeys.texts_in().at(gateway.sms))
        peers = [stack.enter_context(hops.peer_up(run, peer, journeys.texts_in("OK"))) for peer in others.RAPIDSMS]
        runners = [mine, *(peer for peer in peers if isinstance(peer, Runner))]
        hops.interleave(run, runners, "SMS", SHORTEST)
        kept, answered = stored(folder), mine.answered
        run.say("SMS: until the db router has handled what it has taken")
        handled = told(lambda: handled_a_second(run, peers[-1]))
    sides = [mine.side, *(peer.side if isinstance(peer, Runner) else peer for peer in peers)]
    if kept < answered:
        mine.side.absent = f"answered {answered} texts and kept {kept}"
    for name, side in zip(("sms / blocking", "sms / db"), sides[1:], strict=True):
        run.figures[name] = told(lambda side=side: ratio(mine.side, side))  # type: ignore[misc]
    run.figures["sms / db handled"] = told(lambda: mine.side.rate / handled) if isinstance(handled, float) else handled
    notes = [
        "the labelled texts of the tests, each from another phone; 200 once the text is stored and acted on",
        f"every text of ours that was answered lies in the database: {answered} answered, {kept} kept",
        "RapidSMS with its message log and one handler that answers; the db router hands on to Celery through Redis, "
        "and all of its processes share the servers' core; its answer means queued, not handled",
        f"texts that the db router has handled, from the first to the last: {handled:.0f} a second"
        if isinstance(handled, float)
        else f"texts that the db router has handled: {handled}",
    ]
    return [Section("SMS inbound", SIDE_COLUMNS, [side_row(side) for side in sides], notes)]


def handled_a_second(run: Run, peer: Runner | Side) -> float:
    """Of a router that queues: one stretch of load, and the time until the last of its texts is handled. Our answer

    means no less. Raises Untold.
    """
    if isinstance(peer, Side):
        raise Untold(peer.absent)
    with closing(sqlite3.connect(peer.process.log.parent / "rapidsms.db")) as database:
        _wait_for_all(database)  # what the rounds have left
        began = time.monotonic()
        done = press(peer.journey, peer.port, max(run.seconds, SHORTEST), run.cores, peer.process)
        _wait_for_all(database)
    return done.hops / (time.monotonic() - began)


def _wait_for_all(database: sqlite3.Connection) -> None:
    until = time.monotonic() + HANDLED_WITHIN
    while database.execute("SELECT 1 FROM db_message WHERE direction = 'I' AND status = 'Q' LIMIT 1").fetchone():
        if time.monotonic() > until:
            raise Untold(f"not all was handled within {HANDLED_WITHIN:.0f} s")
        time.sleep(0.1)


def stored(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "var" / "beliperak.db")) as database:
        return int(database.execute("SELECT count(*) FROM inbound_message").fetchone()[0])
