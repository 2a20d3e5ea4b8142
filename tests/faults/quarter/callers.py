"""Residents and cadres: how they report, break off, ask again, and answer what they are asked."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from tests.faults.quarter.seen import Leave
from tests.phone import Phone

if TYPE_CHECKING:
    from tests.faults.quarter.world import World

VILLAGES = (
    *("Senaken", "Janju", "Tapis", "Jone", "Sempulang", "Pepara"),  # Tanah Grogot
    *("Lolo", "Rangan", "Modang", "Kendarom"),  # Kuaro
    *("Tajur", "Semuntai", "Olung", "Tiwei"),  # Long Ikis
    *("Keladen", "Lori", "Random"),  # Tanjung Harapan, where nobody serves
)
HOME = "64.01.04.2016"


@dataclass
class Resident:
    """Whoever owns this phone. She reads her SMS and answers some."""

    world: World
    phone: Phone
    dice: random.Random

    def read(self, text: str) -> None:
        for pattern, answers in RESIDENT_ANSWERS:
            if pattern in text and self.dice.random() < 0.7:
                answer = self.dice.choice(answers)
                self.world.after(self.dice.uniform(0.5, 40), partial(self.say, answer))
                return

    def say(self, words: str) -> None:
        self.world.speak(self.phone)
        if words in ("0", "BERHENTI"):
            self.world.leaves.append(Leave(self.phone.number, self.world.now, yes=False))
        self.world.text(self.phone, words)

    def keys(self, *keys: str) -> None:
        """One key every 10 seconds, as people type."""
        self.world.speak(self.phone)
        self.phone.dial()
        for number, key in enumerate(keys):
            self.world.after(number / 6, partial(self._press, key))

    def _press(self, key: str) -> None:
        self.world.speak(self.phone)
        self.phone.press(key)


RESIDENT_ANSWERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Balas 1 bila boleh ditelepon", ("1", "1", "2")),
    ("Jam berapa?", ("1", "2", "4")),
    ("apa kabar?", ("1", "1", "1", "2", "0")),
)


def _village(dice: random.Random) -> str:
    return dice.choice(VILLAGES)


def danger_and_silence(caller: Resident) -> None:
    """`2`, and the line is dead: no place, no leave."""
    caller.world.speechless[caller.phone.number] = caller.world.now
    caller.keys("2")


def danger_with_a_place(caller: Resident) -> None:
    keys = ("2", _village(caller.dice), "1", "RT 3", "1", "2", "1")
    caller.keys(*keys[: caller.dice.randint(3, len(keys))])


def danger_again_and_again(caller: Resident) -> None:
    caller.keys("2", _village(caller.dice), "1")
    for _ in range(caller.dice.randint(1, 4)):
        caller.world.after(caller.dice.uniform(2, 29), lambda: caller.keys("2"))


def danger_pressed_by_mistake(caller: Resident) -> None:
    caller.keys("2", "8")


def call_me(caller: Resident) -> None:
    keys = ("1", caller.dice.choice("12345"), "2", "1", "1")
    caller.keys(*keys[: caller.dice.randint(1, len(keys))])


def report_in_silence(caller: Resident) -> None:
    """Filed, and no contact wanted."""
    caller.keys("3", caller.dice.choice("1234"), caller.dice.choice("12"), "1", _village(caller.dice), "1", "1", "1")


def report_with_leave(caller: Resident) -> None:
    """Filed, and SMS are welcome from the moment it is sent."""
    keys = ("3", "4", "2", "1", _village(caller.dice), "1", caller.dice.choice("34"), "1", caller.dice.choice("12345"))
    caller.keys(*keys, "1")
    leave = Leave(caller.phone.number, caller.world.now + timedelta(seconds=10 * len(keys) - 1), yes=True)
    caller.world.leaves.append(leave)
    if caller.dice.random() < 0.15:
        caller.world.after(caller.dice.uniform(60, 6000), lambda: caller.say("BERHENTI"))


def report_of_sexual_violence(caller: Resident) -> None:
    """Herself or another woman, goes on after the notice about the police; sometimes long ago."""
    who, when = caller.dice.choice("114"), caller.dice.choice("1124")
    keys = ("3", who, "5", "1", when, "1", _village(caller.dice), "1", caller.dice.choice("12"), "1", "5", "1")
    caller.keys(*keys)


def report_broken_off(caller: Resident) -> None:
    keys = ("3", "4", "2", "1", _village(caller.dice), "1", "4", "1", "5")
    cut = caller.dice.randint(2, len(keys))
    caller.keys(*keys[:cut])
    if caller.dice.random() < 0.3:
        caller.world.after(caller.dice.uniform(3, 18), lambda: caller.keys("2", "3", "4", "2"))


def cry_by_sms(caller: Resident) -> None:
    caller.say(f"TOLONG {_village(caller.dice)}")
    if caller.dice.random() < 0.4:
        caller.world.after(caller.dice.uniform(1, 25), lambda: caller.say("TOLONG cepat"))


def wish_by_sms(caller: Resident) -> None:
    caller.say("TELEPON")


def words_by_sms(caller: Resident) -> None:
    caller.say(f"istri tetangga dipukul suaminya di {_village(caller.dice)}")


@dataclass
class Cadre:
    """She knows the keywords, and answers most questions."""

    world: World
    phone: Phone
    dice: random.Random
    read_receipts: int = field(default=0)

    def read(self, text: str) -> None:
        for pattern, answers in CADRE_ANSWERS:
            if re.search(pattern, text) and self.dice.random() < 0.8:
                answer = self.dice.choice(answers)
                self.world.after(self.dice.uniform(0.3, 60), partial(self.world.text, self.phone, answer))
                return

    def report(self) -> None:
        words = self.dice.choice(CADRE_WORDS).format(village=_village(self.dice))
        self.world.text(self.phone, words)


CADRE_WORDS = (
    "LAPOR FISIK {village} istri dipukul suami",
    "LAPOR FISIK {village} istri dipukul suami kemarin",
    "LAPOR PSIKIS {village} perempuan 30 tahun dihina suami",
    "LAPOR PERKOSA {village} perempuan 25 tahun",
    "LAPOR FISIK {village} anak 9 tahun dipukul ayahnya",
    "LAPOR {village}",
    "LAPOR FISIK istri dipukul suami",
    "TOLONG {village}",
    "DARURAT {village} suami bawa parang mau bunuh istri sekarang",
)
CADRE_ANSWERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"^Jenis apa\?", ("1", "2", "5", "7")),
    (r"^Desa mana\?", ("1", "Tapis", "2")),
    (r"^Yang mana\?", ("1",)),
    (r"^Siapa\?", ("1", "3", "3", "5")),
    (r"^Masih bahaya", ("1", "2", "3")),
    (r"balas 1 sudah ada petugas", ("1", "1", "2", "3")),
)

STORIES: tuple[tuple[int, Callable[[Resident], None]], ...] = (
    (5, danger_and_silence),
    (10, danger_with_a_place),
    (5, danger_again_and_again),
    (3, danger_pressed_by_mistake),
    (12, call_me),
    (8, report_in_silence),
    (15, report_with_leave),
    (7, report_broken_off),
    (9, report_of_sexual_violence),
    (4, cry_by_sms),
    (3, wish_by_sms),
    (4, words_by_sms),
)
"""How often, of all residents, each way of reporting is taken. A new duty that needs another story adds a row."""
