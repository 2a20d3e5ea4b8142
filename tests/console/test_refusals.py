"""No officer reads an English refusal: every `Refused` she can meet in the console has its sentence."""

import ast
from collections.abc import Iterator

import pytest

from gateway.console.refusals import PATTERNS, explain
from gateway.errors import Refused
from tests.console.desk import at_desk
from tests.office import Office
from tests.test_house import TREES

MET = (
    *("acts", "handling", "endings", "referrals", "legal", "relations", "in_person"),
    *("rota", "rota_file", "people", "people_file", "staff", "outreach", "broadcasts", "lessons", "exports"),
)
"""Modules of the casework that the console's forms call."""
ALSO = (
    "gateway.passwords",
    "gateway.typed",
    "gateway.outbox.resend",
    "gateway.outbox.held",
    "gateway.statistics.report",
)
NUMBERS = ("LONGEST", "SHORTEST", "MOST_ROWS", "MOST_PEOPLE", "MOST_MONTHS", "LONGEST_NAME", "LONGEST_REASON")
SAMPLES = {"status": "closed", "verb": "accept", "reference": "7K3Q", "days": "366", "len(rows)": "9"}
SAMPLES |= dict.fromkeys(NUMBERS, "20")


def refusals() -> Iterator[str]:
    for module, tree in TREES.items():
        mine = module.startswith("gateway.console.") or module in ALSO
        if not mine and module not in [f"gateway.casework.{name}" for name in MET]:
            continue
        for node in ast.walk(tree):
            raised = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused"
            if raised and isinstance(node.args[0], ast.Constant | ast.JoinedStr):  # others hand on what was told them
                yield said(node.args[0])


def said(node: ast.expr) -> str:
    """The sentence, with something plausible for each insert."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            assert isinstance(part, ast.FormattedValue)
            name = ast.unparse(part.value).rpartition(".")[2]
            parts.append(SAMPLES.get(name, "x"))
    return "".join(parts)


@pytest.mark.parametrize("sentence", sorted(set(refusals())))
def test_every_refusal_has_its_sentence(sentence: str) -> None:
    assert any(pattern.fullmatch(sentence) for pattern, _ in PATTERNS), sentence


def test_a_refusal_names_act_and_state_in_words(office: Office) -> None:
    at_desk(office)
    with office.app.test_request_context("/console/queue"):
        assert explain(Refused("close is not possible while the case is closed")) == (
            "Tidak bisa menutup selama berkas selesai."
        )


def test_what_has_no_sentence_is_shown_as_it_came(office: Office) -> None:
    with office.app.test_request_context("/console/queue"):
        assert explain(Refused("the moon is full")) == "the moon is full"
