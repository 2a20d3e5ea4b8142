"""The walk is sound: who wanders at random finds nothing it has not seen. And what `beliperak menu map` prints."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli import main
from menus.engine import BACK, HOME, Context, State, begin, draw
from menus.gsm import septets
from menus.map import LETTERS, describe, keys_tried, outcomes
from menus.neutrality import find_all_faults
from menus.wording import LANGUAGES
from tests.menus.walks import AREAS, MENU, TEXT_MENU, TEXTS, shown, walk

Seen = tuple[dict[str, set[str]], dict[tuple[str, str], set[str]]]


@cache
def seen(language: str) -> Seen:
    """Texts of every screen, and where every key of it leads, as the walk met them."""
    texts: dict[str, set[str]] = defaultdict(set)
    leads: dict[tuple[str, str], set[str]] = defaultdict(set)
    for before, key, after in walk(language).steps:
        for state in (before, after):
            if state.language == language:
                texts[state.spot.screen].add(draw(MENU, replace(state, rejected=False)))
        leads[before.spot.screen, key].add(after.spot.screen)
    return texts, leads


@given(st.sampled_from(LANGUAGES), st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=60))
@settings(deadline=None, max_examples=150)
def test_a_random_walk_finds_no_screen_text_or_target_outside_the_map(
    language: str, draws: list[tuple[int, int]]
) -> None:
    state = begin(MENU, Context(language))
    for which_key, which_outcome in draws:
        keys = [key for key in keys_tried(MENU, state) if key != HOME]  # or it would never get deep
        if not keys:
            break
        key = keys[which_key % len(keys)]
        found = outcomes(MENU, state, key)
        after = found[which_outcome % len(found)]
        assert after.spot.screen in seen(state.language)[1][state.spot.screen, key], (state.spot, key, after.spot)
        text = draw(MENU, replace(after, rejected=False))
        assert text in seen(after.language)[0][after.spot.screen], (after.spot, text)
        state = after


def test_both_languages_have_the_same_screens_keys_and_targets() -> None:
    one, other = (seen(language)[1] for language in LANGUAGES)
    assert one == other


@pytest.fixture(scope="module", params=LANGUAGES)
def described(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return describe(MENU, request.param)


def test_the_map_shows_every_screen_once(described: list[dict[str, Any]]) -> None:
    names = [str(row["id"]) for row in described]
    assert len(names) == len(set(names))
    assert {name.partition(":")[0] for name in names} == set(MENU.screens)
    for code in AREAS.kecamatans():
        assert f"where.village:{code}" in names
    assert {name for name in names if name.startswith("learn.sentence:words")} == {
        "learn.sentence:words",
        "learn.sentence:words:2",
        "learn.sentence:words:3",
    }


def test_the_map_counts_the_septets_of_the_text(described: list[dict[str, Any]]) -> None:
    for row in described:
        assert row["septets"] == septets(str(row["text"]))
        assert int(str(row["septets"])) <= (156 if row["ends"] else 143)


def test_the_map_tells_where_every_key_that_is_shown_leads(described: list[dict[str, Any]]) -> None:
    names = {str(row["id"]) for row in described}
    for row in described:
        keys = row["keys"]
        assert isinstance(keys, dict)
        assert set(shown(str(row["text"]))) <= set(keys), row["id"]
        assert set(keys.values()) <= names
        assert not set(keys) & set(LETTERS)
        if not row["ends"]:
            assert HOME in keys


def test_the_map_tells_where_letters_lead(described: list[dict[str, Any]]) -> None:
    typed = {str(row["id"]): row["typed"] for row in described}
    assert typed["where.ask"] == ["where.match", "where.which", "where.none"]
    assert typed["danger.landmark"] == ["danger.call"]
    assert typed["home"] == []


def test_the_map_shows_every_text_of_a_screen_longest_first(described: list[dict[str, Any]]) -> None:
    rows = {str(row["id"]): row for row in described}
    danger = [rows["danger.where"]["text"], *rows["danger.where"]["variants"]]
    assert len(danger) == 2 and re.search("BELUM|NOT", "".join(danger))
    assert len(rows["report.end_call"]["variants"]) == 4
    for row in described:
        assert all(septets(text) <= int(str(row["septets"])) for text in row["variants"])


def test_keys_are_tried_on_screens_that_do_not_end() -> None:
    ended = next(state for state in walk("id").states if MENU.screens[state.spot.screen].ends)
    assert keys_tried(MENU, ended) == []
    home: State = begin(MENU, Context())
    assert keys_tried(MENU, home) == [*"1234567", BACK, HOME]


def test_the_menu_by_sms_has_a_map_too() -> None:
    assert {row["id"] for row in describe(TEXT_MENU, "id")} == set(TEXT_MENU.screens)


Output = Callable[[], str]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Output:
    return lambda: capsys.readouterr().out


def test_menu_map_prints_every_screen(printed: Output) -> None:
    assert main(["menu", "map"]) == 0
    said = printed()
    assert said.startswith("== home (119 septets)\nBeli Perak\n1 Minta ditelepon\n")
    assert "   2 -> danger.where or danger.again\n" in said
    assert "   typed -> where.match or where.which or where.none\n" in said


def test_menu_map_as_json_is_one_value(printed: Output) -> None:
    assert main(["menu", "map", "--lang", "en", "--json"]) == 0
    rows = json.loads(printed())
    assert rows[0]["id"] == "home" and rows[0]["text"].startswith("Beli Perak\n1 Please call me")
    assert rows[0]["keys"]["5"] == "learn.menu1"


def test_menu_map_refuses_texts_that_may_not_leave(monkeypatch: pytest.MonkeyPatch, printed: Output) -> None:
    books = {language: {key: TEXTS.raw(key, language) for key in TEXTS.keys(language)} for language in LANGUAGES}
    books["en"]["sms.resident.auto"] = "The police will call you."
    spoilt = type(TEXTS)(books)
    assert find_all_faults(spoilt) == ["sms.resident.auto: a word that is in no SMS: police"]
    monkeypatch.setattr("gateway.commands.reading.Texts.load", lambda: spoilt)
    assert main(["menu", "map", "--json"]) == 1
    assert json.loads(printed())
