"""Fixtures for all: an office on SQLite, and one on each engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.office import Office
from tests.postgres import fresh_database, serving

MakeOffice = Callable[..., Office]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server, started from its wheel, for this test process."""
    with serving() as address:
        yield address


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A fresh database on it."""
    with fresh_database(postgres) as address:
        yield address


@pytest.fixture
def make_office(tmp_path: Path) -> Iterator[MakeOffice]:
    """Offices with chosen settings, closed at the end."""
    opened: list[Office] = []

    def make(**settings: object) -> Office:
        opened.append(Office(tmp_path, **settings))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for office in opened:
        office.close()


@pytest.fixture
def office(make_office: MakeOffice) -> Office:
    """An office on SQLite, on a Monday morning, with nobody in it yet."""
    return make_office()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_office(request: pytest.FixtureRequest, make_office: MakeOffice) -> Office:
    """The same on both engines."""
    if request.param == "postgres":
        return make_office(url=request.getfixturevalue("postgres_url"))
    return make_office()
