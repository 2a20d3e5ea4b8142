"""One phone and nothing else: cold start, an idle hop against the disk, and danger's way to an officer's phone."""

import http.client
import json
import random
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import quote_plus

from bench import client, journeys, ours
from bench.figures import Untold, percentile
from bench.journeys import Journey
from bench.load import next_run
from bench.machine import fdatasync_ms
from bench.outbound import Carrier
from bench.processes import Process, free_port, pinned, run, start
from bench.report import Section, number
from bench.run import Run

SEED = 11
REST = 0.005  # seconds between the hops of an idle server
ALERTED_WITHIN = 30.0  # seconds, then the measurement gives up


def measure_start(run: Run) -> list[Section]:
    """From the start of the processes to the first right answer."""
    rows = []
    whole: list[float] = []
    web: list[float] = []
    for _ in range(1 if run.quick else 5):
        with ExitStack() as stack:
            whole.append(_run_all(run, run.folder(stack)))
        with ExitStack() as stack:
            web.append(_web_alone(run, run.folder(stack)))
    for name, times in (("make run: migrations, officer, web", whole), ("web process, database there", web)):
        rows.append((name, number(percentile(times, 0.5), "s"), number(max(times), "s")))
    return [Section("Cold start, to the first answer", ("what", "median", "worst"), rows)]


def _run_all(run: Run, folder: Path) -> float:
    port = free_port()
    environ = ours.settings({"PORT": str(port), "WEBHOOK_TOKEN": ours.TOKEN})
    return _until_answer(port, lambda: start([ours.BELIPERAK, "run"], run.cores.server, folder, environ, "run"))


def _web_alone(measured: Run, folder: Path) -> float:
    port = free_port()
    environ = ours.settings({"PORT": str(port), "WEBHOOK_TOKEN": ours.TOKEN})
    run([ours.BELIPERAK, "db", "upgrade"], folder, environ)
    return _until_answer(port, lambda: start([ours.BELIPERAK, "web"], measured.cores.server, folder, environ, "web"))


def _until_answer(port: int, begin: Callable[[], Process]) -> float:
    began = time.perf_counter()
    with begin() as process:
        while process.popen.poll() is None and time.perf_counter() - began < 60:
            with suppress(OSError, http.client.HTTPException):
                if dial(port, "1", "000000001", "").startswith(journeys.screen_after(())):
                    return time.perf_counter() - began
            time.sleep(0.01)
        raise Untold(f"no answer: {process.complaint()}")


def dial(port: int, session: str, phone: str, text: str) -> str:
    """One hop on a connection of its own."""
    form = f"sessionId=one-{session}&phoneNumber=%2B62812{phone}&serviceCode=%2A384%23&text={quote_plus(text)}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"/webhooks/africastalking/{ours.TOKEN}/ussd", form, kind)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def measure_idle(run: Run) -> list[Section]:
    """One connection that rests after every answer, and the same disk by itself."""
    with ExitStack() as stack:
        folder = run.folder(stack)
        gateway = ours.Practice(folder, run.cores)
        stack.enter_context(gateway.process)
        with pinned(run.cores.load):
            before = _disk(folder)
            walks = {
                journey.name: quiet_times(journey.at(gateway.ussd), gateway.port, 1.5 if run.quick else 6.0, REST)
                for journey in (journeys.menu_walk(), journeys.report())
            }
            after = _disk(folder)
        busy, rested = ((first + last) / 2 for first, last in zip(before, after, strict=True))
    rows = [
        ("fdatasync of 4 KiB, one after another", number(busy, "ms"), ""),
        (f"fdatasync of 4 KiB, {REST * 1e3:.0f} ms after the last", number(rested, "ms"), ""),
    ]
    for name, times in walks.items():
        rows.append((f"idle hop, {name}", number(percentile(times, 0.5), "ms"), number(percentile(times, 0.99), "ms")))
    run.figures["idle hop / fdatasync"] = percentile(walks["menu walk"], 0.5) / busy
    run.figures["idle hop / rested fdatasync"] = percentile(walks["menu walk"], 0.5) / rested
    notes = [
        f"one connection that rests {REST * 1e3:.0f} ms after every answer, from the load's core, which stays awake; "
        "the disk is measured before and after"
    ]
    return [Section("An idle hop and the disk", ("what", "p50", "p99"), rows, notes)]


def _disk(folder: Path) -> tuple[float, float]:
    """Milliseconds of the disk that is kept busy, and of one that rests as the caller does."""
    return fdatasync_ms(folder, 200), fdatasync_ms(folder, 200, REST)


def quiet_times(journey: Journey, port: int, seconds: float, rest: float = 0.0) -> list[float]:
    """Milliseconds of every hop of one phone. Raises Untold for a wrong answer."""
    return [value for times in quiet_hops(journey, port, seconds, rest) for value in times]


def quiet_hops(journey: Journey, port: int, seconds: float, rest: float = 0.0) -> list[list[float]]:
    """The same, by the place of the hop in its journey."""
    phones, _ = client.measure(json.loads(journey.as_json()), port, seconds, 1, next_run(), rest)
    if phones[0].wrong:
        raise Untold(f"ours answered wrongly: {phones[0].first_wrong!r}")
    return [[value * 1e3 for value in times] for times in phones[0].times]


def measure_danger(run: Run) -> list[Section]:
    """From the press of 2 to the carrier's having the alert: web and worker as in production."""
    with ExitStack() as stack:
        folder = run.folder(stack)
        carrier = Carrier(run, folder)
        stack.enter_context(carrier.process)
        ours.prepare(folder)
        environ = ours.real_carrier(folder, carrier.url)
        port = free_port()
        stack.enter_context(ours.start_web(folder, run.cores, environ, port))
        stack.enter_context(ours.start_worker(folder, run.cores, environ))
        time.sleep(2)
        dice = random.Random(SEED)
        times = []
        for count in range(10 if run.quick else 100):
            times.append(_alert_after(carrier, port, count))
            time.sleep(dice.random())
    run.figures["danger p99 s"] = percentile(times, 0.99)
    row = (str(len(times)), *(number(percentile(times, part), "s") for part in (0.5, 0.99, 1.0)))
    notes = [
        "defaults (WORKER_TICK=PT1S, SEND_RATE=5), PROVIDER=africastalking, one supervisor on duty; "
        "pressed at random moments, until the message has arrived whole at the loopback carrier"
    ]
    return [Section("Press of danger to the alert at the carrier", ("presses", "p50", "p99", "worst"), [row], notes)]


def _alert_after(carrier: Carrier, port: int, count: int) -> float:
    """Seconds. Raises Untold when no alert comes."""
    before = len(carrier.arrivals())
    session = phone = f"{count:09d}"
    dial(port, session, phone, "")
    pressed = time.monotonic_ns()
    answer = dial(port, session, phone, "2")
    if not answer.startswith("CON Tercatat"):
        raise Untold(f"danger was answered wrongly: {answer[:60]!r}")
    while time.monotonic_ns() - pressed < ALERTED_WITHIN * 1e9:
        arrived = carrier.arrivals()[before:]
        if arrived:
            return (arrived[0][0] - pressed) / 1e9
        time.sleep(0.005)
    raise Untold("no alert came")
