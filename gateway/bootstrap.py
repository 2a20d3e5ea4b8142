"""Building the parts, once, from the settings. Everything else receives what is built here."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from pydantic import SecretStr

import menus
from gateway import crash, key_state
from gateway import keyring as keys
from gateway.breaker import Breaker
from gateway.clock import Clock, Office, utc_now
from gateway.database import Store, open_store
from gateway.desk import Desk
from gateway.keyring import KeyFileError, Keyring
from gateway.providers.base import SmsProvider
from gateway.providers.simulator.client import SimulatorSms
from gateway.settings import NEEDED_BY, BadSettings, Settings
from gateway.simulator.clock import PracticeClock
from menus.engine import Menu
from menus.lexicon import Lexicon
from menus.places import Areas
from menus.tree import load_cards, load_lessons, text_menu, ussd_menu
from menus.wording import Texts

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
    breaker: Breaker = field(default_factory=Breaker)
    """What callbacks and the watch of this process know of the database together."""

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


@contextmanager
def reading_district(settings: Settings) -> Iterator[Path]:
    """The folder of the district's lists, for as long as they are read.

    Raises BadSettings when the folder that DISTRICT names lacks a list or holds one that cannot be read.
    """
    try:
        yield settings.district or BUILT_IN_DISTRICT
    except (OSError, ValueError, LookupError, AttributeError, TypeError) as fault:
        if settings.district is None:
            raise
        if isinstance(fault, FileNotFoundError):
            raise BadSettings([f"DISTRICT lacks {Path(fault.filename).name}, as menus/district has it"]) from None
        what = f"{type(fault).__name__}: {fault}"
        raise BadSettings([f"DISTRICT holds a list that cannot be read ({what})"]) from fault


def build(settings: Settings, clock: Clock | None = None) -> Parts:
    """Raises BadSettings or KeyFileError, both with lines for a person.

    Without a clock it is the time of day, which in practice the simulator may have turned forward.
    """
    check_crash_point(settings)
    with reading_district(settings) as district:
        words = load_words(district)
    office = Office(settings.timezone, settings.quiet_hours)
    store, keyring = open_sealed(settings)
    desk = Desk(keyring, office, settings, words.texts, words.areas, words.lessons, words.cards)
    if clock is None:
        clock = PracticeClock(store, utc_now) if settings.is_practice else utc_now
    sms = replace(words.sms, dialled=settings.is_practice or bool(settings.at_service_code))
    return Parts(settings, store, desk, clock, words.lexicon, words.ussd, sms)


def open_sealed(settings: Settings) -> tuple[Store, Keyring]:
    """The database, and the keys it is proved to be sealed with. Raises KeyFileError."""
    keyring = open_keyring(settings)
    store = open_store(settings.database_url, key_state.follow(keyring))
    try:
        key_state.begin(store, keyring)
    except KeyFileError:
        store.close()
        raise
    return store, keyring


def open_keyring(settings: Settings) -> Keyring:
    """In practice a missing key file is made; with a real carrier it must be there."""
    path = settings.field_keys_file
    if settings.is_practice and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys.generate(path)
    return Keyring.load(path)


def open_carriers(settings: Settings) -> tuple[SmsProvider, ...]:
    """The carriers of the list, in its order. Raises BadSettings, with every fault, when one lacks a setting."""
    missing = [
        f"{setting} is missing; PROVIDER={','.join(settings.provider)} needs it"
        for name in settings.provider
        for setting in NEEDED_BY.get(name, ())
        if not getattr(settings, setting.lower())
    ]
    if missing:
        raise BadSettings(missing)
    return tuple(CARRIERS[name](settings) for name in settings.provider)


def check_crash_point(settings: Settings) -> None:
    """Raises BadSettings where a point to die at is set and people are served, or no such point exists."""
    if crash.is_armed() and not (settings.is_practice or settings.rehearses_on_this_machine):
        raise BadSettings([f"{crash.NAME} kills this process; it is for practice and for a rehearsal on this machine"])
    if not crash.is_known():
        raise BadSettings([f"{crash.NAME} names no point of gateway.crash"])


# A carrier's client is loaded by who sends through it: SDK and HTTP take 8 MB, and most processes send nothing.


def _africastalking(settings: Settings) -> SmsProvider:
    from gateway.providers.africastalking.client import AfricasTalkingSms

    return AfricasTalkingSms(
        settings.at_username or "", _told(settings.at_api_key), settings.at_sender_id, settings.at_base_url
    )


def _kannel(settings: Settings) -> SmsProvider:
    from gateway.providers.kannel.client import KannelSms

    return KannelSms(
        settings.kannel_sendsms_url or "",
        settings.kannel_username or "",
        _told(settings.kannel_password),
        _told(settings.kannel_dlr_url),
    )


def _smsgate(settings: Settings) -> SmsProvider:
    from gateway.providers.smsgate.client import SmsGateSms

    return SmsGateSms(settings.smsgate_url or "", settings.smsgate_username or "", _told(settings.smsgate_password))


def _told(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


CARRIERS: Mapping[str, Callable[[Settings], SmsProvider]] = {
    "simulator": lambda settings: SimulatorSms(),
    "africastalking": _africastalking,
    "kannel": _kannel,
    "smsgate": _smsgate,
}
"""How each carrier is opened. Another carrier: a folder in `providers/`, its settings, a line here and in `app`."""
