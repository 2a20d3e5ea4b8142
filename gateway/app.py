"""The web application: the carriers' callbacks, health, and the people's pages."""

from flask import Flask, Response

from gateway import health
from gateway.bootstrap import Parts
from gateway.inbox import StoredInbox
from gateway.lane import FastLane
from gateway.providers.africastalking import callbacks as africastalking
from gateway.providers.base import PLAIN_HEADERS

SPEAKS_AFRICASTALKING = ("africastalking", "simulator")
"""Carriers whose callbacks have Africa's Talking's form; practice accepts the real ones."""


def create_app(parts: Parts) -> Flask:
    app = Flask("beliperak", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    inbox = StoredInbox(parts)
    sorry = parts.desk.texts.render("error.store", parts.settings.default_language)
    for name in parts.settings.provider:
        if name in SPEAKS_AFRICASTALKING:
            tokens = parts.settings.webhook_tokens
            callbacks = africastalking.Callbacks(inbox, tokens, name, sorry=sorry)
            app.register_blueprint(africastalking.blueprint(callbacks))
            app.wsgi_app = FastLane(app.wsgi_app, callbacks)  # type: ignore[method-assign]
            break
    app.register_blueprint(health.blueprint(parts))
    app.after_request(_plain_headers)
    return app


def _plain_headers(response: Response) -> Response:
    for name, value in PLAIN_HEADERS:
        response.headers.setdefault(name, value)
    return response
