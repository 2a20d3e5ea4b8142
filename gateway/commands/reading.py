"""parse and menu map: what the gateway makes of a text, and every screen it can show."""

import argparse
import csv
import json
from pathlib import Path

from gateway.bootstrap import reading_district
from gateway.commands.shell import Commands, load_settings, say
from gateway.errors import Refused
from menus.keywords import parse, reading_as_row
from menus.lexicon import Lexicon
from menus.map import describe
from menus.neutrality import find_all_faults
from menus.places import Areas
from menus.tree import ussd_menu
from menus.wording import Texts


def add_parsers(commands: Commands) -> None:
    reading = commands.add_parser("parse", help="how a text is read; nothing is stored")
    reading.add_argument("text", nargs="?")
    reading.add_argument("--json", action="store_true")
    reading.add_argument("--csv", type=Path, metavar="FILE", help="a file with columns id,text: one JSON line a row")
    reading.set_defaults(run=read, parser=reading)
    menu = commands.add_parser("menu", help="the screens").add_subparsers(dest="act", required=True)
    listing = menu.add_parser("map", help="every screen: id, text, septets, keys and where each leads")
    listing.add_argument("--lang", default="id", choices=["id", "en"])
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=show_map)


def read(args: argparse.Namespace) -> int:
    with reading_district(load_settings()) as district:
        lexicon = Lexicon.load(district)
    if args.csv:
        return _read_file(args.csv, lexicon)
    if args.text is None:
        args.parser.error("a text, or --csv FILE, is needed")
    row = {"id": None, **reading_as_row(parse(args.text, lexicon))}
    if args.json:
        say(json.dumps(row, ensure_ascii=False))
    else:
        for name, value in row.items():
            say(f"{name:10} {value}")
    return 0


def _read_file(path: Path, lexicon: Lexicon) -> int:
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            reader = csv.DictReader(file)
            if not {"id", "text"} <= set(reader.fieldnames or []):
                raise Refused(f"{path}: line 1 names no columns id,text")
            for row in reader:
                read_row = reading_as_row(parse(row["text"] or "", lexicon))
                say(json.dumps({"id": row["id"], **read_row}, ensure_ascii=False))
    except BrokenPipeError:  # whoever reads what is said has gone
        raise
    except OSError as fault:
        raise Refused(f"{path} cannot be read: {fault.strerror}") from None
    return 0


def show_map(args: argparse.Namespace) -> int:
    with reading_district(load_settings()) as district:
        menu = ussd_menu(Areas.load(district / "areas.csv"), Texts.load(), district)
    screens = describe(menu, args.lang)
    if args.json:
        say(json.dumps(screens, ensure_ascii=False))
    else:
        for screen in screens:
            _show(screen)
    faults = find_all_faults(menu.texts, names=[area.name for area in menu.areas])
    if faults:
        raise Refused("texts that may not leave as an SMS: " + "; ".join(faults))
    return 0


def _show(screen: dict[str, object]) -> None:
    say(f"== {screen['id']} ({screen['septets']} septets)")
    keys, others, typed, variants = screen["keys"], screen["or"], screen["typed"], screen["variants"]
    assert isinstance(keys, dict) and isinstance(others, dict)  # noqa: S101 - for mypy
    assert isinstance(typed, list) and isinstance(variants, list)  # noqa: S101
    say("\n-- or\n".join([str(screen["text"]), *variants]))
    for key, target in keys.items():
        say(f"   {key} -> {' or '.join([target, *others.get(key, [])])}")
    if typed:
        say(f"   typed -> {' or '.join(typed)}")
