"""`python -m tests.faults [NAME ...]`: what takes too long for every test run, section by section; exit 1 on a fault.

A section is a name and a function that says its table and returns whether every promise was kept.
"""

import sys
from collections.abc import Callable

from gateway import logs
from tests.faults import endurance
from tests.faults.quarter import section as quarter

Section = Callable[[Callable[[str], object]], bool]

SECTIONS: tuple[tuple[str, Section], ...] = (
    ("quarter", quarter.sqlite),
    ("quarter-postgres", quarter.postgres),
    ("endurance", endurance.section),
)
"""In this order. A new one adds its row."""


def main(names: list[str]) -> int:
    known = [name for name, _ in SECTIONS]
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.stderr.write(f"no section {', '.join(unknown)}; there are: {', '.join(known)}\n")
        return 2
    logs.configure("critical")
    broken = []
    for name, section in SECTIONS:
        if names and name not in names:
            continue
        sys.stdout.write(f"== {name}\n\n")
        if not section(sys.stdout.write):
            broken.append(name)
        sys.stdout.write("\n")
        sys.stdout.flush()
    sys.stdout.write(f"broken: {', '.join(broken)}\n" if broken else "every promise was kept\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
