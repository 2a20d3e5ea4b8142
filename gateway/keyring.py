"""Sealing, opening and finding personal data.

Two layers: what belongs to a case lies under that case's own random key, which is wrapped by the master key, so that
dropping the wrapped key erases the case; everything else lies under the master key. AES-256-GCM with a random nonce,
a header `version|key id`, HKDF-SHA256 subkeys per purpose, and `table.column|row` as associated data: a ciphertext
moved to another row or column does not open. Plaintexts are padded to 64 bytes, so that lengths tell little.
"""

import hmac
import os
import secrets
import threading
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.key_file import KeyBook, KeyFileError

__all__ = ["CaseKey", "KeyFileError", "Keyring", "SealError", "generate"]

VERSION = 1
BUCKET = 64
USES = ("seal", "wrap", "audit", "statistics", "spool", "backup")
"""What a master key is used for, each under a subkey of its own. `statistics` outlives every case's own key."""
INDEXED = ("phone", "receipt", "code", "session", "text", "count", "fact", "name", "proof", "message")
PINNED = frozenset({"message"})
"""Kinds that stay under the first index key: their names lie in columns of text, among others' names."""


class Randomness:
    """The kernel's random bytes, fetched a few hundred nonces at a time: each call costs more than a sealing.

    Every thread has its own, and a process that forks begins with none: no byte is ever given out twice.
    """

    AT_ONCE = 4096

    def __init__(self) -> None:
        self._mine = threading.local()
        os.register_at_fork(after_in_child=self._forget)

    def take(self, size: int) -> bytes:
        mine, start = getattr(self._mine, "left", (b"", 0))
        end: int = start + size
        if end > len(mine):
            mine, start, end = secrets.token_bytes(self.AT_ONCE), 0, size
        self._mine.left = mine, end
        taken: bytes = mine[start:end]
        return taken

    def _forget(self) -> None:
        self._mine = threading.local()


NONCES = Randomness()


class SealError(Exception):
    """Wrong key, wrong place, or changed bytes. Says nothing about the content."""


@dataclass(frozen=True)
class CaseKey:
    """One case's key, opened. Seals and opens that case's columns and nothing else's."""

    case_id: str
    secret: bytes = field(repr=False)

    def seal(self, place: str, row: str, text: bytes) -> bytes:
        return _seal(self.secret, 0, f"{place}|{row}|{self.case_id}", text)

    def open(self, place: str, row: str, sealed: bytes) -> bytes:
        """Raises SealError."""
        return _open(self.secret, f"{place}|{row}|{self.case_id}", sealed)

    def name(self, *words: str) -> str:
        """What is stored in place of a word that would tell what kind of case it is; another in every case."""
        return hmac.digest(self._naming, "\x1f".join(words).encode(), "sha256").hex()[:24]

    @cached_property
    def _naming(self) -> bytes:
        return _derive(self.secret, "name")


class Keyring:
    """The office's keys: `masters` by key id (1 to 255), and the blind index keys, one layer over the other.

    Which master seals, and how many layers find a row, the database says (`stand`); the file only holds the keys.
    """

    def __init__(self, masters: dict[int, bytes], active: int, *index_keys: bytes, path: Path | None = None) -> None:
        self._path = path
        self._take(KeyBook(masters, active, index_keys))
        self._stand = (active, len(index_keys))
        self._open_case = lru_cache(maxsize=4096)(self._unwrap)

    def _take(self, book: KeyBook) -> None:
        self._audit_kid = min(book.masters)
        self._subkeys = {(kid, use): _derive(master, use) for kid, master in book.masters.items() for use in USES}
        self._layers = [{kind: _derive(key, f"index {kind}") for kind in INDEXED} for key in book.index_keys]

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read a key file. Raises KeyFileError with one line that says what to mend."""
        book = KeyBook.load(path)
        return cls(book.masters, book.active, *book.index_keys, path=path)

    @property
    def stands(self) -> tuple[int, int]:
        """The master that seals, and how many index keys lie over a value."""
        return self._stand

    def stand(self, master: int, layers: int) -> None:
        """Work as the database says. A key that is not known yet is looked for in the file. Raises KeyFileError."""
        if not self._has(master, layers):
            if self._path:
                self._take(KeyBook.load(self._path))
            if not self._has(master, layers):
                raise KeyFileError("the key file lacks a key that the database is sealed with")
        self._stand = (master, layers)

    def _has(self, master: int, layers: int) -> bool:
        return (master, "seal") in self._subkeys and 1 <= layers <= len(self._layers)

    # What lies under the master key

    def seal(self, place: str, row: str, text: bytes, use: str = "seal") -> bytes:
        kid, _ = self._stand
        return _seal(self._subkeys[kid, use], kid, f"{place}|{row}", text)

    def open(self, place: str, row: str, sealed: bytes, use: str = "seal") -> bytes:
        """Raises SealError."""
        return _open(self._of(sealed, use), f"{place}|{row}", sealed)

    # What lies under a case's own key

    def new_case_key(self, case_id: str) -> tuple[CaseKey, bytes]:
        """A fresh key for a case, and the same key wrapped for its row."""
        secret = secrets.token_bytes(32)
        return CaseKey(case_id, secret), self.seal("case_file.wrapped_key", case_id, secret, "wrap")

    def case_key(self, case_id: str, wrapped: bytes | None) -> CaseKey:
        """Raises SealError; also for an erased case, which has no key any more."""
        if wrapped is None:
            raise SealError
        return self._open_case(case_id, wrapped)

    def _unwrap(self, case_id: str, wrapped: bytes) -> CaseKey:
        return CaseKey(case_id, _open(self._of(wrapped, "wrap"), f"case_file.wrapped_key|{case_id}", wrapped))

    def reseal(self, place: str, row: str, sealed: bytes, use: str = "seal") -> bytes:
        """The same text under the master that seals now. Raises SealError."""
        return self.seal(place, row, self.open(place, row, sealed, use), use)

    def forget(self) -> None:
        """Drop every case key held in memory: after an erasure nothing may still open it."""
        self._open_case.cache_clear()

    def _of(self, sealed: bytes, use: str) -> bytes:
        try:
            return self._subkeys[sealed[1], use]
        except (KeyError, IndexError):
            raise SealError from None

    # Finding and vouching

    def index(self, kind: str, *values: str) -> bytes:
        """HMAC-SHA256 of a value, keyed by kind: the same phone is found again, and no list of phones helps a thief."""
        found = "\x1f".join(values).encode("utf-8", "surrogatepass")
        return self.relay(kind, found, 0, 1 if kind in PINNED else self._stand[1])

    def relay(self, kind: str, value: bytes, start: int, end: int) -> bytes:
        """Lay the index keys from `start` up to `end` over a value: over an index made by the first `start` of them

        it gives the one by `end`, so that a key can be added where nobody knows any more what was indexed.
        """
        for layer in self._layers[start:end]:
            value = hmac.digest(layer[kind], value, "sha256")
        return value

    def audit_mac(self, case_id: str, *parts: bytes) -> bytes:
        """The chain's keyed hash, under the first master for ever: a chain outlives the keys of its time.

        Parts are length-prefixed, so that no two different rows read alike.
        """
        told = [case_id.encode(), *(piece for part in parts for piece in (len(part).to_bytes(4, "big"), part))]
        return hmac.digest(self._subkeys[self._audit_kid, "audit"], b"".join(told), "sha256")


def generate(path: Path) -> None:
    """Write a new key file, mode 0600. Raises FileExistsError rather than overwrite: losing keys is losing cases."""
    KeyBook.fresh().create(path)


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"beliperak {purpose}".encode()).derive(key)


@lru_cache(maxsize=8192)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def _seal(key: bytes, kid: int, place: str, text: bytes) -> bytes:
    header = bytes((VERSION, kid))
    padded = len(text).to_bytes(4, "big") + text
    padded += bytes(-len(padded) % BUCKET)
    nonce = NONCES.take(12)
    return header + nonce + _cipher(key).encrypt(nonce, padded, header + place.encode())


def _open(key: bytes, place: str, sealed: bytes) -> bytes:
    header, nonce, body = sealed[:2], sealed[2:14], sealed[14:]
    if len(sealed) < 14 + BUCKET or header[0] != VERSION:
        raise SealError
    try:
        padded = _cipher(key).decrypt(nonce, body, header + place.encode())
    except InvalidTag:
        raise SealError from None
    return padded[4 : 4 + int.from_bytes(padded[:4], "big")]
