"""A thief of the database, its WAL or the logs learns no phone, name, village or word of twenty cases."""

import base64
import hashlib
import io
import logging
import random
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gateway import logs
from gateway.casework import acts, endings, erasure, handling, referrals
from gateway.casework.people import new_agency
from gateway.details import read_details
from gateway.errors import Refused
from gateway.keyring import SealError
from menus.neutrality import find_faults
from models.case import CaseFile
from models.vocabulary import ContactMode, Priority
from tests.office import Office
from tests.phone import Phone

VILLAGES = ["SENAKEN", "Jemparing", "Lempesu", "Songka", "Padang Pengrapat"]
NAMES = ["Zubaidah Qanitah", "Wicaksana Xaverius", "Yuliarsih Kembangsore", "Fadhlurrahman Qodir"]
LANDMARKS = ["belakang warung Hjh Rugayyah", "seberang mushola Al-Quddus", "pohon beringin kembar tiga"]
WORDS = ["ditendang berkali-kali sampai pingsan", "diancam golok karatan", "dikunci di lumbung padi"]
PHONES = [f"+6281{number}" for number in (3987650017, 3987650028, 7612340091, 9555501234, 3700980065)]
OFFICER, CADRE = "Bripka Hutagalung", "Ibu Sulastri Kaderwati"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything the gateway and its libraries say at the least serious level; afterwards as it was."""
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning)
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    logs.configure("debug", out)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)  # as somebody does who looks for a fault
    yield out
    logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)
    sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = hooks
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def live(office: Office) -> list[str]:
    """Twenty cases by key and by text, worked on by officers; the secrets nobody else may read."""
    officer, cadre = office.officer(OFFICER), office.cadre(name=CADRE)
    secrets = [*NAMES, *LANDMARKS, *WORDS, *VILLAGES, OFFICER, CADRE, officer.number, cadre.number]
    for number in range(20):
        phone = office.phone(f"{PHONES[number % 5][:-2]}{number:02}")
        secrets.append(phone.number)
        name, landmark, words = NAMES[number % 4], LANDMARKS[number % 3], WORDS[number % 3]
        village = VILLAGES[number % 5]
        if number % 4 == 0:
            phone.dial().press("2", village, landmark, "1", "3", "2")
        elif number % 4 == 1:
            phone.dial().press("3", "4", "1", village, f"{name} {landmark}", "2").dial().press("1", "2", "1")
        elif number % 4 == 2:
            phone.text(f"LAPOR FISIK {village} {name} {words}, {landmark}").text("1").text("2")
        else:
            phone.text(f"TOLONG {name} {words} di {village}").text("BERHENTI").text(f"DAFTAR {name} {village}")
        office.forward(minutes=1)
    cadre.text(f"LAPOR {VILLAGES[0]} {NAMES[0]} {WORDS[0]}").text(f"SULUH {VILLAGES[0]} 25 IBU PSIKIS")
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    officer.text(f"SUDAH {officer.code()}").text("1").text(f"catatan {NAMES[1]}")
    office.work()
    receipts = office.read(
        lambda session: [read_details(office.parts.desk, case).receipt for case in session.query(CaseFile)]
    )
    assert len(receipts) >= 20
    office.phone(PHONES[0]).dial().press("4", receipts[0])
    return [*secrets, *receipts]


def shapes(secret: str) -> set[bytes]:
    """How a secret may lie in a file: as it is, in other letters, encoded, hashed or turned round."""
    written = {secret, secret.lower(), secret.upper(), secret.title(), secret[::-1]}
    digits = "".join(filter(str.isdigit, secret))
    if len(digits) > 8:
        national = digits.removeprefix("62")
        written |= {digits, "0" + national, national, digits[::-1], f"{int(digits):x}"}
    found = {part.encode(coding) for part in written for coding in ("utf-8", "utf-16-le", "utf-16-be")}
    for part in list(written):
        raw = part.encode()
        found |= {raw.hex().encode(), raw.hex().upper().encode()}
        found |= {base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)}
        for digest in (hashlib.md5(raw), hashlib.sha256(raw)):
            found |= {digest.digest(), digest.hexdigest().encode()}
    if len(digits) > 8:
        found |= {int(digits).to_bytes(8, "big"), int(digits).to_bytes(8, "little"), bcd(digits), bcd("0" + digits)}
    return {shape for shape in found if len(shape) >= 5}


def bcd(digits: str) -> bytes:
    return bytes.fromhex(digits + "f" * (len(digits) % 2))


def leaks(hay: bytes, secrets: Iterable[str]) -> list[str]:
    """Which of the secrets lie in the hay; five bytes of each shape are looked up before the shape itself."""
    begin: dict[bytes, list[tuple[bytes, str]]] = {}
    for secret in set(secrets):
        for shape in shapes(secret):
            begin.setdefault(shape[:5], []).append((shape, secret))
    hay = re.sub(rb"\x00{64,}", bytes(64), hay)  # empty pages
    found = set()
    for place in range(len(hay)):
        for shape, secret in begin.get(hay[place : place + 5], ()):
            if hay.startswith(shape, place):
                found.add(secret)
    return sorted(found)


def all_rows(office: Office) -> bytes:
    """Every value of every table, as bytes."""

    def dump(session: object) -> bytes:
        found = b""
        tables = office.parts.store.engine.dialect.get_table_names(session.connection())  # type: ignore[attr-defined]
        assert "case_file" in tables
        for table in tables:
            for row in session.execute(text(f"SELECT * FROM {table}")):  # type: ignore[attr-defined]
                found += b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row) + b"\n"
        return found

    dumped: bytes = office.read(dump)
    return dumped


def test_the_search_would_find_a_secret_in_every_shape() -> None:
    phone, name = PHONES[0], NAMES[0]
    for hay in (
        phone.encode(),
        name.upper().encode("utf-16-le"),
        base64.b64encode(b"id=7 " + name.encode() + b" end"),
        phone[1:].encode().hex().encode(),
        hashlib.sha256(phone.encode()).digest(),
        ("0" + phone[3:])[::-1].encode()[::-1],
        int(phone).to_bytes(8, "big"),
    ):
        assert leaks(b"\x00junk" + hay + b"junk\xff", [phone, name]), hay


def test_nothing_of_twenty_cases_can_be_read_in_the_database_or_the_logs(any_office: Office, log: io.StringIO) -> None:
    secrets = live(any_office)
    rows = all_rows(any_office)
    assert leaks(rows, secrets) == []
    files = b"".join(path.read_bytes() for path in any_office.root.rglob("*") if path.is_file() and "db" in path.name)
    assert leaks(files, secrets) == []
    said = log.getvalue()
    assert said.count("\n") > 20
    assert leaks(said.encode(), secrets) == []
    if any_office.parts.settings.uses_sqlite:
        wal = any_office.root / "var" / "beliperak.db-wal"
        assert wal.stat().st_size > 0
        assert b"case_file" in files
    else:
        folder = any_office.read(lambda session: session.execute(text("SHOW data_directory")).scalar())
        assert leaks((Path(folder) / "log").read_bytes(), secrets) == []


def test_faults_say_nothing_of_who_was_calling(any_office: Office, log: io.StringIO) -> None:
    phone, words = any_office.phone(PHONES[0]), f"TOLONG {NAMES[0]} {WORDS[0]} di {VILLAGES[0]}"
    any_office.phone(PHONES[1]).dial()
    any_office.write(lambda session: session.execute(text("ALTER TABLE inbound_message RENAME TO gone")) and None)
    any_office.write(lambda session: session.execute(text("ALTER TABLE outbound_message RENAME TO went")) and None)
    form = {"id": "m1", "from": phone.number, "to": "55555", "text": words, "date": ""}
    assert any_office.post("sms", form).status_code == 200
    assert any_office.post("sms", form, token="wrong-token-" + PHONES[2][1:]).status_code == 403
    assert any_office.post("sms", {**form, "from": ""}).status_code == 400
    press = {"sessionId": "s1", "phoneNumber": phone.number, "serviceCode": "*384#", "text": f"2*{words}"}
    assert any_office.post("ussd", press).get_data(as_text=True).startswith("END ")
    spool = any_office.parts.settings.spool
    kept = b"".join(path.read_bytes() for path in spool.iterdir())
    assert len(kept) > 500
    assert leaks(kept, [*PHONES, *NAMES, *WORDS, *VILLAGES]) == []
    spool.rename(spool.with_name("away"))
    spool.write_text("in the way")
    assert any_office.post("sms", form).status_code == 503
    said = log.getvalue().encode()
    assert b"callback failed" in said
    assert b"callback spooled" in said
    assert leaks(said, [*PHONES, *NAMES, *WORDS, *VILLAGES]) == []


# Three hundred cases through every path


class Random:
    """One office, lived in by chance: the same seed is the same story. `secrets` is all that nobody else may read."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.dice = office, random.Random(seed)
        self.secrets: set[str] = set()
        areas = [area.name for area in office.parts.desk.areas if not area.is_kecamatan]
        self.villages = self.dice.sample([name for name in areas if len(name) > 7], 12)
        self.secrets |= set(self.villages)
        self.officer = office.officer(self._name())
        self.leader = office.officer(self._name(), role="supervisor")
        self.cadres = [office.cadre(name=self._name()) for _ in range(4)]
        agency = new_agency(office.parts.desk, office.clock.now, "RSUD", "rsud", "+6281277788899")
        office.write(lambda session: session.add(agency))
        self.agency = office.phone("+6281277788899")
        phones = (self.officer, self.leader, self.agency, *self.cadres)
        self.secrets |= {phone.number for phone in phones}

    def _word(self) -> str:
        return "".join(self.dice.choice("bcdfghjklmnpqrstvwxyz") + self.dice.choice("aeiou") for _ in range(5))

    def _name(self) -> str:
        name = f"{self._word()} {self._word()}".title()
        self.secrets.add(name)
        return name

    def _phone(self) -> Phone:
        phone = self.office.phone(f"+6285{self.dice.randrange(10**9):09d}")
        self.secrets.add(phone.number)
        return phone

    def _story(self) -> str:
        story = f"{self._name()} dipukul {self._name()} di {self.dice.choice(self.villages)}"
        self.secrets.add(story)
        return story

    def _danger(self) -> None:
        keys = ["2", self.dice.choice(self.villages), self._name(), "1", "3", "2"]
        self._phone().dial().press(*keys[: self.dice.randrange(1, 7)])

    def _call_me(self) -> None:
        caller = self._phone().dial().press("1", self.dice.choice("123456"), "2", "1", self.dice.choice("1234"))
        caller.text(self.dice.choice(["melati", "padi", "sungai", "TELEPON", "BERHENTI"]))

    def _report(self) -> None:
        contact = self.dice.choice([("1",), ("3", "1", "5"), ("2", "1", "1")])
        kind = self.dice.choice([("4", "1"), ("1", "5", "1", "1", "1"), ("3", "1"), ("5", "2")])
        caller = self._phone().dial().press("3", *kind, self.dice.choice(self.villages), "1", *contact, "1")
        if self.dice.random() < 0.3:
            caller.dial("3*4").dial().press("1")

    def _text(self) -> None:
        words = self.dice.choice(["LAPOR", "TOLONG", "", "DARURAT"])
        caller = self._phone().text(f"{words} {self._story()}").text(self.dice.choice("12")).text(self._story())
        caller.text(self.dice.choice(["1", "RESI 23456789012", "MENU", "INFO", f"DAFTAR {self._name()}", "2"]))

    def _cadre(self) -> None:
        cadre = self.dice.choice(self.cadres).text(
            f"LAPOR {self.dice.choice(['FISIK', 'SEKSUAL', ''])} {self._story()}"
        )
        cadre.text(self.dice.choice("1234")).text(f"SULUH {self.dice.choice(self.villages)} 25 IBU PSIKIS")

    def _work(self) -> None:
        """Officers take some of it, act, refer, close, erase."""
        desk, now = self.office.parts.desk, self.office.clock.now
        for case in self.office.cases()[-6:]:
            reference = case["reference"]
            for do in self.dice.sample(self._acts(), 5):
                with suppress(Refused):
                    self.office.act(self.leader, do, reference)
            if self.dice.random() < 0.2:
                one, other = self.office.row_of(self.officer), self.office.row_of(self.leader)
                with suppress(Refused):
                    self.office.write(
                        lambda s, reference=reference, one=one, other=other: erasure.erase(
                            s, desk, now, reference, one, other, "asked"
                        )
                    )
        told = self.office.messages()
        for phone in (self.officer, self.agency):
            texts = [row["text"] for row in reversed(told) if row["to"] == phone.number]
            code = next((word for text in texts for word in re.findall(r"\b\d{6}\b", text)), "000000")
            phone.text(f"{self.dice.choice(['AMBIL', 'SUDAH', 'OPER', 'TERIMA', 'TOLAK'])} {code}").text("1")

    def _acts(self) -> list[Callable[[acts.Act], object]]:
        note, reason = self._story(), self._story()
        return [
            handling.accept,
            lambda act: handling.first_action(act, 1, note),
            lambda act: handling.write_note(act, note),
            lambda act: referrals.refer(act, "RSUD", f"danger: {reason}"),
            lambda act: referrals.record_consent(act, note),
            lambda act: endings.close(act, reason),
            lambda act: endings.reopen(act, reason),
            lambda act: handling.change_contact(act, ContactMode.SMS, "any", note),
            lambda act: handling.change_priority(act, Priority.P1, reason),
        ]

    def live(self, cases: int) -> None:
        ways = (self._danger, self._call_me, self._report, self._text, self._cadre)
        for number in range(cases):
            ways[number % len(ways)]()
            if number % 60 == 59:
                self.office.forward(hours=self.dice.choice((1, 30)))
                self._work()
        self.office.forward(days=3)

        def receipts(session: Session) -> set[str]:
            keyed = session.scalars(select(CaseFile).where(CaseFile.wrapped_key.is_not(None)))
            return {read_details(self.office.parts.desk, case).receipt for case in keyed}

        self.secrets |= self.office.read(receipts)


def files_of(office: Office) -> bytes:
    """All that a thief of the disks finds: the database with its WAL, and PostgreSQL's own folder.

    EXTENSION POINT: whoever adds a place where data lies (the spool of callbacks, backups, exports) adds it here.
    """
    if office.parts.settings.uses_sqlite:
        return b"".join(path.read_bytes() for path in sorted((office.root / "var").iterdir()) if "db" in path.name)

    def look(session: Session) -> tuple[str, str, str]:
        session.execute(text("CHECKPOINT"))
        own = "SELECT oid FROM pg_database WHERE datname = current_database()"
        return (
            str(session.execute(text("SHOW data_directory")).scalar()),
            str(session.execute(text(own)).scalar()),
            str(session.execute(text("SELECT pg_walfile_name(pg_current_wal_lsn())")).scalar()),
        )

    folder, database, wal = office.read(look)
    tables = sorted(Path(folder, "base", database).iterdir())
    return b"".join(path.read_bytes() for path in [*tables, Path(folder, "pg_wal", wal), Path(folder, "log")])


def test_nothing_of_three_hundred_random_cases_lies_anywhere(any_office: Office, log: io.StringIO) -> None:
    logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)  # its statements of 300 cases are 100 MB
    life = Random(any_office, 20261126)
    life.live(300)
    assert len(any_office.cases()) > 200
    assert len(life.secrets) > 900
    with suppress(ZeroDivisionError):
        raise ZeroDivisionError(next(iter(life.secrets)))
    sys.excepthook(ValueError, ValueError(*list(life.secrets)[:5]), None)
    figures = any_office.app.test_client().get("/metrics")
    assert figures.status_code == 200
    places = {
        "files": files_of(any_office),
        "log and crash output": log.getvalue().encode(),
        "metrics": figures.data,
        "ready": any_office.app.test_client().get("/readyz").data,
    }
    assert len(places["files"]) > 1_000_000
    assert b"uncaught exception" in places["log and crash output"]
    for place, hay in places.items():
        assert leaks(hay, life.secrets) == [], place
    check_what_left(any_office)


def check_what_left(office: Office) -> None:
    """Every text that was queued in all that passes the lint for its reader, with the places of this district."""
    names = [area.name for area in office.parts.desk.areas]
    audience = {"reporter": "resident"}
    rows = [row for row in office.messages() if row["text"]]
    assert len({row["recipient"] for row in rows}) == 4, "residents, cadres, officers and an agency"
    for row in rows:
        reader = audience.get(row["recipient"], row["recipient"])
        assert find_faults(reader, "k", row["text"], names) == [], row["text"]


# Sealed columns


def test_a_sealed_column_moved_to_another_row_or_column_does_not_open(any_office: Office) -> None:
    one, two = any_office.officer("Ani"), any_office.officer("Budi")
    rows = [any_office.row_of(phone) for phone in (one, two)]
    keyring = any_office.parts.desk.keyring
    for place, row, sealed in (
        ("officer.name", rows[1].id, rows[0].name),
        ("officer.phone", rows[0].id, rows[0].name),
        ("cadre.name", rows[0].id, rows[0].name),
    ):
        with pytest.raises(SealError):
            keyring.open(place, row, sealed)
    any_office.phone().dial().press("2")
    any_office.phone().dial().press("2")
    swap = "UPDATE case_file SET details = (SELECT details FROM case_file WHERE id = :b) WHERE id = :a"
    ids = any_office.read(lambda session: list(session.scalars(select(CaseFile.id).order_by(CaseFile.id))))
    any_office.write(lambda session: session.execute(text(swap), {"a": ids[0], "b": ids[1]}) and None)
    with pytest.raises(SealError):
        any_office.read(lambda session: read_details(any_office.parts.desk, session.get_one(CaseFile, ids[0])))


def test_equal_texts_have_different_ciphertexts_of_equal_length(any_office: Office) -> None:
    for _ in range(2):
        any_office.phone().text("TOLONG saya di rumah")
        any_office.phone().text("TOLONG")
    bodies = any_office.read(lambda session: list(session.scalars(text("SELECT body FROM inbound_message"))))
    assert len(set(bodies)) == 4
    assert len({len(body) for body in bodies}) == 1, "a word and a sentence fill the same bucket"
