"""Anchors: what tampering `audit verify` finds, with which help, and what it cannot find."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from gateway.casework import anchors, erasure
from gateway.casework.anchors import Line
from gateway.casework.events import chain_mac, record
from gateway.files_out import append_lines
from gateway.keyring import Keyring
from gateway.worker import jobs
from models.audit import AuditAnchor, AuditHead
from models.case import CaseEvent, CaseFile
from models.vocabulary import Priority
from tests.conftest import MakeOffice
from tests.made import a_case
from tests.office import Office


def note(office: Office, case_id: str, words: str = "n") -> None:
    def work(session: Session) -> None:
        case = session.get_one(CaseFile, case_id)
        record(session, office.parts.desk, case, office.clock.now, "note", "officer:1", text=words)

    office.write(work)


def anchor(office: Office) -> int | None:
    number: int | None = office.write(lambda s: anchors.drop_anchor(s, office.parts.desk, office.clock.now))
    return number


def second(office: Office) -> list[Line]:
    """What the second place holds by now."""
    lines: list[Line] = office.read(anchors.list_lines)
    return lines


def fault(office: Office, lines: list[Line] | None = None) -> str | None:
    found: str | None = office.read(lambda session: anchors.find_fault(session, office.parts.desk, lines))
    return found


@pytest.fixture
def case(any_office: Office) -> str:
    """A case with three events anchored on Monday, five on Tuesday, and a sixth since; another case beside it."""
    case_id = a_case(any_office)
    a_case(any_office, phone="+6281100008888")
    for count in (2, 2):
        for _ in range(count):
            note(any_office, case_id)
        assert anchor(any_office)
        any_office.clock.now += timedelta(days=1)
    note(any_office, case_id)
    return case_id


def test_cases_go_on_and_new_ones_are_opened_after_an_anchor(any_office: Office, case: str) -> None:
    a_case(any_office, phone="+6281100007777")
    note(any_office, case)
    assert fault(any_office) is fault(any_office, second(any_office)) is None
    assert anchor(any_office) == 3
    heads = select(AuditHead.case_id).where(AuditHead.anchor == 3)
    assert len(any_office.read(lambda session: session.scalars(heads).all())) == 2, "only those that have grown"
    assert fault(any_office, second(any_office)) is None


def test_there_is_one_anchor_a_day_whoever_asks(any_office: Office, case: str) -> None:
    assert anchor(any_office) == 3
    assert anchor(any_office) is None
    any_office.clock.now += timedelta(hours=3)
    assert anchor(any_office) is None


def test_an_erased_case_stays_sound(any_office: Office, case: str) -> None:
    def work(session: Session) -> None:
        found = session.get_one(CaseFile, case)
        erasure.shred(session, any_office.parts.desk, any_office.clock.now, found, "officer:1", "erased", reason="r")

    any_office.write(work)
    assert fault(any_office, second(any_office)) is None
    anchor(any_office)
    assert fault(any_office, second(any_office)) is None


# What a thief with the database only can do


def sql(statement: str) -> Callable[[Session, str], None]:
    def run(session: Session, case: str) -> None:
        session.execute(text(statement), {"case": case} if ":case" in statement else {})

    return run


def swap(session: Session, case: str) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        session.execute(text(f"UPDATE case_event SET seq = {new} WHERE seq = {old} AND case_id = '{case}'"))


def cut_with_anchors(session: Session, case: str) -> None:
    """The tail, and every anchor that would tell."""
    session.execute(text(f"DELETE FROM case_event WHERE case_id = '{case}' AND seq > 3"))
    for table, number in (("audit_head", "anchor"), ("audit_anchor", "number")):
        session.execute(text(f"DELETE FROM {table} WHERE {number} = 2"))


def cut_a_whole_case(session: Session, case: str) -> None:
    for table in ("rule_firing", "outbound_message", "case_event"):
        session.execute(text(f"DELETE FROM {table} WHERE case_id = '{case}'"))
    session.execute(text(f"DELETE FROM case_file WHERE id = '{case}'"))


IN_CHAIN = [
    pytest.param(sql("UPDATE case_event SET kind = 'closed' WHERE seq = 3"), "row 3 is changed", id="edit"),
    pytest.param(sql("DELETE FROM case_event WHERE seq = 3"), "row 3 is changed", id="delete"),
    pytest.param(swap, "row 3 is changed", id="swap"),
    pytest.param(sql("UPDATE case_file SET status = 'closed' WHERE id = :case"), "status not as", id="status"),
    pytest.param(sql("UPDATE case_file SET priority = 'P1' WHERE id = :case"), "priority not as", id="priority"),
]
BY_ANCHORS = [
    pytest.param(sql("DELETE FROM case_event WHERE case_id = :case AND seq > 4"), "row 5 is not the one", id="tail"),
    pytest.param(cut_a_whole_case, "row 3 is not the one anchored on 2026-11-23", id="whole case"),
    pytest.param(sql("DELETE FROM audit_head WHERE anchor = 2"), "anchor 2: changed", id="heads"),
    pytest.param(sql("UPDATE audit_head SET seq = 4 WHERE anchor = 2"), "anchor 2: changed", id="head edited"),
    pytest.param(
        sql("UPDATE audit_anchor SET digest = (SELECT mac FROM case_event WHERE seq = 6)"),
        "anchor 1: chang",
        id="digest",
    ),
]
BY_THE_SECOND_PLACE = [
    pytest.param(cut_with_anchors, "anchor 2 of 2026-11-24 is missing", id="tail and its anchor"),
]
NOT_FOUND = [
    pytest.param(sql("DELETE FROM case_event WHERE case_id = :case AND seq = 6"), id="a tail younger than the anchor"),
]


@pytest.mark.parametrize(("tamper", "told"), [*IN_CHAIN, *BY_ANCHORS])
def test_the_first_bad_row_is_named(
    any_office: Office, case: str, tamper: Callable[[Session, str], None], told: str
) -> None:
    any_office.write(lambda session: tamper(session, case))
    assert told in (fault(any_office) or "")


@pytest.mark.parametrize(("tamper", "told"), BY_THE_SECOND_PLACE)
def test_what_only_the_second_place_shows(
    any_office: Office, case: str, tamper: Callable[[Session, str], None], told: str
) -> None:
    lines = second(any_office)
    any_office.write(lambda session: tamper(session, case))
    assert fault(any_office) is None
    assert told in (fault(any_office, lines) or "")


@pytest.mark.parametrize("tamper", NOT_FOUND)
def test_what_is_not_found(any_office: Office, case: str, tamper: Callable[[Session, str], None]) -> None:
    """Said plainly in `audit verify --help` and in docs/threat-model.md: evident up to the last anchor."""
    lines = second(any_office)
    any_office.write(lambda session: tamper(session, case))
    assert fault(any_office, lines) is None


# What a thief with the key file too can do


def make_anew(session: Session, keyring: Keyring, case: str) -> None:
    """The third event told otherwise, its chain made anew, and every anchor with it."""
    before = b""
    for row in session.scalars(select(CaseEvent).where(CaseEvent.case_id == case).order_by(CaseEvent.seq)):
        row.actor = "officer:9" if row.seq == 3 else row.actor
        row.mac = chain_mac(keyring, case, before, row.seq, row.at, row.kind, row.actor, row.body)
        before = row.mac
    session.flush()
    digest = b""
    for made in session.scalars(select(AuditAnchor).order_by(AuditAnchor.number)):
        rows = session.scalars(
            select(AuditHead).where(AuditHead.anchor == made.number).order_by(AuditHead.case_id)
        ).all()
        for head in rows:
            head.mac = session.get_one(CaseEvent, (head.case_id, head.seq)).mac
        heads = [(head.case_id, head.seq, head.mac) for head in rows]
        made.digest = digest = anchors.digest_of(keyring, made.number, digest, heads)
    session.flush()


def test_a_stolen_key_makes_everything_anew_and_only_the_second_place_tells(any_office: Office, case: str) -> None:
    lines = second(any_office)
    any_office.write(lambda session: make_anew(session, any_office.parts.desk.keyring, case))
    assert fault(any_office) is None, "without a second place: not defended"
    assert fault(any_office, lines) == "anchor 1 of 2026-11-23 differs from the second place: it was made anew"


def test_an_older_database_put_in_place_is_found_by_the_second_place_only(make_office: MakeOffice) -> None:
    office = make_office()
    case_id = a_case(office)
    anchor(office)
    saved = office.root / "var" / "old.db"
    with office.parts.store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")  # VACUUM runs outside transactions only
        connection.exec_driver_sql(f"VACUUM INTO '{saved}'")
        connection.exec_driver_sql("BEGIN")
    office.clock.now += timedelta(days=1)
    note(office, case_id)
    anchor(office)
    lines = second(office)
    office.parts.store.close()
    for path in (office.root / "var").glob("beliperak.db-*"):
        if path.suffix in (".db-wal", ".db-shm"):
            path.unlink()
    saved.replace(office.root / "var" / "beliperak.db")
    assert fault(office) is None
    assert fault(office, lines) == "anchor 2 of 2026-11-24 is missing: this is an older database, or a cut one"


# The second place


@pytest.fixture
def watched(make_office: MakeOffice, tmp_path: Path) -> Iterator[tuple[Office, Path]]:
    path = tmp_path / "elsewhere" / "anchors"
    path.parent.mkdir()
    yield make_office(AUDIT_ANCHOR_FILE=str(path), AUDIT_ANCHOR_SMS="yes"), path


def test_the_worker_anchors_once_a_day_and_appends_it_to_the_file(watched: tuple[Office, Path]) -> None:
    office, path = watched
    a_case(office)
    for _ in range(3):
        office.work()
        jobs.anchor(office.bench)
        office.clock.now += timedelta(days=1)
    assert path.read_text() == "".join(f"{line}\n" for line in second(office))
    assert len(path.read_text().splitlines()) == 3
    assert path.stat().st_mode & 0o777 == 0o600
    assert fault(office, [line for line in anchors.read_lines(path) if line]) is None


def test_a_place_that_could_not_be_reached_gets_what_it_missed(watched: tuple[Office, Path]) -> None:
    office, path = watched
    a_case(office)
    for _ in range(2):
        anchor(office)
        office.clock.now += timedelta(days=1)
    jobs.anchor(office.bench)
    assert len(path.read_text().splitlines()) == 3


def test_a_place_that_is_away_keeps_nobody_from_working(make_office: MakeOffice, tmp_path: Path) -> None:
    office = make_office(AUDIT_ANCHOR_FILE=str(tmp_path / "unmounted" / "anchors"))
    with capture_logs() as told:
        office.work()
    assert "anchors could not be carried to the second place" in {line["event"] for line in told}
    assert len(second(office)) == 1


def test_two_supervisors_keep_the_short_anchor(watched: tuple[Office, Path]) -> None:
    office, _ = watched
    citra, dewi, eka = (office.officer(name, role="supervisor") for name in ("Citra", "Dewi", "Eka"))
    ani = office.officer("Ani")
    a_case(office, priority=Priority.P3)
    anchor(office)
    office.work()
    word = anchors.short(bytes.fromhex(second(office)[0].digest))
    for phone in (citra, dewi):
        assert phone.inbox[-1] == f"Simpan SMS ini. Jangkar 1: {word}"
    assert not any("Jangkar" in message for phone in (ani, eka) for message in phone.inbox)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda lines: lines[1:], "line 1 is no anchor in its order"),
        (lambda lines: [lines[0], "nonsense"], "line 2 is no anchor in its order"),
        (lambda lines: [lines[0].replace("2026-11-23", "2026-11-22"), lines[1]], "differs from the second place"),
        (lambda lines: [*lines, str(Line(3, date(2026, 11, 25), 1, "0" * 64))], "anchor 3 of 2026-11-25 is missing"),
    ],
)
def test_a_second_place_that_was_spoilt_is_told_too(
    any_office: Office, case: str, spoil: Callable[[list[str]], list[str]], told: str
) -> None:
    path = any_office.root / "anchors"
    append_lines(path, spoil([str(line) for line in second(any_office)]))
    assert told in (fault(any_office, anchors.read_lines(path)) or "")  # type: ignore[arg-type]


def test_looking_is_part_of_the_chain(any_office: Office) -> None:
    case_id = a_case(any_office)
    reference = any_office.case()["reference"]
    any_office.show(reference)
    kinds = select(CaseEvent.kind).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq)
    assert "viewed" in any_office.read(lambda session: list(session.scalars(kinds)))
    assert fault(any_office) is None
