"""`python -m tests.faults`: try every fault in earnest, print the table, exit 1 when a promise broke."""

import sys

from gateway import logs
from tests.faults.endurance import outcomes
from tests.faults.outcome import Outcome, table


def main() -> int:
    logs.configure("critical")
    found: list[Outcome] = []
    for outcome in outcomes():
        lines = list(table([outcome]))
        sys.stdout.write("\n".join([*(lines if not found else lines[2:]), ""]))
        sys.stdout.flush()
        found.append(outcome)
    controls = [outcome for outcome in found if "control" in outcome.fault]
    kept = all(outcome.holds for outcome in found if outcome not in controls)
    return 0 if kept and all(outcome.lost for outcome in controls) else 1


if __name__ == "__main__":
    sys.exit(main())
