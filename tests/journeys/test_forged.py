"""One table of what is tried in an officer's name: nothing changes, and the attempt is on the record."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.casework import handling
from models.throttle import AccessRecord
from tests.office import Office
from tests.phone import Phone


class Story:
    """Ani was alerted of a danger and took it; Budi was alerted too. `used` and `live` are codes Ani was sent."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.ani, self.budi = office.officer("Ani"), office.officer("Budi")
        self.citra = office.officer("Citra", role="supervisor", on_duty=False)
        office.phone().dial().press("2")
        office.work()
        self.used, self.of_budi = self.ani.code(), self.budi.code()
        self.say(self.ani, f"AMBIL {self.used}")
        self.live = self.ani.code()
        self.reference = office.case()["reference"][3:]

    def say(self, phone: Phone, words: str) -> None:
        self.office.clock.now += timedelta(seconds=1)
        phone.text(words)
        self.office.work()

    def challenged(self) -> str:
        """The six digits of a challenge that Ani's phone got."""
        self.say(self.ani, "KASUS")
        return self.ani.code()

    def suspend(self) -> None:
        desk, now = self.office.parts.desk, self.office.clock.now
        row = self.office.row_of(self.ani)
        self.office.write(lambda session: handling.suspend(session, desk, now, session.merge(row)) and None)
        self.office.work()

    def state(self) -> list[Any]:
        kept = ("status", "priority", "accepted_by", "first_action_at", "closed_at", "contact")
        return [[case[name] for name in kept] for case in self.office.cases()]

    def tried(self) -> list[str]:
        rows = select(AccessRecord.what).where(AccessRecord.actor.like("phone %")).order_by(AccessRecord.at)
        return self.office.read(lambda session: list(session.scalars(rows)))  # type: ignore[no-any-return]


def opt_out(story: Story) -> None:
    story.office.post("opt-out", {"senderId": "BeliPerak", "phoneNumber": story.ani.number})


def expire(story: Story) -> None:
    story.office.clock.now += timedelta(hours=24)
    story.ani.text(f"SUDAH {story.live} 1")


def echo_elsewhere(story: Story) -> None:
    code = story.challenged()
    story.say(story.budi, code)


def echo_late(story: Story) -> None:
    code = story.challenged()
    story.office.clock.now += timedelta(minutes=16)
    story.say(story.ani, code)


def echo_twice(story: Story) -> None:
    code = story.challenged()
    story.say(story.ani, code)
    story.say(story.ani, code)


def after_suspension(words: str) -> Callable[[Story], None]:
    def attempt(story: Story) -> None:
        story.say(story.ani, words.format(live=story.live, ref=story.reference))

    return attempt


Attempt = Callable[[Story], None]
BEFORE: dict[str, tuple[Attempt, str]] = {
    "a forged sender with a made-up code": (lambda story: story.say(story.ani, "AMBIL 482913"), "bad code"),
    "a forged sender with bare digits": (lambda story: story.say(story.ani, "482913"), "bad code"),
    "a forged BERHENTI": (lambda story: story.say(story.ani, "BERHENTI"), "stop refused"),
    "a forged STOP": (lambda story: story.say(story.ani, "STOP"), "stop refused"),
    "an opt-out by the carrier": (opt_out, "opt-out refused"),
    "a replayed code": (lambda story: story.say(story.ani, f"AMBIL {story.used}"), "bad code"),
    "a live code with another verb": (lambda story: story.say(story.ani, f"AMBIL {story.live}"), "bad code"),
    "a live code from another officer's phone": (
        lambda story: story.say(story.budi, f"SUDAH {story.live} 1"),
        "bad code",
    ),
    "an expired code": (expire, "bad code"),
    "a challenge echoed from elsewhere": (echo_elsewhere, "bad code"),
    "a challenge echoed too late": (echo_late, "bad code"),
    "a challenge echoed twice": (echo_twice, "bad code"),
}
AFTER: dict[str, tuple[Attempt, str]] = {
    "its live code": (after_suspension("SUDAH {live} 1"), "bad code"),
    "passing on": (after_suspension("OPER {live}"), "bad code"),
    "a command": (after_suspension("KASUS"), "suspended"),
    "a proposal to close": (after_suspension("SELESAI {ref}"), "suspended"),
    "bare digits": (after_suspension("{live}"), "bad code"),
    "BERHENTI": (after_suspension("BERHENTI"), "stop refused"),
}


@pytest.mark.parametrize("name", BEFORE)
def test_nothing_changes_and_the_attempt_is_on_the_record(any_office: Office, name: str) -> None:
    story = Story(any_office)
    attempt, word = BEFORE[name]
    before = story.state()
    attempt(story)
    assert story.state() == before
    assert word in story.tried()
    story.office.phone().dial().press("2")
    story.office.work()
    if name != "an expired code":
        assert "AMBIL" in story.ani.last, "her alerts go on"


@pytest.mark.parametrize("name", AFTER)
def test_a_stolen_phone_after_suspend_is_good_for_nothing(any_office: Office, name: str) -> None:
    story = Story(any_office)
    story.suspend()
    attempt, word = AFTER[name]
    before, heard = story.state(), len(story.ani.inbox)
    attempt(story)
    assert story.state() == before
    assert word in story.tried()
    assert len(story.ani.inbox) == heard, "and it is told nothing"


def test_a_stolen_phone_before_suspend_acts_on_its_own_cases_on_record_and_ends_none(office: Office) -> None:
    """Not defended: until she says TIDAK elsewhere or a colleague suspends it, the thief is the officer by SMS."""
    story = Story(office)
    story.say(story.ani, f"SUDAH {story.live} 1")
    story.say(story.ani, f"SELESAI {story.reference}")
    story.say(story.ani, story.ani.code())
    assert office.case()["status"] == "in_progress", "ending takes a supervisor"
    told = " ".join(story.ani.inbox).lower()
    assert not any(word in told for word in ("desa", "korban", "+6281", "kekerasan"))
    actor = f"officer:{office.row_of(story.ani).id}"
    events = office.show(story.reference)["events"]
    assert {event["kind"] for event in events if event["actor"] == actor} >= {"accepted", "first_action"}


# A digit without a code


def kinds(story: Story) -> list[str]:
    return [event["kind"] for event in story.office.show(story.reference)["events"]]


def test_the_answer_to_a_bare_digit_says_which_it_was(any_office: Office) -> None:
    story = Story(any_office)
    story.say(story.ani, f"SUDAH {story.live}")
    story.say(story.ani, "1")
    assert story.ani.last.startswith(f"BP {story.reference}: hasil 1 tersimpan. Salah? Balas SUDAH ")
    assert any_office.case()["first_action_at"]


@pytest.mark.parametrize("digits", [("1", "2"), ("4", "3"), ("1", "4")])
def test_a_digit_forged_before_hers_is_taken_back_by_hers(any_office: Office, digits: tuple[str, str]) -> None:
    story = Story(any_office)
    story.say(story.ani, f"SUDAH {story.live}")
    for digit in digits:
        story.say(story.ani, digit)
    assert any_office.case()["first_action_at"] is None
    assert "taken_back" in kinds(story)
    assert story.tried()[-1] == "two results"
    assert story.ani.last.startswith(f"BP {story.reference}: datang dua angka berbeda, hasil belum tersimpan.")
    story.say(story.ani, f"SUDAH {story.ani.code()} 4")
    assert any_office.case()["first_action_at"], "with a code it is hers"
    story.say(story.ani, "1")
    assert any_office.case()["first_action_at"], "and no digit takes it back"


def test_a_digit_forged_after_hers_opens_the_duty_again_and_is_the_safe_side(office: Office) -> None:
    story = Story(office)
    story.say(story.ani, f"SUDAH {story.live}")
    story.say(story.ani, "4")
    story.say(story.ani, "2")
    assert office.case()["first_action_at"] is None
    office.forward(hours=1)
    assert any("belum ada hasil" in text for text in story.ani.inbox), "the duty is asked for again"


def test_a_word_that_opens_the_menu_does_not_hide_her_digit(office: Office) -> None:
    story = Story(office)
    story.say(story.ani, f"SUDAH {story.live}")
    for words in ("1", "MENU", "2"):
        story.say(story.ani, words)
    assert office.case()["first_action_at"] is None


def test_she_corrects_by_code_what_she_never_said(any_office: Office) -> None:
    story = Story(any_office)
    story.say(story.ani, f"SUDAH {story.live}")
    story.say(story.ani, "1")
    story.say(story.ani, f"SUDAH {story.ani.code()} 2")
    assert any_office.case()["first_action_at"] is None
    assert kinds(story)[-3:-1] == ["taken_back", "attempt"]


def test_asked_once_more_her_other_digit_counts_instead(office: Office) -> None:
    story = Story(office)
    story.say(story.ani, f"SUDAH {story.live}")
    story.say(story.ani, "1")
    story.say(story.ani, f"SUDAH {story.ani.code()}")
    story.say(story.ani, "3")
    assert office.case()["first_action_at"] is None


def test_the_same_digit_again_and_one_after_an_hour_take_nothing_back(office: Office) -> None:
    story = Story(office)
    story.say(story.ani, f"SUDAH {story.live}")
    story.say(story.ani, "1")
    story.say(story.ani, "1")
    office.clock.now += timedelta(hours=1)
    story.say(story.ani, "2")
    assert office.case()["first_action_at"]
    assert "taken_back" not in kinds(story)


def test_a_result_with_its_code_is_taken_back_by_no_digit(office: Office) -> None:
    story = Story(office)
    story.say(story.ani, f"SUDAH {story.live} 1")
    story.say(story.ani, "2")
    assert office.case()["first_action_at"]


def test_another_case_told_with_its_code_meanwhile_does_not_hide_her_digit(office: Office) -> None:
    story = Story(office)
    story.say(story.ani, f"SUDAH {story.live}")
    story.say(story.ani, "1")
    office.phone().dial().press("2")
    office.work()
    story.say(story.ani, f"AMBIL {story.ani.code()}")
    story.say(story.ani, f"SUDAH {story.ani.code()} 4")
    story.say(story.ani, "2")
    told = {case["reference"][3:]: case["first_action_at"] for case in office.cases()}
    assert told.pop(story.reference) is None
    assert all(told.values())


def test_what_was_met_with_a_code_before_stands_when_a_bare_digit_is_taken_back(office: Office) -> None:
    """An earlier first action, with its code, stands again when a later bare digit is taken back."""
    story = Story(office)
    story.say(story.ani, f"SUDAH {story.live} 4")
    first = office.case()["first_action_at"]
    story.say(story.ani, f"SUDAH {story.ani.code()}")
    for digit in ("1", "2"):
        story.say(story.ani, digit)
    assert "taken_back" in kinds(story)
    assert office.case()["first_action_at"] == first
