"""Statements handed to the driver as they are: the same values and rows as SQLAlchemy's own way, on both engines."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import ColumnElement, Executable, bindparam, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.base import any_found, any_of, found, insert_new, put, touch
from models.outbound import OutboundMessage
from models.prepared import Among, Prepared
from models.throttle import Pulse, Throttle, count_once_more
from models.vocabulary import MessageStatus, Purpose, Recipient
from tests.office import Office

AT = datetime(2026, 11, 26, 8, 5, 0, 123456, tzinfo=UTC)


def message(name: str) -> dict[str, object]:
    return {
        "id": name,
        "dedupe_key": name,
        "purpose": Purpose.ALERT,
        "recipient": Recipient.OFFICER,
        "rank": 0,
        "status": MessageStatus.QUEUED,
        "queued_at": AT,
        "due_at": AT,
        "not_after": AT,
        "to_index": b"i",
        "body": b"sealed",
    }


def test_times_lists_and_defaults_are_stored_as_the_models_say(any_office: Office) -> None:
    def work(session: Session) -> tuple[object, ...]:
        assert insert_new(session, OutboundMessage, message("m1"))
        row = session.get(OutboundMessage, "m1")
        assert row is not None
        return row.queued_at, row.status, row.attempts, row.segments

    assert any_office.write(work) == (AT, MessageStatus.QUEUED, 0, 1)


def test_found_rows_hold_values_as_the_models_have_them(any_office: Office) -> None:
    columns = OutboundMessage.__table__.c
    chosen = Prepared(lambda _: select(columns.due_at, columns.sent_at, columns.status, columns.body))
    changed = update(OutboundMessage).values(status=MessageStatus.SENT).returning(columns.due_at, columns.status)

    def work(session: Session) -> tuple[object, object]:
        insert_new(session, OutboundMessage, message("m1"))
        return found(session, chosen, {}), found(session, Prepared(lambda _: changed), {})

    assert any_office.write(work) == ([[AT, None, MessageStatus.QUEUED, b"sealed"]], [[AT, MessageStatus.SENT]])


def test_any_of_some_values_finds_what_their_list_would(any_office: Office) -> None:
    columns = OutboundMessage.__table__.c
    made: list[object] = []

    def make(among: ColumnElement[bool]) -> Executable:
        made.append(among)
        waiting = columns.rank == bindparam("rank")
        return select(columns.id, columns.due_at).where(among, waiting).order_by(columns.id)

    statement = Among(columns.id, make)

    def work(session: Session) -> None:
        for number in range(12):
            insert_new(session, OutboundMessage, message(f"m{number:02}"))
        assert any_of(session, statement, [], {"rank": 0}) == () and not made
        for count in range(1, 13):
            names = [f"m{number:02}" for number in range(count)]
            ids = [name for name, _ in any_of(session, statement, [*names, "nobody"], {"rank": 0})]
            assert ids == names
            assert any_of(session, statement, names, {"rank": 1}) in ([], ())
        assert len(made) <= 5, "for one, two, four, eight and sixteen values"

    any_office.write(work)


def test_any_found_holds_values_as_the_models_have_them(any_office: Office) -> None:
    columns = OutboundMessage.__table__.c
    statement = Among(columns.due_at, lambda among: select(columns.due_at, columns.status).where(among))

    def work(session: Session) -> None:
        insert_new(session, OutboundMessage, message("m1"))
        insert_new(session, OutboundMessage, message("m2") | {"due_at": AT + timedelta(hours=1)})
        rows = any_found(session, statement, {AT, AT + timedelta(hours=2)})
        assert list(map(list, rows)) == [[AT, MessageStatus.QUEUED]]

    any_office.write(work)


def test_a_second_row_of_one_name_is_none(any_office: Office) -> None:
    assert any_office.write(lambda session: insert_new(session, OutboundMessage, message("m1")))
    assert not any_office.write(lambda session: insert_new(session, OutboundMessage, message("m1")))


def test_put_replaces_the_rest_of_the_row(any_office: Office) -> None:
    for word in ("first", "second"):
        values = {"name": "web", "at": AT, "word": word}
        any_office.write(lambda session, values=values: put(session, Pulse, values, keys=["name"]))
    assert any_office.read(lambda session: session.scalars(select(Pulse.word)).all()) == ["second"]


def test_what_is_counted_comes_back(any_office: Office) -> None:
    counts = [any_office.write(lambda session: count_once_more(session, b"k", AT)) for _ in range(3)]
    assert counts == [1, 2, 3]
    assert any_office.write(lambda session: count_once_more(session, b"k", AT, by=-1)) == 2


def test_rows_written_are_told(any_office: Office) -> None:
    def work(session: Session) -> tuple[int, int]:
        for number in range(3):
            count_once_more(session, bytes([number]), AT)
        all_of_them = Prepared(lambda _: update(Throttle).values(times=5))
        none_of_them = Prepared(lambda _: update(Throttle).where(Throttle.times == 7).values(times=5))
        return touch(session, all_of_them, {}), touch(session, none_of_them, {})

    assert any_office.write(work) == (3, 0)


def test_a_fault_is_told_as_any_other_of_the_database(any_office: Office) -> None:
    broken = Prepared(lambda _: update(Throttle).values(times=None))
    with pytest.raises(DBAPIError) as told:
        any_office.write(lambda session: (count_once_more(session, b"secret", AT), touch(session, broken, {})))
    assert "secret" not in str(told.value)


def test_a_time_without_a_zone_is_refused_here_too(any_office: Office) -> None:
    naive = message("m1") | {"queued_at": AT.replace(tzinfo=None)}
    with pytest.raises(ValueError, match="zone"):
        any_office.write(lambda session: insert_new(session, OutboundMessage, naive))


def test_priorities_and_other_lists_take_no_foreign_word(any_office: Office) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        any_office.write(lambda session: insert_new(session, OutboundMessage, message("m1") | {"status": "nonsense"}))
