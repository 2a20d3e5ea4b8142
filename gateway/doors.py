"""Who may knock at all, before any page looks: by which name, from which network, behind which proxies."""

from ipaddress import IPv4Network, IPv6Network, ip_address

import structlog
from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway.settings import Settings

HERE = ("localhost", "127.0.0.1", "[::1]")
"""This machine's own names: always answered, for they can not be used from elsewhere to mean somebody else."""
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to
CALLBACKS = "/webhooks/"

log = structlog.get_logger(__name__)


def watch(app: Flask, settings: Settings) -> None:
    """Hang the doors in. Unknown hosts get 400, callbacks from unknown networks 403."""
    app.config["TRUSTED_HOSTS"] = known_hosts(settings)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0, x_port=0)  # type: ignore[method-assign]
    networks = settings.callback_cidrs
    if networks:

        @app.before_request
        def refuse_strangers() -> Response | None:
            if not request.path.startswith(CALLBACKS) or is_within(request.remote_addr or "", networks):
                return None
            log.warning("callback denied", word="unknown network")
            return Response("unknown network", 403, mimetype="text/plain")


def known_hosts(settings: Settings) -> list[str] | None:
    """Names that the Host header may hold; None: all. Practice answers this machine only, unless told otherwise."""
    if settings.allowed_hosts:
        return [*settings.allowed_hosts, *HERE]
    if settings.is_practice:
        here = settings.host
        return [*HERE, *([] if here in ANYWHERE else [f"[{here}]" if ":" in here else here])]
    log.warning("ALLOWED_HOSTS is not set: every host name is answered")
    return None


def is_within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in network for network in networks)
