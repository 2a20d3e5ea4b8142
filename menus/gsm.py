"""The GSM 7-bit default alphabet (3GPP TS 23.038): what fits a phone's screen and one SMS."""

import unicodedata

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
"""Two septets each, and not every phone or operator shows them: never in our own texts."""

_BASIC, _EXTENSION = frozenset(BASIC), frozenset(EXTENSION)

SINGLE, PART = 160, 153
"""Septets in one SMS, and in each part of a longer one."""
SINGLE_UCS2, PART_UCS2 = 70, 67

LOOK_ALIKES = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2026": "...",
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\t": " ",
        "`": "'",
        "\u00b4": "'",
        "\u2022": "-",
    }
)


def to_gsm(text: str) -> str:
    """The text composed (NFC) and with typographic signs as plain ones; each of them alone would halve an SMS."""
    return unicodedata.normalize("NFC", text).translate(LOOK_ALIKES)


def is_gsm(text: str) -> bool:
    return all(c in _BASIC or c in _EXTENSION for c in text)


def is_basic(text: str) -> bool:
    """Whether every character is one septet on every phone."""
    return all(c in _BASIC for c in text)


def septets(text: str) -> int:
    """Length in septets. Raises ValueError for a character outside the alphabet."""
    length = 0
    for c in text:
        if c in _BASIC:
            length += 1
        elif c in _EXTENSION:
            length += 2
        else:
            raise ValueError(f"U+{ord(c):04X} is not in the GSM alphabet")
    return length


def encoding(text: str) -> str:
    """`gsm` or `ucs2`: how a carrier has to send it."""
    return "gsm" if is_gsm(text) else "ucs2"


def segments(text: str) -> int:
    """How many SMS the text takes; an empty text takes one. A pair of units is never split between two parts."""
    if is_gsm(text):
        return _parts([2 if c in _EXTENSION else 1 for c in text], SINGLE, PART)
    return _parts([2 if ord(c) > 0xFFFF else 1 for c in text], SINGLE_UCS2, PART_UCS2)


def _parts(widths: list[int], single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > part:
            count, used = count + 1, 0
        used += width
    return count
