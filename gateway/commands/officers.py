"""officer: who works on cases, from which phone, and with which log-in for the console."""

import argparse
import getpass
import os
import warnings
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import passwords
from gateway.bootstrap import Parts
from gateway.casework import handling, people
from gateway.commands.people import add_common
from gateway.commands.shell import Commands, open_parts, read_phone, say, show, warn
from gateway.console import second_factor
from gateway.errors import Refused
from models.people import Officer, find_officer
from models.vocabulary import OfficerRole


def add_parsers(commands: Commands) -> None:
    officer = commands.add_parser("officer", help="officers: add, list, login, phone, suspend, restore").add_subparsers(
        dest="act", required=True
    )
    asked = "a new officer; the password of --login (10 characters or more) is asked, or BELIPERAK_PASSWORD"
    add = officer.add_parser("add", help=asked)
    add.add_argument("--name", required=True)
    add.add_argument("--phone", required=True)
    add.add_argument("--role", required=True, type=str.lower, choices=[role.value for role in OfficerRole])
    add.add_argument("--areas", default="", help="kecamatan codes by comma, such as 64.01.04; none: the whole district")
    add.add_argument("--login", help="name for the console")
    add.set_defaults(run=add_officer)
    change = officer.add_parser("phone", help="the officer has a new phone; codes sent to the old one end")
    change.add_argument("old")
    change.add_argument("new")
    change.set_defaults(run=change_phone)
    login = officer.add_parser("login", help="a new password for the console; she is logged out everywhere")
    login.add_argument("phone")
    login.add_argument("--login", help="another name for the console, or the first one")
    login.add_argument("--forget-factor", action="store_true", help="her authenticator is lost: she sets up a new one")
    login.set_defaults(run=change_login)
    add_common(officer, list_officers, find_officer, "officer")


def add_officer(args: argparse.Namespace) -> int:
    parts, phone = open_parts(), read_phone(args.phone)
    areas = people.read_areas(parts.desk, args.areas.split(","))
    secret = _hash(parts, read_password(args.login)) if args.login else None
    role = OfficerRole(args.role)
    parts.store.write(
        lambda session: people.add_officer(
            session, parts.desk, parts.clock(), args.name, phone, role, areas, args.login, secret
        )
    )
    say(f"officer {args.name} added")
    return 0


def change_phone(args: argparse.Namespace) -> int:
    parts, old, new = open_parts(), read_phone(args.old), read_phone(args.new)

    def work(session: Session) -> None:
        index = parts.desk.keyring.index("phone", new)
        officer = find_officer(session, parts.desk.keyring.index("phone", old))
        if officer is None:
            raise Refused("no officer has the old phone")
        if find_officer(session, index):
            raise Refused("an officer has the new phone already")
        handling.change_phone(session, parts.desk, parts.clock(), officer, new)

    parts.store.write(work)
    say("phone changed; codes sent to the old one have ended")
    return 0


def change_login(args: argparse.Namespace) -> int:
    parts, phone = open_parts(), read_phone(args.phone)
    secret = _hash(parts, read_password(args.login or phone))

    def work(session: Session) -> None:
        officer = find_officer(session, parts.desk.keyring.index("phone", phone))
        if officer is None:
            raise Refused("no officer has this phone")
        people.set_login(session, parts.clock(), officer, args.login, secret)
        if args.forget_factor:
            second_factor.remove(session, officer.id)

    parts.store.write(work)
    say("password set; she is logged out everywhere")
    return 0


def list_officers(args: argparse.Namespace) -> int:
    parts = open_parts()

    def work(session: Session) -> list[dict[str, Any]]:
        rows = session.scalars(select(Officer).order_by(Officer.id))
        return [_officer_row(parts, officer) for officer in rows]

    show(parts.store.read(work), args.json, ["name", "phone", "role", "areas", "login", "suspended_at"])
    return 0


def _officer_row(parts: Parts, officer: Officer) -> dict[str, Any]:
    person = people.open_officer(parts.desk, officer)
    return {
        "name": person.name,
        "phone": person.phone,
        "role": officer.role,
        "areas": officer.areas.split(",") if officer.areas else [],
        "login": officer.login,
        "suspended_at": officer.suspended_at,
    }


def _hash(parts: Parts, password: str) -> str:
    """Whoever types it here knows it, so with a carrier she changes it at the log-in; practice leaves that to her, as
    it does the second factor."""
    return passwords.hash_password(password) if parts.settings.is_practice else passwords.hash_first(password)


def read_password(login: str) -> str:
    """From BELIPERAK_PASSWORD, or asked twice, by the console's rule. Raises Refused.

    A script's shorter one is taken with a warning: with a carrier she has to change it before she does anything.
    """
    given = os.environ.get("BELIPERAK_PASSWORD")
    if given and len(given) < passwords.SHORTEST:
        warn(f"BELIPERAK_PASSWORD has fewer than {passwords.SHORTEST} characters: change it soon")
        return given
    password = given or _ask(login)
    passwords.check_new(password)
    return password


def _ask(login: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            first, again = getpass.getpass(f"Password for {login}: "), getpass.getpass("Again: ")
    except (EOFError, getpass.GetPassWarning):
        raise Refused("a password is asked for at a terminal; without one set BELIPERAK_PASSWORD") from None
    if first != again:
        raise Refused("the two passwords differ")
    return first
