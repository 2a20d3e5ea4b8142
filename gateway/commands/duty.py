"""duty: who is on duty, when, for which kecamatan; who is on leave; where nobody is."""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.casework import attempts, rota, rota_file
from gateway.casework.coverage import Span
from gateway.casework.rota import Plan
from gateway.casework.rota_file import Row, read_rota, split_areas
from gateway.commands.shell import Commands, open_parts, read_moment, read_phone, say, show
from gateway.errors import Refused

T = TypeVar("T")
ACTOR = "command line"
WEEK = timedelta(days=7)
COLUMNS = ["name", "phone", "role", "from", "to"]

ABOUT = """The rota. Times are ISO (2026-11-23T08:00); without a zone they are the office's.

  beliperak duty import piket.csv --preview     what would be done with every row, and its fault
  beliperak duty import piket.csv               all rows or none
  beliperak duty leave --officer 0812... --from 2026-12-01 --to 2026-12-03
  beliperak duty gaps                           where nobody is on duty in the next seven days

The file's columns are officer,from,to,areas: the officer's phone, two times, kecamatan codes (several: by ;).
No areas: wherever the officer serves."""


def add_parsers(commands: Commands) -> None:
    duty = commands.add_parser(
        "duty",
        help="the rota: import, add, remove, list, now, leave, gaps",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).add_subparsers(dest="act", required=True)
    for act, run in (("add", add_shift), ("remove", remove_shift)):
        parser = duty.add_parser(act, help=f"{act} a shift; times without a zone are the office's")
        _add_span(parser, act == "add")
        parser.add_argument("--areas", default="", help="kecamatan codes by comma; none: wherever the officer serves")
        parser.set_defaults(run=run)
    imports = duty.add_parser("import", help="shifts from a CSV with officer,from,to,areas: all rows or none")
    imports.add_argument("file", type=Path)
    imports.add_argument("--preview", action="store_true", help="change nothing; tell what would be done with each row")
    imports.add_argument("--json", action="store_true")
    imports.set_defaults(run=import_shifts)
    leave = duty.add_parser("leave", help="an officer is away; a date without a time is that whole day")
    _add_span(leave, False)
    leave.add_argument("--remove", action="store_true", help="strike out the leave that starts at --from")
    leave.set_defaults(run=take_leave)
    now = duty.add_parser("now", help="who is on duty now")
    now.add_argument("--json", action="store_true")
    now.set_defaults(run=show_now)
    listing = duty.add_parser("list", help="shifts and leaves, of the next seven days unless told otherwise")
    listing.add_argument("--from", dest="start", metavar="ISO")
    listing.add_argument("--to", dest="end", metavar="ISO")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_rota)
    gaps = duty.add_parser("gaps", help="stretches of the next seven days in which a kecamatan has nobody on duty")
    gaps.add_argument("--json", action="store_true")
    gaps.set_defaults(run=show_gaps)


def _add_span(parser: argparse.ArgumentParser, with_end: bool) -> None:
    parser.add_argument("--officer", required=True, metavar="PHONE")
    parser.add_argument("--from", dest="start", required=True, metavar="ISO")
    parser.add_argument("--to", dest="end", required=with_end, metavar="ISO")


def attempt(parts: Parts, what: str, work: Callable[[Session], T]) -> T:
    """Run a work; refused, it changes nothing but leaves a row of the attempt. Raises Refused.

    What is written down is its own trace; what strikes a row out notes it in `work`.
    """
    try:
        return parts.store.write(work)
    except Refused:
        parts.store.write(lambda session: attempts.note(session, parts.clock(), ACTOR, f"{what} refused"))
        raise


def add_shift(args: argparse.Namespace) -> int:
    parts = open_parts()

    def work(session: Session) -> None:
        plan = Plan(read_phone(args.officer), _read_span(parts, args.start, args.end), split_areas(args.areas))
        rota.add_shift(session, parts.desk, parts.clock(), plan)

    attempt(parts, "duty add", work)
    say("shift added")
    return 0


def remove_shift(args: argparse.Namespace) -> int:
    parts = open_parts()

    def work(session: Session) -> None:
        start = read_moment(args.start, parts.desk.office.zone)
        rota.remove_shift(session, parts.desk, read_phone(args.officer), start)
        attempts.note(session, parts.clock(), ACTOR, "duty remove", 1)

    attempt(parts, "duty remove", work)
    say("shift removed")
    return 0


def _read_span(parts: Parts, start: str, end: str) -> Span:
    zone = parts.desk.office.zone
    return Span(read_moment(start, zone), read_moment(end, zone))


# Import


def import_shifts(args: argparse.Namespace) -> int:
    """All rows or none; `--preview` says of each row what would be done, and exits 1 when one is bad."""
    parts = open_parts()
    if args.preview:
        rows = read_rota(args.file, parts.desk.office.zone)
        checked = parts.store.read(lambda session: rota_file.check(session, parts.desk, rows))
        _show_preview(parts, checked, args.json)
        if bad := [row for row in checked if row.fault]:
            raise Refused(f"{len(bad)} of {len(rows)} rows are bad; nothing would be imported")
        return 0

    def work(session: Session) -> int:
        rows = read_rota(args.file, parts.desk.office.zone)
        faults = [f"line {row.line}: {row.fault}" for row in rota_file.check(session, parts.desk, rows) if row.fault]
        if faults:
            raise Refused("\n".join([*faults, f"{len(faults)} bad rows; nothing imported"]))
        for row in rows:
            if row.plan:
                rota.add_shift(session, parts.desk, parts.clock(), row.plan)
        return len(rows)

    added = attempt(parts, "duty import", work)
    show({"added": added}, True, []) if args.json else say(f"{added} shifts added")
    return 0


def _show_preview(parts: Parts, rows: list[Row], as_json: bool) -> None:
    if as_json:
        show([{"line": row.line, "would": None if row.fault else "add", "fault": row.fault} for row in rows], True, [])
        return
    for row in rows:
        say(f"line {row.line}: {row.fault or _would(parts, row.plan)}")


def _would(parts: Parts, plan: Plan | None) -> str:
    if plan is None:
        return "-"
    start, end = (rota.shown(parts.desk, at) for at in (plan.span.start, plan.span.end))
    return f"would add {plan.phone} from {start} to {end}, {', '.join(plan.areas) or 'wherever the officer serves'}"


# Leave


def take_leave(args: argparse.Namespace) -> int:
    parts = open_parts()
    zone = parts.desk.office.zone
    if not args.remove and not args.end:
        raise Refused("leave needs --to; or --remove to strike out the leave that starts at --from")

    def remove(session: Session) -> None:
        rota.end_leave(session, parts.desk, read_phone(args.officer), read_moment(args.start, zone))
        attempts.note(session, parts.clock(), ACTOR, "duty leave removed", 1)

    def add(session: Session) -> rota.Left:
        span = Span(read_moment(args.start, zone), _end_of(read_moment(args.end, zone), args.end))
        return rota.take_leave(session, parts.desk, parts.clock(), read_phone(args.officer), span)

    if args.remove:
        attempt(parts, "duty leave", remove)
        say("leave removed")
        return 0
    left = attempt(parts, "duty leave", add)
    say("leave added")
    if left.shifts:
        say(f"warning: it lies over {left.shifts} of her shifts, which now count as empty: see duty gaps")
    if left.cases:
        say(f"warning: {left.cases} cases are still in her hands: pass them on")
    return 0


def _end_of(end: datetime, raw: str) -> datetime:
    """A leave up to a date lasts to the end of that day."""
    return end + timedelta(days=1) if len(raw.strip()) <= len("2026-11-23") else end


# Looking


def show_now(args: argparse.Namespace) -> int:
    parts = open_parts()
    show(parts.store.read(lambda session: rota.list_now(session, parts.desk, parts.clock())), args.json, COLUMNS)
    return 0


def list_rota(args: argparse.Namespace) -> int:
    parts = open_parts()
    zone = parts.desk.office.zone
    start = read_moment(args.start, zone) if args.start else parts.clock()
    end = _end_of(read_moment(args.end, zone), args.end) if args.end else start + WEEK
    rows = parts.store.read(lambda session: rota.list_rota(session, parts.desk, start, end))
    show(rows, args.json, ["kind", *COLUMNS, "present_at"])
    return 0


def show_gaps(args: argparse.Namespace) -> int:
    parts = open_parts()

    def work(session: Session) -> list[dict[str, Any]]:
        return [
            {
                "kecamatan": gap.kecamatan,
                "name": parts.desk.areas.name(gap.kecamatan),
                "from": gap.span.start,
                "to": gap.span.end,
            }
            for gap in rota.find_gaps(session, parts.desk, parts.clock())
        ]

    show(parts.store.read(work), args.json, ["kecamatan", "name", "from", "to"])
    return 0
