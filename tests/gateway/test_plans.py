"""No hot way reads a growing table from end to end: every statement of a long story is explained on both engines.

Hot is what happens at a key press, a text, a delivery report, and each minute in the worker. How quick it is says the
benchmark; here is why it stays so as the district's rows grow.
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from gateway.worker.jobs import JOBS
from tests.office import Office
from tests.phone import Phone
from tests.statements import Statements, recording

GROWING = (
    *("case_file", "case_event", "inbound_message", "outbound_message", "parked_report", "ussd_session"),
    *("conversation", "one_time_code", "rule_firing", "throttle", "statistic_fact", "access_record"),
)
"""Tables that have a row for each report, text or message. The others are as long as the office's lists of people."""
OFTEN = timedelta(minutes=1)

ONCE_A_DAY = frozenset({"morning"})
"""Looked at each half minute, but done once a day; the weekly recap reads the week's firings."""
PLANNED = ("SELECT", "UPDATE", "DELETE", "WITH")


def tick(office: Office) -> None:
    """What the worker does every minute or oftener."""
    office.clock.now += timedelta(seconds=1)
    for job in JOBS:
        if (job.every is None or job.every <= OFTEN) and job.name not in ONCE_A_DAY:
            job.run(office.bench)


def by_ussd(office: Office) -> Phone:
    caller = office.phone()
    caller.dial().press("5", "2", "00", "6", "1")
    caller.dial().press("3", "4", "2", "1", "senaken")
    caller.dial().press("1")
    caller.dial().press("1", "1")
    caller.dial().press("4", "2345 6789 013")
    cry = office.phone()
    cry.dial().press("2")
    tick(office)
    cry.dial().press("2", "senaken")
    return caller


def by_sms(office: Office) -> None:
    cadre, stranger = office.cadre(), office.phone()
    for words in ("LAPOR FISIK SENAKEN istri dipukul", "LAPOR", "1", "INFO KDRT", "SULUH SENAKEN 25 IBU PSIKIS"):
        cadre.text(words)
        tick(office)
    for words in ("TOLONG suami saya bawa parang", "TOLONG suami saya bawa parang", "1", "2", "RESI 23456789013"):
        stranger.text(words)
    for words in ("selamat pagi bu", "MENU", "2", "TELEPON", "3", "BERHENTI", "kenapa begini terus bu"):
        office.phone().text(words)
        stranger.text(words)
    tick(office)


def by_officer(office: Office, officer: Phone) -> None:
    for words in ("AMBIL", "SUDAH"):
        officer.text(f"{words} {officer.code()}")
        tick(office)
    officer.text("1")
    officer.text("KASUS")


def by_carrier(office: Office) -> None:
    """A delivery report of a message we know, and one of a message we do not."""
    known = next(message["provider_id"] for message in office.messages() if message["provider_id"])
    for name in (known, "ATXid_nobody"):
        office.post("delivery", {"id": name, "status": "Success"})
    tick(office)


def by_time(office: Office) -> None:
    """The ladder climbs, silent reports are swept, messages grow too old."""
    for minutes in (6, 15, 15, 40):
        office.clock.now += timedelta(minutes=minutes)
        tick(office)


def scans_of_sqlite(connection: Connection, statement: str, parameters: Any) -> list[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row[3] for row in rows if row[3].split()[0] == "SCAN" and row[3].split()[1] in GROWING]


def scans_of_postgres(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """With reading a table made dear, for a small one is read whole because it is small; an index read whole counts."""
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    ((plans,),) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    plans = json.loads(plans) if isinstance(plans, str) else plans
    nodes = (node for plan in plans for node in nodes_of(plan["Plan"]))
    return [f"{node['Node Type']} {node['Relation Name']}" for node in nodes if is_scan(node)]


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes_of(below)


def is_scan(node: dict[str, Any]) -> bool:
    """A bitmap's condition stands at the table as `Recheck Cond`."""
    kept = ("Index Cond", "Recheck Cond", "TID Cond")
    return node.get("Relation Name") in GROWING and "Scan" in node["Node Type"] and not any(c in node for c in kept)


def explained(office: Office, seen: Statements) -> dict[str, list[str]]:
    """The statements that read a growing table from end to end, each with where."""
    lite = office.parts.store.engine.dialect.name == "sqlite"
    scans: Callable[[Connection, str, Any], list[str]] = scans_of_sqlite if lite else scans_of_postgres
    with recording(office) as looks:
        office.messages()  # what phones of a test read their codes from
    asked = {words: given for words, given in seen.items() if words not in looks and words.split()[0] in PLANNED}
    with office.parts.store.engine.connect() as connection:
        return {words: found for words, given in asked.items() if (found := scans(connection, words, given))}


def test_no_hot_way_reads_a_growing_table_from_end_to_end(any_office: Office) -> None:
    office = any_office
    officer = office.officer(role="supervisor")
    office.phone().dial().press("4", "2345 6789 013")  # the day's first look-up may count what later ones read
    with recording(office) as seen:
        caller = by_ussd(office)
        by_sms(office)
        by_officer(office, officer)
        by_carrier(office)
        caller.dial().press("2")
        by_time(office)
    for table in GROWING:
        assert any(table in words for words in seen), f"the story never meets {table}"
    assert explained(office, seen) == {}


def test_a_scan_would_be_seen(any_office: Office) -> None:
    office = any_office
    with recording(office) as seen, office.parts.store.engine.connect() as connection:
        connection.exec_driver_sql("SELECT id FROM case_file WHERE touched_at = created_at")
    assert len(explained(office, seen)) == 1
