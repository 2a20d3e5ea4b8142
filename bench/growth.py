"""The same work in a small district and in one that has served for years: it must take as long."""

import random
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import quote_plus

import requests
from sqlalchemy.orm import Session

from bench import filler, journeys, ours, outbound
from bench.alone import quiet_hops, quiet_times
from bench.figures import Untold, percentile
from bench.journeys import Hop, Journey
from bench.postgres import Postgres
from bench.processes import free_port, run
from bench.report import Section, number
from bench.run import Run
from gateway import bootstrap
from gateway.bootstrap import Parts
from gateway.clock import utc_now
from gateway.outbox import claiming, queue
from gateway.settings import Settings
from menus.engine import Context, replay
from models.vocabulary import MessageStatus

SEED = 13
SIZES = (1_000, 100_000, 1_000_000)
QUICK_SIZES = (1_000, 20_000)
CLAIMED = 20
"""Messages due at each claim."""
ASKS_PASSWORD = 'type="password"'


Work = Callable[["District", float], float]
"""Something measured for so many seconds; its median in milliseconds. Raises Untold."""


@dataclass
class District:
    """One gateway on one engine, and its database from inside."""

    size: int
    parts: Parts
    port: int
    receipts: list[str]
    times: dict[str, list[float]] = field(default_factory=dict)
    """The median of each round, in milliseconds."""
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def ussd(self) -> str:
        return f"/webhooks/africastalking/{ours.TOKEN}/ussd"


def measure(run: Run) -> list[Section]:
    sections = []
    for engine in ("sqlite", "postgresql"):
        with ExitStack() as stack:
            server = stack.enter_context(Postgres(run.folder(stack), run.cores)) if engine == "postgresql" else None
            districts = []
            for size in QUICK_SIZES if run.quick else SIZES:
                run.say(f"growth: {engine}, {size:,} cases")
                url = server.database(f"grown_{size}") if server else None
                districts.append(_found(run, stack, run.folder(stack), url, size))
            run.say(f"growth: {engine}, measuring")
            sections.append(_compare(run, engine, districts))
    return sections


def _found(measured: Run, stack: ExitStack, folder: Path, url: str | None, size: int) -> District:
    """An office with one officer, its open cases and `size` closed ones. No worker: a claim must find its messages."""
    port = free_port()
    given = {"PORT": str(port), "WEBHOOK_TOKEN": ours.TOKEN, **({"DATABASE_URL": url} if url else {})}
    environ = ours.settings(given)
    run([ours.BELIPERAK, "db", "upgrade"], folder, environ)
    ours.add_officer(folder, environ)
    stack.enter_context(ours.start_web(folder, measured.cores, environ, port))
    parts = bootstrap.build(Settings.load(environ, folder))
    stack.callback(parts.close)
    receipts = filler.open_cases(parts, filler.OPEN + 1)[:-1]  # the last is the one that is closed and copied
    filler.grow(parts.store.engine, filler.close_one(parts), 1, size)
    return District(size, parts, port, receipts)


def _compare(run: Run, engine: str, districts: list[District]) -> Section:
    """Round by round each district in a new order, so that a slow moment of the machine falls on all of them."""
    dice = random.Random(SEED)
    rounds, seconds = (2, 0.4) if run.quick else (5, 0.8)
    for count in range(rounds + 1):
        for district in dice.sample(districts, len(districts)):
            for name, work in WORKS.items():
                _measure_once(district, name, work, seconds, warming=count == 0)
    rows = []
    for name in WORKS:
        values = [district.times.get(name) for district in districts]
        first, last = values[0], values[-1]
        ratio = median(last) / median(first) if first and last else None
        why = "; ".join(sorted({district.faults[name] for district in districts if name in district.faults}))
        rows.append((name, *(number(median(value) if value else None) for value in values), number(ratio, "x"), why))
        _tell(run, f"growth {engine} {name}", ratio, why)
    columns = ("p50 ms", *(f"{district.size:,} cases" for district in districts), "last / first", "why not")
    notes = [
        f"{rounds} shuffled rounds over the districts, medians; one phone, one connection; caches are warm",
        f"{filler.OPEN} cases wait at every size, the rest are closed copies with an event and a message each",
        f"claim: {CLAIMED} due messages claimed and opened in one transaction",
    ]
    return Section(f"Growth, {engine}", columns, rows, notes)


def _measure_once(district: District, name: str, work: Work, seconds: float, *, warming: bool) -> None:
    if name in district.faults:
        return
    try:
        value = work(district, seconds)
    except Untold as why:
        district.faults[name] = str(why)
        district.times.pop(name, None)
        return
    if not warming:
        district.times.setdefault(name, []).append(value)


def _tell(run: Run, figure: str, ratio: float | None, why: str) -> None:
    if ratio is None:
        run.figures[figure] = why
    elif run.quick:
        run.figures[figure] = f"{ratio:.2f} x, but a quick run grows to {QUICK_SIZES[-1]:,} only"
    else:
        run.figures[figure] = ratio


# What is measured; each gives the median in milliseconds


def hop(district: District, seconds: float) -> float:
    return percentile(quiet_times(journeys.menu_walk().at(district.ussd), district.port, seconds), 0.5)


def report_hop(district: District, seconds: float) -> float:
    return percentile(quiet_times(journeys.report().at(district.ussd), district.port, seconds), 0.5)


def status(district: District, seconds: float) -> float:
    """Dial, `Cek nomor`, a receipt: the last hop."""
    journey = look_ups(district.receipts).at(district.ussd)
    hops = quiet_hops(journey, district.port, seconds)
    return percentile([value for times in hops[2::3] for value in times], 0.5)


def look_ups(receipts: list[str]) -> Journey:
    """A session of three hops for each receipt, from the phone its case came from: where very many numbers answer no

    other phone is told.
    """
    hops = []
    for count, receipt in enumerate(receipts):
        for typed, screen in (("", ()), ("4", ("4",)), (f"4*{receipt}", None)):
            shown = journeys.screen_after(screen) if screen is not None else received(receipt)
            body = journeys.ussd_form(typed).replace(f"ATUid_{journeys.ID}", f"ATUid_{journeys.ID}{count:03d}")
            body = body.replace(f"62812{journeys.ID}", quote_plus(filler.phone_of(count)[1:]))
            hops.append(Hop(body, shown))
    return Journey("status", "", tuple(hops))


def received(receipt: str) -> str:
    """The screen that says no more than that it was received."""
    menu = bootstrap.load_words(bootstrap.BUILT_IN_DISTRICT).ussd
    fact = {"status": "received", "receipt": receipt}
    return "CON " + replay(menu, ["4", receipt], Context(facts={1: fact})).text


def claim(district: District, seconds: float) -> float:
    """Claiming due messages, from inside, as the worker does; each batch is settled before the next."""
    parts = district.parts
    times: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(times) < 5:
        outbound.enqueue(parts, [f"BP 3E76 Anda ambil. {count}" for count in range(CLAIMED)])
        began = time.perf_counter()
        taken = parts.store.write(lambda session: claiming.claim_due(session, parts.desk, utc_now(), CLAIMED))
        times.append((time.perf_counter() - began) * 1e3)
        if len(taken) != CLAIMED:
            raise Untold(f"a claim took {len(taken)} of {CLAIMED} messages")
        parts.store.write(partial(_settle, taken))
    return percentile(times, 0.5)


def _settle(taken: list[queue.Outgoing], session: Session) -> None:
    for outgoing in taken:
        queue.settle(session, utc_now(), outgoing, queue.Outcome(MessageStatus.SENT, "bench"))


def queue_page(district: District, seconds: float) -> float:
    """The page an officer's day begins on, where this release has a console; practice asks for no second factor."""
    home = f"http://127.0.0.1:{district.port}/console/"
    with requests.Session() as session:
        page = session.get(home, timeout=30)
        if page.status_code == 404:
            raise Untold("no console in this release")
        if ASKS_PASSWORD in page.text:
            given = {**hidden(page.text), "login": ours.LOGIN, "password": ours.PASSWORD}
            page = session.post(page.url, data=given, timeout=30)
        address = page.url
        times: list[float] = []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until or len(times) < 5:
            began = time.perf_counter()
            page = session.get(address, timeout=30)
            times.append((time.perf_counter() - began) * 1e3)
            if page.status_code != 200 or ASKS_PASSWORD in page.text:
                raise Untold(f"the queue page could not be opened: {page.status_code}")
    return percentile(times, 0.5)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a form."""
    fields = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    named = [(re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)) for one in fields]
    return {name[1]: value[1] for name, value in named if name and value}


WORKS: dict[str, Work] = {
    "hop": hop,
    "report hop": report_hop,
    "status": status,
    "claim": claim,
    "queue page": queue_page,
}
