"""The GSM alphabet and segment counts, held against smsutil, whose own flaws are named where they show."""

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from menus.gsm import (
    BASIC,
    EXTENSION,
    LOOK_ALIKES,
    encoding,
    is_basic,
    is_gsm,
    segments,
    septets,
    to_gsm,
)

GSM_TEXT = st.text(st.sampled_from(BASIC + EXTENSION), min_size=1, max_size=700)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"), min_size=1, max_size=400)


def test_the_alphabet_is_the_one_of_smsutil_without_the_escape_sign() -> None:
    assert len(set(BASIC)) == len(BASIC) == 127
    assert set(BASIC) | {"\x1b"} == set(smsutil.codecs.GSM_BASIC_CHARSET)
    assert set(EXTENSION) == set(smsutil.codecs.GSM_EXT_CHARSET)
    assert not is_gsm("\x1b")  # smsutil takes it


@given(GSM_TEXT)
def test_gsm_text_is_counted_as_smsutil_counts_it(text: str) -> None:
    split = smsutil.split(text)
    assert encoding(text) == "gsm"
    assert septets(text) == split.total_bytes
    assert segments(text) == len(split.parts)


@given(ANY_TEXT)
def test_any_text_takes_as_many_segments_as_smsutil_says(text: str) -> None:
    split = smsutil.split(text)
    assert encoding(text) == {"gsm0338": "gsm", "utf_16_be": "ucs2"}[split.encoding]
    assert segments(text) == len(split.parts)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 159 + "€", 2),
        ("a" * 158 + "€", 1),
        ("a" * 152 + "€" + "a" * 10, 2),  # the pair is not split: it starts the second part
        ("a" * 152 + "€" + "a" * 152, 3),  # 152, then the pair and 151, then one more
        ("ć" * 70, 1),
        ("ć" * 71, 2),
        ("ć" * 134, 2),
        ("ć" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("ć" * 66 + "😀" + "ć" * 10, 2),
    ],
)
def test_segments_at_their_edges(text: str, count: int) -> None:
    assert segments(text) == count


def test_an_empty_text_is_plain() -> None:
    assert encoding("") == "gsm"  # smsutil says utf_16_be
    assert septets("") == 0
    assert is_basic("") and is_gsm("")


def test_septets_names_the_character_it_cannot_count() -> None:
    with pytest.raises(ValueError, match=r"U\+2019"):
        septets("don\u2019t")


def test_extension_characters_are_gsm_and_not_basic() -> None:
    for character in EXTENSION:
        assert is_gsm(character) and not is_basic(character)
        assert septets(character) == 2


def test_typographic_signs_become_plain_ones() -> None:
    assert to_gsm("\u201cIbu\u2019s\u201d \u2013 ok\u2026\u00a0ya\t`x`") == "\"Ibu's\" - ok... ya 'x'"
    assert to_gsm("ruse\u0301") == "rus\u00e9"
    assert is_basic(to_gsm("ruse\u0301"))


@given(st.text(st.sampled_from([chr(sign) for sign in LOOK_ALIKES]), max_size=40))
def test_a_text_of_look_alikes_alone_is_basic_afterwards(text: str) -> None:
    assert is_basic(to_gsm(text))


@given(ANY_TEXT)
def test_plain_signs_stay_plain(text: str) -> None:
    assert to_gsm(to_gsm(text)) == to_gsm(text)
