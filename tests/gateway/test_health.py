"""Does it live, can it work, and in figures how well; without a word about anybody."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from gateway.app import create_app
from gateway.breaker import SLOW, Breaker
from gateway.database import Store
from gateway.errors import StoreDown
from gateway.glance import WAITS
from gateway.outbox import pulse
from gateway.providers.base import NotSent
from models.vocabulary import Priority, Purpose, Recipient
from tests.carriers import Scripted
from tests.conftest import MakeOffice
from tests.made import a_case, a_message
from tests.office import Office


def ready(office: Office) -> tuple[int, list[str]]:
    answer = office.app.test_client().get("/readyz")
    return answer.status_code, answer.get_data(as_text=True).split()


def metrics(office: Office, address: str = "127.0.0.1", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return office.app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": address}, headers=named)


def test_a_process_that_lives_says_ok(any_office: Office) -> None:
    answer = any_office.app.test_client().get("/healthz")
    assert (answer.status_code, answer.get_data(as_text=True), answer.mimetype) == (200, "ok", "text/plain")


def test_with_a_working_worker_all_is_well(any_office: Office) -> None:
    any_office.work()
    assert ready(any_office) == (200, ["ok"])


def test_a_worker_silent_for_thirty_seconds_is_sick(any_office: Office) -> None:
    assert ready(any_office) == (503, ["worker"])
    any_office.work()
    any_office.clock.now += timedelta(seconds=30)
    assert ready(any_office) == (200, ["ok"])
    any_office.clock.now += timedelta(seconds=1)
    assert ready(any_office) == (503, ["worker"])


@pytest.mark.parametrize(("word", "sick"), [("InsufficientBalance", "balance"), ("credentials", "carrier")])
def test_a_hold_names_its_reason(any_office: Office, word: str, sick: str) -> None:
    any_office.work()
    any_office.write(lambda session: pulse.hold(session, any_office.clock.now, "simulator", word))
    assert ready(any_office) == (503, [sick])


def test_a_queue_that_stands_still_is_sick(any_office: Office) -> None:
    a_message(any_office, Purpose.REMINDER, Recipient.OFFICER)
    any_office.clock.now += timedelta(minutes=5, seconds=1)
    any_office.write(lambda session: pulse.beat(session, any_office.clock.now, "worker"))
    assert ready(any_office) == (503, ["queue"])


def test_a_p1_alert_that_waits_two_minutes_makes_it_sick(any_office: Office) -> None:
    a_message(any_office, Purpose.ALERT, Recipient.OFFICER, case=a_case(any_office, Priority.P1))
    any_office.clock.now += timedelta(minutes=2, seconds=1)
    any_office.write(lambda session: pulse.beat(session, any_office.clock.now, "worker"))
    assert ready(any_office) == (503, ["queue"])


def test_a_p1_alert_that_is_tried_in_vain_for_two_minutes_makes_it_sick(make_office: MakeOffice) -> None:
    """Each try puts the next a little off, so its due time alone would never be late."""
    office = make_office(provider=Scripted(name="simulator", always=NotSent("unreachable")))
    a_message(office, Purpose.ALERT, Recipient.OFFICER, case=a_case(office, Priority.P1))
    for _ in range(9):
        office.forward(seconds=10)
    assert ready(office) == (200, ["ok"])
    office.forward(seconds=25)
    assert ready(office) == (503, ["queue"])


def test_a_message_for_tomorrow_is_no_standstill(any_office: Office) -> None:
    a_message(any_office, Purpose.REMINDER, Recipient.OFFICER, due_at=any_office.clock.now + timedelta(days=1))
    any_office.work()
    assert ready(any_office) == (200, ["ok"])


def test_several_sick_parts_are_all_named(any_office: Office) -> None:
    a_message(any_office, Purpose.REMINDER, Recipient.OFFICER)
    any_office.write(lambda session: pulse.hold(session, any_office.clock.now, "simulator", "InsufficientBalance"))
    any_office.clock.now += timedelta(minutes=6)
    assert ready(any_office) == (503, ["worker", "queue", "balance"])


def test_an_older_database_wants_its_migrations(any_office: Office) -> None:
    any_office.write(lambda session: session.execute(text("UPDATE alembic_version SET version_num = '0000'")) and None)
    assert ready(any_office) == (503, ["migrations"])


def test_a_database_that_cannot_be_reached_is_named(make_office: MakeOffice) -> None:
    office = make_office()
    office.parts.store.engine.dispose()
    (office.root / "var" / "beliperak.db").unlink()
    for left in (office.root / "var").glob("beliperak.db-*"):
        left.unlink()
    (office.root / "var" / "beliperak.db").mkdir()
    assert ready(office) == (503, ["database"])
    assert metrics(office).status_code == 503


class Frozen:
    """A store that lets no reader go until it thaws."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.thawed = threading.Event()
        self.waiting = 0

    def read(self, work: Any) -> Any:
        self.waiting += 1
        assert self.thawed.wait(30)
        return self._store.read(work)


def test_a_frozen_database_is_named_within_a_second_and_one_look_waits_for_it(any_office: Office) -> None:
    any_office.work()
    frozen = Frozen(any_office.parts.store)
    client = create_app(replace(any_office.parts, store=frozen)).test_client()  # type: ignore[arg-type]
    began = time.monotonic()
    for _ in range(5):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.get_data(as_text=True)) == (503, "database\n")
    assert client.get("/metrics").status_code == 503
    assert time.monotonic() - began < 2 * WAITS + 1
    assert frozen.waiting == 2, "one for each of the two pages"
    frozen.thawed.set()
    until = time.monotonic() + 10
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < until


def test_of_a_database_known_to_be_silent_it_is_told_without_a_look(office: Office) -> None:
    office.work()
    frozen, moments = Frozen(office.parts.store), iter((0.0, SLOW, SLOW))
    breaker = Breaker(lambda: next(moments))
    with pytest.raises(StoreDown):
        breaker.probe(refuse)
    client = create_app(replace(office.parts, store=frozen, breaker=breaker)).test_client()  # type: ignore[arg-type]
    assert client.get("/readyz").get_data(as_text=True) == "database\n"
    assert client.get("/metrics").status_code == 503
    assert frozen.waiting == 0


def refuse() -> None:
    raise StoreDown("TooSlow")


# Figures


def test_figures_are_told_to_this_machine(any_office: Office) -> None:
    any_office.officer()
    any_office.phone().dial().press("2")
    any_office.work()
    told = metrics(any_office).get_data(as_text=True)
    assert 'beliperak_messages{status="delivered"} 1.0' in told
    assert 'beliperak_open_cases{priority="P1",status="new"} 1.0' in told
    assert "beliperak_worker_heartbeat_age_seconds" in told


def test_an_office_without_a_worker_has_figures_too(any_office: Office) -> None:
    assert "beliperak_worker_heartbeat_age_seconds +Inf" in metrics(any_office).get_data(as_text=True)


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("10.0.0.9", {}),
        ("127.0.0.1", {"X_Forwarded_For": "10.0.0.9"}),
        ("127.0.0.1", {"Forwarded": "for=10.0.0.9"}),
        ("127.0.0.1", {"X_Real_Ip": "10.0.0.9"}),
        ("127.0.0.1", {"Via": "1.1 proxy"}),
        ("::1", {"X_Forwarded_Proto": "https"}),
        ("10.0.0.9", {"Authorization": "Bearer wrong-token-here"}),
        ("10.0.0.9", {"Authorization": "a-metrics-token"}),
        ("10.0.0.9", {"Authorization": "Bearer ☂".encode().decode("latin-1")}),
    ],
)
def test_strangers_see_no_figures(make_office: MakeOffice, address: str, headers: dict[str, str]) -> None:
    office = make_office(METRICS_TOKEN="a-metrics-token")
    assert metrics(office, address, **headers).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"X_Forwarded_For": "10.0.0.9"}])
def test_the_token_opens_them_from_anywhere(make_office: MakeOffice, headers: dict[str, str]) -> None:
    office = make_office(METRICS_TOKEN="a-metrics-token")
    assert metrics(office, "10.0.0.9", Authorization="Bearer a-metrics-token", **headers).status_code == 200


def test_without_a_token_none_opens_them(office: Office) -> None:
    assert metrics(office, "10.0.0.9", Authorization="Bearer ").status_code == 403
    assert metrics(office, "::1").status_code == 200


def test_every_answer_forbids_keeping_and_framing(office: Office) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/nowhere"):
        headers = office.app.test_client().get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
