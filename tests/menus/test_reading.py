"""A stranger's text, cleaned: any length, any alphabet, never an exception."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menus.reading import LONGEST, clean, raw_tokens


def words(text: str) -> list[str]:
    return [raw.text for raw in raw_tokens(clean(text))]


@pytest.mark.parametrize(
    "text",
    [
        "LAPOR FISIK senaken",
        "ＬＡＰＯＲ　ＦＩＳＩＫ　ｓｅｎａｋｅｎ",
        "lapor\tfisik\u00a0senaken",
        "lapor\r\nfisik\u2028senaken",
        "lapor\u200b fi\u00adsik sena\ufeffken",
        "\x00lapor fisik\x07 senaken\ud800",
        "l\u0430p\u043er fisik s\u0435naken",
        "lápór fisik senaken",
        "lapor  fisik   senaken",
        "lapor,fisik#senaken",
        "lapor*fisik;senaken",
        "lapor/fisik.senaken",
    ],
)
def test_what_looks_alike_reads_alike(text: str) -> None:
    assert words(text) == ["lapor", "fisik", "senaken"]


@pytest.mark.parametrize("digits", ["482913", "٤٨٢٩١٣", "۴۸۲۹۱۳", "４８２９１３", "४८२९१३"])
def test_digits_of_any_script_are_digits(digits: str) -> None:
    assert clean(f"AMBIL {digits}") == "ambil 482913"


def test_superscripts_and_fractions_are_no_trouble() -> None:
    assert clean("²½") == "21⁄2"
    assert words("²½") == ["21", "2"]


def test_curly_quotes_and_dashes_become_plain() -> None:
    assert clean("\u2018ya\u2019 \u201cya\u201d \u2013") == "'ya' \"ya\" -"


def test_the_text_is_cut_before_and_after_it_grows() -> None:
    assert len(clean("\ufdfa" * 100_000)) <= LONGEST
    assert len(clean("a" * 100_000)) == LONGEST


def test_numbers_keep_their_marks_where_they_mean_something() -> None:
    assert words("04.2013 64.01.04.2015 21.00 12-03 3-0 35rb") == [
        "04.2013",
        "64.01.04.2015",
        "21.00",
        "12-03",
        "3-0",
        "35rb",
    ]


def test_marks_that_end_a_clause_are_remembered() -> None:
    assert [raw.brk for raw in raw_tokens("satu, dua tiga. empat")] == [False, True, False, True]
    assert [raw.hyphen for raw in raw_tokens("laki-laki")] == [False, True]


@given(st.text(max_size=600))
def test_any_text_is_cleaned(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= LONGEST
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in cleaned)
    cleaned.encode()


@given(st.text(max_size=600))
def test_cleaning_twice_changes_nothing_that_is_read(text: str) -> None:
    assert words(clean(text)) == words(text) or len(text) > LONGEST // 2


@given(st.text(alphabet="ab1.-/,: ", max_size=480))
def test_tokens_hold_every_letter_and_digit(text: str) -> None:
    kept = "".join(c for c in clean(text) if c.isalnum())
    assert "".join(c for raw in raw_tokens(clean(text)) for c in raw.text if c.isalnum()) == kept
