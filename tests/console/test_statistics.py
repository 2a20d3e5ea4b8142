"""The statistics page: what everybody sees, what only the head may ask for, and the trace of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.throttle import AccessRecord
from tests.console.desk import Desk, at_desk, statements
from tests.office import Office


def reports(office: Office, number: int, text: str = "LAPOR FISIK SENAKEN dipukul") -> None:
    for _ in range(number):
        office.phone().text(text)


def figures(desk: Desk) -> list[str]:
    """Cases of the newest month, of the month before, of the same month a year before."""
    part = desk.text.partition('class="figures"')[2].partition("</dl>")[0]
    return [one.partition("</dd>")[0].partition(" ")[0] for one in part.split("<dd>")[1:4]]


def looks(office: Office) -> list[tuple[str, int]]:
    rows = office.read(lambda session: list(session.scalars(select(AccessRecord))))
    return [(row.actor.partition(":")[0], row.rows) for row in rows if row.what == "statistics true"]


def test_small_counts_are_hidden_from_everybody(any_office: Office) -> None:
    reports(any_office, 3)
    for role in ("officer", "head", "admin"):
        assert figures(at_desk(any_office, role, role=role).get("/statistics")) == ["&lt;5", "&lt;5", "&lt;5"]


def test_a_month_is_told_beside_the_month_before_and_the_year_before(any_office: Office) -> None:
    now = any_office.clock.now
    for back, number in ((365, 6), (30, 9), (0, 7)):
        any_office.clock.now = now - timedelta(days=back)
        reports(any_office, number)
    desk = at_desk(any_office).get("/statistics")
    assert figures(desk) == ["7", "9", "6"]
    assert "(-2)" in desk.words
    assert "(+1)" in desk.words
    assert "November 2026 masih berjalan" in desk.words


def test_only_the_months_asked_for_are_shown(office: Office) -> None:
    desk = at_desk(office).get("/statistics?from=2026-09&to=2026-10")
    assert "September 2026 sampai Oktober 2026" in desk.words
    assert "November 2026" not in desk.words


@pytest.mark.parametrize("query", ["from=2026-11&to=2026-01", "from=2030-01&to=2030-02"])
def test_an_impossible_span_is_refused_in_words(office: Office, query: str) -> None:
    desk = at_desk(office).get(f"/statistics?{query}")
    assert desk.status == 409
    assert "Belum bisa." in desk.words
    assert "--" not in desk.words


def test_the_head_sees_true_counts_and_each_look_is_on_record(any_office: Office) -> None:
    reports(any_office, 3)
    desk = at_desk(any_office, role="head").get("/statistics")
    assert "Tampilkan angka sebenarnya" in desk.words
    assert looks(any_office) == []
    desk.post("/statistics/true", **{"from": "2026-11", "to": "2026-11"})
    assert figures(desk)[0] == "3"
    assert "Angka sebenarnya." in desk.words
    assert looks(any_office) == [("officer", 1)]
    assert figures(desk.get("/statistics"))[0] == "&lt;5"


def test_nobody_else_is_offered_them(office: Office) -> None:
    desk = at_desk(office, role="supervisor").get("/statistics")
    assert "angka sebenarnya" not in desk.words
    desk.post("/statistics/true")
    assert desk.status == 403
    assert looks(office) == []


def test_every_chart_and_the_tiles_have_their_numbers_in_words_too(office: Office) -> None:
    reports(office, 8)
    desk = at_desk(office).get("/statistics")
    assert desk.text.count("<table") >= desk.text.count('role="img"')
    tiles = desk.text.partition('class="tiles"')[2].partition("</ol>")[0]
    assert tiles.count("<li") == 10
    assert tiles.count("<strong>") == 10
    assert "bukan peta" in desk.words


def test_the_page_costs_the_same_number_of_statements_with_more_cases(office: Office) -> None:
    desk = at_desk(office)
    reports(office, 5)
    few = statements(office, lambda: desk.get("/statistics"))
    reports(office, 20)
    assert statements(office, lambda: desk.get("/statistics")) == few


def test_what_was_learned_is_told_by_topic_in_words(office: Office) -> None:
    office.phone().dial().press("5", "2")
    desk = at_desk(office).get("/statistics")
    assert "kata-kata dan ancaman" in desk.words
    assert "words <5" not in desk.words
