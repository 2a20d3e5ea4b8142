"""A district that has grown: many closed cases with their events and messages, by the database's own hand.

Cases that are opened by a measurement are made by the gateway itself and sealed as ever. The mass is copies of one of
them, closed: rows of true size in every index, each under names of its own, spread over five years. A copy cannot be
opened (what it holds is sealed for the original), and nothing here opens it.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.casework import intake
from gateway.identifiers import REFERENCE_LETTERS
from models.base import Base
from models.case import CaseEvent, CaseFile
from models.outbound import OutboundMessage
from models.vocabulary import CaseStatus, Channel, MessageStatus, Reporter

OPEN = 200
"""Cases that wait, whatever the size: a district that is served has no longer queue when it is older."""
YEARS = 5
CHUNK = 100_000
FIVE_LETTERS_FROM = 550_000
"""Copies before it have references of four letters: then 60 of 100 are taken, and a new case tries more than once."""


def phone_of(number: int) -> str:
    """Whose case it is."""
    return f"+6281100{number:06d}"


def open_cases(parts: Parts, count: int = OPEN) -> list[str]:
    """The receipts of so many cases that wait, each from a phone of its own."""
    now = parts.clock()

    def work(session: Session) -> list[str]:
        receipts = []
        for number in range(count):
            details = intake.new_details("report", phone_of(number), forms=("FIS",))
            details = replace(details, area_code="64.01.04.2016")
            intake.open_case(session, parts.desk, now, intake.Opening(details, Channel.USSD, Reporter.RESIDENT))
            receipts.append(details.receipt)
        return receipts

    return parts.store.write(work)


def close_one(parts: Parts) -> str:
    """The id of the closed case that all others are copies of; its messages are delivered."""

    def work(session: Session) -> str:
        case = session.scalars(select(CaseFile).order_by(CaseFile.id.desc()).limit(1)).one()
        case.status, case.closed_at, case.next_rule_at = CaseStatus.CLOSED, parts.clock(), None
        for row in session.scalars(select(OutboundMessage)):
            row.status, row.settled_at = MessageStatus.DELIVERED, parts.clock()
        return case.id

    return parts.store.write(work)


def grow(engine: Engine, model: str, first: int, last: int) -> None:
    """Copies number `first` to `last` of the case `model`, each with one event and one message."""
    sent = f"id = (SELECT min(id) FROM {OutboundMessage.__tablename__})"
    for start in range(first, last + 1, CHUNK):
        words = Words(engine.dialect.name == "postgresql", start, min(start + CHUNK - 1, last))
        statements = [
            words.copy(CaseFile, f"id = '{model}'", words.case()),
            words.copy(CaseEvent, f"case_id = '{model}' AND seq = 1", words.event(), of_case=True),
            words.copy(OutboundMessage, sent, words.message(), of_case=True),
        ]
        (_run_postgres if words.postgres else _run_sqlite)(engine, statements)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _run_postgres(engine: Engine, statements: list[str]) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no look at each foreign key
        for statement in statements:
            connection.exec_driver_sql(statement)


def _run_sqlite(engine: Engine, statements: list[str]) -> None:
    """On a connection of its own, without waiting for the disk and with room for the indexes."""
    with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-500000")
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Words:
    """Copies number `first` to `last` in the SQL of one engine; `n` is the number."""

    def __init__(self, postgres: bool, first: int, last: int) -> None:
        self.postgres, self.first, self.last = postgres, first, last

    def copy(self, row: type[Base], where: str, changed: Mapping[str, str], of_case: bool = False) -> str:
        """A reference that is taken already makes no copy, and then no event or message of it either."""
        table = row.__tablename__
        columns = [column.name for column in row.__table__.columns]
        names = ", ".join(f'"{column}"' for column in columns)
        values = ", ".join(changed.get(column, f'model."{column}"') for column in columns)
        made = f"SELECT 1 FROM {CaseFile.__tablename__} AS made WHERE made.id = {self.name}"
        there = f"EXISTS ({made})" if of_case else "1 = 1"
        return (
            f"{self.series()} INSERT INTO {table} ({names}) SELECT {values} "
            f"FROM (SELECT * FROM {table} WHERE {where}) AS model CROSS JOIN copies WHERE {there} "
            "ON CONFLICT DO NOTHING"
        )

    def series(self) -> str:
        if self.postgres:
            return f"WITH copies AS (SELECT generate_series({self.first}::bigint, {self.last}) AS n)"
        step = f"SELECT {self.first} AS n UNION ALL SELECT n + 1 FROM copies WHERE n < {self.last}"
        return f"WITH RECURSIVE copies(n) AS ({step})"

    def rest(self, value: str, size: int) -> str:
        return f"mod({value}, {size})" if self.postgres else f"(({value}) % {size})"

    def whole(self, value: str) -> str:
        return f"({value})::int" if self.postgres else value

    @property
    def name(self) -> str:
        """32 digits, ordered as made."""
        return "lpad(to_hex(n), 32, '0')" if self.postgres else "printf('%032x', n)"

    def blind(self, what: str) -> str:
        """32 bytes without order, as an HMAC."""
        return f"sha256(('{what}' || n)::bytea)" if self.postgres else "randomblob(32)"

    def ago(self, column: str) -> str:
        minutes = self.rest("n * 7919", YEARS * 365 * 24 * 60)
        if self.postgres:
            return f"model.{column} - {minutes} * interval '1 minute'"
        return f"strftime('%Y-%m-%d %H:%M:%f000', model.{column}, '-' || ({minutes}) || ' minutes')"

    def reference(self) -> str:
        letters, size = REFERENCE_LETTERS, len(REFERENCE_LETTERS)

        def spelt(length: int) -> str:
            turned = self.rest("n * 7919", size**length)
            digits = [self.rest(f"{turned} / {size**place}", size) for place in range(length)]
            return " || ".join(f"substr('{letters}', {self.whole(digit)} + 1, 1)" for digit in digits)

        return f"CASE WHEN n < {FIVE_LETTERS_FROM} THEN {spelt(4)} ELSE {spelt(5)} END"

    def case(self) -> dict[str, str]:
        times = {column: self.ago(column) for column in ("created_at", "touched_at", "closed_at")}
        return {
            "id": self.name,
            "reference": self.reference(),
            "phone_index": self.blind("phone"),
            "receipt_index": self.blind("receipt"),
            **times,
        }

    def event(self) -> dict[str, str]:
        return {"case_id": self.name, "at": self.ago("at")}

    def message(self) -> dict[str, str]:
        times = {column: self.ago(column) for column in ("queued_at", "due_at", "not_after", "settled_at")}
        return {
            "id": self.name,
            "case_id": self.name,
            "dedupe_key": "'copy:' || n",
            "to_index": self.blind("to"),
            "provider_id": "'copy-' || n",
            **times,
        }
