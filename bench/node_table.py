"""What one node spends and takes, as the tables of docs/scale.md. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bench.figures import Side
from bench.report import number, render_table, told

BEGIN: Final = "<!-- measured by python -m bench.measure_node: begin -->"
END: Final = "<!-- end of what was measured -->"
ALERTS: Final = 3
"""Officers who are told of a danger call."""
CALLBACKS: Final = {"danger": 2, "report": 9, "sms": 1}
NAMES: Final = {
    "danger": "a danger call: two callbacks, a case, an alert with a code to each of three officers",
    "report": "a report by USSD: nine callbacks",
    "sms": "a report by SMS, read, its case, three alerts",
}
PASER: Final = 3.3
"""Reports a day, as the simulated quarter plays."""


@dataclass(frozen=True)
class Spent:
    """Of one node: milliseconds of processor time by kind, and of one message; KiB on disk of one case."""

    each: Mapping[str, float]
    message: float
    disk: float

    @property
    def danger(self) -> float:
        """Milliseconds for a danger call and its messages."""
        return self.each["danger"] + ALERTS * self.message


def render(about: list[str], spent: Spent, sides: Mapping[str, Mapping[str, Side]]) -> str:
    """`sides`: by engine, then by kind; their rates are callbacks a second."""
    engines = list(sides)
    rows = [
        [name, number(spent.each[kind], "ms"), *(_a_second(sides[engine][kind], kind) for engine in engines)]
        for kind, name in NAMES.items()
    ]
    blank = [""] * len(engines)
    rows.append(["one message, from claim to settling", number(spent.message, "ms"), *blank])
    rows.append(["a case with three messages and its timeline on disk (SQLite)", number(spent.disk, "KiB"), *blank])
    columns = ["what", "spent on one", *(f"a second, {engine}" for engine in engines)]
    parts = [
        "\n".join(f"- {line}" for line in about),
        render_table(columns, rows),
        "All of the table above is **measured**. A danger call with its three messages costs "
        f"{number(spent.danger, 'ms')} of processor time, so one core would carry {1000 / spent.danger:.0f} of them "
        "a second (**computed**).",
        render_table(["office", "reports", "processor (computed)", "disk (computed)"], _offices(spent)),
    ]
    return "\n\n".join(parts) + "\n"


def place(document: str, text: str) -> str:
    """The document with this text between the two marks. Raises ValueError where it has not both, once each."""
    if document.count(BEGIN) != 1 or document.count(END) != 1 or document.index(BEGIN) > document.index(END):
        raise ValueError("the file has no place for the tables: its two marks, once each")
    before, _, rest = document.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}"


def _a_second(side: Side, kind: str) -> str:
    value = told(lambda: side.rate / CALLBACKS[kind])
    return value if isinstance(value, str) else number(value)


def _offices(spent: Spent) -> list[list[str]]:
    def a_day(count: float) -> str:
        return f"{number(count * spent.danger / 1000)} s a day"

    def a_core(a_second: float) -> str:
        return f"{number(a_second * spent.danger / 10)} % of a core"

    def disk(count: float) -> str:
        size = count * spent.disk / 1024
        return f"{size / 1000:.1f} GB" if size >= 1000 else f"{size:.0f} MB"

    nation, year = PASER * 514, 365
    peak = nation * 10 / 2 / (3 * 3600)
    return [
        ["Paser, at the rate of the simulated quarter", f"{PASER} a day", a_day(PASER), f"{disk(PASER * year)} a year"],
        ["a campaign day: 1,000 in an hour", "0.3 a second", a_core(1000 / 3600), disk(1000)],
        ["a province of 10 such kabupaten", "33 a day", a_day(PASER * 10), f"{disk(PASER * 10 * year)} a year"],
        ["all 514 kabupaten and kota at Paser's rate", "1,700 a day", a_day(nation), f"{disk(nation * year)} a year"],
        [
            "the same, ten times as busy, half of it within three hours",
            f"{peak:.1f} a second at the peak",
            a_core(peak),
            f"{disk(nation * 10 * year)} a year",
        ],
    ]
