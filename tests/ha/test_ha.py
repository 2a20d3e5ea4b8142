"""Nothing acknowledged is lost while a cluster of three is hurt; asked for by BELIPERAK_HA=1, for it takes minutes."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ha import cluster
from tests.ha.scenarios import Outcome, play_all
from tests.ha.writers import widest

AS_IT_SHOULD_BE = Outcome(
    "a fault", 100, spooled=10, refused=0, lost=0, doubled=0, gap=9.0, slowest=4.0, moved=True, as_meant=True
)
CONTROL = replace(AS_IT_SHOULD_BE, must_lose=True)


@pytest.mark.skipif(os.environ.get("BELIPERAK_HA") != "1", reason="takes minutes; make ha, or BELIPERAK_HA=1")
def test_nothing_acknowledged_is_lost_whatever_node_dies(tmp_path: Path) -> None:
    if missing := cluster.missing():
        pytest.skip(f"Debian packages that are missing: {' '.join(missing)}")
    with cluster.running() as found:
        outcomes = list(play_all(found, tmp_path))
    assert [outcome for outcome in outcomes if not outcome.holds] == []


@pytest.mark.parametrize(
    ("outcome", "holds"),
    [
        pytest.param(AS_IT_SHOULD_BE, True, id="all is there"),
        pytest.param(replace(AS_IT_SHOULD_BE, lost=1), False, id="a report lost"),
        pytest.param(replace(AS_IT_SHOULD_BE, doubled=1), False, id="a report doubled"),
        pytest.param(replace(AS_IT_SHOULD_BE, refused=1), False, id="a caller turned away"),
        pytest.param(replace(AS_IT_SHOULD_BE, acknowledged=0), False, id="nobody called"),
        pytest.param(replace(AS_IT_SHOULD_BE, as_meant=False), False, id="the fault did not happen"),
        pytest.param(CONTROL, False, id="the control lost nothing"),
        pytest.param(replace(CONTROL, lost=5), True, id="the control lost some"),
    ],
)
def test_a_promise_is_broken_by_what_breaks_it(outcome: Outcome, holds: bool) -> None:
    assert outcome.holds is holds


def test_the_gap_is_the_longest_time_without_a_commit() -> None:
    assert widest(10.0, [15.0, 11.0, 16.0]) == 4.0
    assert widest(10.0, [13.0, 13.5]) == 3.0, "also before the first"
    assert widest(10.0, []) == 0.0
