"""Fixed words and their numbers: codes, receipts, references, menu digits, and the first word of a text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from menus.reading import clean
from menus.words import Token
from models.vocabulary import Intent

RECEIPT = re.compile(r"(?:\d[ -]{0,2}){10}\d")
SIX = re.compile(r"(?<!\d)(\d{3})[ -]?(\d{3})(?!\d)")
DIGITS = re.compile(r"\d{1,2}(?:[ ,#*.;/]{1,3}\d{1,2}){0,19}[ ,#*.;/]{0,3}")
PHONE = re.compile(r"(?:0|62|8)\d{7,12}")
EMERGENCY_NUMBERS = frozenset({"110", "112", "119", "129"})
REFERENCE_LENGTH = 4

KEYWORDS = {
    "report": "LAPOR",
    "emergencyword": "DARURAT",
    "plea": "TOLONG",
    "phonecall": "TELEPON",
    "receipt": "RESI",
    "info": "INFO",
    "menuword": "MENU",
    "stopword": "BERHENTI",
    "register": "DAFTAR",
    "outreach": "SULUH",
    "accompany": "DAMPING",
    "takeword": "AMBIL",
    "password": "OPER",
    "done": "SUDAH",
    "done2": "SELESAI",
    "caseword": "KASUS",
    "dutyword": "PIKET",
    "presentword": "HADIR",
    "homeword": "PULANG",
    "acceptword": "TERIMA",
    "refuseword": "TOLAK",
    "neg": "TIDAK",
}
EXACT = {"stop": "BERHENTI", "tulung": "TOLONG", "telpon": "TELEPON", "telp": "TELEPON"}
OFFICERS = {"AMBIL", "OPER", "SUDAH", "SELESAI", "KASUS", "PIKET", "HADIR", "PULANG"}
AGENCIES = {"TERIMA", "TOLAK", "SELESAI"}
STAND_ALONE = {"AMBIL", "OPER", "KASUS", "PIKET", "HADIR", "PULANG"}
WITH_CODE = {"AMBIL", "OPER", "SUDAH", "TERIMA", "TOLAK", "SELESAI"}


@dataclass(frozen=True, slots=True)
class Keyword:
    word: str
    exact: bool


def read_plain(cleaned: str, sender: str) -> dict[str, Any] | None:
    """A text of numbers only: menu digits, a six-digit code, a receipt. None when there is more in it."""
    body = cleaned.strip(" .,;#*/!")
    if not body:
        return {"intent": Intent.UNCLEAR}
    if any(c.isalpha() for c in body):
        return None
    number = "".join(c for c in body if c.isdigit())
    if DIGITS.fullmatch(body) and "." not in body[1:3] and len(number) < 6:
        return {"intent": Intent.UNCLEAR, "digits": " ".join(re.findall(r"\d+", body))}
    if len(number) == 6 and SIX.fullmatch(body):
        meant = {"officer": Intent.OFFICER, "agency": Intent.AGENCY}.get(sender, Intent.UNCLEAR)
        return {"intent": meant, "code": number}
    if len(number) == 11 and RECEIPT.fullmatch(body):
        return {"intent": Intent.STATUS, "receipt": number}
    return {"intent": Intent.UNCLEAR} if number else None


def is_stray_number(text: str) -> bool:
    """A number and nothing else, of no use as it is: most likely a mistyped answer, code or receipt.

    Not a phone (somebody is to be called there), and not the number of police or ambulance, which is a cry for help.
    """
    body = clean(text).strip(" .,;#*/!+")
    number = "".join(c for c in body if c.isdigit())
    if not number or any(c.isalpha() for c in body):
        return False
    return number not in EMERGENCY_NUMBERS and not PHONE.fullmatch(number)


def find_keyword(tokens: Sequence[Token]) -> Keyword | None:
    """The first word when it is, or nearly is, one of the words of INTERFACES."""
    first = tokens[0]
    for tag, word in KEYWORDS.items():
        if first.has(tag):
            exact = first.raw.upper() == word or EXACT.get(first.raw) == word
            return Keyword(word, exact)
    return None


def read_command(keyword: Keyword | None, tokens: Sequence[Token], cleaned: str, sender: str) -> dict[str, Any] | None:
    """Officers' and agencies' words, RESI, MENU, DAFTAR, DAMPING, bare keywords; None when the text tells a story."""
    if keyword is None:
        return None
    word = keyword.word
    base = {"keyword": word, "keyword_exact": keyword.exact}
    rest = cleaned[len(tokens[0].raw) :]
    if word in OFFICERS | AGENCIES:
        return _handling(base, word, tokens, rest, sender)
    if word == "RESI":
        return {**base, "intent": Intent.STATUS, "receipt": find_receipt(cleaned)}
    if word == "DAMPING":
        reference = find_reference(tokens, cleaned, keyword)
        return {**base, "intent": Intent.ACCOMPANY, "reference": reference} if reference or len(tokens) == 1 else None
    if word == "TIDAK" and len(tokens) == 1:
        meant = {"officer": Intent.OFFICER, "agency": Intent.AGENCY}.get(sender, Intent.UNCLEAR)
        return {**base, "intent": meant}
    if len(tokens) == 1:
        return _alone(base, word, tokens[0])
    if word == "DAFTAR" and not any(t.has("ord", "spam", "form", "kdrt", "presentword") for t in tokens[1:]):
        return {**base, "intent": Intent.REGISTER}
    return None


def _alone(base: dict[str, Any], word: str, token: Token) -> dict[str, Any] | None:
    meant = {
        "MENU": Intent.MENU,
        "DAFTAR": Intent.REGISTER,
        "TELEPON": Intent.CALLBACK,
        "INFO": Intent.INFO,
    }.get(word)
    if word == "BERHENTI":
        meant = Intent.STOP if base["keyword_exact"] or token.raw in {"unreg", "unsubscribe"} else Intent.UNCLEAR
    return {**base, "intent": meant} if meant else None


def _handling(
    base: dict[str, Any], word: str, tokens: Sequence[Token], rest: str, sender: str
) -> dict[str, Any] | None:
    """AMBIL 482913, SELESAI 7K3Q, HADIR: from anybody; the phone decides what it may do. Sentences are not commands."""
    found = SIX.search(rest)
    code = found[1] + found[2] if found else None
    words = rest.split()
    only_reference = sender == "officer" and word in {"AMBIL", "SUDAH"} and len(words) == 1
    named = word in {"SELESAI", "OPER"} or only_reference
    reference = _reference(words) if named and not code else None
    meant = Intent.AGENCY if word in {"TERIMA", "TOLAK"} or sender == "agency" else Intent.OFFICER
    if word == "SELESAI" and not base["keyword_exact"]:
        return None
    staff = sender in {"officer", "agency"}
    if code or reference:
        return {**base, "intent": meant, "code": code, "reference": reference} if len(tokens) <= 6 else None
    if len(tokens) == 1 and (staff or word in STAND_ALONE) and base["keyword_exact"]:
        return {**base, "intent": meant}
    duty = len(tokens) == 2 and tokens[1].has("dutyword", "self") and word in {"HADIR", "PULANG", "KASUS"}
    if duty and base["keyword_exact"]:
        return {**base, "intent": meant}
    return {**base, "intent": meant} if staff and len(tokens) <= 3 and word in OFFICERS - WITH_CODE else None


def _reference(words: Sequence[str]) -> str | None:
    """A case number among the words: four letters and digits, both, with or without `BP-`."""
    for word in words:
        body = word.strip(".,;:!?#*")
        body = body[2:].lstrip("-") if body.startswith("bp") and len(body) > 4 else body
        mixed = any(c.isdigit() for c in body) and any(c.isalpha() for c in body)
        if len(body) == REFERENCE_LENGTH and body.isascii() and body.isalnum() and mixed:
            return body.upper()
    return None


def find_reference(tokens: Sequence[Token], cleaned: str, keyword: Keyword | None) -> str | None:
    """The case number a text asks about; a word like `9thn` is none."""
    words = [t.raw for t in tokens if t.has("code")]
    found = _reference(words)
    if found or not any(t.has("status", "codeword", "accompany") for t in tokens):
        return found
    return _reference(cleaned.replace("bp ", "bp-").split())


def find_receipt(cleaned: str) -> str | None:
    """Eleven digits in whatever groups."""
    found = RECEIPT.search(cleaned)
    return "".join(c for c in found[0] if c.isdigit()) if found else None


def names_person(tokens: Sequence[Token]) -> bool:
    """Whether the text seems to name somebody: pak Amat, bu Siti, bernama, a.n."""
    for position, (token, after) in enumerate(pairwise(tokens)):
        unknown = not after.tags or not after.sure
        if token.raw in CALLED and unknown:
            return True
        if not token.has("voc") or after.brk or not after.raw.isalpha() or len(after.raw) < 3:
            continue
        whose = position > 0 and tokens[position - 1].has("person") and after.tags <= {"filler", "ord", "name"}
        if (unknown and not after.has("person", "verb")) or whose:
            return True
    return False


CALLED = frozenset({"bernama", "namanya", "nama", "an", "sdr", "sdri"})
