"""db, run: the machine room."""

import argparse
import secrets
import shlex
import sys
from datetime import timedelta
from pathlib import Path

from honcho.manager import Manager
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import bootstrap, migrate, passwords
from gateway.casework import people
from gateway.commands.shell import Commands, load_settings, open_parts, say
from gateway.database import open_store
from gateway.errors import Refused
from gateway.identifiers import new_id
from gateway.simulator import editing
from models.duty import DutyShift
from models.people import Officer
from models.vocabulary import OfficerRole

PRACTICE_LOGIN = "petugas"
PRACTICE_PHONE = "+6281200000001"
"""The first officer of practice: a number of the simulator, not of a person."""


def add_parsers(commands: Commands) -> None:
    db = commands.add_parser("db", help="the database").add_subparsers(dest="act", required=True)
    db.add_parser("upgrade", help="bring it up to this release; again does nothing").set_defaults(run=upgrade)

    run = commands.add_parser("run", help="practice on this machine: migrations, a first officer, web and worker")
    run.set_defaults(run=run_all)


def upgrade(args: argparse.Namespace) -> int:
    settings = load_settings()
    settings.var.mkdir(mode=0o700, exist_ok=True)
    store = open_store(settings.database_url)
    try:
        migrate.upgrade(store.engine)
    finally:
        store.close()
    say("database is up to date")
    return 0


def run_all(args: argparse.Namespace) -> int:
    """`make run`: everything on the embedded default, until Ctrl-C."""
    upgrade(args)
    parts = open_parts()
    if not parts.settings.is_practice:
        raise Refused("beliperak run is for practice (PROVIDER=simulator); use the Procfile's lines with a carrier")
    password = secrets.token_urlsafe(9)
    secret = passwords.hash_password(password)
    made = parts.store.write(lambda session: _first_officer(session, parts, secret))
    parts.store.write(lambda session: editing.add_first(session, parts.desk, parts.clock()))
    _announce(parts, password if made else None)
    parts.close()
    manager = Manager()
    beliperak = shlex.quote(str(Path(sys.executable).with_name("beliperak")))
    for name in ("web", "worker"):
        manager.add_process(name, f"exec {beliperak} {name}")
    manager.loop()
    return int(manager.returncode or 0)


def _first_officer(session: Session, parts: bootstrap.Parts, secret: str) -> bool:
    """An officer on duty, so that the first danger call already reaches somebody; true when this call made her."""
    if session.scalar(select(Officer.id).limit(1)):
        return False
    now = parts.clock()
    officer = people.new_officer(
        parts.desk, now, "Petugas Satu", PRACTICE_PHONE, OfficerRole.SUPERVISOR, "", PRACTICE_LOGIN, secret
    )
    session.add(officer)
    session.flush()
    until = now + timedelta(days=30)
    here = {"added_at": now, "present_at": now}
    session.add(DutyShift(id=new_id(now), officer_id=officer.id, starts_at=now, ends_at=until, areas="", **here))
    return True


def _announce(parts: bootstrap.Parts, password: str | None) -> None:
    token = parts.settings.webhook_tokens[0]
    root = f"http://{parts.settings.own_host}:{parts.settings.port}"
    say(f"phones:  {root}/simulator/")
    say(f"console: {root}/console/")
    say(
        f"log in:  {PRACTICE_LOGIN}, password {password} (shown once)"
        if password
        else f"log in:  {PRACTICE_LOGIN}, with the password that the first start showed"
    )
    say(f"dial:    POST {root}/webhooks/africastalking/{token}/ussd  (sessionId, phoneNumber, serviceCode, text)")
    say(f"text:    POST {root}/webhooks/africastalking/{token}/sms   (id, from, to, text)")
    say(f"officer: {PRACTICE_PHONE}, supervisor, on duty for 30 days")
    say("look:    .venv/bin/beliperak cases list    .venv/bin/beliperak messages list --reveal")
