"""Files handed to a person: complete or not there at all, for the owner only, never over another file."""

import contextlib
import os
import secrets
from pathlib import Path

from gateway.errors import Refused


def write_new(path: Path, content: bytes) -> None:
    """Written beside its place, then linked to its name, which fails where the name is taken. Raises Refused."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(draft, content)
        os.link(draft, path)
        _keep_name(path.parent)
    except FileExistsError:
        raise Refused(f"{path} exists; a file is never overwritten") from None
    except OSError as fault:
        raise Refused(f"{path} cannot be written: {fault.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _keep_name(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append_lines(path: Path, lines: list[str]) -> None:
    """At the end of a file that only grows, made for its owner; on disk when this returns. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="ascii") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(descriptor)
