"""duty: who is on duty, when, for which kecamatan."""

import argparse
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from gateway.casework import people
from gateway.commands.people import read_areas
from gateway.commands.shell import Commands, open_parts, read_moment, read_phone, say, show
from gateway.errors import Refused
from gateway.identifiers import new_id
from models.duty import DutyShift, list_on_duty
from models.people import find_officer
from models.vocabulary import OfficerRole


def add_parsers(commands: Commands) -> None:
    duty = commands.add_parser("duty", help="the roster: add, now, remove").add_subparsers(dest="act", required=True)
    for act, run in (("add", add_shift), ("remove", remove_shift)):
        parser = duty.add_parser(act, help=f"{act} a shift; times without a zone are the office's")
        parser.add_argument("--officer", required=True, metavar="PHONE")
        parser.add_argument("--from", dest="start", required=True, metavar="ISO")
        parser.add_argument("--to", dest="end", required=act == "add", metavar="ISO")
        parser.add_argument("--areas", default="")
        parser.set_defaults(run=run)
    now = duty.add_parser("now", help="who is on duty now")
    now.add_argument("--json", action="store_true")
    now.set_defaults(run=show_now)


def add_shift(args: argparse.Namespace) -> int:
    parts, phone = open_parts(), read_phone(args.officer)
    zone = parts.desk.office.zone
    start, end = read_moment(args.start, zone), read_moment(args.end, zone)
    areas = read_areas(parts, args.areas)
    if end <= start:
        raise Refused("a shift ends after it starts")

    def work(session: Session) -> None:
        officer = find_officer(session, parts.desk.keyring.index("phone", phone))
        if officer is None:
            raise Refused("no officer has this phone")
        if officer.suspended_at is not None:
            raise Refused("this officer's phone is suspended")
        if officer.role is OfficerRole.ADMIN:
            raise Refused("an admin takes no cases and is on no duty")
        shift_id = new_id(parts.clock())
        session.add(DutyShift(id=shift_id, officer_id=officer.id, starts_at=start, ends_at=end, areas=areas))

    parts.store.write(work)
    say("shift added")
    return 0


def remove_shift(args: argparse.Namespace) -> int:
    parts, phone = open_parts(), read_phone(args.officer)
    start = read_moment(args.start, parts.desk.office.zone)

    def work(session: Session) -> bool:
        officer = find_officer(session, parts.desk.keyring.index("phone", phone))
        if officer is None:
            raise Refused("no officer has this phone")
        this = (DutyShift.officer_id == officer.id, DutyShift.starts_at == start)
        return session.execute(delete(DutyShift).where(*this).returning(DutyShift.id)).first() is not None

    if not parts.store.write(work):
        raise Refused("this officer has no shift that starts then")
    say("shift removed")
    return 0


def show_now(args: argparse.Namespace) -> int:
    parts = open_parts()

    def work(session: Session) -> list[dict[str, Any]]:
        found = []
        for shift, officer in list_on_duty(session, parts.clock()):
            person = people.open_officer(parts.desk, officer)
            areas = shift.areas or officer.areas
            found.append(
                {
                    "name": person.name,
                    "phone": person.phone,
                    "role": officer.role,
                    "areas": areas.split(",") if areas else [],
                    "from": shift.starts_at,
                    "to": shift.ends_at,
                }
            )
        return found

    show(parts.store.read(work), args.json, ["name", "phone", "role", "from", "to"])
    return 0
