"""Rotation of the keys while others serve: nothing is lost, nobody is forgotten, and it may be killed anywhere."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select, text
from sqlalchemy.orm import Session

from gateway import key_state, rekeying
from gateway.bootstrap import build
from gateway.casework import anchors, timetable
from gateway.key_file import KeyBook
from gateway.keyring import KeyFileError, Keyring
from models.base import Base
from models.case import CaseFile
from models.outbound import OptOutRow
from tests.journeys.looking import receipt_on
from tests.office import Office
from tests.phone import Phone

NOT_SEALED_ANEW = {
    "case_file.details": "under its case's own key",
    "referral.basis": "under its case's own key",
    "case_event.body": "under its case's key; endings stay under the master of their day, for their hash covers it",
    "key_state.proof": "written anew by the switch itself",
    "export_part.body": "gone within a day; older masters stay readable",
}
NOT_INDEXED = {
    "case_event.mac": "the audit key is not rotated",
    "audit_anchor.digest": "the audit key is not rotated",
    "audit_head.mac": "a copy of the event's",
    "key_state.index_proof": "written anew by the switch itself",
}


def test_every_column_of_bytes_is_rotated_or_says_why_not() -> None:
    """Complete by construction: a new table's sealed columns must be named in `rekeying`, or here with a reason."""
    found = {
        f"{table.name}.{column.name}": column.type.length
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    sealed = {f"{entry.column.class_.__tablename__}.{entry.column.key}" for entry in rekeying.SEALED}
    indexed = {f"{column.class_.__tablename__}.{column.key}" for _, column in rekeying.INDEXED}
    assert {name for name, length in found.items() if length is None} == sealed | NOT_SEALED_ANEW.keys()
    assert {name for name, length in found.items() if length == 32} == indexed | NOT_INDEXED.keys()


def keys_of(office: Office) -> Path:
    return office.parts.settings.field_keys_file


def begun(office: Office) -> Office:
    key_state.begin(office.parts.store, office.parts.desk.keyring)
    return office


def rotate(office: Office) -> list[str]:
    """As the command does: in a process of its own, with the file's keys."""
    told: list[str] = []
    parts = build(office.parts.settings, office.clock)
    try:
        rekeying.rotate(parts.store, parts.desk.keyring, keys_of(office), told.append)
    finally:
        parts.close()
    return told


def masters_in_use(office: Office) -> set[int]:
    def read(session: Session) -> set[int]:
        return {
            value[1]
            for entry in rekeying.SEALED
            for value in session.scalars(text(f"SELECT {entry.column.key} FROM {entry.column.class_.__tablename__}"))
            if value
        } - {0}

    return office.read(read)  # type: ignore[no-any-return]


def lived_in(office: Office) -> dict[str, Any]:
    """One of everything that lies under a master key or is found by an index key."""
    begun(office)
    ani, cadre = office.officer("Ani", role="supervisor"), office.cadre()
    report = office.phone()
    report.dial().press("3", "4", "1", "1", "2", "3", "1", "5", "1")
    receipt = receipt_on(report)
    sexual = office.phone()
    sexual.dial().press("3", "1", "5", "1", "1", "1", "2", "2", "1", "5", "1")
    open_session = office.phone().dial().press("3", "4")
    stopped = office.phone()
    stopped.text("BERHENTI")
    cadre.text("LAPOR di kampung itu")
    office.work()
    return {
        "ani": ani,
        "cadre": cadre,
        "report": report,
        "receipt": receipt,
        "open": open_session,
        "stopped": stopped,
        "shown": cases(office),
        "told": messages(office),
    }


def cases(office: Office) -> list[Any]:
    return sorted(office.cases(), key=lambda case: str(case["reference"]))


def messages(office: Office) -> list[Any]:
    return sorted(office.messages(), key=lambda message: str(message["id"]))


def check_everything_is_found(office: Office, before: dict[str, Any]) -> None:
    assert cases(office) == before["shown"]
    assert messages(office) == before["told"]
    asking = office.phone().dial().press("4", before["receipt"])
    assert "diterima" in asking.screen or "diproses" in asking.screen
    screen = before["open"].screen
    assert before["open"].repeat().screen == screen, "a dialogue under way goes on"
    before["open"].press("1")
    ani: Phone = before["ani"]
    count = len(cases(office))
    ani.text(f"AMBIL {ani.code()}")
    office.work()
    assert "Ani" in {case["accepted_by"] for case in office.cases()}, "a code given out before is taken"
    before["cadre"].text("2")
    assert len(office.cases()) == count, "the question asked before is still open"
    index = office.parts.desk.keyring.index("phone", before["stopped"].number)
    assert office.read(lambda session: session.get(OptOutRow, index)), "who said BERHENTI is still known"


def test_after_a_rotation_everything_opens_and_everybody_is_found(any_office: Office) -> None:
    before = lived_in(any_office)
    assert masters_in_use(any_office) == {1}
    told = rotate(any_office)
    assert told[:2] == ["the key file has new keys", "the new keys are in use"]
    assert masters_in_use(any_office) == {2}
    check_everything_is_found(any_office, before)
    assert any_office.parts.desk.keyring.stands == (2, 2), "the office that served meanwhile follows"


def test_twice_is_one_more_layer_and_fresh_processes_read_it(any_office: Office) -> None:
    before = lived_in(any_office)
    rotate(any_office)
    rotate(any_office)
    assert masters_in_use(any_office) == {3}
    assert Keyring.load(keys_of(any_office)).stands == (3, 3)
    check_everything_is_found(any_office, before)


def test_rules_that_fired_do_not_fire_again(any_office: Office) -> None:
    """The names of veiled rules are made anew with the index key: forgetting them would remind of everything twice."""
    begun(any_office)
    any_office.officer("Ani", role="supervisor")
    any_office.phone().dial().press("3", "1", "5", "1", "1", "1", "2", "2", "1", "5", "1")
    any_office.work()
    any_office.forward(hours=3)
    veiled = text("SELECT count(*) FROM rule_firing WHERE rule LIKE '=%'")

    def unfired(session: Session) -> list[tuple[str, str]]:
        desk, now = any_office.parts.desk, any_office.clock.now
        steps = timetable.unfired(session, desk, now, session.scalars(select(CaseFile)).one())
        return [(step.rule, step.step) for step in steps]

    before = any_office.read(unfired)
    assert any_office.read(lambda session: session.scalar(veiled)) > 0
    rotate(any_office)
    assert any_office.read(unfired) == before


def test_the_chains_are_sound_after_a_rotation_and_go_on(any_office: Office) -> None:
    before = lived_in(any_office)
    rotate(any_office)
    before["report"].dial().press("2")
    assert any_office.read(lambda session: anchors.find_fault(session, any_office.parts.desk)) is None


def test_callers_are_served_while_the_keys_change(any_office: Office) -> None:
    """Each phone cries twice, one before or after the change: no case is lost, and no phone gets a second one."""
    begun(any_office)
    any_office.officer()
    phones = [any_office.phone() for _ in range(40)]

    def cry(phone: Phone) -> str:
        return phone.dial().press("2").screen.splitlines()[0]

    with ThreadPoolExecutor(4) as callers:
        first = [callers.submit(cry, phone) for phone in phones]
        rotate(any_office)
        second = [callers.submit(cry, phone) for phone in phones]
        screens = [answer.result() for answer in (*first, *second)]
    assert all(screen.startswith("Tercatat") for screen in screens)
    assert len(any_office.cases()) == len(phones)
    assert masters_in_use(any_office) == {2}


KILLED = """
import os, signal, sys
from pathlib import Path
from gateway import rekeying
from gateway.bootstrap import build
from gateway.casework import anchors
from gateway.settings import Settings

parts = build(Settings.load(os.environ, Path(sys.argv[1])))
point, rekeying.AT_ONCE = sys.argv[2], 3
real = rekeying.reseal_some
calls = 0

def reseal(session, keyring):
    global calls
    calls += 1
    done = real(session, keyring)
    if point == f"reseal {calls}":
        os.kill(os.getpid(), signal.SIGKILL)
    return done

real_switch = rekeying.switch

def switch(session, keyring, *target):
    if point == "before switch":
        os.kill(os.getpid(), signal.SIGKILL)
    real_switch(session, keyring, *target)
    if point == "in switch":
        os.kill(os.getpid(), signal.SIGKILL)

rekeying.reseal_some, rekeying.switch = reseal, switch
rekeying.rotate(parts.store, parts.desk.keyring, parts.settings.field_keys_file)
"""


@pytest.mark.parametrize("point", ["before switch", "in switch", "reseal 1", "reseal 3"])
def test_a_rotation_that_was_killed_is_run_again_and_ends_with_one_new_key(any_office: Office, point: str) -> None:
    before = lived_in(any_office)
    url = any_office.parts.store.engine.url.render_as_string(hide_password=False)
    house = Path(__file__).parent.parent.parent
    environ = {"DATABASE_URL": url, "PYTHONPATH": str(house)}
    killed = subprocess.run([sys.executable, "-c", KILLED, str(any_office.root), point], env=environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert cases(any_office) == before["shown"], "half-way everything can be read"
    rotate(any_office)
    assert KeyBook.load(keys_of(any_office)).newest == 2
    assert masters_in_use(any_office) == {2}
    check_everything_is_found(any_office, before)


def test_a_key_file_of_another_office_is_refused_at_the_start_and_later(any_office: Office, tmp_path: Path) -> None:
    begun(any_office)
    other = tmp_path / "others.json"
    KeyBook.fresh().create(other)
    settings = any_office.parts.settings.model_copy(update={"field_keys_file": other})
    with pytest.raises(KeyFileError, match="not the one this database is sealed with"):
        build(settings, any_office.clock)


@pytest.mark.parametrize("wrong", ["index", "master"])
def test_one_wrong_key_of_the_two_is_enough_to_be_refused(office: Office, wrong: str) -> None:
    begun(office)
    book, other = KeyBook.load(keys_of(office)), KeyBook.fresh()
    mixed = (
        KeyBook(other.masters, 1, book.index_keys) if wrong == "master" else KeyBook(book.masters, 1, other.index_keys)
    )
    mixed.replace(keys_of(office))
    with pytest.raises(KeyFileError):
        build(office.parts.settings, office.clock)


def test_an_older_database_that_these_keys_do_not_open_gets_no_row_of_theirs(office: Office, tmp_path: Path) -> None:
    office.officer()
    other = tmp_path / "others.json"
    KeyBook.fresh().create(other)
    settings = office.parts.settings.model_copy(update={"field_keys_file": other})
    with pytest.raises(KeyFileError):
        build(settings, office.clock)
    assert begun(office).read(lambda session: office.parts.desk.keyring.stands) == (1, 1)


def test_a_process_whose_file_lacks_the_new_keys_stops_rather_than_guess(any_office: Office) -> None:
    begun(any_office)
    before = KeyBook.load(keys_of(any_office))
    rotate(any_office)
    before.replace(keys_of(any_office))
    with pytest.raises(KeyFileError, match="lacks a key"):
        any_office.cases()


def test_the_phone_an_erasure_took_out_stays_out(any_office: Office) -> None:
    begun(any_office)
    phone = any_office.phone()
    phone.text("TELEPON")
    any_office.work()
    blank = text("UPDATE outbound_message SET to_index = :blank").bindparams(blank=bytes(32))
    any_office.write(lambda session: session.execute(blank) and None)
    rotate(any_office)
    kept = text("SELECT to_index FROM outbound_message")
    assert set(any_office.read(lambda session: session.scalars(kept).all())) == {bytes(32)}
