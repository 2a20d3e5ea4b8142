"""Exports for SIMFONI PPA: asked for with a reason, made by the worker, fetched within a day."""

from collections.abc import Mapping
from datetime import date

from flask import Response, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from gateway.casework import exports
from gateway.casework.exports import Row, Wanted
from gateway.console.routes import Page
from gateway.console.visits import LEADERS, Answer, Visit
from gateway.errors import Refused
from models.export import UNFINISHED, ExportStatus

NOTHING: Mapping[str, str] = {}
KINDS = {
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
STATUS = {
    ExportStatus.ASKED: _("menunggu"),
    ExportStatus.RUNNING: _("sedang dibuat"),
    ExportStatus.READY: _("siap diunduh"),
    ExportStatus.CANCELLED: _("dibatalkan"),
    ExportStatus.EXPIRED: _("kedaluwarsa"),
    ExportStatus.FAILED: _("gagal"),
}


def show(visit: Visit, refusal: Refused | None = None, typed: Mapping[str, str] = NOTHING) -> Answer:
    def work(session: Session) -> list[Row]:
        return exports.list_jobs(session, visit.desk, visit.officer(session))

    return visit.page(
        "exports.html",
        409 if refusal else 200,
        rows=visit.read(work),
        states=STATUS,
        unfinished=UNFINISHED,
        today=visit.desk.office.today(visit.now).isoformat(),
        refusal=refusal,
        typed=typed,
        done=request.args.get("done", ""),
    )


def ask(visit: Visit) -> Answer:
    form = {name: value.strip() for name, value in request.form.items()}
    address = url_for("console.exports", done="asked")

    def work(session: Session) -> str:
        exports.ask(session, visit.desk, visit.now, visit.officer(session), _read(form))
        return address

    try:
        return visit.to(visit.once(work))
    except Refused as refusal:
        return show(visit, refusal, form)


def _read(form: Mapping[str, str]) -> Wanted:
    """Raises Refused."""
    try:
        first, last = (date.fromisoformat(form.get(name, "")) for name in ("from", "to"))
    except ValueError:
        raise Refused("choose the days") from None
    return Wanted(first, last, form.get("suffix", ""), form.get("reason", ""))


def cancel(visit: Visit) -> Answer:
    job_id, address = request.form.get("id", ""), url_for("console.exports", done="cancelled")

    def work(session: Session) -> str:
        exports.cancel(session, visit.now, visit.officer(session), job_id)
        return address

    try:
        return visit.to(visit.once(work))
    except Refused as refusal:
        return show(visit, refusal)


def fetch(visit: Visit) -> Answer:
    """The file itself; fetching it twice is twice on record."""
    job_id = request.form.get("id", "")

    def work(session: Session) -> tuple[str, bytes]:
        return exports.fetch(session, visit.desk, visit.now, visit.officer(session), job_id)

    try:
        name, content = visit.write(work)
    except Refused as refusal:
        return show(visit, refusal)
    answer = Response(content, content_type=KINDS[name[name.rindex(".") :]])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


PAGES = (
    Page("/exports", "exports", show, may=LEADERS, menu="60 Ekspor"),
    Page("/exports", "export_ask", ask, may=LEADERS, post=True),
    Page("/exports/cancel", "export_cancel", cancel, may=LEADERS, post=True),
    Page("/exports/fetch", "export_fetch", fetch, may=LEADERS, post=True),
)
