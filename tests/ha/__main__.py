"""`python -m tests.ha [WORD ...]`: the scenarios whose name holds one of the words, or all; a table, and exit 1 where a

promise was broken.
"""

import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gateway import logs
from tests.ha import cluster
from tests.ha.scenarios import SCENARIOS, Outcome, play_all, table


def main(words: list[str]) -> int:
    if missing := cluster.missing():
        sys.stdout.write(f"skipped; Debian packages that are missing: {' '.join(missing)}\n")
        return 0
    chosen = [scenario for scenario in SCENARIOS if not words or any(word in scenario.name for word in words)]
    logs.configure("critical")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended early"))  # the nodes are ended on the way out
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="beliperak-ha-web-") as root, cluster.running() as found:

        def played() -> Iterator[Outcome]:
            for outcome in play_all(found, Path(root), chosen):
                outcomes.append(outcome)
                yield outcome

        for line in table(played()):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    held = all(outcome.holds for outcome in outcomes) and bool(outcomes)
    sys.stdout.write("every promise was kept\n" if held else "a promise was broken\n")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
