"""Sealing, opening and finding personal data.

Two layers: what belongs to a case lies under that case's own random key, which is wrapped by the master key, so that
dropping the wrapped key erases the case; everything else lies under the master key. AES-256-GCM with a random nonce,
a header `version|key id`, HKDF-SHA256 subkeys per purpose, and `table.column|row` as associated data: a ciphertext
moved to another row or column does not open. Plaintexts are padded to 64 bytes, so that lengths tell little.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 1
BUCKET = 64
USES = ("seal", "wrap", "audit", "statistics", "spool", "backup")
"""What a master key is used for, each under a subkey of its own. `statistics` outlives every case's own key."""
INDEXED = ("phone", "receipt", "code", "session", "text", "count", "fact", "rule", "name")


class KeyFileError(Exception):
    """The key file is missing, readable by others, malformed, or not the one the data was sealed with."""


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


class Keyring:
    """The office's keys: `masters` by key id (1 to 255), the active one, and the blind index key."""

    def __init__(self, masters: dict[int, bytes], active: int, index_key: bytes) -> None:
        self._masters = masters
        self._active = active
        self._subkeys = {(kid, use): _derive(master, use) for kid, master in masters.items() for use in USES}
        self._index_keys = {kind: _derive(index_key, f"index {kind}") for kind in INDEXED}
        self._open_case = lru_cache(maxsize=4096)(self._unwrap)

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read a key file. Raises KeyFileError with one line that says what to mend."""
        try:
            mode = path.stat().st_mode
        except OSError:
            raise KeyFileError(f"no key file at {path}; make one with: beliperak keys generate --out {path}") from None
        if stat.S_IMODE(mode) & 0o077:
            raise KeyFileError(f"the key file {path} can be read by others; run: chmod 600 {path}")
        try:
            book = json.loads(path.read_text("ascii"))
            masters = {int(kid): base64.b64decode(key, validate=True) for kid, key in book["master"].items()}
            index_key = base64.b64decode(book["index"], validate=True)
            active = int(book["active"])
        except OSError:
            raise KeyFileError(f"the key file {path} cannot be read") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeyFileError(f"the key file {path} is not a Beli Perak key file") from None
        sound = all(len(key) == 32 for key in [*masters.values(), index_key]) and active in masters
        if not sound or not all(1 <= kid <= 255 for kid in masters):
            raise KeyFileError(f"the key file {path} holds a key of the wrong length or lacks its active key")
        return cls(masters, active, index_key)

    # What lies under the master key

    def seal(self, place: str, row: str, text: bytes, use: str = "seal") -> bytes:
        return _seal(self._subkeys[self._active, use], self._active, f"{place}|{row}", text)

    def open(self, place: str, row: str, sealed: bytes, use: str = "seal") -> bytes:
        """Raises SealError."""
        return _open(self._of(sealed, use), f"{place}|{row}", sealed)

    # What lies under a case's own key

    def new_case_key(self, case_id: str) -> tuple[CaseKey, bytes]:
        """A fresh key for a case, and the same key wrapped for its row."""
        secret = secrets.token_bytes(32)
        wrapped = _seal(self._subkeys[self._active, "wrap"], self._active, f"case_file.wrapped_key|{case_id}", secret)
        return CaseKey(case_id, secret), wrapped

    def case_key(self, case_id: str, wrapped: bytes | None) -> CaseKey:
        """Raises SealError; also for an erased case, which has no key any more."""
        if wrapped is None:
            raise SealError
        return self._open_case(case_id, wrapped)

    def _unwrap(self, case_id: str, wrapped: bytes) -> CaseKey:
        return CaseKey(case_id, _open(self._of(wrapped, "wrap"), f"case_file.wrapped_key|{case_id}", wrapped))

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
        return hmac.digest(self._index_keys[kind], "\x1f".join(values).encode("utf-8", "surrogatepass"), "sha256")

    def audit_mac(self, case_id: str, *parts: bytes) -> bytes:
        """The chain's keyed hash. Parts are length-prefixed, so that no two different rows read alike."""
        mac = hmac.new(self._subkeys[min(self._masters), "audit"], case_id.encode(), hashlib.sha256)
        for part in parts:
            mac.update(len(part).to_bytes(4, "big") + part)
        return mac.digest()


def generate(path: Path) -> None:
    """Write a new key file, mode 0600. Raises FileExistsError rather than overwrite: losing keys is losing cases."""
    book = {
        "about": "Beli Perak field keys. Losing this file is losing every case: keep a copy in a safe.",
        "active": 1,
        "master": {"1": base64.b64encode(secrets.token_bytes(32)).decode()},
        "index": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(json.dumps(book, indent=2) + "\n")
        file.flush()
        os.fsync(descriptor)


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"beliperak {purpose}".encode()).derive(key)


@lru_cache(maxsize=8192)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def _seal(key: bytes, kid: int, place: str, text: bytes) -> bytes:
    header = bytes((VERSION, kid))
    padded = len(text).to_bytes(4, "big") + text
    padded += bytes(-len(padded) % BUCKET)
    nonce = secrets.token_bytes(12)
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
