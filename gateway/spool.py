"""Callbacks that came while the database was down: one sealed file each, on disk before the carrier is answered.

A file is written under a name that ends in `.part`, synced, given its own name, and the folder synced: what bears its
own name is whole, and what does not was never acknowledged. Names are ids, so their order is the order of arrival.
Whoever drains holds the lock, so several processes of one machine share one folder.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from gateway import crash
from gateway.archive import sync_folder
from gateway.identifiers import made_at, new_id
from gateway.keyring import Keyring
from gateway.providers.base import DeliveryReport, InboundSms, OptOut, UssdEnded, UssdHop

Callback = UssdHop | UssdEnded | InboundSms | DeliveryReport | OptOut

PLACE: Final = "spool.body"
USE: Final = "spool"
UNFINISHED_FOR: Final = timedelta(hours=1)
_KINDS: Final[dict[str, TypeAdapter[Any]]] = {
    kind.__name__: TypeAdapter(kind) for kind in (UssdHop, UssdEnded, InboundSms, DeliveryReport, OptOut)
}


@dataclass(frozen=True)
class Kept:
    """A callback out of the spool, and when it came."""

    id: str
    at: datetime
    callback: Callback


class Spool:
    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self.folder = folder
        self._keyring = keyring

    def keep(self, callback: Callback, at: datetime) -> None:
        """On disk, sealed, when this returns. Raises OSError: then nothing was kept."""
        name = new_id(at)
        kind = type(callback).__name__
        fields = _KINDS[kind].dump_python(callback, mode="json")
        sealed = self._keyring.seal(PLACE, name, json.dumps([kind, at.isoformat(), fields]).encode(), use=USE)
        self._make_folder()
        unfinished = self.folder / f"{name}.part"
        try:
            _write(unfinished, sealed)
            crash.here("spool_synced")
            unfinished.rename(self.folder / name)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()
            raise
        sync_folder(self.folder)
        crash.here("spool_named")

    def list_waiting(self) -> list[str]:
        """Names of what waits, in the order of arrival; empty also when the folder can not be read."""
        with suppress(OSError):
            return sorted(path.name for path in self.folder.iterdir() if len(path.name) == 32)
        return []

    def open(self, name: str) -> Kept:
        """Raises OSError, SealError, or ValueError for a kind of another release."""
        raw = self._keyring.open(PLACE, name, (self.folder / name).read_bytes(), use=USE)
        kind, at, fields = json.loads(raw)
        if kind not in _KINDS:
            raise ValueError(kind)
        return Kept(name, datetime.fromisoformat(at), _KINDS[kind].validate_python(fields))

    def remove(self, name: str) -> None:
        """Once what it asks is in the database; a file that comes back after a power cut is known there."""
        (self.folder / name).unlink(missing_ok=True)

    def tidy(self, now: datetime) -> None:
        """Let go of what was never finished: nobody was told that it was kept."""
        with suppress(OSError):
            for unfinished in self.folder.glob("*.part"):
                if made_at(unfinished.stem) < now - UNFINISHED_FOR:
                    unfinished.unlink(missing_ok=True)

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether nobody else of this machine drains just now; nobody does until the end of the block."""
        try:
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            yield False
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(descriptor)

    def _make_folder(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(self.folder.parent)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        crash.here("spool_written")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
