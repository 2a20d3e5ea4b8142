"""A worker under libfaketime, whose clock jumps while it works."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.app import create_app
from models.case import CaseFile
from models.outbound import OutboundMessage
from models.throttle import Pulse
from models.vocabulary import MessageStatus, Purpose
from tests.faults import scene
from tests.faults.outcome import Outcome
from tests.faults.scene import Stage

BELIPERAK = str(Path(sys.executable).with_name("beliperak"))
WITHIN = 180.0
"""Seconds of patience on a busy machine; nothing is measured."""

SEEN_AFTER = 1.0
"""Seconds until a process reads the file of its clock again.

With FAKETIME_NO_CACHE libfaketime 0.9.10 reads it at every look, into memory all threads share: four threads see times
of day that never were, hours away, hundreds of times in a second.
"""


def find_libfaketime() -> Path | None:
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


@dataclass
class Jumpy:
    """A worker, and the clock it sees."""

    stage: Stage
    process: "subprocess.Popen[bytes]"
    offset: timedelta = timedelta(0)

    def jump(self, by: timedelta) -> None:
        self.offset += by
        told = self.stage.root / "time.new"
        told.write_text(f"{self.offset.total_seconds():+.0f}")
        told.rename(self.stage.root / "time")
        threading.Event().wait(SEEN_AFTER + 1)

    def heartbeat(self) -> datetime | None:
        parts = self.stage.parts()
        row = parts.store.read(lambda session: session.get(Pulse, "worker"))
        parts.close()
        return row.at if row else None

    def wait_until_it_beats(self) -> None:
        """A heartbeat of the clock as it is now."""
        began = datetime.now(UTC) + self.offset
        until = time.monotonic() + WITHIN
        while time.monotonic() < until:
            beat = self.heartbeat()
            if beat and began < beat < began + timedelta(hours=1):
                return
            threading.Event().wait(0.2)
        raise AssertionError("the worker stands still")

    def cry(self, phone: str) -> None:
        """Somebody texts, and officers are told within the minute."""
        parts = self.stage.parts(self.offset)
        web = create_app(parts).test_client()
        scene._text(self.stage, web, phone, "TOLONG saya dipukul suami sekarang di Senaken")
        until = time.monotonic() + WITHIN
        while time.monotonic() < until:
            waiting = parts.store.read(lambda session: scene.count_waiting(session))
            if not waiting:
                parts.close()
                return
            threading.Event().wait(0.2)
        raise AssertionError("an alert is waiting for an hour to come again")


@contextmanager
def jumpy(stage: Stage, library: Path) -> Iterator[Jumpy]:
    (stage.root / "time").write_text("+0")
    environ = {
        "PATH": os.environ["PATH"],
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(stage.root / "time"),
        "FAKETIME_CACHE_DURATION": f"{SEEN_AFTER:.0f}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # a clock that is set does not move what measures durations
        "WEBHOOK_TOKEN": scene.TOKEN,
        "SECRET_KEY": "s" * 32,
        "SEND_RATE": "1000",
        "WORKER_TICK": "PT0.2S",
        "QUIET_HOURS": "00:00-00:00",
        **({"DATABASE_URL": stage.url} if stage.url else {}),
    }
    with (stage.root / "worker.log").open("wb") as log:
        process = subprocess.Popen([BELIPERAK, "worker"], cwd=stage.root, env=environ, stdout=log, stderr=log)
    try:
        yield Jumpy(stage, process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def judge_by_rows(stage: Stage, fault: str, crashes: int, texters: tuple[str, ...]) -> Outcome:
    """The practice carrier keeps no ledger: a message handed over is a row that was delivered, once an attempt."""
    parts = stage.parts()
    index = [parts.desk.keyring.index("phone", phone) for phone in texters]

    def look(session: Session) -> tuple[int, int, int]:
        cases = list(session.scalars(select(CaseFile).where(CaseFile.phone_index.in_(index))))
        messages = list(session.scalars(select(OutboundMessage)))
        calls = [row for row in messages if row.purpose is Purpose.ALERT and row.case_id in {case.id for case in cases}]
        missed = [row for row in calls if row.status is not MessageStatus.DELIVERED]
        told = Counter((row.case_id, row.person_id) for row in calls)
        hers = Counter(row.to_index for row in messages if row.to_index in index and row.sent_at)
        lost = len(index) - len(cases) + len(missed) + (len(calls) < len(index) * len(scene.OFFICERS))
        return lost, sum(times - 1 for times in hers.values()), sum(times - 1 for times in told.values())

    lost, residents, officers = parts.store.read(look)
    parts.close()
    return Outcome(fault, 1, lost, residents, officers, crashes)


def jumps(root: Path, url: str | None, library: Path) -> Outcome:
    """A day ahead, and back by two hours: after each the worker works on, and nobody hears twice."""
    stage = Stage(root, url).prepare()
    texters = tuple(f"+62813400{number:05}" for number in range(3))
    with jumpy(stage, library) as worker:
        worker.wait_until_it_beats()
        worker.cry(texters[0])
        worker.jump(timedelta(days=1))
        worker.wait_until_it_beats()
        worker.cry(texters[1])
        worker.jump(timedelta(hours=-2))
        worker.cry(texters[2])
        worker.wait_until_it_beats()
    return judge_by_rows(stage, "clock jumps, +1 day and -2 hours", 0, texters)
