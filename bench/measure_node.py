"""`python -m bench.measure_node`: what one node spends on a call, a text and a message, and what a case takes on disk.

Processor time, which a busy machine falsifies little, not time on the clock. SQLite, in one process, fsync as shipped.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.office import Office

CASES = 300


def spent(work: Callable[[int], object], times: int) -> float:
    """Milliseconds of processor time for one."""
    began = time.process_time()
    for number in range(times):
        work(number)
    return (time.process_time() - began) / times * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as root:
        office = Office(Path(root), QUIET_HOURS="00:00-00:00")
        for name in ("Ani", "Budi", "Citra"):
            office.officer(name)
        office.phone().text("TOLONG")
        lines = {
            "danger call, 2 callbacks": spent(lambda number: office.phone().dial().press("2"), CASES),
            "report by USSD, 9 callbacks": spent(_report(office), CASES // 3),
            "report by SMS, 1 callback": spent(lambda number: office.phone().text("TOLONG dipukul di Senaken"), CASES),
        }
        before = len(office.messages())
        lines["message sent, claimed to settled"] = spent(lambda number: office.work(), 1) / max(1, before)
        size = sum(path.stat().st_size for path in (Path(root) / "var").glob("beliperak.db*"))
        cases = len(office.cases())
        office.close()
    for name, figure in lines.items():
        sys.stdout.write(f"{name}: {figure:.1f} ms of processor time\n")
    sys.stdout.write(f"{cases} cases with {before} messages: {size / cases / 1024:.1f} KiB a case\n")


def _report(office: Office) -> Callable[[int], object]:
    return lambda number: office.phone().dial().press("3", "1", "2", "0", "2", "1", "SENAKEN", "1")


if __name__ == "__main__":
    main()
