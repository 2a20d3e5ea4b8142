"""How each kind of setting is written, and what to tell an operator who wrote it otherwise.

Every `parse_*` takes the raw text and raises ValueError with the rest of a sentence that begins with the setting's
name. No sentence ever holds the raw text: it may be a secret in the wrong line.
"""

import ipaddress
import re
from collections.abc import Callable, Sequence
from datetime import time, timedelta
from itertools import pairwise
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from gateway import phones

LONGEST_DURATION = timedelta(days=3650)
_DURATION = re.compile(
    r"P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,6})?)S)?)?\Z", re.ASCII
)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z", re.ASCII)
_SHORT_CODE = re.compile(r"[1-9]\d{2,5}\Z", re.ASCII)
_PATH_WORD = re.compile(r"[A-Za-z0-9._~-]+\Z")
_SERVICE_CODE = re.compile(r"[*#0-9]{1,20}\Z", re.ASCII)
_HOST = re.compile(r"\.?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z", re.ASCII)
_HOST_AND_PORT = re.compile(r"([A-Za-z0-9._-]+)(?::(\d{1,5}))?\Z", re.ASCII)


def split_list(raw: str) -> list[str]:
    """The entries of a comma list, blanks around them dropped. An empty entry stays, to be complained of."""
    return [entry.strip() for entry in raw.split(",")]


def parse_whole(low: int, high: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not (raw.isascii() and raw.isdigit() and len(raw) <= 9 and low <= int(raw) <= high):
            raise ValueError(f"is not a whole number from {low} to {high}")
        return int(raw)

    return parse


def parse_rate(raw: str) -> float:
    """Messages a second; slower than one an hour is a mistake."""
    if not re.match(r"\d{1,6}(?:\.\d{1,6})?\Z", raw, re.ASCII) or not 1 / 3600 <= float(raw) <= 100_000:
        raise ValueError("is not a number of messages a second, such as 5 or 0.5")
    return float(raw)


def parse_price(raw: str) -> float:
    """Of one segment, in the office's currency."""
    if not re.match(r"\d{1,6}(?:\.\d{1,4})?\Z", raw, re.ASCII):
        raise ValueError("is not a price such as 350 or 0.02")
    return float(raw)


def parse_choice(*words: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw.lower() not in words:
            raise ValueError(f"is none of {', '.join(words)}")
        return raw.lower()

    return parse


def parse_carriers(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def parse(raw: str) -> tuple[str, ...]:
        names = split_list(raw.lower())
        if not set(names) <= set(known):
            raise ValueError(f"names a carrier that is not known; expected one or more of {', '.join(known)}")
        if len(set(names)) < len(names):
            raise ValueError("names a carrier twice")
        return tuple(names)

    return parse


def parse_duration(raw: str) -> timedelta:
    """ISO 8601 in weeks, days, hours, minutes, seconds; years and months have no fixed length."""
    found = _DURATION.match(raw)
    if not found or raw.endswith(("P", "T")):
        raise ValueError("is not an ISO 8601 duration in weeks, days, hours, minutes or seconds, such as PT20M or P3D")
    weeks, days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    duration = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    if duration > LONGEST_DURATION:
        raise ValueError("is longer than ten years")
    return duration


def parse_some_time(raw: str) -> timedelta:
    """A duration longer than nothing."""
    duration = parse_duration(raw)
    if not duration:
        raise ValueError("is no time at all; expected a duration such as PT20M")
    return duration


def parse_tick(raw: str) -> timedelta:
    """How often the worker looks: its heartbeat counts as dead after 30 seconds."""
    tick = parse_some_time(raw)
    if not timedelta(milliseconds=50) <= tick <= timedelta(seconds=10):
        raise ValueError("is not between PT0.05S and PT10S")
    return tick


def parse_three(raw: str) -> tuple[timedelta, ...]:
    """A duration for each priority: P1, P2, P3."""
    entries = split_list(raw)
    if len(entries) != 3:
        raise ValueError(f"holds {len(entries)} durations; expected 3, such as PT1H,PT6H,PT24H")
    return tuple(parse_some_time(entry) for entry in entries)


def parse_rising(count: int | None = None) -> Callable[[str], tuple[timedelta, ...]]:
    """A comma list of durations, each longer than the one before; `count` of them when given."""

    def parse(raw: str) -> tuple[timedelta, ...]:
        entries = split_list(raw)
        if count is not None and len(entries) != count:
            raise ValueError(f"holds {len(entries)} durations; expected {count}, such as PT10M,PT20M,PT30M")
        durations = tuple(parse_some_time(entry) for entry in entries)
        if any(later <= earlier for earlier, later in pairwise(durations)):
            raise ValueError("does not rise; expected each duration longer than the one before, such as P3D,P14D")
        return durations

    return parse


def parse_hours(raw: str) -> tuple[time, time]:
    """Two times of day `HH:MM-HH:MM`, which may cross midnight; equal ends mean never."""
    ends = [_CLOCK.match(end.strip()) for end in raw.split("-")]
    if len(ends) != 2 or not all(ends):
        raise ValueError("is not two times of day, such as 21:00-07:00 (00:00-00:00 for none)")
    start, end = (time(int(found[1]), int(found[2])) for found in ends if found)
    return start, end


def parse_zone(raw: str) -> str:
    try:
        ZoneInfo(raw)
    except (KeyError, ValueError, OSError):  # not found is a KeyError; a bad or a folder's name, one of the others
        raise ValueError("is no time zone known here, such as Asia/Makassar") from None
    return raw


def parse_called(raw: str) -> str:
    """A phone in E.164, or a short code such as 110 as it is."""
    called = raw if _SHORT_CODE.match(raw) else phones.normalise(raw)
    if called is None:
        raise ValueError("is no phone number, such as +6281234567890, nor a short code, such as 110")
    return called


def parse_texted(raw: str) -> str:
    """A phone in E.164. A short code such as 110 answers calls; an alert sent there would reach nobody, unseen."""
    phone = phones.normalise(raw)
    if phone is None:
        raise ValueError("is no phone number that an SMS reaches, such as +6281234567890")
    return phone


def parse_service_code(raw: str) -> str:
    if not _SERVICE_CODE.match(raw):
        raise ValueError("is no USSD code, such as *384*12345#")
    return raw


def parse_host(raw: str) -> str:
    """The address to listen at; the server binds addresses, so a name other than localhost is refused."""
    if raw.lower() == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(raw.strip("[]")))
    except ValueError:
        raise ValueError("is no IP address of this machine, such as 127.0.0.1 or 0.0.0.0") from None


def parse_plain(raw: str) -> str:
    """A name or password as carriers take them."""
    if not raw.isprintable() or not raw.isascii():
        raise ValueError("holds characters that do not print or are not ASCII")
    return raw


def parse_tokens(raw: str) -> tuple[str, ...]:
    """One token, or two while rotating. They stand in an address, hence the narrow alphabet."""
    tokens = split_list(raw)
    if len(tokens) > 2:
        raise ValueError("holds more than two tokens; expected one, or two while rotating")
    if not all(_PATH_WORD.match(token) for token in tokens):
        raise ValueError("holds a token with characters other than letters, digits, dot, dash, underscore and tilde")
    return tuple(tokens)


def parse_networks(raw: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Networks in CIDR form; a single address is one of its own."""
    try:
        return tuple(ipaddress.ip_network(entry) for entry in split_list(raw))
    except ValueError:
        raise ValueError("holds something that is no network, such as 203.0.113.0/24") from None


def parse_hosts(raw: str) -> tuple[str, ...]:
    """Host names as the Host header holds them, without a port; `.example.id` stands for all below it."""
    hosts = tuple(entry.lower() for entry in split_list(raw))
    if not all(_HOST.match(host) for host in hosts):
        raise ValueError("holds something that is no host name, such as gateway.example")
    return hosts


def parse_yes(raw: str) -> bool:
    return parse_choice("yes", "no")(raw) == "yes"


def parse_web_address(raw: str) -> str:
    try:
        parts = urlsplit(raw)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not raw.isprintable() or " " in raw:
        raise ValueError("is no web address, such as https://gateway.example/path")
    return raw


def parse_guarded_address(raw: str) -> str:
    """An address that gets a key in every request: https, unless it is this machine's own."""
    parts = urlsplit(parse_web_address(raw))
    if parts.scheme == "http" and not _is_this_machine(parts.hostname or ""):
        raise ValueError("would send the key unencrypted; expected https://, or http:// to 127.0.0.1 for a rehearsal")
    return raw


def is_loopback(address: str) -> bool:
    """Whether a web address is this machine's own."""
    return _is_this_machine(urlsplit(address).hostname or "")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_database(raw: str) -> str:
    """A SQLAlchemy address of SQLite or PostgreSQL; the usual short names are mapped to the driver we use."""
    try:
        url = make_url(_several_hosts(raw))
        backend, driver = url.get_backend_name(), url.drivername.partition("+")[2]
    except (ArgumentError, ValueError):
        raise ValueError("is no database address, such as sqlite:///var/beliperak.db") from None
    if backend == "sqlite" and driver in ("", "pysqlite"):
        if url.database in (None, "", ":memory:") or url.query.get("mode") == "memory":
            raise ValueError("is a database in memory, which forgets every report; name a file")
        return url.set(drivername="sqlite").render_as_string(hide_password=False)
    if backend in ("postgres", "postgresql") and driver in ("", "psycopg"):
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    raise ValueError("is neither sqlite:/// with a file nor postgresql:// (the driver is psycopg)")


def _several_hosts(raw: str) -> str:
    """libpq's `user:word@h1:5432,h2:5432/name` as SQLAlchemy reads it, with a `host=` for each."""
    scheme, found, rest = raw.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, hosts = authority.rpartition("@")
    if not found or "," not in hosts:
        return raw
    query = []
    for host in hosts.split(","):
        parts = _HOST_AND_PORT.match(host)
        if not parts:
            raise ValueError
        query.append(f"host={quote(parts[1] + ':' + (parts[2] or '5432'), safe=':')}")
    joint = "&" if "?" in path else "?"
    return f"{scheme}://{user}{at}{slash or '/'}{path}{joint}{'&'.join(query)}"
