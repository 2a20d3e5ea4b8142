"""Numbers as people, contact lists and carriers write them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.phones import is_e164, mask, normalise

BUDI = "+6281234567890"


@pytest.mark.parametrize(
    "written",
    [
        "081234567890",
        "6281234567890",
        "+6281234567890",
        "81234567890",
        " 6281234567890",  # a form's raw + decodes to a blank
        "  +62 812-3456-7890 ",
        "(0812) 3456.7890",
        "+62 (0)812 3456 7890",
        "006281234567890",
        " 081234567890",
        " 81234567890",  # a blank pasted with a number in national writing: not Japan
        "\u202a+62 812\u20113456\u20117890\u202c",  # pasted from a contact list: direction marks, long hyphens
        "+6281234567890\n",
        "0812\u00a03456\u00a07890",
    ],
)
def test_one_subscriber_in_many_writings(written: str) -> None:
    assert normalise(written) == BUDI


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+254711222333", "+254711222333"),
        (" 254711222333", "+254711222333"),
        ("+44 20 7946 0018", "+442079460018"),
        ("0543-21234", "+6254321234"),
        ("+6284912345678", "+6284912345678"),  # no prefix in use today: still somebody who called
    ],
)
def test_foreign_fixed_and_new_numbers(written: str, kept: str) -> None:
    assert normalise(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        *["", " ", "+", "110", "3636", "55555", "8080", "1500123", "62626", "+62", "+081234567890"],
        *["TELKOMSEL", "MTN", "BELI PERAK", "0800FLOWERS", "0812 3456 7890 ext 5", "tel:+6281234567890"],
        "23456789012",  # a receipt number
        "08123456789012345678901234567890",
        "٠٨١٢٣٤٥٦٧٨٩٠",
        "0812\x003456789",
        "254711222333",  # foreign, but nothing says so
    ],
)
def test_what_is_no_subscriber(written: str) -> None:
    assert normalise(written) is None


def test_another_region_reads_its_own_national_writing() -> None:
    assert normalise("0711222333", region="KE") == "+254711222333"


@given(st.text(max_size=80) | st.from_regex(r"[+ ]?[0-9 ()\-./]{0,30}", fullmatch=True))
def test_any_text_is_e164_or_nothing_and_stays_so(written: str) -> None:
    phone = normalise(written)
    if phone is not None:
        assert phone.startswith("+")
        assert phone[1:].isdecimal()
        assert normalise(phone) == phone
        assert is_e164(phone)


@given(st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)), st.from_regex(r"[0-9]{2,17}", fullmatch=True))
def test_a_number_of_any_country_is_written_as_e164(country: int, national: str) -> None:
    phone = normalise(f"+{country}{national}")
    assert phone is None or is_e164(phone)


@pytest.mark.parametrize("written", ["081234567890", "MTN", "", "+0812", "+6281234567890\n", "+62812345678901234567"])
def test_other_writings_are_not_e164(written: str) -> None:
    assert not is_e164(written)


@pytest.mark.parametrize(
    ("phone", "shown"), [(BUDI, "+6281*****890"), ("+254711222333", "+2547*****333"), ("MTN", "*****"), ("", "*****")]
)
def test_a_mask_shows_ends_only(phone: str, shown: str) -> None:
    assert mask(phone) == shown


@given(st.from_regex(r"\+628[0-9]{8,11}", fullmatch=True))
def test_a_mobile_number_as_carriers_write_it_is_what_phonenumbers_would_say(written: str) -> None:
    """These are taken as they come, for to parse one takes as long as a hop."""
    number = phonenumbers.parse(written, None)
    assert phonenumbers.is_possible_number(number)
    assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == normalise(written) == written
