"""Charts: what is told is drawn to scale, what is not told is drawn hollow."""

import pytest

from gateway.console import charts


def test_columns_keep_the_proportions_of_what_they_tell() -> None:
    chart = charts.columns(["Okt", "Nov"], [10, 5])
    assert [column.height for column in chart.columns] == [charts.TALL, charts.TALL / 2]
    assert [column.text for column in chart.columns] == ["10", "5"]
    assert all(column.told and column.y + column.height == chart.baseline for column in chart.columns)


def test_a_small_count_looks_the_same_whatever_it_is() -> None:
    first, second = charts.columns(["Okt", "Nov", "Des"], ["<5", "*", 20]).columns[:2]
    assert not first.told
    assert not second.told
    assert first.height == second.height == charts.TALL * 4 / 20


def test_a_total_in_fives_is_drawn_from_where_it_begins() -> None:
    (column,) = charts.columns(["2026"], ["10+"]).columns
    assert column.told
    assert column.height == charts.TALL


def test_a_chart_of_nothing_is_still_a_chart() -> None:
    assert charts.columns([], []).grid[-1].text == "5"
    assert charts.columns(["Nov"], [None]).columns[0].height == 0


@pytest.mark.parametrize(("value", "top"), [(0, 5), (5, 5), (6, 10), (11, 20), (21, 50), (100, 100), (101, 200)])
def test_scales_end_at_round_figures(value: int, top: int) -> None:
    assert charts.round_up(value) == top


def test_waiting_times_of_few_are_not_drawn_at_all() -> None:
    few, known = charts.minutes(["Okt", "Nov"], ["<5", 12]).columns
    assert (few.height, few.text) == (0, "<5")
    assert known.height > 0


def test_bars_and_shades_go_with_the_longest() -> None:
    assert charts.lengths([50, 25, "*"]) == [100, 50, 0]
    assert charts.shades([40, 21, 10, "<5", "*", 0]) == [4, 3, 1, 0, 0, 0]
