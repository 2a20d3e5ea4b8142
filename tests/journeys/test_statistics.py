"""What the office may publish of a month: from real reports to the printed numbers."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import acts, endings, handling, referrals
from gateway.casework.people import new_agency
from gateway.errors import Refused
from gateway.statistics import months, report
from models.case import CaseFile
from models.statistics import StatisticFact
from models.throttle import AccessRecord
from tests.journeys.test_erasure import Staff, count, do
from tests.office import Office
from tests.statements import recording

GROGOT, KUARO = "64.01.04", "64.01.05"
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def told(office: Office, first: date = NOVEMBER[0], last: date = NOVEMBER[1]) -> dict[str, Any]:
    return office.read(lambda s: report.build(s, office.parts.desk, office.clock.now, first, last))  # type: ignore[no-any-return]


def month(office: Office) -> dict[str, Any]:
    (found,) = told(office)["months"]
    return found  # type: ignore[no-any-return]


def reports(office: Office, number: int, text: str) -> None:
    for _ in range(number):
        office.cadre().text(text)


def test_a_month_is_told_by_place_form_age_sex_and_channel(any_office: Office) -> None:
    office = any_office
    reports(office, 7, "LAPOR FISIK SENAKEN perempuan 25 tahun dipukul suami")
    reports(office, 6, "LAPOR PSIKIS KUARO laki-laki dihina atasan")
    row = month(office)
    assert row["cases"] == 13
    assert row["running"]
    assert row["kecamatan"][GROGOT] == 7
    assert row["kecamatan"][KUARO] == 6
    assert row["kecamatan"]["64.01.01"] == "<5"
    assert row["form"] == {**dict.fromkeys(row["form"], "<5"), "FIS": 7, "PSI": 6}
    assert row["age"]["25-44"] == 7
    assert (row["sex"]["f"], row["sex"]["m"]) == (7, 6)
    assert row["channel"] == {"ussd": "<5", "sms": 13, "console": "<5"}


def test_no_village_and_no_small_count_is_in_what_is_told(office: Office) -> None:
    reports(office, 3, "LAPOR FISIK SENAKEN istri dipukul suami")
    everything = told(office)
    assert "64.01.04.2016" not in json.dumps(everything)
    row, year = everything["months"][0], everything["years"][0]
    assert row["cases"] == year["cases"] == "<5"
    for table in ("kecamatan", "form", "age", "sex", "channel"):
        assert set(row[table].values()) == set(year[table].values()) == {"<5"}


def test_a_ussd_report_counts_from_its_first_answer(office: Office) -> None:
    for _ in range(5):
        office.phone().dial().press("3", "4")
    assert month(office)["cases"] == 5
    assert month(office)["channel"]["ussd"] == 5


def test_what_was_no_case_at_all_is_not_counted(office: Office) -> None:
    staff = Staff(office)
    reports(office, 6, "LAPOR FISIK SENAKEN istri dipukul suami")
    first, *_ = office.cases()
    do(office, staff.citra, lambda act: endings.invalidate(act, "a test"), first["reference"])
    assert month(office)["cases"] == 5


def test_a_range_is_widened_to_whole_months_and_ends_with_the_running_one(office: Office) -> None:
    everything = told(office, date(2026, 9, 12), date(2026, 12, 24))
    assert (everything["from"], everything["to"]) == ("2026-09-01", "2026-11-30")
    assert everything["whole_months_only"]
    assert everything["asked"] == {"from": "2026-09-12", "to": "2026-12-24"}
    assert [(row["month"], row["running"]) for row in everything["months"]] == [
        ("2026-09", False),
        ("2026-10", False),
        ("2026-11", True),
    ]
    assert not told(office, date(2026, 9, 1), date(2026, 10, 31))["whole_months_only"]


def test_a_month_is_told_alike_whatever_range_asks_for_it(office: Office) -> None:
    reports(office, 6, "LAPOR FISIK SENAKEN istri dipukul suami")
    reports(office, 2, "LAPOR PSIKIS KUARO istri dihina suami")
    office.forward(days=20)
    reports(office, 9, "LAPOR FISIK SENAKEN istri dipukul suami")
    alone = month(office)
    for first in (date(2026, 1, 1), date(2026, 10, 31)):
        among = told(office, first, date(2026, 12, 31))["months"]
        assert next(row for row in among if row["month"] == "2026-11") == alone


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        (date(2026, 11, 2), date(2026, 11, 1), "before --from"),
        (date(2026, 12, 1), date(2026, 12, 31), "future"),
        (date(1990, 1, 1), date(2026, 12, 31), "at most"),
    ],
)
def test_an_impossible_range_is_refused(office: Office, first: date, last: date, why: str) -> None:
    with pytest.raises(Refused, match=why):
        told(office, first, last)


def test_a_month_belongs_to_the_offices_own_midnight(office: Office) -> None:
    """30 November, 23.30 in Paser, is 15.30 UTC; half an hour later it is December there."""
    office.clock.now = office.clock.now.replace(day=30, hour=15, minute=30)
    reports(office, 5, "LAPOR FISIK SENAKEN istri dipukul suami")
    office.clock.now += timedelta(minutes=31)
    reports(office, 6, "LAPOR FISIK SENAKEN istri dipukul suami")
    among = told(office, date(2026, 11, 1), date(2026, 12, 31))["months"]
    assert [row["cases"] for row in among] == [5, 6]
    assert among[1]["month_before"] == {"month": "2026-11", "cases": 5, "difference": 1}
    assert among[1]["year_before"] == {"month": "2025-12", "cases": "<5", "difference": None}


# Times and duties


def test_waiting_times_are_told_from_five_cases_on(office: Office) -> None:
    staff = Staff(office)
    for number in range(5):
        office.cadre().text("LAPOR FISIK SENAKEN istri dipukul suami")
        reference = office.cases()[-1]["reference"]
        office.clock.now += timedelta(minutes=10 * (number + 1))
        do(office, staff.ani, handling.accept, reference)
        assert isinstance(month(office)["minutes_to_accept"], dict) is (number == 4)
        office.clock.now += timedelta(minutes=5)
        do(office, staff.ani, lambda act: handling.first_action(act, 1), reference)
    assert month(office)["minutes_to_accept"] == {"median": 30, "p90": 50, "worst": 50}
    assert month(office)["minutes_to_first_action"] == {"median": 35, "p90": 55, "worst": 55}


def test_a_case_passed_on_keeps_the_time_of_its_first_taking(any_office: Office) -> None:
    office = any_office
    staff = Staff(office)
    office.cadre().text("LAPOR FISIK SENAKEN istri dipukul suami")
    office.clock.now += timedelta(minutes=12)
    do(office, staff.ani, handling.accept)
    office.clock.now += timedelta(minutes=30)
    do(office, staff.ani, handling.pass_on)
    office.clock.now += timedelta(minutes=30)
    do(office, staff.budi, handling.accept)
    tally = office.read(lambda s: months.read_tallies(s, office.parts.desk, ["2026-11"]))["2026-11"]
    assert (tally.accepted.cases, tally.accepted.worst) == (1, 12)


def test_climbs_and_unmet_duties_are_counted(office: Office) -> None:
    staff = Staff(office)
    for _ in range(5):
        office.cadre().text("TOLONG SENAKEN")
    office.forward(minutes=11)
    row = month(office)
    assert row["ladder_climbs"] == 5
    assert row["unmet_duties"] == {"accept": 5, "first_action": "<5"}
    for case in office.cases():
        do(office, staff.ani, handling.accept, case["reference"])
    office.forward(minutes=61)
    assert month(office)["unmet_duties"] == {"accept": 5, "first_action": 5}


# Outreach and agencies


def test_outreach_is_told_by_place_audience_and_topic(office: Office) -> None:
    cadre = office.cadre()
    cadre.text("SULUH SENAKEN 25 IBU PSIKIS").text("SULUH KUARO 10 ANAK FISIK")
    office.phone().dial().press("5", "2")
    everything = told(office)
    (held,) = everything["outreach"]
    assert (held["sessions"], held["people"]) == (2, 35)
    assert held["kecamatan"][GROGOT] == {"sessions": 1, "people": 25}
    assert sum(row["sessions"] for row in held["topic"].values()) == 2
    assert sum(everything["learned"][0]["topics"].values()) == 1


def test_going_along_is_counted_and_small_numbers_of_it_are_not_told(office: Office) -> None:
    for number in range(5):
        cadre = office.cadre()
        cadre.text("LAPOR FISIK SENAKEN istri dipukul suami")
        office.work()
        reference = office.cases()[-1]["reference"][3:]
        cadre.text(f"DAMPING {reference}").text("2")
        assert month(office)["accompanied"] == ("<5" if number < 4 else 5)


def test_requests_to_an_agency_keep_the_rule_of_small_counts(office: Office) -> None:
    staff = Staff(office)
    agency = new_agency(office.parts.desk, office.clock.now, "Polres", "polisi", "+6281355550000")
    office.write(lambda session: session.add(agency))
    polres = office.phone("+6281355550000")
    for number in range(6):
        office.cadre().text("LAPOR FISIK SENAKEN istri dipukul suami")
        reference = office.cases()[-1]["reference"]
        do(office, staff.ani, handling.accept, reference)
        do(office, staff.ani, lambda act: referrals.refer(act, "Polres", "danger"), reference)
        office.work()
        office.clock.now += timedelta(minutes=7)
        polres.text(f"TERIMA {polres.code()}")
        office.work()
        (row,) = told(office)["referrals"]
        assert row["asked"] == ("<5" if number < 4 else number + 1)
    assert row == {
        "month": "2026-11",
        "agency": "Polres",
        "asked": 6,
        "accepted": 6,
        "declined": "<5",
        "done": "<5",
        "median_minutes_to_answer": 7,
    }


# What it costs, and who may see more


def test_an_answer_that_changes_no_fact_writes_none(office: Office) -> None:
    """A landmark, leave to call: the busiest hops touch the statistics' table only when there is something new."""
    phone = office.phone().dial().press("2", "SENAKEN")
    with recording(office) as idle:
        phone.press("rumah biru", "1")
    assert [line for line in idle if "statistic_" in line] == []
    with recording(office) as telling:
        phone.press("3", "2")
    assert [line for line in telling if "statistic_fact" in line]


def test_the_fact_follows_the_case_in_its_own_transaction(office: Office) -> None:
    office.phone().dial().press("2")
    assert count(office, StatisticFact) == 1

    class Harm(Exception):
        pass

    def fails(session: Session) -> None:
        case = session.scalars(select(CaseFile)).one()
        row = office.row_of(staff.citra)
        act = acts.begin_on(session, office.parts.desk, office.clock.now, case.id, session.merge(row))
        endings.invalidate(act, "x")
        raise Harm

    staff = Staff(office)
    before = office.read(lambda s: s.scalars(select(StatisticFact.body)).one())
    with pytest.raises(Harm):
        office.write(fails)
    assert office.read(lambda s: s.scalars(select(StatisticFact.body)).one()) == before


def test_true_counts_are_for_the_head_and_leave_a_trace(office: Office) -> None:
    reports(office, 2, "LAPOR FISIK SENAKEN istri dipukul suami")
    desk, now = office.parts.desk, office.clock.now
    tallies = office.write(lambda s: months.read_true(s, desk, now, "officer:head", ["2026-11"]))
    assert tallies["2026-11"].cases == 2
    assert count(office, AccessRecord, AccessRecord.what == "statistics true") == 1
