"""Every status by every verb: the whole table is written down here, and walked."""

import pytest

from models.lifecycle import HELD, MOVES, OPEN, VERBS, WAITING, find_move
from models.vocabulary import CaseStatus

ENDED = {CaseStatus.CLOSED, CaseStatus.INVALID}
ON_ANY = {"note", "priority", "contact_rule", "consent", "link"}
ON_OPEN = {"unlink", "please_call", "related", "duress", "police_reported", "require", "waive", "add_cadre"}
EXPECTED = {
    "partial": {"confirm": "new", "sweep": "new", "accept": "accepted", "invalid": "invalid"},
    "new": {"accept": "accepted", "invalid": "invalid", "close": "closed"},
    "accepted": {
        "pass_on": "new",
        "first_action": "in_progress",
        "refer": "referred",
        "invalid": "invalid",
        "close": "closed",
    },
    "in_progress": {
        "pass_on": "new",
        "first_action": "in_progress",
        "refer": "referred",
        "invalid": "invalid",
        "close": "closed",
    },
    "referred": {
        "pass_on": "new",
        "first_action": "referred",
        "refer": "referred",
        "invalid": "invalid",
        "close": "closed",
    },
    "reopened": {"accept": "accepted", "invalid": "invalid", "close": "closed"},
    "closed": {"reopen": "reopened"},
    "invalid": {"reopen": "reopened"},
}
COMMAND_LINE = set(
    "accept pass_on first_action refer note priority police_reported close reopen invalid link unlink contact_rule "
    "consent related please_call duress require waive add_cadre".split()
)


def expected(status: CaseStatus, verb: str) -> CaseStatus | None:
    if verb in ON_ANY or (verb in ON_OPEN and status not in ENDED):
        return status
    found = EXPECTED[status].get(verb)
    return CaseStatus(found) if found else None


@pytest.mark.parametrize("status", CaseStatus)
@pytest.mark.parametrize("verb", sorted(VERBS | {"fly", ""}))
def test_each_verb_leads_where_the_table_says(status: CaseStatus, verb: str) -> None:
    assert find_move(status, verb) == expected(status, verb)


def test_the_table_has_a_row_for_every_status_and_only_known_targets() -> None:
    assert set(MOVES) == set(CaseStatus)
    assert {type(target) for moves in MOVES.values() for target in moves.values()} == {CaseStatus}


def test_every_verb_of_the_command_line_is_known_to_the_table() -> None:
    assert COMMAND_LINE <= VERBS
    assert {"confirm", "sweep"} == VERBS - COMMAND_LINE


def test_a_case_is_open_or_ended_and_a_waiting_one_is_held_by_nobody() -> None:
    assert set(CaseStatus) - OPEN == ENDED
    assert HELD | WAITING | {CaseStatus.PARTIAL} == OPEN
    assert not HELD & WAITING


def test_every_status_can_be_reached_and_left() -> None:
    reached = {target for status, moves in MOVES.items() for target in moves.values() if target is not status}
    assert reached == set(CaseStatus) - {CaseStatus.PARTIAL}
    assert all(any(target is not status for target in moves.values()) for status, moves in MOVES.items())


def test_only_a_person_ends_a_case_or_calls_it_invalid() -> None:
    automatic = {MOVES[status].get(verb) for status in CaseStatus for verb in ("confirm", "sweep")} - {None}
    assert automatic == {CaseStatus.NEW}
