"""The command `beliperak`: exit 0 done, 1 refused with one line that says why, 2 usage."""

import argparse
import sys
from importlib import import_module

from gateway.errors import Refused, StoreDown
from gateway.keyring import KeyFileError, SealError
from gateway.settings import BadSettings

ABOUT = "Beli Perak Gateway: report violence against women and children with the cheapest phone."
EXAMPLES = """examples:
  beliperak officer add --name "Ani" --phone 0812-3456-7890 --role officer --areas 64.01.04
  beliperak duty add --officer 081234567890 --from 2026-11-23T08:00 --to 2026-11-23T20:00
  beliperak duty import piket.csv --preview
  beliperak cadre import kader.csv
  beliperak cases list --status new
  beliperak cases do 7K3Q accept --officer 081234567890
  beliperak stats --from 2026-01-01 --to 2026-11-30
  beliperak parse "LAPOR FISIK SENAKEN istri dipukul suami" --json

Settings come from the environment (and .env): see the README's table."""


MODULES = {
    "system": ("db", "run"),
    "serving": ("web", "worker"),
    "keys": ("keys",),
    "audit": ("audit",),
    "officers": ("officer",),
    "people": ("cadre", "agency"),
    "duty": ("duty",),
    "cases": ("cases", "messages"),
    "outreach": ("outreach", "broadcast"),
    "reading": ("parse", "menu"),
    "statistics": ("stats", "export"),
    "keeping": ("erase", "retention"),
    "backups": ("backup", "restore"),
}
"""The modules of `gateway.commands` in the order of the help, and the commands each has."""


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """Of all commands, or with the module of one only: what the others load, web and worker would keep for ever."""
    parser = argparse.ArgumentParser(
        "beliperak", description=ABOUT, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    asked = [module for module, names in MODULES.items() if command in names]
    for module in asked or MODULES:
        import_module(f"gateway.commands.{module}").add_parsers(commands)
    return parser


def main(argv: list[str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else argv
    args = build_parser(words[0] if words else None).parse_args(words)
    try:
        code: int = args.run(args)
    except BadSettings as faults:
        for fault in faults.faults:
            print(fault, file=sys.stderr)
        return 1
    except (Refused, KeyFileError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except SealError:
        print("the data cannot be opened with this key file", file=sys.stderr)
        return 1
    except StoreDown:
        print("the database cannot be reached or is not set up; run: beliperak db upgrade", file=sys.stderr)
        return 1
    except (BrokenPipeError, KeyboardInterrupt):
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
