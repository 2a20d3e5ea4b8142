"""One case: what is known, what is to be done, what has been done; every act a form, every look at details a trace."""

from collections.abc import Callable, Mapping

from flask import abort, request, url_for
from sqlalchemy.orm import Session

from gateway.casework import attempts
from gateway.console import acting, case_words, looking, sessions
from gateway.console.routes import Page
from gateway.console.visits import WORKERS, Answer, Visit
from gateway.errors import Refused
from gateway.identifiers import plain_reference

NOTHING: Mapping[str, str] = {}
NOT_TYPED = ("csrf_token", "receipt")


def show(visit: Visit, reference: str) -> Answer:
    return _page(visit, reference)


def _page(
    visit: Visit,
    reference: str,
    refusal: Refused | None = None,
    verb: str = "",
    typed: Mapping[str, str] = NOTHING,
    template: str = "case.html",
) -> Answer:
    """The page; after a refusal with the form as it was filled in, and 409. A case that is not hers is not found."""
    older = bool(request.args.get("older"))
    try:
        case = visit.read(lambda session: looking.look(session, visit, reference, older=older))
    except Refused:
        abort(404)
    done = request.args.get("done", "")
    return visit.page(
        template,
        409 if refusal else 200,
        case=case,
        refusal=refusal,
        tried=verb,
        typed=typed,
        done=case_words.VERBS.get(done),
        say=case_words,
        today=visit.desk.office.today(visit.now).isoformat(),
    )


def show_details(visit: Visit, reference: str) -> Answer:
    """Tampilkan: with a reason, and a trace in the case."""
    reason = request.form.get("reason", "")
    if reason not in case_words.REASONS:
        return _page(visit, reference, Refused("choose why you open the details"), "show")

    address = _address(reference)

    def work(session: Session) -> str:
        looking.show(session, visit, reference, reason)
        return address

    return _done_once(visit, reference, "show", work)


def hide_details(visit: Visit, reference: str) -> Answer:
    visit.write(lambda session: sessions.show_case(session, visit.now, visit.caller.session_id, None))
    return visit.go("case", reference=reference)


def act(visit: Visit, reference: str, verb: str) -> Answer:
    if verb not in acting.VERBS:
        abort(404)

    form = request.form.to_dict()
    lost = verb == "related" and not form.get("phone")  # it is not hers to see any more
    address = url_for("console.queue") if lost else _address(reference, done=verb)

    def work(session: Session) -> str:
        acting.do(session, visit, reference, verb, form)
        return address

    return _done_once(visit, reference, verb, work)


def _done_once(visit: Visit, reference: str, verb: str, work: Callable[[Session], str]) -> Answer:
    try:
        address = visit.once(work, by_content=verb == "note")
    except Refused as refusal:
        why = str(refusal)
        visit.write(
            lambda session: attempts.note_refused(session, visit.desk, visit.now, visit.actor, reference, verb, why)
        )
        typed = {name: value for name, value in request.form.items() if name not in NOT_TYPED}
        return _page(visit, reference, refusal, verb, typed)
    return visit.to(address)


def _address(reference: str, **more: str) -> str:
    return url_for("console.case", reference=plain_reference(reference), **more)  # type: ignore[arg-type]


def sheet(visit: Visit, reference: str) -> Answer:
    """One page of paper for a visit: what is shown now, masked or not, and room to write."""
    return _page(visit, reference, template="sheet.html")


PAGES = (
    Page("/files/<reference>", "case", show, may=WORKERS),
    Page("/files/<reference>/show", "show_details", show_details, may=WORKERS, post=True),
    Page("/files/<reference>/hide", "hide_details", hide_details, may=WORKERS, post=True),
    Page("/files/<reference>/do/<verb>", "act", act, may=WORKERS, post=True),
    Page("/files/<reference>/sheet", "sheet", sheet, may=WORKERS),
)
