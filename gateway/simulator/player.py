"""Playing a ready-made story: one step at a time, each when the gateway has done what the one before it asked for.

The worker plays; the page only begins and stops. So a story goes on whoever looks, and without JavaScript.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.errors import Refused
from gateway.identifiers import new_id
from gateway.outbox.pulse import LONG_AGO
from gateway.simulator import checks, clock, faults, handsets, notes, roles
from gateway.simulator.editing import VILLAGE
from gateway.simulator.scene import Scene
from gateway.simulator.stories import PARTS, Step, Story, find_story
from gateway.simulator.tongue import N_
from models.practice import PracticePlay

PLAYING: Final = "playing"


@dataclass
class Outcome:
    say: str
    holds: bool
    found: str = ""
    inserts: dict[str, str] = field(default_factory=dict)
    """Of `found`."""


@dataclass
class Book:
    """The sealed part of a play."""

    cast: dict[str, str] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    fault: str = ""


@dataclass(frozen=True)
class Playing:
    """The newest play, for the page."""

    story: Story
    step: int
    state: str
    outcomes: list[Outcome]
    fault: str

    @property
    def holds(self) -> bool:
        return self.state == "done" and all(one.holds for one in self.outcomes)


def begin(session: Session, desk: Desk, now: datetime, name: str) -> None:
    """Set the stage and start; a story that was playing is stopped. Raises Refused."""
    story = find_story(name)
    if story is None:
        raise Refused(N_("Cerita itu tidak dikenal."))
    stop(session, desk, now)
    faults.end_all(session, now)
    cast = {part: _set_up(session, desk, now, part) for part in story.cast}
    play_id = new_id(now)
    times = {"started_at": now, "next_at": LONG_AGO}
    body = _seal(desk, play_id, Book(cast))
    session.add(PracticePlay(id=play_id, story=name, step=0, state=PLAYING, body=body, **times))
    notes.write(session, desk, now, "story", says=N_("Cerita dimulai: %(title)s"), inserts={"title": story.title})


def _set_up(session: Session, desk: Desk, now: datetime, part: str) -> str:
    """The phone of one part, ready to play it; its id."""
    name, role = PARTS[part]
    handset = next((one for one in handsets.list_all(session, desk) if one.part == part), None)
    if handset is None:
        handset = handsets.add(session, desk, now, name, handsets.next_number(session, desk), part)
    faults.end_all(session, now, desk.keyring.index("phone", handset.number))
    if role == "resident":
        handsets.new_sim(session, desk, handset)
    elif handsets.owner_of(session, desk, handset).role == "resident":
        roles.give(session, desk, now, handset, role, VILLAGE)
    else:
        roles.restore(session, desk, handset.number)
    if role in roles.STAFF:
        roles.put_on_duty(session, desk, now, handset.number)
    return handset.id


def stop(session: Session, desk: Desk, now: datetime) -> None:
    row = _newest(session)
    if row is not None and row.state == PLAYING:
        row.state = "stopped"
        notes.write(session, desk, now, "story", says=N_("Cerita dihentikan"))


def look(session: Session, desk: Desk) -> Playing | None:
    row = _newest(session)
    story = find_story(row.story) if row else None
    if row is None or story is None:
        return None
    book = _open(desk, row)
    return Playing(story, row.step, row.state, book.outcomes, book.fault)


@dataclass(frozen=True)
class Turn:
    """A step taken from the play, to be done now; without one the story is at its end."""

    play_id: str
    cast: dict[str, str]
    step: Step | None


def take_step(session: Session, desk: Desk, now: datetime, real_now: datetime, pace: timedelta) -> Turn | None:
    """The next step, marked as done, when it is time for it. None: nothing is playing, or something is awaited."""
    row = _newest(session)
    story = find_story(row.story) if row else None
    if row is None or story is None or row.state != PLAYING or row.next_at > real_now:
        return None
    if clock.find_goal(session) is not None or clock.is_busy(session, now):
        return None
    row.next_at = real_now + pace
    if row.step >= len(story.steps):
        row.state = "checking"
        return Turn(row.id, _open(desk, row).cast, None)
    step = story.steps[row.step]
    row.step += 1
    notes.write(session, desk, now, "story", says=step.say)
    return Turn(row.id, _open(desk, row).cast, step)


def scene_of(session: Session, desk: Desk, now: datetime, play_id: str) -> Scene:
    row = session.get_one(PracticePlay, play_id)
    return Scene(session, desk, now, row.started_at, _open(desk, row).cast)


def conclude(session: Session, desk: Desk, now: datetime, play_id: str) -> None:
    """Look at the rows, and write down what is so and what differs."""
    row = session.get_one(PracticePlay, play_id)
    story = find_story(row.story)
    if story is None:
        return
    scene, book = scene_of(session, desk, now, play_id), _open(desk, row)
    for wanted in story.checks:
        holds, found, inserts = checks.check(scene, wanted)
        book.outcomes.append(Outcome(wanted.say, holds, found, inserts))
        says = N_("Benar: %(say)s") if holds else N_("Berbeda: %(say)s")
        notes.write(session, desk, now, "story", says=says, inserts={"say": wanted.say})
    row.body, row.state = _seal(desk, play_id, book), "done"


def fail(session: Session, desk: Desk, play_id: str, why: str) -> None:
    row = session.get_one(PracticePlay, play_id)
    book = _open(desk, row)
    book.fault = why
    row.body, row.state = _seal(desk, play_id, book), "failed"


def is_playing(session: Session) -> bool:
    newest = select(PracticePlay.state).order_by(PracticePlay.id.desc()).limit(1)
    return session.scalar(newest) == PLAYING


def _newest(session: Session) -> PracticePlay | None:
    return session.scalar(select(PracticePlay).order_by(PracticePlay.id.desc()).limit(1).with_for_update())


def _seal(desk: Desk, play_id: str, book: Book) -> bytes:
    return desk.keyring.seal("practice_play.body", play_id, json.dumps(asdict(book), ensure_ascii=False).encode())


def _open(desk: Desk, row: PracticePlay) -> Book:
    raw = json.loads(desk.keyring.open("practice_play.body", row.id, row.body))
    return Book(raw["cast"], [Outcome(**one) for one in raw["outcomes"]], raw["fault"])
