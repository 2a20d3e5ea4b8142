"""Every word a phone shows, by key and language."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"
LANGUAGES = ("id", "en")


class Texts:
    """The texts of all languages; every language has the same keys (checked by a test)."""

    def __init__(self, books: Mapping[str, Mapping[str, str]]) -> None:
        self._books = books

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Texts":
        """Raises OSError or TOMLDecodeError. What staff read is written once and belongs to every language."""
        staff = _read(folder / "staff.toml")
        return cls({language: _read(folder / f"{language}.toml") | staff for language in LANGUAGES})

    def render(self, key: str, language: str, **inserts: str) -> str:
        """Raises KeyError for a text or an insert that is missing; a test renders them all."""
        return self._books[language][key].format_map(inserts)

    def raw(self, key: str, language: str) -> str:
        return self._books[language][key]

    def keys(self, language: str = "id") -> list[str]:
        return list(self._books[language])


def _read(path: Path) -> dict[str, str]:
    return dict(_flat(tomllib.loads(path.read_text("utf-8"))))


def _flat(book: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in book.items():
        if isinstance(value, str):
            yield prefix + name, value
        elif isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
