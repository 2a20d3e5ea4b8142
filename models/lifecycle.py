"""What may happen to a case in which state, as one table. Pure: no clock, no database.

A verb that is not in a state's row is illegal there; `moves` is checked for completeness by a test.
"""

from models.vocabulary import CaseStatus

S = CaseStatus

OPEN = frozenset({S.PARTIAL, S.NEW, S.ACCEPTED, S.IN_PROGRESS, S.REFERRED, S.REOPENED})
HELD = frozenset({S.ACCEPTED, S.IN_PROGRESS, S.REFERRED})
WAITING = frozenset({S.NEW, S.REOPENED})
"""States in which a case waits for somebody to accept it."""

STAYS = (
    "note priority contact_rule consent link unlink please_call related duress police_reported require waive add_cadre"
).split()
"""Verbs that never move a case; the first five may be used on an ended case too."""

MOVES: dict[CaseStatus, dict[str, CaseStatus]] = {
    S.PARTIAL: {"confirm": S.NEW, "sweep": S.NEW, "accept": S.ACCEPTED, "invalid": S.INVALID},
    S.NEW: {"accept": S.ACCEPTED, "invalid": S.INVALID, "close": S.CLOSED},
    S.ACCEPTED: {
        "pass_on": S.NEW,
        "first_action": S.IN_PROGRESS,
        "refer": S.REFERRED,
        "invalid": S.INVALID,
        "close": S.CLOSED,
    },
    S.IN_PROGRESS: {
        "pass_on": S.NEW,
        "first_action": S.IN_PROGRESS,
        "refer": S.REFERRED,
        "invalid": S.INVALID,
        "close": S.CLOSED,
    },
    S.REFERRED: {
        "pass_on": S.NEW,
        "first_action": S.REFERRED,
        "refer": S.REFERRED,
        "invalid": S.INVALID,
        "close": S.CLOSED,
    },
    S.REOPENED: {"accept": S.ACCEPTED, "invalid": S.INVALID, "close": S.CLOSED},
    S.CLOSED: {"reopen": S.REOPENED},
    S.INVALID: {"reopen": S.REOPENED},
}

for _state, _moves in MOVES.items():
    for _verb in STAYS if _state in OPEN else STAYS[:5]:
        _moves[_verb] = _state

VERBS = frozenset(verb for moves in MOVES.values() for verb in moves)


def find_move(status: CaseStatus, verb: str) -> CaseStatus | None:
    """Where `verb` leads from `status`; None when it is illegal there or no verb at all."""
    return MOVES[status].get(verb)
