"""All that describes a case, sealed as one blob under the case's own key.

`Details` is a value: use cases read it, change a copy and write it back in the same transaction.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from gateway.desk import Desk
from gateway.keyring import CaseKey, Keyring
from models.case import CaseFile
from models.triage import Signs, is_sexual
from models.vocabulary import Age, ContactMode, Sex

CALL_ONCE_FOR = timedelta(minutes=30)
"""Dialling call-me allows one call this long after the last key, before any hour is chosen (DESIGN section 3)."""

WINDOWS: dict[str, tuple[time, time]] = {
    "morning": (time(8), time(11)),
    "midday": (time(11), time(15)),
    "afternoon": (time(15), time(18)),
    "evening": (time(18), time(21)),
    "any": (time(7), time(21)),
}


TUPLES = ("forms", "flags", "asked", "related", "cadres", "linked")


@dataclass(frozen=True)
class Contact:
    """How the reporter may be reached. Unsaid means not at all."""

    mode: ContactMode = ContactMode.NONE
    hours: str | None = None  # a key of WINDOWS, or "now"
    once: bool = False  # one call within CALL_ONCE_FOR of the last key
    owner: str | None = None  # own | shared | other: whose phone it is
    other_answers: str | None = None  # wrong_number | may_talk
    word: str | None = None
    blocked: bool = False  # somebody else answered: no call until the holder decides

    @property
    def sms(self) -> bool:
        return self.mode in (ContactMode.SMS, ContactMode.BOTH)

    def without_sms(self) -> "Contact":
        mode = {ContactMode.SMS: ContactMode.NONE, ContactMode.BOTH: ContactMode.CALL}.get(self.mode, self.mode)
        return replace(self, mode=mode)

    @property
    def calls(self) -> bool:
        return self.mode in (ContactMode.CALL, ContactMode.BOTH)

    def allowing_one_call(self) -> "Contact":
        """Now, whatever was said before; later only in hours that were chosen before."""
        return replace(self, mode=ContactMode.CALL, hours=self.hours if self.calls else None, once=True)

    def allows_once(self, at: datetime, touched_at: datetime) -> bool:
        """Whether the one call asked for is still allowed."""
        return self.once and not self.blocked and at < touched_at + CALL_ONCE_FOR

    def may_call(self, at: datetime, touched_at: datetime) -> bool:
        """Whether the rule allows any call, now or in her hours, seen from `at`."""
        if self.blocked or not self.calls:
            return False
        return not self.once or self.hours is not None or self.allows_once(at, touched_at)


@dataclass(frozen=True)
class Details:
    receipt: str
    phone: str | None = field(default=None, repr=False)
    call_phone: str | None = field(default=None, repr=False)
    """Another phone she asked to be called on, by her number; the contact rule is then that phone's."""
    service: str = "message"  # danger | call_me | report | message
    language: str = "id"
    forms: tuple[str, ...] = ()
    area_code: str | None = None
    place_assumed: bool = False
    place_typed: str | None = None
    landmark: str | None = None
    age: Age = Age.UNKNOWN
    sex: Sex = Sex.UNKNOWN
    years: int | None = None
    contact: Contact = Contact()
    now: bool = False
    send_someone: bool = False
    withdrawn: bool = False
    sexual_when: str | None = None
    notice: str | None = None
    cadre_may_know: bool = False
    ask_first: bool = False
    incident_on: str | None = None
    cadre_id: str | None = None
    flags: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    """Officers and cadres related to a party: they neither see the case nor hear of it."""
    cadres: tuple[str, ...] = ()
    """Cadres an officer added by name, after asking the reporter. Nobody else's cadre hears of a case."""
    linked: tuple[str, ...] = ()
    """Ids of cases an officer found to be of the same matter."""
    referred: bool = False
    """An agency has been asked at least once."""
    sexual_at: str | None = None
    """When the case was first known to be sexual violence: its legal duties count from here (`duties`)."""
    police_required: bool = False
    """A supervisor decided that the police duty applies, though the report is not the victim's own."""
    duties_ended: dict[str, str] = field(default_factory=dict)
    """How each legal duty ended, by its name: met, or signed off by a supervisor."""
    keys: dict[str, str] = field(default_factory=dict)
    """The answers as keyed, by field: what the timeline shows in words."""
    close_reason: str | None = None
    please_call: bool = False

    @property
    def signs(self) -> Signs:
        return Signs(self.now, frozenset(self.forms), self.age, self.service == "call_me" or self.ask_first)

    @property
    def sexual(self) -> bool:
        return is_sexual(self.forms)

    @property
    def has_place(self) -> bool:
        return bool(self.area_code or self.landmark or self.place_typed)

    def to_bytes(self) -> bytes:
        book = vars(self) | {"contact": vars(self.contact)}
        return json.dumps(book, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Details":
        book: dict[str, Any] = json.loads(raw)
        contact = Contact(**{**book["contact"], "mode": ContactMode(book["contact"]["mode"])})
        book |= {name: tuple(book[name]) for name in TUPLES}
        book |= {"age": Age(book["age"]), "sex": Sex(book["sex"]), "contact": contact}
        return cls(**book)

    @property
    def heard_by(self) -> tuple[str, ...]:
        """Cadres who may hear of this case: the one who reported it, and those added by name; none who is related."""
        known = (self.cadre_id, *self.cadres)
        return tuple(cadre for cadre in known if cadre and cadre not in self.related)

    def flagged(self, flag: str) -> "Details":
        return self if flag in self.flags else replace(self, flags=(*self.flags, flag))


def key_of(desk: Desk, case: CaseFile) -> CaseKey:
    """Raises SealError when the case is erased."""
    return desk.keyring.case_key(case.id, case.wrapped_key)


_READ: WeakKeyDictionary[CaseFile, tuple[Keyring, bytes, Details]] = WeakKeyDictionary()
"""What was last opened of a row, for as long as somebody holds the row: one work reads the same details many times."""


def read_details(desk: Desk, case: CaseFile) -> Details:
    """For the gateway's own work. A person's look goes through `files.view`, which leaves a trace."""
    key, sealed = key_of(desk, case), case.details or b""
    known = _READ.get(case)
    if known and known[0] is desk.keyring and known[1] == sealed:
        return known[2]
    details = Details.from_bytes(key.open("case_file.details", case.id, sealed))
    _READ[case] = (desk.keyring, sealed, details)
    return details


def write_details(desk: Desk, case: CaseFile, details: Details) -> None:
    case.details = key_of(desk, case).seal("case_file.details", case.id, details.to_bytes())
    case.kecamatan = desk.areas.kecamatan(details.area_code) if details.area_code else None
    _READ[case] = (desk.keyring, case.details, details)
