"""cases and messages: what lies on the office's desk, and what an officer does to it."""

import argparse
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.casework import acts, attempts, duress, endings, files, handling, legal, referrals, relations
from gateway.casework.acts import Act
from gateway.commands.backups import add_held
from gateway.commands.shell import Commands, open_parts, read_phone, show
from gateway.errors import Refused
from gateway.identifiers import plain_reference
from models.case import CaseFile
from models.people import Officer, find_cadre, find_officer
from models.vocabulary import CaseStatus, ContactMode, Priority

ACTOR = "command line"
COLUMNS = ["reference", "priority", "status", "kecamatan", "created_at", "accepted_by"]
MESSAGE_COLUMNS = ["due_at", "purpose", "recipient", "to", "status", "attempts", "text"]


def add_parsers(commands: Commands) -> None:
    cases = commands.add_parser("cases", help="cases: list, show, do").add_subparsers(dest="act", required=True)
    listing = cases.add_parser("list", help="every case, oldest first; each call is on the record")
    listing.add_argument("--json", action="store_true")
    listing.add_argument("--status", type=str.lower, choices=[status.value for status in CaseStatus])
    listing.set_defaults(run=list_cases)
    one = cases.add_parser("show", help="one case with its timeline; the look becomes part of it")
    one.add_argument("reference")
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=show_case)
    _add_do(cases)
    messages = commands.add_parser("messages", help="outbound messages").add_subparsers(dest="act", required=True)
    listing = messages.add_parser("list", help="oldest first; phones are masked unless --reveal")
    listing.add_argument("--json", action="store_true")
    listing.add_argument("--case", metavar="REF")
    listing.add_argument("--reveal", action="store_true")
    listing.set_defaults(run=list_messages)
    add_held(messages)


def _add_do(cases: Commands) -> None:
    do = cases.add_parser(
        "do",
        help="act on a case as an officer",
        description="The same functions, and the same refusals, as by SMS and in the console.",
    )
    do.add_argument("reference")
    do.add_argument("verb", choices=sorted(VERBS))
    do.add_argument("--officer", required=True, metavar="PHONE")
    do.add_argument("--agency", metavar="NAME")
    do.add_argument("--with", dest="other", metavar="REF")
    do.add_argument("--to", metavar="PHONE")
    do.add_argument("--on", metavar="DATE")
    do.add_argument(
        "--result", type=int, choices=range(1, 6), help="1 spoke, 2 no answer, 3 somebody else, 4 visited, 5 forbidden"
    )
    do.add_argument("--reason", metavar="R")
    do.add_argument("--duty", choices=legal.NAMES, help="for require and waive: which duty of the law")
    do.add_argument("--priority", metavar="P1")
    do.add_argument("--json", action="store_true")
    do.set_defaults(run=do_verb)


def list_cases(args: argparse.Namespace) -> int:
    parts = open_parts()
    status = CaseStatus(args.status) if args.status else None
    rows = parts.store.write(lambda s: files.list_cases(s, parts.desk, parts.clock(), ACTOR, status))
    show(rows, args.json, COLUMNS)
    return 0


def show_case(args: argparse.Namespace) -> int:
    parts = open_parts()
    row = parts.store.write(lambda s: files.view(s, parts.desk, parts.clock(), ACTOR, args.reference, "command line"))
    show(row, args.json, [*COLUMNS, "area_code", "forms", "victim", "contact"])
    if not args.json:
        show(row["events"], False, ["at", "kind", "actor"])
    return 0


def list_messages(args: argparse.Namespace) -> int:
    parts = open_parts()
    rows = parts.store.write(
        lambda s: list(files.list_messages(s, parts.desk, parts.clock(), ACTOR, args.case, args.reveal))
    )
    show(rows, args.json, MESSAGE_COLUMNS)
    return 0


def do_verb(args: argparse.Namespace) -> int:
    parts, phone = open_parts(), read_phone(args.officer)

    def work(session: Session) -> dict[str, Any]:
        now = parts.clock()
        officer = _officer(session, parts, phone)
        act = acts.begin(session, parts.desk, now, args.reference, officer)
        VERBS[args.verb](act, args, parts)
        session.flush()
        return files.as_row(session, parts.desk, act.case, now)

    try:
        row = parts.store.write(work)
    except Refused as refusal:
        _note_refused(parts, args, phone, str(refusal))
        raise
    show(row, True, COLUMNS)
    return 0


def _note_refused(parts: Parts, args: argparse.Namespace, phone: str, why: str) -> None:
    def work(session: Session) -> None:
        officer = find_officer(session, parts.desk.keyring.index("phone", phone))
        actor = f"officer:{officer.id}" if officer else ACTOR
        attempts.note_refused(session, parts.desk, parts.clock(), actor, args.reference, args.verb, why)

    parts.store.write(work)


def _officer(session: Session, parts: Parts, phone: str) -> Officer:
    officer = find_officer(session, parts.desk.keyring.index("phone", phone))
    if officer is None:
        raise Refused("no officer has this phone")
    return officer


def _pass_on(act: Act, args: argparse.Namespace, parts: Parts) -> CaseFile:
    to = _officer(act.session, parts, read_phone(args.to)) if args.to else None
    return handling.pass_on(act, to, args.reason)


def _first_action(act: Act, args: argparse.Namespace, parts: Parts) -> CaseFile:
    if args.result is None:
        raise Refused("first_action needs --result 1..5")
    return handling.first_action(act, args.result, args.reason)


def _priority(act: Act, args: argparse.Namespace, parts: Parts) -> CaseFile:
    wanted = (args.priority or "").upper()
    if wanted not in Priority.__members__:
        raise Refused("priority needs --priority P1, P2 or P3")
    return handling.change_priority(act, Priority(wanted), args.reason)


def _contact_rule(act: Act, args: argparse.Namespace, parts: Parts) -> CaseFile:
    """--reason `none|sms|call|both [morning|midday|afternoon|evening|any]`."""
    words = (args.reason or "").split()
    if not words or words[0] not in list(ContactMode):
        raise Refused("contact_rule needs --reason 'none|sms|call|both [morning|midday|afternoon|evening|any]'")
    return handling.change_contact(act, ContactMode(words[0]), words[1] if len(words) > 1 else None, args.reason)


def _link(act: Act, args: argparse.Namespace, parts: Parts) -> CaseFile:
    if not args.other:
        raise Refused(f"{args.verb} needs --with REF")
    other = act.session.scalar(select(CaseFile).where(CaseFile.reference == plain_reference(args.other)))
    if other is None or other.id == act.case.id:
        raise Refused(f"no other case has the reference {args.other}")
    return relations.link(act, other, together=args.verb == "link")


def _related(act: Act, args: argparse.Namespace, parts: Parts) -> CaseFile:
    """--to names somebody else, an officer or a cadre; without it the officer says so of herself."""
    if not args.to:
        return relations.mark_related(act)
    index = parts.desk.keyring.index("phone", read_phone(args.to))
    person = find_officer(act.session, index) or find_cadre(act.session, index)
    if person is None:
        raise Refused("no officer or cadre has the phone given with --to")
    return relations.mark_related(act, person)


def _add_cadre(act: Act, args: argparse.Namespace, parts: Parts) -> CaseFile:
    cadre = find_cadre(act.session, parts.desk.keyring.index("phone", read_phone(args.to))) if args.to else None
    if cadre is None:
        raise Refused("add_cadre needs --to with the phone of a cadre on the list")
    return relations.add_cadre(act, cadre, args.reason)


VERBS: dict[str, Callable[[Act, argparse.Namespace, Parts], CaseFile]] = {
    "accept": lambda act, args, parts: handling.accept(act),
    "pass_on": _pass_on,
    "first_action": _first_action,
    "note": lambda act, args, parts: handling.write_note(act, args.reason),
    "priority": _priority,
    "close": lambda act, args, parts: endings.close(act, args.reason),
    "reopen": lambda act, args, parts: endings.reopen(act, args.reason),
    "invalid": lambda act, args, parts: endings.invalidate(act, args.reason),
    "link": _link,
    "unlink": _link,
    "contact_rule": _contact_rule,
    "consent": lambda act, args, parts: referrals.record_consent(act, args.reason),
    "please_call": lambda act, args, parts: handling.ask_to_call(act),
    "refer": lambda act, args, parts: referrals.refer(act, args.agency, args.reason),
    "police_reported": lambda act, args, parts: legal.note_police_report(act, args.on),
    "require": lambda act, args, parts: legal.require(act, args.duty, args.reason),
    "waive": lambda act, args, parts: legal.waive(act, args.duty, args.reason),
    "related": _related,
    "duress": lambda act, args, parts: duress.mark(act),
    "add_cadre": _add_cadre,
}
