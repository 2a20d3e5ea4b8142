"""A case's row fetched for changing it: the same as SQLAlchemy's own way, whichever way it came."""

from typing import cast

from sqlalchemy import Table, inspect
from sqlalchemy.orm import Session

from models.case import CaseFile, lock_case
from models.vocabulary import Priority
from tests.made import a_case
from tests.office import Office

NAMES = [column.name for column in cast(Table, CaseFile.__table__).columns]


def values_of(case: CaseFile | None) -> dict[str, object]:
    assert case is not None
    return {name: getattr(case, name) for name in NAMES}


def test_a_locked_row_is_what_the_session_would_have_read(any_office: Office) -> None:
    case_id = a_case(any_office)
    locked = any_office.read(lambda session: values_of(lock_case(session, case_id)))
    assert locked == any_office.read(lambda session: values_of(session.get(CaseFile, case_id)))
    assert any_office.read(lambda session: lock_case(session, "nobody")) is None


def test_what_is_changed_on_it_is_written_and_nothing_else(any_office: Office) -> None:
    case_id = a_case(any_office)
    before = any_office.read(lambda session: values_of(session.get(CaseFile, case_id)))

    def change(session: Session) -> None:
        case = lock_case(session, case_id)
        assert case is not None
        assert not inspect(case).modified
        case.priority, case.kecamatan = Priority.P1, "64.01.01"

    any_office.write(change)
    after = any_office.read(lambda session: values_of(session.get(CaseFile, case_id)))
    assert after == before | {"priority": Priority.P1, "kecamatan": "64.01.01"}


def test_a_row_the_session_knows_is_the_same_object_and_keeps_what_was_changed(any_office: Office) -> None:
    case_id = a_case(any_office)

    def change(session: Session) -> None:
        known = session.get(CaseFile, case_id)
        assert known is not None
        known.kecamatan = "64.01.02"
        assert lock_case(session, case_id) is known
        assert lock_case(session, case_id) is known
        assert known.kecamatan == "64.01.02"

    any_office.write(change)
    assert any_office.read(lambda session: session.get_one(CaseFile, case_id).kecamatan) == "64.01.02"


def test_a_row_not_yet_written_is_found_too(any_office: Office) -> None:
    case_id = a_case(any_office)
    values = any_office.read(lambda session: values_of(session.get(CaseFile, case_id)))

    def add(session: Session) -> None:
        fresh = CaseFile(**values | {"id": "fresh", "reference": "7K3Q9Z", "receipt_index": b"another"})
        session.add(fresh)
        assert lock_case(session, "fresh") is fresh

    any_office.write(add)
