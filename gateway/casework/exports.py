"""SIMFONI exports as jobs: asked for with a reason, made in batches by the worker, fetched within a day."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.casework import acts, attempts, simfoni
from gateway.casework.people import open_officer
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.identifiers import new_id
from menus.lexicon import Lexicon
from models.case import CaseFile
from models.export import UNFINISHED, ExportJob, ExportPart, ExportStatus
from models.people import Officer
from models.vocabulary import OfficerRole

KEPT_FOR = timedelta(hours=24)
BATCH = 25
"""Cases of one transaction, so that others get between."""
SHOWN = 30
SUFFIXES = (".csv", ".xlsx")
LONGEST_SPAN = timedelta(days=366 * 5)
LONGEST_REASON = 500
LEADERS = (OfficerRole.SUPERVISOR, OfficerRole.HEAD)


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for."""

    first: date
    last: date
    suffix: str
    reason: str


def ask(session: Session, desk: Desk, now: datetime, officer: Officer, wanted: Wanted) -> ExportJob:
    """Write the job down. Raises Refused, and then nothing has changed."""
    _check_leader(officer)
    if wanted.last < wanted.first:
        raise Refused("the last day lies before the first")
    if wanted.last - wanted.first > LONGEST_SPAN:
        raise Refused("an export holds at most five years")
    if wanted.suffix not in SUFFIXES:
        raise Refused("choose CSV or XLSX")
    if not 0 < len(wanted.reason) <= LONGEST_REASON:
        raise Refused(f"an export needs a reason of at most {LONGEST_REASON} characters")
    running = select(ExportJob.id).where(ExportJob.officer_id == officer.id, ExportJob.status.in_(UNFINISHED))
    if session.scalar(running.limit(1)):
        raise Refused("another export of yours is still being made")
    job_id = new_id(now)
    job = ExportJob(
        id=job_id,
        officer_id=officer.id,
        asked_at=now,
        first=wanted.first,
        last=wanted.last,
        suffix=wanted.suffix,
        reason=desk.keyring.seal("export_job.reason", job_id, wanted.reason.encode()),
        status=ExportStatus.ASKED,
        done=0,
        expires_at=now + KEPT_FOR,
    )
    session.add(job)
    attempts.note(session, now, f"officer:{officer.id}", "export asked", 0)
    return job


def _check_leader(officer: Officer) -> None:
    """Raises Refused."""
    if officer.suspended_at is not None or officer.role not in LEADERS:
        raise Refused("only a supervisor or a head exports cases")


def _get_own(session: Session, officer: Officer, job_id: str) -> ExportJob:
    """Raises Refused."""
    job = session.get(ExportJob, job_id, with_for_update=True)
    if job is None or job.officer_id != officer.id:
        raise Refused("this export is not yours")
    return job


def cancel(session: Session, now: datetime, officer: Officer, job_id: str) -> None:
    """What is being made stops, what is ready goes. Raises Refused."""
    job = _get_own(session, officer, job_id)
    if job.status not in (*UNFINISHED, ExportStatus.READY):
        raise Refused("this export is over")
    _end(session, now, job, ExportStatus.CANCELLED)
    attempts.note(session, now, f"officer:{officer.id}", "export cancelled", job.done)


def fetch(session: Session, desk: Desk, now: datetime, officer: Officer, job_id: str) -> tuple[str, bytes]:
    """The file's name and content, for her who asked; each time on record. Raises Refused."""
    _check_leader(officer)
    job = _get_own(session, officer, job_id)
    if job.status is not ExportStatus.READY or job.body is None or now >= job.expires_at:
        raise Refused("this export is not there any more")
    job.fetched_at = now
    attempts.note(session, now, f"officer:{officer.id}", "export fetched", job.done)
    content = desk.keyring.open("export_job.body", job.id, job.body)
    return f"simfoni-{job.first}-{job.last}{job.suffix}", content


def _end(session: Session, now: datetime, job: ExportJob, status: ExportStatus) -> None:
    job.status, job.ended_at, job.body = status, now, None
    session.execute(delete(ExportPart).where(ExportPart.job_id == job.id))


# The worker's side


def find_next(session: Session) -> str | None:
    """The oldest job that is not finished."""
    wanted = select(ExportJob.id).where(ExportJob.status.in_(UNFINISHED)).order_by(ExportJob.id).limit(1)
    return session.scalar(wanted)


def advance(session: Session, desk: Desk, lexicon: Lexicon, now: datetime, job_id: str, batch: int = BATCH) -> bool:
    """Write one batch, or make the file of all of them; false when there was nothing to do any more."""
    job = session.get(ExportJob, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.status not in UNFINISHED:
        return False
    officer = session.get_one(Officer, job.officer_id)
    if officer.suspended_at is not None or officer.role not in LEADERS:
        _end(session, now, job, ExportStatus.CANCELLED)
        return True
    if job.total is None:
        job.total, job.status = simfoni.count(session, desk, job.first, job.last), ExportStatus.RUNNING
    cases = simfoni.list_cases(session, desk, job.first, job.last, job.after_id, batch)
    if not cases:
        _finish(session, desk, now, job)
        return True
    mine = [case for case in cases if _may(desk, case, officer)]
    rows = simfoni.read_rows(session, desk, lexicon, now, f"officer:{officer.id}", mine)
    number = job.done
    body = json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass")
    place = f"{job.id}|{number}"
    session.add(ExportPart(job_id=job.id, number=number, body=desk.keyring.seal("export_part.body", place, body)))
    job.done, job.after_id = job.done + len(cases), cases[-1].id
    return True


def _may(desk: Desk, case: CaseFile, officer: Officer) -> bool:
    """A case of which she is a party's relative is not in her file."""
    try:
        acts.check_may(desk, case, officer)
    except Refused:
        return False
    return True


def _finish(session: Session, desk: Desk, now: datetime, job: ExportJob) -> None:
    parts = session.scalars(select(ExportPart).where(ExportPart.job_id == job.id).order_by(ExportPart.number))
    sheet = [list(simfoni.COLUMNS)]
    for part in parts:
        raw = desk.keyring.open("export_part.body", f"{job.id}|{part.number}", part.body)
        sheet += json.loads(raw.decode("utf-8", "surrogatepass"))
    content = desk.keyring.seal("export_job.body", job.id, simfoni.to_bytes(sheet, job.suffix))
    _end(session, now, job, ExportStatus.READY)
    job.body, job.total, job.done = content, len(sheet) - 1, len(sheet) - 1
    attempts.note(session, now, f"officer:{job.officer_id}", "export simfoni", len(sheet) - 1)


def give_up(session: Session, now: datetime, job_id: str) -> None:
    """It can not be made: a row that does not open must not be tried for ever."""
    job = session.get(ExportJob, job_id, with_for_update=True, populate_existing=True)
    if job is not None and job.status in UNFINISHED:
        _end(session, now, job, ExportStatus.FAILED)


def expire(session: Session, now: datetime) -> int:
    """Files after their day."""
    old = (ExportJob.status.in_((*UNFINISHED, ExportStatus.READY)), ExportJob.expires_at <= now)
    jobs = list(session.scalars(select(ExportJob).where(*old).with_for_update()))
    for job in jobs:
        _end(session, now, job, ExportStatus.EXPIRED)
    return len(jobs)


# Looking


@dataclass(frozen=True)
class Row:
    """One job, opened but for its file."""

    id: str
    asked_at: datetime
    by: str
    mine: bool
    first: date
    last: date
    suffix: str
    reason: str
    status: ExportStatus
    total: int | None
    done: int
    expires_at: datetime
    fetched_at: datetime | None


def list_jobs(session: Session, desk: Desk, reader: Officer) -> list[Row]:
    """The newest SHOWN, everybody's: two leaders see what the other takes out."""
    newest = select(ExportJob, Officer).join(Officer, Officer.id == ExportJob.officer_id)
    rows = session.execute(newest.order_by(ExportJob.id.desc()).limit(SHOWN))
    return [_row(desk, job, officer, reader) for job, officer in rows]


def _row(desk: Desk, job: ExportJob, officer: Officer, reader: Officer) -> Row:
    reason = desk.keyring.open("export_job.reason", job.id, job.reason).decode()
    by = open_officer(desk, officer).name
    return Row(
        job.id,
        job.asked_at,
        by,
        officer.id == reader.id,
        job.first,
        job.last,
        job.suffix,
        reason,
        job.status,
        job.total,
        job.done,
        job.expires_at,
        job.fetched_at,
    )
