"""`python -m tests.faults.quarter --days 90 --seed 1`: play it, print the table, exit 1 on a broken promise."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from gateway import logs
from tests.faults.quarter.playing import play
from tests.faults.quarter.promises import first_broken, judge
from tests.faults.quarter.table import table
from tests.faults.quarter.world import CASES_A_DAY, Plan


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.quarter", description=__doc__)
    parser.add_argument("--days", type=float, default=90, help="how long (90)")
    parser.add_argument("--seed", type=int, default=1, help="another number is another quarter (1)")
    parser.add_argument("--cases-a-day", type=float, default=CASES_A_DAY, help="reports a day (3.3)")
    parser.add_argument("--workers", choices=["one", "interleaved", "threads"], default="one")
    parser.add_argument("--url", help="a PostgreSQL database that may be filled; without it SQLite in a scratch folder")
    args = parser.parse_args()
    logs.configure("critical")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="beliperak-quarter-") as folder:
        seen = play(Path(folder), Plan(args.days, args.seed, args.cases_a_day, args.workers), args.url)
    lines = judge(seen)
    told = [*table(seen, lines), "", f"seed {args.seed}, {time.monotonic() - began:.0f} s", ""]
    sys.stdout.write("\n".join(told))
    return 1 if first_broken(lines) else 0


if __name__ == "__main__":
    sys.exit(main())
