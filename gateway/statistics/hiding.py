"""What to hide next for the sake of a count that could be found by subtracting: the least that helps. Pure."""

from collections.abc import Iterable, Iterator

from gateway.statistics.alternatives import ALL, SEVERAL, WIDE, Key, Sheet, Told
from gateway.statistics.tallies import DIMENSIONS

FEW = 5
DEAR = 10_000
"""A total of the year is hidden only where nothing else helps."""


def hide(count: Told) -> None:
    """One step less is told: `<5` or five and more; a count already hidden is not told at all."""
    if (count.low, count.high) in ((0, FEW - 1), (FEW, WIDE)):
        count.low, count.high = 0, WIDE
    else:
        count.low, count.high = (0, FEW - 1) if count.value < FEW else (FEW, WIDE)


def choose(sheet: Sheet, key: Key) -> list[Key]:
    """Counts to hide so that `key` could be another: a ring of four, or a case moved to another month."""
    ways = _moves(sheet, key[1]) if key[0] == "month" else _rings(sheet, key) if key != ALL else iter(())
    sums = ((sum(_price(sheet, other) for other in way), way) for way in ways)
    cheapest = min(sums, default=None)
    return cheapest[1] if cheapest and cheapest[1] else [_nearest(sheet, key)]


def _price(sheet: Sheet, key: Key) -> int:
    return sheet.told[key].value + (DEAR if key[0] in ("year", "all") else 0)


def _to_hide(sheet: Sheet, keys: Iterable[Key]) -> list[Key]:
    return sorted(key for key in keys if sheet.told[key].exact)


def _could(sheet: Sheet, key: Key, change: int) -> bool:
    """Whether the count, once hidden, could be one more or one less."""
    count = sheet.told[key]
    if change > 0 and key[0] == "cell" and key[1] == SEVERAL and count.value >= sheet.month(key[2]).value:
        return False
    low, high = (count.low, count.high) if not count.exact else (0, FEW - 1) if count.value < FEW else (FEW, WIDE)
    return low <= count.value + change <= high


def _rings(sheet: Sheet, key: Key) -> Iterator[list[Key]]:
    """A second entry and a second row, all four hidden: every sum stays when a case is told under the other entry.

    A row is a month, or the totals of the year, which change as the month does.
    """
    name, entry = key[1], key[-1]
    here = key[2] if key[0] == "cell" else None
    for row in (*sheet.months, None):
        if row == here:
            continue
        sign = 1 if None in (row, here) else -1
        for other in sheet.entries[name]:
            if other == entry:
                continue
            ring = [
                (_at(name, here, entry), 1),
                (_at(name, here, other), -1),
                (_at(name, row, entry), sign),
                (_at(name, row, other), -sign),
            ]
            for turn in (1, -1):
                if all(_could(sheet, part, change * turn) for part, change in ring):
                    yield _to_hide(sheet, (part for part, _ in ring))


def _at(name: str, row: str | None, entry: str) -> Key:
    return ("year", name, entry) if row is None else ("cell", name, row, entry)


def _moves(sheet: Sheet, month: str) -> Iterator[list[Key]]:
    """A case of this month could have happened in another: its entries are hidden there, and both totals."""
    for other in sheet.months:
        if other == month or not _could(sheet, ("month", other), 1):
            continue
        parts: list[Key] = [("month", month), ("month", other)]
        for name in DIMENSIONS:
            found = _landing(sheet, name, month, other)
            if not found:
                break
            parts += found
        else:
            yield _to_hide(sheet, parts)


def _landing(sheet: Sheet, name: str, month: str, other: str) -> list[Key]:
    """The cells a case of `month` touches in one dimension when it moves; empty when it cannot."""
    cases = sheet.month(month).value
    if name == SEVERAL:
        every = [form for form in sheet.entries[name] if sheet.cell(name, month, form).value == cases]
        if every:
            pairs = [_pair(sheet, name, month, other, form) for form in every]
            return [key for pair in pairs for key in pair] if all(pairs) else []
    fitting = [pair for entry in sheet.entries[name] if (pair := _pair(sheet, name, month, other, entry))]
    return min(fitting, key=lambda pair: sum(_price(sheet, key) for key in _to_hide(sheet, pair)), default=[])


def _pair(sheet: Sheet, name: str, month: str, other: str, entry: str) -> list[Key]:
    """The cell it leaves and the cell it joins; empty when one of them could not change."""
    leaves, joins = sheet.cell(name, month, entry), sheet.cell(name, other, entry)
    low = 0 if leaves.value < FEW else FEW
    if leaves.value - 1 < low or joins.value == FEW - 1:
        return []
    return [("cell", name, month, entry), ("cell", name, other, entry)]


def _nearest(sheet: Sheet, key: Key) -> Key:
    """No pattern helps: the smallest count of the nearest kind that is still told, at last what is told roughly."""
    for group in _neighbours(sheet, key):
        told = [other for other in group if other != key and sheet.told[other].exact]
        if told:
            return min(told, key=lambda other: (sheet.told[other].value, other))
    rough = [other for other, count in sheet.told.items() if count.high < WIDE]
    return min(rough, key=lambda other: (other[0] == "cell", -sheet.told[other].value, other))


def _neighbours(sheet: Sheet, key: Key) -> Iterator[list[Key]]:
    if key[0] == "cell":
        _, name, month, entry = key
        yield [("cell", name, month, other) for other in sheet.entries[name]]
        yield [("month", month)]
        yield [("year", name, entry)]
    yield [("month", month) for month in sheet.months]
    if len(key) > 1 and key[0] != "month":
        yield [("year", key[1], other) for other in sheet.entries[key[1]]]
    yield [ALL]
    yield list(sheet.told)
