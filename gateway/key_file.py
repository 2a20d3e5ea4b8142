"""The key file: what it holds, how it is read and written, and its copy in words that can be read out and typed.

A book only grows: an old key stays readable, because endings of erased cases and copies of the past lie under it.
"""

import base64
import hashlib
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

KEY: Final = 32  # bytes
MOST_MASTERS: Final = 255
ABOUT: Final = "Beli Perak field keys. Losing this file is losing every case: keep a copy in a safe."


class KeyFileError(Exception):
    """The key file is missing, readable by others, malformed, or not the one the data was sealed with."""


@dataclass(frozen=True)
class KeyBook:
    """`masters` by key id (1 to 255), the one to seal with in a new database, and the index keys, oldest first."""

    masters: dict[int, bytes] = field(repr=False)
    active: int
    index_keys: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def fresh(cls) -> "KeyBook":
        return cls({1: secrets.token_bytes(KEY)}, 1, (secrets.token_bytes(KEY),))

    @classmethod
    def load(cls, path: Path) -> "KeyBook":
        """Raises KeyFileError with one line that says what to mend."""
        try:
            mode = path.stat().st_mode
        except OSError:
            raise KeyFileError(f"no key file at {path}; make one with: beliperak keys generate --out {path}") from None
        if stat.S_IMODE(mode) & 0o077:
            raise KeyFileError(f"the key file {path} can be read by others; run: chmod 600 {path}")
        try:
            book = cls._of_json(path.read_text("ascii"))
        except OSError:
            raise KeyFileError(f"the key file {path} cannot be read") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeyFileError(f"the key file {path} is not a Beli Perak key file") from None
        if not book.is_sound:
            raise KeyFileError(f"the key file {path} holds a key of the wrong length or lacks its active key")
        return book

    @classmethod
    def _of_json(cls, text: str) -> "KeyBook":
        book = json.loads(text)
        masters = {int(kid): base64.b64decode(key, validate=True) for kid, key in book["master"].items()}
        index = [book["index"]] if isinstance(book["index"], str) else list(book["index"])
        return cls(masters, int(book["active"]), tuple(base64.b64decode(key, validate=True) for key in index))

    @property
    def is_sound(self) -> bool:
        keys = [*self.masters.values(), *self.index_keys]
        return (
            all(len(key) == KEY for key in keys)
            and self.active in self.masters
            and all(1 <= kid <= MOST_MASTERS for kid in self.masters)
            and 1 <= len(self.index_keys) <= MOST_MASTERS
        )

    @property
    def newest(self) -> int:
        return max(self.masters)

    def grown(self) -> "KeyBook":
        """One more master, to seal with, and one more index key. Raises KeyFileError when the book is full."""
        kid = self.newest + 1
        if kid > MOST_MASTERS:
            raise KeyFileError("the key file is full")
        masters = {**self.masters, kid: secrets.token_bytes(KEY)}
        return replace(self, masters=masters, active=kid, index_keys=(*self.index_keys, secrets.token_bytes(KEY)))

    def create(self, path: Path) -> None:
        """A new file, mode 0600. Raises FileExistsError rather than overwrite: losing keys is losing cases."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(self._json())
            file.flush()
            os.fsync(descriptor)

    def replace(self, path: Path) -> None:
        """The file with this content, all of it or the old one, whenever the machine stops."""
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii", delete=False) as fresh:  # mode 0600
            fresh.write(self._json())
            fresh.flush()
            os.fsync(fresh.fileno())
        Path(fresh.name).replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def _json(self) -> str:
        index = [base64.b64encode(key).decode() for key in self.index_keys]
        book = {
            "about": ABOUT,
            "active": self.active,
            "master": {str(kid): base64.b64encode(key).decode() for kid, key in sorted(self.masters.items())},
            "index": index[0] if len(index) == 1 else index,
        }
        return json.dumps(book, indent=2) + "\n"

    # In words

    def to_bytes(self) -> bytes:
        masters = b"".join(bytes([kid]) + key for kid, key in sorted(self.masters.items()))
        return bytes([1, self.active, len(self.masters)]) + masters + b"".join(self.index_keys)

    @classmethod
    def from_bytes(cls, raw: bytes) -> "KeyBook":
        """Raises KeyFileError."""
        try:
            version, active, count = raw[:3]
            end = 3 + count * (KEY + 1)
            entries = [raw[at : at + KEY + 1] for at in range(3, end, KEY + 1)]
            masters = {entry[0]: entry[1:] for entry in entries}
            index = tuple(raw[at : at + KEY] for at in range(end, len(raw), KEY))
        except (ValueError, IndexError):
            raise KeyFileError("the words hold no keys") from None
        book = cls(masters, active, index)
        if version != 1 or len(masters) != count or not book.is_sound:
            raise KeyFileError("the words hold no keys")
        return book


CONSONANTS, VOWELS = "bdfghjklmnprstvz", "aiou"
"""Sixteen bits are five letters that can be spoken: consonant, vowel, consonant, vowel, consonant
(D. S. Wilkerson, "A Proposal for Proquints", 2009)."""
A_LINE: Final = 14  # bytes: seven words, and an eighth over line number and content


def to_words(raw: bytes) -> list[str]:
    """Numbered lines of eight words; the last of each line says whether it was copied rightly."""
    framed = len(raw).to_bytes(2, "big") + raw
    framed += bytes(-len(framed) % A_LINE)
    lines = [framed[at : at + A_LINE] for at in range(0, len(framed), A_LINE)]
    return [f"{number:2} " + " ".join(_spoken(line + _check(number, line))) for number, line in enumerate(lines, 1)]


def from_words(lines: Iterable[str]) -> bytes:
    """Raises KeyFileError that names the first line that is wrong or missing. Case and blanks do not matter."""
    framed = b""
    wanted = [line for line in lines if line.strip()]
    for number, line in enumerate(wanted, 1):
        told, *words = line.lower().split()
        heard = b"".join(_heard(words)) if told == str(number) else b""
        if len(heard) != A_LINE + 2 or heard[A_LINE:] != _check(number, heard[:A_LINE]):
            raise KeyFileError(f"line {number} was not copied rightly")
        framed += heard[:A_LINE]
    length = int.from_bytes(framed[:2], "big")
    if not framed or len(framed) != -(-(length + 2) // A_LINE) * A_LINE:
        raise KeyFileError(f"line {len(wanted) + 1} is missing")
    return framed[2 : 2 + length]


def _check(number: int, line: bytes) -> bytes:
    return hashlib.sha256(bytes([number]) + line).digest()[:2]


def _spoken(raw: bytes) -> Iterator[str]:
    for at in range(0, len(raw), 2):
        bits = int.from_bytes(raw[at : at + 2], "big")
        parts = ((CONSONANTS, 12, 15), (VOWELS, 10, 3), (CONSONANTS, 6, 15), (VOWELS, 4, 3), (CONSONANTS, 0, 15))
        yield "".join(letters[bits >> shift & mask] for letters, shift, mask in parts)


def _heard(words: Iterable[str]) -> Iterator[bytes]:
    for word in words:
        bits = 0
        for letter, letters in zip(word, (CONSONANTS, VOWELS) * 2 + (CONSONANTS,), strict=False):
            place = letters.find(letter)
            bits = (bits << (4 if letters is CONSONANTS else 2)) | max(place, 0)
        known = len(word) == 5 and all(letter in (VOWELS if at % 2 else CONSONANTS) for at, letter in enumerate(word))
        yield bits.to_bytes(2, "big") if known else b""
