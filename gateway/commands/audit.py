"""audit: whether the case chains are as they were written, and the anchors that show a cut tail."""

import argparse
from pathlib import Path

from gateway.casework import anchors
from gateway.commands.shell import Commands, open_parts, say
from gateway.errors import Refused

ABOUT = """Exit 0 when every case's chain and every anchor is sound, else 1 and the first bad row.

A case whose status, priority, holder or kecamatan is not what its timeline and details say was changed by hand, and is
named. Its times and due dates, and lists of people, are not compared.

The anchors of the second place (AUDIT_ANCHOR_FILE, or --anchors FILE: a copy of it, or what supervisors got by SMS
typed in) are compared line by line. Without a second place, a chain whose tail was cut since the last anchor, a whole
older database, and chains made anew by somebody who has the key file are NOT found. With one, only what happened
since its last line is not."""


def add_parsers(commands: Commands) -> None:
    audit = commands.add_parser("audit", help="the case chains").add_subparsers(dest="act", required=True)
    verify = audit.add_parser(
        "verify",
        help="exit 0 when sound, else the first bad row",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verify.add_argument("--anchors", type=Path, metavar="FILE", help="the second place, when not AUDIT_ANCHOR_FILE")
    verify.set_defaults(run=verify_chains)
    listing = audit.add_parser("anchors", help="every anchor, as the second place holds it")
    listing.set_defaults(run=list_anchors)


def verify_chains(args: argparse.Namespace) -> int:
    parts = open_parts()
    path = args.anchors or parts.settings.audit_anchor_file
    second = None
    if path is not None:
        if not path.exists():
            raise Refused(f"the second place {path} is not there")
        second = anchors.read_lines(path)
    fault = parts.store.read(lambda session: anchors.find_fault(session, parts.desk, second))
    if fault:
        raise Refused(fault)
    compared = "no second place to compare with" if second is None else f"{len(second)} anchors agree with {path}"
    say(f"all chains are sound; {compared}")
    return 0


def list_anchors(args: argparse.Namespace) -> int:
    for line in open_parts().store.read(anchors.list_lines):
        say(f"{line}  {anchors.short(bytes.fromhex(line.digest))}")
    return 0
