"""The key file's copy in words: what was read out and typed comes back, and a slip is named by its line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.key_file import KeyBook, KeyFileError, from_words, to_words


@given(raw=st.binary(max_size=300))
def test_words_come_back(raw: bytes) -> None:
    assert from_words(to_words(raw)) == raw


def test_a_book_comes_back_from_its_words_however_often_it_grew() -> None:
    book = KeyBook.fresh()
    for _ in range(3):
        assert KeyBook.from_bytes(from_words(to_words(book.to_bytes()))) == book
        book = book.grown()


def test_words_can_be_spoken_and_two_copies_share_none_but_by_chance() -> None:
    one, two = (to_words(KeyBook.fresh().to_bytes()) for _ in range(2))
    words = [word for line in one for word in line.split()[1:]]
    assert len(words) == 8 * len(one)
    assert all(word.isalpha() and len(word) == 5 for word in words)
    assert len(set(words) & {word for line in two for word in line.split()[1:]}) < 4


def test_capitals_and_blanks_do_not_matter() -> None:
    lines = to_words(b"secret")
    assert from_words(["", *(f"  {line.upper()}  " for line in lines), "\n"]) == b"secret"


BOOK = KeyBook({1: bytes(range(32))}, 1, (b"i" * 32,))
LINES = to_words(BOOK.to_bytes())


def swapped(lines: list[str]) -> list[str]:
    return [lines[1], lines[0], *lines[2:]]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([], "line 1 is missing"),
        (LINES[:-1], f"line {len(LINES)} is missing"),
        (swapped(LINES), "line 1 was not copied rightly"),
        ([LINES[0], LINES[1].replace("a", "o", 1), *LINES[2:]], "line 2 was not copied rightly"),
        ([LINES[0], LINES[1][:-6], *LINES[2:]], "line 2 was not copied rightly"),
        ([LINES[0] + " babab", *LINES[1:]], "line 1 was not copied rightly"),
        (["1 " + " ".join(["xxxxx"] * 8)], "line 1 was not copied rightly"),
        (["nothing of the kind"], "line 1 was not copied rightly"),
    ],
)
def test_a_slip_is_named_by_its_line(lines: list[str], complaint: str) -> None:
    with pytest.raises(KeyFileError, match=f"^{complaint}$"):
        from_words(lines)


@pytest.mark.parametrize(
    "raw", [b"", b"\x01", b"\x01\x01\x01" + b"k" * 40, b"\x02" + BOOK.to_bytes()[1:], b"\x01\x05\x00"]
)
def test_words_that_hold_something_else_make_no_file(raw: bytes) -> None:
    with pytest.raises(KeyFileError, match="hold no keys"):
        KeyBook.from_bytes(raw)


def test_a_file_with_one_index_key_looks_as_it_always_did_and_a_grown_one_is_read(tmp_path: Path) -> None:
    BOOK.create(tmp_path / "keys")
    assert isinstance(json.loads((tmp_path / "keys").read_text())["index"], str)
    grown = BOOK.grown()
    grown.replace(tmp_path / "keys")
    assert KeyBook.load(tmp_path / "keys") == grown
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys"], "no draft with the keys in it stays behind"


def test_a_full_book_does_not_grow() -> None:
    full = KeyBook({kid: bytes(32) for kid in range(1, 256)}, 255, (bytes(32),))
    with pytest.raises(KeyFileError, match="full"):
        full.grown()


def test_nobody_sees_keys_in_a_traceback() -> None:
    assert "\\x01\\x02" not in repr(BOOK)
    assert "iiii" not in repr(BOOK)
