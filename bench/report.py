"""The tables: every figure as measured, and the verdict on each goal. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.figures import Side, Untold

Figures = dict[str, "float | str"]
"""What was measured, by name; a text says why a figure is missing."""


@dataclass(frozen=True)
class Goal:
    """One line of the goals. `more`: a greater figure is better."""

    what: str
    figure: str
    must: float
    aim: float
    unit: str
    more: bool = False

    def verdict(self, value: "float | str | None") -> str:
        if not isinstance(value, float):
            return "not measured"
        if self._holds(value, self.aim):
            return "aim"
        return "must" if self._holds(value, self.must) else "MISSED"

    def _holds(self, value: float, bound: float) -> bool:
        return value >= bound if self.more else value <= bound


@dataclass
class Section:
    """One table of details with the notes that a reader needs to judge it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]] = ()
    notes: list[str] = field(default_factory=list)


def render_goals(goals: Sequence[Goal], figures: Mapping[str, "float | str"]) -> str:
    rows = []
    for goal in goals:
        value = figures.get(goal.figure)
        shown = value if isinstance(value, str) else number(value, goal.unit)
        bounds = (number(goal.must, goal.unit), number(goal.aim, goal.unit))
        rows.append([goal.what, *bounds, shown, goal.verdict(value)])
    return render_table(["what", "must", "aim", "measured", "kept"], rows)


def render_section(section: Section) -> str:
    parts = [f"## {section.title}", render_table(section.columns, section.rows)]
    parts += ["\n".join(f"- {note}" for note in section.notes)] if section.notes else []
    return "\n\n".join(parts)


def render_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that is markdown and can be read as it stands."""
    cells = [[cell.replace("|", "/").replace("\n", " ") for cell in row] for row in (columns, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(columns))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def number(value: "float | None", unit: str = "") -> str:
    if value is None:
        return "-"
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{places}f}"
    return f"{text} {unit}" if unit else text


def told(figure: Callable[[], float]) -> "float | str":
    """A figure, or the reason why it must not be told."""
    try:
        return float(figure())
    except Untold as why:
        return str(why)


def side_row(side: Side) -> Sequence[str]:
    """Name, version, answers a second, spread, p50, p99, CPU: one line of a table of servers."""
    try:
        figures = [number(side.rate), f"±{side.spread:.0%}", number(side.p50), number(side.p99), number(side.cpu)]
    except Untold as why:
        figures = [str(why), "", "", "", ""]
    return [side.name, side.version, *figures]


SIDE_COLUMNS = ("server", "version", "answers/s", "spread", "p50 ms", "p99 ms", "CPU us")
