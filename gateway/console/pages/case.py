"""One case."""

from typing import Any

from flask import abort
from sqlalchemy.orm import Session

from gateway.console import looking
from gateway.console.routes import Page
from gateway.console.visits import WORKERS, Answer, Visit
from gateway.errors import Refused


def show(visit: Visit, reference: str) -> Answer:
    def work(session: Session) -> dict[str, Any]:
        case = looking.get_case(session, visit, reference)
        return {"reference": case.reference, "priority": case.priority, "status": case.status}

    try:
        shown = visit.read(work)
    except Refused:
        abort(404)
    return visit.page("case.html", **shown)


PAGES = (Page("/files/<reference>", "case", show, may=WORKERS),)
