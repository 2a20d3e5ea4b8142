"""The migrations give exactly the tables the code knows, on both engines, and running them again does nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from gateway import migrate, revisions
from gateway.database import open_store
from models.base import Base
from tests.made import emptied


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without tables."""
    if request.param == "postgres":
        store = open_store(emptied(request.getfixturevalue("postgres_url")))
    else:
        store = open_store(f"sqlite:///{tmp_path / 'x.db'}")
    yield store.engine
    store.close()


def revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def test_the_migrations_give_exactly_the_metadata(engine: Engine) -> None:
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_upgrading_again_changes_nothing_and_keeps_the_rows(engine: Engine) -> None:
    migrate.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO throttle VALUES (:key, '2026-11-23 02:00:00', 7)"), {"key": b"k" * 32})
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT times FROM throttle")).scalar() == 7


def test_the_database_knows_its_revision(engine: Engine) -> None:
    assert revision(engine) is None
    with engine.connect() as connection:
        assert revisions.current_revision(connection) is None
    migrate.upgrade(engine)
    assert revision(engine) == revisions.newest_revision() is not None


def test_revisions_are_told_as_alembic_tells_them(engine: Engine) -> None:
    scripts = ScriptDirectory.from_config(migrate._config())
    assert revisions.revisions() == {script.revision for script in scripts.walk_revisions()}
    assert revisions.newest_revision() == scripts.get_current_head()
    for step in ("0001", "head"):
        with engine.begin() as connection:
            migrate.upgrade_on(connection, step)
        told = revision(engine)
        with engine.connect() as connection:
            assert revisions.current_revision(connection) == told


def test_the_constraints_that_hold_duplicates_back_are_there(engine: Engine) -> None:
    migrate.upgrade(engine)
    held = {
        (table, tuple(unique["column_names"]))
        for table in inspect(engine).get_table_names()
        for unique in inspect(engine).get_unique_constraints(table)
    }
    assert {
        ("case_file", ("reference",)),
        ("case_file", ("receipt_index",)),
        ("inbound_message", ("provider", "provider_id")),
        ("outbound_message", ("dedupe_key",)),
        ("officer", ("phone_index",)),
        ("cadre", ("phone_index",)),
    } <= held
    assert inspect(engine).get_pk_constraint("rule_firing")["constrained_columns"] == ["case_id", "rule", "step"]


def test_a_failed_migration_leaves_nothing_behind(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE throttle (id INTEGER)"))
    with pytest.raises(Exception, match="throttle"):
        migrate.upgrade(engine)
    assert "case_file" not in inspect(engine).get_table_names()
    assert revision(engine) is None


def test_nobody_goes_back_to_an_older_release(engine: Engine) -> None:
    migrate.upgrade(engine)
    config = migrate._config()
    with engine.begin() as connection, pytest.raises(NotImplementedError, match="restore a backup"):
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
