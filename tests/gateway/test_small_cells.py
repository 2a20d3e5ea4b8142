"""Tables in which nobody is alone: what is shown, and an attacker who subtracts whatever can be subtracted."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.statistics.small_cells import Shown, Year, few, guarded, publish
from gateway.statistics.tallies import DIMENSIONS, Tally

ENTRIES = {
    "kecamatan": ("k1", "k2", "k3", "unknown"),
    "form": ("FIS", "PSI", "SEK", "TTU"),
    "age": ("<18", "18+", "unknown"),
    "sex": ("f", "m", "unknown"),
    "channel": ("ussd", "sms", "console"),
}
MONTHS = tuple(f"2025-{number:02}" for number in range(1, 13))
ENDLESS = 10**6


@dataclass(frozen=True)
class A:
    """A case."""

    month: str = "2025-01"
    kecamatan: str = "k1"
    form: tuple[str, ...] = ("FIS",)
    age: str = "18+"
    sex: str = "f"
    channel: str = "sms"


def tallied(cases: Iterable[A], months: Sequence[str] = MONTHS) -> dict[str, Tally]:
    found = {month: Tally(counts={name: Counter() for name in DIMENSIONS}) for month in months}
    sums = Counter(case.month for case in cases)
    for case in cases:
        for name in DIMENSIONS:
            entries = case.form if name == "form" else (getattr(case, name),)
            for entry in entries:
                counts = found[case.month].counts[name]
                counts[entry] = counts.get(entry, 0) + 1
    return {month: Tally(sums[month], tally.counts) for month, tally in found.items()}


def year_of(
    cases: Sequence[A], months: Sequence[str] = MONTHS, *, since: str = MONTHS[0], is_over: bool = True
) -> Year:
    return publish(tallied(cases, months), ENTRIES, since=since, is_over=is_over)


# What is shown


def test_a_count_below_five_is_told_as_such_and_so_is_nought() -> None:
    year = year_of([A()] * 3 + [A("2025-02")] * 7)
    assert year.months["2025-01"].cases == "<5"
    assert year.months["2025-03"].cases == "<5"
    assert year.months["2025-02"].cases == 7
    assert year.months["2025-02"].counts["kecamatan"] == {"k1": 7, "k2": "<5", "k3": "<5", "unknown": "<5"}


def test_the_totals_of_a_year_that_is_over_are_true_except_of_a_kecamatan() -> None:
    year = year_of([A("2025-02", "k2", ("PSI",), sex="m")] * 2 + [A("2025-03", "k3")] * 9)
    assert year.total.cases == 11
    assert year.total.counts["form"] == {"FIS": 9, "PSI": 2, "SEK": 0, "TTU": 0}
    assert year.total.counts["sex"] == {"f": 9, "m": 2, "unknown": 0}
    assert year.total.counts["kecamatan"] == {"k1": "<5", "k2": "<5", "k3": 9, "unknown": "<5"}


def test_the_totals_of_the_running_year_are_told_in_fives() -> None:
    year = year_of([A("2025-01")] * 3 + [A("2025-02")] * 9, MONTHS[:2], is_over=False)
    assert year.total.cases == "10+"
    assert year.total.counts["form"]["FIS"] == "10+"
    assert year.total.counts["form"]["PSI"] == "<5"


def test_a_single_small_count_beside_large_ones_takes_another_with_it() -> None:
    """The month's total less the two large ones would be three: so the smaller of them is not told either."""
    entries = ENTRIES | {"sex": ("f", "m", "unknown")}
    cases = [A(sex="f")] * 9 + [A(sex="m")] * 6 + [A(sex="unknown")] * 3
    year = publish(tallied(cases), entries, since=MONTHS[0], is_over=True)
    assert year.months["2025-01"].cases == 18
    assert year.months["2025-01"].counts["sex"] == {"f": 9, "m": "*", "unknown": "<5"}


def test_counts_of_four_that_fill_a_total_are_not_given_away() -> None:
    year = year_of([A(sex="f")] * 4 + [A(sex="m")] * 4 + [A(sex="unknown")] * 4)
    assert year.months["2025-01"].counts["sex"] == {"f": "<5", "m": "<5", "unknown": "<5"}
    assert attack(year, tallied([A(sex="f")] * 4 + [A(sex="m")] * 4 + [A(sex="unknown")] * 4)) == []


def test_a_first_year_of_one_month_does_not_tell_the_month_by_the_year() -> None:
    year = year_of([A("2025-12")] * 3, since="2025-12")
    assert year.months["2025-12"].cases == "<5"
    assert year.total.cases in ("<5", "*")
    assert year.total.counts["form"]["FIS"] in ("<5", "*")


def test_what_is_told_of_a_month_does_not_depend_on_what_else_was_asked() -> None:
    """`publish` is given whole years only; the same year twice is the same."""
    cases = [A(month) for month in MONTHS[:7]] * 3
    assert year_of(cases) == year_of(list(reversed(cases)))


@pytest.mark.parametrize(
    ("count", "of", "shown"), [(0, 9, "<5"), (4, 9, "<5"), (5, 9, "*"), (5, 5, 5), (5, 10, 5), (8, 11, "*"), (6, 40, 6)]
)
def test_a_part_is_told_only_when_the_rest_is_none_or_five_too(count: int, of: int, shown: Shown) -> None:
    assert guarded(count, of) == shown


def test_a_count_without_a_total() -> None:
    assert [few(0), few(4), few(5)] == ["<5", "<5", 5]


# The attacker


Key = tuple[str, ...]


def truth_of(tallies: dict[str, Tally], year: Year) -> dict[Key, int]:
    found: dict[Key, int] = {("all",): sum(tally.cases for tally in tallies.values())}
    for month, tally in tallies.items():
        found["month", month] = tally.cases
        for name, entries in year.total.counts.items():
            for entry in entries:
                found["cell", name, month, entry] = tally.of(name, entry)
    for name, entries in year.total.counts.items():
        for entry in entries:
            found["year", name, entry] = sum(tally.of(name, entry) for tally in tallies.values())
    return found


def published(year: Year) -> dict[Key, Shown]:
    found: dict[Key, Shown] = {("all",): year.total.cases}
    for name, counts in year.total.counts.items():
        found |= {("year", name, entry): shown for entry, shown in counts.items()}
    for month, table in year.months.items():
        found["month", month] = table.cases
        for name, counts in table.counts.items():
            found |= {("cell", name, month, entry): shown for entry, shown in counts.items()}
    return found


def bounds(shown: Shown, truth: int) -> list[int]:
    """What a reader sees. He may well know that `*` mostly stands for five or more."""
    if isinstance(shown, int):
        return [shown, shown]
    if shown == "<5":
        return [0, 4]
    if shown == "*":
        return [5 if truth >= 5 else 0, ENDLESS]
    return [int(shown[:-1]), int(shown[:-1]) + 4]


def sums(year: Year, months: Sequence[str]) -> Iterator[tuple[Key, list[Key], bool]]:
    """Total, its parts, and whether the parts may count a case twice."""
    yield ("all",), [("month", month) for month in months], False
    for name, entries in year.total.counts.items():
        for month in months:
            yield ("month", month), [("cell", name, month, entry) for entry in entries], name == "form"
        for entry in entries:
            yield ("year", name, entry), [("cell", name, month, entry) for month in months], False
        yield ("all",), [("year", name, entry) for entry in entries], name == "form"


def attack(year: Year, tallies: dict[str, Tally], since: str = MONTHS[0]) -> list[Key]:
    """Every hidden count from one to four that subtracting determines: bounds are narrowed until nothing moves."""
    truth, seen = truth_of(tallies, year), published(year)
    known = {key: bounds(shown, truth[key]) for key, shown in seen.items()}
    for key in known:
        if key[0] in ("cell", "month") and key[2 if key[0] == "cell" else 1] < since:
            known[key] = [0, 0]
    rules = list(sums(year, sorted(year.months)))
    moved = True
    while moved:
        moved = False
        for total, parts, several in rules:
            for key, low, high in narrowed(known, total, parts, several):
                if low > known[key][0] or high < known[key][1]:
                    known[key] = [max(low, known[key][0]), min(high, known[key][1])]
                    moved = True
    assert all(low <= truth[key] <= high for key, (low, high) in known.items()), "the tables tell something untrue"
    return [key for key, (low, high) in known.items() if low == high and 0 < low < 5 and not isinstance(seen[key], int)]


def narrowed(
    known: dict[Key, list[int]], total: Key, parts: list[Key], several: bool
) -> Iterator[tuple[Key, int, int]]:
    lows, highs = sum(known[part][0] for part in parts), sum(known[part][1] for part in parts)
    low, high = known[total]
    if several:  # every case has one form at least, and no form twice
        yield total, max(known[part][0] for part in parts), highs
        for part in parts:
            yield part, low - (highs - known[part][1]), high
        return
    yield total, lows, highs
    for part in parts:
        yield part, low - (highs - known[part][1]), high - (lows - known[part][0])


def test_the_attacker_can_subtract() -> None:
    """Without protection he finds the three women of January."""
    cases = [A(sex="f")] * 3 + [A(sex="m")] * 9
    tallies = tallied(cases)
    honest = year_of(cases)
    naive = Year(honest.months | {"2025-01": type(honest.total)(12, honest.months["2025-01"].counts)}, honest.total)
    naive.months["2025-01"].counts["sex"] = {"f": "<5", "m": 9, "unknown": "<5"}
    naive.total.counts["sex"] = {"f": 3, "m": 9, "unknown": 0}
    assert ("cell", "sex", "2025-01", "unknown") not in attack(naive, tallies)
    naive.months.update({month: type(honest.total)(0, {}) for month in MONTHS[1:]})
    for month in MONTHS[1:]:
        counts = {name: dict.fromkeys(ENTRIES[name], 0) for name in DIMENSIONS}
        naive.months[month] = type(honest.total)(0, counts)  # type: ignore[arg-type]
    assert ("cell", "sex", "2025-01", "f") in attack(naive, tallies)


a_case = st.builds(
    A,
    st.sampled_from(MONTHS),
    st.sampled_from(ENTRIES["kecamatan"]),
    st.sets(st.sampled_from(ENTRIES["form"]), min_size=1, max_size=3).map(lambda forms: tuple(sorted(forms))),
    st.sampled_from(ENTRIES["age"]),
    st.sampled_from(ENTRIES["sex"]),
    st.sampled_from(ENTRIES["channel"]),
)


@st.composite
def some_cases(draw: st.DrawFn) -> list[A]:
    """Few kinds of case, each repeated: counts around five, noughts, and entries that stand alone."""
    kinds = draw(st.lists(a_case, min_size=1, max_size=12))
    return [case for case in kinds for _ in range(draw(st.integers(1, 7)))]


@settings(max_examples=150, deadline=None)
@given(some_cases(), st.booleans(), st.integers(1, 12))
def test_no_hidden_count_from_one_to_four_is_found_by_subtracting(cases: list[A], is_over: bool, last: int) -> None:
    months = MONTHS if is_over else MONTHS[:last]
    cases = [case for case in cases if case.month in months]
    since = min((case.month for case in cases), default=MONTHS[0])
    year = year_of(cases, months, since=since, is_over=is_over)
    tallies = tallied(cases, months)
    assert attack(year, tallies, since) == []
    for key, shown in published(year).items():
        if isinstance(shown, int) and 0 < shown < 5:
            assert is_over
            assert key[0] in ("year", "all")
            assert key[1:2] != ("kecamatan",)


# An attacker who tries every possible set of cases, for tables small enough


def fits(shown: Shown, value: int, truth: int) -> bool:
    low, high = bounds(shown, truth)
    return low <= value <= high


def worlds(
    year: Year, truth: dict[Key, int], months: Sequence[str], entries: Sequence[str]
) -> Iterator[dict[Key, int]]:
    """Every table of kecamatan by month that would be published alike; other dimensions have one entry."""
    seen = published(year)
    rows = []
    for month in months:
        keys: list[Key] = [("cell", "kecamatan", month, entry) for entry in entries]
        total: Key = ("month", month)
        fitting = [
            row
            for row in itertools.product(range(8), repeat=len(entries))
            if all(fits(seen[key], value, truth[key]) for key, value in zip(keys, row, strict=True))
            and fits(seen[total], sum(row), truth[total])
            and all(
                fits(seen["cell", name, month, "one"], sum(row), truth["cell", name, month, "one"])
                for name in DIMENSIONS[1:]
            )
        ]
        rows.append(fitting)
    for table in itertools.product(*rows):
        year_entries = [sum(column) for column in zip(*table, strict=True)]
        everything = sum(year_entries)
        if not fits(seen["all",], everything, truth["all",]):
            continue
        if not all(fits(seen["year", n, "one"], everything, truth["year", n, "one"]) for n in DIMENSIONS[1:]):
            continue
        keyed = [("year", "kecamatan", entry) for entry in entries]
        if all(fits(seen[key], value, truth[key]) for key, value in zip(keyed, year_entries, strict=True)):
            found: dict[Key, int] = {("all",): everything, **dict(zip(keyed, year_entries, strict=True))}
            for month, row in zip(months, table, strict=True):
                found["month", month] = sum(row)
                found |= {("cell", "kecamatan", month, e): v for e, v in zip(entries, row, strict=True)}
            yield found


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([(2, 3), (3, 2), (2, 2), (1, 3)]).flatmap(
        lambda size: st.lists(
            st.lists(st.integers(0, 6), min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
        )
    ),
    st.booleans(),
)
def test_no_hidden_count_is_the_same_in_every_world(table: list[list[int]], is_over: bool) -> None:
    months, entries = MONTHS[: len(table)], [f"k{number}" for number in range(len(table[0]))]
    one = dict.fromkeys(DIMENSIONS[1:], ("one",))
    tallies = {
        month: Tally(
            sum(row),
            {"kecamatan": dict(zip(entries, row, strict=True))} | {name: {"one": sum(row)} for name in DIMENSIONS[1:]},
        )
        for month, row in zip(months, table, strict=True)
    }
    year = publish(tallies, {"kecamatan": tuple(entries), **one}, since=months[0], is_over=is_over)
    truth, seen = truth_of(tallies, year), published(year)
    asked = {
        key
        for key, value in truth.items()
        if 0 < value < 5 and not isinstance(seen[key], int) and key[1:2] not in [(name,) for name in DIMENSIONS[1:]]
    }
    other: set[Key] = set()
    for world in worlds(year, truth, months, entries):
        other |= {key for key in asked - other if world[key] != truth[key]}
        if other == asked:
            break
    assert asked - other == set()
