"""All that happened to a case, in one order: its events, the SMS both ways with what became of them.

What tells of the person (texts, notes, keyed answers) is left out until the details are shown.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework.events import REPORTER, Event
from gateway.console import case_words as words
from gateway.console.clocks import gettext
from gateway.console.wording import PRIORITY
from gateway.desk import Desk
from gateway.details import key_of
from gateway.keyring import SealError
from gateway.outbox.queue import open_message
from gateway.phones import mask
from models.case import CaseEvent, CaseFile
from models.inbound import InboundMessage
from models.outbound import OutboundMessage

SHOWN = 60
"""Entries of each kind on a page; `older` shows up to MOST."""
MOST = 1000
CODE = re.compile(r"\b[0-9]{6}\b")
"""One-time codes in our texts: they prove a phone, so no page shows them."""


@dataclass(frozen=True)
class Entry:
    """`kind` is its look: event, reporter, rule, look, sms-in, sms-out; `detail` is what is hidden until shown."""

    at: datetime
    order: int
    kind: str
    who: str
    what: str
    note: str = ""
    detail: tuple[str, ...] = ()
    hides: bool = False
    bad: bool = False
    name: str = ""
    """The event's own name."""


@dataclass(frozen=True)
class Names:
    """Who the ids in a timeline are."""

    officers: Mapping[str, str]
    agencies: Mapping[str, str]

    def of(self, actor: str) -> str:
        kind, _, row_id = actor.partition(":")
        if kind == "officer":
            return self.officers.get(row_id, gettext("petugas"))
        if kind == "agency":
            return self.agencies.get(row_id, gettext("lembaga"))
        return {REPORTER: gettext("Pelapor"), "gateway": gettext("Otomatis")}.get(actor, actor)


def build(
    session: Session, desk: Desk, case: CaseFile, names: Names, *, shown: bool, older: bool
) -> tuple[list[Entry], bool]:
    """Newest first, and whether there is more. Three statements."""
    limit = MOST if older else SHOWN
    events = list(_events(session, desk, case, names, limit + 1, shown))
    sent = list(_sent(session, desk, case, names, limit + 1, shown))
    came = list(_came(session, desk, case, limit + 1, shown))
    more = any(len(some) > limit for some in (events, sent, came))
    entries = sorted([*events, *sent, *came], key=lambda entry: (entry.at, entry.order), reverse=True)
    return entries[: limit * 2], more and not older


def _events(session: Session, desk: Desk, case: CaseFile, names: Names, limit: int, shown: bool) -> Iterator[Entry]:
    newest = select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.seq.desc()).limit(limit)
    key = key_of(desk, case)
    for row in session.scalars(newest):
        body = json.loads(key.open("case_event.body", str(row.seq), row.body))
        yield _event(desk, Event(row.seq, row.at, row.kind, row.actor, body), names, shown)


def _event(desk: Desk, event: Event, names: Names, shown: bool) -> Entry:
    what = str(words.EVENTS.get(event.kind, event.kind))
    detail = tuple(_hidden(desk, event, names))
    kind = "rule" if event.kind == "rule" else "look" if event.kind == "viewed" else "event"
    return Entry(
        at=event.at,
        order=event.seq,
        kind="reporter" if event.actor == REPORTER else kind,
        who=names.of(event.actor),
        what=what,
        note=_open_note(event, names),
        detail=detail if shown else (),
        hides=bool(detail) and not shown,
        name=event.kind,
    )


def _open_note(event: Event, names: Names) -> str:
    """What may stand beside an event for whoever may see the case: nothing that tells of the person."""
    body = event.body
    match event.kind:
        case "first_action" | "attempt" | "taken_back":
            return str(words.RESULTS.get(body.get("result", 0), ""))
        case "priority":
            return f"{PRIORITY.get(body.get('before', ''), '?')} → {PRIORITY.get(body.get('after', ''), '?')}"
        case "contact_rule":
            hours = words.HOURS.get(body.get("hours") or "")
            return f"{words.MODES.get(body.get('mode', ''), '?')}{f', {hours}' if hours else ''}"
        case "passed_on" if body.get("to"):
            return gettext("kepada %(name)s", name=names.officers.get(body["to"], "?"))
        case "rule" if body.get("rule") not in words.VEILED_RULES:
            return str(words.RULES.get(body.get("rule", ""), body.get("rule", "")))
        case "linked" | "unlinked":
            return f"BP-{body.get('other', '?')}"
        case "opened":
            return str(words.SERVICES.get(body.get("service", ""), "")) if body.get("service") == "danger" else ""
    return ""


def _hidden(desk: Desk, event: Event, names: Names) -> Iterator[str]:
    """What tells of the person, or is somebody's own words."""
    body = event.body
    for name, value in (body.get("keys") or {}).items():
        yield f"{words.KEYED.get(name, name)}: {_answer(desk, name, str(value))}"
    if event.kind == "rule" and body.get("rule") in words.VEILED_RULES:
        yield str(words.RULES[body["rule"]])
    for name in ("reason", "text", "basis", "note", "on", "agency"):
        if body.get(name):
            known = words.BASES if name == "basis" else words.REASONS
            yield str(known.get(body[name], body[name]))
    for name, word in (("required", gettext("wajib")), ("waived", gettext("dilepas"))):
        if body.get(name):
            yield f"{word}: {words.DUTIES.get(body[name], body[name])}"
    if body.get("person"):
        yield names.officers.get(body["person"], gettext("kader"))
    if body.get("digits"):
        yield gettext("membalas %(digits)s", digits=body["digits"])


def _answer(desk: Desk, name: str, value: str) -> str:
    if name == "place":
        area = desk.areas.find(value)
        return area.name if area else value
    if name in ("place_typed", "landmark"):
        return value
    if name in ("hours", "when") and value in words.HOURS:
        return str(words.HOURS[value])
    parts = [part.rpartition(":")[2] for part in value.split(",")]
    return ", ".join(str(words.ANSWERS.get(part, part)) for part in parts)


def _sent(session: Session, desk: Desk, case: CaseFile, names: Names, limit: int, shown: bool) -> Iterator[Entry]:
    wanted = select(OutboundMessage).where(OutboundMessage.case_id == case.id)
    for row in session.scalars(wanted.order_by(OutboundMessage.queued_at.desc()).limit(limit)):
        state = str(words.DELIVERY[row.status])
        to = names.officers.get(row.person_id or "") or names.agencies.get(row.person_id or "")
        detail: tuple[str, ...] = ()
        if shown:
            try:
                phone, text = open_message(desk, row, case)
                detail = (CODE.sub("••••••", text), mask(phone))
            except SealError:
                detail = (gettext("tidak bisa dibuka"),)
        yield Entry(
            at=row.sent_at or row.queued_at,
            order=0,
            kind="sms-out",
            who=f"{words.RECIPIENTS[row.recipient]}{f' {to}' if to else ''}",
            what=gettext("SMS: %(purpose)s", purpose=str(words.PURPOSES[row.purpose])),
            note=state,
            detail=detail,
            hides=not shown,
            bad=row.status in ("failed", "unknown", "expired"),
        )


def _came(session: Session, desk: Desk, case: CaseFile, limit: int, shown: bool) -> Iterator[Entry]:
    wanted = select(InboundMessage).where(InboundMessage.case_id == case.id)
    for row in session.scalars(wanted.order_by(InboundMessage.received_at.desc()).limit(limit)):
        yield Entry(
            at=row.received_at,
            order=0,
            kind="sms-in",
            who=gettext("SMS masuk"),
            what=gettext("SMS diterima"),
            note=gettext("sama dengan sebelumnya") if row.same_as else "",
            detail=_inbound(desk, case, row) if shown else (),
            hides=not shown,
        )


def _inbound(desk: Desk, case: CaseFile, row: InboundMessage) -> tuple[str, ...]:
    try:
        raw: list[Any] = json.loads(key_of(desk, case).open("inbound_message.body", row.id, row.body))
    except SealError:
        return (gettext("tidak bisa dibuka"),)
    return (str(raw[2]), mask(str(raw[0])))
