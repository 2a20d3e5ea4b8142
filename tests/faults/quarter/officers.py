"""Officers, supervisors, the head and agencies: what they read is what the carrier brought, and SMS is how they act."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.casework import acts, handling, legal, referrals
from models.vocabulary import ContactMode
from tests.faults.quarter.seen import is_night
from tests.phone import Phone

if TYPE_CHECKING:
    from tests.faults.quarter.world import World


@dataclass(frozen=True)
class Habit:
    """How likely somebody reacts at once (minutes) or late (hours); else never."""

    prompt: float
    late: float

    def delay(self, dice: random.Random, *, night: bool, soon: tuple[float, float] = (1, 12)) -> float | None:
        """Minutes until the reaction; None: there is none."""
        drawn = dice.random() * (1.5 if night else 1)
        if drawn < self.prompt:
            return dice.uniform(*soon)
        return dice.uniform(40, 400) if drawn < self.prompt + self.late else None


DILIGENT, SLOW, ABSENT, LEADER = Habit(0.7, 0.2), Habit(0.25, 0.5), Habit(0.05, 0.1), Habit(0.35, 0.2)


@dataclass
class Officer:
    world: World
    phone: Phone
    row_id: str
    name: str
    role: str
    habit: Habit
    dice: random.Random
    lost: bool = False
    asked: list[str] = field(default_factory=list)
    """What she has texted without a code, so that she knows a challenge as her own."""

    taken: set[str] = field(default_factory=set)
    """Cases that others have taken, as far as she has read."""

    @property
    def leads(self) -> bool:
        return self.role != "officer"

    def read(self, text: str) -> None:
        if self.lost:
            return
        for pattern, react in OFFICER_READS:
            found = re.search(pattern, text)
            if found:
                react(self, *found.groups())
                return

    def later(self, act: Callable[[], None], soon: tuple[float, float] = (1, 12)) -> None:
        """As this person does things: soon, late, or never."""
        minutes = self.habit.delay(self.dice, night=is_night(self.world.now), soon=soon)
        if minutes is not None:
            self.world.after(minutes, lambda: None if self.lost else act())

    def say(self, words: str) -> None:
        self.world.text(self.phone, words)

    # What she does

    def take(self, reference: str, code: str) -> None:
        """Unless she reads meanwhile that somebody else has taken it; some do not read on."""
        self.taken.discard(reference)
        heedless = self.dice.random() < 0.3
        self.later(lambda: self.say(f"AMBIL {code}") if heedless or reference not in self.taken else None)

    def know_taken(self, reference: str) -> None:
        self.taken.add(reference)

    def report(self, code: str) -> None:
        """She goes or calls, and says what came of it, in one SMS or two."""
        digit = self.dice.choice("1114444235")
        words = f"SUDAH {code} {digit}" if self.dice.random() < 0.6 else f"SUDAH {code}"
        self.later(lambda: self.say(words), soon=(5, 55))

    def report_or_pass(self, code: str) -> None:
        if self.dice.random() < 0.3:
            self.later(lambda: self.say(f"OPER {code}"))
        else:
            self.report(code)

    def tell_result(self) -> None:
        minutes = self.dice.uniform(0.5, 3)
        self.world.after(minutes, lambda: None if self.lost else self.say(self.dice.choice("1144423")))

    def go_again(self, reference: str) -> None:
        """The person cried again: if the case is hers, she says so without a code."""
        self.later(lambda: self.ask(f"SUDAH {reference}"), soon=(5, 40))

    def finish(self) -> None:
        """Some cases come to their end days later."""
        reference = self.dice.choice(self.world.held_by(self.row_id) or [""])
        if reference and self.dice.random() < 0.3:
            self.ask(f"SELESAI {reference}")

    def ask(self, words: str) -> None:
        self.asked.append(words)
        self.say(words)

    def answer_challenge(self, code: str) -> None:
        if self.asked:
            self.asked.pop()
            self.world.after(self.dice.uniform(0.3, 8), lambda: None if self.lost else self.say(code))

    def sign(self, verb: str, code: str) -> None:
        self.later(lambda: self.say(f"{verb} {code}"), soon=(3, 90))

    def decide(self, reference: str) -> None:
        """Neither place nor leave: one neutral call is allowed in the console, with a reason."""
        if self.leads and self.dice.random() < 0.7:

            def allow(act: acts.Act) -> None:
                handling.change_contact(act, ContactMode.CALL, "any", "one neutral call")

            self.later(lambda: self.world.act(self, reference, allow), soon=(2, 30))

    def send_to_health(self, reference: str) -> None:
        """A health referral is owed: she asks the puskesmas, when the case is hers; some are late."""
        self.later(lambda: self._do(reference, lambda act: referrals.refer(act, "Puskesmas", "danger")), soon=(2, 100))

    def tell_police(self, reference: str) -> None:
        """She goes with her, or not yet; the date is written down in the console."""
        if self.dice.random() < 0.3:
            self.later(lambda: self._do(reference, _reported_today), soon=(60, 900))

    def judge(self, reference: str) -> None:
        """Whether somebody else's report has to go to the police."""
        rule = self.dice.choice((legal.require, legal.waive))
        if self.leads and self.dice.random() < 0.6:
            self.later(lambda: self._do(reference, lambda act: rule(act, "police", "as she wishes")), soon=(5, 600))

    def ask_elsewhere(self, reference: str) -> None:
        """An agency does not answer: another is asked, or nobody."""
        if self.dice.random() < 0.2:
            self.later(lambda: self._do(reference, lambda act: referrals.refer(act, "Polres", "3x24")))

    def _do(self, reference: str, act: Callable[[acts.Act], object]) -> None:
        if not self.lost:
            self.world.act(self, reference, act)

    def put_right(self, reference: str) -> None:
        """Overdue, or its holder out of reach: a supervisor takes the case out of those hands."""
        if self.leads and self.dice.random() < 0.25:
            self.later(lambda: self.world.act(self, reference, lambda act: handling.pass_on(act, None, "overdue")))


def _reported_today(act: acts.Act) -> None:
    legal.note_police_report(act, act.desk.office.today(act.now).isoformat())


OFFICER_READS: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"^BP (\w+) .*Balas: AMBIL (\d{6})", Officer.take),
    (r"^BP (\w+) sudah diambil", Officer.know_taken),
    (r"Anda ambil\..* SUDAH (\d{6})", Officer.report),
    (r"belum ada hasil sejak .* SUDAH (\d{6})", Officer.report_or_pass),
    (r"tersimpan\. Berikutnya balas: SUDAH (\d{6})", Officer.report),
    (r"hasil\? 1 tersambung", Officer.tell_result),
    (r"Setuju\? Balas: (SELESAI|SUDAH) (\d{6})", Officer.sign),
    (r"^Kode (\d{6})\.", Officer.answer_challenge),
    (r"^BP (\w+) .*tanpa tempat, tanpa izin kontak", Officer.decide),
    (r"^BP (\w+) .*pesan baru dari orang yang sama", Officer.go_again),
    (r"^BP (\w+) .*petugasnya tidak terjangkau", Officer.put_right),
    (r"^BP (\w+) jatuh tempo", Officer.put_right),
    (r"^BP (\w+): tugas mendesak", Officer.send_to_health),
    (r"^BP (\w+): batas waktu 3x24 jam", Officer.tell_police),
    (r"^BP (\w+): perlu keputusan penyelia", Officer.judge),
    (r"^BP (\w+): permintaan dukungan belum dijawab", Officer.ask_elsewhere),
)
"""What is read, and what is done about it; the first that fits. A new duty's texts add their row here."""


@dataclass
class Agency:
    """Police, puskesmas: accepts, declines with a reason, or never answers."""

    world: World
    phone: Phone
    name: str
    habit: Habit
    dice: random.Random

    def read(self, text: str) -> None:
        for pattern, react in AGENCY_READS:
            found = re.search(pattern, text)
            if found:
                react(self, *found.groups())
                return

    def answer_request(self, yes: str, no: str) -> None:
        words = f"TERIMA {yes}" if self.dice.random() < 0.7 else f"TOLAK {no}"
        self.later(words, (5, 300))

    def later(self, words: str, soon: tuple[float, float]) -> None:
        minutes = self.habit.delay(self.dice, night=is_night(self.world.now), soon=soon)
        if minutes is not None:
            self.world.after(minutes, lambda: self.world.text(self.phone, words))


AGENCY_READS: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"TERIMA (\d{6}) / TOLAK (\d{6})", Agency.answer_request),
    (r"Bila selesai: SELESAI (\d{6})", lambda agency, code: agency.later(f"SELESAI {code}", (60, 1300))),
    (r"alasan\? 1 bukan wewenang", lambda agency: agency.later(agency.dice.choice("1234"), (1, 4))),
)
