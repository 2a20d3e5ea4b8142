"""`python -m tests.releases.make`: write the database file of the release that this is, with rows in every table.

Run once for a release, before the next migration is added; the file is then kept as it is. The keys beside it are
made for it and have never sealed anything of anybody.
"""

import gzip
import json
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

from sqlalchemy import MetaData, func, insert, select
from sqlalchemy.orm import Session

from gateway import revisions
from gateway.casework import handling, people, referrals
from gateway.identifiers import new_id
from tests.office import Office

FOLDER = Path(__file__).parent
AGENCY_PHONE = "+625432111"


def play(office: Office) -> None:
    """A week of an office, in short."""
    officer = office.officer("Ani")
    office.officer("Ibu Penyelia", "supervisor")
    office.officer("Ibu Kepala", "head", on_duty=False)
    cadre = office.cadre()
    office.write(lambda session: session.add(an_agency(office)))
    office.phone().dial().press("2", "2", "RT 3 dekat masjid", "1", "1", "3")
    cadre.text("LAPOR FISIK SENAKEN istri dipukul suami")
    cadre.text("SULUH SENAKEN 25 IBU PSIKIS")
    office.phone().dial().press("3", "1", "2")
    office.phone().dial().press("1", "1", "1")
    texter = office.phone().text("TOLONG saya dipukul suami sekarang")
    office.work()
    texter.text("BERHENTI")
    first = office.cases()[0]["reference"]
    office.act(officer, handling.accept, first)
    office.act(officer, lambda act: handling.first_action(act, 1, None), first)
    office.act(officer, lambda act: referrals.record_consent(act, "lisan"), first)
    office.act(officer, lambda act: referrals.refer(act, "Puskesmas", "perlu diperiksa"), first)
    office.post("delivery", {"id": "unknown", "status": "Failed", "failureReason": "UserDoesNotExist"})
    officer.text("PULANG")
    cadre.text(f"DAMPING {first.removeprefix('BP-')}")
    cadre.text("1")
    office.forward(hours=1)
    office.forward(days=4)
    office.phone().dial().press("5", "1", "1")


def an_agency(office: Office) -> object:
    return people.new_agency(office.parts.desk, office.clock.now, "Puskesmas", "puskesmas", AGENCY_PHONE)


def fill_the_rest(office: Office) -> None:
    """A row for every table that the story left empty: what it holds is of no account, but it must be kept."""
    with office.parts.store.engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if table.name != "alembic_version" and not connection.scalar(select(func.count()).select_from(table)):
                values = {column.name: of_kind(office, column) for column in table.columns if not column.foreign_keys}
                for column in table.columns:
                    for key in column.foreign_keys:
                        values[column.name] = connection.scalar(select(key.column).limit(1))
                connection.execute(insert(table).values(**values))


def of_kind(office: Office, column: object) -> object:
    kind = column.type.python_type  # type: ignore[attr-defined]
    plain = {str: new_id(office.clock.now)[: column.type.length or 32] if kind is str else "", int: 1, bool: False}  # type: ignore[attr-defined]
    others = {bytes: b"k" * 32, float: 1.0, date: office.clock.now.date()}
    made = {**plain, **others}.get(kind)
    return office.clock.now.replace(tzinfo=None) if made is None else made


def counts(session: Session) -> dict[str, int]:
    tables = MetaData()
    tables.reflect(session.connection())
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in tables.sorted_tables
        if table.name != "alembic_version"
    }


def main() -> None:
    name = revisions.newest_revision()
    target = FOLDER / f"{name}.db.gz"
    if target.exists():
        sys.exit(f"{target} is there: a release's file is never made again")
    with tempfile.TemporaryDirectory() as root:
        office = Office(Path(root))
        play(office)
        fill_the_rest(office)
        cases = sorted(case["reference"] for case in office.cases())
        texts = sorted(message["text"] for message in office.messages())
        told = {"tables": office.read(counts), "cases": cases, "texts": texts}
        office.close()
        database = Path(root) / "var" / "beliperak.db"
        assert not database.with_name("beliperak.db-wal").exists()
        with database.open("rb") as plain, gzip.GzipFile(target, "wb", mtime=0) as packed:
            shutil.copyfileobj(plain, packed)
        shutil.copy(Path(root) / "var" / "field_keys.json", FOLDER / f"{name}.keys.json")
        (FOLDER / f"{name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
