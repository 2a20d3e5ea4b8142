"""An office played by processes that are killed: what each of them does, and how the whole is judged afterwards.

The processes are forked from one that has imported everything, so that a start costs a moment. They share a database,
a spool, a list of what the carrier's callbacks were acknowledged, and a ledger of what reached the carrier; the last
two are files written by single appends, which a kill cannot undo.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from gateway import crash, logs, migrate
from gateway.app import create_app
from gateway.bootstrap import BUILT_IN_DISTRICT, Parts, build, load_words
from gateway.casework import people
from gateway.casework.events import find_broken
from gateway.draining import Drainer
from gateway.errors import StoreDown
from gateway.identifiers import new_id
from gateway.providers.base import Accepted
from gateway.settings import Settings
from gateway.spool import Spool
from gateway.worker import jobs
from gateway.worker.sending import Sender
from menus.keywords import Sender as Reader
from menus.keywords import parse
from models.case import CaseFile
from models.duty import DutyShift
from models.inbound import InboundMessage
from models.outbound import OutboundMessage
from models.vocabulary import CadreRole, MessageStatus, OfficerRole, Priority, Purpose
from tests.faults.outcome import Outcome

parse("TOLONG di Senaken", load_words(BUILT_IN_DISTRICT).lexicon, Reader("resident", None))
"""Words and what reading them prepares: once, in the process that the others are forked from."""

TOKEN = "a-token-of-the-scene"
OFFICERS = ("+6281200000001", "+6281200000002")
CADRE = "+6281200000003"
CALLER, TEXTER = "+6281310000001", "+6281310000002"
SPOOLED_CALLER, SPOOLED_TEXTER = "+6281310000003", "+6281310000004"
RESIDENTS = (CALLER, TEXTER, SPOOLED_CALLER, SPOOLED_TEXTER)
LADDER = timedelta(minutes=11)
"""Later than the first step of the ladder."""
LEASE = timedelta(seconds=61)
WAITING = (MessageStatus.QUEUED, MessageStatus.ERRORED, MessageStatus.SENDING)
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.scene"])


@dataclass(frozen=True)
class Stage:
    """Where it is played: a folder of its own, and a database (SQLite in the folder when there is no address)."""

    root: Path
    url: str | None = None
    connections: int = 1

    def parts(self, ahead: timedelta = timedelta(0)) -> Parts:
        environ = {
            "WEBHOOK_TOKEN": TOKEN,
            "SECRET_KEY": "s" * 32,
            "SEND_RATE": "1000",
            "SEND_CONNECTIONS": str(self.connections),
            "QUIET_HOURS": "00:00-00:00",
        }
        if self.url:
            environ["DATABASE_URL"] = self.url
        return build(Settings.load(environ, self.root), lambda: datetime.now(UTC) + ahead)

    def note(self, name: str, line: str) -> None:
        descriptor = os.open(self.root / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, f"{line}\n".encode())
        os.close(descriptor)

    def lines(self, name: str) -> list[str]:
        path = self.root / name
        return path.read_text().splitlines() if path.exists() else []

    def prepare(self) -> "Stage":
        """Tables, two officers on duty, a cadre."""
        (self.root / "var").mkdir(mode=0o700, exist_ok=True)
        parts = self.parts()
        migrate.upgrade(parts.store.engine)
        parts.store.write(lambda session: _employ(session, parts))
        parts.close()
        return self

    def fork(self, play: Callable[..., None], *args: Any) -> Any:
        """Start a play in a process of its own; `exitcode` is -9 when it was killed."""
        process = FORKS.Process(target=play, args=(self, *args), daemon=True)
        process.start()
        return process


def _employ(session: Session, parts: Parts) -> None:
    now = datetime.now(UTC)
    for phone in OFFICERS:
        officer = people.new_officer(parts.desk, now, "Ani", phone, OfficerRole.SUPERVISOR, "", None, None)
        session.add(officer)
        session.flush()
        day = timedelta(days=1)
        since = {"added_at": now, "present_at": now}
        shift = DutyShift(id=new_id(now), officer_id=officer.id, starts_at=now - day, ends_at=now + day, areas="")
        for name, at in since.items():
            setattr(shift, name, at)
        session.add(shift)
    cadre = people.new_cadre(parts.desk, now, "Bu Sri", CADRE, "64.01.04.2016", CadreRole.PKK)
    cadre.confirmed_at = now
    session.add(cadre)


class Ledger:
    """A carrier that writes down what reaches it, before it answers."""

    name = "simulator"

    def __init__(self, stage: Stage, during: Callable[[], None] = lambda: None) -> None:
        self._stage, self._during = stage, during

    def send(self, message_id: str, to: str, text: str, not_after: datetime) -> Accepted:
        self._stage.note("ledger", f"{message_id} {to}")
        self._during()
        return Accepted(provider_id=f"sim_{message_id}", status=MessageStatus.SENT)

    def balance(self) -> str | None:
        return None

    def close(self) -> None:
        pass


class Down:
    """A store that takes nothing."""

    def write(self, work: Any, within: float | None = None) -> Any:
        raise StoreDown

    read = quick = write


# What a process does


def play(stage: Stage, charge: str, run: str, ahead: timedelta) -> None:
    """Everything once: people call and text, the database is down for a while, what waits is worked off."""
    logs.configure("critical")
    crash.arm(charge)
    parts = stage.parts(ahead)
    spool = Spool(parts.settings.spool, parts.desk.keyring)
    web = create_app(parts).test_client()
    _call(stage, web, CALLER, run)
    _text(stage, web, TEXTER, "TOLONG saya dipukul suami sekarang di Senaken")
    _text(stage, web, CADRE, "LAPOR FISIK SENAKEN istri dipukul suami")
    without = create_app(replace(parts, store=Down())).test_client()  # type: ignore[arg-type]
    _call(stage, without, SPOOLED_CALLER, run)
    _text(stage, without, SPOOLED_TEXTER, "TOLONG saya dipukul suami sekarang di Senaken")
    Drainer(parts, spool).run()
    for later in (ahead, ahead + LADDER):
        parts = replace(parts, clock=partial(_in_future, later))
        work_off(stage, parts)
        _report(stage, create_app(parts).test_client())
    parts.close()


def _in_future(later: timedelta) -> datetime:
    return datetime.now(UTC) + later


def work_off(stage: Stage, parts: Parts, during: Callable[[], None] = lambda: None) -> None:
    sender = Sender(parts.store, parts.desk, Ledger(stage, during), parts.clock)
    drainer = Drainer(parts, Spool(parts.settings.spool, parts.desk.keyring))
    jobs.run_once(jobs.Bench(parts.store, parts.desk, sender, parts.clock, drain=drainer.run))
    sender.close()


def _post(stage: Stage, web: FlaskClient, route: str, name: str, form: dict[str, str]) -> bool:
    """Once, until it is acknowledged."""
    if name in stage.lines("acknowledged"):
        return True
    answer = web.post(f"/webhooks/africastalking/{TOKEN}/{route}", data=form)
    if answer.status_code == 200:
        stage.note("acknowledged", name)
    return answer.status_code == 200


def _call(stage: Stage, web: FlaskClient, phone: str, run: str) -> None:
    """She dials and presses 2; when the line broke she dials anew."""
    hop = {"sessionId": f"s{phone}{run}", "phoneNumber": phone, "serviceCode": "*384#"}
    if phone not in stage.lines("acknowledged"):
        web.post(f"/webhooks/africastalking/{TOKEN}/ussd", data={**hop, "text": ""})
        _post(stage, web, "ussd", phone, {**hop, "text": "2"})


def _text(stage: Stage, web: FlaskClient, phone: str, words: str) -> None:
    form = {"id": f"m{phone}", "from": phone, "to": "55555", "text": words, "date": ""}
    _post(stage, web, "sms", phone, form)


def _report(stage: Stage, web: FlaskClient) -> None:
    for line in set(stage.lines("ledger")):
        name = f"sim_{line.split()[0]}"
        _post(stage, web, "delivery", name, {"id": name, "status": "Success", "phoneNumber": OFFICERS[0]})


# How it is judged


def count_waiting(session: Session) -> int:
    """Messages that are still to leave."""
    stuck = select(func.count()).select_from(OutboundMessage).where(OutboundMessage.status.in_(WAITING))
    return session.scalar(stuck) or 0


def judge(stage: Stage, fault: str, crashes: int, callers: tuple[str, ...] = RESIDENTS) -> Outcome:
    """Lost: a caller acknowledged without a case, a call for help that never reached the carrier, a broken chain."""
    parts = stage.parts()
    acknowledged = {name for name in stage.lines("acknowledged") if name in callers}
    times = Counter(line.split()[0] for line in stage.lines("ledger"))
    heard = Counter(line.split()[1] for line in stage.lines("ledger"))

    def look(session: Session) -> tuple[int, int]:
        index = {parts.desk.keyring.index("phone", phone): phone for phone in callers}
        cases = list(session.scalars(select(CaseFile).where(CaseFile.phone_index.in_(index))))
        kept = Counter(index[case.phone_index or b""] for case in cases)
        lost = len(acknowledged - kept.keys())
        lost += sum(case.priority is not Priority.P1 for case in cases)
        lost += sum(find_broken(session, parts.desk.keyring, case.id) is not None for case in cases)
        calls = select(OutboundMessage.id, OutboundMessage.status).where(
            OutboundMessage.purpose.in_((Purpose.ALERT, Purpose.ESCALATION)),
            OutboundMessage.status != MessageStatus.CANCELLED,
        )
        lost += sum(times[message_id] == 0 for message_id, _ in session.execute(calls))
        lost += count_waiting(session)
        doubled = sum(count - 1 for count in kept.values())
        texts = session.scalars(select(InboundMessage.provider_id)).all()
        return lost, doubled + len(texts) - len(set(texts))

    lost, doubled = parts.store.read(look)
    lost += len(Spool(parts.settings.spool, parts.desk.keyring).list_waiting())
    parts.close()
    residents = doubled + sum(max(0, heard[phone] - 1) for phone in callers)
    officers = sum(count - 1 for count in times.values()) - sum(max(0, heard[phone] - 1) for phone in callers)
    return Outcome(fault, 1, lost, residents, officers, crashes)


def sum_up(fault: str, outcomes: list[Outcome], recovered: str = "-") -> Outcome:
    return Outcome(
        fault,
        len(outcomes),
        sum(outcome.lost for outcome in outcomes),
        sum(outcome.residents for outcome in outcomes),
        sum(outcome.officers for outcome in outcomes),
        sum(outcome.crashes for outcome in outcomes),
        recovered,
    )


def fresh_database(server: str, name: str) -> str:
    """An empty database on this PostgreSQL."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    return admin.url.set(database=name).render_as_string(hide_password=False)
