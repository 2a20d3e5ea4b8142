"""Files that hold a secret: nobody else may read them, and none is ever overwritten."""

import contextlib
import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import Final

SHORTEST: Final = 16  # characters


def keep(path: Path) -> str:
    """The secret of this file, made (mode 0600) when it is not there; two that start together get the same one.

    Raises OSError when the file can not be made or read, ValueError when it holds no secret.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as fresh:  # made with mode 0600
            fresh.write(secrets.token_urlsafe(32) + "\n")
            fresh.flush()
            os.fsync(fresh.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(fresh.name, path)
    kept = path.read_text("ascii").strip()
    if len(kept) < SHORTEST:
        raise ValueError(path.name)
    return kept


def unfit(path: Path) -> str | None:
    """Why this file can not hold keys, as the rest of a sentence that begins with the setting's name."""
    try:
        found = path.stat()
    except OSError:
        return "names no file that can be found; make one with: beliperak keys generate --out FILE"
    if not stat.S_ISREG(found.st_mode):
        return "is not a file"
    if stat.S_IMODE(found.st_mode) & 0o077:
        return "can be read by others; run chmod 600 on it"
    return None
