"""The words themselves: the same keys and inserts in both languages, none unused or missing, what they never say."""

import ast
import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from menus.gsm import is_basic
from menus.lexicon import BUILT_IN
from menus.wording import FOLDER, LANGUAGES, Texts
from tests.menus.walks import MENU, TEXT_MENU, TEXTS, press

HOUSE = Path(__file__).parent.parent.parent
KEYS = TEXTS.keys()
LESSONS = list(csv.DictReader((BUILT_IN / "learn.csv").read_text("utf-8").splitlines()))
UNCLEARED = {"E13", "E22"}
"""A jurist and a clinician have to clear these (DOMAIN section 5)."""
WAITING = {
    # Texts of rules that another issue adds: rota, countdown, health referral, digests, alarms, late referrals.
    "sms.officer.suspended",
}


def inserts(text: str) -> list[str]:
    return re.findall(r"\{(\w*)\}", text)


# Keys


def test_both_languages_have_the_same_keys() -> None:
    assert set(TEXTS.keys("id")) == set(TEXTS.keys("en"))


def test_no_text_is_empty_or_has_loose_blanks() -> None:
    for language in LANGUAGES:
        for key in KEYS:
            text = TEXTS.raw(key, language)
            assert text.strip() == text != "", key
            assert "  " not in text and " \n" not in text and "\n " not in text, key


def test_texts_are_in_the_basic_alphabet() -> None:
    for language in LANGUAGES:
        for key in KEYS:
            assert is_basic(re.sub(r"[{}]", "", TEXTS.raw(key, language))), key


def test_both_languages_have_the_same_inserts_each_once() -> None:
    """An insert that stands twice shows one value twice: baru 3, terlambat 3. A code may serve two words."""
    for key in KEYS:
        one, other = (inserts(TEXTS.raw(key, language)) for language in LANGUAGES)
        assert sorted(one) == sorted(other), key
        assert [name for name, count in Counter(one).items() if count > 1 and name != "code"] == [], key


def constants() -> Iterator[str | re.Pattern[str]]:
    """Every string in the sources, and every f-string as the pattern of what it may become."""
    for package in ("gateway", "menus"):
        for path in (HOUSE / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                elif isinstance(node, ast.JoinedStr):
                    parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
                    if isinstance(parts[0], str) and "." in parts[0]:
                        yield re.compile("".join(r"\w+" if part is None else re.escape(str(part)) for part in parts))


CONSTANTS = list(constants())
STRINGS = {constant for constant in CONSTANTS if isinstance(constant, str)}
PATTERNS = [constant for constant in CONSTANTS if isinstance(constant, re.Pattern)]
SCREENS = {**MENU.screens, **TEXT_MENU.screens}
VARIANTS = {f"{name}{ending}" for name in SCREENS for ending in ("_more", "_late")}


def is_used(key: str) -> bool:
    return key in STRINGS or key in VARIANTS or any(pattern.fullmatch(key) for pattern in PATTERNS)


def test_every_text_is_used() -> None:
    unused = {key for key in KEYS if not is_used(key)}
    assert unused - WAITING == set()


def test_texts_that_wait_for_their_rule_are_taken_off_the_list_when_it_comes() -> None:
    assert {key for key in WAITING if is_used(key)} == set()
    assert set(KEYS) >= WAITING


def test_every_text_that_the_sources_name_is_there() -> None:
    named = {string for string in STRINGS if re.fullmatch(r"sms\.[a-z]+\.\w+|(error|where|danger)\.[a-z_]+", string)}
    assert {key for key in named if not any(known.startswith(key) for known in KEYS)} == set()


def test_every_screen_has_its_words() -> None:
    for name, screen in SCREENS.items():
        assert name in KEYS or screen.text, name


def test_a_missing_text_or_insert_is_an_error_not_a_blank() -> None:
    with pytest.raises(KeyError):
        TEXTS.render("nowhere", "id")
    with pytest.raises(KeyError):
        TEXTS.render("danger.end", "id")


def test_a_folder_without_its_books_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"staff\.toml"):
        Texts.load(tmp_path)


def test_numbers_and_tables_in_a_book_are_no_texts(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.toml"):
        (tmp_path / path.name).write_text("version = 1\n[a.b]\nc = 'd'\n")
    assert Texts.load(tmp_path).keys() == ["a.b.c"]


# What the words never say


def said(group: str) -> str:
    words = [TEXTS.raw(key, language) for language in LANGUAGES for key in KEYS if key.startswith(group)]
    return "\n".join(words).lower()


def test_the_self_check_never_says_that_this_is_no_violence() -> None:
    for key in ("check.yes", "check.no"):
        for language in LANGUAGES:
            text = TEXTS.raw(key, language).lower()
            assert not re.search(r"bukan kekerasan|tidak ada kekerasan|aman|not violence|no violence|safe|fine\b", text)
    assert not re.search("kekerasan|violence", TEXTS.raw("check.no", "id") + TEXTS.raw("check.no", "en"))


def test_no_screen_promises_that_somebody_comes_or_calls() -> None:
    """`berusaha`, we try; never `akan`, we shall. What we shall not do may be promised."""
    for group in ("danger", "callme", "report"):
        assert not re.search(
            r"akan (datang|menelepon|tiba)|pasti|segera datang|we will (call|come)|on (its|the) way", said(group)
        )


def test_no_screen_promises_anonymity_or_a_penalty() -> None:
    words = said("") + "\n".join(row["id"] + row["en"] for row in LESSONS).lower()
    assert not re.search(r"anonim|anonym|\btahun penjara|\bprison|\bjail|\bdenda\b|damai saja|mediasi", words)


def test_nobody_is_called_an_offender_outside_the_lessons() -> None:
    assert not re.search(r"\bpelaku\b|\btersangka\b|offender|perpetrator|suspect", said(""))


def test_no_screen_leads_to_a_number_nobody_has_confirmed() -> None:
    """112 is not known to answer in Paser."""
    assert not re.search(r"(?<!\d)112(?!\d)", said(""))


def test_no_sms_asks_what_happened() -> None:
    assert not re.search(r"apa yang terjadi|what happened", said("sms."))


# Lessons


def test_the_sentences_nobody_has_cleared_are_left_out() -> None:
    codes = [row["code"] for row in LESSONS]
    assert set(codes) == {f"E{number:02}" for number in range(1, 31)} - UNCLEARED
    assert len(codes) == len(set(codes))


def test_a_sentence_with_a_statistic_tells_its_source_and_year() -> None:
    for row in LESSONS:
        for language in LANGUAGES:
            if re.search(r"(dari|in|of) \d+ ", row[language]):
                assert re.search(r"\((SPHPN|SNPHAR) 20\d\d\)", row[language]), row["code"]


def test_no_sentence_begins_like_an_option() -> None:
    """`1 dari 4 perempuan` on a line of its own looks like a key."""
    for row in LESSONS:
        for language in LANGUAGES:
            assert not re.match(r"\d ", row[language]), row["code"]


def test_every_sentence_has_both_languages_and_its_ground() -> None:
    for row in LESSONS:
        assert row["id"] and row["en"] and row["basis"] and row["topic"], row["code"]


def test_every_sentence_and_its_ground_is_in_the_documents() -> None:
    page = (HOUSE / "docs" / "learn.md").read_text("utf-8")
    for row in LESSONS:
        assert f"| {row['code']} | {row['topic']} | {row['id']} | {row['basis']} |" in page, row["code"]


def test_words_control_and_neglect_come_before_blows_and_the_internet_on_the_same_screen() -> None:
    for key, topic in zip("234567", ("words", "control", "neglect", "body", "sexual", "online"), strict=True):
        assert press("5", key).text.startswith(MENU.lessons[f"{topic}.id"][0])
    assert TEXTS.raw("report.kind", "id").split("\n")[1] == "1 Dihina/diancam"
