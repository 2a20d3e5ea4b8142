"""The database of every release there was is taken over whole; one of a release to come is refused in one line."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gateway import cli, migrate
from gateway.casework.events import find_broken
from gateway.database import open_store
from gateway.keyring import Keyring
from gateway.settings import setting_names
from models.base import Base
from models.case import CaseFile
from tests.office import MORNING, Office
from tests.releases.make import FOLDER, counts

RELEASES = sorted(path.name.partition(".")[0] for path in FOLDER.glob("*.db.gz"))
ADDED_LATER = {"drained"}


@pytest.fixture
def unpacked(tmp_path: Path) -> Callable[[str], Path]:
    """An office's folder as that release left it."""

    def unpack(release: str) -> Path:
        var = tmp_path / "var"
        var.mkdir(mode=0o700)
        (var / "beliperak.db").write_bytes(gzip.decompress((FOLDER / f"{release}.db.gz").read_bytes()))
        (var / "field_keys.json").write_bytes((FOLDER / f"{release}.keys.json").read_bytes())
        (var / "field_keys.json").chmod(0o600)
        return tmp_path

    return unpack


def told(release: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{release}.json").read_text())
    return found


def test_there_is_a_file_of_a_release() -> None:
    assert RELEASES


@pytest.mark.parametrize("release", RELEASES)
def test_every_row_of_an_older_release_is_there_and_opens(release: str, unpacked: Callable[[str], Path]) -> None:
    office, before = Office(unpacked(release)), told(release)
    office.clock.now = MORNING + timedelta(days=5)
    held = office.read(counts)
    assert {name: held[name] for name in before["tables"]} == before["tables"]
    assert all(count > 0 for count in before["tables"].values()), "a table without a row proves nothing"
    assert sorted(case["reference"] for case in office.cases()) == before["cases"]
    assert sorted(message["text"] for message in office.messages()) == before["texts"]
    for reference in before["cases"]:
        assert office.show(reference)["events"]
    keyring = office.parts.desk.keyring
    assert office.read(lambda session: broken(session, keyring)) == []
    office.close()


@pytest.mark.parametrize("release", RELEASES)
def test_it_works_on(release: str, unpacked: Callable[[str], Path]) -> None:
    office = Office(unpacked(release))
    office.clock.now = MORNING + timedelta(days=5)
    office.work()
    office.phone("+628117777777").dial().press("2")
    office.work()
    assert len(office.cases()) == len(told(release)["cases"]) + 1
    office.close()


def broken(session: Session, keyring: Keyring) -> list[str]:
    return [case for case in session.scalars(select(CaseFile.id)) if find_broken(session, keyring, case) is not None]


def test_the_kept_file_has_a_row_in_every_table_of_its_release() -> None:
    known = {name for name in Base.metadata.tables if name not in ADDED_LATER}
    assert set(told("0001")["tables"]) <= known


# A release to come

COMMANDS = [
    ["db", "upgrade"],
    ["worker", "--once"],
    ["web"],
    ["cases", "list"],
    ["messages", "list"],
    ["officer", "list"],
    ["audit", "verify"],
    ["retention", "run"],
    ["backup", "--out", "x"],
    ["duty", "now"],
    ["stats", "--from", "2026-01-01", "--to", "2026-01-31"],
]


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_a_database_of_a_newer_release_is_refused_in_one_line(
    argv: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gateway.logs.configure", lambda level: None)
    (tmp_path / "var").mkdir(mode=0o700)
    store = open_store(f"sqlite:///{tmp_path / 'var' / 'beliperak.db'}")
    migrate.upgrade(store.engine)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    assert cli.main(argv) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "of a newer release (9999)" in said.err
