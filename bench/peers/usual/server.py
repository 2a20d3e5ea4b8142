"""The usual stack: Flask, SQLAlchemy's ORM and one row a session, on gunicorn's threads. DATABASE_URL: where.

What a team would write first: a session per request, the row loaded, changed and committed. SQLite is durable (WAL,
synchronous=FULL), PostgreSQL with its defaults. `python server.py` makes the table, `gunicorn server:app` serves.
"""

import os
from datetime import UTC, datetime

from flask import Flask, request
from sqlalchemy import JSON, DateTime, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

LAST = 6
engine = create_engine(os.environ["DATABASE_URL"], pool_size=16, max_overflow=0)


class Base(DeclarativeBase):
    pass


class UssdSession(Base):
    __tablename__ = "ussd_session"

    session_id: Mapped[str] = mapped_column(primary_key=True)
    phone: Mapped[str]
    seen: Mapped[str]
    answers: Mapped[list[str]] = mapped_column(JSON)
    touched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


if engine.dialect.name == "sqlite":

    @event.listens_for(engine, "connect")
    def durable(connection, _record):
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=20000"):
            connection.execute("PRAGMA " + pragma)

    @event.listens_for(engine, "begin")
    def begin(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


app = Flask(__name__)


@app.post("/ussd")
def ussd():
    asked = request.form
    now = datetime.now(UTC)
    with Session(engine) as session, session.begin():
        row = session.get(UssdSession, asked["sessionId"])
        if row is None:
            row = UssdSession(session_id=asked["sessionId"], phone=asked["phoneNumber"], answers=[])
            session.add(row)
        elif asked["text"] != row.seen:
            row.answers = [*row.answers, asked["text"].rpartition("*")[2]]
        row.seen, row.touched_at = asked["text"], now
        number = len(row.answers) + 1
    if number >= LAST:
        return f"END Screen {number}\nThank you"
    return f"CON Screen {number}\n1 Next\n2 Other\n0 Back"


if __name__ == "__main__":
    Base.metadata.create_all(engine)
