"""What a node spends and takes, as docs/scale.md shows it. Nothing here measures time."""

from pathlib import Path

import pytest

from bench.figures import Round, Side
from bench.measure_node import REPORT_KEYS, stories
from bench.node_table import BEGIN, CALLBACKS, END, NAMES, Spent, place, render

SCALE = Path(__file__).parent.parent.parent / "docs" / "scale.md"
SPENT = Spent({"danger": 14.0, "report": 36.0, "sms": 15.0}, 2.0, 10.0)


def sides(wrong: int = 0) -> dict[str, Side]:
    """Each kind answered 90 callbacks in a second."""
    return {kind: Side(kind, rounds=[Round(90, 1.0, 1.0, 2.0, wrong=wrong)]) for kind in NAMES}


def row(text: str, begins: str) -> list[str]:
    (found,) = [line for line in text.splitlines() if line.startswith(f"| {begins}")]
    return [cell.strip() for cell in found.split("|")[1:-1]]


def test_callbacks_a_second_are_told_as_calls_a_second() -> None:
    text = render(["a machine"], SPENT, {"SQLite": sides(), "PostgreSQL": sides()})
    assert row(text, "a danger call")[1:] == ["14.0 ms", "45.0", "45.0"]
    assert row(text, "a report by USSD")[1:] == ["36.0 ms", "10.0", "10.0"]
    assert row(text, "a report by SMS")[1:] == ["15.0 ms", "90.0", "90.0"]
    assert row(text, "one message")[1:] == ["2.00 ms", "", ""]


def test_what_is_computed_follows_from_what_was_measured() -> None:
    text = render([], SPENT, {"SQLite": sides()})
    assert "20.0 ms of processor time, so one core would carry 50 of them" in text
    assert row(text, "a province")[1:] == ["33 a day", "0.66 s a day", "118 MB a year"]
    assert row(text, "a campaign day")[2] == "0.56 % of a core"


def test_a_side_that_answered_wrongly_is_not_told() -> None:
    text = render([], SPENT, {"SQLite": sides(wrong=1)})
    assert "answered wrongly" in row(text, "a danger call")[2]


def test_what_stood_between_the_marks_is_replaced_and_nothing_else() -> None:
    once = place(f"before\n{BEGIN}\nold\n{END}\nafter\n", "new\n")
    assert once == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert place(once, "new\n") == once


@pytest.mark.parametrize("document", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_file_without_a_place_is_left_alone(document: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        place(document, "new")


def test_the_guide_has_the_place() -> None:
    assert place(SCALE.read_text("utf-8"), "")


class Gateway:
    ussd, sms = "/ussd", "/sms"


def test_the_callbacks_of_each_kind_are_those_that_are_counted() -> None:
    found = stories(Gateway())  # type: ignore[arg-type]
    assert {name: len(journey.hops) for name, journey in found.items()} == CALLBACKS
    assert len(REPORT_KEYS) + 1 == CALLBACKS["report"]
    assert found["report"].hops[-1].expected.startswith("CON ")
