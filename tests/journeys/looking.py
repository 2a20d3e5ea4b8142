"""Reading what a journey left behind: a case's answers, a screen's receipt, a phone's row in the outbox."""

import re
from typing import Any

from tests.office import Office
from tests.phone import Phone

RECEIPT = re.compile(r"\b\d{4} \d{4} \d{3}\b")


def answers_of(shown: dict[str, Any]) -> dict[str, str]:
    """The keys and words of a case as its timeline tells them, a later answer to a question over an earlier one."""
    told: dict[str, str] = {}
    for event in shown["events"]:
        if event["kind"] == "answered":
            told |= event["keys"]
    return told


def receipt_on(phone: Phone) -> str:
    """The number a last screen shows, as it is grouped there."""
    found = RECEIPT.search(phone.screen)
    assert found, phone.screen
    return found[0]


def kinds_of(shown: dict[str, Any]) -> list[str]:
    return [event["kind"] for event in shown["events"]]


def alerts_of(office: Office, reference: str) -> list[str]:
    """Texts that called officers to a case, oldest first."""
    rows = [row for row in office.messages() if row["case"] == reference]
    return [row["text"] for row in rows if row["purpose"] in ("alert", "escalation")]
