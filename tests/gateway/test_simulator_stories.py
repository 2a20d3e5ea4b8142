"""Ready-made stories end as they say, whatever the hour they are played at, and again when they are played again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.simulator import acting, checks
from gateway.simulator.stories import PARTS, load_stories
from tests.practice import PracticeOffice

NAMES = [story.name for story in load_stories()]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PracticeOffice]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    office = PracticeOffice(tmp_path, url)
    yield office
    office.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_story_ends_as_its_text_says(office: PracticeOffice, name: str) -> None:
    office.officer("Petugas Satu", "supervisor")
    playing = office.play(name)
    assert (playing.state, playing.fault) == ("done", "")
    assert [(one.say, one.found) for one in playing.outcomes if not one.holds] == []
    assert len(playing.outcomes) == len(playing.story.checks)
