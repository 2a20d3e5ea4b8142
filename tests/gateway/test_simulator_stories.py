"""Ready-made stories end as they say, whatever the hour they are played at, and again when they are played again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.simulator import acting, checks, handsets, player
from gateway.simulator.stories import PARTS, Check, load_stories
from models.practice import PracticePhone, PracticePlay
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


def test_a_story_can_follow_another_that_turned_the_clock(office: PracticeOffice) -> None:
    office.officer("Petugas Satu", "supervisor")
    for name in ("unsafe_phone", "stolen_phone", "night_alone", "danger_drops", "stolen_phone"):
        playing = office.play(name)
        assert [(name, one.say, one.found) for one in playing.outcomes if not one.holds] == []


def test_a_story_leaves_no_second_phone_behind_when_it_is_played_again(office: PracticeOffice) -> None:
    office.play("danger_drops")
    once = [(one.name, one.part) for one in office.do(handsets.list_all)]
    office.play("danger_drops")
    assert [(one.name, one.part) for one in office.do(handsets.list_all)] == once
    assert len({case["reference"] for case in office.cases()}) == 2


@pytest.mark.parametrize(
    "wants",
    [
        {"received": {"warga": 1}},
        {"cases": 2},
        {"case": {"priority": "P3"}},
        {"case": {"accepted_by": "warga"}},
        {"reads": {"petugas": "kata yang tidak ada"}},
        {"events": ["closed"]},
        {"no_events": ["opened"]},
        {"rules": ["ladder"]},
        {"suspended": "petugas"},
        {"tried": {"petugas": "bad code"}},
        {"message": {"phone": "petugas", "purpose": "alert", "status": "failed"}},
    ],
    ids=lambda wants: next(iter(wants)),
)
def test_what_is_not_so_is_found_to_differ(office: PracticeOffice, wants: dict[str, Any]) -> None:
    assert office.play("danger_drops").holds

    def look(session: Session) -> checks.Found:
        play = session.scalars(select(PracticePlay)).one()
        return checks.check(player.scene_of(session, office.parts.desk, office.now, play.id), Check("", wants))

    holds, found, _ = office.read(look)
    assert not holds
    assert found


def test_a_stopped_story_does_nothing_more(office: PracticeOffice) -> None:
    office.do(player.begin, office.now, "danger_drops")
    office.work().work()
    office.do(player.stop, office.now)
    before = office.do(player.look)
    office.work().work().work()
    after = office.do(player.look)
    assert (before.state, after.state, after.step) == ("stopped", "stopped", before.step)


def test_a_story_whose_step_cannot_be_done_says_which(office: PracticeOffice) -> None:
    office.do(player.begin, office.now, "stolen_phone")
    office.work()
    part = next(one for one in office.do(handsets.list_all) if one.part == "petugas")
    office.write(lambda session: session.delete(session.get_one(PracticePhone, part.id)))
    for _ in range(6):
        office.work()
    playing = office.do(player.look)
    assert playing.state == "failed"
    assert playing.fault.startswith("Petugas mengambil kasusnya.")


def test_every_story_uses_only_what_there_is() -> None:
    for story in load_stories():
        assert set(story.cast) <= set(PARTS)
        assert story.title and story.summary and story.end and story.steps and story.checks
        for step in story.steps:
            assert step.do in acting.ACTS
            assert {step.phone, step.as_phone} - {""} <= set(story.cast)
        for one in story.checks:
            assert one.wants and set(one.wants) <= set(checks.KINDS)


def test_after_the_night_those_on_duty_are_on_duty_again(office: PracticeOffice) -> None:
    first = office.officer("Petugas Satu", "supervisor")
    assert office.play("night_alone").holds
    assert office.row_of(first).id in office.read(lambda session: handsets.find_on_duty(session, office.now))
