"""The file of a backup: sealed pieces in a fixed order, of which none can be missing, moved, or of another file.

    magic, 16 random bytes, then for each piece its length (4 bytes) and the sealed bytes

A piece is compressed JSON lines. It is sealed under a key derived from the key file for backups alone, bound to the
file's random bytes, to its number and to whether it is the last: a file that was cut off does not open to its end.
"""

import os
import secrets
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from gateway.errors import Refused
from gateway.keyring import Keyring, SealError

MAGIC: Final = b"BELIPERAK BACKUP 1\n"
PIECE: Final = 1 << 20
LONGEST: Final = 64 << 20
"""Bytes of a sealed piece that are believed: a row is never longer."""
PLACE, USE = "backup.piece", "backup"


class Writer:
    """`with Writer(path, keyring) as lines: lines.write(b"...")`; the file has its name only when all is in it."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self._path, self._keyring = path, keyring
        self._unfinished = path.with_name(path.name + ".part")
        self._id = secrets.token_bytes(16)
        self._waiting: list[bytes] = []
        self._size = self._number = 0
        self._file: BinaryIO

    def __enter__(self) -> "Writer":
        if self._path.exists():
            raise Refused(f"{self._path} exists; a backup is never overwritten")
        with suppress(FileNotFoundError):
            self._unfinished.unlink()
        descriptor = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._file.write(MAGIC + self._id)
        return self

    def write(self, line: bytes) -> None:
        self._waiting.append(line)
        self._size += len(line) + 1
        if self._size >= PIECE:
            self._put(last=False)

    def __exit__(self, kind: object, fault: object, trace: object) -> None:
        try:
            if fault is None:
                self._put(last=True)
                self._file.flush()
                os.fsync(self._file.fileno())
                self._unfinished.rename(self._path)
                sync_folder(self._path.parent)
        finally:
            self._file.close()
            self._unfinished.unlink(missing_ok=True)

    def _put(self, last: bool) -> None:
        plain = zlib.compress(b"\n".join(self._waiting), 6)
        sealed = self._keyring.seal(PLACE, _row(self._id, self._number, last), plain, use=USE)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._waiting.clear()
        self._size, self._number = 0, self._number + 1


def sync_folder(folder: Path) -> None:
    """So that a new name in it outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_lines(path: Path, keyring: Keyring) -> Iterator[bytes]:
    """Every line, in order. Raises Refused with one line for a person as soon as something is wrong."""
    try:
        file = path.open("rb")
    except OSError as fault:
        raise Refused(f"{path} cannot be read: {fault.strerror}") from None
    with file:
        if file.read(len(MAGIC)) != MAGIC:
            raise Refused(f"{path} is not a backup of the Beli Perak Gateway")
        name, number, sealed = file.read(16), 0, _next(file)
        while sealed is not None:
            following = _next(file)
            row = _row(name, number, last=following is None)
            try:
                plain = keyring.open(PLACE, row, sealed, use=USE)
            except SealError:
                raise Refused(
                    f"{path} is damaged or cut off in piece {number}, or was made with another key file"
                ) from None
            yield from zlib.decompress(plain).split(b"\n")
            number, sealed = number + 1, following
        if number == 0:
            raise Refused(f"{path} is cut off at its beginning")


def _next(file: BinaryIO) -> bytes | None:
    """The next sealed piece; None at the end. One that is cut off will not open."""
    length = file.read(4)
    return file.read(min(int.from_bytes(length, "big"), LONGEST)) if length else None


def _row(name: bytes, number: int, last: bool) -> str:
    return f"{name.hex()}|{number}|{'last' if last else 'more'}"
