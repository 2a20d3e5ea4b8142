"""A rota as a CSV file: officer, from, to, areas. What a row may be is rota.py's business."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gateway.casework import rota
from gateway.casework.coverage import Span
from gateway.casework.rota import Plan
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.typed import read_moment, read_phone

COLUMNS = ["officer", "from", "to", "areas"]
MOST_ROWS = 5000


@dataclass(frozen=True)
class Row:
    """One line of the file: a plan, or what keeps it from being one."""

    line: int
    plan: Plan | None = None
    fault: str | None = None


def read_rota(path: Path, zone: Any) -> list[Row]:
    """Every row with its line. Raises Refused when the file itself can not be read."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return read_lines(file, zone, str(path))
    except (OSError, UnicodeDecodeError) as fault:
        raise Refused(f"{path} cannot be read: {type(fault).__name__}") from None


def read_lines(lines: Iterable[str], zone: Any, name: str) -> list[Row]:
    """As `read_rota`, from the lines of a file called `name`."""
    reader = csv.DictReader(lines)
    try:
        if [column.strip().lower() for column in reader.fieldnames or []] != COLUMNS:
            raise Refused(f"line 1: the columns are {','.join(COLUMNS)}")
        rows = [_read_row(reader.line_num, row, zone) for row in reader]
    except csv.Error as fault:
        raise Refused(f"{name} cannot be read: {type(fault).__name__}") from None
    if not rows:
        raise Refused(f"{name} holds no rows")
    if len(rows) > MOST_ROWS:
        raise Refused(f"{name} holds {len(rows)} rows; at most {MOST_ROWS} at a time")
    return rows


def check(session: Session, desk: Desk, rows: list[Row]) -> list[Row]:
    """The rows, each plan that can not be with its fault."""
    faults = iter(rota.find_faults(session, desk, [row.plan for row in rows if row.plan]))
    return [Row(row.line, row.plan, next(faults)) if row.plan else row for row in rows]


def _read_row(line: int, row: dict[str | Any, Any], zone: Any) -> Row:
    if None in row:
        return Row(line, fault="more fields than columns; several areas stand in quotes or are parted by ;")
    cells = {name.strip().lower(): (value or "").strip() for name, value in row.items()}
    try:
        span = Span(read_moment(cells["from"], zone), read_moment(cells["to"], zone))
        return Row(line, Plan(read_phone(cells["officer"]), span, split_areas(cells["areas"])))
    except Refused as refusal:
        return Row(line, fault=str(refusal))


def split_areas(raw: str) -> tuple[str, ...]:
    """Codes parted by comma, semicolon or blank; each once. Empty: wherever the officer serves."""
    return tuple(dict.fromkeys(raw.replace(";", " ").replace(",", " ").split()))
