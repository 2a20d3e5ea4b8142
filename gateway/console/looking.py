"""Reading one case for its page: refused like an act, and masked until its details are asked for."""

from sqlalchemy.orm import Session

from gateway.casework import acts, alerts, codes
from gateway.console.visits import Visit
from gateway.errors import Refused
from gateway.identifiers import plain_reference
from models.case import CaseFile, find_case


def get_case(session: Session, visit: Visit, reference: str) -> CaseFile:
    """Raises Refused: unknown, erased, another's area, related. Whoever was called to it by SMS may see it too."""
    case = find_case(session, plain_reference(reference))
    if case is None:
        raise Refused(f"no case has the reference {reference}")
    called = is_called(session, visit, case)
    return acts.check_may(visit.desk, case, visit.officer(session), called=called)


def is_called(session: Session, visit: Visit, case: CaseFile) -> bool:
    """Whether she holds a live code to accept this case, because the ladder called her from another place."""
    return visit.caller.officer_id in codes.list_holders(session, visit.now, case.id, alerts.ACCEPT)
