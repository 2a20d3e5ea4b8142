"""What an engine forgets (zones, enumerations) comes back as it went in, on both."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, String, create_engine, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from models.base import Base, insert_new, put
from models.case import CaseEvent
from models.columns import Listed, Time, UtcTime
from models.throttle import Pulse, Throttle, count_once_more
from models.vocabulary import MessageStatus, Priority

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


class Local(DeclarativeBase):
    pass


class Sample(Local):
    __tablename__ = "sample"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Time | None]
    priority: Mapped[Priority | None] = mapped_column(Listed(Priority))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else f"sqlite:///{tmp_path / 'x.db'}"
    made = create_engine(url, hide_parameters=True)
    Local.metadata.create_all(made)
    Base.metadata.create_all(made)
    yield made
    made.dispose()


def kept(engine: Engine, **values: object) -> Sample:
    with Session(engine) as session:
        session.query(Sample).delete()
        session.add(Sample(id=1, **values))
        session.commit()
    with Session(engine) as session:
        return session.get_one(Sample, 1)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.datetimes(
        datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
        datetime(2200, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, ZoneInfo("Asia/Makassar"), timezone(timedelta(hours=-11, minutes=-30))]),
    )
)
def test_a_time_comes_back_equal_and_in_utc(engine: Engine, at: datetime) -> None:
    found = kept(engine, at=at).at
    assert found == at
    assert found is not None
    assert found.tzinfo is UTC or found.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused_and_none_stays_none(engine: Engine) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        kept(engine, at=datetime(2026, 11, 23))  # noqa: DTZ001 - the point of the test
    assert kept(engine, at=None).at is None


@given(st.datetimes(timezones=st.sampled_from([UTC, ZoneInfo("Asia/Makassar")]), min_value=datetime(1, 1, 2)))  # noqa: DTZ001
def test_sqlite_holds_a_time_as_sqlalchemy_itself_would_write_it(at: datetime) -> None:
    """Other releases of ours have written theirs that way, and texts are compared letter by letter."""
    dialect = sqlite.dialect()
    ours, theirs = UtcTime().bind_processor(dialect), sqlite.DATETIME().bind_processor(dialect)
    assert ours is not None
    assert theirs is not None
    assert ours(at) == theirs(at.astimezone(UTC).replace(tzinfo=None))


def test_times_compare_in_the_database_whatever_zone_asked(engine: Engine) -> None:
    kept(engine, at=NOON)
    with Session(engine) as session:
        witas = NOON.astimezone(ZoneInfo("Asia/Makassar"))
        assert session.query(Sample).where(Sample.at <= witas).count() == 1
        assert session.query(Sample).where(Sample.at < witas).count() == 0


@pytest.mark.parametrize("priority", [*Priority, None])
def test_a_listed_value_comes_back_as_its_member(engine: Engine, priority: Priority | None) -> None:
    assert kept(engine, priority=priority).priority is priority


def test_a_listed_value_is_stored_as_its_word_and_only_from_its_list(engine: Engine) -> None:
    kept(engine, priority="P2")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT priority FROM sample")).scalar() == "P2"
    with pytest.raises(StatementError):
        kept(engine, priority="P9")
    with engine.begin() as connection:
        connection.execute(text("UPDATE sample SET priority = 'P9'"))
    with Session(engine) as session, pytest.raises(ValueError, match="P9"):
        session.get_one(Sample, 1)


def test_every_word_of_every_list_fits_its_column() -> None:
    kinds = {
        column.type.members
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Listed)
    }
    assert MessageStatus in kinds
    assert all(len(member.value) <= 16 for kind in kinds for member in kind)


def test_a_row_says_its_key_and_nothing_else(engine: Engine) -> None:
    event = CaseEvent(case_id="c1", seq=3, at=NOON, kind="note", actor="secret actor", body=b"secret", mac=b"m")
    assert repr(event) == "<case_event c1,3>"


def test_inserting_again_changes_nothing_and_says_so(engine: Engine) -> None:
    with Session(engine) as session:
        assert insert_new(session, Pulse, {"name": "rate", "at": NOON, "word": "first"})
        assert not insert_new(session, Pulse, {"name": "rate", "at": NOON, "word": "second"})
        assert session.get_one(Pulse, "rate").word == "first"


def test_putting_replaces_the_other_columns(engine: Engine) -> None:
    with Session(engine) as session:
        put(session, Pulse, {"name": "rate", "at": NOON, "word": "first"}, keys=["name"])
        put(session, Pulse, {"name": "rate", "at": NOON + timedelta(1), "word": "second"}, keys=["name"])
        row = session.get_one(Pulse, "rate")
        assert (row.at, row.word) == (NOON + timedelta(1), "second")


def test_counting_gives_the_number_this_call_included(engine: Engine) -> None:
    with Session(engine) as session:
        assert [count_once_more(session, b"k" * 32, NOON) for _ in range(3)] == [1, 2, 3]
        assert count_once_more(session, b"k" * 32, NOON, by=-1) == 2
        assert count_once_more(session, b"k" * 32, NOON + timedelta(hours=1)) == 1
        assert session.query(Throttle).count() == 2


def test_hidden_parameters_keep_values_out_of_an_error(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(Exception, match=r"no_such|does not exist") as caught:
        connection.execute(text("SELECT :phone FROM no_such"), {"phone": "+6281234567890"})
    assert "+6281234567890" not in str(caught.value)


def test_all_our_times_and_lists_use_these_types() -> None:
    for table in Base.metadata.tables.values():
        for column in table.columns:
            kind = type(column.type).__name__
            assert kind != "DateTime", f"{table.name}.{column.name}"
            assert not (column.name in ("status", "priority", "purpose", "intent") and type(column.type) is String) or (
                table.name == "referral"
            )
