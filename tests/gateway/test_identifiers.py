"""Made names: ordered ids, references for twelve keys, receipts with a check digit, codes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway import identifiers
from gateway.phones import normalise
from menus.neutrality import find_faults

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def test_ids_are_32_hex_digits_ordered_by_time_and_never_alike() -> None:
    ids = [identifiers.new_id(NOW + timedelta(milliseconds=number)) for number in range(500)]
    assert ids == sorted(ids)
    assert all(len(row) == 32 and int(row, 16) >= 0 for row in ids)
    assert len({identifiers.new_id(NOW) for _ in range(2000)}) == 2000


def test_a_reference_has_a_letter_and_a_digit_and_none_that_are_mistaken() -> None:
    found = [identifiers.new_reference(length) for length in (4, 5) for _ in range(500)]
    assert not set("".join(found)) & set("01OIL")
    assert all(any(c.isdigit() for c in row) and any(c.isalpha() for c in row) for row in found)
    assert {len(row) for row in found} == {4, 5}


def test_a_reference_is_found_however_it_is_written() -> None:
    assert {identifiers.plain_reference(written) for written in ("BP-7K3Q", "bp-7k3q", "BP7K3Q", " 7k3q")} == {"7K3Q"}


def test_a_reference_that_itself_begins_with_bp_is_whole() -> None:
    assert {identifiers.plain_reference(written) for written in ("BP-BPM6", "BPM6", "BPBPM6")} == {"BPM6"}


def test_a_receipt_is_valid_and_no_phone_number() -> None:
    for _ in range(500):
        receipt = identifiers.new_receipt()
        assert identifiers.is_receipt(receipt)
        assert receipt[0] in "234567"
        assert normalise(receipt) is None


def test_a_receipt_is_shown_in_groups_of_4_4_3() -> None:
    assert identifiers.grouped("23456789013") == "2345 6789 013"


@given(st.text(max_size=14))
def test_what_is_no_receipt_is_refused_and_never_raises(text: str) -> None:
    assert identifiers.is_receipt(text) in (True, False)
    assert not identifiers.is_receipt("²" * 11)
    assert not identifiers.is_receipt("٢٣٤٥٦٧٨٩٠١٢")


@given(st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(position: int, shift: int) -> None:
    receipt = identifiers.new_receipt()
    wrong = str((int(receipt[position]) + shift) % 10)
    assert not identifiers.is_receipt(receipt[:position] + wrong + receipt[position + 1 :])


@given(st.integers(0, 9))
def test_two_neighbours_swapped_are_noticed(position: int) -> None:
    receipt = identifiers.new_receipt()
    one, other = receipt[position], receipt[position + 1]
    swapped = receipt[:position] + other + one + receipt[position + 2 :]
    assert identifiers.is_receipt(swapped) == (one == other)


def test_a_code_has_six_digits_and_never_six_alike() -> None:
    found = [identifiers.new_code() for _ in range(3000)]
    assert all(len(code) == 6 and code.isdigit() and len(set(code)) > 1 for code in found)
    assert len(set(found)) > 2900
    assert any(code.startswith("0") for code in found)


def test_tokens_differ() -> None:
    assert len({identifiers.new_token() for _ in range(100)}) == 100


def test_no_reference_spells_what_no_sms_may_say() -> None:
    """Some of 810,000 would: PPA7, RT4C. It is read out by voice and stands in every alert."""
    assert find_faults("officer", "k", "BP PPA3")
    assert not any(find_faults("officer", "k", f"BP {identifiers.new_reference()}") for _ in range(3000))
