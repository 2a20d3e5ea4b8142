"""The small fact of a case, and the sums made of facts: pure, so tried without an office."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.details import Details
from gateway.statistics.facts import AGES, NO_HISTORY, SIZE, Fact, Firings, History, age_band, fact_of
from gateway.statistics.months import before, span
from gateway.statistics.tallies import DIMENSIONS, Spread, Tally, entries_of, spread, sum_up
from models.case import CaseFile
from models.vocabulary import Age, CaseStatus, Channel, Form, Priority, Reporter, Sex

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)


def a_case(**more: object) -> CaseFile:
    known = {"status": CaseStatus.NEW, "priority": Priority.P3, "channel": Channel.SMS, "reporter": Reporter.CADRE}
    return CaseFile(**{**known, "created_at": AT, "kecamatan": "64.01.04", **more})


def a_fact(case: CaseFile | None = None, history: History = NO_HISTORY, **details: object) -> Fact:
    known = Details(receipt="1", **{"forms": ("FIS",), "age": Age.ADULT, "sex": Sex.FEMALE, **details})  # type: ignore[arg-type]
    return fact_of(case or a_case(), known, history)


def minutes(number: float) -> datetime:
    return AT + timedelta(minutes=number)


def test_a_fact_comes_back_as_it_was() -> None:
    history = History({"ladder": Firings(3, minutes(10)), "first_action": Firings(1, minutes(70))}, minutes(25))
    fact = a_fact(a_case(first_action_at=minutes(80.9)), history, forms=("SEK", "FIS"))
    assert Fact.from_bytes(fact.to_bytes()) == fact
    assert (fact.accepted_in, fact.acted_in, fact.climbs) == (25, 80, 3)
    assert fact.forms == ("FIS", "SEK")


def test_its_length_tells_nothing() -> None:
    many = a_fact(a_case(kecamatan="64.01.10"), forms=tuple(Form)[:12], years=40)
    assert len(many.to_bytes()) == len(a_fact(forms=()).to_bytes()) == SIZE


def test_it_holds_neither_village_nor_words_nor_phone() -> None:
    told = {"phone": "+628111", "area_code": "64.01.04.2016", "landmark": "rumah biru", "place_typed": "Senaken"}
    raw = a_fact(None, NO_HISTORY, **told).to_bytes().decode()
    assert not [value for value in told.values() if value in raw]


@pytest.mark.parametrize(
    ("years", "band"),
    [(0, "0-5"), (5, "0-5"), (6, "6-12"), (17, "13-17"), (18, "18-24"), (44, "25-44"), (59, "45-59"), (60, "60+")],
)
def test_an_age_falls_into_simfonis_bands(years: int, band: str) -> None:
    assert age_band(years, Age.UNKNOWN) == band
    assert band in AGES


def test_an_age_nobody_told_is_a_child_an_adult_or_unknown() -> None:
    assert [age_band(None, age) for age in (Age.CHILD, Age.ADULT, Age.UNKNOWN)] == ["<18", "18+", "unknown"]
    assert age_band(999, Age.ADULT) == "unknown"


def test_an_ended_case_tells_how_and_an_invalid_one_does_not_count() -> None:
    assert a_fact().ended is None
    assert a_fact(a_case(status=CaseStatus.CLOSED)).ended == "closed"
    assert [a_fact(a_case(status=status)).counts for status in (CaseStatus.CLOSED, CaseStatus.INVALID)] == [True, False]


def test_a_duty_is_unmet_when_its_time_went_by_before_it_was_done() -> None:
    climbed = {"ladder": Firings(1, minutes(10))}
    assert a_fact(None, History(climbed)).unmet == ("accept",)
    assert a_fact(None, History(climbed, minutes(12))).unmet == ("accept",)
    assert a_fact(None, History(climbed, minutes(5))).unmet == ()  # climbed again for want of a first action
    late = climbed | {"first_action": Firings(2, minutes(65))}
    assert a_fact(None, History(late, minutes(5))).unmet == ("first_action",)


def test_climbs_are_what_called_somebody_further_up() -> None:
    rules = ("ladder", "unaccepted", "undelivered", "first_action", "follow_up", "repeat")
    assert a_fact(None, History({rule: Firings(2, minutes(9)) for rule in rules})).climbs == 6


# Sums


def test_a_case_has_one_entry_in_each_dimension_and_as_many_forms_as_it_has() -> None:
    tally = sum_up([a_fact(forms=("FIS", "PSI")), a_fact(forms=(), sex=Sex.UNKNOWN)])
    assert tally.cases == 2
    assert tally.counts["form"] == {"FIS": 1, "PSI": 1, "TTU": 1}
    for name in DIMENSIONS:
        assert sum(tally.counts[name].values()) == 2 + (name == "form")
    assert set(entries_of(a_fact())) == set(DIMENSIONS)


def test_a_place_nobody_named_is_unknown() -> None:
    assert sum_up([a_fact(a_case(kecamatan=None))]).counts["kecamatan"] == {"unknown": 1}


def test_sums_come_back_as_they_were() -> None:
    history = History({"unaccepted": Firings(1, minutes(2))}, minutes(3))
    tally = sum_up([a_fact(None, history), a_fact(a_case(status=CaseStatus.INVALID))])
    assert tally.cases == 1
    assert tally.unmet == {"accept": 1}
    assert Tally.from_bytes(tally.to_bytes()) == tally


def test_percentiles_are_times_somebody_waited() -> None:
    assert spread([]) == spread([None]) == Spread()
    assert spread([7]) == Spread(1, 7, 7, 7)
    assert spread([None, *range(1, 11)]) == Spread(10, 5, 9, 10)
    assert spread([1, 2, 3, 4, 600]) == Spread(5, 3, 600, 600)


def test_months_are_counted_across_years() -> None:
    assert span("2026-11", "2027-02") == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert [before("2026-01", 1), before("2026-11", 12), before("2026-12", -1)] == ["2025-12", "2025-11", "2027-01"]
