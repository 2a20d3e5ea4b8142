"""`python -m bench`: everything measured, one table against the goals, the details below it. See README.md."""

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from bench import alone, growth, hops, machine, outbound, pure, texts
from bench.figures import Untold
from bench.goals import GOALS
from bench.processes import Failed
from bench.report import Section, render_goals, render_section
from bench.run import Run

PARTS: dict[str, Callable[[Run], list[Section]]] = {
    "hops": hops.measure,
    "postgres": hops.measure_postgres,
    "sms": texts.measure,
    "outbound": outbound.measure,
    "danger": alone.measure_danger,
    "idle": alone.measure_idle,
    "start": alone.measure_start,
    "pure": pure.measure,
    "growth": growth.measure,
}


BY_HAND = "## What was tried"


def main() -> int:
    args = _parser().parse_args()
    run = Run(args.rounds or (2 if args.quick else 7), 1.0 if args.quick else 3.0, args.quick)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    about = machine.describe(run)
    os.sched_setaffinity(0, {run.cores.load})  # nothing of ours works on the servers' core
    sections = []
    for name in args.only or PARTS:
        run.say(f"{name} ...")
        try:
            sections += PARTS[name](run)
        except Exception as fault:  # one part that fails must not cost the figures of all the others
            run.say(f"{name} failed: {fault}" if isinstance(fault, Failed | Untold) else traceback.format_exc())
            sections.append(Section(name, ("what",), [(f"could not be measured: {fault}",)]))
    text = render(about, run, sections)
    sys.stdout.write(text)
    if args.out:
        args.out.write_text(text + _by_hand(args.out), encoding="utf-8")
    return 0


def _by_hand(out: Path) -> str:
    """What people have written below the tables stays."""
    before = out.read_text("utf-8") if out.exists() else ""
    start = before.find(BY_HAND)
    return "\n" + before[start:] if start >= 0 else ""


def render(about: list[str], run: Run, sections: list[Section]) -> str:
    parts = [
        "# Performance",
        "Measured by `make bench`; every figure as it came, also those that miss.",
        "\n".join(f"- {line}" for line in about),
        "## Goals",
        render_goals(GOALS, run.figures),
        *(render_section(section) for section in sections),
    ]
    return "\n\n".join(parts) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the gateway against its goals and its peers."
    )
    parser.add_argument("--quick", action="store_true", help="short rounds, small growth: shows that it works, no more")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each server (7; 2 when quick)")
    parser.add_argument(
        "--only", action="append", choices=PARTS, metavar="NAME", help=f"only this part: {', '.join(PARTS)}"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the tables to this file too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
