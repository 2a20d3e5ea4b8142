"""Who gets in: password, throttle, second factor. A wrong try is counted before it is looked at."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import passwords
from gateway.casework import attempts
from gateway.console import second_factor, sessions
from gateway.console.visits import Visit
from gateway.desk import Desk
from models.people import Officer
from models.throttle import count_once_more
from models.web_session import Stage, WebSession, end_sessions

WINDOW = timedelta(minutes=15)
WRONG_A_LOGIN = 10
WRONG_AN_ADDRESS = 20
"""An office shares one address: more than a login may, so that one forgetful officer does not shut out the others."""


class TooMany(Exception):
    """Too many wrong tries; `until` is when the next one is looked at."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


@dataclass(frozen=True)
class Attempt:
    """The log-in form."""

    login: str
    password: str = field(repr=False)
    address: str = field(repr=False)
    language: str = "id"


def log_in(visit: Visit, attempt: Attempt, word: str) -> Stage | None:
    """Check a password; the stage of the session that begins under the cookie `word`, or None. Raises TooMany.

    Counting, hashing and beginning are apart: no transaction is open while argon2 works.
    """
    names = (f"login {attempt.login.lower()}", f"address {attempt.address}")
    stored = visit.write(lambda session: _count_and_find(session, visit, attempt, names))
    if not passwords.is_right(stored, attempt.password) or stored is None:
        return None
    fresh = passwords.renew(stored, attempt.password)

    def begin(session: Session) -> Stage | None:
        for name in names:
            _count(session, visit.desk, visit.now, name, by=-1)
        officer = session.scalar(select(Officer).where(Officer.login == attempt.login).with_for_update())
        if officer is None or officer.suspended_at is not None or officer.password_hash != stored:
            return None
        officer.password_hash = fresh
        stage = _stage_of(session, visit, officer)
        sessions.begin(session, visit.desk, visit.now, officer, word, stage, attempt.language)
        attempts.note(session, visit.now, f"officer:{officer.id}", f"log-in {stage}")
        return stage

    return visit.write(begin)


def _stage_of(session: Session, visit: Visit, officer: Officer) -> Stage:
    """With a carrier a second factor is a must; in practice it is everybody's own choice."""
    if second_factor.is_enrolled(session, officer.id):
        return Stage.CODE
    return Stage.INSIDE if visit.parts.settings.is_practice else Stage.ENROL


def _count_and_find(session: Session, visit: Visit, attempt: Attempt, names: tuple[str, str]) -> str | None:
    """Count the try, then look: the stored hash of this login. Raises TooMany, and then nothing more is counted."""
    limits = dict(zip(names, (WRONG_A_LOGIN, WRONG_AN_ADDRESS), strict=True))
    _check_limits(session, visit, limits)
    return session.scalar(
        select(Officer.password_hash).where(Officer.login == attempt.login, Officer.suspended_at.is_(None))
    )


def _check_limits(session: Session, visit: Visit, limits: dict[str, int]) -> None:
    for name, limit in limits.items():
        if _count(session, visit.desk, visit.now, name) > limit:
            raise TooMany(_window(visit.now) + WINDOW)


def _window(now: datetime) -> datetime:
    seconds = int(WINDOW.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, now.tzinfo)


def _count(session: Session, desk: Desk, now: datetime, name: str, by: int = 1) -> int:
    return count_once_more(session, desk.keyring.index("count", "console", name), _window(now), by)


def prove(session: Session, visit: Visit, code: str, word: str) -> bool:
    """The second factor. When right, the half session ends and a whole one begins under `word`. Raises TooMany."""
    caller = visit.caller
    name = f"code {caller.officer_id}"
    _check_limits(session, visit, {name: WRONG_A_LOGIN})
    officer = visit.officer(session)
    if not second_factor.check(session, visit.desk, visit.now, officer, code):
        attempts.note(session, visit.now, caller.actor, "log-in wrong code")
        return False
    _count(session, visit.desk, visit.now, name, by=-1)
    enter(session, visit, officer, word)
    return True


def enter(session: Session, visit: Visit, officer: Officer, word: str) -> WebSession:
    """From half a log-in to a whole one, under a new cookie."""
    sessions.end(session, visit.now, visit.caller.session_id, "restarted")
    attempts.note(session, visit.now, f"officer:{officer.id}", "log-in inside")
    return sessions.begin(session, visit.desk, visit.now, officer, word, Stage.INSIDE, visit.caller.language)


def change_password(session: Session, visit: Visit, secret: str) -> str:
    """The other sessions end; where the page says so. The caller checked the old password, outside any transaction."""
    officer = visit.officer(session)
    officer.password_hash = secret
    end_sessions(session, visit.now, officer.id, "password", but=visit.caller.session_id)
    attempts.note(session, visit.now, visit.actor, "password changed")
    return "password"
