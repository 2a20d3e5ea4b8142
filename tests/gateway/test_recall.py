"""A dialogue remembered between two keys: faster, never different, and the row decides."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, event, select

from gateway.app import create_app
from gateway.conversations.recall import Memory
from gateway.errors import StoreDown
from gateway.inbox import StoredInbox
from gateway.providers.base import UssdEnded, UssdHop
from gateway.spool import Spool
from models.outreach import LearnCount
from models.ussd_session import UssdSession
from tests.office import Office

HER = "+6281234567890"


def inbox_of(office: Office) -> StoredInbox:
    return StoredInbox(office.parts, Spool(office.parts.settings.spool, office.parts.desk.keyring))


def hop(text: str, session: str = "s1", phone: str = HER) -> UssdHop:
    return UssdHop("simulator", session, phone, "*384#", text)


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    """The first words of what the database is asked meanwhile, without what begins a transaction."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")) and "key_state" not in statement:
            seen.append(statement.split()[0])

    event.listen(office.parts.store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(office.parts.store.engine, "before_cursor_execute", note)


def test_a_dial_asks_the_database_twice_a_key_once_and_a_lesson_is_counted(any_office: Office) -> None:
    inbox = inbox_of(any_office)
    with statements(any_office) as asked:
        inbox.ussd(hop(""))
    assert asked == ["INSERT", "INSERT"]
    with statements(any_office) as asked:
        assert inbox.ussd(hop("5")).text.startswith("Kenali kekerasan")
        assert inbox.ussd(hop("5*9")).text != inbox.ussd(hop("5*9*0")).text
    assert asked == ["UPDATE"] * 3
    with statements(any_office) as asked:
        inbox.ussd(hop("5*9*0*2"))
    assert asked == ["UPDATE", "INSERT"]
    assert any_office.read(lambda session: session.scalar(select(LearnCount.times))) == 1


def test_a_key_in_the_menus_changes_no_index() -> None:
    """Each would be a page more to write, in every commit."""
    written = {"body", "last_at", "ended_at", "ended_as"}
    of_all = [index for index in cast(Table, UssdSession.__table__).indexes if not index.dialect_kwargs]
    assert of_all
    assert not written & {column.name for index in of_all for column in index.columns}


def test_another_process_that_answered_meanwhile_is_seen(any_office: Office) -> None:
    one, other = inbox_of(any_office), inbox_of(any_office)
    one.ussd(hop(""))
    assert one.ussd(hop("5")).text.startswith("Kenali kekerasan")
    services = other.ussd(hop("5*00")).text
    assert services.startswith("Beli Perak")
    assert one.ussd(hop("5*00*6")).text.startswith("Layanan"), "what one remembered was two keys old"
    assert other.ussd(hop("5*00*6*0")).text.startswith("Beli Perak")


def test_a_repeat_and_an_older_text_get_the_screen_as_it_stands(any_office: Office) -> None:
    inbox = inbox_of(any_office)
    inbox.ussd(hop(""))
    first = inbox.ussd(hop("5"))
    assert inbox.ussd(hop("5")) == first
    second = inbox.ussd(hop("5*9"))
    assert inbox.ussd(hop("5")) == second == inbox.ussd(hop("5*9"))


def test_another_phone_in_the_same_session_is_shown_nothing(office: Office) -> None:
    inbox = inbox_of(office)
    inbox.ussd(hop(""))
    stranger = inbox.ussd(hop("5", phone="+6281298765432"))
    assert stranger.ends
    assert inbox.ussd(hop("5")).text.startswith("Kenali kekerasan")


def test_what_was_not_committed_is_not_remembered(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = inbox_of(office)
    inbox.ussd(hop(""))

    def down(job: object, within: float) -> None:
        raise StoreDown

    with monkeypatch.context() as patched:
        patched.setattr(office.parts.store, "write", down)
        patched.setattr(office.parts.store, "quick", down)
        assert inbox.ussd(hop("5")).ends, "kept in the spool"
    assert inbox.ussd(hop("5")).text.startswith("Kenali kekerasan")


def test_a_key_that_comes_after_the_carriers_end_leaves_the_end_as_it_was(any_office: Office) -> None:
    inbox = inbox_of(any_office)
    inbox.ussd(hop(""))
    inbox.ussd_ended(UssdEnded("simulator", "s1", "incomplete"))
    inbox.ussd(hop("5"))
    ended = any_office.read(lambda session: session.scalar(select(UssdSession.ended_as)))
    assert ended == "incomplete"


def test_a_dial_after_an_unfinished_report_offers_to_go_on(office: Office) -> None:
    phone = office.phone().dial().press("3", "1", "2")
    phone.dial()
    assert phone.screen.startswith("Sambungan terputus")


def test_memory_holds_the_newest_only(office: Office) -> None:
    memory = Memory(most=2)
    inbox = inbox_of(office)
    inbox.ussd(hop(""))
    remembered = inbox._memory.find(("simulator", "s1"))
    assert remembered is not None
    one, two, three = (("simulator", name) for name in "123")
    for name in (one, two, one, three):
        memory.keep(name, replace(remembered, row_id=name[1]))
    assert [memory.find(name) is not None for name in (one, two, three)] == [True, False, True]
    memory.keep(one, None)
    assert memory.find(one) is None


KEYS = st.sampled_from(["0", "00", "9", "1", "2", "3", "4", "5", "6", "7", "8", "", "SENA", "x", "2345 6789 013"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(KEYS, max_size=14), number=st.integers(min_value=0, max_value=10**7))
def test_memory_changes_no_screen(office: Office, keys: list[str], number: int) -> None:
    """The same keys on two phones: one process that remembers, and one that is started anew at every key."""
    phones = office.phone(f"+62813{number:08d}"), office.phone(f"+62815{number:08d}")
    remembering = list(_screens(office, phones[0].number, keys, restarts=False))
    assert remembering == list(_screens(office, phones[1].number, keys, restarts=True))


def _screens(office: Office, number: str, keys: list[str], *, restarts: bool) -> Iterator[str]:
    app, typed = create_app(office.parts), ""
    session = f"{number} {office.clock.now} {len(keys)}"
    for position, key in enumerate(["", *keys]):
        typed = key if position < 2 else f"{typed}*{key}"
        if restarts:
            app = create_app(office.parts)
        form = {"sessionId": session, "phoneNumber": number, "serviceCode": "*384#", "text": typed}
        answer = app.test_client().post("/webhooks/africastalking/practice-token-0123456789/ussd", data=form)
        yield _without_receipts(answer.get_data(as_text=True))


def _without_receipts(screen: str) -> str:
    """Receipts are random: here all are alike."""
    return re.sub(r"\d{4} \d{4} \d{3}", "#", screen)
