"""The web application: the carriers' callbacks, health, and the people's pages."""

from flask import Flask, Response

from gateway import doors, health
from gateway.bootstrap import Parts
from gateway.inbox import StoredInbox
from gateway.providers.africastalking import callbacks as africastalking

SPEAKS_AFRICASTALKING = ("africastalking", "simulator")
"""Carriers whose callbacks have Africa's Talking's form; practice accepts the real ones."""


def create_app(parts: Parts) -> Flask:
    app = Flask("beliperak", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    doors.watch(app, parts.settings)
    inbox = StoredInbox(parts)
    sorry = parts.desk.texts.render("error.store", parts.settings.default_language)
    for name in parts.settings.provider:
        if name in SPEAKS_AFRICASTALKING:
            tokens = parts.settings.webhook_tokens
            app.register_blueprint(africastalking.blueprint(inbox, tokens, name, sorry=sorry))
            break
    app.register_blueprint(health.blueprint(parts))
    app.after_request(_plain_headers)
    return app


def _plain_headers(response: Response) -> Response:
    """Nothing is stored, framed, guessed or told to another site."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return response
