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
_FIRST: Final = "first "
"""Before the hash of a password that somebody else made and knows: good for coming in, and for choosing one's own."""
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


def hash_first(password: str) -> str:
    """Of a password that its bearer has to change before anything else."""
    return _FIRST + hash_password(password)


def is_first(stored: str | None) -> bool:
    return (stored or "").startswith(_FIRST)


def is_right(stored: str | None, password: str) -> bool:
    """Whether this is the password. An unknown login takes as long as a known one."""
    if len(password) > LONGEST:
        return False
    with _AT_ONCE:
        try:
            _HASHER.verify((stored or _nobodys()).removeprefix(_FIRST), password)
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody logs in with this")


def renew(stored: str, password: str) -> str:
    """The hash to keep of a password that was right: a new one where `stored` was made with other costs than now."""
    if not _HASHER.check_needs_rehash(stored.removeprefix(_FIRST)):
        return stored
    return hash_first(password) if is_first(stored) else hash_password(password)
