"""Bringing the database up to this release, by Alembic; the same migrations on both engines."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from gateway.revisions import FOLDER, check


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


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config
