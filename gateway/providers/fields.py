"""Reading a stranger's fields: what every carrier's `wire.py` is written with. Pure."""

from collections.abc import Sequence
from typing import Final, Protocol

from gateway import phones

LONGEST_ID: Final = 128  # session and message ids are opaque; about 40 characters seen
LONGEST_WORD: Final = 64  # a status, a reason, a short code, a sender's name


class Form(Protocol):
    """What we need of a form: `guard.Fields` has it, and so has werkzeug's MultiDict."""

    def getlist(self, key: str, /) -> list[str]: ...


class Malformed(ValueError):
    """A required field is missing or unreadable, or a field came twice. Names the field, never its value."""


def field(form: Form, name: str) -> str:
    """The value as it came, empty when absent."""
    return only(form.getlist(name), name) or ""


def only(values: Sequence[str], name: str) -> str | None:
    """The one value of a field, None when absent."""
    if len(values) > 1:
        raise Malformed(f"{name} sent twice")
    return values[0] if values else None


def required(form: Form, name: str) -> str:
    value = field(form, name)
    if not printable(value):
        raise Malformed(f"{name} is missing")
    return value


def identifier(form: Form, name: str) -> str:
    value = required(form, name)
    if len(value) > LONGEST_ID or not value.isprintable():
        raise Malformed(f"{name} is no id")
    return value


def name(raw: str) -> str:
    """An id that may be absent or odd: then it is empty, and the inbox names the message by what it says."""
    return raw if raw.isprintable() else ""


def word(form: Form, name: str) -> str:
    return printable(field(form, name))


def printable(value: str) -> str:
    """Short and without control characters: these end in plain columns, where PostgreSQL takes no NUL."""
    clean = value if value.isprintable() else "".join(filter(str.isprintable, value))
    return clean.strip()[:LONGEST_WORD]


def phone(form: Form, name: str) -> str:
    found = e164(required(form, name))
    if found is None:
        raise Malformed(f"{name} is no phone")
    return found


def sender(raw: str) -> str:
    """E.164, or what is no subscriber's number (a name, a short code) as it came."""
    return e164(raw) or printable(raw)


def e164(raw: str) -> str | None:
    """Carriers write E.164; when one forgets to encode the `+`, the form turns that into a blank."""
    return phones.normalise("+" + raw[1:] if raw[:1] == " " and raw[1:].isdigit() else raw)
