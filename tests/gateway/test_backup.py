"""A backup is one moment of a working office, sealed; restored elsewhere it is whole, and nothing leaves by itself."""

import os
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, func, select, text
from sqlalchemy.orm import Session

from gateway import archive, backup, bootstrap, cli, key_state, migrate, revisions
from gateway.casework.events import find_broken
from gateway.database import Store, open_store
from gateway.errors import Refused
from gateway.keyring import Keyring, generate
from gateway.outbox import held, pulse
from gateway.settings import Settings, setting_names
from gateway.worker import jobs
from gateway.worker.sending import Sender
from models.case import CaseEvent, CaseFile
from models.outbound import OutboundMessage
from models.throttle import AccessRecord
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient
from tests.conftest import MakeOffice
from tests.made import SMS, a_case, a_message, emptied, rows
from tests.office import Office
from tests.releases.make import counts

WAITING = (MessageStatus.QUEUED, MessageStatus.ERRORED, MessageStatus.SENDING)


def back_up(office: Office, name: str = "b.backup") -> Path:
    path = office.root / name
    backup.back_up(office.parts.store.engine, office.parts.desk.keyring, office.clock.now, path)
    return path


def elsewhere(office: Office, path: Path, url: str, **more: bool) -> tuple[Store, backup.Restored]:
    store = open_store(url)
    return store, backup.restore(store.engine, office.parts.desk, office.clock.now, path, **more)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables on another machine; the office itself may be on the other engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'elsewhere.db'}"
    if "any_office" in request.fixturenames and request.getfixturevalue("any_office").parts.settings.uses_sqlite:
        return emptied(request.getfixturevalue("postgres_url"))
    return emptied(another(request.getfixturevalue("postgres_url")))


def another(url: str) -> str:
    """A second database on the same server."""
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"{admin.url.database}_elsewhere"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    return admin.url.set(database=name).render_as_string(hide_password=False)


def contents(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every table but those that a restore writes itself."""
    with store.engine.connect() as connection:
        found = MetaData()
        found.reflect(connection)
        return {
            table.name: sorted((tuple(map(backup._plain, row)) for row in connection.execute(select(table))), key=repr)
            for table in found.sorted_tables
            if table.name not in ("access_record", "outbound_message", "rule_firing")
        }


def a_full_office(office: Office) -> None:
    office.officer()
    office.cadre().text("LAPOR FISIK SENAKEN istri dipukul suami")
    office.phone().dial().press("2")
    office.phone().text("TOLONG saya dipukul")
    office.work()
    a_case(office, Priority.P2, SMS)


# Whole


def test_everything_comes_back_on_either_engine(any_office: Office, empty: str) -> None:
    a_full_office(any_office)
    path = back_up(any_office)
    store, done = elsewhere(any_office, path, empty)
    assert contents(store) == contents(any_office.parts.store)
    assert done.contents.made_at == any_office.clock.now
    keyring = any_office.parts.desk.keyring

    def broken(session: Session) -> list[str]:
        cases = session.scalars(select(CaseFile.id))
        return [case for case in cases if find_broken(session, keyring, case) is not None]

    assert store.read(broken) == []
    assert store.read(lambda session: session.scalar(select(CaseEvent.seq).limit(1)))
    store.close()


def test_a_restored_office_works_on(make_office: MakeOffice, tmp_path_factory: pytest.TempPathFactory) -> None:
    office = make_office()
    a_full_office(office)
    path = back_up(office)
    root = tmp_path_factory.mktemp("new")
    (root / "var").mkdir()
    (root / "var" / "field_keys.json").write_bytes((office.root / "var" / "field_keys.json").read_bytes())
    (root / "var" / "field_keys.json").chmod(0o600)
    store, _ = elsewhere(office, path, f"sqlite:///{root / 'var' / 'beliperak.db'}")
    store.close()
    new = Office(root)
    new.clock.now = office.clock.now
    new.phone("+628117777777").dial().press("2")
    assert len(new.cases()) == len(office.cases()) + 1
    new.close()


# Held


def test_what_was_to_leave_waits_for_a_person(any_office: Office, empty: str) -> None:
    for status in WAITING:
        a_message(any_office, Purpose.REMINDER, Recipient.OFFICER, key=status)

    def stand_as_named(session: Session) -> None:
        for row in every(session):
            row.status = MessageStatus(row.dedupe_key)

    any_office.write(stand_as_named)
    store, done = elsewhere(any_office, back_up(any_office), empty)
    assert done.held == 3
    held_ones = store.read(lambda session: [(row.status, row.token, row.code) for row in every(session)])
    assert held_ones == [(MessageStatus.HELD, None, "restored")] * 3
    store.close()


def every(session: Session) -> list[OutboundMessage]:
    return list(session.scalars(select(OutboundMessage)))


def hold(office: Office) -> list[str]:
    office.write(lambda session: held.hold_all(session) and None)
    return [row.id for row in rows(office)]


def test_what_is_held_never_leaves_by_itself(any_office: Office) -> None:
    a_message(any_office, Purpose.REMINDER, Recipient.OFFICER)
    hold(any_office)
    any_office.forward(days=2)
    assert [row.status for row in rows(any_office)] == [MessageStatus.HELD]
    assert any_office.app.test_client().get("/readyz").status_code == 200


def test_a_person_lets_it_leave_or_not(any_office: Office) -> None:
    for _ in range(2):
        a_message(any_office, Purpose.REMINDER, Recipient.OFFICER)
    ids = hold(any_office)
    any_office.forward(days=2)
    desk, now = any_office.parts.desk, any_office.clock.now
    assert any_office.write(lambda session: held.release(session, desk, now, "Ani", ids[:1])) == 1
    assert any_office.write(lambda session: held.cancel(session, now, "Ani", None)) == 1
    any_office.work()
    assert [row.status for row in rows(any_office)] == [MessageStatus.DELIVERED, MessageStatus.CANCELLED]
    acts = any_office.read(lambda session: set(session.scalars(select(AccessRecord.what))))
    assert acts >= {"messages released", "messages cancelled"}
    with pytest.raises(Refused, match="not a message that is held"):
        any_office.write(lambda session: held.cancel(session, now, "Ani", ids))


def test_a_released_message_still_needs_her_consent(any_office: Office) -> None:
    case = a_case(any_office)
    a_message(any_office, Purpose.PROGRESS, Recipient.REPORTER, case=case)
    ids = hold(any_office)
    any_office.write(
        lambda session: held.release(session, any_office.parts.desk, any_office.clock.now, "Ani", ids) and None
    )
    any_office.work()
    assert [row.status for row in rows(any_office)] == [MessageStatus.CANCELLED]


def test_nobody_is_asked_again_how_she_is_but_officers_hear_what_waits(any_office: Office, empty: str) -> None:
    """The backup is of before the follow-up, the loss of after it."""
    any_office.officer()
    a_case(any_office, Priority.P1, contact=SMS)
    path = back_up(any_office)
    any_office.clock.now += timedelta(days=3, hours=1)
    store, _ = elsewhere(any_office, path, empty)
    sender = Sender(store, any_office.parts.desk, tuple(any_office.sender._carriers.values()), any_office.clock)
    jobs.run_once(jobs.Bench(store, any_office.parts.desk, sender, any_office.clock))
    sender.close()
    purposes = store.read(lambda session: {row.purpose for row in every(session) if row.status == "delivered"})
    assert Purpose.FOLLOW_UP not in purposes
    assert Purpose.ESCALATION in purposes
    store.close()


# Refused


def test_a_database_that_holds_rows_is_not_overwritten_by_mistake(any_office: Office) -> None:
    a_full_office(any_office)
    path, before = back_up(any_office), contents(any_office.parts.store)
    engine = any_office.parts.store.engine
    with pytest.raises(Refused, match="holds rows already"):
        backup.restore(engine, any_office.parts.desk, any_office.clock.now, path)
    any_office.phone().text("TOLONG")
    assert contents(any_office.parts.store) != before
    backup.restore(engine, any_office.parts.desk, any_office.clock.now, path, replace=True)
    assert contents(any_office.parts.store) == before


def shorten(content: bytes) -> bytes:
    return content[:-1]


def lose_the_end(content: bytes) -> bytes:
    """Cut between two pieces."""
    at = len(archive.MAGIC) + 16
    while at + 4 + int.from_bytes(content[at : at + 4], "big") < len(content):
        last, at = at, at + 4 + int.from_bytes(content[at : at + 4], "big")
    return content[:at] if at > last else content


def flip(content: bytes) -> bytes:
    return content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]


@pytest.mark.parametrize(
    "harm", [shorten, lose_the_end, flip, lambda content: b"", lambda content: content[:30], lambda content: b"x" * 99]
)
def test_a_harmed_file_changes_nothing(
    office: Office, harm: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "PIECE", 2000)
    a_full_office(office)
    path, before = back_up(office), contents(office.parts.store)
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(Refused, match=r"damaged|cut off|not a backup"):
        backup.restore(office.parts.store.engine, office.parts.desk, office.clock.now, path, replace=True)
    assert contents(office.parts.store) == before


def test_pieces_of_two_backups_do_not_mix(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PIECE", 10**9)
    one, other = back_up(office, "one").read_bytes(), back_up(office, "other").read_bytes()
    start = len(archive.MAGIC) + 16
    (office.root / "mixed").write_bytes(one[:start] + other[start:])
    with pytest.raises(Refused, match="damaged"):
        backup.check(office.root / "mixed", office.parts.desk.keyring)


def test_another_key_file_opens_nothing(office: Office) -> None:
    path = back_up(office)
    generate(office.root / "others.json")
    with pytest.raises(Refused, match="another key file"):
        backup.check(path, Keyring.load(office.root / "others.json"))


def test_the_file_is_sealed_and_for_its_owner_only(office: Office) -> None:
    a_full_office(office)
    path = back_up(office)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any(word in path.read_bytes() for word in (b"case_file", b"simulator", b"TOLONG"))
    with pytest.raises(Refused, match="never overwritten"):
        back_up(office)


def test_a_backup_that_fails_leaves_no_file(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        back_up(office)
    assert not (office.root / "b.backup").exists()


def test_a_backup_of_a_newer_release_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    path = back_up(office)
    monkeypatch.setattr(revisions, "revisions", lambda: frozenset({"0001"}))
    with pytest.raises(Refused, match="newer release"):
        backup.check(path, office.parts.desk.keyring)


def test_a_database_without_tables_has_nothing_to_back_up(office: Office, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'bare.db'}")
    with pytest.raises(Refused, match="nothing to back up"):
        backup.back_up(store.engine, office.parts.desk.keyring, office.clock.now, tmp_path / "x")
    store.close()


def test_an_older_backup_is_brought_up_to_this_release(office: Office, empty: str) -> None:
    """Made when the tables were those of 0001."""
    store = open_store(f"sqlite:///{office.root / 'old.db'}")
    with store.engine.begin() as connection:
        migrate.upgrade_on(connection, "0001")
        connection.execute(text("INSERT INTO throttle VALUES (:key, '2026-11-23 02:00:00.000000', 7)"), {"key": b"k"})
    backup.back_up(store.engine, office.parts.desk.keyring, office.clock.now, office.root / "old")
    store.close()
    store, _ = elsewhere(office, office.root / "old", empty)
    with store.engine.connect() as connection:
        assert connection.scalar(text("SELECT times FROM throttle")) == 7
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == revisions.newest_revision()
    store.close()


# By command


def test_a_fresh_office_in_which_nothing_has_happened_takes_a_backup(office: Office, tmp_path: Path) -> None:
    """As an operator does it: migrations first, then the restore; the gateway has written its own rows meanwhile."""
    a_full_office(office)
    path, before = back_up(office), len(office.cases())
    fresh = bootstrap.build(
        office.parts.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'fresh.db'}"})
    )
    migrate.upgrade(fresh.store.engine)
    key_state.begin(fresh.store, fresh.desk.keyring)
    fresh.store.write(lambda session: pulse.beat(session, office.clock.now, "worker"))
    backup.restore(fresh.store.engine, fresh.desk, office.clock.now, path)
    assert fresh.store.read(lambda session: session.scalar(select(func.count()).select_from(CaseFile))) == before
    fresh.close()


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """The command in this folder; exit code and what it said."""
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gateway.logs.configure", lambda level: None)
    opened: list[bootstrap.Parts] = []

    def build(settings: Settings) -> bootstrap.Parts:
        opened.append(bootstrap.build(settings))
        return opened[-1]

    monkeypatch.setattr("gateway.commands.shell.build", build)
    monkeypatch.setattr("gateway.commands.backups.build", build)

    def command(*argv: str) -> tuple[int, str]:
        capsys.readouterr()
        code = cli.main(list(argv))
        for parts in opened:
            parts.close()
        opened.clear()
        said = capsys.readouterr()
        return code, said.out + said.err

    return command


def test_backup_restore_and_release_by_command(office: Office, run: Callable[..., tuple[int, str]]) -> None:
    a_full_office(office)
    a_message(office, Purpose.REMINDER, Recipient.OFFICER)
    assert run("backup", "--out", "night") == (0, run_said(office, "night"))
    assert run("restore", "night", "--check")[0] == 0
    code, said = run("restore", "night")
    assert (code, said.count("\n")) == (1, 1)
    assert "restore --replace" in said
    code, said = run("restore", "night", "--replace")
    assert code == 0
    held_ones = [row.id for row in rows(office) if row.status is MessageStatus.HELD]
    assert len(held_ones) == 2
    assert "2 messages are held" in said
    assert run("messages", "release")[0] == 1
    assert run("messages", "release", "f" * 32) == (1, f"{'f' * 32} is not a message that is held\n")
    assert run("messages", "release", held_ones[0]) == (0, "1 messages will leave\n")
    assert run("messages", "cancel", "--all") == (0, "1 messages are cancelled\n")
    assert run("audit", "verify")[0] == 0


def run_said(office: Office, name: str) -> str:
    count = sum(office.read(counts).values())
    return f"{count} rows in {name}; it opens only with this key file: keep the two apart\n"


def test_commands_refuse_in_one_line(office: Office, run: Callable[..., tuple[int, str]]) -> None:
    for argv in (["backup", "--out", "no/folder/x"], ["restore", "nothing"], ["restore", "nothing", "--check"]):
        code, said = run(*argv)
        assert (code, said.count("\n")) == (1, 1), said
