"""The authenticator app (RFC 6238, six digits, 30 s) and the recovery codes that replace it once each."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.errors import Refused
from models.base import put
from models.people import Officer
from models.web_session import RecoveryCode, SecondFactor

ISSUER = "BP"
"""What the authenticator app shows: nothing that tells a stranger what the account is for."""
STEP = 30
DRIFT = 1
"""Steps a phone's clock may be off either way."""
CODES = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 12  # of 31 letters: 59 bits


@dataclass(frozen=True)
class Enrolment:
    """What the set-up page shows."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def is_enrolled(session: Session, officer_id: str) -> bool:
    row = session.get(SecondFactor, officer_id)
    return row is not None and row.enrolled_at is not None


def begin(session: Session, desk: Desk, now: datetime, officer: Officer) -> Enrolment:
    """A secret to be scanned; the same again until it is proved, so that reloading the page changes nothing.

    Raises Refused when one is set up already.
    """
    row = session.get(SecondFactor, officer.id)
    if row is not None and row.enrolled_at is not None:
        raise Refused("a second factor is set up already")
    if row is not None and now < row.begun_at + timedelta(hours=1):
        secret = _open(desk, row)
    else:
        secret = pyotp.random_base32()
        sealed = desk.keyring.seal("second_factor.secret", officer.id, secret.encode())
        values = {"officer_id": officer.id, "secret": sealed, "begun_at": now, "enrolled_at": None, "last_step": 0}
        put(session, SecondFactor, values, ["officer_id"])
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=officer.login or "", issuer_name=ISSUER))


def enrol(session: Session, desk: Desk, now: datetime, officer: Officer, code: str) -> list[str]:
    """The first code proves that the app has the secret; the new recovery codes. Raises Refused."""
    row = session.get(SecondFactor, officer.id, with_for_update=True)
    if row is None or row.enrolled_at is not None:
        raise Refused("a second factor is set up already")
    if not _use_step(desk, now, row, code):
        raise Refused("the code is wrong or was used")
    row.enrolled_at = now
    return make_recovery_codes(session, desk, now, officer)


def check(session: Session, desk: Desk, now: datetime, officer: Officer, code: str) -> bool:
    """A code of the app, each step once, or a recovery code, each once."""
    row = session.get(SecondFactor, officer.id, with_for_update=True)
    if row is None or row.enrolled_at is None:
        return False
    return _use_step(desk, now, row, code) or _use_recovery(session, desk, now, officer, code)


def remove(session: Session, officer_id: str) -> None:
    session.execute(delete(SecondFactor).where(SecondFactor.officer_id == officer_id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.officer_id == officer_id))


def make_recovery_codes(session: Session, desk: Desk, now: datetime, officer: Officer) -> list[str]:
    """Ten new ones; the old ones end. Shown once, kept as HMACs."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.officer_id == officer.id))
    codes = ["".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)) for _ in range(CODES)]
    for code in codes:
        session.add(RecoveryCode(officer_id=officer.id, code_index=_index(desk, officer, code), made_at=now))
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def count_recovery_codes(session: Session, officer_id: str) -> int:
    unused = (RecoveryCode.officer_id == officer_id, RecoveryCode.used_at.is_(None))
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def _use_step(desk: Desk, now: datetime, row: SecondFactor, code: str) -> bool:
    digits = code.replace(" ", "")
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return False
    totp, present = pyotp.TOTP(_open(desk, row)), int(now.timestamp()) // STEP
    for step in range(present - DRIFT, present + DRIFT + 1):
        if step > row.last_step and pyotp.utils.strings_equal(digits, totp.at(step * STEP)):
            row.last_step = step
            return True
    return False


def _use_recovery(session: Session, desk: Desk, now: datetime, officer: Officer, code: str) -> bool:
    plain = "".join(filter(str.isalnum, code.lower()))
    mine = (RecoveryCode.officer_id == officer.id, RecoveryCode.code_index == _index(desk, officer, plain))
    used = update(RecoveryCode).where(*mine, RecoveryCode.used_at.is_(None)).values(used_at=now)
    return session.execute(used.returning(RecoveryCode.officer_id)).first() is not None


def _open(desk: Desk, row: SecondFactor) -> str:
    return desk.keyring.open("second_factor.secret", row.officer_id, row.secret).decode()


def _index(desk: Desk, officer: Officer, code: str) -> bytes:
    return desk.keyring.index("code", "recovery", officer.id, code)
