"""The worker process: APScheduler ticks, nothing else. No job store; a missed tick is simply the next one."""

import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from gateway.clock import utc_now
from gateway.errors import StoreDown
from gateway.worker.jobs import JOBS, Bench, Job
from gateway.worker.waking import ASKED_EVERY, watching

log = structlog.get_logger(__name__)

STOPS_WITHIN = 8.0
SLACK = timedelta(seconds=1)
"""So much a clock may be put right without a word."""


def run(bench: Bench) -> None:
    """Tick until SIGTERM or SIGINT, then finish what is being sent."""
    done = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        done.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    jobs = (*JOBS, *bench.more)
    scheduler = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(len(jobs))})
    for job in jobs:
        seconds = (job.every or bench.desk.settings.worker_tick).total_seconds()
        options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None, "next_run_time": utc_now()}
        scheduler.add_job(_tick, "interval", seconds=seconds, args=[bench, job], id=job.name, **options)
    scheduler.start()
    log.info("worker started")
    _wait(done, scheduler, bench)
    bench.sender.stop()
    leave = threading.Timer(
        STOPS_WITHIN, os._exit, args=[0]
    )  # a carrier that hangs must not hold us: leases find the rest
    leave.daemon = True
    leave.start()
    scheduler.shutdown(wait=True)
    bench.sender.close()
    leave.cancel()
    log.info("worker stopped")


def _wait(done: threading.Event, scheduler: BackgroundScheduler, bench: Bench) -> None:
    """Until it is told to stop."""
    with watching(bench.store.engine, bench.clock) as is_urgent:
        while not _stops_within_a_second(done, lambda: _wake(scheduler, is_urgent)):
            _bring_forward(scheduler, utc_now())


def _bring_forward(scheduler: BackgroundScheduler, now: datetime) -> None:
    """No job waits longer than its own interval.

    APScheduler waits for times of day: a job would stand still for as long as the clock went back, or was read wrong.
    """
    for job in scheduler.get_jobs():
        ahead = job.next_run_time - now
        if ahead > job.trigger.interval + SLACK:
            log.warning("a job was due too late: the clock went back", job=job.id, seconds=round(ahead.total_seconds()))
            job.modify(next_run_time=now)


def _stops_within_a_second(done: threading.Event, meanwhile: Callable[[], None]) -> bool:
    for _ in range(round(1 / ASKED_EVERY)):
        if done.wait(ASKED_EVERY):
            return True
        meanwhile()
    return False


def _wake(scheduler: BackgroundScheduler, is_urgent: Callable[[], bool]) -> None:
    """An alert of P1 that somebody has just written leaves now, not at the next tick."""
    with suppress(StoreDown, SQLAlchemyError, sqlite3.Error):  # each job says so itself
        if is_urgent():
            scheduler.modify_job("send", next_run_time=utc_now())


def _tick(bench: Bench, job: Job) -> None:
    """One look. A failed look is logged and tried again at the next tick; the process stays up."""
    try:
        job.run(bench)
    except Exception as fault:
        log.error("job failed", job=job.name, error=type(fault).__name__)
