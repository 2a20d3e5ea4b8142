"""The channel log: every SMS of ours with its state, once more for those that did not arrive, and what is held."""

from collections.abc import Callable

from flask import request, url_for
from sqlalchemy.orm import Session

from gateway.casework import acts, attempts
from gateway.console import case_words, channel
from gateway.console.channel import PAGE, Line, Row, Shown
from gateway.console.routes import Page
from gateway.console.visits import LEADERS, Answer, Visit
from gateway.errors import Refused
from gateway.outbox import held
from gateway.outbox.resend import send_again
from models.case import CaseFile
from models.outbound import OutboundMessage


def show(visit: Visit, refusal: Refused | None = None) -> Answer:
    asked = request.values.get("show", "")
    shown = Shown(asked) if asked in list(Shown) else Shown.ALL
    before = request.args.get("before", "")[:32]

    def work(session: Session) -> tuple[Line, list[Row]]:
        rows = channel.list_page(session, visit, shown, before)
        attempts.note(session, visit.now, visit.actor, "channel log", rows=len(rows))
        return channel.look_at_line(session, visit.now), rows

    line, rows = visit.write(work)
    return visit.page(
        "channel.html",
        409 if refusal else 200,
        line=line,
        rows=rows[:PAGE],
        more=rows[PAGE - 1].id if len(rows) > PAGE else None,
        shown=shown,
        tabs=list(Shown),
        refusal=refusal,
        done=request.args.get("done", ""),
        say=case_words,
        may_send=visit.caller.leads,
    )


def again(visit: Visit) -> Answer:
    def work(session: Session, message: OutboundMessage, case: CaseFile | None) -> None:
        send_again(session, visit.desk, visit.now, message, case)
        attempts.note(session, visit.now, visit.actor, "message again", 1)

    return _do(visit, "again", work)


def release(visit: Visit) -> Answer:
    """A restore holds what may have left already; somebody looks and lets it go."""

    def work(session: Session, message: OutboundMessage, case: CaseFile | None) -> None:
        held.release(session, visit.desk, visit.now, visit.actor, [message.id])

    return _do(visit, "released", work)


def cancel(visit: Visit) -> Answer:
    def work(session: Session, message: OutboundMessage, case: CaseFile | None) -> None:
        held.cancel(session, visit.now, visit.actor, [message.id])

    return _do(visit, "cancelled", work)


def _do(visit: Visit, done: str, act: Callable[[Session, OutboundMessage, CaseFile | None], None]) -> Answer:
    message_id = request.form.get("id", "")
    address = url_for("console.channel", show=request.form.get("show") or None, done=done)

    def work(session: Session) -> str:
        message = session.get(OutboundMessage, message_id)
        if message is None:
            raise Refused("there is no such message")
        case = session.get(CaseFile, message.case_id) if message.case_id else None
        if case is not None:
            acts.check_may(visit.desk, case, visit.officer(session))
        act(session, message, case)
        return address

    try:
        return visit.to(visit.once(work))
    except Refused as refusal:
        return show(visit, refusal)


PAGES = (
    Page("/channel", "channel", show, menu="50 SMS"),
    Page("/channel/again", "channel_again", again, may=LEADERS, post=True),
    Page("/channel/release", "channel_release", release, may=LEADERS, post=True),
    Page("/channel/cancel", "channel_cancel", cancel, may=LEADERS, post=True),
)
