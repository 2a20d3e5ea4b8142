"""One simulated time from its first day to what was seen of it."""

from pathlib import Path

from tests.faults.quarter.observing import observe
from tests.faults.quarter.seen import Seen
from tests.faults.quarter.staffing import staff
from tests.faults.quarter.world import Plan, World


def play(root: Path, plan: Plan, url: str | None = None) -> Seen:
    """A whole office in `root`, its people and its carrier, for as long as planned. Leaves nothing running."""
    world = World(root, plan, url)
    try:
        staff(world)
        world.run()
        return observe(world)
    finally:
        world.close()
