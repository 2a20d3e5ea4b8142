"""SMS inbound: our callback against RapidSMS with each of its routers, on the same texts from as many phones."""

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from bench import hops, journeys, others, ours
from bench.figures import Side, ratio
from bench.hops import Runner
from bench.report import SIDE_COLUMNS, Section, side_row, told
from bench.run import Run

SHORTEST = 2.0
"""Seconds of a round: a text takes far longer than a hop, and sixteen are under way."""


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
    sides = [mine.side, *(peer.side if isinstance(peer, Runner) else peer for peer in peers)]
    if kept < answered:
        mine.side.absent = f"answered {answered} texts and kept {kept}"
    for name, side in zip(("sms / blocking", "sms / db"), sides[1:], strict=True):
        run.figures[name] = told(lambda side=side: ratio(mine.side, side))  # type: ignore[misc]
    notes = [
        "the labelled texts of the tests, each from another phone; 200 once the text is stored and acted on",
        f"every text of ours that was answered lies in the database: {answered} answered, {kept} kept",
        "RapidSMS with its message log and one handler that answers; the db router hands on to Celery through Redis, "
        "and all of its processes share the servers' core; its answer means queued, not handled",
    ]
    return [Section("SMS inbound", SIDE_COLUMNS, [side_row(side) for side in sides], notes)]


def stored(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "var" / "beliperak.db")) as database:
        return int(database.execute("SELECT count(*) FROM inbound_message").fetchone()[0])
