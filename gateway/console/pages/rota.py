"""The rota by week: who is on duty, where nobody is; leaders write shifts and leaves, one by one or from a file."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from flask import request, url_for
from sqlalchemy.orm import Session

from gateway.casework import attempts, rota, rota_file
from gateway.casework.coverage import Span
from gateway.casework.people import open_officer
from gateway.console import week
from gateway.console.files_given import read_file
from gateway.console.routes import Page
from gateway.console.visits import LEADERS, Answer, Visit
from gateway.errors import Refused
from gateway.typed import read_moment
from models.duty import DutyLeave, DutyShift
from models.people import Officer

NOTHING: Mapping[str, str] = {}
A_DAY = timedelta(days=1)


def show(visit: Visit) -> Answer:
    return _page(visit, request.args.get("week", ""))


def _page(
    visit: Visit, asked: str, refusal: Refused | None = None, form: str = "", typed: Mapping[str, str] = NOTHING
) -> Answer:
    monday = week.monday_of(_day(asked) or visit.desk.office.today(visit.now))
    found = visit.read(lambda session: week.look(session, visit, monday))
    return visit.page(
        "rota.html",
        409 if refusal else 200,
        week=found,
        today=visit.desk.office.today(visit.now),
        before=(monday - 7 * A_DAY).isoformat(),
        after=(monday + 7 * A_DAY).isoformat(),
        kecamatans=visit.desk.areas.kecamatans(),
        refusal=refusal,
        tried=form,
        typed=typed,
        done=request.args.get("done", ""),
        warned=_warned(request.args.get("left", "")),
        local=visit.desk.office.local,
        may_write=visit.caller.leads,
    )


def _day(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def _warned(written: str) -> tuple[int, int] | None:
    """Shifts a leave lies over, and cases still in her hands, as the address tells them."""
    shifts, _, cases = written.partition("-")
    return (int(shifts), int(cases)) if shifts.isdecimal() and cases.isdecimal() else None


# Writing


def add_shift(visit: Visit) -> Answer:
    form, areas = request.form.to_dict(), tuple(request.form.getlist("areas"))

    def work(session: Session) -> str:
        span = Span(_moment(visit, form, "from"), _moment(visit, form, "to"))
        rota.add_shift(session, visit.desk, visit.now, rota.Plan(_phone(session, visit, form), span, areas))
        attempts.note(session, visit.now, visit.actor, "duty add", 1)
        return ""

    return _write(visit, "shift", form, work)


def remove_shift(visit: Visit) -> Answer:
    form = request.form.to_dict()

    def work(session: Session) -> str:
        shift = session.get(DutyShift, form.get("id", ""))
        if shift is None:
            raise Refused("this officer has no shift that starts then")
        rota.remove_shift(session, visit.desk, _phone_of(session, visit, shift.officer_id), shift.starts_at)
        attempts.note(session, visit.now, visit.actor, "duty remove", 1)
        return ""

    return _write(visit, "gone", form, work)


def take_leave(visit: Visit) -> Answer:
    """The last day counts whole."""
    form = request.form.to_dict()

    def work(session: Session) -> str:
        span = Span(_moment(visit, form, "from"), _moment(visit, form, "to") + A_DAY)
        left = rota.take_leave(session, visit.desk, visit.now, _phone(session, visit, form), span)
        attempts.note(session, visit.now, visit.actor, "duty leave", 1)
        return f"&left={left.shifts}-{left.cases}"

    return _write(visit, "leave", form, work)


def end_leave(visit: Visit) -> Answer:
    form = request.form.to_dict()

    def work(session: Session) -> str:
        leave = session.get(DutyLeave, form.get("id", ""))
        if leave is None:
            raise Refused("this officer has no leave that starts then")
        rota.end_leave(session, visit.desk, _phone_of(session, visit, leave.officer_id), leave.starts_at)
        attempts.note(session, visit.now, visit.actor, "duty leave removed", 1)
        return ""

    return _write(visit, "gone", form, work)


def _write(visit: Visit, what: str, form: Mapping[str, str], work: Callable[[Session], str]) -> Answer:
    """`work` gives what follows in the address of the page that tells of it."""
    shown = form.get("week", "")
    root = url_for("console.rota", week=shown if _day(shown) else None, done=what)
    try:
        return visit.to(visit.once(lambda session: root + work(session)))
    except Refused as refusal:
        return _page(visit, shown, refusal, what, form)


def _moment(visit: Visit, form: Mapping[str, str], name: str) -> datetime:
    return read_moment(form.get(name, ""), visit.desk.office.zone)


def _phone(session: Session, visit: Visit, form: Mapping[str, str]) -> str:
    return _phone_of(session, visit, form.get("officer", ""))


def _phone_of(session: Session, visit: Visit, officer_id: str) -> str:
    officer = session.get(Officer, officer_id)
    if officer is None:
        raise Refused("choose an officer")
    return open_officer(visit.desk, officer).phone


# A file


def preview(visit: Visit) -> Answer:
    """What would be done with each row; nothing is written."""
    try:
        text = read_file("file")
        rows = rota_file.read_lines(text.splitlines(keepends=True), visit.desk.office.zone, "CSV")
    except Refused as refusal:
        return _page(visit, "", refusal, "file")
    checked = visit.read(lambda session: rota_file.check(session, visit.desk, rows))
    faults = [row for row in checked if row.fault]
    return visit.page("rota_preview.html", rows=checked, faults=faults, text=text, desk=visit.desk)


def import_rota(visit: Visit) -> Answer:
    form = request.form.to_dict()

    def work(session: Session) -> str:
        lines = form.get("csv", "").splitlines(keepends=True)
        rows = rota_file.check(session, visit.desk, rota_file.read_lines(lines, visit.desk.office.zone, "CSV"))
        if any(row.fault for row in rows):
            raise Refused("a row of the file can not be any more: look at it again")
        for row in rows:
            if row.plan:
                rota.add_shift(session, visit.desk, visit.now, row.plan)
        attempts.note(session, visit.now, visit.actor, "duty import", len(rows))
        return ""

    return _write(visit, "file", form, work)


PAGES = (
    Page("/rota", "rota", show, menu="20 Piket"),
    Page("/rota/shift", "rota_shift", add_shift, may=LEADERS, post=True),
    Page("/rota/shift/remove", "rota_shift_remove", remove_shift, may=LEADERS, post=True),
    Page("/rota/leave", "rota_leave", take_leave, may=LEADERS, post=True),
    Page("/rota/leave/remove", "rota_leave_remove", end_leave, may=LEADERS, post=True),
    Page("/rota/preview", "rota_preview", preview, may=LEADERS, post=True),
    Page("/rota/import", "rota_import", import_rota, may=LEADERS, post=True),
)
