"""What keyed answers mean for a case: later answers win, the same ones change nothing, silence permits nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.casework.drafts import DANGERS, KINDS, merge
from gateway.details import Contact, Details
from models.triage import triage
from models.vocabulary import Age, ContactMode, Form
from tests.office import MORNING

FRESH = Details(receipt="23456789013", phone="+6281100000001")
HALF_HOUR = timedelta(minutes=30)

WORDS = {
    "kinds": ["hit", "words", "sexual", "controlled", "hit,sexual", "unknown", "words,unknown", "nonsense"],
    "control": ["confined", "other"],
    "what": [*DANGERS, "other"],
    "who": ["self", "self_adult", "self_child", "child", "woman", "man", "other"],
    "place": ["64.01.04.2016", "64.01.04"],
    "place_typed": ["dekat kali"],
    "landmark": ["masjid biru"],
    "now": ["1", "0"],
    "withdrawn": ["1", ""],
    "call": ["now", "no", "send"],
    "contact": ["none", "sms", "call", "both"],
    "hours": ["morning", "any"],
    "when": ["now", "none", "midday"],
    "phone": ["own", "shared", "other"],
    "other_answers": ["wrong_number", "may_talk"],
    "word": ["mangga", "none"],
    "notice": ["yes"],
    "cadre": ["yes", "no"],
    "sexual_when": ["3", "5", "longer"],
}
drafts = st.fixed_dictionaries({}, optional={name: st.sampled_from(words) for name, words in WORDS.items()})
services = st.sampled_from(["danger", "call_me", "report"])


def after(service: str, **draft: str) -> Details:
    return merge(FRESH, service, draft)


@given(services, drafts)
def test_the_same_answers_again_change_nothing(service: str, draft: dict[str, str]) -> None:
    once = merge(FRESH, service, draft)
    assert merge(once, service, draft) == once


@given(services, drafts)
def test_details_survive_sealing(service: str, draft: dict[str, str]) -> None:
    found = merge(FRESH, service, draft)
    assert Details.from_bytes(found.to_bytes()) == found


@given(st.sampled_from(["danger", "report"]), drafts)
def test_without_an_answer_about_contact_nobody_may_call_or_write(service: str, draft: dict[str, str]) -> None:
    for name in ("call", "contact", "when", "ask_first"):
        draft.pop(name, None)
    contact = merge(FRESH, service, draft).contact
    assert contact.mode is ContactMode.NONE
    assert not contact.sms
    assert not contact.may_call(MORNING, MORNING)


@given(drafts)
def test_a_danger_call_stays_p1_whatever_is_answered_and_withdrawn(draft: dict[str, str]) -> None:
    found = merge(FRESH, "danger", draft)
    assert triage(found.signs) == "P1"
    assert found.withdrawn == (draft.get("withdrawn") == "1")


@given(drafts, drafts)
def test_what_was_known_is_not_lost_by_a_later_silence(first: dict[str, str], second: dict[str, str]) -> None:
    once = merge(FRESH, "report", first)
    found = merge(once, "report", {name: value for name, value in second.items() if name not in first})
    for name in ("area_code", "landmark", "place_typed", "notice", "sexual_when"):
        assert getattr(found, name) == getattr(once, name) or getattr(once, name) is None
    if "kinds" in first:
        assert set(once.forms) <= set(found.forms) | {"KTR", "TTU"}


@pytest.mark.parametrize("kind", KINDS)
def test_each_plain_choice_has_its_form(kind: str) -> None:
    assert after("report", kinds=kind).forms == (KINDS[kind],)


@pytest.mark.parametrize(
    ("draft", "forms"),
    [
        ({"kinds": "words,hit"}, ("PSI", "FIS")),
        ({"kinds": "unknown,hit"}, ("FIS",)),
        ({"kinds": "controlled", "control": "confined"}, ("SKP",)),
        ({"what": "weapon"}, ("ANC",)),
        ({"kinds": "hit", "what": "hit"}, ("FIS",)),
        ({"kinds": "gibberish"}, ()),
    ],
)
def test_several_choices_together(draft: dict[str, str], forms: tuple[str, ...]) -> None:
    assert merge(FRESH, "report", draft).forms == forms


@pytest.mark.parametrize(
    ("service", "who", "age"),
    [
        ("report", "self_adult", Age.ADULT),
        ("report", "self_child", Age.CHILD),
        ("report", "child", Age.CHILD),
        ("danger", "self", Age.UNKNOWN),
        ("danger", "child", Age.CHILD),
        ("danger", "other", Age.UNKNOWN),
    ],
)
def test_who_says_how_old(service: str, who: str, age: Age) -> None:
    assert after(service, who=who).age is age


def test_a_child_or_a_sexual_form_is_p2_and_danger_now_p1() -> None:
    assert triage(after("report", who="child").signs) == "P2"
    assert triage(after("report", kinds="sexual").signs) == "P2"
    assert triage(after("report", kinds="hit").signs) == "P3"
    assert triage(after("report", kinds="hit", now="1").signs) == "P1"


# Contact


@pytest.mark.parametrize(
    ("service", "draft", "mode", "hours", "once"),
    [
        ("report", {"contact": "sms"}, "sms", None, False),
        ("report", {"contact": "both", "hours": "morning"}, "both", "morning", False),
        ("report", {"contact": "none", "hours": "morning"}, "none", None, False),
        ("call_me", {}, "call", None, True),
        ("call_me", {"when": "now"}, "call", None, True),
        ("call_me", {"when": "midday"}, "call", "midday", False),
        ("call_me", {"when": "none"}, "none", None, False),
        ("danger", {"call": "now"}, "call", None, True),
        ("danger", {"call": "no"}, "none", None, False),
        ("danger", {"call": "send"}, "none", None, False),
    ],
)
def test_what_she_allows(service: str, draft: dict[str, str], mode: str, hours: str | None, once: bool) -> None:
    contact = merge(FRESH, service, draft).contact
    assert (contact.mode, contact.hours, contact.once) == (mode, hours, once)


def test_a_later_no_takes_an_earlier_yes_back() -> None:
    allowed = after("danger", call="now")
    assert merge(allowed, "danger", {"call": "no"}).contact.mode is ContactMode.NONE
    assert merge(after("report", contact="both"), "report", {"contact": "none"}).contact.mode is ContactMode.NONE


def test_one_call_is_allowed_for_half_an_hour_of_the_last_key() -> None:
    contact = after("call_me").contact
    assert contact.may_call(MORNING + HALF_HOUR - timedelta(seconds=1), MORNING)
    assert not contact.may_call(MORNING + HALF_HOUR, MORNING)


def test_when_somebody_else_answered_nobody_calls() -> None:
    blocked = Contact(ContactMode.BOTH, blocked=True)
    assert not blocked.may_call(MORNING, MORNING)
    assert blocked.sms


def test_the_code_word_and_whose_phone_it_is_are_kept() -> None:
    contact = after("call_me", phone="shared", other_answers="wrong_number", word="mangga").contact
    assert (contact.owner, contact.other_answers, contact.word) == ("shared", "wrong_number", "mangga")
    assert after("call_me", word="none").contact.word is None


def test_without_sms_leaves_the_leave_to_call() -> None:
    assert Contact(ContactMode.BOTH).without_sms().mode is ContactMode.CALL
    assert Contact(ContactMode.SMS).without_sms().mode is ContactMode.NONE
    assert Contact(ContactMode.CALL).without_sms().mode is ContactMode.CALL


def test_details_show_nobodys_phone_in_repr() -> None:
    assert "+6281100000001" not in repr(FRESH)


def test_a_form_of_a_text_stays_when_keys_say_nothing() -> None:
    told = Details(receipt="23456789013", forms=(Form.PRK,))
    assert merge(told, "call_me", {"when": "midday"}).forms == ("PRK",)
