"""What is said of a shift: asked for HADIR at its start, told when nobody came, handed over at its end. Each once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import alerts, codes
from gateway.casework.people import open_officer
from gateway.clock import Office
from gateway.desk import Desk
from gateway.outbox.queue import Draft, enqueue
from models.base import insert_new
from models.case import CaseFile
from models.duty import DutyShift, DutyWord, find_away, list_on_duty, list_shifts
from models.lifecycle import HELD
from models.people import Officer, list_active
from models.vocabulary import OfficerRole, Priority, Purpose, Recipient

WAIT = timedelta(minutes=30)
"""Silence after the start of a shift before supervisors are told (DESIGN section 5)."""
EARLY = timedelta(hours=1)
"""How long before its start HADIR is already taken for a shift."""
EVENING = timedelta(minutes=15)
"""A shift that starts by night is announced this long before quiet hours begin: a reminder respects them."""
WATCHED_FOR = timedelta(days=1)
"""Shifts that start or ended within this time are looked at; older ends are nobody's news any more."""


@dataclass(frozen=True)
class Watched:
    """What the words of a shift depend on."""

    starts_at: datetime
    ends_at: datetime
    asked_from: datetime
    added_at: datetime | None = None
    present: bool = False
    leaving: bool = False
    suspended: bool = False
    away: bool = False


def due_words(shift: Watched, now: datetime) -> list[str]:
    """Which words of a shift are due, told or not. Pure."""
    planned = shift.added_at is None or shift.added_at <= shift.starts_at  # else somebody has just spoken with her
    waits_until = max(shift.starts_at, shift.added_at or shift.starts_at) + WAIT
    running = shift.starts_at <= now < shift.ends_at
    expected = not (shift.present or shift.suspended or shift.away)
    words = {
        "ask": expected and planned and shift.asked_from <= now < min(waits_until, shift.ends_at),
        "absent": expected and running and now >= waits_until,
        "empty": running and shift.suspended and not shift.away,
        "gone": running and shift.leaving,
        "ended": shift.ends_at <= now < shift.ends_at + WATCHED_FOR,
    }
    return [word for word, due in words.items() if due]


def asked_from(office: Office, starts_at: datetime) -> datetime:
    """At the start; when that lies in quiet hours, in the evening before they begin."""
    if not office.is_quiet(starts_at):
        return starts_at
    return office.next_time(starts_at - timedelta(days=1), office.quiet[0]) - EVENING


def find_due(session: Session, desk: Desk, now: datetime) -> list[tuple[str, str]]:
    """Shifts and the words due on them that nobody has said yet."""
    shifts = list_shifts(session, now - WATCHED_FOR, now + WATCHED_FOR)
    away = find_away(session, now, {officer.id for _, officer in shifts})
    told = select(DutyWord.shift_id, DutyWord.word).where(DutyWord.shift_id.in_([shift.id for shift, _ in shifts]))
    said = {(shift_id, word) for shift_id, word in session.execute(told)}
    due = [
        (shift.id, word)
        for shift, officer in shifts
        if officer.role is not OfficerRole.ADMIN
        for word in due_words(_watched(desk, shift, officer, away), now)
        if word != "gone" or not list_held(session, officer.id, urgent=True)
    ]
    return [pair for pair in due if pair not in said]


def _watched(desk: Desk, shift: DutyShift, officer: Officer, away: set[str]) -> Watched:
    return Watched(
        shift.starts_at,
        shift.ends_at,
        asked_from(desk.office, shift.starts_at),
        shift.added_at,
        present=shift.present_at is not None,
        leaving=shift.leaving_at is not None,
        suspended=officer.suspended_at is not None,
        away=officer.id in away,
    )


def say(session: Session, desk: Desk, now: datetime, shift_id: str, word: str) -> bool:
    """Say a word that is due, if it still is and nobody else has; whether this call said it."""
    shift = session.get(DutyShift, shift_id, with_for_update=True, populate_existing=True)
    officer = session.get(Officer, shift.officer_id) if shift else None
    if shift is None or officer is None:
        return False
    watched = _watched(desk, shift, officer, find_away(session, now, [officer.id]))
    if word not in due_words(watched, now):
        return False
    if not insert_new(session, DutyWord, {"shift_id": shift.id, "word": word, "at": now}):
        return False
    WORDS[word](session, desk, now, shift, officer)
    return True


def _ask(session: Session, desk: Desk, now: datetime, shift: DutyShift, officer: Officer) -> None:
    """By night nobody is asked: the evening was the time for it, and now supervisors are about to be told."""
    if desk.office.is_quiet(now):
        return
    text = desk.texts.render("sms.officer.shift_start", alerts.LANGUAGE, t=desk.office.clock(shift.starts_at))
    until = shift.starts_at + WAIT
    _tell(session, desk, now, shift, "ask", officer, Purpose.REMINDER, text, not_after=until)


def _absent(session: Session, desk: Desk, now: datetime, shift: DutyShift, officer: Officer) -> None:
    """An alert, not a reminder: a night shift that nobody started must be known by night."""
    _tell_leaders(session, desk, now, shift, "absent", officer, "sms.officer.absent")


def _empty(session: Session, desk: Desk, now: datetime, shift: DutyShift, officer: Officer) -> None:
    _tell_leaders(session, desk, now, shift, "empty", officer, "sms.officer.empty_shift")


def _gone(session: Session, desk: Desk, now: datetime, shift: DutyShift, officer: Officer) -> None:
    """She asked to go home, and the last urgent case has now been handed over."""
    shift.ends_at = now
    text = desk.texts.render("sms.officer.gone", alerts.LANGUAGE)
    _tell(session, desk, now, shift, "gone", officer, Purpose.ANSWER, text)


def _ended(session: Session, desk: Desk, now: datetime, shift: DutyShift, officer: Officer) -> None:
    """Cases are still in her hands: she gets one code that hands all of them over; of urgent ones leaders hear too."""
    held = list_held(session, officer.id)
    on_duty_again = any(other.id == officer.id for _, other in list_on_duty(session, now))
    if not held or on_duty_again or officer.suspended_at is not None:
        return
    urgent = [case for case in held if case.priority is not Priority.P3]
    code = codes.issue(session, desk, now, officer.id, ["OPER"])
    inserts = {"t": desk.office.clock(shift.ends_at), "n": str(len(held)), "code": code}
    text = desk.texts.render("sms.officer.handover", alerts.LANGUAGE, **inserts)
    _tell(session, desk, now, shift, "ended", officer, Purpose.ALERT if urgent else Purpose.REMINDER, text)
    if urgent:
        _tell_leaders(
            session, desk, now, shift, "ended", officer, "sms.officer.unhanded", shift.ends_at, n=str(len(urgent))
        )


WORDS = {"ask": _ask, "absent": _absent, "empty": _empty, "gone": _gone, "ended": _ended}


def _tell_leaders(
    session: Session,
    desk: Desk,
    now: datetime,
    shift: DutyShift,
    word: str,
    officer: Officer,
    key: str,
    at: datetime | None = None,
    **inserts: str,
) -> None:
    when = desk.office.local(at or shift.starts_at).strftime("%d-%m %H.%M")
    text = desk.texts.render(key, alerts.LANGUAGE, t=when, name=alerts.name_of(desk, officer), **inserts)
    for leader in find_leaders(session, now, besides=officer.id):
        _tell(session, desk, now, shift, word, leader, Purpose.ALERT, text)


def _tell(
    session: Session,
    desk: Desk,
    now: datetime,
    shift: DutyShift,
    word: str,
    officer: Officer,
    purpose: Purpose,
    text: str,
    not_after: datetime | None = None,
) -> None:
    """The name begins with the shift, so that removing it finds what still waits."""
    name = f"-:duty {shift.id} {word}:{officer.id}"
    phone = open_officer(desk, officer).phone
    draft = Draft(purpose, Recipient.OFFICER, phone, text, name, officer.id, not_after=not_after)
    enqueue(session, desk, now, draft)


def find_leaders(session: Session, now: datetime, besides: str = "") -> list[Officer]:
    """Supervisors, else heads; those on leave only when nobody else is left."""
    ranks = [list_active(session, role) for role in (OfficerRole.SUPERVISOR, OfficerRole.HEAD)]
    away = find_away(session, now, [officer.id for rank in ranks for officer in rank])
    for absent in (away, set()):
        for rank in ranks:
            if found := [officer for officer in rank if officer.id != besides and officer.id not in absent]:
                return found
    return []


def list_held(session: Session, officer_id: str, *, urgent: bool = False) -> list[CaseFile]:
    """Cases in her hands, oldest first; `urgent`: only P1 and P2."""
    held = [CaseFile.holder_id == officer_id, CaseFile.status.in_(HELD)]
    if urgent:
        held.append(CaseFile.priority != Priority.P3)
    return list(session.scalars(select(CaseFile).where(*held).order_by(CaseFile.created_at)))


# What she says herself


def come(session: Session, now: datetime, officer: Officer) -> DutyShift | None:
    """HADIR: her attendance on the shift that runs or begins soon; None when there is none, or she is on leave."""
    if find_away(session, now, [officer.id]):
        return None
    hers = (DutyShift.officer_id == officer.id, DutyShift.starts_at <= now + EARLY, DutyShift.ends_at > now)
    shifts = list(session.scalars(select(DutyShift).where(*hers).order_by(DutyShift.starts_at).with_for_update()))
    # At a change of her own shifts the second begins before the first has ended: HADIR is for the one not yet begun.
    shift = next((found for found in shifts if found.present_at is None), shifts[-1] if shifts else None)
    if shift is not None:
        shift.present_at = shift.present_at or now
    return shift


def leave(session: Session, now: datetime, officer: Officer) -> list[CaseFile]:
    """PULANG: her running shift ends, unless urgent cases are hers; those come back, and the shift ends after them."""
    held = list_held(session, officer.id, urgent=True)
    hers = (DutyShift.officer_id == officer.id, DutyShift.starts_at <= now, DutyShift.ends_at > now)
    for shift in session.scalars(select(DutyShift).where(*hers).with_for_update()):
        if held:
            shift.leaving_at = now
        else:
            shift.ends_at = now
    return held
