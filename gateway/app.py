"""The web application: the carriers' callbacks, health, and the people's pages."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Flask, Response

from gateway import doors, health
from gateway.bootstrap import Parts
from gateway.console import blueprint as console
from gateway.doors import Doors
from gateway.inbox import StoredInbox
from gateway.providers.africastalking import callbacks as africastalking
from gateway.providers.base import PLAIN_HEADERS, Inbox
from gateway.providers.kannel import callbacks as kannel
from gateway.providers.smsgate import callbacks as smsgate
from gateway.simulator import pages as simulator
from gateway.spool import Spool

SPEAKS_AFRICASTALKING = ("africastalking", "simulator")
"""Carriers whose callbacks have Africa's Talking's form; practice accepts the real ones."""


@dataclass(frozen=True)
class Web:
    """The application, and what of it the fast lane uses past it."""

    flask: Flask
    doors: Doors
    inbox: StoredInbox
    callbacks: africastalking.Callbacks | None
    """Where a carrier of the list speaks as Africa's Talking does."""


def create_app(parts: Parts) -> Flask:
    return create_web(parts).flask


def create_web(parts: Parts) -> Web:
    app = Flask("beliperak", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = doors.MAX_REQUEST
    entrance = Doors.of(parts.settings)
    inbox = StoredInbox(parts, Spool(parts.settings.spool, parts.desk.keyring))
    speaking = _africastalking(parts, inbox)
    if speaking:
        app.register_blueprint(africastalking.blueprint(speaking))
    for routes in _others(parts, inbox):
        app.register_blueprint(routes)
    doors.watch(app, entrance)
    app.register_blueprint(health.blueprint(parts))
    console.register(app, parts)
    if parts.settings.is_practice:
        simulator.register(app, parts)
    app.after_request(_plain_headers)
    return Web(app, entrance, inbox, speaking)


def _africastalking(parts: Parts, inbox: Inbox) -> africastalking.Callbacks | None:
    settings = parts.settings
    speaking = [name for name in settings.provider if name in SPEAKS_AFRICASTALKING]
    sorry = parts.desk.texts.render("error.store", settings.default_language)
    return africastalking.Callbacks(inbox, settings.webhook_tokens, speaking[0], sorry=sorry) if speaking else None


def _others(parts: Parts, inbox: Inbox) -> Iterator[Blueprint]:
    """The routes of each carrier of the list; of any other there are none, which is 404."""
    settings, tokens = parts.settings, parts.settings.webhook_tokens
    if "kannel" in settings.provider:
        yield kannel.blueprint(inbox, tokens)
    if "smsgate" in settings.provider and settings.smsgate_signing_key:
        yield smsgate.blueprint(inbox, tokens, settings.smsgate_signing_key.get_secret_value(), parts.clock)


def _plain_headers(response: Response) -> Response:
    for name, value in PLAIN_HEADERS:
        response.headers.setdefault(name, value)
    return response
