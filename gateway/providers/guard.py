"""The door of every callback: secret path, declared length, size, content type, readable form.

Most carriers do not sign (Africa's Talking: no signature is documented; Kannel has none), so a long random token in
the path is the proof of origin, and everything behind it is still a stranger's. The token comes first: who does not
know it learns nothing else.

| what went wrong | answer |
|---|---|
| token, length, size, content type, form | 403 411 413 415 400 |
| anything of ours, the store included | 503: the carrier asks again |
"""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import ClientDisconnected, HTTPException
from werkzeug.wrappers import Request

from gateway.providers.base import Answer
from gateway.providers.fields import Malformed

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
MAX_BODY: Final = 16 * 1024  # bytes
MAX_FIELDS: Final = 100

log = structlog.get_logger(__name__)


class Denied(Exception):
    """The callback does not come in. `status` is the HTTP status, `word` a constant for answer and log."""

    def __init__(self, status: int, word: str) -> None:
        super().__init__(word)
        self.status = status
        self.word = word


def check_token(given: str, allowed: Sequence[str]) -> None:
    """Denied 403 unless `given` is one of `allowed`. Every allowed token is compared, whatever the first says."""
    offered = given.encode("utf-8", "surrogatepass")
    known = False
    for token in allowed:
        known |= hmac.compare_digest(offered, token.encode())
    if not known:
        raise Denied(403, "unknown token")


def read_body(request: Request, token: str, allowed: Sequence[str], media_type: str = FORM) -> bytes:
    """The body of a POST, read once. Denied 403, 411, 413, 415 or 400, asked in this order.

    Without a Content-Length (or with any Transfer-Encoding) a chunked body would be cut at the limit without an
    error (seen in Werkzeug), so it is refused. A missing content type is tolerated.
    """
    check_token(token, allowed)
    declared = request.headers.get("Content-Length", "")
    if not (declared.isascii() and declared.isdigit()) or "Transfer-Encoding" in request.headers:
        raise Denied(411, "length required")
    if len(declared) > 9 or int(declared) > MAX_BODY:
        raise Denied(413, "too large")
    if request.mimetype not in ("", media_type):
        raise Denied(415, "unsupported media type")
    try:
        body = request.get_data(cache=False)
    except ClientDisconnected:
        raise Denied(400, "incomplete body") from None
    if len(body) != int(declared):
        raise Denied(400, "incomplete body")
    return body


def read_form(request: Request, token: str, allowed: Sequence[str]) -> MultiDict[str, str]:
    """The fields of a form POST, blank ones and repeated ones kept. Bytes that are no UTF-8 become U+FFFD."""
    return _fields(read_body(request, token, allowed).decode("utf-8", "replace"), "replace")


def read_query(request: Request, token: str, allowed: Sequence[str]) -> MultiDict[str, str]:
    """The fields of a GET, as of a form. Bytes that are no UTF-8 stay, as lone surrogates: the text may be in another
    character set, which another field names (`surrogateescape` gives the bytes back).
    """
    check_token(token, allowed)
    if len(request.query_string) > MAX_BODY:
        raise Denied(413, "too large")
    return _fields(request.query_string.decode("utf-8", "surrogateescape"), "surrogateescape")


def read_json(body: bytes) -> Mapping[str, Any]:
    """The one object of a body that `read_body` let in. Denied 400 for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Denied(400, "no JSON") from None
    if not isinstance(found, dict):
        raise Denied(400, "no JSON object")
    return found


def _fields(raw: str, errors: str) -> MultiDict[str, str]:
    try:
        return MultiDict(parse_qsl(raw, keep_blank_values=True, errors=errors, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise Denied(400, "too many fields") from None


def respond(answer: Answer) -> Response:
    return Response(answer.body, answer.status, answer.headers)


def plain(body: str = "", status: int = 200) -> Response:
    return respond(Answer(status, body))


def try_again(error: Exception) -> Answer:
    """The carrier repeats what was not answered 200, so our fault keeps nothing out for good."""
    return Answer(503, "try again")


def explain(
    error: Exception, carrier: str, route: str | None, failed: Callable[[Exception], Answer] = try_again
) -> Answer:
    """What a carrier gets for an exception, and the operator's line in the log: the table above.

    `failed` where a route wants another answer to a fault of ours.
    """
    match error:
        case Denied():
            log.warning("callback denied", carrier=carrier, route=route, word=error.word)
            return Answer(error.status, error.word)
        case Malformed():
            log.warning("callback malformed", carrier=carrier, route=route, word=str(error))
            return Answer(400, str(error))
        case HTTPException():
            return Answer(error.code or 500, error.name)
        case _:
            log.error("callback failed", carrier=carrier, route=route, **_whereabouts(error))
            return failed(error)


def answer_faults(routes: Blueprint, carrier: str) -> None:
    @routes.errorhandler(Exception)
    def broken(error: Exception) -> Response | HTTPException:
        if isinstance(error, HTTPException):
            return error
        return respond(explain(error, carrier, request.endpoint))


def _whereabouts(error: Exception) -> dict[str, str]:
    """Class and place of an error, without its message, which may quote what the caller wrote."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"
    return {"error": type(error).__name__, "place": place}
