"""Why something was refused, in the office's language. The use cases say it in English, as the command line shows it.

A test sees that no refusal an officer can meet here is missing.
"""

import re
from typing import Final

from gateway.console import case_refusals, office_refusals
from gateway.console.case_words import DUTIES, VERBS
from gateway.console.wording import STATUS
from gateway.errors import Refused

SENTENCES: Final = (*case_refusals.SENTENCES, *office_refusals.SENTENCES)
PATTERNS: Final = tuple((re.compile(pattern), sentence) for pattern, sentence in SENTENCES)


def explain(refusal: Refused) -> str:
    """One line; what we have no sentence for is shown as it came."""
    return explain_text(str(refusal))


def explain_text(said: str) -> str:
    """The same for a fault that a use case only tells of, such as that of one row of a file."""
    for pattern, sentence in PATTERNS:
        found = pattern.fullmatch(said)
        if found:
            inserts = {name: _named(name, value) for name, value in found.groupdict().items()}
            return str(sentence) % inserts if inserts else str(sentence)
    return said


def _named(name: str, value: str) -> str:
    table = {"verb": VERBS, "status": STATUS, "duty": DUTIES}.get(name, {})
    return str(table.get(value, value))
