"""A message of the office to the cadres of some kecamatan: looked at first, paced, counted, stopped.

Only to confirmed cadres who may be written to; there is no way from here to a resident.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from gateway.casework.outreach import check_worker
from gateway.casework.people import open_cadre, open_officer
from gateway.clock import Office
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.identifiers import new_id
from gateway.outbox.queue import Draft, enqueue
from menus.gsm import is_gsm, segments, to_gsm
from menus.neutrality import find_faults, is_numbered_question
from models.base import insert_new
from models.outbound import WAITING, OptOutRow, OutboundMessage
from models.outreach import Broadcast
from models.people import Cadre, Officer
from models.vocabulary import MessageStatus, OfficerRole, Purpose, Recipient

A_MINUTE = 30
"""SMS of broadcasts that become due in a minute; alerts leave before them whatever their number."""
LEADERS = (OfficerRole.SUPERVISOR, OfficerRole.HEAD)
LEFT = (MessageStatus.SENT, MessageStatus.DELIVERED)
STOPPED_SINCE = timedelta(days=2)
"""A message that was on its way when its broadcast was stopped, and came back, is caught for this long."""


@dataclass(frozen=True)
class Receivers:
    """Who would get it, and how many of those areas would not, by the first reason that holds."""

    cadres: tuple[Cadre, ...] = field(repr=False)
    suspended: int = 0
    unconfirmed: int = 0
    opted_out: int = 0


@dataclass(frozen=True)
class Preview:
    """All that has to be known before sending. `faults` in words; empty when it may be sent."""

    text: str
    encoding: str
    segments: int
    receivers: Receivers
    sms: int
    cost: float | None
    """In the currency of the setting SMS_PRICE; None without it."""
    faults: tuple[str, ...]


def check_sender(desk: Desk, officer: Officer, areas: tuple[str, ...]) -> None:
    """Raises Refused unless a supervisor or head writes to kecamatan of her own."""
    check_worker(officer)
    if officer.role not in LEADERS:
        raise Refused("only a supervisor or a head writes to the cadres")
    if not areas:
        raise Refused("name the kecamatan: --areas 64.01.04,64.01.05")
    for code in areas:
        if code not in desk.areas.kecamatans():
            raise Refused(f"{code} is no kecamatan of this district")
        if not officer.serves(code):
            raise Refused(f"{code} lies outside this officer's areas")


def preview(session: Session, desk: Desk, officer: Officer, areas: tuple[str, ...], raw: str) -> Preview:
    """Raises Refused for a sender or areas that may not; faults of the text are told in the answer."""
    check_sender(desk, officer, areas)
    text = to_gsm(raw).strip()
    receivers = find_receivers(session, desk, areas)
    parts = segments(text)
    sms, price = parts * len(receivers.cadres), desk.settings.sms_price
    cost = round(sms * price, 2) if price is not None else None
    return Preview(
        text, "GSM-7" if is_gsm(text) else "UCS-2", parts, receivers, sms, cost, tuple(find_text_faults(desk, text))
    )


def find_text_faults(desk: Desk, text: str) -> list[str]:
    """Why this text may not go to cadres, as the lint of all our texts sees it."""
    if not text:
        return ["text: nothing to say"]
    names = [area.name for area in desk.areas]
    faults = find_faults("cadre", "text", text, names)
    if is_numbered_question(text):
        faults.append("text: a question to be answered by digits, which nobody would count")
    return faults


def find_receivers(session: Session, desk: Desk, areas: tuple[str, ...]) -> Receivers:
    stopped = set(session.scalars(select(OptOutRow.phone_index)))
    left: dict[str, int] = {"suspended": 0, "unconfirmed": 0, "opted_out": 0}
    found = []
    for cadre in session.scalars(select(Cadre).where(Cadre.area_code.is_not(None)).order_by(Cadre.id)):
        area = desk.areas.find(cadre.area_code or "")
        if area is None or desk.areas.kecamatan(area.code) not in areas:
            continue
        if cadre.suspended_at is not None:
            left["suspended"] += 1
        elif cadre.confirmed_at is None:
            left["unconfirmed"] += 1
        elif cadre.phone_index in stopped:
            left["opted_out"] += 1
        else:
            found.append(cadre)
    return Receivers(tuple(found), **left)


def paced(office: Office, start: datetime, count: int, a_minute: int = A_MINUTE) -> list[datetime]:
    """When each of `count` messages falls due: so many a minute, none in quiet hours. Pure."""
    every, at, times = timedelta(minutes=1) / a_minute, start, []
    for _ in range(count):
        at = office.after_quiet(at)
        times.append(at)
        at += every
    return times


def send(
    session: Session, desk: Desk, now: datetime, officer: Officer, areas: tuple[str, ...], raw: str
) -> tuple[Broadcast, Preview]:
    """Queue it. Raises Refused: not hers to send, a text that may not leave, nobody to read it, sent today already."""
    looked = preview(session, desk, officer, areas, raw)
    if looked.faults:
        raise Refused("; ".join(looked.faults))
    if not looked.receivers.cadres:
        raise Refused("no cadre of these areas may be written to")
    broadcast_id = new_id(now)
    day = desk.office.today(now).isoformat()
    values = {
        "id": broadcast_id,
        "name": desk.keyring.index("name", "broadcast", officer.id, day, ",".join(sorted(areas)), looked.text),
        "officer_id": officer.id,
        "at": now,
        "areas": ",".join(areas),
        "body": desk.keyring.seal("broadcast.body", broadcast_id, looked.text.encode()),
        "receivers": len(looked.receivers.cadres),
    }
    if not insert_new(session, Broadcast, values):
        raise Refused("this officer has sent the same message to these areas today")
    times = paced(desk.office, _free_from(session, now), len(looked.receivers.cadres))
    for cadre, at in zip(looked.receivers.cadres, times, strict=True):
        phone, name = open_cadre(desk, cadre).phone, f"{_prefix(broadcast_id)}{cadre.id}"
        draft = Draft(Purpose.FOLLOW_UP, Recipient.CADRE, phone, looked.text, name, cadre.id, due_at=at)
        enqueue(session, desk, now, draft)
    return session.get_one(Broadcast, broadcast_id), looked


def _free_from(session: Session, now: datetime) -> datetime:
    """After the last message of earlier broadcasts: two of them do not double the pace."""
    waiting = (OutboundMessage.status.in_(WAITING), OutboundMessage.dedupe_key.startswith("broadcast:"))
    last = session.scalar(select(func.max(OutboundMessage.due_at)).where(*waiting))
    return max(now, last + timedelta(minutes=1) / A_MINUTE) if last else now


def _prefix(broadcast_id: str) -> str:
    return f"broadcast:{broadcast_id}:"


def stop(session: Session, now: datetime, broadcast_id: str) -> tuple[int, int]:
    """Cancel what has not left: (cancelled, gone already). Raises Refused."""
    found = session.get(Broadcast, broadcast_id, with_for_update=True)
    if found is None:
        raise Refused(f"no broadcast has the id {broadcast_id}")
    found.stopped_at = found.stopped_at or now
    cancelled = _cancel(session, now, broadcast_id)
    return cancelled, sum(_counts(session, broadcast_id).get(status, 0) for status in LEFT)


def cancel_stragglers(session: Session, now: datetime) -> int:
    """Messages of stopped broadcasts that were on their way then and have come back to be tried again."""
    stopped = select(Broadcast.id).where(Broadcast.stopped_at > now - STOPPED_SINCE)
    return sum(_cancel(session, now, broadcast_id) for broadcast_id in session.scalars(stopped))


def _cancel(session: Session, now: datetime, broadcast_id: str) -> int:
    waiting = (OutboundMessage.status.in_(WAITING), OutboundMessage.dedupe_key.startswith(_prefix(broadcast_id)))
    values = {"status": MessageStatus.CANCELLED, "code": "stopped", "settled_at": now}
    done = session.execute(update(OutboundMessage).where(*waiting).values(**values))
    return done.rowcount if isinstance(done, CursorResult) else 0


def _counts(session: Session, broadcast_id: str) -> dict[MessageStatus, int]:
    mine = OutboundMessage.dedupe_key.startswith(_prefix(broadcast_id))
    statement = select(OutboundMessage.status, func.count()).where(mine).group_by(OutboundMessage.status)
    return {row[0]: row[1] for row in session.execute(statement)}


def _counts_of_all(session: Session, ids: list[str]) -> dict[str, dict[MessageStatus, int]]:
    """The same for many, in one statement."""
    broadcast = func.substr(OutboundMessage.dedupe_key, len("broadcast:") + 1, 32)
    mine = (OutboundMessage.dedupe_key.startswith("broadcast:"), broadcast.in_(ids))
    statement = select(broadcast, OutboundMessage.status, func.count()).where(*mine)
    found: dict[str, dict[MessageStatus, int]] = {}
    for broadcast_id, status, count in session.execute(statement.group_by(broadcast, OutboundMessage.status)):
        found.setdefault(broadcast_id, {})[status] = count
    return found


def list_all(session: Session, desk: Desk, limit: int | None = None) -> list[dict[str, Any]]:
    """Broadcasts, newest first, with their progress: `left` of `receivers`, `waiting`, and what never left."""
    newest = select(Broadcast, Officer).join(Officer, Officer.id == Broadcast.officer_id)
    found = list(session.execute(newest.order_by(Broadcast.at.desc()).limit(limit)))
    counted = _counts_of_all(session, [row.id for row, _ in found])
    rows = []
    for row, officer in found:
        counts = counted.get(row.id, {})
        left = sum(counts.get(status, 0) for status in LEFT)
        waiting = sum(counts.get(status, 0) for status in (*WAITING, MessageStatus.SENDING))
        rows.append(
            {
                "id": row.id,
                "at": row.at,
                "by": open_officer(desk, officer).name,
                "areas": row.areas.split(","),
                "text": desk.keyring.open("broadcast.body", row.id, row.body).decode(),
                "receivers": row.receivers,
                "left": left,
                "waiting": waiting,
                "cancelled": counts.get(MessageStatus.CANCELLED, 0),
                "lost": sum(counts.values()) - left - waiting - counts.get(MessageStatus.CANCELLED, 0),
                "stopped_at": row.stopped_at,
            }
        )
    return rows
