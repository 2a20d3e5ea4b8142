"""Reading one case for its page: refused like an act, and masked until its details are asked for."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import acts, alerts, codes, duplicates, duties
from gateway.casework.events import record
from gateway.casework.people import open_officer
from gateway.casework.timetable import facts_of
from gateway.console import contact_rule, sessions, timeline
from gateway.console.contact_rule import Rule
from gateway.console.timeline import Entry, Names
from gateway.console.visits import Visit
from gateway.details import Details, read_details
from gateway.errors import Refused
from gateway.identifiers import plain_reference
from models.case import CaseFile, find_case, lock_case
from models.lifecycle import VERBS, WAITING, find_move
from models.people import Agency, Officer
from models.referral import Referral
from models.vocabulary import CaseStatus, Channel, OfficerRole, Priority, Reporter


@dataclass(frozen=True)
class Plain:
    """What is shown only after "Tampilkan"."""

    phone: str | None = field(repr=False)
    call_phone: str | None = field(repr=False)
    village: str | None
    assumed: bool
    typed: str | None
    landmark: str | None
    forms: tuple[str, ...]
    age: str
    sex: str
    years: int | None
    service: str
    incident_on: str | None
    flags: tuple[str, ...]
    owner: str | None


@dataclass(frozen=True)
class CaseView:
    id: str
    reference: str
    status: CaseStatus
    priority: Priority
    channel: Channel
    reporter: Reporter
    complete: bool
    kecamatan: str | None
    created_at: datetime
    queued_at: datetime | None
    accepted_at: datetime | None
    first_action_at: datetime | None
    closed_at: datetime | None
    late_at: datetime | None
    holder: str | None
    mine: bool
    withdrawn: bool
    rule: Rule
    plain: Plain | None
    """None: masked."""
    duties: tuple[duties.Duty, ...]
    proposed: bool
    unmet: bool
    linked: list[str]
    similar: list[duplicates.Similar]
    referrals: list[dict[str, Any]]
    entries: list[Entry]
    more: bool
    moves: frozenset[str]
    """Verbs that the lifecycle allows now."""
    officers: dict[str, str]
    agencies: list[str]

    @property
    def primary(self) -> str | None:
        """The next sensible act: the one button that stands out."""
        if "accept" in self.moves and (self.status in (*WAITING, CaseStatus.PARTIAL)):
            return "accept"
        if self.mine and self.unmet:
            return "first_action"
        if self.proposed and "close" in self.moves:
            return "close"
        if self.mine and self.duties:
            return {"health": "refer", "police": "police_reported"}.get(self.duties[0].name, "note")
        return "note" if self.mine else None


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


def show(session: Session, visit: Visit, reference: str, reason: str) -> None:
    """Open the details for a while; the look is an event of the case. Raises Refused."""
    case = get_case(session, visit, reference)
    lock_case(session, case.id)
    record(session, visit.desk, case, visit.now, "viewed", visit.actor, reason=reason)
    sessions.show_case(session, visit.now, visit.caller.session_id, case.id)


def look(session: Session, visit: Visit, reference: str, *, older: bool = False) -> CaseView:
    """The case as this officer may see it now. A dozen statements, whatever its length. Raises Refused."""
    case = get_case(session, visit, reference)
    details = read_details(visit.desk, case)
    shown = visit.caller.shown_case_id == case.id
    officers, agencies = _people(session, visit)
    names = Names(officers, {agency.id: agency.name for agency in agencies})
    entries, more = timeline.build(session, visit.desk, case, names, shown=shown, older=older)
    return CaseView(
        id=case.id,
        reference=case.reference,
        status=case.status,
        priority=case.priority,
        channel=case.channel,
        reporter=case.reporter,
        complete=case.complete,
        kecamatan=case.kecamatan,
        created_at=case.created_at,
        queued_at=case.queued_at,
        accepted_at=case.accepted_at,
        first_action_at=case.first_action_at,
        closed_at=case.closed_at,
        late_at=case.late_at,
        holder=officers.get(case.holder_id or ""),
        mine=case.holder_id == visit.caller.officer_id,
        withdrawn=details.withdrawn,
        rule=contact_rule.explain(visit.desk, case, details, visit.now),
        plain=_plain(visit, details) if shown else None,
        duties=duties.list_open(details),
        proposed=_is_proposed(entries),
        unmet=facts_of(case, details, visit.now).unmet,
        linked=_references(session, details.linked),
        similar=duplicates.find_similar(session, visit.desk, case),
        referrals=_referrals(session, case),
        entries=entries,
        more=more,
        moves=frozenset(verb for verb in VERBS if find_move(case.status, verb) is not None),
        officers={key: name for key, name in officers.items() if key != visit.caller.officer_id},
        agencies=[agency.name for agency in agencies if agency.suspended_at is None],
    )


def _people(session: Session, visit: Visit) -> tuple[dict[str, str], list[Agency]]:
    working = select(Officer).where(Officer.role != OfficerRole.ADMIN).order_by(Officer.id)
    officers = {officer.id: open_officer(visit.desk, officer).name for officer in session.scalars(working)}
    return officers, list(session.scalars(select(Agency).order_by(Agency.name)))


def _plain(visit: Visit, details: Details) -> Plain:
    area = visit.desk.areas.find(details.area_code) if details.area_code else None
    terms = {term.code: term.id_term for term in visit.parts.lexicon.terms if term.group == "form"}
    return Plain(
        phone=details.phone,
        call_phone=details.call_phone,
        village=area.name if area else None,
        assumed=details.place_assumed,
        typed=details.place_typed,
        landmark=details.landmark,
        forms=tuple(terms.get(code, code) for code in details.forms),
        age=details.age,
        sex=details.sex,
        years=details.years,
        service=details.service,
        incident_on=details.incident_on,
        flags=details.flags,
        owner=details.contact.owner,
    )


def _is_proposed(entries: list[Entry]) -> bool:
    """A proposal to close that nothing has overtaken: no later ending or return to the queue."""
    for entry in entries:
        if entry.name == "close_proposed":
            return True
        if entry.name in ("closed", "invalid", "reopened", "passed_on"):
            return False
    return False


def _references(session: Session, ids: tuple[str, ...]) -> list[str]:
    """Without a question when there are none: SQLite would look for nobody in every row."""
    if not ids:
        return []
    found = select(CaseFile.reference).where(CaseFile.id.in_(ids)).order_by(CaseFile.reference)
    return list(session.scalars(found))


def _referrals(session: Session, case: CaseFile) -> list[dict[str, Any]]:
    wanted = select(Referral, Agency.name).join(Agency, Agency.id == Referral.agency_id)
    rows = session.execute(wanted.where(Referral.case_id == case.id).order_by(Referral.asked_at.desc()))
    return [
        {"agency": name, "status": row.status, "asked_at": row.asked_at, "at": row.done_at or row.answered_at}
        for row, name in rows
    ]
