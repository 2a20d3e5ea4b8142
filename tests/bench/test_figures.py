"""The pure parts of the benchmark: it may refuse a figure, but never tell a wrong one. Nothing here measures time."""

import pytest

from bench import journeys
from bench.figures import Round, Side, Untold, fastest, percentile, ratio
from bench.goals import GOALS
from bench.journeys import Hop, Journey
from bench.outbound import rate_of
from bench.report import Goal, Section, number, render_goals, render_section, render_table, side_row, told

FASTER = Goal("hop vs the usual stack", "hop / usual", 5, 8, "x", more=True)
SMALLER = Goal("parse of one SMS", "parse ms", 1, 0.2, "ms")


def a_side(*rates: int, name: str = "ours", wrong: int = 0) -> Side:
    """Rounds of one second at these rates; the last has the wrong answers."""
    rounds = [Round(rate, 1.0, 2.0, 5.0, cpu=0.5) for rate in rates]
    if wrong:
        rounds.append(Round(100, 1.0, 2.0, 5.0, wrong=wrong, first_wrong="hop 3: 500 oops"))
    return Side(name, rounds=rounds)


@pytest.mark.parametrize(("part", "expected"), [(0.0, 1.0), (0.5, 50.0), (0.99, 99.0), (0.991, 100.0), (1.0, 100.0)])
def test_a_percentile_is_a_value_that_was_measured(part: float, expected: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], part) == expected


def test_nothing_measured_has_no_percentile() -> None:
    with pytest.raises(Untold, match="nothing was measured"):
        percentile([], 0.5)


def test_a_side_is_the_median_of_its_rounds() -> None:
    side = a_side(1000, 10, 500)
    assert (side.rate, side.p50, side.p99) == (500, 2.0, 5.0)
    assert side.cpu == pytest.approx(1000)
    assert side.spread == pytest.approx(0.99)


def test_a_ratio_compares_medians() -> None:
    assert ratio(a_side(900, 1000, 5000), a_side(200, 250, 260)) == 4.0


@pytest.mark.parametrize("liar", ["one", "other"])
def test_no_ratio_is_told_when_either_answered_wrongly(liar: str) -> None:
    sides = {"one": a_side(1000), "other": a_side(100)} | {liar: a_side(1000, name="the liar", wrong=1)}
    with pytest.raises(Untold, match="the liar answered wrongly 1 times: 'hop 3: 500 oops'"):
        ratio(sides["one"], sides["other"])


def test_no_ratio_is_told_of_a_server_that_was_not_there_or_stood_still() -> None:
    with pytest.raises(Untold, match="did not start"):
        ratio(a_side(1000), Side("peer", absent="did not start: no module"))
    with pytest.raises(Untold, match="answered nothing"):
        ratio(a_side(1000), a_side(0, 0, name="peer"))
    with pytest.raises(Untold, match="answered nothing in most rounds"):
        ratio(a_side(1000), a_side(0, 0, 7, name="peer"))


def test_the_fastest_is_found_among_those_that_ran() -> None:
    slow, quick, absent = a_side(100), a_side(300), Side("gone", absent="is not installed")
    assert fastest([slow, absent, quick]) is quick


def test_the_fastest_is_not_told_when_one_of_them_answered_wrongly() -> None:
    """The liar may have been the fastest."""
    with pytest.raises(Untold, match="answered wrongly"):
        fastest([a_side(100), a_side(300, wrong=2)])


def test_none_is_fastest_when_none_ran() -> None:
    with pytest.raises(Untold, match="none of them"):
        fastest([Side("gone", absent="is not installed")])


@pytest.mark.parametrize(
    ("goal", "value", "verdict"),
    [
        (FASTER, 8.0, "aim"),
        (FASTER, 7.99, "must"),
        (FASTER, 4.99, "MISSED"),
        (SMALLER, 0.2, "aim"),
        (SMALLER, 1.0, "must"),
        (SMALLER, 1.01, "MISSED"),
        (SMALLER, "the reader failed", "not measured"),
        (SMALLER, None, "not measured"),
    ],
)
def test_a_goal_is_kept_or_missed(goal: Goal, value: "float | str | None", verdict: str) -> None:
    assert goal.verdict(value) == verdict


def test_the_aim_of_every_goal_is_better_than_its_must() -> None:
    for goal in GOALS:
        assert goal.verdict(float(goal.aim)) == "aim", goal.what
        assert goal.verdict(float(goal.must)) == "must", goal.what
    assert len({goal.figure for goal in GOALS}) == len(GOALS)


def test_the_table_of_goals_shows_a_refusal_in_the_place_of_the_figure() -> None:
    table = render_goals([FASTER, SMALLER], {"hop / usual": "usual stack answered wrongly 3 times", "parse ms": 0.5})
    first, second = table.splitlines()[2:]
    assert "usual stack answered wrongly 3 times" in first
    assert first.endswith("| not measured |")
    assert [cell.strip() for cell in second.split("|")[1:-1]] == [
        "parse of one SMS",
        "1.00 ms",
        "0.20 ms",
        "0.50 ms",
        "must",
    ]


def test_a_table_is_markdown_whatever_stands_in_it() -> None:
    table = render_table(("server", "why"), [("a|b", "two\nlines"), ("c", "")])
    assert {line.count("|") for line in table.splitlines()} == {3}
    assert table.splitlines()[1] == "|--------|-----------|"
    assert render_section(Section("Memory", ("a",), [("b",)], ["note"])).startswith(
        "## Memory\n\n| a |\n|---|\n| b |\n\n- note"
    )


def test_a_row_of_a_server_says_why_it_has_no_figures() -> None:
    assert side_row(Side("peer", "1.0", absent="is not installed"))[:3] == ["peer", "1.0", "peer: is not installed"]
    assert side_row(a_side(1000))[2] == "1,000"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.2, "0.20"), (12.34, "12.3"), (1234.5, "1,234"), (None, "-"), (2.5, "2.50")]
)
def test_numbers_have_three_digits_or_so(value: "float | None", shown: str) -> None:
    assert number(value) == shown


def test_a_figure_that_must_not_be_told_is_its_reason() -> None:
    assert told(lambda: ratio(a_side(10), Side("peer", absent="is not installed"))) == "peer: is not installed"
    assert told(lambda: ratio(a_side(10), a_side(5))) == 2.0


def test_a_rate_counts_the_gaps_between_arrivals() -> None:
    assert rate_of([0, 500_000_000, 1_000_000_000]) == 2.0
    with pytest.raises(Untold):
        rate_of([1])


# What is typed, and what must be heard


def test_our_journeys_have_six_hops_and_end_where_they_should() -> None:
    walk, report = journeys.menu_walk(), journeys.report()
    assert [len(walk.hops), len(report.hops)] == [6, 6]
    assert walk.hops[-1].expected.startswith("CON Polisi: telepon 110")
    assert report.hops[-1].expected.startswith("CON Maksud Anda Senaken")


def test_every_hop_sends_all_that_was_typed_so_far() -> None:
    texts = [hop.body.partition("text=")[2].partition("&")[0] for hop in journeys.menu_walk().hops]
    assert texts == ["", "5", "5%2A2", "5%2A2%2A00", "5%2A2%2A00%2A6", "5%2A2%2A00%2A6%2A1"]


def test_a_journey_in_lua_holds_the_same_bytes() -> None:
    lua = Journey("walk", "/ussd", (Hop("a={id}&b={id}", 'CON "é"\n1'),)).as_lua()
    assert lua.count("pieces = ") == 1
    assert '{ "\\097\\061", "\\038\\098\\061", "" }' in lua
    assert 'expected = "\\067\\079\\078\\032\\034\\195\\169\\034\\010\\049"' in lua
