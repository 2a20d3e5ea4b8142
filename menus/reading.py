"""Clean a stranger's text and cut it into tokens. Total: any text of any length, in any alphabet, is readable.

Cut to 480 characters before and after NFKC (one character can become eighteen). White space becomes a blank before
control characters go, so that a tab never glues a keyword to its code.
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 480

LOOK_ALIKES = str.maketrans(
    "\u2018\u2019\u201a\u201b\u2032\u02bc`\u00b4\u201c\u201d\u201e\u2033\u2010\u2011\u2012\u2013\u2014\u2212"
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0432\u043c\u043d\u0442\u043a\u03bf\u03b1\u0131",
    "''''''''\"\"\"\"------aeopcxyijbmhtkoai",
)
"""Curly quotes, dashes and letters of other alphabets that look like ours."""

TOKEN = re.compile(
    r"64\.01(?:\.\d\d){1,2}\d{0,2}|\d\d\.\d{4}(?!\d)|\d{1,2}[.:]\d\d(?!\d)|\d{1,2}[-/]\d{1,2}(?!\d)|[a-z0-9]+|[^\sa-z0-9]"
)
"""A short village number, a clock time, a date or score, a word, a mark. No nested quantifiers: linear."""

BREAKS = frozenset(",.;!?\n:")


def clean(text: str) -> str:
    """The text as plain small letters, digits and marks, one blank between words, at most 480 characters."""
    if text.isascii() and text.isprintable():  # nearly every SMS: nothing below would change more than this
        return " ".join(text[:LONGEST].lower().translate(LOOK_ALIKES).split())
    cut = unicodedata.normalize("NFKC", _drop_broken(text[:LONGEST]))[:LONGEST]
    cut = "".join(_plain(char) for char in cut)
    letters = unicodedata.normalize("NFD", cut.lower().translate(LOOK_ALIKES))
    letters = "".join(char for char in letters if unicodedata.category(char) != "Mn")
    return " ".join(letters.split())[:LONGEST]


def _drop_broken(text: str) -> str:
    return "".join(char for char in text if not "\ud800" <= char <= "\udfff")


def _plain(char: str) -> str:
    """One character as we keep it: digits of any script as ASCII, white space as a blank, unseen ones dropped."""
    if char.isascii() and char.isprintable():
        return char
    if char.isspace():
        return " "
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    return "" if category in {"Cc", "Cf", "Cs", "Co", "Cn"} else char


@dataclass(frozen=True, slots=True)
class Raw:
    """A word as typed; `brk` when a mark that ends a clause stands before it, `hyphen` when it hangs on the last."""

    text: str
    brk: bool = False
    hyphen: bool = False


def raw_tokens(cleaned: str) -> list[Raw]:
    """The words and numbers of a cleaned text in order, marks turned into breaks."""
    found: list[Raw] = []
    brk = hyphen = False
    for text in TOKEN.findall(cleaned):
        if text[0].isascii() and text[0].isalnum():
            found.append(Raw(text, brk, hyphen))
            brk = hyphen = False
        elif text in BREAKS:
            brk = True
        else:
            hyphen = text == "-"
    return found
