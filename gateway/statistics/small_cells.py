"""Tables of one year in which no count below five can be read, nor found by subtracting. Pure.

The tables are fixed: cases by month; each dimension by month; each dimension by year. They are made for a whole
calendar year whatever range was asked, so that two ranges never differ in what they say of a month.

- Below `FEW` a count is `<5`, nought included: a nought would tell which of the others the small count is.
- Totals of a year that is over are true, for one dimension and the whole kabupaten; its kecamatan only from five on.
- Totals of the running year are told in fives (`10+`): the difference of two days would be a case otherwise.
- What then can still be found by subtracting is protected by hiding more (`*`), the smallest counts first, until
  `alternatives.find_fixed` has a proof for every hidden count from one to four.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.statistics.alternatives import ALL, WIDE, Sheet, Told, find_fixed
from gateway.statistics.hiding import FEW, choose, hide
from gateway.statistics.tallies import DIMENSIONS, Tally

SMALL, HELD_BACK = "<5", "*"
PLACE = "kecamatan"

Shown = int | str
"""A true count, `<5`, `*` (five or more, or not told at all), or `10+`."""


@dataclass(frozen=True)
class Table:
    """The published counts of one month or one year."""

    cases: Shown
    counts: dict[str, dict[str, Shown]] = field(default_factory=dict)


@dataclass(frozen=True)
class Year:
    months: dict[str, Table]
    total: Table


def publish(tallies: Mapping[str, Tally], entries: Mapping[str, tuple[str, ...]], *, since: str, is_over: bool) -> Year:
    """The tables of one calendar year.

    `tallies` has every month of it that has begun (an empty tally where nothing was reported), `entries` all that a
    dimension may hold, `since` is the office's first month with a case (before it everybody knows there was none).
    """
    known = {name: _all_entries(name, entries, tallies) for name in DIMENSIONS}
    sheet = Sheet(tuple(month for month in sorted(tallies) if month >= since), known)
    _first_look(sheet, tallies, is_over=is_over)
    _protect(sheet)
    months = {month: _table(sheet, month) for month in sorted(tallies)}
    counts = {name: {entry: _show(sheet.year(name, entry)) for entry in known[name]} for name in DIMENSIONS}
    return Year(months, Table(_show(sheet.told[ALL]), counts))


def guarded(count: int, of: int) -> Shown:
    """A part of a total, such as the cases in which a duty lapsed: neither it nor the rest is told below five."""
    if count < FEW:
        return SMALL
    return HELD_BACK if 0 < of - count < FEW else count


def few(count: int) -> Shown:
    """A count that belongs to no total."""
    return SMALL if count < FEW else count


def _all_entries(name: str, entries: Mapping[str, tuple[str, ...]], tallies: Mapping[str, Tally]) -> tuple[str, ...]:
    """Those of the fixed list, and what an older list still left in the facts."""
    met = {entry for tally in tallies.values() for entry in tally.counts[name]}
    return (*entries[name], *sorted(met - set(entries[name])))


def _first_look(sheet: Sheet, tallies: Mapping[str, Tally], *, is_over: bool) -> None:
    """Each count as it is told if nobody could subtract."""
    told = sheet.told
    for month in sheet.months:
        told["month", month] = _unless_few(tallies[month].cases)
        for name in DIMENSIONS:
            for entry in sheet.entries[name]:
                told["cell", name, month, entry] = _unless_few(tallies[month].of(name, entry))
    for name in DIMENSIONS:
        for entry in sheet.entries[name]:
            count = sum(tallies[month].of(name, entry) for month in sheet.months)
            told["year", name, entry] = _of_year(count, is_over=is_over, is_place=name == PLACE)
    cases = sum(tallies[month].cases for month in sheet.months)
    told[ALL] = _of_year(cases, is_over=is_over, is_place=False)


def _of_year(count: int, *, is_over: bool, is_place: bool) -> Told:
    if not is_over:
        start = count // FEW * FEW
        return Told(count, start, start + FEW - 1)
    return _unless_few(count) if is_place else Told(count, count, count)


def _unless_few(count: int) -> Told:
    return Told(count, 0, FEW - 1) if count < FEW else Told(count, count, count)


def _protect(sheet: Sheet) -> None:
    """Hide more until every hidden count from one to four could as well be another."""
    asked = [key for key, count in sheet.told.items() if 0 < count.value < FEW and not count.exact]
    while fixed := find_fixed(sheet, asked):
        hidden = choose(sheet, fixed[0])
        for key in hidden:
            hide(sheet.told[key])
        fresh = [key for key in hidden if 0 < sheet.told[key].value < FEW and key not in fixed]
        asked = [*fixed, *fresh]  # the others stay safe: hiding more never makes anything surer


def _show(count: Told) -> Shown:
    if count.exact:
        return count.value
    if count.high == WIDE:
        return HELD_BACK
    return SMALL if count.low == 0 else f"{count.low}+"


def _table(sheet: Sheet, month: str) -> Table:
    if month not in sheet.months:
        return Table(SMALL, {name: dict.fromkeys(sheet.entries[name], SMALL) for name in DIMENSIONS})
    counts = {
        name: {entry: _show(sheet.cell(name, month, entry)) for entry in sheet.entries[name]} for name in DIMENSIONS
    }
    return Table(_show(sheet.month(month)), counts)
