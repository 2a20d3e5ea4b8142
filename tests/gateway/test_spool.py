"""While the database is down callbacks wait on disk, sealed; then each is taken in once, with the time it came."""

import fcntl
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from gateway.bootstrap import build
from gateway.draining import Drainer
from gateway.errors import StoreDown
from gateway.identifiers import new_id
from gateway.inbox import PATIENCE, StoredInbox
from gateway.keyring import SealError
from gateway.providers.base import DeliveryReport, InboundSms, OptOut, UssdEnded, UssdHop
from gateway.settings import Settings
from gateway.spool import Callback, Spool
from models.case import CaseEvent, CaseFile
from models.inbound import InboundMessage
from models.outbound import OptOutRow, OutboundMessage, ParkedReport
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient
from tests.conftest import MakeOffice
from tests.made import a_case, a_message, row
from tests.office import Office

TABLES = ("ussd_session", "inbound_message", "outbound_message", "opt_out")
AT = datetime(2026, 11, 23, 2, 0, 0, 123456, tzinfo=UTC)
CALLBACKS: list[Callback] = [
    UssdHop("simulator", "s1", "+6281100000001", "*384#", "2*1"),
    UssdEnded("simulator", "s1", "incomplete"),
    InboundSms("simulator", "m1", "+6281100000001", "55555", "TOLONG ☂", AT),
    InboundSms("simulator", "", "INFO", "", "", None),
    DeliveryReport("simulator", "p1", MessageStatus.DELIVERED, "Success", None),
    DeliveryReport("simulator", "p1", None, "Odd", "why"),
    OptOut("simulator", "+6281100000001"),
]


def spool_of(office: Office) -> Spool:
    return Spool(office.parts.settings.spool, office.parts.desk.keyring)


def drain(office: Office) -> int:
    return Drainer(office.parts, spool_of(office)).run()


@contextmanager
def down(office: Office) -> Iterator[None]:
    """The database takes no callback."""
    rename(office, "{0}", "{0}_gone")
    yield
    rename(office, "{0}_gone", "{0}")


def rename(office: Office, before: str, after: str) -> None:
    with office.parts.store.engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE {before.format(table)} RENAME TO {after.format(table)}"))


def text_in(office: Office, number: str, words: str, message_id: str) -> TestResponse:
    form = {"id": message_id, "from": number, "to": "55555", "text": words, "date": "2026-11-23 02:00:00"}
    return office.post("sms", form)


def alerts_of(office: Office) -> list[str]:
    return [row["to"] for row in office.messages() if row["purpose"] == "alert" and row["status"] == "delivered"]


# On disk


@pytest.mark.parametrize("callback", CALLBACKS, ids=lambda callback: type(callback).__name__)
def test_what_was_kept_comes_out_as_it_went_in(office: Office, callback: Callback) -> None:
    spool = spool_of(office)
    spool.keep(callback, AT)
    (name,) = spool.list_waiting()
    kept = spool.open(name)
    assert (kept.id, kept.at, kept.callback) == (name, AT, callback)
    spool.remove(name)
    assert spool.list_waiting() == []


def test_they_wait_in_the_order_they_came(office: Office) -> None:
    spool = spool_of(office)
    for number in range(50):
        spool.keep(UssdEnded("simulator", f"s{number}", "failed"), AT + timedelta(milliseconds=number // 10))
    waiting = [spool.open(name).callback for name in spool.list_waiting()]
    assert waiting == [UssdEnded("simulator", f"s{number}", "failed") for number in range(50)]


def test_nobody_else_reads_the_folder_or_a_file(office: Office) -> None:
    spool = spool_of(office)
    spool.keep(CALLBACKS[2], AT)
    (name,) = spool.list_waiting()
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((spool.folder / name).stat().st_mode) == 0o600
    content = (spool.folder / name).read_bytes()
    assert b"TOLONG" not in content
    assert b"81100000001" not in content


def test_a_file_under_another_name_or_with_another_key_does_not_open(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    spool = spool_of(office)
    spool.keep(CALLBACKS[0], AT)
    (name,) = spool.list_waiting()
    other = new_id(AT)
    (spool.folder / name).rename(spool.folder / other)
    with pytest.raises(SealError):
        spool.open(other)
    (spool.folder / other).rename(spool.folder / name)
    stranger = build(Settings.load({}, tmp_path_factory.mktemp("stranger")))
    with pytest.raises(SealError):
        Spool(spool.folder, stranger.desk.keyring).open(name)
    stranger.close()


def test_every_byte_and_the_name_are_synced_before_it_counts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the kernel is asked for, in its order: nothing else shows on a machine that stays up."""
    asked: list[str] = []
    real_sync, real_rename = os.fsync, Path.rename

    def sync(descriptor: int) -> None:
        asked.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_sync(descriptor)

    def rename(path: Path, target: Path) -> Path:
        asked.append("name")
        return real_rename(path, target)

    spool = spool_of(office)
    spool.keep(CALLBACKS[0], AT)
    monkeypatch.setattr("os.fsync", sync)
    monkeypatch.setattr(Path, "rename", rename)
    spool.keep(CALLBACKS[0], AT)
    assert asked == ["file", "name", "folder"]


def test_what_was_never_finished_is_let_go_after_an_hour(office: Office) -> None:
    spool = spool_of(office)
    spool.keep(CALLBACKS[0], AT)
    unfinished = spool.folder / f"{new_id(AT)}.part"
    unfinished.write_bytes(b"torn")
    spool.tidy(AT + timedelta(minutes=59))
    assert unfinished.exists()
    spool.tidy(AT + timedelta(minutes=61))
    assert not unfinished.exists()
    assert len(spool.list_waiting()) == 1


# While it is down


def test_she_reads_the_emergency_number_and_her_cry_is_alerted_when_the_database_is_back(any_office: Office) -> None:
    office, officer = any_office, any_office.officer()
    she = office.phone().dial()
    came_at = office.clock.now
    with down(office):
        she.press("2")
        assert she.ended
        assert "110" in she.screen
    office.clock.now += timedelta(minutes=3)
    assert office.cases() == []
    assert drain(office) == 1
    case = office.case()
    assert (case["priority"], case["created_at"]) == ("P1", came_at)
    office.work()
    assert alerts_of(office) == [officer.number]


def test_her_session_carries_on(any_office: Office) -> None:
    office = any_office
    she = office.phone().dial()
    with down(office):
        she.press("2")
    drain(office)
    she.press("2")  # skip the place
    assert not she.ended
    assert len(office.cases()) == 1


def test_everything_else_is_acknowledged_and_taken_in_later(any_office: Office) -> None:
    office = any_office
    a_message(office, Purpose.REMINDER, Recipient.OFFICER)
    office.clock.now += timedelta(seconds=1)
    office.work()
    known = row(office)
    she = "+6281100000077"
    with down(office):
        report = {"id": known.provider_id or "", "status": "Failed", "phoneNumber": she}
        ended = {"sessionId": "s9", "serviceCode": "*", "phoneNumber": she, "status": "Success"}
        answers = [
            text_in(office, she, "LAPOR FISIK SENAKEN istri dipukul suami", "m1"),
            office.post("delivery", {**report, "id": "unknown"}),
            office.post("opt-out", {"phoneNumber": she, "senderId": "x"}),
            office.post("ussd-events", ended),
        ]
        assert {answer.status_code for answer in answers} == {200}
    assert len(spool_of(office).list_waiting()) == 4
    assert drain(office) == 4
    assert len(office.read(lambda session: list(session.scalars(select(InboundMessage.id))))) == 1
    assert len(office.read(lambda session: list(session.scalars(select(ParkedReport.id))))) == 1
    stopped = office.parts.desk.keyring.index("phone", she)
    assert office.read(lambda session: session.get(OptOutRow, stopped)) is not None


def test_a_repeat_of_the_carrier_and_the_spooled_one_are_one(any_office: Office) -> None:
    office = any_office
    with down(office):
        text_in(office, "+6281100000077", "TOLONG", "m1")
        text_in(office, "+6281100000077", "TOLONG", "m1")
    text_in(office, "+6281100000077", "TOLONG", "m1")
    drain(office)
    assert len(office.read(lambda session: list(session.scalars(select(InboundMessage.id))))) == 1
    assert len(office.cases()) == 1


@pytest.mark.parametrize("callback", CALLBACKS, ids=lambda callback: type(callback).__name__)
def test_a_file_that_comes_back_changes_nothing(any_office: Office, callback: Callback) -> None:
    """As after a power cut between the commit and the removal."""
    office, spool = any_office, spool_of(any_office)
    a_case(office, Priority.P1, phone="+6281100000001")
    spool.keep(callback, office.clock.now)
    (name,) = spool.list_waiting()
    content = (spool.folder / name).read_bytes()
    assert drain(office) == 1
    before = picture(office)
    (spool.folder / name).write_bytes(content)
    assert drain(office) == 1
    assert picture(office) == before
    assert spool.list_waiting() == []


def picture(office: Office) -> list[object]:
    """What the database holds, by names."""

    def look(session: Session) -> list[object]:
        columns = (CaseFile.id, OutboundMessage.dedupe_key, InboundMessage.id, ParkedReport.id, OptOutRow.at)
        names: list[object] = [sorted(map(str, session.scalars(select(column)))) for column in columns]
        return [*names, session.scalar(select(func.count()).select_from(CaseEvent))]

    return office.read(look)  # type: ignore[no-any-return]


def test_after_a_long_night_officers_are_called_now_and_she_is_not_answered_late(any_office: Office) -> None:
    """Her answer was for five minutes; the alert would have been over after thirty."""
    office = any_office
    before = office.officer()
    came_at = office.clock.now
    with down(office):
        text_in(office, "+6281100000077", "LAPOR FISIK SENAKEN dipukul suami", "m1")
    office.write(lambda session: session.execute(text("UPDATE duty_shift SET ends_at = starts_at")) and None)
    office.clock.now += timedelta(hours=4)
    now_on_duty = office.officer("Budi")
    drain(office)
    office.work()
    assert office.case()["created_at"] == came_at
    assert set(alerts_of(office)) == {before.number, now_on_duty.number}
    assert [row["status"] for row in office.messages() if row["recipient"] == "reporter"] == ["expired"]


def test_a_database_that_goes_down_again_stops_the_draining_and_loses_nothing(any_office: Office) -> None:
    office = any_office
    for number in range(3):
        with down(office):
            text_in(office, f"+628110000007{number}", "TOLONG", f"m{number}")
    with down(office):
        assert drain(office) == 0
    assert len(spool_of(office).list_waiting()) == 3
    assert drain(office) == 3
    assert len(office.cases()) == 3


class Silent:
    """A store that never answers; `waited` says for how long each would have waited, None for ever."""

    def __init__(self) -> None:
        self.waited: list[float | None] = []

    def write(self, work: object, within: float | None = None) -> None:
        self.waited.append(within)
        raise StoreDown("TooSlow")


def test_a_database_that_says_nothing_stops_the_draining_as_well(office: Office) -> None:
    with down(office):
        text_in(office, "+6281100000077", "TOLONG", "m1")
    silent = Silent()
    assert Drainer(replace(office.parts, store=silent), spool_of(office)).run() == 0  # type: ignore[arg-type]
    assert silent.waited == [PATIENCE]
    assert drain(office) == 1


def test_a_wrong_guess_that_waited_leaves_less_time_for_the_whole_way(office: Office) -> None:
    """No session outlives ten seconds, whichever way its key went."""
    silent = Silent()
    inbox = StoredInbox(replace(office.parts, store=silent), spool_of(office))  # type: ignore[arg-type]
    hop = UssdHop("simulator", "s1", "+6281100000001", "*384#", "2")
    assert inbox.in_full(hop, office.clock.now, waited=7.0).ends
    assert silent.waited == [PATIENCE - 7.0]


def test_one_that_cannot_be_opened_stays_and_does_not_hold_up_the_others(any_office: Office) -> None:
    office, spool = any_office, spool_of(any_office)
    spool.keep(CALLBACKS[1], office.clock.now)
    (bad,) = spool.list_waiting()
    good = (spool.folder / bad).read_bytes()
    (spool.folder / bad).write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    spool.keep(CALLBACKS[2], office.clock.now + timedelta(seconds=1))
    drainer = Drainer(office.parts, spool)
    assert drainer.run() == 1
    assert spool.list_waiting() == [bad]
    (spool.folder / bad).write_bytes(good)
    assert drainer.run() == 0, "it is tried again after a minute"
    office.clock.now += timedelta(minutes=1)
    assert drainer.run() == 1


def test_two_processes_of_one_machine_do_not_drain_at_once(office: Office) -> None:
    spool = spool_of(office)
    spool.keep(CALLBACKS[0], office.clock.now)
    with (spool.folder / "lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert drain(office) == 0
    assert drain(office) == 1


def test_the_worker_takes_in_what_a_dead_web_process_left(make_office: MakeOffice) -> None:
    office = make_office()
    office.officer()
    with down(office):
        text_in(office, "+6281100000077", "TOLONG", "m1")
    office.bench = type(office.bench)(
        office.parts.store,
        office.parts.desk,
        office.sender,
        office.clock,
        drain=Drainer(office.parts, spool_of(office)).run,
    )
    office.work()
    assert len(alerts_of(office)) == 1


# Where nothing can be kept


@pytest.mark.parametrize("route", ["ussd", "ussd-events", "sms", "delivery", "opt-out"])
def test_without_a_spool_nothing_is_acknowledged(any_office: Office, route: str) -> None:
    """A full disk, an unwritable folder: here a file lies in its place."""
    office = any_office
    office.parts.settings.spool.write_text("in the way")
    form = {
        "phoneNumber": "+6281100000001", "from": "+6281100000001", "to": "55555", "text": "2", "date": "",
        "sessionId": "s1", "serviceCode": "*384#", "id": "m1", "status": "Success",
    }  # fmt: skip
    with down(office):
        answer = office.post(route, form)
    assert answer.status_code == 503
    if route == "ussd":
        assert answer.get_data(as_text=True).startswith("END Maaf, belum tersimpan")


def test_a_full_disk_leaves_no_half_file(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    spool = spool_of(office)
    spool.keep(CALLBACKS[0], AT)
    monkeypatch.setattr("os.write", full)
    with pytest.raises(OSError, match="No space"):
        spool.keep(CALLBACKS[0], AT)
    monkeypatch.undo()
    assert len(spool.list_waiting()) == 1
    assert list(spool.folder.glob("*.part")) == []


def test_a_database_that_says_nothing_is_not_waited_for(office: Office) -> None:
    """A USSD session would be gone; what the database still does later is the same effect."""
    inbox = StoredInbox(office.parts, spool_of(office), patience=0.05)
    office.parts.store.write(lambda session: None)
    held, end = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        held.set()
        end.wait(10)

    busy = threading.Thread(target=office.parts.store.write, args=[hold])
    busy.start()
    held.wait(5)
    reply = inbox.ussd(UssdHop("simulator", "s1", "+6281100000001", "*384#", "2"))
    end.set()
    busy.join()
    assert reply.ends
    assert drain(office) == 1
    assert len(office.cases()) == 1


def test_neither_database_nor_spool_is_a_store_that_is_down(office: Office) -> None:
    office.parts.settings.spool.write_text("in the way")
    inbox = StoredInbox(office.parts, spool_of(office))
    with down(office), pytest.raises(StoreDown):
        inbox.ussd_ended(UssdEnded("simulator", "s1", "failed"))
