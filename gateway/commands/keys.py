"""keys: made, copied into words for the safe and read back, and exchanged while the gateway serves."""

import argparse
import sys
from pathlib import Path

import segno

from gateway import keyring, rekeying
from gateway.casework import attempts
from gateway.commands.shell import Commands, load_settings, open_parts, say, warn
from gateway.errors import Refused, StoreDown
from gateway.key_file import KeyBook, from_words, to_words

ABOUT_EXPORT = """Print the key file as numbered lines of eight words, to be written on paper and kept in a safe.

The last word of a line says whether it was copied rightly. Who holds the paper and the database holds every case.
Each export leaves a row in the access record; `keys import` makes the file again. Make a new copy after a rotation."""

ABOUT_ROTATE = """New master and index keys, while web and worker serve. Killed anywhere, run it again.

The file grows, and old copies of the database still open with old copies of the file: a rotation does not make what
was stolen unreadable. The key of the audit chains stays. Print a new recovery copy afterwards."""


def add_parsers(commands: Commands) -> None:
    keys = commands.add_parser("keys", help="the keys of sealed columns").add_subparsers(dest="act", required=True)
    generate = keys.add_parser("generate", help="a new key file, mode 0600; never overwrites")
    generate.add_argument("--out", type=Path, required=True, metavar="FILE")
    generate.set_defaults(run=generate_keys)
    raw = argparse.RawDescriptionHelpFormatter
    export = keys.add_parser(
        "export", help="a recovery copy in words, for the safe", description=ABOUT_EXPORT, formatter_class=raw
    )
    export.add_argument("--qr", action="store_true", help="the same words as a QR code besides")
    export.set_defaults(run=export_keys)
    imports = keys.add_parser("import", help="a key file from the words of a recovery copy, read from standard input")
    imports.add_argument("--out", type=Path, required=True, metavar="FILE")
    imports.set_defaults(run=import_keys)
    rotate = keys.add_parser(
        "rotate", help="new keys, while others serve", description=ABOUT_ROTATE, formatter_class=raw
    )
    rotate.set_defaults(run=rotate_keys)


def generate_keys(args: argparse.Namespace) -> int:
    _create(KeyBook.fresh(), args.out)
    say(f"keys written to {args.out}; keep a copy in a safe, apart from the backups: beliperak keys export")
    return 0


def _create(book: KeyBook, path: Path) -> None:
    try:
        book.create(path)
    except FileExistsError:
        raise Refused(f"{path} exists; keys are never overwritten") from None
    except OSError as fault:
        raise Refused(f"{path} cannot be written: {fault.strerror}") from None


def export_keys(args: argparse.Namespace) -> int:
    """The trace is left where the database can be reached; a copy must be possible also when it can not."""
    book = KeyBook.load(load_settings().field_keys_file)
    try:
        parts = open_parts()
        parts.store.write(lambda session: attempts.note(session, parts.clock(), "command line", "keys exported"))
    except (StoreDown, keyring.KeyFileError):
        warn("the database could not be told of this copy; write it into the log book")
    lines = to_words(book.to_bytes())
    for line in lines:
        say(line)
    if args.qr:
        segno.make("\n".join(lines), micro=False).terminal(out=sys.stdout, compact=True)
    return 0


def import_keys(args: argparse.Namespace) -> int:
    book = KeyBook.from_bytes(from_words(sys.stdin))
    _create(book, args.out)
    say(f"keys written to {args.out}: {len(book.masters)} master and {len(book.index_keys)} index keys")
    return 0


def rotate_keys(args: argparse.Namespace) -> int:
    parts = open_parts()
    rekeying.rotate(parts.store, parts.desk.keyring, parts.settings.field_keys_file, say)
    say("done; print a new recovery copy: beliperak keys export")
    return 0
