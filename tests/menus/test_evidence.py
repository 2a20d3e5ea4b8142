"""The learnt opinion and how it is joined with the rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.learn_reading import Example, as_rows, learn
from menus.evidence import features, opinion_of
from menus.intent import Evidence
from menus.judgement import ALARM, CASES, SAFE, judge, without_general
from menus.keywords import parse, story_of
from menus.lexicon import Lexicon
from menus.weights import Model, Opinion, likelihood
from models.vocabulary import Intent

LEXICON = Lexicon.load()
STORY = "ibu itu tiap hari dimaki suaminya di dapur"
IDLE = "jadwal posyandu besok pagi di balai desa jam delapan"


def story(text: str) -> Evidence:
    seen = story_of(text, LEXICON)
    assert seen is not None
    return seen


def test_nothing_written_is_no_story() -> None:
    assert story_of("", LEXICON) is None


@given(st.text(max_size=300))
def test_any_text_has_an_opinion_between_nothing_and_certainty(text: str) -> None:
    seen = story_of(text, LEXICON)
    if seen is None:
        return
    opinion = opinion_of(seen, LEXICON.model)
    assert all(0 <= p <= 1 for p in (opinion.urgent, *opinion.intents.values(), *opinion.forms.values()))


def test_without_weights_the_rules_decide_alone() -> None:
    seen = story(STORY)
    assert opinion_of(seen, Model()) == Opinion()
    assert judge(seen, Opinion()).intent in CASES


def test_a_model_reads_its_own_rows() -> None:
    model = Model([("=", "case urgent FIS"), ("*", "a0b-40c0"), ("r suami", "a99b10c-20")])
    opinion = model.weigh({"r suami"})
    assert opinion.intents == {"case": 1.0}
    assert opinion.urgent < 0.5
    assert set(opinion.forms) == {"FIS"}
    assert model.weigh(()).urgent == likelihood(-2.0)


def test_place_names_and_numbers_teach_nothing() -> None:
    assert features(story("suami marah terus di senaken jam 8")) == features(story("suami marah terus di jone jam 7"))


def test_what_may_be_a_case_is_never_idle_talk() -> None:
    perhaps = Opinion(0.0, {"chatter": 0.7, "case": 0.3}, {})
    assert judge(story(IDLE), perhaps).intent in SAFE
    assert judge(story(IDLE), Opinion(0.0, {"chatter": 0.99, "case": 0.01}, {})).intent is Intent.CHATTER


def test_danger_by_the_opinion_alone_is_an_alarm_unless_told_of_as_over() -> None:
    danger = Opinion(ALARM + 0.05, {"case": 0.9}, {})
    assert judge(story(STORY), danger).urgent
    assert not judge(story("dulu " + STORY), danger).urgent


def test_a_denied_form_is_not_read_back_in() -> None:
    sure = Opinion(0.0, {"case": 0.9}, {"FIS": 0.9, "PSI": 0.9})
    assert "FIS" not in judge(story("istri tidak pernah dipukul tapi tiap hari dihina suami"), sure).forms


@pytest.mark.parametrize(
    ("forms", "kept"),
    [(["SEK", "PRK"], ["PRK"]), (["HAS", "CLK"], ["CLK"]), (["TTU", "FIS"], ["FIS"]), (["TTU"], ["TTU"])],
)
def test_a_general_form_goes_beside_a_special_one(forms: list[str], kept: list[str]) -> None:
    assert without_general(forms) == kept


@pytest.mark.parametrize(
    "text",
    [
        "dia sudah di depan pintu bawa kayu, saya di dalam kamar mandi",
        "leherku dipegang terus, aku lari ke kebun, dia nyari pakai senter",
        "sopirnya ngunci pintu, belok ke jalan sawit, tolong",
    ],
)
def test_danger_without_a_word_of_violence_is_seen(text: str) -> None:
    assert parse(text, LEXICON).urgent


def test_learning_is_repeatable_and_tells_two_kinds_apart() -> None:
    texts = [(STORY, "report"), (IDLE, "chatter")] * 10
    examples = [
        Example({"intent": intent, "forms": "", "urgent": "0", "note": ""}, story(text), ()) for text, intent in texts
    ]
    rows = as_rows(learn(examples))
    assert rows == as_rows(learn(examples))
    model = Model(rows)
    assert opinion_of(story(STORY), model).intents["case"] > opinion_of(story(IDLE), model).intents["case"]
