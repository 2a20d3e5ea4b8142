"""A list of cadres as a CSV file: name, phone, area_code, role. Reading and checking only."""

import csv
from pathlib import Path
from typing import Any

from gateway.commands.shell import read_phone
from gateway.errors import Refused
from menus.places import Areas
from models.vocabulary import CadreRole

COLUMNS = ["name", "phone", "area_code", "role"]


def read_cadres(areas: Areas, path: Path) -> tuple[list[dict[str, str]], list[str]]:
    """Good rows, and a line for each bad one. Raises Refused when the file itself can not be read."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if [name.strip().lower() for name in reader.fieldnames or []] != COLUMNS:
                raise Refused(f"line 1: the columns are {','.join(COLUMNS)}")
            reader.fieldnames = COLUMNS
            raw = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise Refused(f"{path} cannot be read: {type(fault).__name__}") from None
    return _check_rows(areas, raw)


def _check_rows(areas: Areas, raw: list[tuple[int, dict[str | Any, Any]]]) -> tuple[list[dict[str, str]], list[str]]:
    rows: list[dict[str, str]] = []
    faults: list[str] = []
    lines: dict[str, int] = {}
    for line, row in raw:
        clean, wrong = _check_row(areas, row)
        phone = clean["phone"]
        if not wrong and phone in lines:
            wrong = f"the same phone as line {lines[phone]}"
        if wrong:
            faults.append(f"line {line}: {wrong}")
        else:
            lines[phone] = line
            rows.append(clean)
    return rows, faults


def _check_row(areas: Areas, row: dict[str | Any, Any]) -> tuple[dict[str, str], str]:
    clean = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    try:
        clean["phone"] = read_phone(clean["phone"])
    except Refused as refusal:
        return clean, str(refusal)
    clean["role"] = clean["role"].upper().replace(" ", "")
    if None in row:
        return clean, "more fields than columns"
    if not clean["name"]:
        return clean, "no name"
    if clean["area_code"] not in areas:
        return clean, f"{clean['area_code'] or 'nothing'} is no area code of this district"
    if clean["role"] not in CadreRole.__members__:
        return clean, f"role {clean['role'] or 'missing'}; expected {', '.join(CadreRole)}"
    return clean, ""
