"""Acts from a form: each verb with what its fields mean. The rules are the casework's, as for SMS and command line."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from gateway.casework import acts, duress, endings, handling, legal, referrals, relations
from gateway.casework.acts import Act
from gateway.console import looking
from gateway.console.visits import Visit
from gateway.errors import Refused
from gateway.identifiers import plain_reference
from gateway.phones import normalise
from models.case import CaseFile, find_case
from models.people import Officer, find_cadre, find_officer
from models.vocabulary import ContactMode, Priority

Form = Mapping[str, str]
LONGEST = 2000
"""Characters of a note; what is longer is cut by nobody, but refused."""


def do(session: Session, visit: Visit, reference: str, verb: str, form: Form) -> CaseFile:
    """Find, check, lock, act. Raises Refused; an unknown verb was kept out by the route."""
    case = looking.get_case(session, visit, reference)
    called = looking.is_called(session, visit, case)
    act = acts.begin_on(session, visit.desk, visit.now, case.id, visit.officer(session), called=called)
    if any(len(value) > LONGEST for value in form.values()):
        raise Refused(f"a text has at most {LONGEST} characters")
    return VERBS[verb](act, {name: value.strip() for name, value in form.items()})


def _pass_on(act: Act, form: Form) -> CaseFile:
    to = act.session.get(Officer, form["to"]) if form.get("to") else None
    if form.get("to") and to is None:
        raise Refused("that officer cannot take a case now")
    return handling.pass_on(act, to, form.get("reason") or None)


def _first_action(act: Act, form: Form) -> CaseFile:
    result = form.get("result", "")
    return handling.first_action(act, int(result) if result in set("12345") else 0, form.get("note") or None)


def _priority(act: Act, form: Form) -> CaseFile:
    if form.get("priority") not in list(Priority):
        raise Refused("choose a priority")
    return handling.change_priority(act, Priority(form["priority"]), form.get("reason"))


def _contact_rule(act: Act, form: Form) -> CaseFile:
    if form.get("mode") not in list(ContactMode):
        raise Refused("choose how she may be reached")
    reason = form.get("reason")
    if not reason:
        raise Refused("the contact rule needs a reason: who said so, and how")
    mode, hours, word = ContactMode(form["mode"]), form.get("hours") or None, form.get("word") or None
    return handling.change_contact(act, mode, hours, reason, word)


def _consent(act: Act, form: Form) -> CaseFile:
    if not form.get("text"):
        raise Refused("consent needs a text: when and how she said so, and to what")
    return referrals.record_consent(act, form["text"])


def _link(together: bool) -> Callable[[Act, Form], CaseFile]:
    def link(act: Act, form: Form) -> CaseFile:
        other = find_case(act.session, plain_reference(form.get("other", "")))
        if other is None or other.id == act.case.id:
            raise Refused("no other case has this reference")
        acts.check_may(act.desk, other, act.officer)
        return relations.link(act, other, together=together)

    return link


def _add_cadre(act: Act, form: Form) -> CaseFile:
    phone = normalise(form.get("phone", ""))
    cadre = find_cadre(act.session, act.desk.keyring.index("phone", phone)) if phone else None
    if cadre is None:
        raise Refused("no cadre has this phone")
    return relations.add_cadre(act, cadre, form.get("reason"))


def _related(act: Act, form: Form) -> CaseFile:
    """Herself, or somebody else by phone."""
    if not form.get("phone"):
        return relations.mark_related(act)
    phone = normalise(form["phone"])
    index = act.desk.keyring.index("phone", phone or "")
    person = find_officer(act.session, index) or find_cadre(act.session, index)
    if person is None:
        raise Refused("no officer or cadre has this phone")
    return relations.mark_related(act, person)


def _close(act: Act, form: Form) -> CaseFile:
    """An officer who may not end this case proposes it; a supervisor then ends it here or by SMS."""
    if form.get("propose"):
        return endings.propose_close(act)
    return endings.close(act, form.get("reason") or None)


VERBS: dict[str, Callable[[Act, Form], CaseFile]] = {
    "accept": lambda act, form: handling.accept(act),
    "pass_on": _pass_on,
    "first_action": _first_action,
    "note": lambda act, form: handling.write_note(act, form.get("text")),
    "priority": _priority,
    "contact_rule": _contact_rule,
    "please_call": lambda act, form: handling.ask_to_call(act),
    "duress": lambda act, form: duress.mark(act),
    "consent": _consent,
    "refer": lambda act, form: referrals.refer(act, form.get("agency"), form.get("basis"), form.get("note")),
    "police_reported": lambda act, form: legal.note_police_report(act, form.get("on")),
    "require": lambda act, form: legal.require(act, form.get("duty"), form.get("reason")),
    "waive": lambda act, form: legal.waive(act, form.get("duty"), form.get("reason")),
    "link": _link(True),
    "unlink": _link(False),
    "related": _related,
    "add_cadre": _add_cadre,
    "close": _close,
    "reopen": lambda act, form: endings.reopen(act, form.get("reason") or None),
    "invalid": lambda act, form: endings.invalidate(act, form.get("reason")),
}
