"""The five callbacks of Africa's Talking: verify, decode, call, map, answer.

| what went wrong | USSD | the others |
|---|---|---|
| token, length, size, content type, form | 403 411 413 415 400 | the same |
| the store is down | 503, `END ` and the emergency words | 503: the carrier asks again |
| anything else | 200, `END ` and the emergency words | 503: the carrier asks again |

Inbound SMS are repeated each minute for up to 12 hours until a 200 (documented), so a 503 keeps a message that our
fault kept out. A USSD hop is not known to be repeated, and any other status than 200 shows the carrier's own error
in the caller's place: so a fault of ours that is not the store's is told her in words that name a number to call.
"""

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Response, request

from gateway.errors import StoreDown
from gateway.providers import guard
from gateway.providers.africastalking import wire
from gateway.providers.base import Inbox, UssdReply

PATH: Final = "/webhooks/africastalking/<token>"


def blueprint(inbox: Inbox, tokens: Sequence[str], name: str = wire.NAME, *, sorry: str) -> Blueprint:
    """The routes, for carrier `name` (the simulator's messages keep its own name on the same paths).

    `sorry`: what a caller reads when we cannot answer; it names the emergency number.
    """
    routes = Blueprint(name, __name__, url_prefix=PATH)

    @routes.post("/ussd")
    def ussd(token: str) -> Response:
        form = guard.read_form(request, token, tokens)
        return _screen(inbox.ussd(wire.ussd_hop(form, name)))

    @routes.post("/ussd-events")
    def ussd_events(token: str) -> Response:
        form = guard.read_form(request, token, tokens)
        inbox.ussd_ended(wire.ussd_ended(form, name))
        return guard.plain()

    @routes.post("/sms")
    def sms(token: str) -> Response:
        form = guard.read_form(request, token, tokens)
        inbox.sms(wire.inbound_sms(form, name))
        return guard.plain()

    @routes.post("/delivery")
    def delivery(token: str) -> Response:
        form = guard.read_form(request, token, tokens)
        inbox.delivery(wire.delivery_report(form, name))
        return guard.plain()

    @routes.post("/opt-out")
    def opt_out(token: str) -> Response:
        form = guard.read_form(request, token, tokens)
        inbox.opt_out(wire.opt_out(form, name))
        return guard.plain()

    def failed(error: Exception) -> Response:
        if request.endpoint != f"{name}.ussd":
            return guard.try_again(error)
        return _screen(UssdReply(sorry, ends=True), 503 if isinstance(error, StoreDown) else 200)

    guard.answer_faults(routes, name, failed)
    return routes


def _screen(reply: UssdReply, status: int = 200) -> Response:
    """The body starts at its first byte with `CON ` or `END `, or the carrier ends the session (documented)."""
    return guard.plain(("END " if reply.ends else "CON ") + reply.text, status)
