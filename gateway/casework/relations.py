"""Who belongs to a case and who must not: people related to a party, cadres added by name; cases that are linked."""

from dataclasses import replace

from sqlalchemy import delete

from gateway.casework import alerts, codes
from gateway.casework.acts import Act
from gateway.casework.events import record
from gateway.casework.handling import put_back
from gateway.details import read_details, write_details
from gateway.errors import Refused
from models.case import CaseFile, lock_case
from models.conversation import Conversation
from models.people import Cadre, Officer
from models.vocabulary import Purpose


def mark_related(act: Act, who: Officer | Cadre | None = None) -> CaseFile:
    """Somebody related to a party loses the case at once, and it passes on; by default the officer herself.

    Any officer of the case may say so of a cadre, of another officer only a supervisor: it must not be a way to push
    somebody off a case. Raises Refused.
    """
    person = who or act.officer
    if isinstance(person, Officer) and person.id != act.officer.id and not act.leads:
        raise Refused("only a supervisor marks another officer as related")
    act.move("related")
    act.note("related", person=person.id)
    codes.end_all(act.session, act.now, "related", person_id=person.id, case_id=act.case.id)
    open_question = (Conversation.phone_index == person.phone_index, Conversation.case_id == act.case.id)
    act.session.execute(delete(Conversation).where(*open_question))
    details = read_details(act.desk, act.case)
    if person.id not in details.related:
        write_details(act.desk, act.case, replace(details, related=(*details.related, person.id)))
    if act.case.holder_id == person.id:
        put_back(act.session, act.desk, act.now, act.case)
    return act.done()


def add_cadre(act: Act, cadre: Cadre, reason: str | None) -> CaseFile:
    """A cadre may hear of this case, because the reporter was asked and said yes. Raises Refused."""
    details = read_details(act.desk, act.case)
    if not reason:
        raise Refused("add_cadre needs a reason: when and how the reporter agreed (--reason)")
    if cadre.suspended_at is not None or cadre.confirmed_at is None:
        raise Refused("that cadre is suspended or not confirmed")
    if cadre.id in details.related:
        raise Refused("that cadre is related to the case")
    act.move("add_cadre")
    if cadre.id not in (details.cadre_id, *details.cadres):
        write_details(act.desk, act.case, replace(details, cadres=(*details.cadres, cadre.id)))
    act.note("cadre_added", cadre=cadre.id, reason=reason)
    key, step = "sms.cadre.added", f"added {act.now}"
    alerts.say_to_one_cadre(act.session, act.desk, act.now, act.case, cadre, Purpose.PROGRESS, key, step)
    return act.done()


def link(act: Act, other: CaseFile, *, together: bool) -> CaseFile:
    """Two reports of one matter: noted on both, merged never; each keeps its receipt. Raises Refused."""
    kind = "linked" if together else "unlinked"
    act.move("link" if together else "unlink")
    lock_case(act.session, other.id)
    if other.wrapped_key is None:
        raise Refused("the other case has been erased")
    for case, its_other in ((act.case, other), (other, act.case)):
        details = read_details(act.desk, case)
        rest = tuple(one for one in details.linked if one != its_other.id)
        write_details(act.desk, case, replace(details, linked=(*rest, its_other.id) if together else rest))
    act.note(kind, other=other.reference)
    record(act.session, act.desk, other, act.now, kind, f"officer:{act.officer.id}", other=act.case.reference)
    if together and other.holder_id not in (None, act.officer.id):
        key, step = "sms.officer.linked", f"linked {act.now}"
        alerts.tell_holder(act.session, act.desk, act.now, other, key, step, other=act.case.reference)
    return act.done()
