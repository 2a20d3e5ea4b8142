"""backup, restore, and what a restore leaves for a person: messages release, messages cancel."""

import argparse
from pathlib import Path

from gateway import backup
from gateway.bootstrap import build
from gateway.commands.shell import Commands, iso, load_settings, open_parts, say
from gateway.errors import Refused
from gateway.outbox import held

ACTOR = "command line"


def add_parsers(commands: Commands) -> None:
    out = commands.add_parser("backup", help="every row into one sealed file, while the gateway works")
    out.add_argument("--out", type=Path, required=True, metavar="FILE")
    out.set_defaults(run=back_up)
    back = commands.add_parser("restore", help="a backup into an empty database; stop web and worker first")
    back.add_argument("file", type=Path, metavar="FILE")
    back.add_argument("--replace", action="store_true", help="throw away the rows that are there")
    back.add_argument("--check", action="store_true", help="only read the file to its end")
    back.set_defaults(run=restore)


def add_held(messages: Commands) -> None:
    """The two ways out for a message that a restore has held."""
    for name, run, what in (
        ("release", release, "let held messages leave"),
        ("cancel", cancel, "held messages are never sent"),
    ):
        parser = messages.add_parser(name, help=f"{what}, by id (see messages list) or all")
        parser.add_argument("ids", nargs="*", metavar="ID")
        parser.add_argument("--all", action="store_true")
        parser.set_defaults(run=run)


def back_up(args: argparse.Namespace) -> int:
    parts = open_parts()
    try:
        count = backup.back_up(parts.store.engine, parts.desk.keyring, parts.clock(), args.out)
    except OSError as fault:
        raise Refused(f"{args.out} cannot be written: {fault.strerror}") from None
    parts.close()
    say(f"{count} rows in {args.out}; it opens only with this key file: keep the two apart")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Without the check that the database is of this release: it may be what has to be replaced."""
    parts = build(load_settings())
    if args.check:
        contents = backup.check(args.file, parts.desk.keyring)
        say(f"sound: {contents.rows} rows of {iso(contents.made_at)}")
        return 0
    done = backup.restore(parts.store.engine, parts.desk, parts.clock(), args.file, replace=args.replace)
    parts.close()
    say(f"{done.contents.rows} rows of {iso(done.contents.made_at)} are back")
    if done.held:
        say(f"{done.held} messages are held; look: beliperak messages list, then messages release or cancel")
    return 0


def _ids(args: argparse.Namespace) -> list[str] | None:
    if bool(args.ids) == args.all:
        raise Refused("name the ids of messages, or --all")
    return None if args.all else args.ids


def release(args: argparse.Namespace) -> int:
    parts, ids = open_parts(), _ids(args)
    count = parts.store.write(lambda session: held.release(session, parts.desk, parts.clock(), ACTOR, ids))
    say(f"{count} messages will leave")
    return 0


def cancel(args: argparse.Namespace) -> int:
    parts, ids = open_parts(), _ids(args)
    count = parts.store.write(lambda session: held.cancel(session, parts.clock(), ACTOR, ids))
    say(f"{count} messages are cancelled")
    return 0
