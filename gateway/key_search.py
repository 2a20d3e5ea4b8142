"""Looks for keys in files, as a process of its own: `python key_search.py FILE...`, the keys as hex on its input.

Who closes a file lets go of every lock that his process holds on it (POSIX), and SQLite, which holds some on these,
would not hear of it: another process would write at the same time, or take away the log. Ends with 1 where a key was
found, and with 0 where none was.
"""

import mmap
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def lies_in(path: str, keys: Sequence[bytes]) -> bool:
    with suppress(FileNotFoundError), Path(path).open("rb") as file:
        if file.seek(0, 2) == 0:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return any(content.find(key) >= 0 for key in keys)
    return False


def main() -> int:
    keys = [bytes.fromhex(line) for line in sys.stdin]
    return int(any(lies_in(path, keys) for path in sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
