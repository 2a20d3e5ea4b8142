"""A list of cadres as a CSV file: name, phone, area_code, role. All rows or none, every bad row named."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gateway.casework import people
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.typed import read_phone
from models.people import find_cadre
from models.vocabulary import CadreRole

COLUMNS = ["name", "phone", "area_code", "role"]


@dataclass(frozen=True)
class CadreRow:
    name: str = field(repr=False)
    phone: str = field(repr=False)
    area_code: str
    role: CadreRole


def read_cadres(lines: Iterable[str], desk: Desk, name: str) -> tuple[list[CadreRow], list[str]]:
    """The good rows of a file called `name`, and a fault with its line for each bad one. Raises Refused."""
    reader = csv.DictReader(lines)
    try:
        if [column.strip().lower() for column in reader.fieldnames or []] != COLUMNS:
            raise Refused(f"line 1: the columns are {','.join(COLUMNS)}")
        reader.fieldnames = COLUMNS
        raw = [(reader.line_num, row) for row in reader]
    except csv.Error as fault:
        raise Refused(f"{name} cannot be read: {type(fault).__name__}") from None
    rows: list[CadreRow] = []
    faults: list[str] = []
    met: dict[str, int] = {}
    for line, cells in raw:
        try:
            row = _read_row(cells, desk)
            if row.phone in met:
                raise Refused(f"the same phone as line {met[row.phone]}")
        except Refused as refusal:
            faults.append(f"line {line}: {refusal}")
        else:
            met[row.phone] = line
            rows.append(row)
    return rows, faults


def _read_row(cells: dict[str | Any, Any], desk: Desk) -> CadreRow:
    """Raises Refused."""
    clean = {name: str(cells.get(name) or "").strip() for name in COLUMNS}
    phone, role = read_phone(clean["phone"]), clean["role"].upper().replace(" ", "")
    if None in cells:
        raise Refused("more fields than columns")
    if not clean["name"]:
        raise Refused("no name")
    if clean["area_code"] not in desk.areas:
        raise Refused(f"{clean['area_code'] or 'nothing'} is no area code of this district")
    if role not in CadreRole.__members__:
        raise Refused(f"role {role or 'missing'}; expected {', '.join(CadreRole)}")
    return CadreRow(clean["name"], phone, clean["area_code"], CadreRole(role))


def write_cadres(session: Session, desk: Desk, now: datetime, rows: Iterable[CadreRow]) -> int:
    """Write them down, confirmed; a phone that is known gets the new name, place and role. How many are new."""
    return sum(_write(session, desk, now, row) for row in rows)


def _write(session: Session, desk: Desk, now: datetime, row: CadreRow) -> bool:
    cadre = find_cadre(session, desk.keyring.index("phone", row.phone))
    fresh = cadre is None
    if cadre is None:
        cadre = people.new_cadre(desk, now, row.name, row.phone, row.area_code, row.role)
        session.add(cadre)
    cadre.name = desk.keyring.seal("cadre.name", cadre.id, row.name.encode())
    cadre.area_code, cadre.role = row.area_code, row.role
    cadre.confirmed_at = cadre.confirmed_at or now
    session.flush()
    return fresh
