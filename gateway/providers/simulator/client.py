"""The practice carrier: takes every message and has it delivered at once, unless the practice network has a fault."""

from datetime import datetime
from typing import Protocol

from gateway.providers.base import Accepted
from models.vocabulary import MessageStatus


class Network(Protocol):
    """Where messages meet the faults chosen on the practice page."""

    def carry(self, message_id: str, provider_id: str, to: str, text: str) -> Accepted:
        """Raises NotSent or MaybeSent."""
        ...


class SimulatorSms:
    """A phone's inbox is its outbound rows. Without a network nothing ever goes wrong."""

    name = "simulator"

    def __init__(self, network: Network | None = None) -> None:
        self._network = network

    def send(self, message_id: str, to: str, text: str, not_after: datetime) -> Accepted:
        """Nothing leaves this machine. Raises what a chosen fault raises."""
        provider_id = f"sim_{message_id}"
        if self._network is None:
            return Accepted(provider_id, MessageStatus.DELIVERED)
        return self._network.carry(message_id, provider_id, to, text)

    def balance(self) -> str | None:
        return None

    def close(self) -> None:
        """Nothing is held open."""
