"""A case's timeline: what was changed behind our back is found, and its first row named."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gateway.casework import events
from gateway.casework.events import find_broken, list_events, record
from gateway.errors import Refused
from models.case import CaseEvent, CaseFile
from tests.made import a_case
from tests.office import Office


@pytest.fixture
def case(any_office: Office) -> str:
    """A case with six events: opened, then five notes."""
    case_id = a_case(any_office)

    def work(session: Session) -> None:
        found = session.get_one(CaseFile, case_id)
        for number in range(5):
            now = any_office.clock.now
            record(session, any_office.parts.desk, found, now, "note", f"officer:{number}", text=f"n{number} ☂ \ud800")

    any_office.write(work)
    return case_id


def broken(office: Office, case: str) -> int | None:
    found: int | None = office.read(lambda session: find_broken(session, office.parts.desk.keyring, case))
    return found


def test_an_untouched_chain_is_sound_and_reads_back(any_office: Office, case: str) -> None:
    assert broken(any_office, case) is None

    def read(session: Session) -> list[events.Event]:
        return list(list_events(session, any_office.parts.desk, session.get_one(CaseFile, case)))

    found = any_office.read(read)
    assert [event.seq for event in found] == [1, 2, 3, 4, 5, 6]
    assert found[0].kind == "opened"
    assert found[5].body == {"text": "n4 ☂ \ud800"}
    assert found[5].at == any_office.clock.now


def test_what_is_taken_back_in_mid_transaction_leaves_the_chain_whole(any_office: Office, case: str) -> None:
    """An officer's act that is refused half way is undone to its beginning, and the refusal is then recorded."""
    desk, now = any_office.parts.desk, any_office.clock.now

    def work(session: Session) -> None:
        found = session.get_one(CaseFile, case)
        record(session, desk, found, now, "note", "officer:1", text="before")
        with suppress(Refused), session.begin_nested():
            record(session, desk, found, now, "note", "officer:1", text="undone")
            raise Refused("half way")
        record(session, desk, found, now, "refused", "officer:1")

    any_office.write(work)
    assert broken(any_office, case) is None
    kinds = any_office.read(lambda s: [event.kind for event in list_events(s, desk, s.get_one(CaseFile, case))])
    assert kinds[-2:] == ["note", "refused"]
    assert len(kinds) == 8


def swap_bodies(session: Session, case: str) -> None:
    bodies = {seq: session.get_one(CaseEvent, (case, seq)).body for seq in (3, 4)}
    for seq, other in ((3, 4), (4, 3)):
        session.get_one(CaseEvent, (case, seq)).body = bodies[other]


def swap_numbers(session: Session, case: str) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        session.execute(text("UPDATE case_event SET seq = :new WHERE seq = :old"), {"old": old, "new": new})


def insert_between(session: Session, case: str) -> None:
    for seq in (6, 5, 4):
        session.execute(text("UPDATE case_event SET seq = seq + 1 WHERE seq = :seq"), {"seq": seq})
    insert_copy_of(session, case, 3, 4)


def insert_copy_of(session: Session, case: str, source: int, target: int) -> None:
    row = session.get_one(CaseEvent, (case, source))
    values = {"at": row.at, "kind": row.kind, "actor": row.actor, "body": row.body, "mac": row.mac}
    session.add(CaseEvent(case_id=case, seq=target, **values))


FIRST = "(SELECT mac FROM case_event WHERE seq = 1)"


def sql(statement: str) -> Callable[[Session, str], None]:
    def run(session: Session, case: str) -> None:
        session.execute(text(statement))

    return run


@pytest.mark.parametrize(
    ("tamper", "first_bad"),
    [
        pytest.param(sql("UPDATE case_event SET kind = 'closed' WHERE seq = 3"), 3, id="kind"),
        pytest.param(sql("UPDATE case_event SET actor = 'officer:x' WHERE seq = 3"), 3, id="actor"),
        pytest.param(sql("UPDATE case_event SET at = '2026-11-23 01:00:00' WHERE seq = 3"), 3, id="time"),
        pytest.param(
            sql("UPDATE case_event SET body = (SELECT mac FROM case_event WHERE seq = 1) WHERE seq = 3"), 3, id="body"
        ),
        pytest.param(
            sql("UPDATE case_event SET mac = (SELECT mac FROM case_event WHERE seq = 1) WHERE seq = 3"), 3, id="mac"
        ),
        pytest.param(sql("DELETE FROM case_event WHERE seq = 3"), 3, id="delete"),
        pytest.param(sql("DELETE FROM case_event WHERE seq = 1"), 1, id="delete the first"),
        pytest.param(swap_bodies, 3, id="swap bodies"),
        pytest.param(swap_numbers, 3, id="swap numbers"),
        pytest.param(lambda session, case: insert_copy_of(session, case, 6, 7), 7, id="insert at the end"),
        pytest.param(insert_between, 4, id="insert between"),
    ],
)
def test_tampering_is_found_at_its_first_row(
    any_office: Office, case: str, tamper: Callable[[Session, str], None], first_bad: int
) -> None:
    any_office.write(lambda session: tamper(session, case))
    assert broken(any_office, case) == first_bad


def test_closing_the_gap_after_a_deletion_does_not_hide_it(any_office: Office, case: str) -> None:
    def tamper(session: Session) -> None:
        session.execute(text("DELETE FROM case_event WHERE seq = 3"))
        for seq in (4, 5, 6):
            session.execute(text("UPDATE case_event SET seq = seq - 1 WHERE seq = :seq"), {"seq": seq})

    any_office.write(tamper)
    assert broken(any_office, case) == 3


def test_an_event_moved_to_another_case_is_found(any_office: Office, case: str) -> None:
    other = a_case(any_office, phone="+6281100009998")
    any_office.write(
        lambda session: (
            session.execute(
                text("UPDATE case_event SET case_id = :other, seq = 2 WHERE case_id = :case AND seq = 6"),
                {"other": other, "case": case},
            )
            and None
        )
    )
    assert broken(any_office, other) == 2


def test_a_chain_taken_away_whole_is_found(any_office: Office, case: str) -> None:
    any_office.write(lambda session: session.execute(text("DELETE FROM case_event")) and None)
    assert broken(any_office, case) == 1


def test_erasing_a_cases_key_leaves_its_chain_whole(any_office: Office, case: str) -> None:
    def erase(session: Session) -> None:
        session.get_one(CaseFile, case).wrapped_key = None

    any_office.write(erase)
    assert broken(any_office, case) is None
