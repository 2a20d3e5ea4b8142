"""stats and export: what may be published, and what an authorised clerk types into SIMFONI PPA."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from gateway.casework import simfoni
from gateway.commands.shell import Commands, open_parts, say, show
from gateway.errors import Refused
from gateway.files_out import write_new
from gateway.statistics import report

ACTOR = "command line"
TABLES = ("kecamatan", "form", "age", "sex", "channel")
WIDE = 7

ABOUT_STATS = """Counts, waiting times, ladder climbs, unmet duties, requests to agencies, outreach.

Whole months only: --from and --to are widened to whole months, the running one included and marked. Below five a
count is "<5" (nought included), "*" is not told because a small count could be found by subtracting, "10+" is a
total of the running year in fives. A month is always told the same way, whatever range is asked for."""

ABOUT_SIMFONI = """One row a case, in SIMFONI PPA's words and age bands, for manual entry by an authorised clerk.

SIMFONI PPA has no public programming interface, so nothing is sent anywhere. The file holds personal data of cases:
it is written for its owner only (mode 0600), never over another file, and every case in it gets an entry in its
timeline. --from and --to are days of the report, both included. FILE ends in .csv or .xlsx."""


def add_parsers(commands: Commands) -> None:
    stats = commands.add_parser(
        "stats",
        help="statistics of whole months; small counts are hidden",
        description=ABOUT_STATS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_days(stats)
    stats.add_argument("--json", action="store_true")
    stats.set_defaults(run=tell)
    exports = commands.add_parser("export", help="files for other offices").add_subparsers(dest="act", required=True)
    export = exports.add_parser(
        "simfoni",
        help="cases for manual entry into SIMFONI PPA",
        description=ABOUT_SIMFONI,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_days(export)
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.set_defaults(run=export_simfoni)


def _add_days(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="first", required=True, metavar="D", help="first day, such as 2026-01-01")
    parser.add_argument("--to", dest="last", required=True, metavar="D", help="last day, such as 2026-11-30")


def _day(raw: str) -> date:
    """Raises Refused."""
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise Refused(f"{raw} is not a day such as 2026-11-23") from None


def tell(args: argparse.Namespace) -> int:
    first, last, parts = _day(args.first), _day(args.last), open_parts()
    told = parts.store.read(lambda session: report.build(session, parts.desk, parts.clock(), first, last))
    if args.json:
        show(told, True, ())
    else:
        _print(told)
    return 0


def _print(told: dict[str, Any]) -> None:
    say(f"Statistics from {told['from']} to {told['to']}" + (" (whole months)" if told["whole_months_only"] else ""))
    if told["running_month"]:
        say(f"The month {told['running_month']} is still running.")
    for sign, meaning in told["legend"].items():
        say(f"  {sign:>3}  {meaning}")
    _print_months(told["months"])
    for table in TABLES:
        _print_table(table, told)
    _print_work(told)


def _print_months(months: list[dict[str, Any]]) -> None:
    say("\nmonth     cases  a year before  minutes to accept    minutes to first action  climbs  unmet duties, DAMPING")
    for row in months:
        unmet = ", ".join(f"{duty} {count}" for duty, count in row["unmet_duties"].items())
        say(
            f"{row['month']}{'~' if row['running'] else ' '} {row['cases']!s:>6}  {row['year_before']['cases']!s:>13}  "
            f"{_times(row['minutes_to_accept']):>19}  {_times(row['minutes_to_first_action']):>23}  "
            f"{row['ladder_climbs']!s:>6}  {unmet}  {row['accompanied']}"
        )
    say("  (minutes: median / nine of ten / worst; ~ still running)")


def _times(times: dict[str, int] | str) -> str:
    return times if isinstance(times, str) else " / ".join(str(value) for value in times.values())


def _print_table(table: str, told: dict[str, Any]) -> None:
    columns = [(row["month"][2:], row) for row in told["months"]] + [(str(row["year"]), row) for row in told["years"]]
    names = told["kecamatan_names"] if table == "kecamatan" else {}
    say(f"\n{table:<18}" + "".join(f"{head:>{WIDE}}" for head, _ in columns))
    for entry in columns[0][1][table]:
        say(f"{names.get(entry, entry):<18}" + "".join(f"{row[table][entry]!s:>{WIDE}}" for _, row in columns))


def _print_work(told: dict[str, Any]) -> None:
    say("\nrequests to agencies: month, agency, asked, accepted, declined, done, median minutes to answer")
    for row in told["referrals"]:
        say("  " + "  ".join(str(value) for value in row.values()))
    say("education sessions: month, sessions, people")
    for row in told["outreach"]:
        say(f"  {row['month']}  {row['sessions']}  {row['people']}")
        for kind in ("kecamatan", "audience", "topic"):
            of = [f"{entry} {count['sessions']} ({count['people']})" for entry, count in row[kind].items()]
            say(f"    by {kind}: " + ", ".join(of))
    say("lessons opened: month, topic")
    for row in told["learned"]:
        say(f"  {row['month']}  " + ", ".join(f"{topic} {times}" for topic, times in row["topics"].items()))


def export_simfoni(args: argparse.Namespace) -> int:
    first, last = _day(args.first), _day(args.last)
    simfoni.check(first, last, args.out)
    parts = open_parts()
    sheet = parts.store.write(
        lambda session: simfoni.read_sheet(session, parts.desk, parts.lexicon, parts.clock(), ACTOR, first, last)
    )
    write_new(args.out, simfoni.to_bytes(sheet, args.out.suffix))
    say(f"{len(sheet) - 1} cases written to {args.out}; each of them shows in its timeline that it was exported")
    return 0
