"""Every path of every screen in both languages: length, keys, ways back and out; answers counted from the dial."""

import re
from collections import defaultdict
from dataclasses import replace

import pytest

from menus.engine import BACK, HOME, Resume, Spot, State, draw, step
from menus.gsm import is_basic, septets
from menus.map import LETTERS, outcomes
from menus.places import Areas, find_places
from menus.screens.place import PAGE, in_danger
from menus.tree import ussd_menu
from menus.wording import LANGUAGES
from tests.menus.walks import (
    AREAS,
    BUILT_IN,
    FACTS,
    HINT,
    MENU,
    RECEIPT,
    TEXT_MENU,
    TEXTS,
    Walk,
    paths,
    press,
    same,
    shown,
    text_walk,
    walk,
)

CON, END, WITH_HINT = 143, 156, 156
VILLAGES = [area for area in AREAS if not area.is_kecamatan]


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def walked(language: str) -> Walk:
    return walk(language)


def ends(state: State) -> bool:
    return MENU.screens[state.spot.screen].ends


def plain(state: State) -> str:
    return draw(MENU, replace(state, rejected=False))


def working(state: State) -> set[str]:
    """The keys that do something here, `0` and `00` among them."""
    tried = [*MENU.keys_of(state), BACK, HOME]
    return {key for key in tried if not step(MENU, state, key).rejected}


def asking(walked: Walk) -> list[State]:
    return [state for state in walked.states if not ends(state)]


# Every screen


def test_every_screen_is_reached(walked: Walk) -> None:
    assert {state.spot.screen for state in walked.states} == set(MENU.screens)


def test_every_screen_fits(walked: Walk) -> None:
    for state in walked.states:
        text = plain(state)
        assert is_basic(text), state.spot
        assert septets(text) <= (END if ends(state) else CON), (state.spot, text)
        assert septets(f"{HINT[state.language]}\n{text}") <= WITH_HINT or ends(state), state.spot


def test_at_most_seven_options_beside_more_back_and_home(walked: Walk) -> None:
    for state in walked.states:
        digits = [key for key in shown(plain(state)) if key not in ("0", "9", "00")]
        allowed = "12345678" if state.spot.screen.startswith("danger.") else "1234567"
        assert len(digits) <= 7 and set(digits) <= set(allowed), (state.spot, digits)


def test_every_key_that_is_shown_works_and_every_key_that_works_is_shown(walked: Walk) -> None:
    """`0` and `00` may work unseen where there is no room."""
    for state in walked.states:
        keys = shown(plain(state))
        assert len(keys) == len(set(keys)), (state.spot, keys)
        if ends(state):
            assert keys == [], state.spot
        else:
            works = working(state)
            assert set(keys) <= works, (state.spot, state.past, set(keys) - works)
            assert works - {"0", "00"} <= set(keys), (state.spot, works - set(keys))


def test_options_stand_in_the_order_of_their_keys(walked: Walk) -> None:
    for state in walked.states:
        digits = [key for key in shown(plain(state)) if key in "1234567"]
        assert digits == sorted(digits), (state.spot, digits)


def test_a_wrong_key_shows_the_same_screen_under_the_hint_and_loses_nothing(walked: Walk) -> None:
    for state in asking(walked):
        entry = MENU.screens[state.spot.screen].entry
        wrong = {*"123456789"} - set(MENU.keys_of(state)) if state.spot.screen != "status.ask" else set()
        for key in (*wrong, "", " ", *(() if entry else ("sena", "*", "\u00b2", "12"))):
            after = step(MENU, state, key)
            assert after.rejected and same(state, after), (state.spot, key)
            assert draw(MENU, after) == f"{HINT[state.language]}\n{plain(state)}"


def test_a_digit_typed_where_a_place_is_asked_is_no_place(walked: Walk) -> None:
    """It would end on a screen that says we know where."""
    for state in asking(walked):
        if state.spot.screen.startswith("where.") or state.spot.screen in ("danger.where", "danger.landmark"):
            assert step(MENU, state, "77").rejected, state.spot


def test_home_works_everywhere(walked: Walk) -> None:
    for state in asking(walked):
        home = step(MENU, state, HOME)
        assert home.spot == Spot("home") and home.past == () and home.service is None
        assert home.drafts == state.drafts


def test_back_returns_to_the_screen_before_with_all_answers(walked: Walk) -> None:
    for state in asking(walked):
        if state.spot.screen.startswith("danger.") or in_danger(state):
            continue
        after = step(MENU, state, BACK)
        if state.past:
            assert after.spot == state.past[-1] and after.past == state.past[:-1], state.spot
            assert after.drafts == state.drafts
        else:
            assert state.spot.screen in ("home", "resume") and after.rejected


def test_every_screen_but_the_first_ones_and_the_notices_offers_a_way_back_or_home(walked: Walk) -> None:
    """Two notices and the no-duty screen have no room for the line; `0` works there unseen."""
    without = {state.spot.screen for state in asking(walked) if not {"0", "00"} & set(shown(plain(state)))}
    without = {name for name in without if not name.startswith(("danger.", "where."))}
    assert without == {"home", "resume", "report.police", "report.child_self", "callme.no_duty"}


def test_in_danger_0_does_nothing_and_no_screen_offers_it(walked: Walk) -> None:
    for state in asking(walked):
        if state.spot.screen.startswith("danger.") or (state.spot.screen.startswith("where.") and in_danger(state)):
            assert "0" not in shown(plain(state)), state.spot
            after = step(MENU, state, BACK)
            assert after.rejected and same(state, after), state.spot


def test_danger_screens_let_her_say_it_was_a_mistake_and_take_that_back(walked: Walk) -> None:
    for state in asking(walked):
        if "8" in MENU.keys_of(state):
            after = step(MENU, state, "8")
            assert after.spot == Spot("danger.withdrawn") and after.draft["withdrawn"] == "1"
            still = step(MENU, after, "1")
            assert still.spot == state.spot and still.draft["withdrawn"] == ""
    danger = {state.spot.screen for state in walked.states if state.spot.screen.startswith("danger.")}
    with_mistake = {state.spot.screen for state in walked.states if "8" in shown(plain(state))}
    ending = {"danger.end", "danger.end_noplace", "danger.bye"}
    assert with_mistake == danger - ending - {"danger.again", "danger.withdrawn"}


def test_the_withdrawn_screen_says_nothing_of_what_officers_do(walked: Walk) -> None:
    (text,) = {plain(state) for state in walked.states if state.spot.screen == "danger.withdrawn"}
    assert not re.search("petugas|officer|110", text, re.IGNORECASE)


def test_shown_keys_lead_to_an_end_from_every_screen(walked: Walk) -> None:
    """By what a person can see; typed letters count where letters are asked for."""
    leads: dict[str, set[str]] = defaultdict(set)
    names = {str(state.spot) for state in walked.states if ends(state)}
    for before, key, after in walked.steps:
        if not after.rejected and (key in LETTERS or key in shown(plain(before))):
            leads[str(after.spot)].add(str(before.spot))
    waiting = list(names)
    while waiting:
        for before_spot in leads[waiting.pop()] - names:
            names.add(before_spot)
            waiting.append(before_spot)
    assert {str(state.spot) for state in walked.states} <= names


def test_every_end_tells_the_emergency_number_and_how_to_cover_the_track(walked: Walk) -> None:
    """A dialled code stays in the call list; and none of the last screens promises that somebody comes."""
    for state in walked.states:
        if ends(state):
            text = plain(state)
            assert "110" in text, text
            assert "daftar panggilan" in text or "call list" in text, text
            assert not re.search(r"segera datang|sedang menuju|on (the|their) way|will come", text), text


def test_an_end_of_a_service_shows_its_number(walked: Walk) -> None:
    for state in walked.states:
        if ends(state) and state.spot.screen not in ("danger.bye", "report.stopped"):
            assert RECEIPT in plain(state)


def test_with_alerts_stuck_the_danger_screens_say_that_nobody_is_reached(walked: Walk) -> None:
    for state in walked.states:
        if state.spot.screen in ("danger.where", "danger.again"):
            said = re.search("BELUM terhubung|NOT reached", plain(state)) is not None
            assert said is not state.reached


def test_nothing_of_what_was_entered_is_shown_again(walked: Walk) -> None:
    """Beside the place that was just typed, no screen tells an answer back: its text depends on its spot alone."""
    texts = defaultdict(set)
    for state in walked.states:
        if state.spot.screen != "report.end_call":
            texts[(state.spot, state.reached, in_danger(state))].add(plain(state))
    assert {len(found) for found in texts.values()} == {1}


# Places


@pytest.mark.parametrize("danger", [False, True])
def test_every_village_fits_on_every_place_screen(language: str, danger: bool) -> None:
    at = State(Spot("where.ask"), language, service="danger" if danger else "report")
    for village in VILLAGES:
        assert septets(draw(MENU, at.to("where.match", choices=(village.code,)))) <= CON
    words = {word for area in AREAS for word in [area.name.lower(), *area.name.lower().split()]}
    typed = {word[:length] for word in words for length in range(1, len(word) + 1)}
    for letters in sorted(typed):
        state: State = step(MENU, at, letters)
        while state.spot.screen == "where.which":
            text = draw(MENU, replace(state, rejected=False))
            assert is_basic(text) and septets(text) <= CON, text
            assert set(shown(text)) - {"0"} == set(MENU.keys_of(state)), text
            if "9" not in MENU.keys_of(state):
                break
            state = step(MENU, state, "9")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lists_of_kecamatan_name_those_of_the_district(language: str) -> None:
    at = State(Spot("where.kecamatan", choices=AREAS.kecamatans()), language, service="report")
    lines = [line for state in (at, step(MENU, at, "9")) for line in draw(MENU, state).split("\n")]
    assert [line[2:] for line in lines if line[:1] in set("12345")] == [AREAS.name(code) for code in AREAS.kecamatans()]


def test_another_district_lists_its_own_kecamatan_and_refuses_the_keys_it_has_not() -> None:
    few = replace(MENU, areas=Areas([area for area in AREAS if area.code.startswith(("64.01.01", "64.01.02"))]))
    at = step(few, State(Spot("where.ask"), "id", service="report"), "1")
    assert step(few, at, "2").spot.kecamatan == "64.01.02"
    assert step(few, at, "3").rejected and step(few, at, "9").rejected


def test_names_that_a_kecamatan_shares_with_its_kelurahan_are_told_apart() -> None:
    lines = press("3", "1", "1", "1", "kuaro").text.split("\n")
    assert "1 Kuaro" in lines and "2 Kuaro (Kec)" in lines


def test_what_nobody_finds_is_kept_for_a_human() -> None:
    turn = press("3", "1", "1", "1", "kampung atas")
    assert turn.screen == "where.none"
    assert turn.draft["place_typed"] == "kampung atas"
    assert press("3", "1", "1", "1", "kampung atas", "2").draft["place_typed"] == "kampung atas"
    found = press("3", "1", "1", "1", "kampung atas", "senaken", "1")
    assert (found.draft["place"], found.draft["place_typed"]) == ("64.01.04.2016", "")


def test_a_wrong_key_after_letters_that_were_not_found_keeps_them() -> None:
    assert press("3", "1", "1", "1", "kampung atas", "7").draft["place_typed"] == "kampung atas"


def test_letters_are_taken_on_every_place_screen() -> None:
    for way in (["1"], ["1", "9"], ["1", "4"], ["1", "4", "9"], ["krayan"], ["zzzz"], ["jone"]):
        turn = press("3", "1", "1", "1", *way, "senaken")
        assert turn.screen == "where.match" and "Senaken" in turn.text


# Answers counted from the dial

DIRECT_KINDS = ("1", "2", "4", "6", "7")


def test_danger_and_call_me_are_cases_with_the_first_answer() -> None:
    assert press("2").case == "d"
    assert press("1").case == "c"


@pytest.mark.parametrize("kind", DIRECT_KINDS)
@pytest.mark.parametrize("who", ["1", "4", "5", "6"])
def test_a_report_whose_village_is_typed_takes_eight_answers(who: str, kind: str) -> None:
    inputs = ["3", who, kind, "1", "senaken", "1", "1", "1"]
    assert len(inputs) == 8
    filed = press(*inputs)
    assert filed.screen == "report.end_none"
    assert (filed.draft["place"], filed.draft["contact"], filed.draft["confirmed"]) == ("64.01.04.2016", "none", "1")


def typed_report(village: str, name: str) -> list[str]:
    """The keys of a report whose village is typed in full, the choice among several included."""
    inputs = ["3", "1", "1", "1", name]
    turn = press(*inputs)
    assert turn.screen in ("where.match", "where.which"), (name, turn.screen)
    while turn.screen == "where.which":
        codes = find_places(name, AREAS)
        pages = inputs.count("9")
        listed = codes[pages * PAGE :][:PAGE]
        if village in listed:
            return [*inputs, str(listed.index(village) + 1), "1", "1"]
        inputs.append("9")
        turn = press(*inputs)
    return [*inputs, "1", "1", "1"]


def test_every_village_of_the_district_typed_in_full_takes_eight_answers() -> None:
    for village in VILLAGES:
        inputs = typed_report(village.code, village.name.lower())
        filed = press(*inputs)
        assert (filed.screen, filed.draft["place"]) == ("report.end_none", village.code)
        assert len(inputs) == 8, (village, inputs)


def paged_report(village: str) -> list[str]:
    kecamatans = AREAS.kecamatans()
    number = kecamatans.index(AREAS.kecamatan(village))
    page, key = divmod(number, 5)
    inputs = ["3", "1", "1", "1", "1", *["9"] * page, str(key + 1)]
    page, key = divmod(AREAS.villages(kecamatans[number]).index(village), PAGE)
    return [*inputs, *["9"] * page, str(key + 1), "1", "1"]


def test_every_village_of_the_district_is_found_by_paging_in_fourteen_answers_at_most() -> None:
    counts = {}
    for village in VILLAGES:
        inputs = paged_report(village.code)
        filed = press(*inputs)
        assert (filed.screen, filed.draft["place"]) == ("report.end_none", village.code)
        counts[village.name] = len(inputs)
    assert max(counts.values()) == 14


@pytest.mark.parametrize(
    ("inputs", "end"),
    [
        (["3", "3", "1", "1", "1", "senaken", "1", "1", "1"], "report.end_none"),  # a child: one notice
        (["3", "2", "1", "1", "1", "senaken", "1", "1", "1"], "report.end_none"),  # a child herself: one notice
        (["3", "1", "5", "1", "4", "1", "senaken", "1", "1", "1"], "report.end_none"),  # sexual: a notice, and when
        (["3", "2", "1", "5", "1", "4", "1", "senaken", "1", "1", "1"], "report.end_none"),  # both notices
        (["3", "1", "3", "2", "1", "senaken", "1", "1", "1"], "report.end_none"),  # controlled: how
        (["3", "1", "1", "1", "senaken", "1", "2", "1", "1", "1"], "report.end_call"),  # consent: whose phone, when
        (["3", "1", "1", "1", "senaken", "1", "3", "1", "1", "1"], "report.end_sms"),
        (["3", "1", "1", "1", "senaken", "1", "4", "1", "1", "1"], "report.end_call"),
    ],
)
def test_each_notice_and_each_consent_question_adds_one(inputs: list[str], end: str) -> None:
    assert press(*inputs).screen == end


# Danger


def test_danger_asks_place_landmark_call_who_what_in_this_order() -> None:
    way = ["2", "senaken", "1", "RT 3 dekat masjid", "1", "1", "1"]
    screens = [press(*way[:count]).screen for count in range(1, len(way) + 1)]
    asked = ["danger.where", "where.match", "danger.landmark", "danger.call", "danger.who", "danger.what", "danger.end"]
    assert screens == asked
    draft = press(*way).draft
    told = {"place": "64.01.04.2016", "landmark": "RT 3 dekat masjid", "call": "now", "who": "self", "what": "weapon"}
    assert told.items() <= draft.items()


def test_danger_with_neither_place_nor_leave_to_call_says_so() -> None:
    assert press("2", "2", "1", "2", "1", "1").screen == "danger.end_noplace"
    assert press("2", "2", "1", "1", "1", "1").screen == "danger.end"
    assert press("2", "2", "dekat pasar", "2", "1", "1").screen == "danger.end"


def test_a_second_press_joins_and_may_add_the_place() -> None:
    joined = {"joined": "1"}
    again = press("2", danger=joined)
    assert again.screen == "danger.again"
    assert press("2", "1", danger=joined).screen == "danger.where"
    assert press("2", "2", danger=joined).draft["call"] == "now"
    assert press("2", "3", danger=joined).screen == "danger.end_noplace"
    assert press("2", "3", danger=joined | {"placed": "1"}).screen == "danger.end"


def test_who_presses_2_again_after_a_mistake_means_it() -> None:
    turn = press("2", "8", "00", "2", danger={"joined": "1"})
    assert (turn.screen, turn.draft["withdrawn"]) == ("danger.again", "")


def test_a_report_that_becomes_a_danger_asks_what_it_has_not_asked() -> None:
    placed = ["3", "1", "1", "1", "senaken", "1", "1", "3"]
    assert press(*placed).screen == "danger.landmark"
    assert press(*placed, "1", "1").screen == "danger.end"
    unplaced = press("3", "1", "1", "1", "2", "1", "3")
    assert unplaced.screen == "danger.where"
    assert (unplaced.service, unplaced.case, unplaced.draft["now"]) == ("report", "r", "1")


def test_a_new_report_after_a_danger_is_asked_as_a_report_again() -> None:
    danger = ["3", "1", "1", "1", "2", "1", "3", "8", "00"]
    for way in (["3"], ["5", "1", "1", "1", "1", "3"]):
        turn = press(*danger, *way, "1", "1", "1")
        assert turn.screen == "where.ask"
        assert press(*danger, *way, "1", "1", "1", "2").screen == "report.contact"


# Call me


def test_call_me_asks_when_whose_phone_what_if_another_and_a_word() -> None:
    assert press("1", "2").screen == "callme.phone"
    assert press("1", "2", "1").screen == "callme.word"
    assert press("1", "2", "2").screen == "callme.other"
    filed = press("1", "2", "2", "1", "1")
    assert filed.screen == "callme.end"
    answers = {"when": "morning", "phone": "shared", "other_answers": "wrong_number", "word": "melati", "finished": "1"}
    assert filed.draft == answers


def test_call_me_now_is_not_offered_when_nobody_could_call() -> None:
    assert press("1", "1").screen == "callme.phone"
    assert press("1", "1", call_me={"duty": ""}).screen == "callme.no_duty"
    assert press("1", "1", "5", call_me={"duty": ""}).screen == "callme.end_none"
    assert press("1", "1", "4", call_me={"duty": ""}).screen == "danger.where"


def test_another_owner_of_the_phone_asks_again_who_may_answer() -> None:
    turn = press("1", "2", "2", "2", "0", "0", "3")
    assert turn.screen == "callme.other"
    assert "other_answers" not in turn.draft


# Report


def test_the_sexual_kind_is_not_kept_before_its_notice_is_answered() -> None:
    for who, notice in (("1", "report.police"), ("4", "report.police_other")):
        turn = press("3", who, "5")
        assert turn.screen == notice and "kinds" not in turn.draft
        stopped = press("3", who, "5", "3")
        assert stopped.screen == "report.stopped" and "kinds" not in stopped.draft
        asked = press("3", who, "5", "2")
        assert "kinds" not in asked.draft and asked.draft["ask_first"] == "1"
        assert press("3", who, "5", "1").draft["kinds"] == "sexual"


def test_a_child_is_told_first_that_it_is_passed_on() -> None:
    assert press("3", "2").screen == "report.child_self"
    assert press("3", "3").screen == "report.child"
    assert press("3", "2", "2").screen == "callme.phone"  # the phone may be a parent's
    assert press("3", "3", "2").screen == "callme.when"


def test_kinds_are_a_set_and_not_known_gives_way() -> None:
    assert press("3", "1", "1", "2", "2", "2", "1").draft["kinds"] == "hit,words"
    assert press("3", "1", "7", "2", "2").draft["kinds"] == "hit"
    assert press("3", "1", "2", "2", "7").draft["kinds"] == "hit"
    assert press("3", "1", "7").draft["kinds"] == "unknown"


def test_the_default_is_not_to_be_contacted_at_all() -> None:
    assert "contact" not in press("3", "1", "1", "1", "2").draft
    assert press("3", "1", "1", "1", "2", "1").draft["contact"] == "none"


@pytest.mark.parametrize("go_on", [["0", "0", "1"], ["00", "3", "4", "1", "1", "2", "1"], ["0", "0", "3"]])
def test_who_asked_to_be_called_first_and_changed_her_mind_is_not_called(go_on: list[str]) -> None:
    """Ask first, choose hours, come back, and go on another way: the leave to call goes with it."""
    turn = press("3", "1", "5", "2", "2", *go_on)
    left = {name: turn.draft[name] for name in ("ask_first", "when", "contact")}
    assert left == {"ask_first": "", "when": "", "contact": "none"}


def test_taking_back_the_contact_takes_back_the_hours() -> None:
    turn = press("3", "1", "1", "1", "2", "2", "1", "1", "0", "0", "0", "1")
    assert turn.screen == "report.confirm"
    assert {"contact": "none", "hours": "", "phone": ""}.items() <= turn.draft.items()


def test_a_report_changed_before_it_is_sent_is_the_same_case() -> None:
    way = ["3", "1", "1", "1", "2", "1"]
    changed = press(*way, "2", "4", "2", "1", "2", "1", "1")
    assert changed.screen == "report.end_none"
    assert (changed.case, changed.draft["who"]) == ("r", "woman")


# Taking up what a dropped line left

TELLS = re.compile(
    r"seksual|dihina|diancam|dipukul|dikekang|dikurung|nafkah|kekerasan|dewasa|\banak\b|perempuan|laki-laki|polisi"
    r"|korban|di bawah 18|sexual|insult|beaten|controlled|locked|violence|\bchild|woman|\bman\b|adult|police|victim",
    re.IGNORECASE,
)


@pytest.mark.parametrize("duty", ["1", ""])
def test_a_report_taken_up_never_opens_on_a_screen_that_tells_kind_or_person(language: str, duty: str) -> None:
    """From wherever the line dropped: another may hold the phone now. At most it asks "who" again."""
    for dropped, (way, facts) in paths(language, duty).items():
        turn = press("1", language=language, resume=Resume(way, facts, language))
        assert not turn.ends or dropped == turn.screen
        if turn.screen != "report.who" and not turn.ends:
            assert not TELLS.search(turn.text), (dropped, turn.screen)


def test_a_report_taken_up_goes_on_with_its_answers() -> None:
    way, facts = paths()["report.contact"]
    turn = press("1", resume=Resume(way, facts, "id"))
    assert (turn.screen, turn.case, turn.service) == ("report.contact", "r", "report")
    assert turn.draft["who"] == "self_adult"
    way, facts = paths()["report.police"]
    turn = press("1", "4", "1", "1", "2", "1", "1", resume=Resume(way, facts, "id"))
    assert (turn.screen, turn.case, turn.draft["who"]) == ("report.end_none", "r", "woman")


def test_a_report_left_for_a_lesson_is_taken_up_at_who() -> None:
    way = ("3", "1", "00", "5", "6")
    facts = {1: FACTS["report"], 4: FACTS["learned"]}
    assert press("1", resume=Resume(way, facts, "id")).screen == "report.who"


def test_starting_again_and_emergency_leave_the_old_report_alone() -> None:
    way, facts = paths()["where.ask"]
    resume = Resume(way, facts, "id")
    assert press("2", resume=resume).screen == "home"
    assert press("2", resume=resume).draft == {}
    assert press("3", resume=resume).screen == "danger.where"
    assert press("3", resume=resume).case == "d"


# Number, learning, services


@pytest.mark.parametrize(
    ("status", "screen"),
    [("received", "status.received"), ("handled", "status.handled"), ("unknown", "status.unknown")],
)
def test_a_number_looked_up_says_no_more_than_it_may(status: str, screen: str) -> None:
    turn = press("4", "23456789013", look_up={"status": status})
    assert turn.screen == screen
    assert not re.search("lapor|kasus|selesai|ditutup|petugas", turn.text, re.IGNORECASE)


def test_please_call_has_no_number_where_the_office_has_none() -> None:
    assert MENU.office == ""
    for language in LANGUAGES:
        text = press("4", "23456789013", language=language, look_up={"status": "please_call"}).text
        assert not re.search(r"\{|\d{4}", text)
    numbered = replace(MENU, office="0543-000000")
    state = State(Spot("status.please_call"), "id")
    assert "0543-000000" in draw(numbered, state)
    assert septets(draw(numbered, state)) <= CON


def test_call_me_from_a_number_names_that_number() -> None:
    turn = press("4", "2345 6789 013", "1", call_me={"case": "old"})
    assert (turn.screen, turn.case) == ("callme.when", "old")


def test_lessons_turn_round_and_round() -> None:
    first = press("5", "2").text
    assert press("5", "2", "9").text != first
    assert press("5", "2", *["9"] * len(MENU.lessons["words.id"])).text == first
    assert "9 Lagi" not in press("5", "9", "2").text  # one sentence only


@pytest.mark.parametrize("answers", ["111", "221", "232", "322", "333", "122"])
def test_a_yes_or_a_doubt_in_the_self_check_may_be_violence(answers: str) -> None:
    assert press("5", "1", *answers).screen == "check.yes"


def test_three_times_no_is_an_open_door() -> None:
    turn = press("5", "1", "2", "2", "2")
    assert turn.screen == "check.no"
    assert set(shown(turn.text)) == {"1", "2", "4", "0"}


@pytest.mark.parametrize("filled", [(), ("uptd",), ("health", "legal"), ("uptd", "health", "legal")])
def test_a_service_without_a_number_is_not_shown_and_numbers_have_no_gap(filled: tuple[str, ...]) -> None:
    menu = ussd_menu(AREAS, TEXTS, BUILT_IN)
    known = {name: number or ("0543-1234567" if name in filled else "") for name, number in menu.services.items()}
    menu = replace(menu, services=known)
    listed = [name for name, number in known.items() if number]
    for language in LANGUAGES:
        state = State(Spot("services.menu"), language, past=(Spot("home"),))
        text = draw(menu, state)
        assert septets(text) <= CON
        assert shown(text) == [*(str(key) for key in range(1, len(listed) + 1)), "0"]
        assert list(menu.keys_of(state)) == shown(text)[:-1]
        for key, name in enumerate(listed, start=1):
            (said,) = outcomes(menu, state, str(key))
            assert known[name] in draw(menu, said)
            assert septets(draw(menu, said)) <= CON


def test_only_numbers_that_were_found_are_in_the_district() -> None:
    assert {name: number for name, number in MENU.services.items() if number} == {
        "police": "110",
        "sapa": "129 / WA 08111-129-129",
    }


# MENU by SMS


def options(text: str) -> set[str]:
    """Digits offered within a sentence: `Balas 1 bila ...`."""
    return set(re.findall(r"(?<!\S)([1-9]) (?=[A-Za-z])", text))


def test_the_menu_by_sms_shows_its_keys_and_fits_one_sms(language: str) -> None:
    walked = text_walk(language)
    assert {state.spot.screen for state in walked.states} == set(TEXT_MENU.screens)
    for state in walked.states:
        text = draw(TEXT_MENU, replace(state, rejected=True))
        assert is_basic(text) and septets(text) <= 160
        assert options(text) == set(TEXT_MENU.keys_of(state)), state.spot
