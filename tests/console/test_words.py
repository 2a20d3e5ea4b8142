"""The two languages of console and practice: nothing untranslated, the catalogue in step, the closed lists whole."""

import io
from enum import StrEnum
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from gateway.casework import duties, ladder
from gateway.console import case_words, wording
from gateway.console.acting import VERBS
from gateway.console.table import TABLE
from models import lifecycle, vocabulary
from tests.console.desk import at_desk
from tests.office import Office
from tests.test_house import HOUSE

CONSOLE = HOUSE / "gateway/console"
CATALOGUE = CONSOLE / "translations/en/LC_MESSAGES/messages.po"


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def used() -> set[Any]:
    kinds = [
        ("**.py", "python"),
        ("templates/**.html", "jinja2"),
        ("stories.toml", "gateway.simulator.stories:extract"),
    ]
    folders = (CONSOLE, HOUSE / "gateway/simulator")
    return {message for folder in folders for _, _, message, _, _ in extract_from_dir(folder, kinds)}


def test_every_text_has_its_english_and_no_english_is_left_over() -> None:
    known = {message.id: message for message in catalogue() if message.id}
    assert set(known) == used(), "run: make words"
    for message in known.values():
        assert all(message.string if isinstance(message.id, tuple) else [message.string]), message.id
        assert not message.fuzzy, message.id
        assert list(message.check()) == []


def test_the_compiled_catalogue_is_in_step() -> None:
    fresh = io.BytesIO()
    write_mo(fresh, catalogue())
    compiled = io.BytesIO(CATALOGUE.with_suffix(".mo").read_bytes())
    fresh.seek(0)
    ours, theirs = read_mo(fresh), read_mo(compiled)
    assert [(m.id, m.string) for m in ours if m.id] == [(m.id, m.string) for m in theirs if m.id], "run: make words"


def test_english_knows_one_from_many() -> None:
    assert catalogue().plural_expr == "(n != 1)"


@pytest.mark.parametrize(
    ("words", "members"),
    [
        (wording.STATUS, vocabulary.CaseStatus),
        (wording.PRIORITY, vocabulary.Priority),
        (wording.CHANNEL, vocabulary.Channel),
        (wording.REPORTER, vocabulary.Reporter),
        (wording.ROLE, vocabulary.OfficerRole),
        (case_words.MODES, vocabulary.ContactMode),
        (case_words.AGES, vocabulary.Age),
        (case_words.SEXES, vocabulary.Sex),
        (case_words.PURPOSES, vocabulary.Purpose),
        (case_words.RECIPIENTS, vocabulary.Recipient),
        (case_words.DELIVERY, vocabulary.MessageStatus),
    ],
)
def test_every_member_of_a_list_has_its_word(words: dict[str, Any], members: type[StrEnum]) -> None:
    assert set(words) == set(members)


def test_every_rule_duty_and_verb_has_its_word() -> None:
    assert set(ladder.TABLE) | {"undelivered"} == set(case_words.RULES)
    assert {duties.HEALTH, duties.POLICE, duties.JUDGE} == case_words.VEILED_RULES
    assert set(duties.WITHIN) == set(case_words.DUTIES)
    assert set(case_words.VERBS) == set(VERBS)
    assert lifecycle.VERBS - set(VERBS) <= {"confirm", "sweep"}


def test_every_place_in_the_navigation_has_its_word() -> None:
    assert {page.menu for page in TABLE if page.menu} == set(wording.MENU)


def test_the_switch_turns_the_pages_english_for_this_session(office: Office) -> None:
    desk = at_desk(office).get("/account").post("/account/language", language="en").follow()
    assert "Your account" in desk.words
    assert '<html lang="en"' in desk.text
    assert "Not taken" in desk.get("/queue").words
    assert "Belum diambil" in at_desk(office, "budi").get("/queue").words


def test_the_log_in_page_can_be_read_in_english_first(office: Office) -> None:
    desk = at_desk(office).get("/account").post("/log-out").get("/log-in?language=en")
    assert "Password" in desk.words
    desk.post("/log-in", login="ani", password="sandi-yang-panjang", language="en")
    assert "Your account" in desk.get("/account").words
