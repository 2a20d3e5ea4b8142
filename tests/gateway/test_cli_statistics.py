"""The commands stats, export simfoni, erase and retention as operators call them."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import bootstrap, files_out
from gateway.casework import endings, simfoni
from gateway.commands import shell
from gateway.errors import Refused
from models.throttle import AccessRecord
from tests.gateway.test_cli import ANI, BUDI, CITRA, Beliperak, bare, beliperak, kept, staffed  # noqa: F401 - fixtures
from tests.journeys.test_erasure import RAPE, REPORT, Staff
from tests.journeys.test_erasure import do as act_on
from tests.office import Office

TODAY = ("--from", "2026-01-01", "--to", "2030-12-31")


def stats(beliperak: Beliperak, *more: str) -> list[str]:  # noqa: F811
    today = datetime.now(UTC).date().isoformat()
    return ["stats", "--from", today, "--to", today, *more]


# stats


def test_stats_tells_one_json_value(staffed: Beliperak) -> None:  # noqa: F811
    told = staffed(*stats(staffed, "--json")).json
    assert told["whole_months_only"]
    assert told["months"][-1]["running"]
    assert told["months"][-1]["cases"] == "<5"
    assert set(told["legend"]) == {"<5", "*", "10+"}


def test_stats_is_a_table_for_people(staffed: Beliperak) -> None:  # noqa: F811
    said = staffed(*stats(staffed))
    assert said.code == 0
    assert "still running" in said.out
    assert re.search(r"^Tanah Grogot +<5 +<5$", said.out, re.MULTILINE)
    assert all(len(line) <= 160 for line in said.out.splitlines())


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [("2026-13-01", "2026-12-31", "not a day"), ("2026-12-01", "2026-11-01", "before"), ("x", "y", "not a day")],
)
def test_stats_refuses_in_one_line(staffed: Beliperak, first: str, last: str, why: str) -> None:  # noqa: F811
    assert why in staffed("stats", "--from", first, "--to", last).refusal


def test_stats_needs_its_days(beliperak: Beliperak) -> None:  # noqa: F811
    assert beliperak("stats").code == 2


@pytest.mark.parametrize("command", [("stats",), ("export", "simfoni"), ("erase",), ("retention", "run")])
def test_help_teaches(bare: Beliperak, command: tuple[str, ...]) -> None:  # noqa: F811
    said = bare(*command, "--help")
    assert said.code == 0
    assert len(said.out) > 300


# export simfoni


def exported(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def export(beliperak: Beliperak, path: Path) -> int:  # noqa: F811
    return beliperak("export", "simfoni", *TODAY, "--out", str(path)).code


def test_a_sheet_is_written_once_for_its_owner(staffed: Beliperak, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "kasus.csv"
    assert export(staffed, out) == 0
    (row,) = exported(out)
    assert re.fullmatch(r"BP-\w{4,5}", row["Nomor"])
    assert (row["Saluran"], row["Layanan"], row["Status"]) == ("ussd", "Pengaduan", "new")
    assert out.stat().st_mode & 0o777 == 0o600
    before = out.read_bytes()
    said = staffed("export", "simfoni", *TODAY, "--out", str(out))
    assert "never overwritten" in said.refusal
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "kasus" in path.name] == ["kasus.csv"]


def test_each_exported_case_shows_that_it_was(staffed: Beliperak, tmp_path: Path) -> None:  # noqa: F811
    assert export(staffed, tmp_path / "kasus.csv") == 0
    (row,) = exported(tmp_path / "kasus.csv")
    events = staffed("cases", "show", row["Nomor"], "--json").json["events"]
    assert next(event["reason"] for event in events if event["kind"] == "viewed") == "export"
    parts = bootstrap.build(shell.load_settings())
    rows = parts.store.read(lambda s: [(row.what, row.rows) for row in s.query(AccessRecord)])
    parts.close()
    assert ("export simfoni", 1) in rows


@pytest.mark.parametrize("name", ["kasus.txt", "kasus", "nowhere/kasus.csv"])
def test_a_file_it_cannot_write_is_refused_before_anything_is_opened(
    staffed: Beliperak,  # noqa: F811
    tmp_path: Path,
    name: str,
) -> None:
    assert staffed("export", "simfoni", *TODAY, "--out", str(tmp_path / name)).refusal
    reference = staffed("cases", "list", "--json").json[0]["reference"]
    events = staffed("cases", "show", reference, "--json").json["events"]
    assert [event["reason"] for event in events if event["kind"] == "viewed"] == ["command line"]


def test_days_the_wrong_way_round_are_refused(staffed: Beliperak, tmp_path: Path) -> None:  # noqa: F811
    days = ("--from", "2026-12-01", "--to", "2026-11-01")
    assert "before" in staffed("export", "simfoni", *days, "--out", str(tmp_path / "x.csv")).refusal


def sheet(office: Office) -> list[dict[str, str]]:
    desk, now, day = office.parts.desk, office.clock.now, office.clock.now.date()
    rows = office.write(lambda s: simfoni.read_sheet(s, desk, office.parts.lexicon, now, "test", day, day))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_a_case_is_told_in_simfonis_words(any_office: Office) -> None:
    office = any_office
    office.cadre().text("LAPOR PERKOSA DAN DIANCAM SENAKEN kemarin, gadis 15 th")
    (row,) = sheet(office)
    assert row["Kecamatan"] == "Tanah Grogot"
    assert row["Desa/Kelurahan"] == "Senaken"
    assert row["Jenis kelamin korban"] == "Perempuan"
    assert row["Kelompok umur korban"] == "13-17"
    assert row["Anak/Dewasa"] == "Anak"
    assert set(row["Bentuk kekerasan"].split("; ")) == {"Seksual", "Psikis"}
    assert (row["Tanggal lapor"], row["Tanggal kejadian"]) == ("2026-11-23", "2026-11-22")
    assert row["Hubungan terlapor"] == "NA"


def test_what_is_no_case_and_what_was_erased_is_not_exported(office: Office) -> None:

    staff = Staff(office)
    office.cadre().text(REPORT)
    act_on(office, staff.citra, lambda act: endings.invalidate(act, "a test"))
    office.phone().dial().press("3", "4")
    assert [case["status"] for case in office.cases()] == ["invalid", "partial"]
    assert sheet(office) == []
    office.cadre().text(RAPE)
    assert len(sheet(office)) == 1


def test_a_form_nobody_has_told_is_left_to_the_clerk(office: Office) -> None:
    words = {term.code: term.maps_simfoni for term in office.parts.lexicon.terms if term.group == "form"}
    assert simfoni.forms_of(words, ("TTU",)) == []
    assert simfoni.forms_of(words, ("SEK", "PRK", "HAS")) == ["Seksual", "Lainnya"]
    known = {"Fisik", "Psikis", "Seksual", "Eksploitasi", "Trafficking", "Penelantaran", "Lainnya"}
    assert {word for word in words.values() if not word.startswith("(")} == known


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_a_strangers_words_never_start_a_formula(start: str) -> None:
    typed = f'{start}HYPERLINK("http://x")'
    assert simfoni.harmless(typed) == "'" + typed
    assert simfoni.harmless("Senaken") == "Senaken"


@given(st.text(max_size=30))
def test_no_cell_of_a_sheet_starts_like_a_formula(typed: str) -> None:
    raw = simfoni.to_bytes([["Nomor"], [simfoni.harmless(typed)]], ".csv").decode("utf-8-sig")
    cell = list(csv.reader(io.StringIO(raw, newline="")))[1][0]
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert typed.encode("utf-8", "replace").decode() in cell


def test_a_typed_place_reaches_the_sheet_harmless(office: Office) -> None:
    office.phone().dial().press("2", "=1+1")
    (row,) = sheet(office)
    assert row["Tempat menurut pelapor"] == "'=1+1"


def test_a_workbook_holds_texts_and_no_formula() -> None:
    raw = simfoni.to_bytes([["Nomor", "Tempat"], ["BP-7K3Q", "'=1+1"], ["BP-2222", "007"]], ".XLSX")
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
        words = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in page
    assert page.count('t="s"') == 6
    assert "BP-7K3Q" in words


def test_a_workbook_is_chosen_by_the_files_name(staffed: Beliperak, tmp_path: Path) -> None:  # noqa: F811
    assert export(staffed, tmp_path / "kasus.xlsx") == 0
    assert zipfile.is_zipfile(tmp_path / "kasus.xlsx")


def test_a_file_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "kasus.csv"
    out.write_text("mine")
    with pytest.raises(Refused, match="never overwritten"):
        files_out.write_new(out, b"other")
    assert out.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [out]
    with pytest.raises(Refused, match="cannot be written"):
        files_out.write_new(tmp_path / "no" / "kasus.csv", b"x")


# erase and retention


def close_case(staffed: Beliperak) -> str:  # noqa: F811
    reference = str(staffed("cases", "list", "--json").json[0]["reference"])
    for verb, *more in (("accept",), ("first_action", "--result", "4"), ("close", "--reason", "safe")):
        assert staffed("cases", "do", reference, verb, "--officer", CITRA, *more).code == 0
    return reference


def test_erase_says_that_the_key_is_gone_and_what_is_not_defended(staffed: Beliperak) -> None:  # noqa: F811
    reference = close_case(staffed)
    before = staffed(*stats(staffed, "--json")).json
    said = staffed("erase", reference, "--officer", ANI, "--second", CITRA, "--reason", "asked in person")
    assert said.code == 0
    assert "is gone" in said.out
    assert "backups" in said.out
    assert staffed("cases", "list", "--json").json == []
    assert "no case" in staffed("cases", "show", reference).refusal
    assert staffed("messages", "list", "--json", "--case", reference).code == 0
    assert staffed("audit", "verify").code == 0
    assert staffed(*stats(staffed, "--json")).json == before


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [(ANI, BUDI, "supervisor"), (CITRA, CITRA, "two different"), (ANI, "081299999999", "no officer"), (ANI, "x", "x")],
)
def test_erase_refuses_in_one_line(staffed: Beliperak, one: str, other: str, why: str) -> None:  # noqa: F811
    reference = close_case(staffed)
    said = staffed("erase", reference, "--officer", one, "--second", other, "--reason", "asked")
    assert why in said.refusal
    assert len(staffed("cases", "list", "--json").json) == 1


def test_erase_needs_everything_named(staffed: Beliperak) -> None:  # noqa: F811
    assert staffed("erase", "7K3Q", "--officer", ANI).code == 2


def test_retention_run_says_what_went(staffed: Beliperak) -> None:  # noqa: F811
    said = staffed("retention", "run")
    assert (said.code, said.err) == (0, "")
    assert said.out == "0 raw texts, 0 sessions, 0 ended cases, 0 looks on record are gone\n"


def test_a_key_that_stays_is_said(staffed: Beliperak, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    from gateway.commands import keeping

    monkeypatch.setattr(keeping, "wipe", lambda engine, keys: False)
    reference = close_case(staffed)
    said = staffed("erase", reference, "--officer", ANI, "--second", CITRA, "--reason", "asked")
    assert "is erased, but" in said.refusal
    assert "retention run" in said.refusal
    assert "may still lie" in staffed("retention", "run").refusal


def test_the_readme_says_that_there_is_no_public_interface() -> None:
    readme = (Path(__file__).parent.parent.parent / "README.md").read_text()
    assert "SIMFONI PPA has no public" in readme
