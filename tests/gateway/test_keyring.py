"""Sealed columns: what opens where, what a thief of the file learns from lengths, and key files that are refused."""

import base64
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import keyring
from gateway.keyring import BUCKET, KeyFileError, Keyring, Randomness, SealError


def write_keys(path: Path, **changes: object) -> Path:
    book = {
        "active": 1,
        "master": {"1": base64.b64encode(b"1" * 32).decode()},
        "index": base64.b64encode(b"i" * 32).decode(),
    }
    path.write_text(json.dumps(book | changes))
    path.chmod(0o600)
    return path


def ring(*kids: int, active: int = 1) -> Keyring:
    return Keyring({kid: bytes([kid]) * 32 for kid in kids or (1,)}, active, b"i" * 32)


RING = ring()


# Key files


def test_a_generated_file_is_the_owners_alone_and_opens(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    old = os.umask(0)
    try:
        keyring.generate(path)
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    sealed = Keyring.load(path).seal("officer.name", "1", b"Ani")
    assert Keyring.load(path).open("officer.name", "1", sealed) == b"Ani"


def test_two_generated_files_share_nothing(tmp_path: Path) -> None:
    keyring.generate(tmp_path / "one")
    keyring.generate(tmp_path / "two")
    one, two = Keyring.load(tmp_path / "one"), Keyring.load(tmp_path / "two")
    assert one.index("phone", "+6281") != two.index("phone", "+6281")
    with pytest.raises(SealError):
        two.open("officer.name", "1", one.seal("officer.name", "1", b"Ani"))


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    keyring.generate(tmp_path / "keys")
    before = (tmp_path / "keys").read_bytes()
    with pytest.raises(FileExistsError):
        keyring.generate(tmp_path / "keys")
    assert (tmp_path / "keys").read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o601])
def test_a_file_that_others_can_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = write_keys(tmp_path / "keys")
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        Keyring.load(path)


def test_a_missing_file_is_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="beliperak keys generate"):
        Keyring.load(tmp_path / "nowhere")


SHORT = base64.b64encode(b"1" * 31).decode()
WHOLE = base64.b64encode(b"1" * 32).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"master": {"1": SHORT}},
        {"index": SHORT},
        {"active": 2},
        {"active": "x"},
        {"master": {}},
        {"master": {"0": WHOLE}, "active": 0},
        {"master": {"256": WHOLE}, "active": 256},
        {"master": {"one": WHOLE}},
        {"master": {"1": "not base64!"}},
        {"master": {"1": None}},
        {"master": [WHOLE]},
        {"index": 7},
    ],
)
def test_a_file_with_unfit_keys_is_refused_in_one_line_without_them(tmp_path: Path, changes: dict[str, object]) -> None:
    path = write_keys(tmp_path / "keys", **changes)
    with pytest.raises(KeyFileError) as caught:
        Keyring.load(path)
    assert "\n" not in str(caught.value)
    assert SHORT not in str(caught.value)
    assert WHOLE not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"master": 1}'])
def test_a_file_that_is_no_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="not a Beli Perak key file"):
        Keyring.load(path)


def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    with pytest.raises(KeyFileError):
        Keyring.load(folder)


# Sealing


@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=20))
def test_what_is_sealed_opens_again(text: bytes, place: str, row: str) -> None:
    assert RING.open(place, row, RING.seal(place, row, text)) == text


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_lengths_tell_only_the_bucket(one: bytes, other: bytes) -> None:
    def bucket(text: bytes) -> int:
        return -(-(len(text) + 4) // BUCKET)

    same = len(RING.seal("a.b", "1", one)) == len(RING.seal("a.b", "1", other))
    assert same == (bucket(one) == bucket(other))


def test_yes_and_no_and_nothing_look_alike() -> None:
    assert len({len(RING.seal("a.b", "1", text)) for text in (b"", b"ya", b"tidak", b"x" * 60)}) == 1


def test_equal_texts_have_different_ciphertexts() -> None:
    assert len({RING.seal("a.b", "1", b"same") for _ in range(50)}) == 50


@pytest.mark.parametrize(("place", "row"), [("officer.phone", "1"), ("officer.name", "2"), ("cadre.name", "1")])
def test_a_ciphertext_moved_to_another_column_or_row_does_not_open(place: str, row: str) -> None:
    sealed = RING.seal("officer.name", "1", b"Ani")
    with pytest.raises(SealError):
        RING.open(place, row, sealed)


@given(st.integers(min_value=0, max_value=2000), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_does_not_open(position: int, flip: int) -> None:
    sealed = bytearray(RING.seal("a.b", "1", b"Ani"))
    sealed[position % len(sealed)] ^= flip
    with pytest.raises(SealError):
        RING.open("a.b", "1", bytes(sealed))


@given(st.binary(max_size=120))
def test_what_was_never_sealed_does_not_open(junk: bytes) -> None:
    with pytest.raises(SealError):
        RING.open("a.b", "1", junk)
    with pytest.raises(SealError):
        RING.new_case_key("c")[0].open("a.b", "1", junk)


def test_a_fault_says_nothing() -> None:
    with pytest.raises(SealError) as caught:
        RING.open("officer.name", "1", b"\x01\x01 secret bytes" * 10)
    assert str(caught.value) == ""


# Cases


def test_a_cases_texts_open_with_its_key_only() -> None:
    mine, _ = RING.new_case_key("mine")
    other, _ = RING.new_case_key("other")
    sealed = mine.seal("case_file.details", "mine", b"secret")
    assert mine.open("case_file.details", "mine", sealed) == b"secret"
    for wrong in (
        lambda: other.open("case_file.details", "mine", sealed),
        lambda: mine.open("case_file.details", "other", sealed),
        lambda: mine.open("case_event.body", "mine", sealed),
        lambda: RING.open("case_file.details", "mine", sealed),
    ):
        with pytest.raises(SealError):
            wrong()  # type: ignore[no-untyped-call]


def test_a_wrapped_key_opens_for_its_own_case_only() -> None:
    key, wrapped = RING.new_case_key("mine")
    assert RING.case_key("mine", wrapped).secret == key.secret
    with pytest.raises(SealError):
        RING.case_key("other", wrapped)
    with pytest.raises(SealError):
        RING.open("case_file.wrapped_key", "mine", wrapped)


def test_an_erased_case_opens_no_more() -> None:
    key, wrapped = RING.new_case_key("mine")
    RING.case_key("mine", wrapped)
    RING.forget()
    with pytest.raises(SealError):
        RING.case_key("mine", None)
    assert key.secret not in wrapped


def test_keys_do_not_show_in_repr() -> None:
    key, _ = RING.new_case_key("mine")
    assert repr(key) == "CaseKey(case_id='mine')"


# Rotation


def test_after_rotation_old_rows_open_and_new_ones_carry_the_new_key() -> None:
    old = ring(1)
    sealed, (_, wrapped) = old.seal("a.b", "1", b"old"), old.new_case_key("c")
    both = ring(1, 2, active=2)
    assert both.open("a.b", "1", sealed) == b"old"
    assert both.case_key("c", wrapped).case_id == "c"
    fresh = both.seal("a.b", "1", b"new")
    assert fresh[:2] == bytes((1, 2))
    with pytest.raises(SealError):
        old.open("a.b", "1", fresh)
    assert both.audit_mac("c", b"x") == old.audit_mac("c", b"x")


# Finding


def test_the_same_phone_is_found_again_and_each_kind_has_its_own_key() -> None:
    assert RING.index("phone", "+6281") == ring().index("phone", "+6281")
    assert len({RING.index(kind, "+6281") for kind in keyring.INDEXED}) == len(keyring.INDEXED)
    assert len(RING.index("phone", "+6281")) == 32


def test_values_are_kept_apart_and_any_text_can_be_indexed() -> None:
    assert RING.index("text", "ab", "c") != RING.index("text", "a", "bc")
    assert len(RING.index("text", "\ud800 lone surrogate")) == 32


def test_the_chain_keeps_its_parts_apart() -> None:
    assert RING.audit_mac("c", b"ab", b"c") != RING.audit_mac("c", b"a", b"bc")
    assert RING.audit_mac("c", b"a") != RING.audit_mac("d", b"a")
    assert RING.audit_mac("c", b"", b"a") != RING.audit_mac("c", b"a")


def test_no_nonce_is_ever_drawn_twice_by_no_thread_and_no_child() -> None:
    drawn = Randomness()
    with ThreadPoolExecutor(4) as threads:
        here = list(threads.map(lambda _: drawn.take(12), range(4 * Randomness.AT_ONCE // 12)))
    here.append(drawn.take(12))
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(sending, b"".join(drawn.take(12) for _ in range(100)))
        os._exit(0)
    os.waitpid(child, 0)
    there = os.read(receiving, 1200)
    os.close(receiving)
    os.close(sending)
    everything = [*here, *(drawn.take(12) for _ in range(100)), *(there[at : at + 12] for at in range(0, 1200, 12))]
    assert all(len(one) == 12 for one in everything)
    assert len(set(everything)) == len(everything)
