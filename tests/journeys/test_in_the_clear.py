"""What a stolen database tells without its keys: nothing in the clear says what kind of case one is."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from gateway.casework import attempts, endings, handling, legal, referrals
from gateway.casework.acts import Act
from gateway.casework.people import new_agency
from gateway.errors import Refused
from models.base import Base
from models.vocabulary import Priority
from tests.office import Office
from tests.phone import Phone

PRIVATE = {("case_file", "reference"), ("officer", "login"), ("agency", "name"), ("agency", "kind")}
"""Drawn by chance, or told of people who work here and of no case."""
WORD = re.compile(r"[A-Za-z_=]+")
REPORTS = {
    "sexual": ("LAPOR PERKOSA SENAKEN perempuan 25 tahun", ("3", "1", "5", "1", "1", "1", "SENAKEN", "1", "1", "1")),
    "other": ("LAPOR FISIK SENAKEN perempuan 25 tahun", ("3", "1", "2", "1", "SENAKEN", "1", "1", "1")),
}


def words_in_the_clear(office: Office) -> set[str]:
    """Every word of every text column, with its column; numbers and names drawn by chance left out."""

    def look(session: Session) -> set[str]:
        found = set()
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if not isinstance(column.type, String) or (table.name, column.name) in PRIVATE:
                    continue
                for value in session.scalars(select(column).where(column.is_not(None))):
                    plain = " ".join(
                        part
                        for part in re.split(r"[^\w=]+", re.sub(r"=\w+", "=", str(value)))
                        if not re.search(r"\d", part)
                    )
                    found |= {f"{table.name}.{column.name} {word}" for word in WORD.findall(plain)}
        return found

    return office.read(look)  # type: ignore[no-any-return]


def tried(office: Office, officer: Phone, reference: str, do: Callable[[Act], Any]) -> None:
    """Done where it can be done, else on the record as refused; both kinds of case live through both."""
    try:
        office.act(officer, do, reference)
    except Refused as refusal:
        desk, now, why = office.parts.desk, office.clock.now, str(refusal)
        office.write(lambda session: attempts.note_refused(session, desk, now, "officer:x", reference, "waive", why))


def live_through(office: Office, kind: str) -> set[str]:
    """A month with two cases of this kind: every duty that can fall due does, and every act that can be done is."""
    by_sms, by_ussd = REPORTS[kind]
    desk, now = office.parts.desk, office.clock.now
    ani, citra = office.officer("Ani"), office.officer("Citra", "supervisor", on_duty=False)
    rsud = office.phone()
    office.write(lambda session: session.add(new_agency(desk, now, "RSUD Grogot", "rsud", rsud.number)))
    office.cadre().text(by_sms)
    office.phone().dial().press(*by_ussd)
    office.phone().dial().press("3", "1")  # left unfinished: swept
    office.forward(hours=30)
    ani.text(f"AMBIL {ani.code()}")
    office.at(9).work()
    for row in office.cases():
        for do in (
            lambda act: handling.change_priority(act, Priority.P2, "heard more"),
            lambda act: legal.require(act, "police", "hers"),
            handling.accept,
            lambda act: referrals.refer(act, "RSUD Grogot", "danger"),
        ):
            tried(office, citra, row["reference"], do)
    office.work()
    rsud.text(f"TERIMA {rsud.code()}")
    office.forward(days=4)
    for row in office.cases():
        for do in (
            lambda act: legal.note_police_report(act, "2026-11-24"),
            lambda act: legal.waive(act, "health", "met elsewhere"),
            lambda act: handling.write_note(act, "seen"),
            lambda act: handling.first_action(act, handling.VISITED),
            lambda act: endings.close(act, "moved away"),
        ):
            tried(office, citra, row["reference"], do)
    office.forward(days=20)
    return words_in_the_clear(office)


def test_no_word_in_the_clear_tells_a_sexual_case_from_another(tmp_path: Path) -> None:
    lived = {}
    for kind in REPORTS:
        (tmp_path / kind).mkdir()
        office = Office(tmp_path / kind)
        lived[kind] = live_through(office, kind)
        office.close()
    assert lived["sexual"] - lived["other"] == set()
    assert {"case_event.kind note", "rule_firing.rule =", "access_record.what refused"} <= lived["sexual"]
