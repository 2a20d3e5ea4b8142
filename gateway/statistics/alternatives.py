"""Which hidden counts could as well be others: the proof behind `small_cells`. Pure.

A reader of the tables knows sums: the entries of a dimension make the month's total, the months make the year's, the
years' entries make the year's total. A hidden count is safe when there is *another* set of cases that would be
published in the very same way and has another number there. Such sets are looked for by moving one case:

- a ring: in one dimension a case is told under another entry, and a second one back, so that every sum stays
  (a ring may pass through hidden totals of the year);
- a shift: one case happens in another month, joins or leaves the year, in all dimensions at once.

Whoever finds one has a proof, so nothing is called safe wrongly; a count that is safe for a reason not looked for here
is at worst hidden a little better than it had to be.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.statistics.tallies import DIMENSIONS

SEVERAL = "form"
"""The dimension in which a case may have several entries: its sum is at least the number of cases."""
WIDE = 10**9

Key = tuple[str, ...]
"""`("cell", dimension, month, entry)`, `("month", month)`, `("year", dimension, entry)`, `("all",)`."""
ALL: Key = ("all",)
Node = tuple[str, str]
TOP: Node = ("top", "")
"""Where the totals of a year's entries meet."""


@dataclass
class Told:
    """A count, and between which bounds the tables let a reader see it."""

    value: int
    low: int
    high: int

    @property
    def up(self) -> bool:
        return self.value < self.high

    @property
    def down(self) -> bool:
        return self.value > self.low

    @property
    def exact(self) -> bool:
        return self.low == self.high


@dataclass
class Sheet:
    """All counts of one year. `months` are those in which there could have been cases at all."""

    months: tuple[str, ...]
    entries: dict[str, tuple[str, ...]]
    told: dict[Key, Told] = field(default_factory=dict)

    def cell(self, dimension: str, month: str, entry: str) -> Told:
        return self.told["cell", dimension, month, entry]

    def year(self, dimension: str, entry: str) -> Told:
        return self.told["year", dimension, entry]

    def month(self, month: str) -> Told:
        return self.told["month", month]


def find_fixed(sheet: Sheet, asked: list[Key]) -> list[Key]:
    """Those of the asked counts for which no alternative was found."""
    left = [key for key in asked if not _has_ring(sheet, key)]
    if not left:
        return []
    for leaves, joins in _shifts(sheet):
        left = [key for key in left if not _has_shift(sheet, key, leaves, joins)]
        if not left:
            break
    return left


# Rings: a walk month -> entry adds one to a cell, entry -> month takes one; entry -> top adds one to a year's entry.


def _steps(sheet: Sheet, dimension: str, node: Node, without: Key | None) -> Iterator[Node]:
    kind, name = node
    if kind == "month":
        for entry in sheet.entries[dimension]:
            if _may_add(sheet, dimension, name, entry) and ("cell", dimension, name, entry) != without:
                yield ("entry", entry)
    elif kind == "entry":
        for month in sheet.months:
            if sheet.cell(dimension, month, name).down and ("cell", dimension, month, name) != without:
                yield ("month", month)
        if sheet.year(dimension, name).up and ("year", dimension, name) != without:
            yield TOP
    else:
        for entry in sheet.entries[dimension]:
            if sheet.year(dimension, entry).down and ("year", dimension, entry) != without:
                yield ("entry", entry)


def _may_add(sheet: Sheet, dimension: str, month: str, entry: str) -> bool:
    """No form can have more cases than the month has."""
    cell = sheet.cell(dimension, month, entry)
    return cell.up and not (dimension == SEVERAL and cell.value >= sheet.month(month).value)


def _leads(sheet: Sheet, dimension: str, start: Node, end: Node, without: Key | None = None) -> bool:
    """Whether a walk over hidden counts leads from one to the other, without the count asked about."""
    seen, waiting = {start}, deque([start])
    while waiting:
        node = waiting.popleft()
        if node == end:
            return True
        for following in _steps(sheet, dimension, node, without):
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


def _has_ring(sheet: Sheet, key: Key) -> bool:
    if key[0] not in ("cell", "year"):
        return False
    dimension, count = key[1], sheet.told[key]
    entry: Node = ("entry", key[-1])
    other: Node = ("month", key[2]) if key[0] == "cell" else TOP
    more = _may_add(sheet, dimension, key[2], key[3]) if key[0] == "cell" else count.down
    less = count.down if key[0] == "cell" else count.up
    if more and _leads(sheet, dimension, entry, other, key):
        return True
    return less and _leads(sheet, dimension, other, entry, key)


# Shifts: a case leaves one month (None: comes from nowhere) and joins another (None: is gone).


def _shifts(sheet: Sheet) -> Iterator[tuple[str | None, str | None]]:
    """Every move of one case that all the sums of all dimensions allow."""
    leaving = [month for month in sheet.months if sheet.month(month).down]
    joining = [month for month in sheet.months if sheet.month(month).up]
    pairs: list[tuple[str | None, str | None]] = [(a, b) for a in leaving for b in joining if a != b]
    if sheet.told[ALL].down:
        pairs += [(month, None) for month in leaving]
    if sheet.told[ALL].up:
        pairs += [(None, month) for month in joining]
    for leaves, joins in pairs:
        if _forms_allow(sheet, leaves, joins) and all(
            _leads(sheet, name, _node(joins), _node(leaves)) for name in DIMENSIONS if name != SEVERAL
        ):
            yield leaves, joins


def _node(month: str | None) -> Node:
    return TOP if month is None else ("month", month)


def _forms_allow(sheet: Sheet, leaves: str | None, joins: str | None) -> bool:
    """The forms every case of the month has must go along with the one that leaves; who joins has at least one."""
    movable = _movable_forms(sheet, leaves, joins)
    every = set()
    if leaves is not None:
        cases = sheet.month(leaves).value
        every = {form for form in sheet.entries[SEVERAL] if sheet.cell(SEVERAL, leaves, form).value == cases}
    return every <= movable and (bool(movable) or joins is None)


def _movable_forms(sheet: Sheet, leaves: str | None, joins: str | None) -> set[str]:
    """Forms the moved case may have: one less there, one more here, and the year's total where there is no here."""
    return {
        form
        for form in sheet.entries[SEVERAL]
        if (sheet.year(SEVERAL, form).up if leaves is None else sheet.cell(SEVERAL, leaves, form).down)
        and (sheet.year(SEVERAL, form).down if joins is None else sheet.cell(SEVERAL, joins, form).up)
    }


def _has_shift(sheet: Sheet, key: Key, leaves: str | None, joins: str | None) -> bool:
    """Whether this move can change this very count."""
    if key == ALL:
        return leaves is None or joins is None
    if key[0] == "month":
        return key[1] in (leaves, joins)
    dimension, entry = key[1], key[-1]
    if dimension == SEVERAL:
        touched = key[2] in (leaves, joins) if key[0] == "cell" else None in (leaves, joins)
        return touched and entry in _movable_forms(sheet, leaves, joins)
    here: Node = ("entry", entry)
    place = key[2] if key[0] == "cell" else None
    count, from_top = sheet.told[key], key[0] == "year"
    if place == joins and (count.down if from_top else count.up) and _leads(sheet, dimension, here, _node(leaves), key):
        return True
    fits = count.up if from_top else count.down
    return place == leaves and fits and _leads(sheet, dimension, _node(joins), here, key)
