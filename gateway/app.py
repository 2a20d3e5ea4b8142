"""The web application: the carriers' callbacks, health, and the people's pages."""

from collections.abc import Iterator

from flask import Blueprint, Flask, Response

from gateway import health
from gateway.bootstrap import Parts
from gateway.inbox import StoredInbox
from gateway.providers.africastalking import callbacks as africastalking
from gateway.providers.base import Inbox
from gateway.providers.kannel import callbacks as kannel
from gateway.providers.smsgate import callbacks as smsgate

SPEAKS_AFRICASTALKING = ("africastalking", "simulator")
"""Carriers whose callbacks have Africa's Talking's form; practice accepts the real ones."""


def create_app(parts: Parts) -> Flask:
    app = Flask("beliperak", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    inbox = StoredInbox(parts)
    for routes in _callbacks(parts, inbox):
        app.register_blueprint(routes)
    app.register_blueprint(health.blueprint(parts))
    app.after_request(_plain_headers)
    return app


def _callbacks(parts: Parts, inbox: Inbox) -> Iterator[Blueprint]:
    """The routes of each carrier of the list; of any other there are none, which is 404."""
    settings, tokens = parts.settings, parts.settings.webhook_tokens
    sorry = parts.desk.texts.render("error.store", settings.default_language)
    speaking = [name for name in settings.provider if name in SPEAKS_AFRICASTALKING]
    if speaking:
        yield africastalking.blueprint(inbox, tokens, speaking[0], sorry=sorry)
    if "kannel" in settings.provider:
        yield kannel.blueprint(inbox, tokens)
    if "smsgate" in settings.provider and settings.smsgate_signing_key:
        yield smsgate.blueprint(inbox, tokens, settings.smsgate_signing_key.get_secret_value(), parts.clock)


def _plain_headers(response: Response) -> Response:
    """Nothing is stored, framed, guessed or told to another site."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return response
