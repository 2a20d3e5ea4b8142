"""Reports that may be of one matter: suggested to officers with the reasons, joined only by an officer's word."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Subquery, and_, false, select, union_all
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.details import Details, read_details
from gateway.keyring import SealError
from models.case import CaseFile

WITHIN = timedelta(hours=48)
PHONE, PLACE_AND_KIND = "phone", "village and kind within 48 h"
MOST = 50
"""Cases looked into at most, the newest."""


@dataclass(frozen=True)
class Similar:
    reference: str
    reasons: tuple[str, ...]


def find_similar(session: Session, desk: Desk, case: CaseFile) -> list[Similar]:
    """Other cases that share a phone, or the village and a kind within two days. Those already linked are left out."""
    details = read_details(desk, case)
    near = CaseFile.created_at.between(case.created_at - WITHIN, case.created_at + WITHIN)
    same_place = and_(CaseFile.kecamatan == case.kecamatan, near) if case.kecamatan else false()
    same_phone = CaseFile.phone_index == case.phone_index if case.phone_index else false()
    # Each walks along an index of its own and stops: a busy kecamatan costs no more than a quiet one.
    found = (_newest(case, same) for same in (same_place, same_phone))
    others = select(CaseFile).where(CaseFile.id.in_(union_all(*(select(some.c.id) for some in found))))
    others = others.order_by(CaseFile.created_at.desc()).limit(MOST)
    return [
        Similar(other.reference, reasons)
        for other in session.scalars(others)
        if other.id not in details.linked and (reasons := tuple(_reasons(desk, case, details, other)))
    ]


def _newest(case: CaseFile, same: ColumnElement[bool]) -> Subquery:
    wanted = select(CaseFile.id).where(CaseFile.id != case.id, CaseFile.wrapped_key.is_not(None), same)
    return wanted.order_by(CaseFile.created_at.desc()).limit(MOST).subquery()


def _reasons(desk: Desk, case: CaseFile, details: Details, other: CaseFile) -> Iterator[str]:
    if case.phone_index and other.phone_index == case.phone_index:
        yield PHONE
    try:
        theirs = read_details(desk, other)
    except SealError:
        return
    same_village = details.area_code is not None and theirs.area_code == details.area_code
    if same_village and not set(details.forms).isdisjoint(theirs.forms):
        yield PLACE_AND_KIND
