"""The office, its people, the carrier and one clock that jumps from one moment something happens to the next."""

from __future__ import annotations

import heapq
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from gateway.bootstrap import Parts, build
from gateway.casework import acts
from gateway.details import Details
from gateway.errors import Refused
from gateway.worker import jobs
from gateway.worker.sending import Sender
from models.case import CaseFile
from models.lifecycle import HELD
from models.outbound import WAITING, OutboundMessage
from models.people import Officer as OfficerRow
from tests.faults.quarter import officers
from tests.faults.quarter.carrier import UNREPORTED_FOR, Carrier
from tests.faults.quarter.seen import Known, Leave, Outage, Shift, State
from tests.office import Office
from tests.phone import Phone

CASES_A_DAY = 300 / 90
NIGHT_AGENCY, DUTY_DESK = "+6281150009001", "+6254321110"
RETRIES_SEEN = timedelta(minutes=5)
"""How often the worker is woken for retries alone while the carrier is away."""
LOOKS_EVERY = timedelta(hours=1)
WRITTEN_WITHIN = timedelta(seconds=2)
"""Between a departure and the row that says so the clock may move: another worker waits for its turn to send."""
TIDIES_EVERY = timedelta(minutes=10)
"""Jobs that are not run at every tick (heartbeat, tidying) are run this often at most."""


_CASE, _ROW = CaseFile.__table__.c, OutboundMessage.__table__.c
_WAITS = _ROW.status.in_(WAITING)
CASES = select(
    _CASE.id, _CASE.wrapped_key, _CASE.details, _CASE.status, _CASE.priority, _CASE.kecamatan, _CASE.holder_id
)
NEXT_ROWS = (
    select(func.min(_CASE.next_rule_at)),
    select(func.min(_ROW.due_at)).where(_WAITS),
    select(func.min(_ROW.not_after)).where(_WAITS),
)


@dataclass(frozen=True)
class Plan:
    """What kind of time it is to be."""

    days: float
    seed: int
    cases_a_day: float = CASES_A_DAY
    workers: str = "one"
    """one | interleaved | threads"""


class World:
    def __init__(self, root: Path, plan: Plan, url: str | None = None) -> None:
        self.plan_of = plan
        self.office = Office(
            root, url, SEND_CONNECTIONS="1", SEND_RATE="5", NIGHT_AGENCY=NIGHT_AGENCY, DUTY_DESK=DUTY_DESK
        )
        self.clock = self.office.clock
        self._ticking = threading.Lock()
        self.start = self.now
        self.end = self.start + timedelta(days=plan.days)
        self.dice = random.Random(plan.seed)
        random.seed(plan.seed)  # the jitter of retries
        self.outages = list(outages(random.Random(f"{plan.seed} carrier"), self.start, self.end))
        self.readers: dict[str, Any] = {}
        self.officers: list[officers.Officer] = []
        self.carrier = Carrier(self.clock, plan.seed, self.outages, self._is_off)
        self.benches = [self._bench(self.office.parts)]
        if plan.workers != "one":
            self.twin: Parts = build(self.office.parts.settings, self.clock)
            self.benches.append(self._bench(self.twin))
        self.pool = ThreadPoolExecutor(2)
        self.leaves: list[Leave] = []
        self.speechless: dict[str, datetime] = {}
        self.spoken: dict[str, list[datetime]] = defaultdict(list)
        self.texted: dict[str, list[datetime]] = defaultdict(list)
        self.away: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        self.areas: dict[str, str] = {}
        self.shifts: list[Shift] = []
        self.states: dict[str, list[State]] = defaultdict(list)
        self.known: dict[str, list[Known]] = defaultdict(list)
        self.ticks = 0
        self._plans: list[tuple[datetime, int, Callable[[], object]]] = []
        self._number = count()
        self._mail = self._reported = 0
        self._next_run: dict[str, datetime] = {}
        self._retried_at = self._looked_at = self.start
        self._stand: dict[str, list[Any]] = {}
        self._sealed: dict[str, bytes] = {}
        self._all_jobs = False
        for outage in self.outages:
            self.look_at(outage.end)
        self._next_rows: list[datetime | None] = []

    def close(self) -> None:
        self.pool.shutdown()
        for bench in self.benches:
            bench.sender.close()
        if len(self.benches) > 1:
            self.twin.close()
        self.office.close()

    def _bench(self, parts: Parts) -> jobs.Bench:
        sender = Sender(parts.store, parts.desk, self.carrier, self.clock, self._sleep)
        return jobs.Bench(parts.store, parts.desk, sender, self.clock)

    def _sleep(self, seconds: float) -> None:
        """Waiting for the office's rate is simulated time too; two workers' waits may meet."""
        with self._ticking:
            self.clock.now += timedelta(seconds=seconds)

    # Time

    @property
    def now(self) -> datetime:
        return self.clock.now

    def at(self, moment: datetime, act: Callable[[], object]) -> None:
        heapq.heappush(self._plans, (moment, next(self._number), act))

    def after(self, minutes: float, act: Callable[[], object]) -> None:
        self.at(self.now + timedelta(minutes=minutes), act)

    def look_at(self, moment: datetime) -> None:
        """The worker is to look then, with every job it has, whatever else is due."""
        self.at(moment, self._wake)

    def _wake(self) -> None:
        self._all_jobs = True

    def run(self) -> None:
        self._look()
        while (moment := self._next()) < self.end:
            self.clock.now = max(self.now, moment)
            acted = self._act()
            self._look()
            if self._is_due() or self._all_jobs or not acted:
                self._tick()
            self._fetch()
        self.clock.now = max(self.now, self.end)
        self._tick()

    def _next(self) -> datetime:
        planned = self._plans[0][0] if self._plans else self.end
        return min(planned, self._due(), self.now + LOOKS_EVERY, self.end)

    def _due(self) -> datetime:
        """What the product's own rows say is due next; retries while the carrier is away only now and then."""
        rule, message, stale = self._next_rows
        if message and self.carrier.away():
            message = max(message, self._retried_at + RETRIES_SEEN)
        found = [rule, message, stale + timedelta(seconds=1) if stale else None]
        return min((max(moment, self._looked_at) for moment in found if moment), default=self.end)

    def _is_due(self) -> bool:
        return self._due() <= self.now

    def _act(self) -> int:
        """Do what is planned for now; the number of acts."""
        done = 0
        while self._plans and self._plans[0][0] <= self.now:
            _, _, act = heapq.heappop(self._plans)
            act()
            done += 1
        return done

    def _tick(self) -> None:
        """The worker looks, until it finds nothing more; with two workers in turn, or both at once."""
        self.ticks += 1
        self._looked_at = self.now
        if self.carrier.away():
            self._retried_at = self.now
        while sum(self._round()):
            self._look()
            if not self._is_due():
                break
        self._all_jobs = False
        self._look()
        self._looked_at = self.now + timedelta(seconds=1)  # what is still due now is looked for at the next tick

    def _round(self) -> list[int]:
        todo = [job for job in jobs.JOBS if self._is_time(job)]
        if self.plan_of.workers == "threads":
            return list(self.pool.map(lambda bench: sum(job.run(bench) for job in todo), self.benches))
        return [job.run(bench) for job in todo for bench in self.benches]

    def _is_time(self, job: jobs.Job) -> bool:
        due = self._next_run.get(job.name, self.start)
        if job.every is None:
            return True
        if self.now < due and not self._all_jobs:
            return False
        self._next_run[job.name] = self.now + max(job.every, TIDIES_EVERY)
        return True

    def _fetch(self) -> None:
        """What the carrier brought is read, and what it will report is planned."""
        new, self._mail = self.carrier.arrived[self._mail :], len(self.carrier.arrived)
        for to, text in new:
            if to in self.readers:
                self.readers[to].read(text)
        while self.carrier.unreported:
            self.look_at(self.carrier.unreported.pop() + UNREPORTED_FOR + WRITTEN_WITHIN)
        reports, self._reported = self.carrier.reports[self._reported :], len(self.carrier.reports)
        for report in reports:
            form = {"id": report.provider_id, "status": report.word, "phoneNumber": report.to, "networkCode": "99999"}
            post = lambda form=form: self.office.post("delivery", form)  # noqa: E731
            self.at(self._when_up(report.at), post)

    def _when_up(self, at: datetime) -> datetime:
        return next((outage.end for outage in self.outages if outage.start <= at < outage.end), at)

    def _look(self) -> None:
        """What is due next, and how the cases stand, written down where they have changed."""
        with self.office.parts.store.engine.connect() as connection:
            plain = connection.execution_options(reads_only=True)
            self._next_rows = [plain.scalar(statement) for statement in NEXT_ROWS]
            rows = plain.execute(CASES).all()
        for case, wrapped_key, sealed, *columns in rows:
            if self._sealed.get(case) != sealed:
                self._sealed[case] = sealed
                self._learn(case, wrapped_key, sealed)
            if self._stand.get(case) != columns:
                self._stand[case] = columns
                status, priority, kecamatan, holder = columns
                self.states[case].append(State(self.now, str(status), str(priority), kecamatan, holder))

    def _learn(self, case: str, wrapped_key: bytes, sealed: bytes) -> None:
        """What the law asks about, as it is known from now on."""
        key = self.office.parts.desk.keyring.case_key(case, wrapped_key)
        details = Details.from_bytes(key.open("case_file.details", case, sealed))
        facts = (details.sexual, details.keys.get("who", ""), details.sexual_when, details.incident_on)
        self.known[case].append(Known(self.now, *facts))

    # Acts

    def text(self, phone: Phone, words: str) -> None:
        self.texted[phone.number].append(self.now)
        phone.text(words)

    def speak(self, phone: Phone) -> None:
        """This phone said something: a key or a word."""
        self.spoken[phone.number].append(self.now)

    def act(self, officer: officers.Officer, reference: str, do: Callable[[acts.Act], object]) -> None:
        """In the console: the same functions, and a refusal is an answer."""
        desk, now = self.office.parts.desk, self.now

        def work(session: Any) -> None:
            row = session.get(OfficerRow, officer.row_id)
            do(acts.begin(session, desk, now, reference, row))

        try:
            self.office.write(work)
        except Refused:
            return

    def held_by(self, row_id: str) -> list[str]:
        mine = select(CaseFile.reference).where(CaseFile.holder_id == row_id, CaseFile.status.in_(HELD))
        acted = mine.where(CaseFile.first_action_at.is_not(None)).order_by(CaseFile.created_at)
        return list(self.office.read(lambda session: list(session.scalars(acted))))

    def _is_off(self, number: str) -> bool:
        reader = self.readers.get(number)
        return bool(getattr(reader, "lost", False))


def outages(dice: random.Random, start: datetime, end: datetime) -> Iterator[Outage]:
    """Three hours every night and a whole day every tenth; every second one because the account is empty."""
    for day in range(int((end - start).days) + 1):
        evening = start.astimezone(UTC).replace(hour=13, minute=0, second=0) + timedelta(days=day)  # 21.00 in Paser
        begins = evening + timedelta(minutes=dice.randint(0, 7 * 60))
        yield Outage(begins, begins + timedelta(hours=3), penniless=day % 2 == 1)
        if day % 10 == 5:
            noon = start + timedelta(days=day, minutes=dice.randint(0, 360))
            yield Outage(noon, noon + timedelta(hours=24), penniless=day % 20 == 5)
