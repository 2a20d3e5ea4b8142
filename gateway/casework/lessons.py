"""The weekly lesson: cadres who agreed are told the number of a printed card, and answer how many came.

Once a week and cadre, in daylight, and only while no other question is open on her phone: a bare digit has one meaning.
"""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import attempts, questions
from gateway.casework.people import open_cadre
from gateway.clock import Office
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.outbox.queue import Draft, enqueue
from gateway.outbox.waiting import is_known
from models.outbound import OptOutRow, OutboundMessage
from models.people import Cadre, find_cadre
from models.vocabulary import Purpose, Recipient

MONDAY_AT = time(9)
LASTS = timedelta(days=5)
"""A question that is open on Monday may keep the lesson waiting until the end of the working week, not longer."""
QUESTION = "lesson"


def week_of(office: Office, now: datetime) -> datetime:
    """The newest Monday, 09.00 in the office, that is not in the future."""
    monday = office.today(now) - timedelta(days=office.today(now).weekday())
    start = datetime.combine(monday, MONDAY_AT, office.zone)
    return start if start <= now else start - timedelta(days=7)


def card_of(cards: tuple[str, ...], week: datetime) -> str:
    """Every card in its turn, the same for all cadres of a week."""
    return cards[week.date().toordinal() // 7 % len(cards)]


def find_due(session: Session, desk: Desk, now: datetime) -> list[str]:
    """Cadres who are still to be told of this week's card; none by night and none late in the week."""
    week = week_of(desk.office, now)
    if not desk.cards or now >= week + LASTS or desk.office.is_quiet(now):
        return []
    stopped = select(OptOutRow.phone_index)
    willing = (Cadre.lessons_at.is_not(None), Cadre.confirmed_at.is_not(None), Cadre.suspended_at.is_(None))
    wanted = select(Cadre.id).where(*willing, Cadre.phone_index.not_in(stopped))
    names = {cadre_id: _name(week, cadre_id) for cadre_id in session.scalars(wanted.order_by(Cadre.id))}
    told = select(OutboundMessage.dedupe_key).where(OutboundMessage.dedupe_key.in_(names.values()))
    known = set(session.scalars(told)) if names else set()
    return [cadre_id for cadre_id, name in names.items() if name not in known]


def send(session: Session, desk: Desk, now: datetime, cadre_id: str) -> bool:
    """Tell one cadre, unless she was told this week, no longer wants it, or another question is open."""
    cadre = session.get(Cadre, cadre_id, populate_existing=True)
    if cadre is None or not (cadre.lessons_at and cadre.confirmed_at) or cadre.suspended_at is not None:
        return False
    week, phone = week_of(desk.office, now), open_cadre(desk, cadre).phone
    card, name = card_of(desk.cards, week), _name(week, cadre.id)
    if is_known(session, name):
        return False
    if not questions.ask_if_free(session, desk, now, phone, questions.Question(QUESTION, None, {"card": card})):
        return False
    text = desk.texts.render("sms.cadre.lesson_card", "id", n=str(int(card[1:])))
    return enqueue(session, desk, now, Draft(Purpose.ASK, Recipient.CADRE, phone, text, name, cadre.id))


def _name(week: datetime, cadre_id: str) -> str:
    return f"lesson:{week.date()}:{cadre_id}"


def agree(session: Session, desk: Desk, now: datetime, phone: str, *, on: bool) -> None:
    """What a cadre answered when an officer asked her. Raises Refused."""
    cadre = find_cadre(session, desk.keyring.index("phone", phone))
    if cadre is None:
        raise Refused("no cadre has this phone")
    if on and cadre.confirmed_at is None:
        raise Refused("this cadre is not confirmed yet")
    if on and cadre.suspended_at is not None:
        raise Refused("this cadre's phone is suspended")
    if on and session.get(OptOutRow, cadre.phone_index) is not None:
        raise Refused("this phone asked for no more messages (BERHENTI)")
    cadre.lessons_at = (cadre.lessons_at or now) if on else None
    attempts.note(session, now, f"cadre {cadre.id}", "lessons on" if on else "lessons off")
