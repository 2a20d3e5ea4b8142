"""The table of rules: what falls due, who is told at which step, for what purpose, in which words. Pure.

A rule's steps and how often it repeats are its function in `rules`. Its first step tells the first of `told`, the
second the second, every later one the last.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Flag, auto

from gateway.casework import rules
from gateway.casework.rules import Due, Facts, Step, Times
from models.lifecycle import OPEN
from models.vocabulary import Purpose


class Who(Flag):
    """Officers a step may tell. DUTY is all on duty; HOLDER, of a case nobody holds, those on duty for its place."""

    HOLDER = auto()
    DUTY = auto()
    SUPERVISORS = auto()
    HEADS = auto()


LEADERS = Who.SUPERVISORS | Who.HEADS


@dataclass(frozen=True)
class Rule:
    """One row. Without `told` the step is an act of the gateway itself (`escalation.ACTS`)."""

    due: Due
    told: tuple[Who, ...] = ()
    purpose: Purpose = Purpose.REMINDER
    text: str = ""
    to_holder: str | None = None
    """Other words for the officer who holds the case, with a code of hers."""
    calls: bool = False
    """The text asks to accept: each message carries a code, and the holder of the case is not called."""
    each_step: bool = False
    """Of several steps due at once only the newest is told, unless each of them is an act of its own."""
    in_the_clear: bool = False
    """Its firings are kept under its own name, for those who count them over many cases. All others are kept under

    names that say nothing: a row that named a duty of the law, or looked unlike others, would tell the kind of case.
    """

    def audience(self, number: int) -> Who:
        return self.told[min(number, len(self.told)) - 1]


ESCALATION, REMINDER = Purpose.ESCALATION, Purpose.REMINDER
UNACCEPTED, WITH_HOLDER = "sms.officer.escalation", Who.HOLDER | Who.SUPERVISORS

TABLE: dict[str, Rule] = {
    "sweep": Rule(rules.sweep, each_step=True),
    "ladder": Rule(
        rules.ladder,
        (Who.DUTY, Who.SUPERVISORS, Who.HEADS, LEADERS),
        ESCALATION,
        UNACCEPTED,
        calls=True,
        in_the_clear=True,
    ),
    "night": Rule(rules.night, each_step=True),
    "undecided": Rule(rules.undecided, (Who.SUPERVISORS,), ESCALATION, "sms.officer.decide", each_step=True),
    "unaccepted": Rule(
        rules.unaccepted,
        (Who.DUTY | Who.SUPERVISORS, Who.DUTY | LEADERS),
        ESCALATION,
        UNACCEPTED,
        calls=True,
        in_the_clear=True,
    ),
    "first_action": Rule(
        rules.first_action,
        (WITH_HOLDER, WITH_HOLDER | Who.HEADS),
        REMINDER,
        "sms.officer.reminder",
        to_holder="sms.officer.late",
        in_the_clear=True,
    ),
    "health": Rule(
        rules.health,
        (Who.HOLDER, WITH_HOLDER, WITH_HOLDER | Who.HEADS),
        ESCALATION,
        "sms.officer.health",
    ),
    "police": Rule(
        rules.police,
        (WITH_HOLDER, WITH_HOLDER, WITH_HOLDER, WITH_HOLDER | Who.HEADS),
        REMINDER,
        "sms.officer.countdown",
    ),
    "judge": Rule(rules.judge, (Who.SUPERVISORS, LEADERS), REMINDER, "sms.officer.judge"),
    "unanswered": Rule(
        rules.unanswered,
        (Who.HOLDER, WITH_HOLDER, WITH_HOLDER | Who.HEADS),
        REMINDER,
        "sms.officer.unanswered",
    ),
    "follow_up": Rule(rules.follow_up),
    "silence": Rule(rules.silence, each_step=True),
}


def plan(facts: Facts, times: Times, now: datetime) -> list[Step]:
    """Every step that is due, and for each rule the next that will be; in order of time."""
    if facts.status not in OPEN and not facts.follows_up:
        return []
    steps = (step for rule in TABLE.values() for step in rule.due(facts, times, now))
    return sorted(steps, key=lambda step: (step.at, step.rule, step.number))
