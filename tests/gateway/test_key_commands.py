"""keys export, import and rotate, and audit, as operators call them."""

import io
import stat
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway import server
from gateway.key_file import KeyBook
from tests.gateway.test_cli import Beliperak, bare, beliperak, kept, staffed  # noqa: F401 - fixtures


def keys(root: Path) -> Path:
    return root / "var" / "field_keys.json"


def asked(root: Path) -> list[str]:
    engine = create_engine(f"sqlite:///{root}/var/beliperak.db")
    with engine.connect() as connection:
        found = list(connection.execute(text("SELECT what FROM access_record ORDER BY at")).scalars())
    engine.dispose()
    return found


def test_a_recovery_copy_becomes_the_same_file(
    staffed: Beliperak,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = staffed("keys", "export").out
    monkeypatch.setattr("sys.stdin", io.StringIO(words))
    told = staffed("keys", "import", "--out", str(tmp_path / "again.json"))
    assert told.code == 0, told
    assert KeyBook.load(tmp_path / "again.json") == KeyBook.load(keys(tmp_path))
    assert stat.S_IMODE((tmp_path / "again.json").stat().st_mode) == 0o600


def test_a_slip_in_the_words_is_refused_by_its_line_and_makes_no_file(
    staffed: Beliperak,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = staffed("keys", "export").out.splitlines()
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([lines[0], *lines[2:]])))
    assert staffed("keys", "import", "--out", str(tmp_path / "again.json")).refusal == "line 2 was not copied rightly"
    assert not (tmp_path / "again.json").exists()


def test_an_import_overwrites_nothing(staffed: Beliperak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    words = staffed("keys", "export").out
    monkeypatch.setattr("sys.stdin", io.StringIO(words))
    assert "never overwritten" in staffed("keys", "import", "--out", str(keys(tmp_path))).refusal


def test_an_export_leaves_a_row(staffed: Beliperak, tmp_path: Path) -> None:  # noqa: F811
    told = staffed("keys", "export", "--qr")
    assert told.code == 0
    assert told.err == ""
    assert "█" in told.out or "▀" in told.out, "the QR code"
    assert asked(tmp_path)[-1] == "keys exported"


def test_an_export_without_a_database_says_that_nothing_was_told(bare: Beliperak, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "var").mkdir()
    assert bare("keys", "generate", "--out", str(keys(tmp_path))).code == 0
    told = bare("keys", "export")
    assert told.code == 0
    assert told.out.startswith(" 1 ")
    assert "write it into the log book" in told.err


def test_a_rotation_by_command_and_everything_after_it(staffed: Beliperak, tmp_path: Path) -> None:  # noqa: F811
    before = staffed("cases", "list", "--json").json
    people = staffed("officer", "list", "--json").json
    told = staffed("keys", "rotate")
    assert told.code == 0, told
    assert told.out.splitlines()[:2] == ["the key file has new keys", "the new keys are in use"]
    assert KeyBook.load(keys(tmp_path)).newest == 2
    assert staffed("cases", "list", "--json").json == before
    assert staffed("officer", "list", "--json").json == people
    assert staffed("audit", "verify").code == 0
    assert staffed("cases", "do", before[0]["reference"], "accept", "--officer", "081200000001").code == 0


def test_the_web_says_in_one_line_that_its_keys_are_wrong(
    staffed: Beliperak,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "serve", lambda settings: pytest.fail("it began to serve"))
    keys(tmp_path).unlink()
    KeyBook.fresh().create(keys(tmp_path))
    assert "not the one this database is sealed with" in staffed("web").refusal
    assert "not the one this database is sealed with" in staffed("worker", "--once").refusal
    keys(tmp_path).chmod(0o644)
    assert "can be read by others" in staffed("web").refusal


def test_chains_are_compared_with_the_second_place(staffed: Beliperak, tmp_path: Path) -> None:  # noqa: F811
    assert staffed("worker", "--once").code == 0
    anchors = staffed("audit", "anchors").out.splitlines()
    assert len(anchors) == 1
    place = tmp_path / "anchors"
    place.write_text(" ".join(anchors[0].split()[:4]) + "\n")
    told = staffed("audit", "verify", "--anchors", str(place))
    assert told.out == f"all chains are sound; 1 anchors agree with {place}\n"
    place.write_text(place.read_text().replace(anchors[0].split()[3], "0" * 64))
    assert "differs from the second place" in staffed("audit", "verify", "--anchors", str(place)).refusal
    assert "is not there" in staffed("audit", "verify", "--anchors", str(tmp_path / "nowhere")).refusal
