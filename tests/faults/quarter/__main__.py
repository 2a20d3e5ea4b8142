"""`python -m tests.faults.quarter --days 90 --seed 1`: play it, print the table, exit 1 on a broken promise."""

import argparse
import sys

from gateway import logs
from tests.faults.quarter import section
from tests.faults.quarter.world import CASES_A_DAY, Plan


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.quarter", description=__doc__)
    parser.add_argument("--days", type=float, default=90, help="how long (90)")
    parser.add_argument("--seed", type=int, default=1, help="another number is another quarter (1)")
    parser.add_argument("--cases-a-day", type=float, default=CASES_A_DAY, help="reports a day (3.3)")
    parser.add_argument("--workers", choices=["one", "interleaved", "threads"], default="one")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL; without it SQLite")
    args = parser.parse_args()
    logs.configure("critical")
    plan = Plan(args.days, args.seed, args.cases_a_day, args.workers)
    return 0 if section.run(plan, sys.stdout.write, postgres=args.postgres) else 1


if __name__ == "__main__":
    sys.exit(main())
