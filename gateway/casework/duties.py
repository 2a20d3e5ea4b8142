"""What the law asks for in a case of sexual violence, worked out from its details. Pure.

A health referral within two hours when it happened within five days, apart from the police and before them. The report
to the police within 3x24 hours of a report by the victim or a health or social worker (UU 12/2022 article 41(2)-(3),
DOMAIN 2.4); of anybody else's report a supervisor decides within a day whether that duty applies.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from gateway.details import Details

HEALTH: Final = "health"
POLICE: Final = "police"
JUDGE: Final = "judge"
"""Not a duty of the law: whether the police duty applies has yet to be decided."""

WITHIN: Final = {HEALTH: timedelta(hours=2), POLICE: timedelta(hours=72), JUDGE: timedelta(hours=24)}
FRESH_FOR: Final = timedelta(days=5)
"""How long after it happened the health referral is urgent (DESIGN section 5)."""
TOO_LATE: Final = "longer"
"""The answer "longer than five days" to when it last happened; unknown counts as recent."""
HERSELF: Final = frozenset({"self", "self_adult", "self_child"})
HEALTH_KINDS: Final = frozenset({"puskesmas", "rsud"})


@dataclass(frozen=True)
class Duty:
    """Something owed in a case since a moment; `due` is when it must have been met."""

    name: str
    since: datetime
    due: datetime


def begin(details: Details, now: datetime) -> Details:
    """The same details, with the moment written down at which the case is first known to be sexual violence."""
    return replace(details, sexual_at=now.isoformat()) if details.sexual and details.sexual_at is None else details


def list_open(details: Details) -> tuple[Duty, ...]:
    """The duties of this case that have neither been met nor signed off."""
    if not details.sexual or details.sexual_at is None:
        return ()
    since = datetime.fromisoformat(details.sexual_at)
    names = []
    if HEALTH not in details.duties_ended and _is_recent(details, since):
        names.append(HEALTH)
    if POLICE not in details.duties_ended:
        names.append(POLICE if _is_hers(details) or details.police_required else JUDGE)
    return tuple(Duty(name, since, since + WITHIN[name]) for name in names)


def end(details: Details, name: str, how: str) -> Details:
    return replace(details, duties_ended=details.duties_ended | {name: how})


def end_all(details: Details, how: str) -> Details:
    """Every duty still open ends: a supervisor closed the case and gave her reason."""
    for duty in list_open(details):
        details = end(details, POLICE if duty.name == JUDGE else duty.name, how)
    return details


def begin_again(details: Details, name: str) -> Details:
    """What had met the duty fell away: it is owed as before, since the same moment."""
    return replace(details, duties_ended={other: how for other, how in details.duties_ended.items() if other != name})


def _is_recent(details: Details, since: datetime) -> bool:
    if details.sexual_when == TOO_LATE:
        return False
    return details.incident_on is None or since.date() - date.fromisoformat(details.incident_on) <= FRESH_FOR


def _is_hers(details: Details) -> bool:
    """Whether the victim reports herself; by SMS nobody is asked, so a supervisor decides."""
    return details.cadre_id is None and details.keys.get("who") in HERSELF
