"""A whole gateway in a test: real callbacks, real store, real outbox, the practice carrier, and a clock to turn."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from gateway import migrate
from gateway.app import create_app
from gateway.bootstrap import Parts, build
from gateway.casework import acts, files, people
from gateway.identifiers import new_id
from gateway.providers.base import SmsProvider
from gateway.providers.simulator.client import SimulatorSms
from gateway.settings import Settings
from gateway.worker import jobs
from gateway.worker.sending import Sender
from models.duty import DutyShift
from models.people import Cadre, Officer, find_officer
from models.vocabulary import CadreRole, OfficerRole
from tests.phone import Phone

TOKEN = "practice-token-0123456789"
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday 10.00 WITA: a working hour."""


class Clock:
    """Stands still until it is turned."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Office:
    def __init__(
        self, root: Path, url: str | None = None, provider: SmsProvider | None = None, **settings: str
    ) -> None:
        environ = {"WEBHOOK_TOKEN": TOKEN, "SEND_RATE": "1000", "LOG_LEVEL": "error", **settings}
        if url:
            environ["DATABASE_URL"] = url
        self.root = root
        self.clock = Clock(MORNING)
        (root / "var").mkdir(mode=0o700, exist_ok=True)
        self.parts: Parts = build(Settings.load(environ, root), self.clock)
        migrate.upgrade(self.parts.store.engine)
        self.app = create_app(self.parts)
        self.sender = Sender(self.parts.store, self.parts.desk, provider or SimulatorSms(), self.clock)
        self.bench = jobs.Bench(self.parts.store, self.parts.desk, self.sender, self.clock)
        self._people = 0

    def close(self) -> None:
        self.sender.close()
        self.parts.close()

    # Time and work

    def forward(self, **span: float) -> "Office":
        """Turn the clock and let the worker do what is due then."""
        self.clock.now += timedelta(**span)
        return self.work()

    def at(self, hour: int, minute: int = 0) -> "Office":
        """Turn the clock to the next such time in Paser (WITA), without working."""
        local = self.parts.desk.office.local(self.clock.now)
        then = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.clock.now = (then if then > local else then + timedelta(days=1)).astimezone(UTC)
        return self

    def work(self) -> "Office":
        """One tick: a second passes, and all that is due is done."""
        self.clock.now += timedelta(seconds=1)
        jobs.run_once(self.bench)
        return self

    # People

    def phone(self, number: str | None = None) -> Phone:
        self._people += 1
        return Phone(self, number or f"+62811{self._people:07d}")

    def officer(self, name: str = "Ani", role: str = "officer", areas: str = "", *, on_duty: bool = True) -> Phone:
        phone = self.phone()
        desk, now = self.parts.desk, self.clock.now
        officer = people.new_officer(desk, now, name, phone.number, OfficerRole(role), areas, None, None)
        year = now + timedelta(days=365)
        shift = DutyShift(
            id=new_id(now), officer_id=officer.id, starts_at=now, ends_at=year, areas="", added_at=now, present_at=now
        )
        self.write(lambda session: session.add(officer))
        if on_duty:
            self.write(lambda session: session.add(shift))
        return phone

    def cadre(self, village: str = "64.01.04.2016", name: str = "Bu Kader") -> Phone:
        phone = self.phone()
        cadre: Cadre = people.new_cadre(self.parts.desk, self.clock.now, name, phone.number, village, CadreRole.PKK)
        cadre.confirmed_at = self.clock.now
        self.write(lambda session: session.add(cadre))
        return phone

    def row_of(self, phone: Phone) -> Officer:
        index = self.parts.desk.keyring.index("phone", phone.number)
        found = self.read(lambda session: find_officer(session, index))
        assert found is not None
        return found

    def act(self, officer: Phone, do: Callable[[acts.Act], object], reference: str = "") -> None:
        """What this officer does to the only case, or to the one named, as the command line and the console do it."""
        row, reference = self.row_of(officer), reference or self.case()["reference"]
        desk = self.parts.desk
        self.write(
            lambda session: do(acts.begin(session, desk, self.clock.now, reference, session.merge(row))) and None
        )

    # Looking

    def write(self, work: Any) -> Any:
        return self.parts.store.write(work)

    def read(self, work: Any) -> Any:
        return self.parts.store.read(work)

    def cases(self) -> list[dict[str, Any]]:
        """As `cases list --json` would tell them."""
        desk, now = self.parts.desk, self.clock.now
        return self.write(lambda session: files.list_cases(session, desk, now, "test"))  # type: ignore[no-any-return]

    def case(self) -> dict[str, Any]:
        """The only case."""
        (found,) = self.cases()
        return found

    def show(self, reference: str) -> dict[str, Any]:
        desk, now = self.parts.desk, self.clock.now
        return self.write(lambda session: files.view(session, desk, now, "test", reference, "test"))  # type: ignore[no-any-return]

    def messages(self) -> list[dict[str, Any]]:
        desk, now = self.parts.desk, self.clock.now
        return self.write(lambda s: list(files.list_messages(s, desk, now, "test", None, True)))  # type: ignore[no-any-return]

    def post(self, route: str, form: Mapping[str, str], token: str = TOKEN) -> TestResponse:
        return self.app.test_client().post(f"/webhooks/africastalking/{token}/{route}", data=form)
