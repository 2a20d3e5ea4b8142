"""Charts as plain shapes: values in, where each bar stands out. Pure; the template draws them as SVG, by class only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.statistics.small_cells import SMALL, Shown

STEP = 48
"""Width of one column and its gap, in the drawing's units."""
TALL = 150
TOP, BOTTOM = 24, 26
BELOW_FIVE = 4
"""A count told as `<5` is drawn hollow, up to the most it can be."""


@dataclass(frozen=True)
class Column:
    """One value: a solid bar for a count that is told, a hollow one for a count that is not."""

    x: float
    y: float
    width: float
    height: float
    told: bool
    text: str
    label: str

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Grid:
    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    width: int
    height: int
    columns: tuple[Column, ...]
    grid: tuple[Grid, ...]
    baseline: float


def size_of(value: Shown | None) -> int | None:
    """How high a value is drawn: itself, `10+` from ten on, `<5` up to four; None when it is not told at all."""
    if isinstance(value, int):
        return value
    if value == SMALL:
        return BELOW_FIVE
    digits = (value or "").removesuffix("+")
    return int(digits) if digits.isdigit() else None


def columns(labels: Sequence[str], values: Sequence[Shown | None]) -> Chart:
    """A column for each value, with a round scale that the highest one fits into."""
    sizes = [size_of(value) for value in values]
    top = round_up(max([size for size in sizes if size is not None], default=0))
    drawn = []
    for number, (label, value, size) in enumerate(zip(labels, values, sizes, strict=True)):
        height = TALL * (BELOW_FIVE if size is None else size) / top
        solid = isinstance(value, int) or (size is not None and value != SMALL)
        text = "" if value is None else str(value)
        x = 40 + number * STEP
        drawn.append(Column(x, TOP + TALL - height, STEP * 0.62, 0 if value is None else height, solid, text, label))
    lines = tuple(Grid(TOP + TALL - TALL * part / 2, f"{top * part / 2:g}") for part in (0, 1, 2))
    return Chart(40 + len(drawn) * STEP, TOP + TALL + BOTTOM, tuple(drawn), lines, TOP + TALL)


def minutes(labels: Sequence[str], values: Sequence[Shown | None]) -> Chart:
    """As `columns`; where fewer than five waited nothing is told of how long, so nothing is drawn but the sign."""
    chart = columns(labels, [value if isinstance(value, int) else None for value in values])
    told = [replace(one, text=one.text or str(value or "")) for one, value in zip(chart.columns, values, strict=True)]
    return replace(chart, columns=tuple(told))


def round_up(value: int) -> int:
    """The next of 5, 10, 20, 50, 100, ...; never nought."""
    step = 1
    while True:
        for factor in (5, 10, 20):
            if value <= factor * step:
                return factor * step
        step *= 10


def lengths(values: Sequence[Shown | None]) -> list[int]:
    """Each value as a share of the longest, in whole hundredths; what is not told has none."""
    sizes = [size_of(value) or 0 for value in values]
    longest = max(sizes, default=0) or 1
    return [100 * size // longest for size in sizes]


def shades(values: Sequence[Shown | None], most: int = 4) -> list[int]:
    """Each value as one of `most` steps of darkness; 0 for what is below five or not told."""
    sizes = [0 if value == SMALL else size_of(value) or 0 for value in values]
    longest = max(sizes, default=0) or 1
    return [-(-most * size // longest) for size in sizes]
