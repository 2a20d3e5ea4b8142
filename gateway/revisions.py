"""Where a database stands among this release's migrations, told without Alembic.

Web and worker only need these two look-ups, and Alembic would cost each of them 11 MB for ever.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Select, column, inspect, select, table

import models
from gateway.errors import Refused

FOLDER: Final = Path(models.__file__).parent / "migrations"
_STANDS: Final[Select[str]] = select(column("version_num")).select_from(table("alembic_version"))
"""Alembic's own table: one row while the chain has one end."""
_NAMES: Final = re.compile(r'^(revision|down_revision) = "(\w+)"$', re.MULTILINE)


class NewerDatabase(Refused):
    """A newer release has changed the tables."""


def check(connection: Connection) -> None:
    """Raises NewerDatabase: a release that does not know the tables must not write them."""
    revision = current_revision(connection)
    if revision is not None and revision not in revisions():
        raise NewerDatabase(
            f"the database is of a newer release ({revision}) than this one ({newest_revision()}): "
            "install that release again, or restore a backup made with this one"
        )


def current_revision(connection: Connection) -> str | None:
    """None for a database without tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    name: str | None = connection.scalar(_STANDS)
    return name


def revisions() -> frozenset[str]:
    """Every one that this release knows."""
    return frozenset(_chain())


def newest_revision() -> str | None:
    """The end of the chain: no other goes on from it."""
    return next((name for name in _chain() if name not in _chain().values()), None)


@cache
def _chain() -> dict[str, str | None]:
    """Each revision and the one it goes on from, as the files of the folder say."""
    found = (dict(_NAMES.findall(file.read_text("utf-8"))) for file in sorted(FOLDER.glob("versions/*.py")))
    return {names["revision"]: names.get("down_revision") for names in found}
