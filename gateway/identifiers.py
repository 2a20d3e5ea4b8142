"""Names that are made, not found: row ids, case references, receipts, one-time codes. Randomness from the system."""

import secrets
from datetime import UTC, datetime
from itertools import count

from stdnum import damm

from menus.neutrality import find_faults

REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0/O, 1/I/L: a reference is read out by voice and typed on twelve keys."""


SHORTEST_REFERENCE = 4


_COUNT = count()


def new_id(now: datetime) -> str:
    """32 hex digits: 48 bits of milliseconds, 16 that count, 64 random. Made without asking the database.

    Ordered by time, and within a millisecond in the order in which one process made them (but where the count begins
    anew): messages decided in one act are listed as they were decided.
    """
    return f"{int(now.timestamp() * 1000):012x}{next(_COUNT) & 0xFFFF:04x}{secrets.token_hex(8)}"


def made_at(name: str) -> datetime:
    """When this id was made, to the millisecond."""
    return datetime.fromtimestamp(int(name[:12], 16) / 1000, UTC)


def new_token() -> str:
    return secrets.token_hex(16)


def new_reference(length: int = SHORTEST_REFERENCE) -> str:
    """A case's short name; the caller tries again, longer, when it is taken. Always holds a letter and a digit."""
    while True:
        reference = "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(length))
        mixed = any(c.isdigit() for c in reference) and any(c.isalpha() for c in reference)
        if mixed and not find_faults("officer", "reference", reference):  # BP PPA3, BP RT4C: nobody is told such a one
            return reference


def plain_reference(written: str) -> str:
    """A reference as it is stored, from `BP-7K3Q`, `bp7k3q` or `7K3Q`; `BPM6` is whole, for it begins so itself."""
    letters = written.strip().upper()
    if letters.startswith("BP-"):
        return letters[3:]
    return letters[2:] if letters.startswith("BP") and len(letters) >= SHORTEST_REFERENCE + 2 else letters


def new_receipt() -> str:
    """Ten random digits and a Damm check digit; 2 to 7 first, and not 62, so that it is no Indonesian phone number.

    The check digit helps against typing errors and gives no secrecy (H. M. Damm, 2004; python-stdnum).
    """
    digits = "62"
    while digits.startswith("62"):
        digits = secrets.choice("234567") + "".join(secrets.choice("0123456789") for _ in range(9))
    return digits + str(damm.calc_check_digit(digits))


def is_receipt(digits: str) -> bool:
    return len(digits) == 11 and digits.isascii() and digits.isdigit() and bool(damm.is_valid(digits))


def grouped(receipt: str) -> str:
    """As a screen shows it: 2345 6789 013."""
    return f"{receipt[:4]} {receipt[4:8]} {receipt[8:]}"


def new_code() -> str:
    """Six digits for one use; never six alike, which a pocket would dial."""
    while True:
        code = f"{secrets.randbelow(1_000_000):06d}"
        if len(set(code)) > 1:
            return code
