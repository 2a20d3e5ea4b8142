"""One-time codes: six digits told to one phone. They prove the phone, not the person, and each works once.

A caller id can be forged, so an SMS "from" an officer is believed only when it carries a live code; whatever else
it asks for is answered with a challenge to the registered phone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from gateway.clock import hour_of
from gateway.desk import Desk
from gateway.identifiers import new_code, new_id
from models.base import one, touch
from models.people import OneTimeCode
from models.prepared import Prepared
from models.throttle import Throttle, count_once_more

CODE_LIVES = timedelta(hours=24)
CHALLENGE_LIVES = timedelta(minutes=15)
CONFIRM = "CONFIRM"
WRONG_AN_HOUR, WRONG_A_DAY = 10, 30
"""Wrong codes from one phone; after that none is looked at until the hour, or the day, is over.

With ten codes alive at once, thirty tries a day find one in 3300 days. Who forges her number can so keep an officer
from answering by SMS for a time: supervisors are told (`alarms.tell_of_codes`), and the ladder climbs meanwhile.
"""


@dataclass(frozen=True)
class Redeemed:
    case_id: str | None
    command: dict[str, str] | None


_ISSUE = Prepared(lambda _: insert(cast(Table, OneTimeCode.__table__)))
_LIVE = Prepared(
    lambda _: select(OneTimeCode.id).where(
        OneTimeCode.code_index == bindparam("code_index"),
        OneTimeCode.ended_at.is_(None),
        OneTimeCode.expires_at > bindparam("now"),
    )
)


def issue(
    session: Session,
    desk: Desk,
    now: datetime,
    person_id: str,
    verbs: Sequence[str],
    case_id: str | None = None,
    command: dict[str, str] | None = None,
) -> str:
    """A fresh code for this person. Raises nothing: a code that clashes with a live one is drawn again."""
    code = new_code()
    while one(session, _LIVE, {"code_index": desk.keyring.index("code", person_id, code), "now": now}):
        code = new_code()
    row_id = new_id(now)
    sealed = desk.keyring.seal("one_time_code.command", row_id, json.dumps(command).encode()) if command else None
    values = {
        "id": row_id,
        "person_id": person_id,
        "case_id": case_id,
        "verbs": ",".join(verbs),
        "code_index": desk.keyring.index("code", person_id, code),
        "command": sealed,
        "issued_at": now,
        "expires_at": now + (CHALLENGE_LIVES if command else CODE_LIVES),
    }
    touch(session, _ISSUE, values)
    return code


def redeem(session: Session, desk: Desk, now: datetime, person_id: str, verb: str, code: str) -> Redeemed | None:
    """Use a live code for one of its verbs; None when it is wrong, used, expired or another person's, or when too

    many wrong ones were tried. The try is counted before it is checked, and given back when it was right.
    """
    tries = _count(session, desk, now, person_id, 1)
    row = _find(session, desk, now, person_id, code)
    if row is None or verb not in row.verbs.split(",") or tries[0] > WRONG_AN_HOUR or tries[1] > WRONG_A_DAY:
        return None
    _count(session, desk, now, person_id, -1)
    row.ended_at, row.ended_as = now, "used"
    command = json.loads(desk.keyring.open("one_time_code.command", row.id, row.command)) if row.command else None
    return Redeemed(row.case_id, command)


def _count(session: Session, desk: Desk, now: datetime, person_id: str, by: int) -> tuple[int, int]:
    hour, day = _windows(now)
    key = desk.keyring.index("count", "codes", person_id)
    in_hour = count_once_more(session, key, hour, by=by)
    return in_hour, count_once_more(session, desk.keyring.index("count", "codes a day", person_id), day, by=by)


def _windows(now: datetime) -> tuple[datetime, datetime]:
    hour = hour_of(now)
    return hour, hour.replace(hour=0)


def locked_since(session: Session, desk: Desk, now: datetime, person_id: str) -> datetime | None:
    """The hour or day whose wrong codes have just become too many; None before that, and after it was told."""
    hour, day = _windows(now)
    kinds = (("codes", hour, WRONG_AN_HOUR), ("codes a day", day, WRONG_A_DAY))
    for kind, since, most in kinds:
        row = session.get(Throttle, (desk.keyring.index("count", kind, person_id), since), populate_existing=True)
        if row is not None and row.times == most:
            return since
    return None


def end_all(
    session: Session, now: datetime, why: str, *, person_id: str | None = None, case_id: str | None = None
) -> None:
    """End every live code of a person, of a case, or of a person in a case."""
    live: list[ColumnElement[bool]] = [OneTimeCode.ended_at.is_(None)]
    if person_id:
        live.append(OneTimeCode.person_id == person_id)
    if case_id:
        live.append(OneTimeCode.case_id == case_id)
    session.execute(update(OneTimeCode).where(*live).values(ended_at=now, ended_as=why))


def list_holders(session: Session, now: datetime, case_id: str, verb: str) -> list[str]:
    """Ids of the people who hold a live code of this verb for this case."""
    live = (OneTimeCode.case_id == case_id, OneTimeCode.ended_at.is_(None), OneTimeCode.expires_at > now)
    return list(session.scalars(select(OneTimeCode.person_id).where(*live, OneTimeCode.verbs == verb).distinct()))


def list_cases(session: Session, now: datetime, person_id: str, verb: str) -> list[str]:
    """Ids of the cases for which this person holds a live code of this verb."""
    live = (OneTimeCode.person_id == person_id, OneTimeCode.ended_at.is_(None), OneTimeCode.expires_at > now)
    held = select(OneTimeCode.case_id).where(*live, OneTimeCode.verbs == verb, OneTimeCode.case_id.is_not(None))
    return [case_id for case_id in session.scalars(held.distinct()) if case_id]


def has_challenge(session: Session, now: datetime, person_id: str) -> bool:
    open_one = (OneTimeCode.person_id == person_id, OneTimeCode.ended_at.is_(None), OneTimeCode.expires_at > now)
    statement = select(OneTimeCode.id).where(*open_one, OneTimeCode.verbs == CONFIRM).limit(1)
    return session.scalar(statement) is not None


def _find(session: Session, desk: Desk, now: datetime, person_id: str, code: str) -> OneTimeCode | None:
    index = desk.keyring.index("code", person_id, code)
    live = (OneTimeCode.code_index == index, OneTimeCode.ended_at.is_(None), OneTimeCode.expires_at > now)
    return session.scalar(select(OneTimeCode).where(*live).with_for_update())
