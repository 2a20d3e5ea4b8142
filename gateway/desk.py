"""What lies on the desk of every use case: keys, office hours, limits, words, places. No clock, no network."""

from dataclasses import dataclass

from gateway.clock import Office
from gateway.keyring import Keyring
from gateway.settings import Settings
from menus.places import Areas
from menus.wording import Texts


@dataclass(frozen=True)
class Desk:
    keyring: Keyring
    office: Office
    settings: Settings
    texts: Texts
    areas: Areas
    lessons: dict[str, tuple[str, ...]]
    cards: tuple[str, ...]
    """Codes of the printed lesson cards."""
