"""Passwords: argon2id, sparing of memory and cores, because the callbacks of phones run on the same small machine."""

import threading
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.errors import Refused

SHORTEST: Final = 10
LONGEST: Final = 256
"""Characters beyond which nobody types: hashing a megabyte would be an attack."""
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
_AT_ONCE: Final = threading.BoundedSemaphore(2)
"""Log-ins being checked at the same time; others wait, phones do not."""


def check_new(password: str) -> None:
    """Raises Refused for a password that is no good."""
    if len(password) < SHORTEST:
        raise Refused(f"a password has at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise Refused(f"a password has at most {LONGEST} characters")


def hash_password(password: str) -> str:
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """Whether this is the password. An unknown login takes as long as a known one."""
    if len(password) > LONGEST:
        return False
    with _AT_ONCE:
        try:
            _HASHER.verify(stored or _nobodys(), password)
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody logs in with this")


def is_dated(stored: str) -> bool:
    """Whether the hash was made with other costs than today's, and is to be made anew at the next log-in."""
    return _HASHER.check_needs_rehash(stored)
