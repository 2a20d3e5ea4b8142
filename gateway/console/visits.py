"""One request of a person: who asks, in which language, and the ways to answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.identifiers import new_token
from models.base import insert_new
from models.people import Officer
from models.vocabulary import OfficerRole
from models.web_session import FormReceipt, Stage

T = TypeVar("T")
LEADERS = frozenset({OfficerRole.SUPERVISOR, OfficerRole.HEAD})
WORKERS = LEADERS | {OfficerRole.OFFICER}
"""Those who see cases; an admin does not."""
ADMINS = frozenset({OfficerRole.ADMIN})
EVERYBODY = frozenset(OfficerRole)
SAME_WITHIN = timedelta(minutes=30)
"""How long the same words in the same form count as the same thing, sent again."""
TOKENS = ("csrf_token", "receipt")

__all__ = ["ADMINS", "EVERYBODY", "LEADERS", "WORKERS", "Answer", "Caller", "Visit", "current_visit", "new_receipt"]


@dataclass(frozen=True)
class Caller:
    """The officer behind a session."""

    session_id: str
    officer_id: str
    name: str = field(repr=False)
    role: OfficerRole
    areas: tuple[str, ...]
    stage: Stage
    language: str
    shown_case_id: str | None = None

    @property
    def leads(self) -> bool:
        return self.role in LEADERS

    @property
    def actor(self) -> str:
        """As events and audit rows name her."""
        return f"officer:{self.officer_id}"


@dataclass(frozen=True)
class Visit:
    """What a view works with. `someone` is None on the pages before the log-in."""

    parts: Parts
    now: datetime
    someone: Caller | None = None

    @property
    def desk(self) -> Desk:
        return self.parts.desk

    @property
    def caller(self) -> Caller:
        assert self.someone is not None, "a page for people who are logged in"  # noqa: S101 - the guard saw to it
        return self.someone

    @property
    def actor(self) -> str:
        return self.caller.actor

    def read(self, work: Callable[[Session], T]) -> T:
        return self.parts.store.read(work)

    def write(self, work: Callable[[Session], T]) -> T:
        return self.parts.store.write(work)

    def officer(self, session: Session) -> Officer:
        """The caller's row. Raises Refused when it is gone."""
        found = session.get(Officer, self.caller.officer_id)
        if found is None:
            raise Refused("this officer is no longer on the list")
        return found

    def once(self, work: Callable[[Session], str], *, by_content: bool = False) -> str:
        """Do a form's work unless the same form was done before; the address that shows what came of it.

        A double click and a lost answer send the same receipt: it is written in the transaction of the work itself,
        so a work that is refused may be tried again. The back button brings a fresh one: where the same words twice
        can only be the same thing (`by_content`), they are done once too. `work` knows no Flask: it may run in
        another thread, so form values and addresses are taken before. Raises Refused.
        """
        receipt = request.form.get("receipt", "")
        if len(receipt) != 32 or not receipt.isalnum():
            raise Refused("the form has no receipt")
        names = [receipt, self._content_name()] if by_content else [receipt]
        return self.write(lambda session: _do_once(session, self.now, names, self.caller.officer_id, work))

    def _content_name(self) -> str:
        """A name that the same words in the same form of the same officer have again."""
        fields = [(name, value) for name, value in request.form.items(multi=True) if name not in TOKENS]
        words = (self.caller.officer_id, request.path, json.dumps(sorted(fields)))
        return self.desk.keyring.index("name", "form", *words).hex()[:32]

    def page(self, template: str, status: int = 200, **words: Any) -> Answer:
        return render_template(template, visit=self, **words), status

    def to(self, address: str) -> Answer:
        return redirect(address, 303)

    def go(self, endpoint: str, **values: Any) -> Answer:
        """See other: the address of a page, so that reloading sends nothing again."""
        return redirect(url_for(f"console.{endpoint}", **values), 303)


def _do_once(session: Session, now: datetime, names: list[str], officer_id: str, work: Callable[[Session], str]) -> str:
    for name in names:
        row = {"token": name, "officer_id": officer_id, "at": now, "answer": ""}
        if not insert_new(session, FormReceipt, row):
            first = session.get_one(FormReceipt, name)
            if first.officer_id != officer_id or not first.answer:
                raise Refused("the form has no receipt")
            if name == names[0] or now < first.at + SAME_WITHIN:
                return first.answer
            first.at = now  # the same words, but of another day
    answer = work(session)
    session.execute(update(FormReceipt).where(FormReceipt.token.in_(names)).values(answer=answer))
    return answer


def new_receipt() -> str:
    """For one form: `<input type="hidden" name="receipt">`."""
    return new_token()


def current_visit() -> Visit:
    visit: Visit = g.visit
    return visit


def as_somebody(visit: Visit, caller: Caller | None) -> Visit:
    return replace(visit, someone=caller)
