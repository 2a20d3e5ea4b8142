"""outreach, broadcast: sessions that officers write down, and messages of the office to its cadres."""

import argparse
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from gateway.casework import broadcasts, outreach, rota
from gateway.casework.broadcasts import Preview
from gateway.casework.rota_file import split_areas
from gateway.commands.duty import attempt
from gateway.commands.shell import Commands, open_parts, read_phone, say, show
from gateway.errors import Refused

BROADCAST = """A message to the cadres of some kecamatan, by a supervisor or a head; never to residents.

One SMS, no names of places, no kinds of violence, no question by digits. It leaves after every alert, so many a
minute, and not in quiet hours.

  beliperak broadcast preview --officer 0812... --areas 64.01.04 --text "Rapat kader Sabtu 09.00 di balai."
  beliperak broadcast send    --officer 0812... --areas 64.01.04 --text "..."
  beliperak broadcast list ; beliperak broadcast stop ID"""


def add_parsers(commands: Commands) -> None:
    sessions = commands.add_parser("outreach", help="education sessions: add, list").add_subparsers(
        dest="act", required=True
    )
    add = sessions.add_parser("add", help="a session an officer held, or from a cadre's paper")
    add.add_argument("--officer", required=True, metavar="PHONE")
    add.add_argument("--village", required=True, metavar="CODE", help="area code, such as 64.01.04.2016")
    add.add_argument("--people", required=True, type=int, metavar="N")
    add.add_argument("--audience", required=True, metavar="A", help=", ".join(outreach.AUDIENCES))
    add.add_argument("--topic", required=True, metavar="T", help="a kind's code (FIS), KDRT, or a lesson card (E05)")
    add.add_argument("--on", metavar="DATE", help="the day it was held; without it today")
    add.set_defaults(run=add_session)
    listing = sessions.add_parser("list", help="every session, cadres' and officers'")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_sessions)
    _add_broadcast(commands)


def _add_broadcast(commands: Commands) -> None:
    messages = commands.add_parser(
        "broadcast",
        help="a message to the cadres of some kecamatan: preview, send, list, stop",
        description=BROADCAST,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).add_subparsers(dest="act", required=True)
    for act, help_text, run in (
        ("preview", "length, encoding, receivers, cost, and what is wrong with it; sends nothing", preview),
        ("send", "queue it", send),
    ):
        parser = messages.add_parser(act, help=help_text)
        parser.add_argument("--officer", required=True, metavar="PHONE", help="a supervisor's or head's phone")
        parser.add_argument("--areas", required=True, help="kecamatan codes by comma")
        parser.add_argument("--text", required=True)
        parser.add_argument("--json", action="store_true")
        parser.set_defaults(run=run)
    listing = messages.add_parser("list", help="every broadcast and how far it is")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_broadcasts)
    stop = messages.add_parser("stop", help="cancel what has not left")
    stop.add_argument("id")
    stop.set_defaults(run=stop_broadcast)


def add_session(args: argparse.Namespace) -> int:
    parts = open_parts()

    def work(session: Session) -> None:
        held = outreach.Held(args.village, args.people, args.audience, args.topic, _read_day(args.on))
        officer = rota.get_officer(session, parts.desk, read_phone(args.officer))
        outreach.enter_session(session, parts.desk, parts.clock(), officer, held)

    attempt(parts, "outreach add", work)
    say("session added")
    return 0


def _read_day(raw: str | None) -> date | None:
    try:
        return date.fromisoformat(raw) if raw else None
    except ValueError:
        raise Refused(f"{raw} is not a date such as 2026-11-23") from None


def list_sessions(args: argparse.Namespace) -> int:
    rows = open_parts().store.read(outreach.list_sessions)
    show(rows, args.json, ["held_on", "area_code", "people", "audience", "topic", "by"])
    return 0


def preview(args: argparse.Namespace) -> int:
    """Exit 1 when it could not be sent as it is."""
    parts = open_parts()

    def work(session: Session) -> Preview:
        officer = rota.get_officer(session, parts.desk, read_phone(args.officer))
        return broadcasts.preview(session, parts.desk, officer, split_areas(args.areas), args.text)

    looked = attempt(parts, "broadcast preview", work)
    row = _row(looked)
    if args.json:
        show(row, True, [])
    else:
        for name, value in row.items():
            say(f"{name}: {value if value not in ([], None) else '-'}")
    if looked.faults and not args.json:
        raise Refused("it can not be sent like this")
    return 1 if looked.faults else 0


def _row(looked: Preview) -> dict[str, Any]:
    receivers = looked.receivers
    left_out = {
        "suspended": receivers.suspended,
        "unconfirmed": receivers.unconfirmed,
        "opted_out": receivers.opted_out,
    }
    return {
        "text": looked.text,
        "encoding": looked.encoding,
        "segments": looked.segments,
        "receivers": len(receivers.cadres),
        "left_out": left_out,
        "sms": looked.sms,
        "cost": looked.cost,
        "faults": list(looked.faults),
    }


def send(args: argparse.Namespace) -> int:
    parts = open_parts()

    def work(session: Session) -> dict[str, Any]:
        officer = rota.get_officer(session, parts.desk, read_phone(args.officer), lock=True)
        areas = split_areas(args.areas)
        sent, looked = broadcasts.send(session, parts.desk, parts.clock(), officer, areas, args.text)
        return {"id": sent.id, **_row(looked)}

    row = attempt(parts, "broadcast send", work)
    if args.json:
        show(row, True, [])
    else:
        say(f"broadcast {row['id']}: {row['receivers']} messages queued; stop it with: beliperak broadcast stop ID")
    return 0


def list_broadcasts(args: argparse.Namespace) -> int:
    parts = open_parts()
    rows = parts.store.read(lambda session: broadcasts.list_all(session, parts.desk))
    show(rows, args.json, ["id", "at", "by", "left", "receivers", "cancelled", "stopped_at", "text"])
    return 0


def stop_broadcast(args: argparse.Namespace) -> int:
    parts = open_parts()
    stop = attempt(parts, "broadcast stop", lambda session: broadcasts.stop(session, parts.clock(), args.id))
    say(f"stopped: {stop[0]} messages cancelled, {stop[1]} had left")
    return 0
