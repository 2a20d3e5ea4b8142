"""The worker was dead for a day and 1,200 things are due: who must hear hears, nothing stale leaves, nothing floods."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import intake, timetable
from gateway.details import Contact
from gateway.outbox import queue
from gateway.outbox.queue import Draft
from models.case import CaseFile, RuleFiring
from models.outbound import OutboundMessage
from models.vocabulary import Channel, ContactMode, MessageStatus, Priority, Purpose, Recipient, Reporter
from tests.faults.outcome import Outcome
from tests.office import Office

CASES = 200
"""Each owes an escalation, two confirmations and two follow-ups of hers, and one reminder: 1,200 in all."""
RATE = 50
LEFT = (MessageStatus.SENT, MessageStatus.DELIVERED)


@dataclass(frozen=True)
class Morning:
    """What the first look of the new worker did."""

    climbed: int
    alerted_cases: int
    stale: int
    """Confirmations and answers of yesterday that left."""
    follow_ups: Counter[str]
    """By case."""
    fastest: float
    """Messages in the busiest second."""
    waiting: int


def play(root: Path, url: str | None, count: int = CASES) -> Morning:
    waits: list[float] = []
    office = Office(root, url=url, SEND_RATE=str(RATE), FOLLOW_UP_AFTER="PT4H,PT8H", QUIET_HOURS="00:00-00:00")
    office.sender._sleep = waits.append
    for name in ("Ani", "Budi"):
        office.officer(name)
    office.officer("Ibu Kepala", "head")
    cases = [_case(office, number) for number in range(count)]
    office.clock.now += timedelta(days=1, seconds=1)
    office.work()
    morning = _look(office, cases, waits)
    office.close()
    return morning


def _case(office: Office, number: int) -> str:
    """A call for help that nobody took, of somebody who agreed to hear how it goes, and what was to be told her."""
    phone, desk = f"+62813500{number:05}", office.parts.desk
    office.clock.now += timedelta(milliseconds=1)

    def work(session: Session) -> str:
        now = office.clock.now
        contact = Contact(ContactMode.SMS)
        details = replace(intake.new_details("report", phone, contact=contact, forms=("FIS",)), now=True)
        case = intake.open_case(session, desk, now, intake.Opening(details, Channel.USSD, Reporter.RESIDENT))
        for name in ("one", "two"):
            text = "Terima kasih. Sudah diterima."
            draft = Draft(Purpose.ANSWER, Recipient.REPORTER, phone, text, f"{case.id}:{name}")
            queue.enqueue(session, desk, now, draft, case)
        timetable.schedule(session, desk, now, case)
        return case.id

    found: str = office.write(work)
    return found


def _look(office: Office, cases: list[str], waits: list[float]) -> Morning:
    def look(session: Session) -> Morning:
        messages = list(session.scalars(select(OutboundMessage)))
        left = [message for message in messages if message.status in LEFT]
        firings = session.execute(select(RuleFiring.case_id, RuleFiring.rule)).all()
        alerted = {message.case_id for message in left if message.purpose in (Purpose.ALERT, Purpose.ESCALATION)}
        stale = [message for message in left if message.purpose is Purpose.ANSWER]
        follow_ups = Counter(str(message.case_id) for message in left if message.purpose is Purpose.FOLLOW_UP)
        slots = Counter(int(wait) for wait in waits)
        open_cases = session.scalars(select(CaseFile.priority).where(CaseFile.id.in_(cases))).all()
        assert set(open_cases) == {Priority.P1}
        return Morning(
            climbed=len({case_id for case_id, rule in firings if rule == "ladder"}),
            alerted_cases=len(alerted & set(cases)),
            stale=len(stale),
            follow_ups=follow_ups,
            fastest=max(slots.values(), default=0),
            waiting=sum(message.status not in LEFT and message.settled_at is None for message in messages),
        )

    found: Morning = office.read(look)
    return found


def outcome(morning: Morning, count: int = CASES) -> Outcome:
    missed = count - morning.climbed + count - morning.alerted_cases
    again = sum(times - 1 for times in morning.follow_ups.values()) + morning.stale
    return Outcome(f"worker down for a day, {count * 6:,} due", count * 6, missed, again, 0, 0, "at the first look")
