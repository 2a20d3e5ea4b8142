"""Bringing the database up to this release, by Alembic; the same migrations on both engines."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

import models

FOLDER = Path(models.__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """All migrations not yet run, in one transaction; running again does nothing."""
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config
