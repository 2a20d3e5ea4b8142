"""After a day without a worker: every escalation, no stale confirmation, one follow-up each, at the office's pace."""

from pathlib import Path

import pytest

from gateway.outbox import pulse
from tests.faults import backlog

SOME = 30
"""`make faults` plays all two hundred."""


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_the_morning_after(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("postgres_url") if engine == "postgres" else None
    morning = backlog.play(tmp_path, url, SOME)
    assert (morning.climbed, morning.alerted_cases) == (SOME, SOME)
    assert morning.stale == 0
    assert len(morning.follow_ups) == SOME
    assert set(morning.follow_ups.values()) == {1}
    assert morning.fastest <= backlog.RATE + pulse.BURST
    assert morning.waiting == 0
