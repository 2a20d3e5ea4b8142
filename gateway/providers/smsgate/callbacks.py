"""SMSGate's one callback: verify (token, then signature over the raw body), decode, call, map, answer."""

from collections.abc import Sequence
from typing import Final

import structlog
from flask import Blueprint, Response, request

from gateway.clock import Clock
from gateway.providers import guard
from gateway.providers.base import DeliveryReport, InboundSms, Inbox
from gateway.providers.smsgate import wire

PATH: Final = "/webhooks/smsgate/<token>"

log = structlog.get_logger(__name__)


def blueprint(inbox: Inbox, tokens: Sequence[str], signing_key: str, clock: Clock) -> Blueprint:
    routes = Blueprint(wire.NAME, __name__)

    @routes.post(PATH)
    def event(token: str) -> Response:
        body = guard.read_body(request.environ, token, tokens, guard.JSON)
        signature, timestamp = (request.headers.get(name, "") for name in ("X-Signature", "X-Timestamp"))
        if not wire.is_signed(signing_key, body, timestamp, signature, clock()):
            raise guard.Denied(403, "bad signature")
        match wire.parse_event(guard.read_json(body)):
            case InboundSms() as message:
                inbox.sms(message)
            case DeliveryReport() as report:
                inbox.delivery(report)
            case wire.OtherEvent(name):
                log.info("phone reports", carrier=wire.NAME, word=name)
        return guard.plain()

    guard.answer_faults(routes, wire.NAME)
    return routes
