"""Random and adversarial inputs for every callback, the console and the practice page.

By number: the same number is the same input again. `make fuzz` (`python -m tests.faults.fuzzing 1000000`) plays as many
as wanted and prints the table of docs/fuzz.md; `test_fuzz` plays twenty thousand.
"""

import contextlib
import io
import json
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote_from_bytes, quote_plus

from sqlalchemy import event

from gateway import logs
from menus.gsm import is_basic, septets
from tests.faults import form_fuzzing, practice_fuzzing
from tests.office import TOKEN, Office

ROUTES = ("ussd", "ussd-events", "sms", "delivery", "opt-out")
REFUSALS = frozenset({"400", "403", "404", "405", "411", "413", "415"})
AN_OFFICE = 2000
"""Inputs to one office; then a fresh one, so that a late input meets no more rows than an early one."""

Form = list[tuple[str, str]]

KEYS = [*"0123456789", "00", "98", "2", "2", "3", "1"]
WORDS = [
    *(
        "LAPOR DARURAT TOLONG TELEPON RESI INFO MENU BERHENTI STOP DAFTAR SULUH DAMPING AMBIL OPER SUDAH SELESAI"
    ).split(),
    *(
        "KASUS PIKET HADIR PULANG TERIMA TOLAK TIDAK melati padi FISIK SENAKEN krayan 482913 23456789012 04.2016"
    ).split(),
    *("istri dipukul suami anak 9 tahun pukul 10 kemarin tidak di-bunuh k3k3rasan tooolong 31-02 00-00 RT3").split(),
]
ODD = [
    *("\x00 \t \r\n \x1b \u200b \u202e \ufeff \ufdfa ﷺ ² ½ ٢ ۲ 𝟐 ２ Ａ ſ İ ß é e\u0301 😀 👨‍👩‍👧 \U000e0001 ￿").split(
        " "
    ),
    *("' \" ; -- %s %n {} {0.__class__} ${x} <script> \\ ../ \x7f # * + ++ -1 1e309 NaN 0x10 true null").split(" "),
]
PHONES = ["+6281234567890", "081234567890", "6281234567890", "+62", "+", "", "55555", "BeliPerak", "+1" + "9" * 40]
STATUSES = ["Success", "Failed", "Buffered", "Rejected", "Expired", "", "success", "\u202eSuccess", "9" * 999]


@dataclass(frozen=True)
class Input:
    """One request. `kind` is what sort of mischief it is."""

    kind: str
    route: str
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict)


FORMS, PRACTICE = 10, 50
"""Every tenth number is a form of the console, and of these every fifth one of the practice page; the others are what
they were before these were played."""


def make(number: int) -> Input:
    dice = random.Random(number)
    if number % PRACTICE == PRACTICE - 1:
        return _practice(dice)
    if number % FORMS == FORMS - 1:
        return _form(dice)
    maker = dice.choices((_dialogue, _text, _report, _raw, _broken), (20, 15, 25, 25, 15))[0]
    return maker(dice)


def _encode(form: Form) -> bytes:
    return "&".join(f"{quote_plus(name)}={quote_plus(value, errors='surrogatepass')}" for name, value in form).encode()


def _mess(dice: random.Random) -> str:
    """A stranger's text: words, odd characters, and long runs of one thing."""
    parts = []
    for _ in range(dice.randrange(1, 12)):
        kind = dice.randrange(6)
        if kind < 3:
            parts.append(dice.choice(WORDS))
        elif kind == 3:
            parts.append(dice.choice(ODD))
        elif kind == 4:
            parts.append(chr(dice.choice((dice.randrange(32, 127), dice.randrange(0x2FFFF)))))
        else:
            parts.append(dice.choice([*ODD, *WORDS, "a", "9", "*", " ", "aA1 "]) * dice.choice((2, 30, 400)))
    return dice.choice((" ", "", "*", "#", ".", ",", "\n")).join(parts)


def _dialogue(dice: random.Random) -> Input:
    keys = [dice.choice(KEYS) if dice.random() < 0.85 else _mess(dice) for _ in range(dice.randrange(0, 14))]
    phone = f"+62811{dice.randrange(40):07d}" if dice.random() < 0.9 else dice.choice(PHONES)
    session = f"ATUid_{dice.randrange(300):032x}" if dice.random() < 0.9 else _mess(dice)
    form = [("sessionId", session), ("phoneNumber", phone), ("serviceCode", "*384#"), ("text", "*".join(keys))]
    return Input("dialogue", "ussd", _encode(form))


def _text(dice: random.Random) -> Input:
    sender = f"+62811{dice.randrange(40):07d}" if dice.random() < 0.9 else dice.choice(PHONES)
    form = [("id", f"m{dice.randrange(10**9)}"), ("from", sender), ("to", "55555"), ("text", _mess(dice))]
    form.append(("date", dice.choice(("2026-11-23 02:00:00", "", "yesterday", _mess(dice)))))
    return Input("text", "sms", _encode(form))


def _report(dice: random.Random) -> Input:
    route = dice.choice(("delivery", "ussd-events", "opt-out"))
    phone = dice.choice([*PHONES, f"+62811{dice.randrange(40):07d}"])
    form = [("id", f"ATXid_{dice.randrange(99)}"), ("status", dice.choice(STATUSES)), ("phoneNumber", phone)]
    form += [
        ("sessionId", f"ATUid_{dice.randrange(300):032x}"),
        ("senderId", _mess(dice)),
        ("failureReason", _mess(dice)),
    ]
    return Input("report", route, _encode(form))


def _raw(dice: random.Random) -> Input:
    """Bytes that are no form, or a form of bytes that are no text."""
    raw = dice.randbytes(dice.randrange(0, 400))
    shapes: tuple[Callable[[], bytes], ...] = (
        lambda: raw,
        lambda: (
            b"text=" + quote_from_bytes(raw).encode() + b"&from=%2B6281234567890&sessionId=x&phoneNumber=%2B62811&id=1"
        ),
        lambda: b"text=%ED%A0%80%&sessionId=%00&phoneNumber=%2B6281234567890&from=%F5%80&id=%FF",
        lambda: b"&".join([b"text=1"] * dice.randrange(1, 130)),
        lambda: b"=" * dice.randrange(1, 300),
        lambda: b'{"text": "json"}',
    )
    return Input("raw", dice.choice(ROUTES), dice.choice(shapes)())


def _broken(dice: random.Random) -> Input:
    """Around the form: length, type, size."""
    body = _encode([("text", "2"), ("sessionId", "x"), ("phoneNumber", "+6281234567890")])
    headers = dice.choice(
        (
            {"CONTENT_LENGTH": ""},
            {"CONTENT_LENGTH": "-1"},
            {"CONTENT_LENGTH": "999999999999"},
            {"CONTENT_LENGTH": "٣"},
            {"CONTENT_LENGTH": str(len(body) + 5)},
            {"HTTP_TRANSFER_ENCODING": "chunked"},
            {"CONTENT_TYPE": "application/json"},
            {"CONTENT_TYPE": "multipart/form-data; boundary=x"},
            {"CONTENT_TYPE": "\x00"},
            {"REQUEST_METHOD": "GET"},
            {"REQUEST_METHOD": "BREW"},
        )
    )
    if dice.random() < 0.2:
        body, headers = body + b"x" * (16 * 1024), {}
    return Input("broken", dice.choice(ROUTES), body, dict(headers))


def _form(dice: random.Random) -> Input:
    """A page of the console asked for, or a form sent: `who method path` in the header, the fields in the body."""
    who, method, path, fields = form_fuzzing.make(dice, _mess(dice))
    return Input("form", "console", json.dumps(fields).encode(), {"who": who, "method": method, "path": path})


def _practice(dice: random.Random) -> Input:
    """The practice page asked for, or pressed: `method path` in the header, the fields in the body."""
    method, path, fields = practice_fuzzing.make(dice, _mess(dice))
    return Input("practice", "simulator", json.dumps(fields).encode(), {"method": method, "path": path})


class Player:
    """Plays inputs against a gateway of its own and says what is wrong with an answer."""

    def __init__(self, root: Path) -> None:
        self.office = Office(root)
        event.listen(self.office.parts.store.engine, "connect", lambda c, _: c.execute("PRAGMA synchronous=OFF"))
        self.office.parts.store.engine.dispose()
        self.office.officer("Ani")
        self.office.cadre()
        self.clerks = form_fuzzing.Clerks(self.office)
        self.trainee = practice_fuzzing.Trainee(self.office)
        self.sorry = self.office.parts.desk.texts.render("error.store", "id")

    def play(self, given: Input) -> tuple[str, str | None]:
        """The status, and the fault of the answer, if any."""
        if given.kind == "form":
            return self.clerks.play(**given.headers, form=json.loads(given.body))
        if given.kind == "practice":
            return self.trainee.play(**given.headers, form=json.loads(given.body))
        status, answer = self._call(given)
        if status != "200":
            return status, None if status in REFUSALS else f"status {status}"
        if given.route != "ussd":
            return status, None if answer == "" else "an answer to a carrier that wants none"
        text = answer[4:]
        if answer[:4] not in ("CON ", "END ") or not text or text == self.sorry:
            return status, f"no screen: {answer[:40]!r}"
        if not is_basic(text) or septets(text) > 156:
            return status, f"a screen that does not fit: {septets(text)} septets"
        return status, None

    def _call(self, given: Input) -> tuple[str, str]:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": f"/webhooks/africastalking/{TOKEN}/{given.route}",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(given.body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(given.body),
            "wsgi.errors": sys.stderr,
            **given.headers,
        }
        told: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], fault: Any = None) -> Callable[[bytes], Any]:
            told.append(status)
            return lambda data: None

        answer = b"".join(self.office.app.wsgi_app(environ, start))
        return told[-1][:3], answer.decode("utf-8")


def play(numbers: range) -> Iterator[tuple[int, Input, str, str | None]]:
    """Each input with its number, its status and its fault; a fresh office now and then."""
    for first in range(numbers.start, numbers.stop, AN_OFFICE):
        with TemporaryDirectory() as root:
            player = Player(Path(root))
            try:
                for number in range(first, min(first + AN_OFFICE, numbers.stop)):
                    given = make(number)
                    yield number, given, *player.play(given)
            finally:
                player.office.close()


def table(counts: Counter[tuple[str, str, str]]) -> str:
    rows = ["| input | callback | status | how many |", "|---|---|---|---|"]
    rows += [f"| {kind} | {route} | {status} | {count:,} |" for (kind, route, status), count in sorted(counts.items())]
    return "\n".join([*rows, f"| all | | | {counts.total():,} |"])


def main(first: int, count: int) -> int:
    """Play, and print the table; on SIGTERM or Ctrl-C that of what was played so far."""
    logs.configure("critical")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    counts: Counter[tuple[str, str, str]] = Counter()
    with contextlib.suppress(KeyboardInterrupt):
        for number, given, status, fault in play(range(first, first + count)):
            if fault:
                sys.stdout.write(f"input {number} ({given.kind}, {given.route}): {fault}\n")
                return 1
            counts[given.kind, given.route, status] += 1
    sys.stdout.write(f"inputs {first:,} to {first + counts.total():,}, no fault\n\n{table(counts)}\n")
    return 0


if __name__ == "__main__":
    how_many, begin = (*sys.argv[1:], "0")[:2]
    sys.exit(main(int(begin), int(how_many)))
