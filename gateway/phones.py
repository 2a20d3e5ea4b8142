"""Telephone numbers as people and carriers write them, and as we keep them: E.164 (`+6281234567890`)."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult

LONGEST_INPUT = 64
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
_E164 = re.compile(r"\+[1-9][0-9]{4,18}\Z", re.ASCII)
"""A country code and a number. ITU-T E.164 allows fifteen digits in all; phonenumbers knows of some with nineteen."""
_ID_MOBILE = re.compile(r"\+628[0-9]{8,11}\Z", re.ASCII)
"""What nearly every caller of ours has, as the carrier writes it: phonenumbers says the same in 50 us (a test asks)."""
_WRITTEN = re.compile(r"\+?[0-9 ().\-/]+\Z", re.ASCII)


def normalise(raw: str, region: str = "ID") -> str | None:
    """E.164 of `raw`, or None when it is no subscriber's number (short code, name, nonsense). Total.

    A number in national writing (`0812...`, `812...`, `62812...`) belongs to `region`. Numbers need only have a
    possible length: a prefix opened last week must not shut its callers out. Without `+`, trunk 0 or country code
    a number must look like a mobile one, or short codes and receipt numbers would pass.
    """
    return _normalised(raw[:LONGEST_INPUT], region)


@lru_cache(maxsize=4096)
def _normalised(raw: str, region: str) -> str | None:
    """Remembered: who presses a key has just pressed another, and to parse a number is a third of a hop's work."""
    if _ID_MOBILE.match(raw):
        return raw
    written = _plain(raw)
    if not _WRITTEN.match(written.strip()):
        return None
    digits = re.sub(r"[^0-9]", "", written)
    if written.lstrip().startswith("+"):
        return _international(digits)
    was_plus = written[0] == " " and written[1:].isdigit()  # a form's raw `+` decodes to a blank
    return _national(digits, region) or (_international(digits) if was_plus else None)


def is_e164(phone: str) -> bool:
    """Whether it is written as `normalise` writes numbers. Whose it may be was asked when it came in."""
    return bool(_E164.match(phone))


def mask(phone: str) -> str:
    """Enough to recognise a number one already knows: `+6281*****890`. Anything shorter shows nothing."""
    return f"{phone[:5]}*****{phone[-3:]}" if len(phone) >= 11 else "*****"


def _plain(raw: str) -> str:
    """ASCII blanks and hyphens for their typographic kin, no invisible marks: contacts get pasted from anywhere."""
    if raw.isascii():
        return raw
    kinds = {"Cf": "", "Zs": " ", "Pd": "-"}
    return "".join(kinds.get(unicodedata.category(character), character) for character in raw)


def _international(digits: str) -> str | None:
    return _e164("+" + digits, None)


def _national(digits: str, region: str) -> str | None:
    country = str(phonenumbers.country_code_for_region(region))
    if digits.startswith("00" + country):
        return _international(digits[2:])
    return _e164(digits, region, only_mobile=not digits.startswith(("0", country)))


def _e164(written: str, region: str | None, *, only_mobile: bool = False) -> str | None:
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    if only_mobile and phonenumbers.number_type(number) not in _MOBILE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
