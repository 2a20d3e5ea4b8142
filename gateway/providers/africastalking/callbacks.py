"""The six callbacks of Africa's Talking: verify, decode, call, map, answer.

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

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from gateway.errors import StoreDown
from gateway.providers import guard
from gateway.providers.africastalking import wire
from gateway.providers.base import Inbox, UssdReply

PATH: Final = "/webhooks/africastalking/<token>"

log = structlog.get_logger(__name__)


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
        return _plain("")

    @routes.post("/sms")
    def sms(token: str) -> Response:
        form = guard.read_form(request, token, tokens)
        inbox.sms(wire.inbound_sms(form, name))
        return _plain("")

    @routes.post("/delivery")
    def delivery(token: str) -> Response:
        form = guard.read_form(request, token, tokens)
        inbox.delivery(wire.delivery_report(form, name))
        return _plain("")

    @routes.post("/opt-out")
    def opt_out(token: str) -> Response:
        form = guard.read_form(request, token, tokens)
        inbox.opt_out(wire.opt_out(form, name))
        return _plain("")

    @routes.post("/subscription")
    def subscription(token: str) -> Response:
        form = guard.read_form(request, token, tokens)
        if ended := wire.subscription(form, name):
            inbox.opt_out(ended)
        return _plain("")

    _answer_faults(routes, name, sorry)
    return routes


def _answer_faults(routes: Blueprint, name: str, sorry: str) -> None:
    """The table above."""

    @routes.errorhandler(guard.Denied)
    def denied(error: guard.Denied) -> Response:
        log.warning("callback denied", carrier=name, route=request.endpoint, word=error.word)
        return _plain(error.word, error.status)

    @routes.errorhandler(wire.Malformed)
    def malformed(error: wire.Malformed) -> Response:
        log.warning("callback malformed", carrier=name, route=request.endpoint, word=str(error))
        return _plain(str(error), 400)

    @routes.errorhandler(Exception)
    def failed(error: Exception) -> Response | HTTPException:
        if isinstance(error, HTTPException):
            return error
        log.error("callback failed", carrier=name, route=request.endpoint, **_whereabouts(error))
        if request.endpoint != f"{name}.ussd":
            return _plain("try again", 503)
        return _screen(UssdReply(sorry, ends=True), 503 if isinstance(error, StoreDown) else 200)

    @routes.after_request
    def no_store(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        return response


def _screen(reply: UssdReply, status: int = 200) -> Response:
    """The body starts at its first byte with `CON ` or `END `, or the carrier ends the session (documented)."""
    return _plain(("END " if reply.ends else "CON ") + reply.text, status)


def _plain(body: str, status: int = 200) -> Response:
    return Response(body, status, content_type="text/plain; charset=utf-8")


def _whereabouts(error: Exception) -> dict[str, str]:
    """Class and place of an error, without its message, which may quote what the caller wrote."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"
    return {"error": type(error).__name__, "place": place}
