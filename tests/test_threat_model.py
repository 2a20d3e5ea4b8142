"""docs/threat-model.md claims nothing without a test that exists, or the words "not defended"."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
MODEL = (HOUSE / "docs" / "threat-model.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", MODEL)))
ROWS = [
    line
    for line in MODEL.splitlines()
    if line.startswith("|") and not line.startswith("|---") and "shown by" not in line
]
SUBJECTS = """
A resident's phone, A cadre's phone, An officer's phone, An agency's phone, A cloned SIM or a forged sender,
The carrier, The web host,
The database host, its disk, its operator, A backup, The spool, The proxy and its log, The log host, The key file,
An insider, The console, Practice on a real machine, A relative of a party
"""


@cache
def names_in(path: str) -> set[str]:
    tree = ast.parse((HOUSE / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_test_named_exists(path: str, name: str) -> None:
    assert (HOUSE / path).is_file()
    assert not name or name in names_in(path)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_every_line_names_a_test_or_says_not_defended(row: str) -> None:
    assert re.search(r"`tests/|not defended", row, re.IGNORECASE)


def test_every_subject_has_its_part() -> None:
    headings = re.findall(r"^## (.+)$", MODEL, re.MULTILINE)
    assert ", ".join(headings[:-1]) == " ".join(SUBJECTS.split())
    assert len(ROWS) > 85
