"""Kannel's two callbacks, by GET: verify, decode, call, map, answer. The body is always empty.

With `max-messages` above 0 Kannel would send whatever we answer to the phone that texted.
"""

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Response, request

from gateway.providers import guard
from gateway.providers.base import Inbox
from gateway.providers.kannel import wire

PATH: Final = "/webhooks/kannel/<token>"


def blueprint(inbox: Inbox, tokens: Sequence[str]) -> Blueprint:
    routes = Blueprint(wire.NAME, __name__, url_prefix=PATH)

    @routes.get("/sms")
    def sms(token: str) -> Response:
        inbox.sms(wire.inbound_sms(guard.read_query(request.environ, token, tokens)))
        return guard.plain()

    @routes.get("/delivery")
    def delivery(token: str) -> Response:
        inbox.delivery(wire.delivery_report(guard.read_query(request.environ, token, tokens)))
        return guard.plain()

    guard.answer_faults(routes, wire.NAME)
    return routes
