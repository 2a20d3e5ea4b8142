"""cadre, agency: who reports for others, and who is asked for help; and what any person's phone may need."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.casework import lessons, people, people_file, staff
from gateway.commands.shell import Commands, open_parts, read_phone, say, show
from gateway.errors import Refused
from models.people import Agency, Cadre, Officer, find_agency, find_cadre

ACTOR = "command line"
KINDS = ("polisi", "puskesmas", "rsud", "dinsos", "lbh", "sekolah", "uptd", "satpolpp", "kua", "pengadilan", "lain")


def add_parsers(commands: Commands) -> None:
    cadre = commands.add_parser("cadre", help="cadres: import, list, lessons, suspend, restore").add_subparsers(
        dest="act", required=True
    )
    imports = cadre.add_parser("import", help="a CSV with name,phone,area_code,role: all rows or none")
    imports.add_argument("file", type=Path)
    imports.set_defaults(run=import_cadres)
    taught = cadre.add_parser("lessons", help="her answer, asked by an officer: the weekly lesson by SMS, or not")
    taught.add_argument("phone")
    answer = taught.add_mutually_exclusive_group(required=True)
    answer.add_argument("--on", action="store_true", help="she agrees")
    answer.add_argument("--off", action="store_true", help="she does not, or not any more")
    taught.set_defaults(run=agree_to_lessons)
    add_common(cadre, list_cadres, find_cadre, "cadre")

    agency = commands.add_parser("agency", help="agencies that help: add, list, suspend, restore").add_subparsers(
        dest="act", required=True
    )
    add = agency.add_parser("add", help="a new agency")
    add.add_argument("--name", required=True)
    add.add_argument("--kind", required=True, help=", ".join(KINDS))
    add.add_argument("--phone", required=True)
    add.set_defaults(run=add_agency)
    add_common(agency, list_agencies, find_agency, "agency")


Finder = Callable[[Session, bytes], Officer | Cadre | Agency | None]


def add_common(group: Commands, lister: Callable[[argparse.Namespace], int], finder: Finder, what: str) -> None:
    """list, suspend and restore, for a kind of people."""
    listing = group.add_parser("list", help=f"every {what}")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=lister)
    for act, help_text in (
        ("suspend", "lost or stolen: end its codes and sessions at once, put its cases back on the ladder"),
        ("restore", "the phone is back in the right hands"),
    ):
        parser = group.add_parser(act, help=help_text)
        parser.add_argument("phone")
        if (act, what) == ("restore", "cadre"):
            parser.add_argument("--sms-again", action="store_true", help="she says so: her BERHENTI is over")
        parser.set_defaults(run=suspend if act == "suspend" else restore, finder=finder, what=what)


def import_cadres(args: argparse.Namespace) -> int:
    """All rows or none; every bad row is named with its line."""
    parts = open_parts()
    rows, faults = _read_rows(parts, args.file)
    if faults:
        raise Refused("\n".join([*faults, f"{len(faults)} bad rows; nothing imported"]))
    added = parts.store.write(lambda session: people_file.write_cadres(session, parts.desk, parts.clock(), rows))
    changed = len(rows) - added
    say(f"{added} cadres added, {changed} updated")
    return 0


def _read_rows(parts: Parts, path: Path) -> tuple[list[people_file.CadreRow], list[str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return people_file.read_cadres(file, parts.desk, str(path))
    except (OSError, UnicodeDecodeError) as fault:
        raise Refused(f"{path} cannot be read: {type(fault).__name__}") from None


def agree_to_lessons(args: argparse.Namespace) -> int:
    parts, phone = open_parts(), read_phone(args.phone)
    parts.store.write(lambda session: lessons.agree(session, parts.desk, parts.clock(), phone, on=args.on))
    say("weekly lesson: on" if args.on else "weekly lesson: off")
    return 0


def list_cadres(args: argparse.Namespace) -> int:
    parts = open_parts()

    def work(session: Session) -> list[dict[str, Any]]:
        found = []
        for cadre in session.scalars(select(Cadre).order_by(Cadre.id)):
            person = people.open_cadre(parts.desk, cadre)
            found.append(
                {
                    "name": person.name,
                    "phone": person.phone,
                    "area_code": cadre.area_code,
                    "role": cadre.role,
                    "confirmed": cadre.confirmed_at is not None,
                    "lessons": cadre.lessons_at is not None,
                    "suspended_at": cadre.suspended_at,
                }
            )
        return found

    show(parts.store.read(work), args.json, ["name", "phone", "area_code", "role", "confirmed", "suspended_at"])
    return 0


def add_agency(args: argparse.Namespace) -> int:
    parts = open_parts()
    parts.store.write(
        lambda session: people.add_agency(session, parts.desk, parts.clock(), args.name, args.kind, args.phone)
    )
    say(f"agency {args.name} added")
    return 0


def list_agencies(args: argparse.Namespace) -> int:
    parts = open_parts()

    def work(session: Session) -> list[dict[str, Any]]:
        return [
            {
                "name": agency.name,
                "kind": agency.kind,
                "phone": people.open_agency(parts.desk, agency).phone,
                "suspended_at": agency.suspended_at,
            }
            for agency in session.scalars(select(Agency).order_by(Agency.id))
        ]

    show(parts.store.read(work), args.json, ["name", "kind", "phone", "suspended_at"])
    return 0


def suspend(args: argparse.Namespace) -> int:
    parts, phone = open_parts(), read_phone(args.phone)

    def work(session: Session) -> int:
        index = parts.desk.keyring.index("phone", phone)
        person = args.finder(session, index)
        if person is None:
            raise Refused(f"no {args.what} has this phone")
        return staff.suspend(session, parts.desk, parts.clock(), ACTOR, person)

    back = parts.store.write(work)
    say(f"suspended; {back} cases back on the ladder")
    return 0


def restore(args: argparse.Namespace) -> int:
    parts, phone = open_parts(), read_phone(args.phone)

    def work(session: Session) -> None:
        person = args.finder(session, parts.desk.keyring.index("phone", phone))
        if person is None:
            raise Refused(f"no {args.what} has this phone")
        staff.restore(session, parts.clock(), ACTOR, person, sms_again=getattr(args, "sms_again", False))

    parts.store.write(work)
    say("restored")
    return 0
