"""duty, outreach, broadcast, cadre lessons as an operator types them: one line for what can not be, and its trace."""

from pathlib import Path

import pytest
from sqlalchemy import text

from gateway import bootstrap
from gateway.commands import shell
from tests.gateway.test_cli import ANI, BUDI, CITRA, Beliperak, bare, beliperak, kept  # noqa: F401 - fixtures

SPAN = ("--from", "2030-01-07T08:00", "--to", "2030-01-07T20:00")
WEEK = ("--from", "2030-01-01", "--to", "2030-02-01")


@pytest.fixture
def office(beliperak: Beliperak) -> Beliperak:  # noqa: F811
    for name, phone, role in (("Ani", ANI, "officer"), ("Budi", BUDI, "admin"), ("Citra", CITRA, "supervisor")):
        areas = ("--areas", "64.01.04") if role == "officer" else ()
        assert beliperak("officer", "add", "--name", name, "--phone", phone, "--role", role, *areas).code == 0
    assert beliperak("duty", "add", "--officer", ANI, *SPAN).code == 0
    leave = ("--from", "2030-01-10", "--to", "2030-01-11")
    assert beliperak("duty", "leave", "--officer", ANI, *leave).out == "leave added\n"
    return beliperak


def traces() -> list[str]:
    parts = bootstrap.build(shell.load_settings())
    found = parts.store.read(lambda session: list(session.scalars(text("SELECT what FROM access_record"))))
    parts.close()
    return found


@pytest.mark.parametrize(
    ("phone", "start", "end", "areas", "why"),
    [
        (ANI, "2030-01-07T19:00", "2030-01-08T07:00", "", "has a shift already from 07-01-2030 08.00"),
        (ANI, "2030-01-08T20:00", "2030-01-08T08:00", "", "a shift ends after it starts"),
        (ANI, "2030-01-08T08:00", "2030-01-08T08:00", "", "a shift ends after it starts"),
        (ANI, "2030-01-08T08:00", "2030-01-08T20:00", "64.01.99", "64.01.99 is no kecamatan of this district"),
        (ANI, "2030-01-08T08:00", "2030-01-08T20:00", "64.01.05", "64.01.05 lies outside this officer's areas"),
        (ANI, "2030-01-11T08:00", "2030-01-11T20:00", "", "this officer is on leave from 10-01-2030 00.00"),
        (BUDI, "2030-01-08T08:00", "2030-01-08T20:00", "", "an admin takes no cases"),
        ("08129999999", "2030-01-08T08:00", "2030-01-08T20:00", "", "no officer has this phone"),
        (ANI, "1030-01-08T08:00", "2030-01-08T20:00", "", "lies in another century"),
    ],
)
def test_a_bad_shift_gets_one_line_changes_nothing_and_leaves_a_trace(
    office: Beliperak, phone: str, start: str, end: str, areas: str, why: str, tmp_path: Path
) -> None:
    before = office("duty", "list", *WEEK, "--json").json
    span = ("--from", start, "--to", end)
    assert why in office("duty", "add", "--officer", phone, *span, "--areas", areas).refusal
    (tmp_path / "rota.csv").write_text(f'officer,from,to,areas\n{phone},{start},{end},"{areas}"\n')
    assert why in office("duty", "import", str(tmp_path / "rota.csv")).err
    assert why in office("duty", "import", str(tmp_path / "rota.csv"), "--preview").out
    assert office("duty", "list", *WEEK, "--json").json == before
    assert traces() == ["duty add refused", "duty import refused"]


def test_a_suspended_officer_is_put_on_no_duty(office: Beliperak) -> None:
    assert office("officer", "suspend", ANI).code == 0
    span = ("--from", "2030-01-08T08:00", "--to", "2030-01-08T20:00")
    assert "suspended" in office("duty", "add", "--officer", ANI, *span).refusal


def test_a_rota_is_imported_whole_or_not_at_all(office: Beliperak, tmp_path: Path) -> None:
    rota = tmp_path / "rota.csv"
    good = f"officer,from,to,areas\n{CITRA},2030-01-08T08:00,2030-01-08T20:00,64.01.04;64.01.05\n"
    rota.write_text(good + f"{CITRA},2030-01-08T19:00,2030-01-09T07:00,\n")
    told = office("duty", "import", str(rota))
    assert told.code == 1
    assert told.err.startswith("line 3: this officer has a shift already")
    preview = office("duty", "import", str(rota), "--preview")
    assert preview.code == 1
    assert preview.out.startswith("line 2: would add +6281200000003 from 08-01-2030 08.00 to 08-01-2030 20.00")
    assert len(office("duty", "list", *WEEK, "--json").json) == 2
    rota.write_text(good)
    assert office("duty", "import", str(rota)).out == "1 shifts added\n"
    added = [row for row in office("duty", "list", *WEEK, "--json").json if row["name"] == "Citra"]
    assert [(row["areas"], row["from"]) for row in added] == [(["64.01.04", "64.01.05"], "2030-01-08T00:00:00Z")]


def test_leave_over_a_shift_warns_and_can_be_struck_out(office: Beliperak) -> None:
    told = office("duty", "leave", "--officer", ANI, "--from", "2030-01-07", "--to", "2030-01-07")
    assert "lies over 1 of her shifts" in told.out
    assert office("duty", "leave", "--officer", ANI, "--from", "2030-01-07", "--remove").code == 0
    assert "no leave" in office("duty", "leave", "--officer", ANI, "--from", "2030-01-07", "--remove").refusal


def test_gaps_are_told_by_kecamatan(office: Beliperak) -> None:
    gaps = office("duty", "gaps", "--json").json
    assert len(gaps) == 10
    assert set(gaps[0]) == {"kecamatan", "name", "from", "to"}


def test_outreach_lessons_and_broadcasts(office: Beliperak, tmp_path: Path) -> None:
    (tmp_path / "kader.csv").write_text("name,phone,area_code,role\nBu Sri,081255550001,64.01.04.2016,PKK\n")
    assert office("cadre", "import", str(tmp_path / "kader.csv")).code == 0
    assert office("cadre", "lessons", "081255550001", "--on").code == 0
    assert office("cadre", "list", "--json").json[0]["lessons"] is True
    entry = ("--officer", ANI, "--people", "12", "--audience", "anak", "--topic", "E05")
    assert office("outreach", "add", *entry, "--village", "64.01.04.2016").code == 0
    assert "no area code" in office("outreach", "add", *entry, "--village", "x").refusal
    assert office("outreach", "list", "--json").json[0]["people"] == 12
    message = ("--areas", "64.01.04", "--text", "Rapat Sabtu 09.00.")
    assert "only a supervisor or a head" in office("broadcast", "send", "--officer", ANI, *message).refusal
    looked = office("broadcast", "preview", "--officer", CITRA, *message, "--json").json
    assert (looked["encoding"], looked["segments"], looked["receivers"], looked["sms"]) == ("GSM-7", 1, 1, 1)
    sent = office("broadcast", "send", "--officer", CITRA, *message, "--json").json
    assert "0 had left" in office("broadcast", "stop", sent["id"]).out
    (row,) = office("broadcast", "list", "--json").json
    assert (row["receivers"], row["left"], row["cancelled"]) == (1, 0, 1)
