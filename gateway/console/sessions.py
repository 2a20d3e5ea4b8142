"""Server-side sessions: begun at the log-in, found at every request, ended by idling, by age, or from elsewhere."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway import passwords
from gateway.casework.people import open_officer
from gateway.console.visits import Caller
from gateway.desk import Desk
from gateway.identifiers import new_id
from models.people import Officer
from models.web_session import Stage, WebSession

IDLE_FOR = timedelta(minutes=15)
LIVES_FOR = timedelta(hours=8)
TOUCHED_EVERY = timedelta(minutes=1)
"""A page view writes nothing more often than this."""
SHOWN_FOR = timedelta(minutes=10)
"""How long a case stays open for reading after "Tampilkan"."""


def begin(
    session: Session, desk: Desk, now: datetime, officer: Officer, word: str, stage: Stage, language: str
) -> WebSession:
    row = WebSession(
        id=new_id(now),
        token_index=desk.keyring.index("session", "console", word),
        officer_id=officer.id,
        stage=stage,
        language=language,
        began_at=now,
        last_at=now,
    )
    session.add(row)
    session.flush()
    return row


def find(session: Session, desk: Desk, now: datetime, word: str) -> tuple[Caller, bool] | None:
    """Who this cookie stands for, and whether the visit has to be written down; None: nobody, or not any more."""
    index = desk.keyring.index("session", "console", word)
    wanted = select(WebSession, Officer).join(Officer, Officer.id == WebSession.officer_id)
    found = session.execute(wanted.where(WebSession.token_index == index, WebSession.ended_at.is_(None))).first()
    if found is None:
        return None
    row, officer = found
    if officer.suspended_at is not None or now >= row.last_at + IDLE_FOR or now >= row.began_at + LIVES_FOR:
        return None
    return _caller(desk, now, row, officer), now >= row.last_at + TOUCHED_EVERY


def _caller(desk: Desk, now: datetime, row: WebSession, officer: Officer) -> Caller:
    chooses = row.stage is Stage.INSIDE and passwords.is_first(officer.password_hash)
    shown = row.shown_case_id if row.shown_until is not None and now < row.shown_until else None
    return Caller(
        session_id=row.id,
        officer_id=officer.id,
        name=open_officer(desk, officer).name,
        role=officer.role,
        areas=tuple(filter(None, officer.areas.split(","))),
        stage=Stage.CHOOSE if chooses else row.stage,
        language=row.language,
        shown_case_id=shown,
    )


def touch(session: Session, now: datetime, session_id: str) -> None:
    live = (WebSession.id == session_id, WebSession.ended_at.is_(None))
    session.execute(update(WebSession).where(*live).values(last_at=now))


def end(session: Session, now: datetime, session_id: str, why: str) -> None:
    live = (WebSession.id == session_id, WebSession.ended_at.is_(None))
    session.execute(update(WebSession).where(*live).values(ended_at=now, ended_as=why))


def show_case(session: Session, now: datetime, session_id: str, case_id: str | None) -> None:
    """Remember which case's details this browser may read for a while; None: no case any more."""
    until = now + SHOWN_FOR if case_id else None
    values = {"shown_case_id": case_id, "shown_until": until}
    session.execute(update(WebSession).where(WebSession.id == session_id).values(**values))


def set_language(session: Session, session_id: str, language: str) -> None:
    session.execute(update(WebSession).where(WebSession.id == session_id).values(language=language))
