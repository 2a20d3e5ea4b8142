"""The district's places: its areas as a tree, and finding one by the letters somebody typed.

Which place a whole sentence means is another subject: `menus.whereabouts`.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from menus.spelling import cost, squeeze

SHORT_NUMBER = 6
"""The last six digits of a village's code are its own inside the district: `04.2013`."""

ROMAN = {"1": "i", "2": "ii", "3": "iii"}


@dataclass(frozen=True, slots=True)
class Area:
    """A kecamatan (`64.01.04`) or a village in it (`64.01.04.2016`)."""

    code: str
    name: str
    kind: str  # kecamatan | desa | kelurahan
    parent_code: str

    @property
    def is_kecamatan(self) -> bool:
        return self.kind == "kecamatan"


@dataclass(frozen=True, slots=True)
class Place:
    """What a text says about where: no code (nothing found), one, or several (it has to be asked)."""

    codes: tuple[str, ...] = ()
    assumed: bool = False  # not named: the cadre's own village
    named: str | None = None  # the words it was read from

    @property
    def area_code(self) -> str:
        """`''`, a code, or `ambiguous:A|B` as INTERFACES prints it."""
        if len(self.codes) > 1:
            return "ambiguous:" + "|".join(self.codes)
        return self.codes[0] if self.codes else ""


NO_PLACE = Place()


def fold(name: str) -> str:
    """A name as one run of small letters: blanks, dots and case do not tell villages apart, `II` and `2` are one."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in name.lower()).split()
    return "".join(ROMAN.get(word, word) if index else word for index, word in enumerate(words))


class Areas:
    """All areas of a district, in code order, with the other names people give them."""

    def __init__(
        self,
        areas: Iterable[Area],
        aliases: Iterable[tuple[str, str]] = (),
        name_words: Mapping[str, str] | None = None,
    ) -> None:
        """`name_words`: how the words of names are shortened, `sei` for `sungai`."""
        self.name_words = dict(name_words or {})
        self._areas = {area.code: area for area in sorted(areas, key=lambda area: area.code)}
        self._children: dict[str, list[str]] = {}
        for area in self._areas.values():
            if not area.is_kecamatan:
                self._children.setdefault(area.parent_code, []).append(area.code)
        self.by_key: dict[str, tuple[str, ...]] = {}
        for area in self._areas.values():
            self._add_key(fold(area.name), area.code)
        for alias, code in aliases:
            if fold(alias) not in self.by_key:
                self._add_key(fold(alias), self.get(code).code)
        self.keys = tuple(self.by_key)
        self._by_digits = {code.replace(".", ""): code for code in self._areas}
        for area in self._areas.values():
            if not area.is_kecamatan:
                self._by_digits[area.code.replace(".", "")[-SHORT_NUMBER:]] = area.code

    def _add_key(self, key: str, code: str) -> None:
        self.by_key[key] = (*self.by_key.get(key, ()), code)

    @classmethod
    def load(cls, path: Path) -> "Areas":
        """Read `areas.csv` (`code,name,kind,parent_code`) and, where they lie beside it, `aliases.csv` and `names.csv`.

        Raises KeyError when an alias names a code that is not there.
        """
        rows = read_rows(path)
        areas = [Area(row["code"], row["name"], row["kind"], row["parent_code"]) for row in rows]
        beside = path.with_name("aliases.csv")
        aliases = [(row["alias"], row["code"]) for row in read_rows(beside)] if beside.exists() else []
        beside = path.with_name("names.csv")
        names = read_rows(beside) if beside.exists() else []
        return cls(areas, aliases, {row["name"]: row["meaning"] for row in names if row["kind"] == "word"})

    def __contains__(self, code: object) -> bool:
        return code in self._areas

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    def __len__(self) -> int:
        return len(self._areas)

    def get(self, code: str) -> Area:
        """Raises KeyError for a code this district does not have."""
        return self._areas[code]

    def find(self, code: str) -> Area | None:
        return self._areas.get(code)

    def name(self, code: str) -> str:
        return self._areas[code].name

    def kecamatan(self, code: str) -> str:
        """The kecamatan's code (`64.01.04`) of an area; a kecamatan is its own."""
        area = self._areas[code]
        return code if area.is_kecamatan else area.parent_code

    def kecamatan_number(self, code: str) -> str:
        """The two digits officers know a kecamatan by: `04`."""
        return self.kecamatan(code).rsplit(".", 1)[-1]

    def villages(self, kecamatan_code: str) -> tuple[str, ...]:
        return tuple(self._children.get(kecamatan_code, ()))

    def kecamatans(self) -> tuple[str, ...]:
        return tuple(area.code for area in self if area.is_kecamatan)

    def by_number(self, short: str) -> str | None:
        """The area of a short number (`04.2013`, `042013`) or of a full code; None when there is none."""
        digits = "".join(c for c in short if c.isascii() and c.isdigit())
        return self._by_digits.get(digits)

    def near_twins(self, code: str) -> tuple[str, ...]:
        """The villages whose names begin with this one's, itself among them: Mendik, Mendik Makmur ..."""
        words = self.name(code).lower().split()
        return tuple(a.code for a in self if not a.is_kecamatan and a.name.lower().split()[: len(words)] == words)


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file with a header; lines whose first field starts with `#` are remarks."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if not next(iter(row.values())).startswith("#")]


def fuzz_limit(key: str) -> float:
    """How many edits a place name of this length forgives; short names forgive none but a slip on one key."""
    if len(key) <= 4:
        return 0.6
    if len(key) <= 7:
        return 1.0
    return 2.0 if len(key) <= 11 else 2.6


def nearest_keys(areas: Areas, key: str) -> list[tuple[float, str]]:
    """(cost, name key) of the names within the limit, nearest first."""
    limit = fuzz_limit(key)
    thin = squeeze(key)
    found = []
    for name in areas.keys:
        if abs(len(name) - len(key)) > 3:
            continue
        far = 0.3 if squeeze(name) == thin else cost(key, name, limit)
        if far <= limit:
            found.append((far, name))
    return sorted(found)


class HasAreas(Protocol):
    """A district's lists, its areas among them."""

    @property
    def areas(self) -> Areas: ...


def find_places(letters: str, district: Areas | HasAreas) -> tuple[str, ...]:
    """Area codes for letters typed on a place screen, best first: number, name, beginning of a name, nearest name.

    A name that a kecamatan shares with its kelurahan gives both, the kelurahan first.
    """
    areas = district if isinstance(district, Areas) else district.areas
    parts = letters.lower().replace(".", " ").split() if any(c.isalpha() for c in letters) else [letters]
    key = fold(" ".join([*(areas.name_words.get(part, part) for part in parts[:-1]), *parts[-1:]]))
    if not key:
        return ()
    by_number = areas.by_number(letters)
    if by_number and not any(c.isalpha() for c in key):
        return (by_number,)
    exact = areas.by_key.get(key, ())
    if len(key) < 2:
        begins: list[str] = []
    else:
        begins = [a.code for a in areas if fold(a.name).startswith(key)]
        begins += [a.code for a in areas if any(w.startswith(key) for w in a.name.lower().split()[1:])]
    found = [*exact, *begins] or [code for _, name in nearest_keys(areas, key) for code in areas.by_key[name]]
    unique = list(dict.fromkeys(found))
    return tuple(sorted(unique, key=lambda code: (code not in exact, areas.get(code).is_kecamatan and code in exact)))
