"""A USSD dialogue's sealed state, and how what the carrier sends becomes answers. Pure."""

import json
from dataclasses import dataclass, field
from typing import Final

from menus.engine import Context, Resume

SEALED: Final = "ussd_session.body"

STARTS_AN_HOUR = 30
"""Sessions one phone may start an hour before its home screen takes only a few keys."""
MOST_AT_ONCE = 100
"""Answers taken from one dialled shortcut: a dialogue has a few dozen, and thousands would keep all others waiting."""
_UNSAID: Final = frozenset({"inputs", "facts", "resume", "offered", "limited", "case_id"})
"""Fields that begin empty."""
_ENCODE: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass
class Dialogue:
    """A session's sealed state."""

    phone: str = field(repr=False)
    language: str
    seen: str | None = None
    inputs: list[str] = field(default_factory=list)
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    resume: dict[str, object] | None = None
    offered: bool = False
    """Whether another session has already been offered to go on with this one."""
    officers_reached: bool = True
    limited: bool = False
    """Too many sessions from this phone within the hour."""
    case_id: str | None = None
    channel: str = "ussd"

    def context(self) -> Context:
        return Context(
            language=self.language,
            facts={int(number): fact for number, fact in self.facts.items()},
            resume=_as_resume(self.resume),
            officers_reached=self.officers_reached,
        )

    def but(self, **changes: object) -> "Dialogue":
        """A changed copy, as `menus.engine.State.but` makes one."""
        changed = object.__new__(Dialogue)
        changed.__dict__.update(self.__dict__, **changes)
        return changed

    def to_bytes(self) -> bytes:
        """What is as it was at the beginning goes without saying."""
        return _ENCODE({name: value for name, value in vars(self).items() if value or name not in _UNSAID}).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Dialogue":
        return cls(**json.loads(raw))


def _as_resume(book: dict[str, object] | None) -> Resume | None:
    if book is None:
        return None
    facts = book["facts"]
    inputs = book["inputs"]
    assert isinstance(facts, dict) and isinstance(inputs, list)  # noqa: S101 - our own sealed JSON
    return Resume(tuple(inputs), {int(number): fact for number, fact in facts.items()}, str(book["language"]))


def new_answers(seen: str | None, text: str) -> list[str]:
    """What has been typed since `seen`; a typed `*` is not escaped, so only the text already seen tells answers apart.

    Nothing seen at all (an unknown session): a dialled shortcut or lost state, one answer a token. The same text, or
    one that does not continue what was seen, is no answer.
    """
    if seen is None:
        return text.split("*", MOST_AT_ONCE)[:MOST_AT_ONCE] if text else []
    if seen == "":
        return [text] if text else []
    return [text[len(seen) + 1 :]] if text.startswith(seen + "*") else []
