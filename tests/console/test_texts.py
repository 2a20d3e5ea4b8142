"""Texts and cards: exactly what phones show, and eight cards on a sheet."""

from html import unescape

import pytest

from gateway.bootstrap import BUILT_IN_DISTRICT
from gateway.console import learn_words
from gateway.console.shown_texts import list_screens, list_sms_screens
from menus.map import describe
from tests.conftest import MakeOffice
from tests.console.desk import at_desk
from tests.office import Office


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_screen_stands_there_with_its_length(office: Office, language: str) -> None:
    text = unescape(at_desk(office).get(f"/texts?of={language}").text)
    for screen in describe(office.parts.ussd, language):
        assert str(screen["text"]) in text
        assert f'id="u-{screen["id"]}"' in text
        assert f"{screen['septets']} septet" in text


def test_sms_and_lessons_stand_there_too(office: Office) -> None:
    desk = at_desk(office, role="admin").get("/texts")
    assert "sms.officer.alert" in desk.words
    for sentences in [some for name, some in office.parts.desk.lessons.items() if name.endswith(".id")]:
        assert all(sentence in desk.words for sentence in sentences)


def test_a_number_nobody_has_is_said_to_be_none(office: Office) -> None:
    words = at_desk(office).get("/texts").words
    assert "Kode dial nomor belum ada" in words
    assert "Polisi 110" in words


def test_a_page_can_not_be_changed(office: Office) -> None:
    text = at_desk(office).get("/texts").text
    assert "<textarea" not in text
    assert "contenteditable" not in text


@pytest.mark.parametrize("query", ["", "?of=en", "?for=cadre", "?for=nobody&of=xx"])
def test_eight_cards_lie_on_a_sheet_and_one_of_them_is_read_aloud(office: Office, query: str) -> None:
    desk = at_desk(office).get(f"/cards{query}")
    assert desk.status == 200
    assert desk.words.count("nomor belum ada") >= 8
    cards = desk.text.partition('class="cards"')[2]
    assert cards.count('<li aria-hidden="true">') == 7


def test_cards_bear_the_code_and_the_words_of_the_phones(make_office: MakeOffice) -> None:
    office = make_office(AT_SERVICE_CODE="*123*45#")
    desk = at_desk(office).get("/cards")
    assert desk.words.count("*123*45#") == 8
    assert "nomor belum ada" not in desk.words
    for line in office.parts.desk.texts.raw("home", "id").split("\n")[1:]:
        assert desk.words.count(line) == 8
    cadre = desk.get("/cards?for=cadre").words
    for word in ("LAPOR FIS SENAKEN", "SULUH", "DAMPING 7K3Q", "BERHENTI", "1 Puskesmas", "FIS Fisik"):
        assert word in cadre


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_screen_and_topic_has_its_words(office: Office, language: str) -> None:
    screens = [*list_screens(BUILT_IN_DISTRICT, language), *list_sms_screens(BUILT_IN_DISTRICT, language)]
    assert {one.name.partition(":")[0] for one in screens} == set(learn_words.SCREENS)
    topics = {name.removesuffix(f".{language}") for name in office.parts.desk.lessons if name.endswith(f".{language}")}
    assert topics <= set(learn_words.TOPICS)


def test_no_code_of_a_screen_or_topic_is_left_on_the_page(office: Office) -> None:
    desk = at_desk(office).get("/texts")
    assert "Bahaya: di mana" in desk.words
    assert "Tempat: daftar desa, Tanah Grogot, 2" in desk.words
    for code in ("danger.where", "learn.sentence", "where.village", "trafficking"):
        assert code not in desk.words
