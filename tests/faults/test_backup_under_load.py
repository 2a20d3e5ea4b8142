"""`beliperak backup` beside a web process that answers: one moment of it, with all that was acknowledged before."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework.events import find_broken
from models.case import CaseEvent, CaseFile
from models.inbound import InboundMessage
from tests.faults.processes import command, wait_until, web
from tests.faults.scene import TOKEN, Stage, fresh_database

CALLERS = 3
WARM = 30
"""Calls acknowledged before the backup begins."""


class Callers:
    """Danger calls by key and by word, each from a phone of its own, one after the other."""

    def __init__(self, root: str) -> None:
        self._hooks = f"{root}/webhooks/africastalking/{TOKEN}"
        self._numbers = count(1)
        self._ends = threading.Event()
        self.called: list[str] = []
        self.acknowledged: list[str] = []

    @contextmanager
    def under_way(self) -> Iterator[None]:
        with ThreadPoolExecutor(CALLERS) as pool:
            calling = [pool.submit(self._call) for _ in range(CALLERS)]
            try:
                yield
            finally:
                self._ends.set()
        for caller in calling:
            caller.result()

    def _call(self) -> None:
        with requests.Session() as line:
            while not self._ends.wait(0.01):
                number = next(self._numbers)
                phone = f"+62813{number:08d}"
                self.called.append(phone)
                if self._cry(line, number, phone).status_code == 200:
                    self.acknowledged.append(phone)

    def _cry(self, line: requests.Session, number: int, phone: str) -> requests.Response:
        if number % 2:
            hop = {"sessionId": f"s{number}", "phoneNumber": phone, "serviceCode": "*384#", "text": "2"}
            return line.post(f"{self._hooks}/ussd", data=hop, timeout=30)
        form = {"id": f"m{number}", "from": phone, "to": "55555", "text": "TOLONG dipukul sekarang", "date": ""}
        return line.post(f"{self._hooks}/sms", data=form, timeout=30)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def stages(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Stage, Stage]:
    """An office that works, and a machine with its key file and an empty database."""
    urls: list[str | None] = [None, None]
    if request.param == "postgres":
        server = request.getfixturevalue("postgres")
        urls = [fresh_database(server, f"load_{name}") for name in ("here", "there")]
    here, there = (Stage(tmp_path / name, url) for name, url in zip(("here", "there"), urls, strict=True))
    for stage in (here, there):
        (stage.root / "var").mkdir(mode=0o700, parents=True)
    here.prepare()
    keys = there.root / "var" / "field_keys.json"
    keys.touch(mode=0o600)
    keys.write_bytes((here.root / "var" / "field_keys.json").read_bytes())
    return here, there


def test_a_backup_under_load_holds_all_that_was_acknowledged_before_it(stages: tuple[Stage, Stage]) -> None:
    here, there = stages
    path = str(there.root / "night.backup")
    with web(here) as root:
        callers = Callers(root)
        with callers.under_way():
            wait_until(lambda: len(callers.acknowledged) >= WARM, "nobody was answered")
            before = set(callers.acknowledged)
            assert not list((here.root / "var").glob("spool/0*")), "what the spool keeps is not in the database yet"
            command(here, "backup", "--out", path)
            meanwhile = set(callers.acknowledged) - before
    assert meanwhile, "nobody was answered while the backup was made"
    command(there, "restore", path)
    assert "sound" in command(there, "audit", "verify")
    parts = there.parts()

    def look(session: Session) -> tuple[set[str], set[str], set[str], list[str]]:
        index = {parts.desk.keyring.index("phone", phone): phone for phone in callers.called}
        cases = list(session.scalars(select(CaseFile)))
        ids = {case.id for case in cases}
        kept = {index[case.phone_index or b""] for case in cases}
        opened = set(session.scalars(select(CaseEvent.case_id).where(CaseEvent.seq == 1)))
        told = set(session.scalars(select(InboundMessage.case_id).where(InboundMessage.case_id.is_not(None))))
        broken = [case for case in ids if find_broken(session, parts.desk.keyring, case) is not None]
        assert len(kept) == len(cases), "a case for each who called, and no second"
        return before - kept, ids ^ opened, told - ids, broken

    assert parts.store.read(look) == (set(), set(), set(), [])
    parts.close()
