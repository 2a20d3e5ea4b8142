"""The practice carrier: takes every message and has it delivered at once. A phone's inbox is its outbound rows."""

from datetime import datetime

from gateway.providers.base import Accepted
from models.vocabulary import MessageStatus


class SimulatorSms:
    name = "simulator"

    def send(self, message_id: str, to: str, text: str, not_after: datetime) -> Accepted:
        """Never fails; nothing leaves this machine."""
        return Accepted(provider_id=f"sim_{message_id}", status=MessageStatus.DELIVERED)

    def balance(self) -> str | None:
        return None

    def close(self) -> None:
        """Nothing is held open."""
