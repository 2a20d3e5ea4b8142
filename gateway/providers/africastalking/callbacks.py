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

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Final
from wsgiref.types import WSGIEnvironment

from flask import Blueprint, Response, request

from gateway.errors import StoreDown
from gateway.providers import guard
from gateway.providers.africastalking import wire
from gateway.providers.base import Answer, Inbox, UssdHop, UssdReply
from gateway.providers.fields import Form

PREFIX: Final = "/webhooks/africastalking/"
FORMS: Final = 1024
"""Of which it is remembered what stands beside the words: a dialogue's are alike but for these."""


class Callbacks:
    """Answers callbacks for carrier `name` (the simulator's messages keep its own name on the same paths).

    `sorry`: what a caller reads when we cannot answer; it names the emergency number.
    """

    def __init__(self, inbox: Inbox, tokens: Sequence[str], name: str = wire.NAME, *, sorry: str) -> None:
        def subscription(form: Form) -> None:
            if ended := wire.subscription(form, name):
                inbox.opt_out(ended)

        self.name = name
        self._tokens = tokens
        self._beside_words = lru_cache(maxsize=FORMS)(self._read_beside_words)
        self._sorry = UssdReply(sorry, ends=True)
        self._routes: Mapping[str, Callable[[Form], UssdReply | None]] = {
            "ussd": lambda form: inbox.ussd(wire.ussd_hop(form, name)),
            "ussd-events": lambda form: inbox.ussd_ended(wire.ussd_ended(form, name)),
            "sms": lambda form: inbox.sms(wire.inbound_sms(form, name)),
            "delivery": lambda form: inbox.delivery(wire.delivery_report(form, name)),
            "opt-out": lambda form: inbox.opt_out(wire.opt_out(form, name)),
            "subscription": subscription,
        }

    @property
    def routes(self) -> Collection[str]:
        return self._routes.keys()

    def answer(self, route: str, token: str, environ: WSGIEnvironment) -> Answer:
        """Never raises: the table above."""
        try:
            reply = self._routes[route](guard.read_form(environ, token, self._tokens))
        except Exception as error:
            return self.explain(route, error)
        return Answer(200, "") if reply is None else screen(reply)

    def admit(self, token: str, environ: WSGIEnvironment) -> int:
        """How long the body of a callback is, by its headers. Raises what `explain` has an answer to."""
        return guard.admit(environ, token, self._tokens)

    def read_hop(self, body: bytes) -> UssdHop:
        """A key press, of a body that was admitted. Raises what `explain` has an answer to.

        With each key of a dialogue everything but the words comes again, and is remembered as it was read.
        """
        if parts := guard.split_words(body):
            beside, words = parts
            try:
                return self._beside_words(beside).saying(words)
            except _MoreWords:
                pass
        return wire.ussd_hop(guard.read_fields(body), self.name)

    def _read_beside_words(self, raw: bytes) -> UssdHop:
        """A hop that says nothing yet. Raises _MoreWords where these fields say something: they are not remembered."""
        form = guard.read_fields(raw)
        if form.getlist("text"):
            raise _MoreWords
        return wire.ussd_hop(form, self.name)

    def explain(self, route: str, error: Exception) -> Answer:
        failed = self._no_screen if route == "ussd" else guard.try_again
        return guard.explain(error, self.name, f"{self.name}.{route}", failed)

    def _no_screen(self, error: Exception) -> Answer:
        return screen(self._sorry, 503 if isinstance(error, StoreDown) else 200)


class _MoreWords(Exception):
    """Words stand in a form twice: it is to be read whole, and refused."""


def blueprint(callbacks: Callbacks) -> Blueprint:
    routes = Blueprint(callbacks.name, __name__, url_prefix=f"{PREFIX}<token>")

    def view(token: str) -> Response:
        route = request.path.rpartition("/")[2]
        return guard.respond(callbacks.answer(route, token, request.environ))

    for route in callbacks.routes:
        routes.add_url_rule(f"/{route}", route, view, methods=["POST"])
    return routes


def screen(reply: UssdReply, status: int = 200) -> Answer:
    """The body starts at its first byte with `CON ` or `END `, or the carrier ends the session (documented)."""
    return Answer(status, ("END " if reply.ends else "CON ") + reply.text)
