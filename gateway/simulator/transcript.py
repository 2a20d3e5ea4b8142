"""The whole practice as text to keep: keys, screens, texts both ways with their state, and what was done."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.keyring import SealError
from gateway.outbox.queue import open_message
from gateway.simulator import handsets, notes
from gateway.simulator.logbook import Logbook
from gateway.simulator.notes import Note
from gateway.simulator.page import say_day
from gateway.simulator.threads import FATE_SAYS, STATE_SAYS
from gateway.simulator.tongue import gettext
from menus.gsm import segments
from models.case import CaseFile
from models.outbound import OutboundMessage

MOST = 2000
"""Rows of each kind, the newest."""
Entry = tuple[datetime, str, str]
"""When, who, what."""


def render(session: Session, desk: Desk, now: datetime) -> str:
    """Markdown, oldest first; times are practice time."""
    names = {one.id: f"{one.name} ({one.number})" for one in handsets.list_all(session, desk)}
    numbers = {one.number: f"{one.name} ({one.number})" for one in handsets.list_all(session, desk)}
    noted = notes.listed(session, desk, "dial", "key", "screen", "text", "story", newest=MOST)
    entries: list[Entry] = [(note.at, names.get(note.phone_id or "", ""), _say(note)) for note in noted]
    entries += _outbound(session, desk, numbers)
    entries += [(line.at, "Gateway", line.says) for line in Logbook(session, desk).list_newest(MOST)]
    entries.sort(key=lambda entry: entry[0])
    zone = desk.office.local(now).tzname()
    made = {"day": say_day(desk, now), "clock": desk.office.clock(now), "zone": zone}
    lines = [gettext("# Catatan latihan Beli Perak"), "", gettext("Dibuat %(day)s %(clock)s %(zone)s.", **made), ""]
    lines += [gettext("Waktu latihan, bukan waktu nyata. Tidak ada yang keluar dari mesin ini."), ""]
    day = ""
    for at, who, says in entries:
        if (today := say_day(desk, at)) != day:
            day = today
            lines += [f"## {day}", ""]
        stamp = desk.office.local(at).strftime("%H.%M.%S")
        lines.append(f"- {stamp} **{who}** {says}" if who else f"- {stamp} {says}")
    return "\n".join(lines) + "\n"


def _say(note: Note) -> str:
    body = note.body
    if note.kind == "dial":
        return gettext("memanggil `%(keys)s`", keys=body["keys"])
    if note.kind == "key":
        return gettext("menjawab `%(keys)s`", keys=body["keys"])
    if note.kind == "screen":
        return gettext("layar (%(word)s): %(screen)s", word=body["word"], screen=_one_line(body["screen"]))
    if note.kind == "text":
        fate = f", {FATE_SAYS[body['fault']]}" if body.get("fault") else ""
        forged = gettext(", dengan nomor palsu") if body.get("forged") else ""
        how = f"{segments(body['text'])}{fate}{forged}"
        return gettext("mengirim SMS (%(how)s): %(text)s", how=how, text=_one_line(body["text"]))
    return notes.tell(body)


def _one_line(text: str) -> str:
    return " / ".join(text.splitlines())


def _outbound(session: Session, desk: Desk, numbers: dict[str, str]) -> list[Entry]:
    rows = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id.desc()).limit(MOST))
    told: list[Entry] = []
    for row in rows:
        try:
            to, text = open_message(desk, row, session.get(CaseFile, row.case_id) if row.case_id else None)
        except SealError:
            continue
        how = f"{row.segments}, {STATE_SAYS[row.status]}"
        says = gettext("SMS dari gateway (%(how)s): %(text)s", how=how, text=_one_line(text))
        told.append((row.sent_at or row.queued_at, numbers.get(to, to), says))
    return told
