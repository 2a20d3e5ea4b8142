"""Our stylesheet and our script, read once, compressed once, and named by their content so that they never go stale."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static"
KINDS: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    name: str
    mark: str
    """Ten hex digits of the content's SHA-256."""
    kind: str
    plain: bytes
    packed: bytes


@cache
def load_assets() -> dict[str, Asset]:
    found = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in KINDS:
            plain = path.read_bytes()
            mark = hashlib.sha256(plain).hexdigest()[:10]
            found[path.name] = Asset(path.name, mark, KINDS[path.suffix], plain, gzip.compress(plain, 9, mtime=0))
    return found
