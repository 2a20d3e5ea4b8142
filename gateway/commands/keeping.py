"""erase and retention: how what was told to the office ends."""

import argparse

from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.casework import erasure
from gateway.commands.shell import Commands, open_parts, read_phone, say
from gateway.errors import Refused
from gateway.wiping import wipe
from gateway.worker import retention
from models.people import Officer, find_officer

NOT_DEFENDED = "Earlier backups, archived logs of the database and copies of the disk hold it until they expire."

ABOUT_ERASE = """Make a case unreadable for good: its key is dropped, with it everything told, and what lies beside it.

Only when an officer has verified the person by voice or in person, with a second officer; one of the two is a
supervisor or a head. Never while the case is open or a legal duty is. Its share in the statistics stays, without a
name. Write no names into --reason: it is kept."""

ABOUT_RETENTION = """Delete what has been kept long enough. The worker does the same once a day.

Raw texts after 90 days, USSD sessions after 24 hours, ended cases after KEEP_CLOSED_CASES (five years unless the
office sets another time). The record of who listed what goes after that time too, but never before the cases it may
have shown. Statistics stay."""


def add_parsers(commands: Commands) -> None:
    erase = commands.add_parser(
        "erase",
        help="make an ended case unreadable, by two officers",
        description=ABOUT_ERASE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    erase.add_argument("reference", metavar="REF")
    erase.add_argument("--officer", required=True, metavar="PHONE")
    erase.add_argument("--second", required=True, metavar="PHONE")
    erase.add_argument("--reason", required=True, metavar="R")
    erase.set_defaults(run=erase_case)
    keeping = commands.add_parser("retention", help="what is kept only for a time")
    run = keeping.add_subparsers(dest="act", required=True).add_parser(
        "run",
        help="delete what has been kept long enough",
        description=ABOUT_RETENTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.set_defaults(run=run_retention)


def erase_case(args: argparse.Namespace) -> int:
    phones = [read_phone(raw) for raw in (args.officer, args.second)]
    parts = open_parts()

    def work(session: Session) -> erasure.Erased:
        officer, second = (_officer(session, parts, phone) for phone in phones)
        return erasure.erase(session, parts.desk, parts.clock(), args.reference, officer, second, args.reason)

    erased = parts.store.write(work)
    if not wipe(parts.store.engine, [erased.key]):
        raise Refused(f"{erased.reference} is erased, but its key still lies in the database files: {_again(parts)}")
    say(f"{erased.reference} is erased: its key was looked for in the database and is gone.")
    say(NOT_DEFENDED)
    return 0


def _again(parts: Parts) -> str:
    other = "another process reads them" if parts.settings.uses_sqlite else "the table is in use"
    return f"{other}; run: beliperak retention run"


def _officer(session: Session, parts: Parts, phone: str) -> Officer:
    officer = find_officer(session, parts.desk.keyring.index("phone", phone))
    if officer is None:
        raise Refused("no officer has this phone")
    return officer


def run_retention(args: argparse.Namespace) -> int:
    parts = open_parts()
    gone = retention.run(parts.store, parts.desk, parts.clock)
    if not wipe(parts.store.engine, gone.keys):
        raise Refused(f"dropped keys may still lie in the database files: {_again(parts)}")
    kinds = {
        "raw texts": gone.texts,
        "sessions": gone.sessions,
        "ended cases": gone.cases,
        "looks on record": gone.looks,
    }
    say(f"{', '.join(f'{number} {name}' for name, number in kinds.items())} are gone")
    if gone.unreadable:
        raise Refused(f"{gone.unreadable} ended cases do not open with this key file and were left as they are")
    return 0
