"""The code word and the other words of its list: one answer for whoever looks on, and a flag for the officers."""

import re

import pytest

from gateway.casework import duress
from gateway.casework.duress import read_word
from menus.screens.callback import CODE_WORDS
from tests.office import Office
from tests.phone import Phone

NEUTRAL = "Baik. Terima kasih."


def agreed(office: Office, key: str = "1") -> Phone:
    """A wish to be called, with the word of that key."""
    caller = office.phone().dial().press("1", "5", "1", key)
    assert caller.ended
    office.work()
    return caller


def shown(office: Office) -> dict[str, object]:
    return office.show(office.case()["reference"])


def kinds(office: Office) -> list[str]:
    events = shown(office)["events"]
    assert isinstance(events, list)
    return [entry["kind"] for entry in events]


def test_her_own_word_is_on_record_and_changes_nothing(any_office: Office) -> None:
    caller = agreed(any_office)
    before = any_office.case()["contact"]
    caller.text("Melati")
    any_office.work()
    assert caller.last == NEUTRAL
    assert shown(any_office)["flags"] == []
    assert "code_word" in kinds(any_office)
    assert any_office.case()["contact"] == before


@pytest.mark.parametrize("word", ["padi", " SUNGAI. "])
def test_another_word_flags_the_case_stops_calls_and_is_answered_alike(any_office: Office, word: str) -> None:
    ani = any_office.officer("Ani")
    caller = agreed(any_office)
    heard = len(ani.inbox)
    caller.text(word)
    any_office.work()
    assert caller.last == NEUTRAL, "whoever reads along sees the same as for the right word"
    assert shown(any_office)["flags"] == ["duress"]
    assert shown(any_office)["code_word"] == "melati"
    assert any_office.case()["contact"]["mode"] == "none"
    assert "duress" in kinds(any_office)
    ani.text(f"AMBIL {ani.code()}")
    any_office.work()
    caller.text(word)
    any_office.work()
    assert any("pesan baru dari orang yang sama" in text for text in ani.inbox[heard:])
    assert len(any_office.cases()) == 1


def test_a_word_stops_what_is_queued_for_her(office: Office) -> None:
    caller = office.phone().dial().press("3", "4", "2", "1", "2", "4", "1", "4", "1")
    caller.dial().press("1", "2", "1", "2")
    waiting = [row for row in office.messages() if row["to"] == caller.number and row["status"] == "queued"]
    caller.text("melati")
    office.at(19).work()
    office.forward(days=4)
    office.at(19).work()
    assert waiting
    heard = [re.sub(r"\d{4} \d{4} \d{3}", "", text) for text in caller.inbox]  # any digits may stand in a receipt
    assert all(text == NEUTRAL or "110" not in text for text in heard)


def test_an_officer_who_hears_it_by_voice_marks_it(office: Office) -> None:
    ani = office.officer("Ani")
    agreed(office)
    office.act(ani, duress.mark)
    assert shown(office)["flags"] == ["duress"]
    assert office.case()["contact"]["mode"] == "none"


@pytest.mark.parametrize("who", ["stranger", "no word", "cadre"])
def test_without_an_agreed_word_it_is_a_text_like_any_other(office: Office, who: str) -> None:
    agreed(office)
    phone = office.cadre() if who == "cadre" else agreed(office, "4") if who == "no word" else office.phone()
    phone.text("padi")
    office.work()
    assert all("duress" not in office.show(case["reference"])["flags"] for case in office.cases())


def test_words_within_other_words_are_no_code_words() -> None:
    assert [read_word(text) for text in ("padi", "PADI!", "panen padi", "melati 2", "", "padi padi")] == [
        "padi",
        "padi",
        None,
        None,
        None,
        None,
    ]
    assert set(CODE_WORDS) == {"melati", "padi", "sungai"}
