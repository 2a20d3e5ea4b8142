"""The fast lane: carriers' callbacks are answered before Flask is asked, by the same function as Flask's route.

Flask's dispatch (contexts, routing, signals, response objects) costs more than a key press itself. Whatever is not
plainly one of the callbacks goes on to Flask. Measured: docs/performance.md.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gateway.doors import Doors
from gateway.providers.africastalking.callbacks import PREFIX, Callbacks

STATUS_LINES: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class FastLane:
    def __init__(self, flask: WSGIApplication, callbacks: Callbacks, doors: Doors) -> None:
        self._flask, self._callbacks, self._doors = flask, callbacks, doors

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] == "POST" and path.startswith(PREFIX):
            token, _, route = path[len(PREFIX) :].partition("/")
            if route in self._callbacks.routes and not self._doors.refusal(environ):
                answer = self._callbacks.answer(route, token, environ)
                body = answer.body.encode()
                start_response(STATUS_LINES[answer.status], [*answer.headers, ("Content-Length", str(len(body)))])
                return [body]
        return self._flask(environ, start_response)
