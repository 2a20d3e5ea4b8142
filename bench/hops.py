"""USSD hops side by side: our gateway, the usual stack and every peer, in shuffled interleaved rounds."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import journeys, others, ours
from bench.figures import Round, Side, Untold, fastest, ratio
from bench.journeys import Journey
from bench.load import press
from bench.postgres import Postgres
from bench.processes import Failed, Process, cpu_seconds, memory
from bench.report import SIDE_COLUMNS, Section, number, side_row, told
from bench.run import Run

SEED = 7
WARM_FOR = 1.0  # seconds, once for each server before the rounds
AWAKE_FOR = 2.0  # seconds before each round: what a server that stood still makes up for is no part of a hop
ENDS_IN = 0.5  # seconds after it: who is stopped with calls in its hands takes them for calls the database let down


@dataclass
class Runner:
    """A server that is up, what it is asked, and what has been measured of it."""

    side: Side
    process: Process
    port: int
    journey: Journey
    database: Postgres | None = None
    answered: int = 0
    """Right answers in all, the warming ones included."""


def measure(run: Run) -> list[Section]:
    """SQLite and memory: ours on two journeys against the usual stack and all peers."""
    with ExitStack() as stack:
        folder = run.folder(stack)
        gateway = ours.Practice(folder, run.cores)
        stack.enter_context(gateway.process)
        walk, report = (
            Runner(Side(f"ours, {journey.name}", "SQLite"), gateway.process, gateway.port, journey.at(gateway.ussd))
            for journey in (journeys.menu_walk(), journeys.report())
        )
        peers = [
            stack.enter_context(peer_up(run, peer, journeys.peers_walk()))
            for peer in (others.USUAL, *others.IN_MEMORY, *others.WITH_STATE)
        ]
        runners = [walk, report, *(peer for peer in peers if isinstance(peer, Runner))]
        sides = [walk.side, report.side, *(peer.side if isinstance(peer, Runner) else peer for peer in peers)]
        interleave(run, runners, "hops")
        sizes = ours.memories(gateway.process.popen.pid)
        held = [(runner.side.name, _whole(runner.process)) for runner in runners[2:]]
    _tell_hops(run, {side.name: side for side in sides}, walk.side, report.side)
    table = Section("USSD hops, SQLite and memory", SIDE_COLUMNS, [side_row(side) for side in sides], _notes(run))
    return [table, _tell_memory(run, sizes, held)]


def measure_postgres(run: Run) -> list[Section]:
    """Ours and the usual stack on the same PostgreSQL server."""
    with ExitStack() as stack:
        server = stack.enter_context(Postgres(run.folder(stack), run.cores))
        gateway = ours.Practice(run.folder(stack), run.cores, server.database("ours"))
        stack.enter_context(gateway.process)
        walk, report = (
            Runner(
                Side(f"ours, {journey.name}", "PostgreSQL"),
                gateway.process,
                gateway.port,
                journey.at(gateway.ussd),
                server,
            )
            for journey in (journeys.menu_walk(), journeys.report())
        )
        url = server.database("usual")
        usual = stack.enter_context(peer_up(run, others.USUAL, journeys.peers_walk(), url, server))
        runners = [walk, report, *([usual] if isinstance(usual, Runner) else [])]
        interleave(run, runners, "pg hops")
        version = server.version
    against = usual.side if isinstance(usual, Runner) else usual
    run.figures["pg hop / pg usual"] = told(lambda: ratio(walk.side, against))
    run.figures["pg report hop / pg usual"] = told(lambda: ratio(report.side, against))
    rows = [side_row(side) for side in (walk.side, report.side, against)]
    notes = [f"PostgreSQL {version} from its wheel, its defaults, on the servers' core; its CPU counts"]
    return [Section("USSD hops, PostgreSQL", SIDE_COLUMNS, rows, notes)]


@contextmanager
def peer_up(
    run: Run, peer: others.Peer, journey: Journey, url: str | None = None, database: Postgres | None = None
) -> Iterator[Runner | Side]:
    """A peer that is up, or a side that says why not."""
    side = Side(peer.name, peer.version, absent=peer.absent())
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        if not side.absent:
            try:
                process, port = (
                    others.start_usual(peer, Path(folder), run.cores, url)
                    if url
                    else peer.start(peer, Path(folder), run.cores)
                )
            except Failed as fault:
                side.absent = str(fault)
            else:
                with process:
                    yield Runner(side, process, port, journey.at(peer.path), database)
                return
        run.say(f"{peer.name} is left out: {side.absent}")
        yield side


def interleave(run: Run, runners: Sequence[Runner], what: str, at_least: float = 0.0) -> None:
    """Every runner once a round, in a new order each time; all others stand still meanwhile."""
    seconds = max(run.seconds, at_least)
    for runner in runners:
        runner.process.pause()
    for runner in runners:
        one_round(run, runner, WARM_FOR)
    dice = random.Random(SEED)
    for count in range(1, run.rounds + 1):
        run.say(f"{what}: round {count} of {run.rounds}")
        for runner in dice.sample(list(runners), len(runners)):
            runner.side.rounds.append(one_round(run, runner, seconds))
    for runner in runners:
        runner.process.go_on()


def one_round(run: Run, runner: Runner, seconds: float) -> Round:
    runner.process.go_on()
    time.sleep(AWAKE_FOR)
    before = cpu_seconds(runner.database.pids) if runner.database else 0.0
    try:
        done = press(runner.journey, runner.port, seconds, run.cores, runner.process)
    except Untold as why:
        done = Round(0, seconds, 0.0, 0.0, wrong=1, first_wrong=str(why))
    runner.answered += done.hops
    after = cpu_seconds(runner.database.pids) if runner.database else 0.0
    time.sleep(ENDS_IN)
    runner.process.pause()
    return Round(done.hops, done.seconds, done.p50, done.p99, done.cpu + after - before, done.wrong, done.first_wrong)


def _tell_hops(run: Run, sides: dict[str, Side], walk: Side, report: Side) -> None:
    in_memory = [sides[peer.name] for peer in others.IN_MEMORY]
    figures: dict[str, Callable[[], float]] = {
        "hop / in-memory": lambda: ratio(walk, fastest(in_memory)),
        "report hop / in-memory": lambda: ratio(report, fastest(in_memory)),
        "hop / usual": lambda: ratio(walk, sides[others.USUAL.name]),
        "hop p99 / p50": lambda: walk.p99 / walk.p50,
    }
    for peer in others.WITH_STATE:
        figures[f"hop / {peer.name}"] = lambda name=peer.name: ratio(walk, sides[name])  # type: ignore[misc]
    run.figures |= {name: told(figure) for name, figure in figures.items()}


def _whole(process: Process) -> tuple[float, float]:
    sizes = [memory(pid) for pid in process.pids]
    return sum(rss for rss, _ in sizes), sum(pss for _, pss in sizes)


def _tell_memory(
    run: Run, sizes: dict[str, tuple[float, float]], held: list[tuple[str, tuple[float, float]]]
) -> Section:
    for name in ("web", "worker"):
        run.figures[f"{name} MB"] = sizes[name][0] if name in sizes else "the process was not found"
    rows = [(f"ours, {name}", number(rss), number(pss)) for name, (rss, pss) in sizes.items()]
    rows += [(name, number(rss), number(pss)) for name, (rss, pss) in held]
    notes = ["after the load above; peers: all their processes together (Redis of anysd included); the goal is on RSS"]
    return Section("Memory", ("process", "RSS MB", "PSS MB"), rows, notes)


def _notes(run: Run) -> list[str]:
    return [
        f"{run.rounds} shuffled rounds of {number(run.seconds)} s each, medians; 16 keep-alive connections",
        "every answer is compared with the screen that must come; one wrong answer and no ratio is told",
        "menu walk: dial, a lesson (counted), home, services, police. Report: dial, report, who (opens a partial "
        "case), what, more, a village by its letters",
        "servers not under load stand still (SIGSTOP); CPU is user and system time of all processes of that server",
        f"load by {run.client}, p50 and p99 as it tells them",
    ]
