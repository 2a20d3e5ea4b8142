"""Who may knock at all, before any page looks: by which name, from which network, behind which proxies."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from wsgiref.types import WSGIEnvironment

import structlog
from flask import Flask, Request, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway.settings import Settings

HERE = ("localhost", "127.0.0.1", "[::1]")
"""This machine's own names: always answered, for they can not be used from elsewhere to mean somebody else."""
CALLBACKS = "/webhooks/"
MAX_REQUEST = 1024 * 1024
"""Bytes: more is not read, whoever asks."""
LOOPBACK = frozenset({"127.0.0.1", "::1"})
FORWARDED = ("x-forwarded", "x-real-ip", "forwarded", "via")
"""How the headers begin by which a proxy says that somebody else is behind it."""
LONGEST_HOST = 261
"""Characters: a name of the domain system has at most 253, a port six more, an address of IPv6 its brackets."""
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?\Z", re.ASCII)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Doors:
    """Whom this process answers: `hosts` None is every name, no `networks` is every network."""

    hosts: tuple[str, ...] | None
    networks: tuple[IPv4Network | IPv6Network, ...]
    proxies: int = 0
    """Of ours, between a caller and this process."""

    @classmethod
    def of(cls, settings: Settings) -> "Doors":
        hosts = known_hosts(settings)
        return cls(None if hosts is None else tuple(hosts), settings.callback_cidrs or (), settings.trusted_proxies)

    def see_through_proxies(self, environ: WSGIEnvironment) -> None:
        """Put the caller's address and scheme where a proxy's stood."""
        if self.proxies:
            ProxyFix(lambda *_: (), **_trusting(self.proxies))(environ, _no_response)

    def refusal(self, environ: WSGIEnvironment) -> tuple[str, int] | None:
        """The word and the HTTP status for a request that does not come in."""
        if self.hosts is not None and not is_called(environ.get("HTTP_HOST", ""), self.hosts):
            return "unknown host", 400
        calls_back = environ["PATH_INFO"].startswith(CALLBACKS)
        if self.networks and calls_back and not is_within(environ.get("REMOTE_ADDR", ""), self.networks):
            return "unknown network", 403
        return None


def _trusting(proxies: int) -> dict[str, int]:
    return {"x_for": proxies, "x_proto": proxies, "x_host": 0, "x_port": 0}


def watch(app: Flask, doors: Doors) -> None:
    """Hang the doors in: unknown hosts get 400, callbacks from unknown networks 403.

    Whatever answers in front of Flask asks them itself.
    """
    if doors.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, **_trusting(doors.proxies))  # type: ignore[method-assign]

    @app.before_request
    def refuse_strangers() -> Response | None:
        refused = doors.refusal(request.environ)
        return _refuse(*refused) if refused else None


def _no_response(*_: object, **__: object) -> Callable[[bytes], None]:
    raise AssertionError


def _refuse(word: str, status: int) -> Response:
    log.warning("request denied", word=word)
    return Response(word, status, mimetype="text/plain")


def known_hosts(settings: Settings) -> list[str] | None:
    """Names that the Host header may hold; None: all. Practice answers this machine only, unless told otherwise."""
    if settings.allowed_hosts:
        return [*settings.allowed_hosts, *HERE]
    return list(dict.fromkeys([*HERE, settings.own_host])) if settings.is_practice else None


def warn_of_names(settings: Settings) -> None:
    """One line at the start where the names that are answered may not be those that were meant."""
    if settings.allowed_hosts:
        return
    if not settings.is_practice:
        log.warning("ALLOWED_HOSTS is not set: every host name is answered")
    elif ip_address(settings.host).is_unspecified:
        log.warning("ALLOWED_HOSTS is not set: HOST listens everywhere, but only this machine's own names are answered")


def is_from_here(asking: Request) -> bool:
    """Whether it comes from this machine itself, and not through a proxy on it."""
    through = any(name.lower().startswith(FORWARDED) for name, _ in asking.headers)
    return asking.remote_addr in LOOPBACK and not through


def is_called(header: str, hosts: tuple[str, ...]) -> bool:
    """Whether a Host header holds one of these names, with or without a port. `.office.example`: any name below it.

    Werkzeug's own check knows neither capitals nor addresses of IPv6.
    """
    return len(header) <= LONGEST_HOST and _is_called(header, hosts)


@lru_cache(maxsize=256)
def _is_called(header: str, hosts: tuple[str, ...]) -> bool:
    found = _HOST.match(header.lower())
    return found is not None and any(
        found[1].endswith(host) if host.startswith(".") else found[1] == host for host in hosts
    )


def is_within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in network for network in networks)
