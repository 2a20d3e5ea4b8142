"""Bringing the database up to this release, by Alembic; the same migrations on both engines."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

import models
from gateway.errors import Refused

FOLDER = Path(models.__file__).parent / "migrations"


class NewerDatabase(Refused):
    """A newer release has changed the tables."""


def upgrade(engine: Engine) -> None:
    """All migrations not yet run, in one transaction; running again does nothing. Raises NewerDatabase."""
    with engine.begin() as connection:
        check(connection)
        upgrade_on(connection, "head")


def upgrade_on(connection: Connection, revision: str) -> None:
    """The same up to a revision, in the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def check(connection: Connection) -> None:
    """Raises NewerDatabase: a release that does not know the tables must not write them."""
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and revision not in revisions():
        raise NewerDatabase(
            f"the database is of a newer release ({revision}) than this one ({newest_revision()}): "
            "install that release again, or restore a backup made with this one"
        )


@cache
def revisions() -> frozenset[str]:
    """Every one that this release knows."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


@cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config
