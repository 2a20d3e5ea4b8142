"""One SMS on its way through the router: who sent it, what it says, and how it may be answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy.orm import Session

from gateway.casework import questions
from gateway.casework.alerts import LANGUAGE
from gateway.casework.people import open_agency, open_officer
from gateway.clock import hour_of
from gateway.desk import Desk
from gateway.outbox.queue import Draft, enqueue
from menus.keywords import Reading
from menus.lexicon import Lexicon
from menus.screens.sms_menu import START
from models.case import CaseFile
from models.people import Agency, Cadre, Officer
from models.throttle import count_once_more
from models.vocabulary import Purpose, Recipient

ANSWERS = ("answers", 6, 30)
"""Automatic answers to one phone, an hour and a day; two machines must not talk to each other all night.

Receipts are never counted.
"""
KNOWN_ANSWERS = ("answers", 60, 300)
"""The same to a confirmed cadre, an officer or an agency: a person we know, who may text much in an hour."""
CASE_ANSWERS = ("answers on cases", 60, 300)
"""What leaves beyond that, whatever was answered before: to a cadre about her cases, words new to a case, the menu."""
ANSWER_LIVES = timedelta(minutes=5)
REFUSALS = ("refusals", 20, 60)
CHALLENGES = ("challenges", 10, 30)
"""What a forger can make us send to an officer's phone, an hour and a day; who holds a live code is never limited.

A challenge lives a quarter of an hour, so at most ten can be guessed at once.
"""


@dataclass
class Arrival:
    session: Session
    desk: Desk
    lexicon: Lexicon
    now: datetime
    message_id: str
    phone: str | None = field(repr=False)  # None: a short code or a name, which is never answered
    text: str = field(repr=False)
    reading: Reading = field(repr=False)
    officer: Officer | None = None
    agency: Agency | None = None
    cadre: Cadre | None = None
    same_as: str | None = None
    answers: int = 0

    @cached_property
    def index(self) -> bytes:
        return self.desk.keyring.index("phone", self.phone or "")

    @property
    def recipient(self) -> Recipient:
        return Recipient.CADRE if self.cadre else Recipient.REPORTER

    @property
    def language(self) -> str:
        """A resident's is the office's, for by SMS nobody is asked; a cadre reads Indonesian, as all staff do."""
        return LANGUAGE if self.cadre else self.desk.settings.default_language

    def say(self, key: str, case: CaseFile | None = None, purpose: Purpose = Purpose.ANSWER, **inserts: str) -> bool:
        """Answer the phone that texted: once, soon, or not at all. Whether it is answered."""
        return self.say_text(key, self.desk.texts.render(key, self.language, **inserts), case, purpose)

    def say_text(self, key: str, text: str, case: CaseFile | None = None, purpose: Purpose = Purpose.ANSWER) -> bool:
        if self.phone is None or not self._within_guard(key, case, purpose):
            return False
        person = self.cadre.id if self.cadre else None
        not_after = self.now + ANSWER_LIVES if purpose is Purpose.ANSWER else None
        draft = Draft(purpose, self.recipient, self.phone, text, self._name(), person, not_after=not_after)
        enqueue(self.session, self.desk, self.now, draft, case)
        return True

    def say_to_staff(self, key: str, case: CaseFile | None = None, **inserts: str) -> None:
        """Answer an officer or an agency on the phone we have registered, which is where the text claims to be from."""
        if key == "sms.officer.challenge_bad" and not self._within(*REFUSALS):
            return
        text = self.desk.texts.render(key, LANGUAGE, **inserts)
        self._tell_staff(Purpose.CHALLENGE if key.endswith("challenge") else Purpose.ANSWER, text, case)

    def may_challenge(self) -> bool:
        """Counts one challenge more to the phone this text claims to be from."""
        return self._within(*CHALLENGES)

    def _tell_staff(self, purpose: Purpose, text: str, case: CaseFile | None) -> None:
        if self.officer:
            person, recipient = open_officer(self.desk, self.officer), Recipient.OFFICER
        elif self.agency:
            person, recipient = open_agency(self.desk, self.agency), Recipient.AGENCY
        else:
            return
        draft = Draft(purpose, recipient, person.phone, text, self._name(), person.id)
        enqueue(self.session, self.desk, self.now, draft, case)

    def ask(
        self,
        kind: str,
        key: str,
        case: CaseFile | None = None,
        purpose: Purpose = Purpose.ANSWER,
        state: Mapping[str, object] | None = None,
        **inserts: str,
    ) -> None:
        """Say it and wait for the digit. What is not said is not asked: no digit answers what nobody has read."""
        if self.say(key, case, purpose, **inserts):
            self.wait_for(kind, case, **(state or {}))

    def wait_for(self, kind: str, case: CaseFile | None = None, **state: object) -> None:
        if self.phone:
            question = questions.Question(kind, case.id if case else None, state)
            questions.ask(self.session, self.desk, self.now, self.phone, question)

    def _name(self) -> str:
        self.answers += 1
        return f"in:{self.message_id}:{self.answers}"

    def _within_guard(self, key: str, case: CaseFile | None, purpose: Purpose) -> bool:
        if purpose is Purpose.RECEIPT:
            return True
        new = case is not None and (self.cadre is not None or self._is_first(key, case))
        owed = new or key == START  # nobody is barred from the menu's danger key, so its keys are shown
        known = self.cadre or self.officer or self.agency
        return self._within(*(KNOWN_ANSWERS if known else ANSWERS)) or (owed and self._within(*CASE_ANSWERS))

    def _is_first(self, key: str, case: CaseFile) -> bool:
        """These words on this case for the first time today: a repeat of them is owed to nobody."""
        return self._count(f"{key} on {case.id}", hour_of(self.now).replace(hour=0)) == 1

    def _within(self, what: str, an_hour: int, a_day: int) -> bool:
        hour = hour_of(self.now)
        in_hour = self._count(f"{what} an hour", hour)
        in_day = self._count(f"{what} a day", hour.replace(hour=0))
        return in_hour <= an_hour and in_day <= a_day

    def _count(self, what: str, since: datetime) -> int:
        return count_once_more(self.session, self.desk.keyring.index("count", what, self.phone or ""), since)
