"""`python -m bench.measure_node`: what one node spends on a call, a text and a message, and how many it takes a second.

Two ways: processor time, which a busy machine falsifies little (SQLite, in one process, fsync as shipped), and whole
calls a second of the real web process with its worker beside it, on one core, loaded from the other; that one needs a
quiet machine. `--out docs/scale.md` writes the tables between the marks there.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from bench import journeys, machine, ours
from bench.figures import Side
from bench.hops import Runner, interleave
from bench.journeys import ID, Hop, Journey
from bench.load import CONNECTIONS
from bench.node_table import Spent, place, render
from bench.postgres import Postgres
from bench.processes import run as carry_out
from bench.run import Run
from tests.office import Office

CASES = 150
REPORT_KEYS = ("3", "1", "2", "0", "2", "1", "SENAKEN", "1")
TEXT = "TOLONG dipukul di Senaken"
MORE_OFFICERS = ("+6281200000002", "+6281200000003")


def spent(work: Callable[[int], object], times: int) -> float:
    """Milliseconds of processor time for one."""
    began = time.process_time()
    for number in range(times):
        work(number)
    return (time.process_time() - began) / times * 1000


def measure_spent(cases: int) -> Spent:
    with tempfile.TemporaryDirectory() as root:
        office = Office(Path(root), QUIET_HOURS="00:00-00:00")
        for name in ("Ani", "Budi", "Citra"):
            office.officer(name)
        office.phone().text("TOLONG")
        before = _on_disk(office)
        each = {
            "danger": spent(lambda number: office.phone().dial().press("2"), cases),
            "report": spent(lambda number: office.phone().dial().press(*REPORT_KEYS), max(1, cases // 3)),
            "sms": spent(lambda number: office.phone().text(TEXT), cases),
        }
        waiting = len(office.messages())
        message = spent(lambda number: office.work(), 1) / max(1, waiting)
        disk = (_on_disk(office) - before) / (len(office.cases()) - 1) / 1024
        office.close()
    return Spent(each, message, disk)


def _on_disk(office: Office) -> int:
    """Bytes of the database, with nothing left in its log."""
    with closing(sqlite3.connect(office.root / "var" / "beliperak.db")) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return sum(path.stat().st_size for path in (office.root / "var").glob("beliperak.db*"))


def stories(gateway: ours.Practice) -> Mapping[str, Journey]:
    """Whole calls, each from a phone of its own, by their kind."""
    dialled, _ = journeys.ours("", ("2",)).hops
    danger = (dialled, Hop(journeys.ussd_form("2"), "CON Tercatat"))
    text = f"id={ID}&from=%2B62812{ID}&to=55555&date=2026-11-23+02%3A00%3A00&text={TEXT.replace(' ', '+')}"
    found = (
        Journey("danger", gateway.ussd, danger),
        journeys.ours("report", REPORT_KEYS).at(gateway.ussd),
        Journey("sms", gateway.sms, (Hop(text, ""),), fresh=True),
    )
    return {journey.name: journey for journey in found}


def measure_rates(run: Run) -> dict[str, dict[str, Side]]:
    """By engine and kind."""
    with ExitStack() as stack:
        server = stack.enter_context(Postgres(run.folder(stack), run.cores))
        engines: dict[str, tuple[str | None, Postgres | None]] = {
            "SQLite": (None, None),
            "PostgreSQL": (server.database("node"), server),
        }
        runners: dict[str, list[Runner]] = {}
        for engine, (url, database) in engines.items():
            gateway = ours.Practice(run.folder(stack), run.cores, url)
            stack.enter_context(gateway.process)
            _employ_more(gateway)
            runners[engine] = [
                Runner(Side(name), gateway.process, gateway.port, journey, database)
                for name, journey in stories(gateway).items()
            ]
        interleave(run, [runner for found in runners.values() for runner in found], "calls")
    return {engine: {runner.side.name: runner.side for runner in found} for engine, found in runners.items()}


def _employ_more(gateway: ours.Practice) -> None:
    """Practice begins with one officer on duty; an alert is for three."""
    for phone in MORE_OFFICERS:
        who = ["--name", "Petugas", "--phone", phone, "--role", "officer", "--areas", ""]
        when = ["--from", "2026-01-01T00:00:00+08:00", "--to", "2099-01-01T00:00:00+08:00"]
        for words in (["officer", "add", *who], ["duty", "add", "--officer", phone, *when]):
            carry_out([ours.BELIPERAK, *words], gateway.folder, gateway.environ)


def main() -> int:
    args = _parser().parse_args()
    run = Run(args.rounds or (1 if args.quick else 7), 1.0 if args.quick else 5.0, args.quick)
    about = machine.describe(run)
    if args.out:
        place(args.out.read_text("utf-8"), "")  # a file without its marks is told now, not after minutes
    run.say("processor time ...")
    found = measure_spent(30 if args.quick else CASES)
    sides = measure_rates(run)
    about.append(
        f"a second: medians of {run.rounds} rounds of {run.seconds:.0f} s; web, worker and database on one core, "
        f"the load from the other on {CONNECTIONS} connections, every answer looked at"
    )
    text = render(about, found, sides)
    sys.stdout.write(text)
    if args.out:
        args.out.write_text(place(args.out.read_text("utf-8"), text), "utf-8")
    return int(any(side.wrong for kinds in sides.values() for side in kinds.values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.measure_node", description="What one node spends on a call, and how many it takes."
    )
    parser.add_argument("--quick", action="store_true", help="few and short: shows that it works, no more")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each kind on each engine (7; 1 when quick)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the tables between the marks of this file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
