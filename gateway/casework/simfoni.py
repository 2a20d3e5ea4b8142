"""The export for SIMFONI PPA: one row a case in its words, for manual entry by an authorised clerk.

SIMFONI PPA publishes lists (forms, places, relations, age bands: DOMAIN 2.1), no programming interface; so this is a
sheet to type from. What reporters are never asked (place of the violence, relation to the victim) stays empty or NA.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gateway.casework.events import record
from gateway.desk import Desk
from gateway.details import Details, read_details
from gateway.errors import Refused
from gateway.identifiers import new_id
from gateway.statistics.facts import age_band
from menus.lexicon import Lexicon
from models.case import CaseFile
from models.people import Agency
from models.referral import Referral
from models.throttle import AccessRecord
from models.vocabulary import Age, CaseStatus, Sex

COLUMNS = (
    "Nomor",
    "Tanggal lapor",
    "Tanggal kejadian",
    "Saluran",
    "Pelapor",
    "Kecamatan",
    "Desa/Kelurahan",
    "Tempat menurut pelapor",
    "Jenis kelamin korban",
    "Kelompok umur korban",
    "Anak/Dewasa",
    "Bentuk kekerasan",
    "Tempat kejadian",
    "Hubungan terlapor",
    "Layanan",
    "Status",
)
NOT_CASES = (CaseStatus.PARTIAL, CaseStatus.INVALID)
"""Reports still being made, and what an officer found to be none."""
SEXES = {Sex.FEMALE: "Perempuan", Sex.MALE: "Laki-laki", Sex.UNKNOWN: ""}
AGES = {Age.CHILD: "Anak", Age.ADULT: "Dewasa", Age.UNKNOWN: ""}
RELATION_NOT_ASKED = "NA"
OTHER = "Lainnya"
INTAKE = "Pengaduan"
SERVICES = {
    "polisi": "Penegakan hukum",
    "puskesmas": "Pelayanan kesehatan",
    "rsud": "Pelayanan kesehatan",
    "dinsos": "Rehabilitasi sosial",
    "lbh": "Bantuan hukum",
}
"""What an agency of a kind gives, in SIMFONI's words; of other kinds (a school) it has no word."""
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Sheet = list[list[str]]


def check(first: date, last: date, out: Path) -> None:
    """Before anything is opened. Raises Refused."""
    if last < first:
        raise Refused("--to lies before --from")
    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise Refused(f"{out} ends neither in .csv nor in .xlsx")
    if out.exists():
        raise Refused(f"{out} exists; a file is never overwritten")
    if not out.absolute().parent.is_dir():
        raise Refused(f"{out} cannot be written: there is no folder {out.parent}")


def read_sheet(
    session: Session, desk: Desk, lexicon: Lexicon, now: datetime, actor: str, first: date, last: date
) -> Sheet:
    """The heading and one row a case reported on these days, oldest first. Every case shows that it was exported."""
    rows = read_rows(session, desk, lexicon, now, actor, list_cases(session, desk, first, last))
    session.add(AccessRecord(id=new_id(now), at=now, actor=actor, what="export simfoni", rows=len(rows)))
    return [list(COLUMNS), *rows]


def read_rows(
    session: Session, desk: Desk, lexicon: Lexicon, now: datetime, actor: str, cases: Iterable[CaseFile]
) -> Sheet:
    """One row a case, without the heading; each case, locked by its reader, shows that it was exported."""
    words = {term.code: term.maps_simfoni for term in lexicon.terms if term.group == "form"}
    rows = []
    for case in cases:
        record(session, desk, case, now, "viewed", actor, reason="export")
        rows.append([harmless(value) for value in _row(session, desk, words, case)])
    return rows


def list_cases(
    session: Session, desk: Desk, first: date, last: date, after: str | None = None, limit: int | None = None
) -> list[CaseFile]:
    """Cases reported on these days, locked, oldest first; those behind the case with the id `after`."""
    wanted = select(CaseFile).where(*_reported(desk, first, last)).order_by(CaseFile.id).limit(limit)
    if after is not None:
        wanted = wanted.where(CaseFile.id > after)
    return list(session.scalars(wanted.with_for_update()))


def count(session: Session, desk: Desk, first: date, last: date) -> int:
    return session.scalar(select(func.count()).select_from(CaseFile).where(*_reported(desk, first, last))) or 0


def _reported(desk: Desk, first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    start, end = (datetime(day.year, day.month, day.day, tzinfo=desk.office.zone) for day in (first, _next(last)))
    kept = (CaseFile.wrapped_key.is_not(None), CaseFile.status.not_in(NOT_CASES))
    return (CaseFile.created_at >= start, CaseFile.created_at < end, *kept)


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _row(session: Session, desk: Desk, words: dict[str, str], case: CaseFile) -> list[str]:
    details = read_details(desk, case)
    village = desk.areas.find(details.area_code) if details.area_code else None
    return [
        f"BP-{case.reference}",
        desk.office.today(case.created_at).isoformat(),
        details.incident_on or "",
        case.channel,
        case.reporter,
        desk.areas.name(case.kecamatan) if case.kecamatan else "",
        village.name if village and not village.is_kecamatan else "",
        details.place_typed or "",
        SEXES[details.sex],
        _band(details),
        AGES[details.age],
        "; ".join(forms_of(words, details.forms)),
        "",
        RELATION_NOT_ASKED,
        "; ".join(_services(session, case)),
        case.status,
    ]


def forms_of(words: dict[str, str], forms: tuple[str, ...]) -> list[str]:
    """SIMFONI's forms, each once; what nobody has told yet is left to the clerk."""
    told = (words.get(form, OTHER) for form in forms)
    return list(dict.fromkeys(word for word in told if not word.startswith("(")))


def _band(details: Details) -> str:
    return age_band(details.years, Age.UNKNOWN) if details.years is not None else ""


def _services(session: Session, case: CaseFile) -> list[str]:
    asked = select(Agency.kind).join(Referral, Referral.agency_id == Agency.id).where(Referral.case_id == case.id)
    given = (SERVICES.get(kind.lower()) for kind in session.scalars(asked.order_by(Referral.asked_at)))
    return list(dict.fromkeys([INTAKE, *(service for service in given if service)]))


def harmless(text: str) -> str:
    """A stranger's words must not run in a spreadsheet: what would start a formula gets an apostrophe before it."""
    return f"'{text}" if text.lstrip(" ").startswith(STARTS_A_FORMULA) or text.startswith(STARTS_A_FORMULA) else text


def to_bytes(sheet: Sheet, suffix: str) -> bytes:
    return _workbook(sheet) if suffix.lower() == ".xlsx" else _csv(sheet)


def _csv(sheet: Sheet) -> bytes:
    """With a byte order mark, which spreadsheet programs need to read UTF-8."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(sheet)
    return out.getvalue().encode("utf-8-sig", "replace")


def _workbook(sheet: Sheet) -> bytes:
    """Every cell is text: nothing in it is a formula, a link or a number."""
    out = io.BytesIO()
    import xlsxwriter  # 2 MB that only the process needs which makes a workbook, and then only from then on

    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet("Kasus")
    for number, row in enumerate(sheet):
        for column, text in enumerate(row):
            page.write_string(number, column, text)
    page.freeze_panes(1, 1)
    book.close()
    return out.getvalue()
