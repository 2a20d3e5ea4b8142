"""Which part is sick is told by SMS to whoever can mend it: once, in words that say nothing of anybody."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from gateway import alarms, vitals
from gateway.outbox import pulse
from gateway.providers.base import UssdEnded
from gateway.spool import Spool
from gateway.vitals import Machine
from gateway.watch import Watch
from gateway.worker.sending import Sender
from models.vocabulary import Purpose, Recipient
from tests.conftest import MakeOffice
from tests.made import a_message
from tests.office import Office

ROOMY = Machine(free=10 << 30)


def told(office: Office) -> list[tuple[str, str]]:
    """(phone, text) of every alarm that left."""
    return [
        (row["to"], row["text"])
        for row in office.messages()
        if row["text"].startswith("Gateway") and row["status"] == "delivered"
    ]


def watch(office: Office) -> Watch:
    return Watch(
        office.parts,
        lambda: Sender(office.parts.store, office.parts.desk, tuple(office.sender._carriers.values()), office.clock),
    )


def test_a_dead_worker_is_told_of_by_the_web_process_itself(any_office: Office) -> None:
    admin = any_office.officer("Teknisi", "admin", on_duty=False)
    any_office.officer("Ibu Penyelia", "supervisor")
    any_office.work()
    a_message(any_office, Purpose.REMINDER, Recipient.OFFICER)
    looking = watch(any_office)
    any_office.clock.now += timedelta(minutes=1, seconds=50)
    looking.look()
    assert told(any_office) == [], "a worker that restarts is no alarm"
    any_office.clock.now += timedelta(seconds=20)
    looking.look()
    (alarm,) = told(any_office)
    assert alarm[0] == admin.number
    assert "layanan worker" in alarm[1]
    assert [row["status"] for row in any_office.messages() if row["purpose"] == "reminder"] == ["queued"], (
        "the web process sends nothing else"
    )


def test_it_is_told_again_after_six_hours_and_not_before(any_office: Office) -> None:
    any_office.officer("Teknisi", "admin", on_duty=False)
    any_office.clock.now += timedelta(minutes=3)
    looking = watch(any_office)
    for _ in range(7 * 60):
        any_office.clock.now += timedelta(minutes=1)
        looking.look()
    assert len(told(any_office)) == 2


def test_many_web_processes_tell_it_once(any_office: Office) -> None:
    any_office.officer("Teknisi", "admin", on_duty=False)
    any_office.clock.now += timedelta(minutes=3)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: watch(any_office).look(), range(6)))
    assert len(told(any_office)) == 1


@pytest.mark.parametrize(
    ("roles", "hears"), [(["admin", "supervisor"], 0), (["officer", "supervisor", "head"], 1), (["officer", "head"], 1)]
)
def test_who_hears_of_it(office: Office, roles: list[str], hears: int) -> None:
    phones = [office.officer(role, role) for role in roles]
    office.clock.now += timedelta(minutes=3)
    watch(office).look()
    assert [to for to, _ in told(office)] == [phones[hears].number]


def test_an_office_without_anybody_to_tell_stays_up(office: Office) -> None:
    office.clock.now += timedelta(minutes=3)
    watch(office).look()
    assert told(office) == []


def test_a_living_worker_is_not_told_of(any_office: Office) -> None:
    any_office.officer("Teknisi", "admin", on_duty=False)
    any_office.work()
    watch(any_office).look()
    any_office.work()
    assert told(any_office) == []


@pytest.mark.parametrize(
    ("word", "says"), [("InsufficientBalance", "pulsa SMS habis"), ("credentials", "SMS tidak keluar")]
)
def test_the_worker_tells_of_the_carrier(any_office: Office, word: str, says: str) -> None:
    any_office.officer("Teknisi", "admin", on_duty=False)
    any_office.work()
    any_office.write(lambda session: pulse.hold(session, any_office.clock.now, "simulator", word))
    any_office.work()
    any_office.write(lambda session: pulse.release(session, "simulator"))
    any_office.work()
    ((_, text),) = told(any_office)
    assert says in text


@pytest.mark.parametrize(("machine", "says"), [(Machine(vitals.LEAST_FREE - 1), "hampir penuh"), (ROOMY, None)])
def test_a_disk_nearly_full_is_told_of(any_office: Office, machine: Machine, says: str | None) -> None:
    any_office.officer("Teknisi", "admin", on_duty=False)
    any_office.work()
    any_office.write(
        lambda session: alarms.of_worker(session, any_office.parts.desk, any_office.clock.now, machine) and None
    )
    any_office.work()
    assert [says in text for _, text in told(any_office) if says] == ([True] if says else [])


def test_a_queue_that_stands_still_is_told_of(any_office: Office) -> None:
    any_office.officer("Teknisi", "admin", on_duty=False)
    a_message(any_office, Purpose.REMINDER, Recipient.OFFICER)
    any_office.clock.now += timedelta(minutes=6)
    any_office.write(lambda session: pulse.beat(session, any_office.clock.now, "worker"))
    ids = any_office.write(
        lambda session: alarms.of_worker(session, any_office.parts.desk, any_office.clock.now, ROOMY)
    )
    assert len(ids) == 1


def test_the_watch_empties_the_spool_of_its_machine(make_office: MakeOffice) -> None:
    office = make_office()
    spool = Spool(office.parts.settings.spool, office.parts.desk.keyring)
    spool.keep(UssdEnded("simulator", "s1", "failed"), office.clock.now)
    watch(office).look()
    assert spool.list_waiting() == []


# What /readyz and /metrics say of this machine


def ready(office: Office) -> list[str]:
    return office.app.test_client().get("/readyz").get_data(as_text=True).split()


def test_readyz_names_a_spool_that_cannot_be_taken_in(any_office: Office) -> None:
    spool = Spool(any_office.parts.settings.spool, any_office.parts.desk.keyring)
    any_office.work()
    spool.keep(UssdEnded("simulator", "s1", "failed"), any_office.clock.now)
    assert ready(any_office) == ["ok"]
    any_office.clock.now += timedelta(minutes=3)
    any_office.write(lambda session: pulse.beat(session, any_office.clock.now, "worker"))
    assert ready(any_office) == ["spool"]


def test_readyz_names_a_disk_nearly_full(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.work()
    monkeypatch.setattr(vitals, "LEAST_FREE", 1 << 60)
    assert ready(office) == ["disk"]


def test_metrics_tell_the_same_in_figures(office: Office) -> None:
    told = office.app.test_client().get("/metrics").get_data(as_text=True)
    assert 'beliperak_sick{part="worker"} 1.0' in told
    assert "beliperak_spooled 0.0" in told
    assert "beliperak_disk_free_bytes" in told


def test_a_machine_without_var_is_looked_at_all_the_same(tmp_path: Path) -> None:
    assert vitals.look_at_machine(tmp_path / "var", list).free > 0
