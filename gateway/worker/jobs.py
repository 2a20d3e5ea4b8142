"""The table of jobs: what the worker looks for, and how often. Each is derived from rows; two workers are harmless."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete
from sqlalchemy.orm import Session

from gateway import alarms, draining, vitals
from gateway.casework import anchors, attendance, broadcasts, digests, escalation, exports, lessons, questions
from gateway.clock import Clock
from gateway.conversations import ussd
from gateway.database import Store
from gateway.desk import Desk
from gateway.errors import StoreDown
from gateway.outbox import pulse, receipts
from gateway.spool import Spool
from gateway.statistics import months
from gateway.wiping import wipe
from gateway.worker import exports as export_work
from gateway.worker import retention
from gateway.worker.sending import Sender
from models import web_session
from models.throttle import Throttle

log = structlog.get_logger(__name__)

COUNTERS_LIVE = timedelta(days=2)
BALANCE_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class Bench:
    """What jobs work with."""

    store: Store
    desk: Desk
    sender: Sender
    clock: Clock
    more: tuple["Job", ...] = ()
    """Jobs beside the table: those of practice."""
    drain: Callable[[], int] = lambda: 0
    """Takes in what the spool of this machine kept."""

    def look_at_machine(self) -> vitals.Machine:
        spool = Spool(self.desk.settings.spool, self.desk.keyring)
        return vitals.look_at_machine(self.desk.settings.var, spool.list_waiting)


def beat(bench: Bench) -> int:
    """The heartbeat `/readyz` looks for; never counts as work done."""
    bench.store.write(lambda session: pulse.beat(session, bench.clock(), "worker"))
    return 0


def fire_rules(bench: Bench) -> int:
    """Everything due on cases: sweep, ladder, reminders, follow-ups. One transaction a case."""
    fired = 0
    for case_id in bench.store.read(lambda session: escalation.find_due(session, bench.clock())):
        try:
            fired += bench.store.write(_firing(bench, case_id))
        except StoreDown:
            raise
        except Exception as fault:  # one unreadable case must not stop the ladder of all the others
            log.error("rules failed", case=case_id, error=type(fault).__name__)
            bench.store.write(_putting_off(bench, case_id))
    return fired


def climb_unreported(bench: Bench) -> int:
    """P1 alerts of which the carrier says nothing: as if they had failed. Never counts as work found."""
    for case_id, message_id in bench.store.read(lambda s: escalation.find_unreported(s, bench.desk, bench.clock())):
        bench.store.write(_climbing(bench, case_id, message_id))
    return 0


def _climbing(bench: Bench, case_id: str, message_id: str) -> Callable[[Session], None]:
    return lambda session: escalation.climb_at_once(session, bench.desk, bench.clock(), case_id, message_id)


def _putting_off(bench: Bench, case_id: str) -> Callable[[Session], None]:
    return lambda session: escalation.put_off(session, bench.clock(), case_id)


def _firing(bench: Bench, case_id: str) -> Callable[[Session], int]:
    return lambda session: escalation.fire_due(session, bench.desk, bench.clock(), case_id)


def one_by_one(bench: Bench, job: str, works: Iterable[Callable[[Session], bool]]) -> int:
    """Each work in a transaction of its own: one unreadable row must not hold up the others; how many did something."""
    done = 0
    for work in works:
        try:
            done += bench.store.write(work)
        except StoreDown:
            raise
        except Exception as fault:
            log.error("part of a job failed", job=job, error=type(fault).__name__)
    return done


def watch_duty(bench: Bench) -> int:
    """Starts, absences and ends of shifts."""
    due = bench.store.read(lambda session: attendance.find_due(session, bench.desk, bench.clock()))
    return one_by_one(bench, "duty", (_saying(bench, shift_id, word) for shift_id, word in due))


def _saying(bench: Bench, shift_id: str, word: str) -> Callable[[Session], bool]:
    return lambda session: attendance.say(session, bench.desk, bench.clock(), shift_id, word)


def tell_morning(bench: Bench) -> int:
    """The digest of 07.30 and Monday's recap."""
    if not bench.store.read(lambda session: digests.is_due(session, bench.desk, bench.clock())):
        return 0
    return bench.store.write(lambda session: digests.make_round(session, bench.desk, bench.clock()))


def teach(bench: Bench) -> int:
    """This week's lesson card, cadre by cadre."""
    due = bench.store.read(lambda session: lessons.find_due(session, bench.desk, bench.clock()))
    return one_by_one(bench, "lessons", (_teaching(bench, cadre_id) for cadre_id in due))


def _teaching(bench: Bench, cadre_id: str) -> Callable[[Session], bool]:
    return lambda session: lessons.send(session, bench.desk, bench.clock(), cadre_id)


def send(bench: Bench) -> int:
    return bench.sender.sweep() + bench.sender.drain()


def ask_balance(bench: Bench) -> int:
    """What is left at each carrier that tells it, asked with no session open. Never counts as work found.

    One worker asks in so long a time; what was told last stands, with its time, until it is told again. Not yet when an
    office begins: whoever tries out whether a first message leaves is to see nothing else.
    """
    if not bench.store.write(lambda session: _is_turn_to_ask(session, bench.clock())):
        return 0
    for carrier in bench.sender.carriers:
        if told := carrier.balance():
            bench.store.write(_keeping(bench, carrier.name, told))
    return 0


def _is_turn_to_ask(session: Session, now: datetime) -> bool:
    is_first = pulse.find(session, "balance") is None
    return pulse.take_turn(session, now, "balance", BALANCE_EVERY - timedelta(seconds=1)) and not is_first


def _keeping(bench: Bench, carrier: str, told: str) -> Callable[[Session], None]:
    return lambda session: pulse.keep_balance(session, bench.clock(), carrier, told)


def take_spooled(bench: Bench) -> int:
    """The web process drains its spool itself; where it has died, the worker beside it does."""
    return bench.drain()


def raise_alarms(bench: Bench) -> int:
    """Which part is sick, told to the technician. After the sending, which may have mended it."""
    machine = bench.look_at_machine()
    told = bench.store.write(lambda session: alarms.of_worker(session, bench.desk, bench.clock(), machine))
    return len(told)


def tidy(bench: Bench) -> int:
    """Sessions after a day, expired questions, old counters, log-ins and forms that are over."""

    def work(session: Session) -> int:
        now = bench.clock()
        questions.forget_old(session, now)
        broadcasts.cancel_stragglers(session, now)
        receipts.match_all_parked(session, now)
        draining.forget_old(session, now)
        session.execute(delete(Throttle).where(Throttle.window_at < now - COUNTERS_LIVE))
        web_session.forget_old(session, now - COUNTERS_LIVE)
        exports.expire(session, now)
        return ussd.forget_old(session, now)

    bench.store.write(work)
    return 0


def anchor(bench: Bench) -> int:
    """The day's anchor of the chains, and its way to the second place. Never counts as work found."""
    bench.store.write(lambda session: anchors.drop_anchor(session, bench.desk, bench.clock()))
    path = bench.desk.settings.audit_anchor_file
    if path is not None:
        try:
            anchors.carry_out(bench.store.read(anchors.list_lines), path)
        except OSError as fault:  # the other machine is away: the next look brings it what it missed
            log.error("anchors could not be carried to the second place", error=type(fault).__name__)
    return 0


def sum_months(bench: Bench) -> int:
    """Statistics of the months that are over, so that a year of facts need not be opened to tell them."""
    return bench.store.write(lambda session: months.sum_closed(session, bench.desk, bench.clock()))


def keep(bench: Bench) -> int:
    """What has been kept long enough goes: raw texts, sessions, ended cases with their keys, who looked."""
    gone = retention.run(bench.store, bench.desk, bench.clock)
    if gone.keys and not wipe(bench.store.engine, gone.keys):
        log.error("dropped keys may still lie in the database files")
    return gone.rows


def make_exports(bench: Bench) -> int:
    """One batch of cases of an export somebody asked for."""
    return export_work.run(bench.store, bench.desk, bench.clock)


@dataclass(frozen=True)
class Job:
    name: str
    run: Callable[[Bench], int]
    every: timedelta | None = None
    """None: every tick."""


JOBS = (
    Job("beat", beat, timedelta(seconds=5)),
    Job("spool", take_spooled),
    Job("rules", fire_rules),
    Job("unreported", climb_unreported, timedelta(seconds=10)),
    Job("duty", watch_duty, timedelta(seconds=5)),
    Job("morning", tell_morning, timedelta(seconds=30)),
    Job("lessons", teach, timedelta(minutes=1)),
    Job("send", send),
    Job("alarms", raise_alarms, timedelta(seconds=30)),
    Job("tidy", tidy, timedelta(minutes=1)),
    Job("exports", make_exports),
    Job("balance", ask_balance, BALANCE_EVERY),
    Job("statistics", sum_months, timedelta(hours=1)),
    Job("anchor", anchor, timedelta(minutes=10)),
    Job("retention", keep, timedelta(days=1)),
)


def run_once(bench: Bench) -> int:
    """Every job until none finds anything to do; the number of things done."""
    done = 0
    while True:
        round_done = sum(job.run(bench) for job in (*JOBS, *bench.more))
        done += round_done
        if not round_done:
            return done
