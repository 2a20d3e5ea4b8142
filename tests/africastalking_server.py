"""A stand-in for api.africastalking.com on loopback; see tests/scripted_server.py.

    with FakeAfricasTalking() as carrier:
        carrier.will(throttled(retry_after="7"), accepted())
        AfricasTalkingSms("sandbox", "key", base_url=carrier.url).send(...)
        assert carrier.sent[0].text == "..."

Without a script, every message is accepted under a new id.
"""

import json
from dataclasses import replace

from tests.scripted_server import Answer, Request, ScriptedCarrier, broken, html, redirect, throttled, unauthorised

__all__ = ["broken", "html", "redirect", "throttled", "unauthorised"]


def accepted(message_id: str = "ATXid_1", *, code: int = 101, content_type: str = "application/json") -> Answer:
    return Answer(201, _sent(code, "Success", message_id, "KES 0.8000"), content_type=content_type)


def refused(code: int, status: str) -> Answer:
    """A 201 whose one recipient was not taken."""
    return Answer(201, _sent(code, status, "None", "0"))


def no_recipients(message: str) -> Answer:
    """A 201 with the reason in `Message` only."""
    return Answer(201, json.dumps({"SMSMessageData": {"Message": message, "Recipients": []}}).encode())


def cut(where: str) -> Answer:
    """The line drops `before_reading` the body, `after_reading` it, or `mid_answer`."""
    return replace(accepted(), cut=where)


def _sent(code: int, status: str, message_id: str, cost: str) -> bytes:
    recipient = {
        "statusCode": code,
        "number": "+6281234567890",
        "status": status,
        "cost": cost,
        "messageId": message_id,
    }
    return json.dumps({"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [recipient]}}).encode()


class FakeAfricasTalking(ScriptedCarrier):
    def usual(self, request: Request, number: int) -> Answer:
        if request.path.endswith("/user"):
            return Answer(200, json.dumps({"UserData": {"balance": "KES 1785.50"}}).encode())
        return accepted(f"ATXid_{number}")

    def accepted(self) -> Answer:
        return accepted()
