"""An Android phone with SMSGate on loopback, after the application's source (July 2026): it takes messages under an id
of ours, answers 409 to one it has, and signs its webhooks, which it repeats with backoff until a 2xx.
"""

import hashlib
import hmac
import json
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from werkzeug.test import TestResponse

from tests.scripted_server import Answer, Request, ScriptedCarrier

USER, PASSWORD = "office", "a-password-of-the-phone"
SIGNING_KEY = "a-long-signing-key-of-the-phone"
TRIES = 15

Post = Callable[[bytes, dict[str, str]], TestResponse]


def state(status: int, message_id: str, word: str = "Pending") -> Answer:
    recipients = [{"phoneNumber": "+6281234567890", "state": word}]
    answer = {"id": message_id, "deviceId": "d1", "state": word, "recipients": recipients}
    return Answer(status, json.dumps(answer).encode())


class SmsGatePhone(ScriptedCarrier):
    """Its API is what a ScriptedCarrier does; `says` brings an event to us."""

    def __init__(self, post: Post | None = None, turn: Callable[[timedelta], datetime] | None = None) -> None:
        """`post`: a body and its headers to our webhook. `turn`: lets time pass and tells it."""
        super().__init__()
        self.post, self.turn = post, turn
        self.taken: set[str] = set()
        self._events = count(1)

    def usual(self, request: Request, number: int) -> Answer:
        expected = f"{USER}:{PASSWORD}".encode()
        if b64decode(request.headers.get("authorization", "").removeprefix("Basic ")) != expected:
            return Answer(401, b'{"message":"Unauthorized"}')
        message_id = request.json["id"]
        if message_id in self.taken:
            return Answer(409, b'{"message":"message with such id already exists"}')
        self.taken.add(message_id)
        return state(202, message_id)

    def accepted(self) -> Answer:
        return state(202, "0" * 32)

    def event(self, name: str, **payload: Any) -> dict[str, Any]:
        base = {"messageId": "a1b2c3d4", "sender": "6281200000000", "recipient": None, "simNumber": 1}
        event = {"id": f"ev{next(self._events):020}", "webhookId": "w1", "event": name, "deviceId": "d1"}
        return {**event, "payload": {**base, **payload}}

    def received(self, sender: str, text: str) -> dict[str, Any]:
        when = "2026-11-23T10:00:00.000+08:00"
        return self.event("sms:received", sender=sender, phoneNumber=sender, message=text, receivedAt=when)

    def says(self, event: dict[str, Any]) -> list[int]:
        """The statuses of its tries: until a 2xx, after 5 s, 10 s, 20 s ... and signed anew each time."""
        assert self.post
        assert self.turn
        statuses: list[int] = []
        body = json.dumps(event).encode()
        now = self.turn(timedelta())
        for number in range(TRIES):
            statuses.append(self.post(body, signed(body, now)).status_code)
            if 200 <= statuses[-1] < 300:
                break
            now = self.turn(timedelta(seconds=5 * 2**number))
        return statuses


def signed(body: bytes, now: datetime, key: str = SIGNING_KEY) -> dict[str, str]:
    timestamp = str(int(now.timestamp()))
    digest = hmac.new(key.encode(), body + timestamp.encode(), hashlib.sha256).hexdigest()
    return {"X-Signature": digest, "X-Timestamp": timestamp}
