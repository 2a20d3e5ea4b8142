"""Carriers in the same process, which do what a test tells them."""

import threading
from datetime import datetime

from gateway.providers.base import Accepted


class Scripted:
    """An `SmsProvider`: each call runs the next act (an exception is raised, a function called), then the usual one."""

    def __init__(self, *acts: object, name: str = "scripted", always: object = None) -> None:
        self.name, self.acts, self.always = name, list(acts), always
        self.sent: list[str] = []
        """Phones of the messages handed to it, taken or not."""
        self.lock = threading.Lock()

    def send(self, message_id: str, to: str, text: str, not_after: datetime) -> Accepted:
        with self.lock:
            self.sent.append(to)
            act = self.acts.pop(0) if self.acts else self.always
        if isinstance(act, Exception):
            raise act
        if callable(act):
            act()
        return Accepted(f"{self.name}{message_id}")

    def balance(self) -> str | None:
        return None

    def close(self) -> None:
        """Nothing is held open."""
