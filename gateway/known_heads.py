"""Heads of callbacks that came before: who says one again, byte for byte, is let in by it as he was then."""

from typing import Final

from gateway.lane import Knock

MOST: Final = 1024
LONGEST: Final = 2048  # bytes


class KnownHeads:
    """One a process. Only of callbacks that came in, so that a stranger fills no memory."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], Knock] = {}

    def __len__(self) -> int:
        return len(self._known)

    def find(self, address: str, head: bytes, length: int) -> Knock | None:
        """What the head came to from this address, if a body of this length belongs to it."""
        knock = self._known.get((address, head))
        return knock if knock is not None and knock.admitted == length else None

    def keep(self, address: str, head: bytes, knock: Knock) -> None:
        if len(head) > LONGEST or not isinstance(knock.admitted, int):
            return
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[address, head] = knock
