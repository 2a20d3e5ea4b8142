"""What a page of the console costs the database: with ten thousand open cases as much as with a hundred."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from gateway.console.shelves import PAGE
from models.case import CaseFile
from models.vocabulary import CaseStatus, Channel, Priority, Reporter
from tests.conftest import MakeOffice
from tests.console.desk import Desk, at_desk
from tests.office import Office

FEW, MANY = 100, 10_000
MOST_STATEMENTS = 20
SENAKEN = "64.01.04"
STATUSES: Final = (CaseStatus.NEW, CaseStatus.ACCEPTED, CaseStatus.REOPENED, CaseStatus.IN_PROGRESS)
KINDS: Final = len(STATUSES) * len(Priority)
VIEWS: Final = (
    "/queue",
    "/queue?shelf=late",
    "/queue?shelf=today",
    "/queue?shelf=incomplete",
    "/queue?shelf=mine",
    "/queue?shelf=all",
    f"/queue?kecamatan={SENAKEN}",
    "/queue?kecamatan=-",
    "/queue?shelf=all&priority=P3",
    "/queue?shelf=all&status=in_progress",
    "/queue?shelf=all&holder={holder}",
)


def fill(office: Office, first: int, last: int, holder: str) -> None:
    """Open cases of every kind, all of today, half of them late: a hundred of them fill a page of every view.

    What is sealed in them is nothing that opens.
    """
    now = office.clock.now
    rows = [
        {
            "id": f"{number:032x}",
            "reference": f"Z{number:06d}",
            "status": STATUSES[number % 4],
            "priority": list(Priority)[number % 3],
            "channel": Channel.USSD,
            "reporter": Reporter.RESIDENT,
            "complete": number % 4 > 1,
            "kecamatan": (SENAKEN, None)[number // 4 % 2],
            "created_at": now - timedelta(seconds=number),
            "touched_at": now,
            "queued_at": now - timedelta(seconds=number),
            "late_at": now + timedelta(hours=9 if number // 8 % 2 else 0, seconds=-number),
            "holder_id": holder if number % 4 in (1, 3) else None,
            "receipt_index": number.to_bytes(32, "big"),
            "phone_index": b"p" * 32,
            "wrapped_key": b"w",
            "details": b"d",
        }
        for number in range(first, last)
    ]

    def work(session: Session) -> None:
        session.execute(insert(CaseFile), rows)
        session.execute(text("ANALYZE"))

    office.write(work)


@dataclass
class Statement:
    sql: str
    given: Any
    cost: float = 0
    """On SQLite the steps of its virtual machine, to which every row that is read adds and a deeper tree does not; on

    PostgreSQL the rows that its scans read, those thrown away included.
    """

    @property
    def counts(self) -> bool:
        """Whether it is the statement of the numbers on the tabs: it reads the rows it counts, up to COUNTED each."""
        return self.sql.startswith("SELECT (SELECT count(*)")

    @property
    def lists(self) -> bool:
        """Whether it is the statement of the page's rows."""
        return self.sql.startswith("SELECT anon_1.id")


@contextmanager
def heard(office: Office) -> Iterator[list[Statement]]:
    """Every statement that runs, in its order, whichever thread's connection it runs on."""
    said: list[Statement] = []
    watched = True
    engine = office.parts.store.engine

    def step() -> int:
        said[-1].cost += watched
        return 0

    def begin(connection: Any, cursor: Any, statement: str, given: Any, *_: Any) -> None:
        said.append(Statement(statement, given))
        if engine.dialect.name == "sqlite":
            connection.connection.driver_connection.set_progress_handler(step, 1)

    event.listen(engine, "before_cursor_execute", begin)
    yield said
    watched = False
    event.remove(engine, "before_cursor_execute", begin)


def rows_read(node: dict[str, Any]) -> float:
    """By the scans of a plan as PostgreSQL carried it out."""
    thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    own = (node["Actual Rows"] + thrown) * node["Actual Loops"] if "Relation Name" in node else 0
    return float(own + sum(rows_read(child) for child in node.get("Plans", [])))


def explain(office: Office, said: list[Statement]) -> None:
    """Ask PostgreSQL what each of these reads along its indexes.

    Ten thousand rows are still so few that it may rather read a table from its start until it has found enough: that
    is cheap at this size and no sign of growth, so here it is kept from it.
    """
    with office.parts.store.engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        connection.exec_driver_sql("SET enable_bitmapscan = off")
        for one in said:
            if one.sql.startswith("SELECT"):
                plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {one.sql}", one.given).scalar_one()
                one.cost = rows_read(plan[0]["Plan"])


def look(office: Office, desk: Desk, path: str) -> tuple[list[Statement], int]:
    """What a look at a page costs when everything is warm, and how many cases its tabs count."""
    desk.get(path)
    with heard(office) as said:
        assert desk.get(path).status == 200, desk.words
    if office.parts.store.engine.dialect.name == "postgresql":
        explain(office, said)
    told = re.findall(r'<span class="n">(\d+)(\+?)<', desk.text)
    return said, sum(int(number) + bool(more) for number, more in told)


@dataclass
class Compared:
    """A page's statements with FEW cases and with MANY, in pairs; and what its tabs count."""

    path: str
    pairs: list[tuple[Statement, Statement]]
    counted: tuple[int, int]


def compare(office: Office, role: str, areas: str) -> Iterator[Compared]:
    """Every view and a case's page. That the same statements run is asserted on the way."""
    desk = at_desk(office, role=role, areas=areas)
    holder = office.read(lambda session: session.scalar(text("SELECT id FROM officer")))
    office.phone().text("LAPOR FISIK SENAKEN istri dipukul suami")
    paths = [*(path.format(holder=holder) for path in VIEWS), f"/files/{office.case()['reference'][3:]}"]
    fill(office, 0, FEW, holder)
    few = {path: look(office, desk, path) for path in paths}
    fill(office, FEW, MANY, holder)
    for path in paths:
        (before, counted_before), (now, counted) = few[path], look(office, desk, path)
        assert [one.sql for one in now] == [one.sql for one in before], path
        assert len(now) <= MOST_STATEMENTS
        yield Compared(path, list(zip(before, now, strict=True)), (counted_before, counted))


WHO = pytest.mark.parametrize(("role", "areas"), [("supervisor", ""), ("officer", SENAKEN)])


@WHO
def test_ten_thousand_open_cases_cost_a_page_no_more_than_a_hundred(office: Office, role: str, areas: str) -> None:
    """Step for step on SQLite. A tab's number is worth the rows that it counts, which are a hundred at most."""
    for page in compare(office, role, areas):
        for before, now in page.pairs:
            allowed = before.cost * page.counted[1] / page.counted[0] if now.counts else before.cost
            assert now.cost <= allowed * 1.05, f"{page.path}: {before.cost} became {now.cost} in {now.sql}"


@WHO
@pytest.mark.postgres
def test_on_postgres_the_rows_a_page_reads_do_not_depend_on_how_many_there_are(
    make_office: MakeOffice, postgres_url: str, role: str, areas: str
) -> None:
    """A page of each walk, what the tabs count, and of everything else what it was.

    Of several indexes PostgreSQL may prefer one that fixes less, and throw away what is of another status or priority:
    so many rows to one at most as there are kinds of cases, whatever the number of cases.
    """
    for page in compare(make_office(url=postgres_url), role, areas):
        for before, now in page.pairs:
            walks = now.sql.count("UNION ALL") + 1
            shown = page.counted[1] if now.counts else walks * (PAGE + 2)
            allowed = shown * KINDS if now.counts or now.lists else before.cost
            assert allowed < MANY
            assert now.cost <= allowed, f"{page.path}: {before.cost} became {now.cost} in {now.sql}"
