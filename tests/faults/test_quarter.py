"""Two weeks of the simulated quarter: the first promise that is broken is said in a sentence, with its case's timeline.

`make faults` plays all of it.
"""

from pathlib import Path

import pytest

from tests.faults.quarter.playing import play
from tests.faults.quarter.promises import first_broken, judge
from tests.faults.quarter.seen import Seen
from tests.faults.quarter.table import sentence, table
from tests.faults.quarter.world import Plan

SEED = 4
"""Two weeks in which every promise has something to look at."""


def expect_kept(seen: Seen) -> None:
    lines = judge(seen)
    if first_broken(lines):
        pytest.fail("\n".join([sentence(lines), *table(seen, lines)]), pytrace=False)
    assert [line.title for line in lines if not line.checked] == []


def test_two_weeks_keep_every_promise(tmp_path: Path) -> None:
    expect_kept(play(tmp_path, Plan(14, SEED)))


@pytest.mark.postgres
def test_two_weeks_with_two_workers_at_once_keep_every_promise(tmp_path: Path, postgres_url: str) -> None:
    expect_kept(play(tmp_path, Plan(14, SEED, workers="threads"), postgres_url))
