"""A thief of the database, its WAL or the logs learns no phone, name, village or word of twenty cases."""

import base64
import hashlib
import io
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from gateway import logs
from gateway.details import read_details
from models.case import CaseFile
from tests.office import Office

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


def leaks(hay: bytes, secrets: list[str]) -> list[str]:
    """Which of the secrets lie in the hay; five bytes of each shape are looked up before the shape itself."""
    starts = {hay[place : place + 5] for place in range(len(hay))}
    return [secret for secret in secrets if any(shape[:5] in starts and shape in hay for shape in shapes(secret))]


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
