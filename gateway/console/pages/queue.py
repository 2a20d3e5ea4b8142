"""The first page: what waits, what is late, what came today; filters, and the way to a case by its reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import attempts
from gateway.casework.people import open_officer
from gateway.console.routes import Page
from gateway.console.shelves import COUNTED, NOWHERE, PAGE, Reader, Shelf, Wish, count, list_page
from gateway.console.visits import WORKERS, Answer, Visit
from gateway.desk import Desk
from gateway.details import Details, key_of
from gateway.identifiers import plain_reference
from gateway.keyring import SealError
from models.people import Officer
from models.vocabulary import CaseStatus, Priority

TABS = (Shelf.WAITING, Shelf.LATE, Shelf.TODAY, Shelf.INCOMPLETE, Shelf.MINE, Shelf.ALL)
FILTERED = (Shelf.WAITING, Shelf.INCOMPLETE, Shelf.ALL)
"""Shelves that a status, a priority or a holder narrows; on the others these filters lead to all open cases."""


@dataclass(frozen=True)
class Row:
    """One case in the list: only what lies in the clear."""

    reference: str
    status: CaseStatus
    priority: Priority
    channel: str
    reporter: str
    complete: bool
    kecamatan: str | None
    created_at: datetime
    since: datetime
    """Since when it is where it is: waiting, held, ended."""
    late_at: datetime | None
    holder: str | None
    mine: bool


def show(visit: Visit) -> Answer:
    reader, wish = _reader(visit), read_wish(visit, request.args)
    rows, more, counts, holders = visit.write(lambda session: _look(session, visit, reader, wish))
    return visit.page(
        "queue.html",
        rows=rows,
        counts=counts,
        tabs=TABS,
        wish=wish,
        holders=holders,
        kecamatans=[code for code in visit.desk.areas.kecamatans() if not reader.areas or code in reader.areas],
        nowhere=NOWHERE,
        narrowed=bool(wish.kecamatan or wish.status or wish.priority or wish.holder_id),
        late_now=lambda row: row.late_at is not None and row.late_at <= visit.now,
        next_page=_address(wish, more) if more else None,
    )


def find(visit: Visit) -> Answer:
    """The search box: a reference in any of its spellings leads to its case."""
    written = request.args.get("reference", "").strip()
    if not written:
        return visit.go("queue")
    return visit.go("case", reference=plain_reference(written)[:8])


def _reader(visit: Visit) -> Reader:
    office = visit.desk.office
    midnight = datetime.combine(office.today(visit.now), time(), office.zone)
    return Reader(visit.caller.officer_id, visit.caller.areas, visit.now, midnight)


def read_wish(visit: Visit, form: Mapping[str, str]) -> Wish:
    """Total: what cannot be read is not asked for."""
    shelf = Shelf(form["shelf"]) if form.get("shelf") in list(Shelf) else Shelf.WAITING
    status = CaseStatus(form["status"]) if form.get("status") in list(CaseStatus) else None
    priority = Priority(form["priority"]) if form.get("priority") in list(Priority) else None
    kecamatan = form.get("kecamatan") or None
    if kecamatan not in (NOWHERE, *visit.desk.areas.kecamatans()):
        kecamatan = None
    holder = form.get("holder") or None
    if (status or priority or holder) and shelf not in FILTERED:
        shelf = Shelf.ALL
    if (status or holder) and shelf is Shelf.WAITING:
        shelf = Shelf.ALL
    return Wish(shelf, kecamatan, status, priority, holder, _read_after(shelf, form.get("after", "")))


def _read_after(shelf: Shelf, written: str) -> tuple[Any, ...] | None:
    *first, at, last = written.split("~") if written.count("~") in (1, 2) else ("", "", "")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    by_priority = shelf not in (Shelf.LATE, Shelf.TODAY)
    if moment.tzinfo is None or len(first) != by_priority or (first and first[0] not in list(Priority)):
        return None
    return (*map(Priority, first), moment, last)


def _write_after(shelf: Shelf, row: Any) -> str:
    if shelf in (Shelf.LATE, Shelf.TODAY):
        moment = row.late_at if shelf is Shelf.LATE else row.created_at
        return f"{moment.isoformat()}~{row.id}"
    return f"{row.priority}~{row.created_at.isoformat()}~{row.id}"


def _address(wish: Wish, after: str) -> dict[str, str]:
    """The query of the same view from there on."""
    words = {"shelf": wish.shelf, "kecamatan": wish.kecamatan, "status": wish.status}
    words |= {"priority": wish.priority, "holder": wish.holder_id, "after": after}
    return {name: str(word) for name, word in words.items() if word}


def _look(
    session: Session, visit: Visit, reader: Reader, wish: Wish
) -> tuple[list[Row], str | None, dict[Shelf, str], dict[str, str]]:
    """Four statements, whatever the number of cases; one row says that she looked."""
    found = list_page(session, reader, wish)
    page = found[:PAGE]
    counts = count(session, reader, [Wish(tab) for tab in TABS])
    names = _officer_names(session, visit.desk)
    rows = [_row(one, names, visit) for one in page if not _is_kept_from(visit, one)]
    attempts.note(session, visit.now, visit.actor, "queue", rows=len(rows))
    more = _write_after(wish.shelf, page[-1]) if len(found) > PAGE else None
    told = {tab: f"{COUNTED - 1}+" if some == COUNTED else str(some) for tab, some in zip(TABS, counts, strict=True)}
    return rows, more, told, names


def _officer_names(session: Session, desk: Desk) -> dict[str, str]:
    everybody = session.scalars(select(Officer).order_by(Officer.id))
    return {officer.id: open_officer(desk, officer).name for officer in everybody}


def _is_kept_from(visit: Visit, row: Any) -> bool:
    """An officer related to a party gets nothing of the case, not even its line."""
    try:
        raw = key_of(visit.desk, row).open("case_file.details", row.id, row.details or b"")
    except SealError:
        return False
    return visit.caller.officer_id in Details.from_bytes(raw).related


def _row(one: Any, names: dict[str, str], visit: Visit) -> Row:
    since = one.closed_at or one.accepted_at or one.queued_at or one.created_at
    return Row(
        reference=one.reference,
        status=one.status,
        priority=one.priority,
        channel=one.channel,
        reporter=one.reporter,
        complete=one.complete,
        kecamatan=one.kecamatan,
        created_at=one.created_at,
        since=since,
        late_at=one.late_at,
        holder=names.get(one.holder_id or ""),
        mine=one.holder_id == visit.caller.officer_id,
    )


PAGES = (
    Page("/queue", "queue", show, may=WORKERS, menu="10 Kasus"),
    Page("/find", "find", find, may=WORKERS),
)
