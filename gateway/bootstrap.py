"""Building the parts, once, from the settings. Everything else receives what is built here."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import menus
from gateway import key_state
from gateway import keyring as keys
from gateway.clock import Clock, Office, utc_now
from gateway.database import Store, open_store
from gateway.desk import Desk
from gateway.keyring import KeyFileError, Keyring
from gateway.providers.africastalking.client import AfricasTalkingSms
from gateway.providers.base import SmsProvider
from gateway.providers.simulator.client import SimulatorSms
from gateway.settings import BadSettings, Settings
from menus.engine import Menu
from menus.lexicon import Lexicon
from menus.places import Areas
from menus.tree import load_cards, load_lessons, text_menu, ussd_menu
from menus.wording import Texts

DRIVEN = ("simulator", "africastalking")
"""Carriers with a folder of their own so far."""
BUILT_IN_DISTRICT = Path(menus.__file__).parent / "district"


@dataclass(frozen=True)
class Parts:
    settings: Settings
    store: Store
    desk: Desk
    clock: Clock
    lexicon: Lexicon
    ussd: Menu
    sms: Menu

    def close(self) -> None:
        self.store.close()


@dataclass(frozen=True)
class Words:
    """One district's lists and texts, read once: they do not change while a process lives."""

    areas: Areas
    texts: Texts
    lessons: dict[str, tuple[str, ...]]
    cards: tuple[str, ...]
    lexicon: Lexicon
    ussd: Menu
    sms: Menu


@cache
def load_words(district: Path) -> Words:
    areas, texts = Areas.load(district / "areas.csv"), Texts.load()
    menu = ussd_menu(areas, texts, district)
    lessons, cards = load_lessons(district), load_cards(district)
    return Words(areas, texts, lessons, cards, Lexicon.load(district), menu, text_menu(areas, texts))


def build(settings: Settings, clock: Clock = utc_now) -> Parts:
    """Raises BadSettings or KeyFileError, both with lines for a person."""
    check_carriers(settings)
    district = settings.district or BUILT_IN_DISTRICT
    words = load_words(district)
    office = Office(settings.timezone, settings.quiet_hours)
    keyring = open_keyring(settings)
    desk = Desk(keyring, office, settings, words.texts, words.areas, words.lessons, words.cards)
    store = open_store(settings.database_url, key_state.follow(keyring))
    try:
        key_state.begin(store, keyring)
    except KeyFileError:
        store.close()
        raise
    return Parts(settings, store, desk, clock, words.lexicon, words.ussd, words.sms)


def open_keyring(settings: Settings) -> Keyring:
    """In practice a missing key file is made; with a real carrier it must be there."""
    path = settings.field_keys_file
    if settings.is_practice and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys.generate(path)
    return Keyring.load(path)


def check_carriers(settings: Settings) -> None:
    """Raises BadSettings for a carrier that this release cannot drive."""
    faults = [f"PROVIDER {name} is not built into this release" for name in settings.provider if name not in DRIVEN]
    if faults:
        raise BadSettings(faults)


def open_provider(settings: Settings) -> SmsProvider:
    """The first carrier of the list. Raises BadSettings."""
    check_carriers(settings)
    name = settings.provider[0]
    if name == "simulator":
        return SimulatorSms()
    if name == "africastalking" and settings.at_username and settings.at_api_key:
        key = settings.at_api_key.get_secret_value()
        return AfricasTalkingSms(settings.at_username, key, settings.at_sender_id, settings.at_base_url)
    raise BadSettings(["AT_USERNAME and AT_API_KEY are missing"])
