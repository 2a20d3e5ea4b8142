"""kill -9 at every named point, and at random moments in six workers at once."""

import os
import random
import signal
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import crash, logs
from gateway.app import create_app
from models.outbound import OutboundMessage as Message
from tests.faults import scene
from tests.faults.outcome import Outcome
from tests.faults.scene import Stage, judge, work_off

AFTER = timedelta(minutes=13)
"""When the leases of whoever was killed during the ladder's step have run out."""
ONLY_SQLITE = frozenset({"works_half_done"})
BEFORE = {"messages_reaped": "claim_committed"}
"""A point that only comes after another death."""
WORKERS = 6


def points(engine: str) -> list[str]:
    return sorted(crash.POINTS - (ONLY_SQLITE if engine == "postgres" else frozenset()))


def kill_at(root: Path, url: str | None, point: str) -> Outcome:
    """Play, die at this point, start again, play to the end. Raises AssertionError when nobody died."""
    stage = Stage(root, url).prepare()
    charges = [BEFORE[point], point] if point in BEFORE else [point]
    ahead = timedelta(0)
    for number, charge in enumerate(charges):
        process = stage.fork(scene.play, charge, f"run{number}", ahead)
        process.join(60)
        assert process.exitcode == -signal.SIGKILL, f"{point} was never passed: {process.exitcode}"
        ahead += AFTER
    last = stage.fork(scene.play, "", "last", ahead)
    last.join(60)
    assert last.exitcode == 0
    return judge(stage, f"kill -9 at {point}", len(charges))


def storm(root: Path, url: str | None, kills: int, seed: int) -> Outcome:
    """Six workers, one of them killed again and again, while people text."""
    stage, dice = Stage(root, url).prepare(), random.Random(seed)
    texters = tuple(f"+62813200{number:05}" for number in range(kills * 2))
    workers = [stage.fork(keep_working) for _ in range(WORKERS)]
    parts = stage.parts()
    web = create_app(parts).test_client()
    pause = threading.Event()
    for number, phone in enumerate(texters):
        scene._text(stage, web, phone, "TOLONG saya dipukul suami sekarang di Senaken")
        if number % 2:
            pause.wait(dice.uniform(0, 0.15))
            victim = dice.randrange(WORKERS)
            os.kill(workers[victim].pid, signal.SIGKILL)
            workers[victim].join(10)
            workers[victim] = stage.fork(keep_working)
    began = time.monotonic()
    stage.note("stop", "now")
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    parts.close()
    later = stage.parts(scene.LEASE)
    work_off(stage, later)
    later.close()
    outcome = judge(stage, f"kill storm, {WORKERS} workers", kills, texters)
    took = f"lease of 60 s, then {time.monotonic() - began:.1f} s"
    return replace(outcome, tried=kills, recovered=took)


def keep_working(stage: Stage) -> None:
    """A worker, until it is told to stop."""
    logs.configure("critical")
    parts = stage.parts()
    pause = threading.Event()
    while not stage.lines("stop"):
        work_off(stage, parts)
        pause.wait(0.01)
    parts.close()


def freeze(root: Path, url: str | None) -> Outcome:
    """A worker stands still with a message in its hands until its lease has run out, and wakes up.

    Another has taken the message meanwhile: what the first one learns of it must change nothing.
    """
    stage = Stage(root, url).prepare()
    parts = stage.parts()
    web = create_app(parts).test_client()
    scene._text(stage, web, scene.TEXTER, "TOLONG saya dipukul suami sekarang di Senaken")
    frozen = stage.fork(work_and_freeze)
    pause = threading.Event()
    while not stage.lines("frozen"):
        pause.wait(0.01)
    later = stage.parts(scene.LEASE)
    work_off(stage, later)
    later.close()
    settled = tell(stage)
    stage.note("thawed", "now")
    os.kill(frozen.pid, signal.SIGCONT)
    frozen.join(60)
    assert frozen.exitcode == 0
    assert {**tell(stage), **settled} == tell(stage), "the one that woke up changed what another had settled"
    parts.close()
    return judge(stage, "worker frozen past its lease", 1, (scene.TEXTER,))


def work_and_freeze(stage: Stage) -> None:
    """To its own clock the minute has passed as well when it wakes."""
    logs.configure("critical")
    slept = {False: timedelta(0), True: scene.LEASE}
    parts = replace(stage.parts(), clock=lambda: datetime.now(UTC) + slept[bool(stage.lines("thawed"))])

    def during() -> None:
        if not stage.lines("frozen"):
            stage.note("frozen", "now")
            os.kill(os.getpid(), signal.SIGSTOP)

    work_off(stage, parts, during)
    parts.close()


def tell(stage: Stage) -> dict[str, tuple[object, ...]]:
    """Every message and how it stands."""
    parts = stage.parts()
    columns = (Message.id, Message.status, Message.attempts, Message.sent_at, Message.settled_at)

    def read(session: Session) -> dict[str, tuple[object, ...]]:
        return {row[0]: tuple(row[1:]) for row in session.execute(select(*columns))}

    found = parts.store.read(read)
    parts.close()
    return found


def two_schedulers(root: Path, url: str | None) -> Outcome:
    """Six workers look at the same due ladder steps at the same moment: each step is told once."""
    stage = Stage(root, url).prepare()
    parts = stage.parts()
    web = create_app(parts).test_client()
    texters = tuple(f"+62813300{number:05}" for number in range(10))
    for phone in texters:
        scene._text(stage, web, phone, "TOLONG saya dipukul suami sekarang di Senaken")
    work_off(stage, parts)
    parts.close()
    start = datetime.now(UTC) + timedelta(seconds=1)
    both = [stage.fork(work_at, start) for _ in range(WORKERS)]
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    return judge(stage, f"{WORKERS} schedulers at once", 0, texters)


def work_at(stage: Stage, start: datetime) -> None:
    logs.configure("critical")
    parts = stage.parts(scene.LADDER)
    threading.Event().wait(max(0.0, (start - datetime.now(UTC)).total_seconds()))
    work_off(stage, parts)
    parts.close()
