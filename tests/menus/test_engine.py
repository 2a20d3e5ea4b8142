"""The fold: the same inputs and facts give the same screen, nothing typed ever raises, a want waits for its fact."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menus.engine import (
    Context,
    Fact,
    Menu,
    Resume,
    Screen,
    Spot,
    State,
    Turn,
    Want,
    begin,
    go,
    go_back,
    open_service,
    replay,
    settle,
    stay,
    step,
    walk,
)
from menus.map import ANSWERS
from tests.menus.walks import AREAS, HINT, MENU, TEXT_MENU, TEXTS, press

KEYS = st.sampled_from(["0", "00", *"123456789", "sena", "krayan", "kuaro", "RT 3 dekat masjid", "23456789013", "#"])
WAYS = st.lists(KEYS, max_size=25)
GARBAGE = st.lists(
    st.one_of(KEYS, st.text(max_size=30), st.text(st.characters(categories=["Nd", "No", "Cc", "Zs"]), max_size=6)),
    max_size=25,
)
LANGUAGES = st.sampled_from(["id", "en"])
DRAWS = st.lists(st.integers(0, 3), min_size=25, max_size=25)


def dial(
    menu: Menu, inputs: Sequence[str], draws: Sequence[int], language: str = "id"
) -> tuple[list[Turn], dict[int, Fact]]:
    """Every screen on the way; the shell's answers are drawn from those it may give."""
    facts: dict[int, Fact] = {}
    turns = []
    for count in range(len(inputs) + 1):
        turn = replay(menu, inputs[:count], Context(language, facts))
        while turn.want is not None:
            choices = ANSWERS[turn.want.kind]
            facts[count - 1] = choices[draws[(count - 1) % len(draws)] % len(choices)]
            turn = replay(menu, inputs[:count], Context(language, facts))
        turns.append(turn)
    return turns, facts


@given(WAYS, DRAWS, LANGUAGES)
@settings(deadline=None)
def test_the_same_inputs_give_the_same_screen(inputs: list[str], draws: list[int], language: str) -> None:
    turns, facts = dial(MENU, inputs, draws, language)
    assert replay(MENU, inputs, Context(language, facts)) == turns[-1]
    assert replay(MENU, tuple(inputs), Context(language, dict(facts))) == turns[-1]


@given(WAYS, DRAWS, LANGUAGES)
@settings(deadline=None)
def test_what_was_shown_on_the_way_is_shown_again_by_a_replay_of_the_beginning(
    inputs: list[str], draws: list[int], language: str
) -> None:
    turns, facts = dial(MENU, inputs, draws, language)
    for count, turn in enumerate(turns):
        assert replay(MENU, inputs[:count], Context(language, facts)) == turn


@given(WAYS, DRAWS)
@settings(deadline=None)
def test_one_step_more_is_the_replay_of_one_input_more(inputs: list[str], draws: list[int]) -> None:
    _, facts = dial(MENU, inputs, draws)
    state = begin(MENU, Context("id", facts))
    for number, typed in enumerate(inputs):
        state = step(MENU, state, typed)
        if state.want:
            state = settle(state, facts[number])
        again = walk(MENU, inputs[: number + 1], Context("id", facts))
        assert (again.spot, again.drafts, again.past) == (state.spot, state.drafts, state.past)


@given(GARBAGE, DRAWS, LANGUAGES)
@settings(deadline=None)
def test_nothing_that_is_typed_raises_or_loses_the_way_out(inputs: list[str], draws: list[int], language: str) -> None:
    turns, _ = dial(MENU, inputs, draws, language)
    assert turns[-1].text
    home, _ = dial(MENU, [*inputs, "00"], [*draws], language)
    assert turns[-1].ends or home[-1].screen == "home"


@given(GARBAGE, DRAWS)
@settings(deadline=None, max_examples=50)
def test_the_menu_by_sms_takes_anything_too(inputs: list[str], draws: list[int]) -> None:
    assert dial(TEXT_MENU, inputs, draws)[0][-1].text


@given(GARBAGE, WAYS, DRAWS, LANGUAGES)
@settings(deadline=None)
def test_an_unfinished_report_can_be_taken_up_whatever_was_typed_before(
    before: list[str], after: list[str], draws: list[int], language: str
) -> None:
    _, facts = dial(MENU, before, draws, language)
    resume = Resume(tuple(before), facts, language)
    context = Context(language, resume=resume)
    assert replay(MENU, ["1"], context).text == replay(MENU, ["1"], context).text
    state = walk(MENU, ["1", *after], context)
    assert state.spot.screen in MENU.screens


@given(KEYS.filter(lambda key: key not in "1234567" and key != "00"))
def test_a_wrong_key_shows_the_same_screen_under_a_hint(key: str) -> None:
    for language in ("id", "en"):
        turn = press(key, language=language)
        assert turn.rejected
        assert turn.text == f"{HINT[language]}\n{press(language=language).text}"


def test_the_hint_goes_with_the_next_key() -> None:
    assert not press("x", "4").rejected


def test_blanks_around_a_key_do_not_matter() -> None:
    assert press(" 3 ").screen == "report.who"
    assert press("3", "\n0\t").screen == "home"


@pytest.mark.parametrize("key", ["\u00b2", "\u0663", "\uff12", "2 ", "02", "2#", "+2", "2.0"])
def test_only_the_digit_itself_is_the_key(key: str) -> None:
    turn = press(key)
    assert turn.want is None
    assert turn.service == ("danger" if key.strip() == "2" else None)


def test_nothing_follows_an_end() -> None:
    ended = press("1", "6")
    assert ended.ends
    assert press("1", "6", "2", "00", "3") == ended


# A small menu of our own


def small(**screens: Screen) -> Menu:
    return Menu({name.replace("__", "."): screen for name, screen in screens.items()}, "home", TEXTS, AREAS)


def _there(state: State, fact: Fact) -> State:
    return state.to("language")


OPENING = small(home=Screen({"1": open_service("report", _there)}), language=Screen({"1": go("home", who="x")}))


def test_a_want_stops_the_walk_until_its_fact_is_there() -> None:
    turn = replay(OPENING, ["1", "1"], Context())
    assert turn.want == Want("open", service="report")
    assert turn.text == ""
    assert turn.screen == "home"
    turn = replay(OPENING, ["1", "1"], Context(facts={0: {"case": "7"}}))
    assert (turn.want, turn.screen, turn.service, turn.case, turn.draft) == (None, "home", "report", "7", {"who": "x"})


def test_a_fact_belongs_to_the_input_that_wanted_it() -> None:
    assert replay(OPENING, ["x", "1"], Context(facts={0: {"case": "7"}})).want is not None
    assert replay(OPENING, ["x", "1"], Context(facts={1: {"case": "7"}})).case == "7"


def test_answers_of_another_case_are_not_mixed_in() -> None:
    same = {0: {"case": "7"}, 2: {"case": "7"}}
    other = {0: {"case": "7"}, 2: {"case": "8"}}
    assert replay(OPENING, ["1", "1", "1"], Context(facts=same)).draft == {"who": "x"}
    assert replay(OPENING, ["1", "1", "1"], Context(facts=other)).draft == {}


def test_back_returns_to_the_spot_before_and_home_forgets_the_way() -> None:
    menu = small(home=Screen({"1": go("language")}), language=Screen({"1": go("resume")}), resume=Screen())
    state = walk(menu, ["1", "1"], Context())
    assert [spot.screen for spot in state.past] == ["home", "language"]
    assert walk(menu, ["1", "1", "0"], Context()).spot == Spot("language")
    assert walk(menu, ["1", "1", "0", "0"], Context()).spot == Spot("home")
    assert walk(menu, ["0"], Context()).rejected
    assert walk(menu, ["1", "1", "00"], Context()).past == ()


def test_a_screen_may_refuse_to_go_back() -> None:
    menu = small(home=Screen({"1": go("language")}), language=Screen(back=stay))
    assert walk(menu, ["1", "0"], Context()).spot == Spot("language")
    assert walk(menu, ["1", "0"], Context()).rejected
    assert go_back(State(Spot("home"), "id"), menu).rejected


def test_an_entry_takes_what_is_no_key_and_never_nothing() -> None:
    menu = small(home=Screen({"1": stay}, entry=lambda state, menu, typed: state.put(said=typed)))
    assert walk(menu, [" Senaken "], Context()).draft == {"said": "Senaken"}
    for nothing in ("", "   ", "1"):
        assert walk(menu, [nothing], Context()).rejected


def test_a_later_answer_to_the_same_question_replaces_the_earlier() -> None:
    state = State(Spot("home"), "id", service="report").put(who="a", kinds="b").put(who="c")
    assert state.draft == {"who": "c", "kinds": "b"}
    assert State(Spot("home"), "id").fact == {}
