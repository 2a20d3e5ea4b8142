"""Callbacks twice, late, in other orders and of things we do not know: the same final state.

One office gets every callback once and in order. Another gets the same with the phones interleaved otherwise, each
callback repeated at any later time, the end of a session before its last hop, and delivery reports in any order,
even before their message has left. Of one phone's first deliveries the order is kept: there it has a meaning.
"""

import random
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import create_engine, select, text

from gateway import keyring
from gateway.details import read_details
from gateway.outbox.queue import open_message
from gateway.worker import jobs
from models.case import CaseEvent, CaseFile
from models.inbound import InboundMessage
from models.outbound import OutboundMessage
from tests.carriers import Scripted
from tests.lines import LINES, SECRETS
from tests.office import TOKEN, Office

PHONES = [f"+6281300000{number:03}" for number in range(3)]
WORDS = (
    "LAPOR FISIK SENAKEN istri dipukul suami",
    "TOLONG",
    "TELEPON",
    "anak saya diancam tetangga",
    "halo",
    "MENU",
    "1",
    "2",
    "0",
    "BERHENTI",
    "RESI 1234",
)
KEYS = ("1", "2", "3", "4", "0", "9", "SENAKEN", "8")
REPORTS = {
    "africastalking": (["Sent", "Submitted", "Buffered", "Teleported"], ["Success", "Failed"]),
    "kannel": (["8", "4", "77"], ["1", "16"]),
}
"""Words of each carrier: those that may be followed by others, and final ones."""
QUICK = settings(stateful_step_count=14, deadline=None, database=None, phases=[Phase.generate])
"""Without shrinking: an example takes a second or two, and a failing one can be told from its trace."""
SETTINGS = {**SECRETS, **LINES["africastalking"].settings, **LINES["kannel"].settings}


@dataclass(frozen=True)
class Callback:
    stream: str
    """First deliveries of a stream stay in order."""
    method: str
    path: str
    fields: dict[str, str] = field(hash=False)


class House:
    """An office at both carriers, with one officer on duty and a head."""

    def __init__(self, url: str | None) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="beliperak-orders-"))
        keyring.generate(self.root / "keys.json")
        carriers = (Scripted(name="africastalking"), Scripted(name="kannel"))
        self.office = Office(self.root, url, carriers, PROVIDER="africastalking,kannel", **SETTINGS)  # type: ignore[arg-type]
        self.office.officer("Ani")
        self.office.officer("Dewi", role="head", on_duty=False)
        self.web = self.office.app.test_client()

    def close(self) -> None:
        self.office.close()
        shutil.rmtree(self.root)

    def get(self, callback: Callback) -> None:
        self.office.clock.now += timedelta(milliseconds=1)  # or the newest case of a phone would be a matter of chance
        given = {"query_string" if callback.method == "GET" else "data": callback.fields}
        answer = self.web.open(f"/webhooks/{callback.path}", method=callback.method, **given)  # type: ignore[arg-type]
        assert answer.status_code == 200, callback

    def work(self) -> None:
        self.office.sender.sweep()
        self.office.sender.drain()
        jobs.tidy(self.office.bench)

    def messages(self) -> dict[tuple[Any, ...], OutboundMessage]:
        """Each message by what it is, which is the same in both houses: neither ids nor codes are."""
        desk, found, seen = self.office.parts.desk, {}, Counter[tuple[Any, ...]]()

        def look(session: Any) -> list[tuple[tuple[Any, ...], OutboundMessage]]:
            listed = []
            for row in session.scalars(select(OutboundMessage).order_by(OutboundMessage.id)):
                case = session.get(CaseFile, row.case_id) if row.case_id else None
                to, words = open_message(desk, row, case)
                whose = read_details(desk, case).phone if case else None
                plain = re.sub(r"\d{6}|BP \w{4}|[2-7]\d{3}-\d{4}-\d{3}", "#", words)
                listed.append(((to, row.purpose, whose, plain), row))
            return listed

        for key, row in self.office.read(look):
            found[*key, seen[key]] = row
            seen[key] += 1
        return found

    def state(self) -> dict[str, Any]:
        """What must not depend on the order of callbacks."""
        desk = self.office.parts.desk

        def look(session: Any) -> dict[str, Any]:
            cases = []
            for case in session.scalars(select(CaseFile)):
                details = read_details(desk, case)
                kinds = session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case.id))
                known = (details.phone, str(case.status), str(case.priority), case.kecamatan, tuple(details.forms))
                cases.append((*known, details.contact.mode, tuple(sorted(Counter(map(str, kinds)).items()))))
            inbound = session.execute(select(InboundMessage.provider, InboundMessage.provider_id)).all()
            return {"cases": sorted(cases, key=repr), "inbound": sorted(map(tuple, inbound))}

        told = {key: (str(row.status), row.provider, row.attempts) for key, row in self.messages().items()}
        return {**self.office.read(look), "messages": told}


class Callers(RuleBasedStateMachine):
    """The callbacks of a while, in their order; the two houses are compared at its end."""

    fresh_url: Callable[[], str | None] = staticmethod(lambda: None)

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        self.chance, self.numbers = random.Random(seed), count(1)
        self.trace: list[Callback] = []
        self.typed: dict[str, str] = {}
        self.sessions: dict[str, str] = {}

    @rule(phone=st.sampled_from(PHONES), words=st.sampled_from(WORDS), carrier=st.sampled_from(sorted(REPORTS)))
    def texts(self, phone: str, words: str, carrier: str) -> None:
        name = f"in-{next(self.numbers)}"
        fields = {"id": name, "from": phone, "to": "55555", "text": words}
        method = "GET" if carrier == "kannel" else "POST"
        self.trace.append(Callback(phone, method, f"{carrier}/{TOKEN}/sms", fields))

    @rule(phone=st.sampled_from(PHONES))
    def dials(self, phone: str) -> None:
        self.sessions[phone], self.typed[phone] = f"ATUid_{next(self.numbers)}", ""
        self._hop(phone)

    @rule(phone=st.sampled_from(PHONES), key=st.sampled_from(KEYS))
    def presses(self, phone: str, key: str) -> None:
        if phone in self.sessions:
            self.typed[phone] = f"{self.typed[phone]}*{key}" if self.typed[phone] else key
            self._hop(phone)

    @rule(phone=st.sampled_from(PHONES), how=st.sampled_from(["Success", "Incomplete", "Failed"]))
    def hangs_up(self, phone: str, how: str) -> None:
        if session := self.sessions.pop(phone, None):
            fields = {"sessionId": session, "status": how, "phoneNumber": phone}
            self.trace.append(Callback(phone, "POST", f"africastalking/{TOKEN}/ussd-events", fields))

    def _hop(self, phone: str) -> None:
        fields = {"sessionId": self.sessions[phone], "phoneNumber": phone, "text": self.typed[phone]}
        self.trace.append(Callback(phone, "POST", f"africastalking/{TOKEN}/ussd", fields))

    def teardown(self) -> None:
        if not getattr(self, "trace", None):
            return
        plain, shaken = House(self.fresh_url()), House(self.fresh_url())
        try:
            self._compare(plain, shaken)
        finally:
            plain.close()
            shaken.close()

    def _compare(self, plain: House, shaken: House) -> None:
        for callback in self.trace:
            plain.get(callback)
        for callback in self._shaken():
            shaken.get(callback)
        words = self._words(sorted(plain.messages(), key=repr))
        early = [one for one in words if self.chance.random() < 0.3]
        self._report(shaken, early)
        for house in (plain, shaken):
            house.work()
        self._report(plain, words)
        late = words + self.chance.sample(words, len(words) // 2)
        self.chance.shuffle(late)
        self._report(shaken, late)
        for callback in self.chance.sample(self.trace, len(self.trace) // 2):
            shaken.get(callback)
        for house in (plain, shaken):
            house.office.clock.now += timedelta(seconds=2)
            house.work()
        assert shaken.state() == plain.state()

    def _shaken(self) -> Iterator[Callback]:
        """The streams interleaved anew, and what has been before brought again now and then."""
        streams: dict[str, list[Callback]] = {}
        for callback in self.trace:
            streams.setdefault(callback.stream, []).append(callback)
        before: list[Callback] = []
        while streams:
            stream = self.chance.choice(sorted(streams))
            before.append(streams[stream].pop(0))
            if not streams[stream]:
                del streams[stream]
            yield before[-1]
            while self.chance.random() < 0.4:
                yield self.chance.choice(before)

    def _words(self, keys: list[tuple[Any, ...]]) -> list[tuple[tuple[Any, ...] | None, str]]:
        """What the carriers will say of each message: words on the way, and one final word or none."""
        said: list[tuple[tuple[Any, ...] | None, str]] = []
        for key in keys:
            final = self.chance.choice(["", "good", "bad"])
            said += [(key, word) for word in ["0", "1", "2", *([final] if final else [])] if self.chance.random() < 0.8]
        return [*said, (None, "good")]

    def _report(self, house: House, words: list[tuple[tuple[Any, ...] | None, str]]) -> None:
        found = house.messages()
        for key, word in words:
            row = found[key] if key else None
            for carrier, (on_the_way, (good, bad)) in REPORTS.items():
                if row is not None and row.provider not in (None, carrier):
                    continue
                raw = {"good": good, "bad": bad}.get(word) or on_the_way[int(word)]
                name = f"{carrier}{row.id}" if row else "nobody's"
                fields = {"id": name, "d": raw} if carrier == "kannel" else {"id": name, "status": raw}
                method = "GET" if carrier == "kannel" else "POST"
                house.get(Callback("", method, f"{carrier}/{TOKEN}/delivery", fields))


def test_the_final_state_is_the_same_for_every_order() -> None:
    run_state_machine_as_test(Callers, settings=settings(QUICK, max_examples=20))


@pytest.mark.postgres
def test_the_final_state_is_the_same_for_every_order_on_postgresql(postgres: str) -> None:
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    names = [f"orders_{number}" for number in range(100)]
    made: list[str] = []

    def fresh() -> str:
        made.append(names[len(made)])
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {made[-1]} TEMPLATE migrated"))
        return admin.url.set(database=made[-1]).render_as_string(hide_password=False)

    class OnPostgres(Callers):
        fresh_url = staticmethod(fresh)

    try:
        run_state_machine_as_test(OnPostgres, settings=settings(QUICK, max_examples=6))
    finally:
        with admin.connect() as connection:
            for name in made:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
