"""The pure parts by themselves: reading one SMS, drawing one screen. No network, no store."""

from time import perf_counter

from bench import journeys
from bench.figures import percentile
from bench.report import Section, number
from bench.run import Run
from gateway.bootstrap import BUILT_IN_DISTRICT, load_words
from menus.engine import Context, replay
from menus.keywords import parse


def measure(run: Run) -> list[Section]:
    first, again = parse_times(), parse_times()
    run.figures["parse ms"] = sum(first) / len(first)
    rows = [
        (
            "parse, each text for the first time",
            number(sum(first) / len(first), "ms"),
            number(percentile(first, 0.99), "ms"),
        ),
        ("parse, the same texts again", number(sum(again) / len(again), "ms"), number(percentile(again, 0.99), "ms")),
        ("screens of the engine, one core", number(screens_a_second(0.5 if run.quick else 2.0), "a second"), ""),
    ]
    notes = [
        f"{len(first)} labelled texts of the tests, mean and p99; lists and weights are loaded before the first",
        "a screen: every prefix of the two journeys replayed from its first key, as each hop does",
    ]
    return [Section("Pure parts", ("what", "mean", "p99"), rows, notes)]


def parse_times() -> list[float]:
    """Milliseconds for each text."""
    lexicon = load_words(BUILT_IN_DISTRICT).lexicon
    parse("lapor", lexicon)
    times = []
    for text in journeys.sms_texts():
        began = perf_counter()
        parse(text, lexicon)
        times.append((perf_counter() - began) * 1e3)
    return times


def screens_a_second(seconds: float) -> float:
    menu = load_words(BUILT_IN_DISTRICT).ussd
    facts = dict.fromkeys(range(8), journeys.ANY_FACT)
    walks = [keys[:count] for keys in (journeys.MENU_KEYS, journeys.REPORT_KEYS) for count in range(len(keys) + 1)]
    began, drawn = perf_counter(), 0
    while perf_counter() - began < seconds:
        for keys in walks:
            replay(menu, keys, Context(facts=facts))
        drawn += len(walks)
    return drawn / (perf_counter() - began)
