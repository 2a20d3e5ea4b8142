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
from urllib.parse import unquote_to_bytes
from wsgiref.types import InputStream, WSGIEnvironment

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from gateway.providers.base import Answer
from gateway.providers.fields import Malformed

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
MAX_BODY: Final = 16 * 1024  # bytes
MAX_FIELDS: Final = 100
BESIDE_WORDS: Final = 512
"""Bytes: what comes with the words and is remembered has at most so many."""
_WORDS: Final = b"&text="

log = structlog.get_logger(__name__)


class Fields(dict[str, list[str]]):
    """Every value of each field, in the order in which they came."""

    def getlist(self, key: str, /) -> list[str]:
        return self.get(key, [])


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


def admit(environ: WSGIEnvironment, token: str, allowed: Sequence[str], media_type: str = FORM) -> int:
    """How long the body of a POST is, by its headers. Denied 403, 411, 413 or 415, asked in this order.

    Without a Content-Length (or with any Transfer-Encoding) nobody can tell whether a body is whole, so it is refused.
    A missing content type is tolerated.
    """
    check_token(token, allowed)
    declared = environ.get("CONTENT_LENGTH", "")
    if not (declared.isascii() and declared.isdigit()) or "HTTP_TRANSFER_ENCODING" in environ:
        raise Denied(411, "length required")
    if len(declared) > 9 or int(declared) > MAX_BODY:
        raise Denied(413, "too large")
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() not in ("", media_type):
        raise Denied(415, "unsupported media type")
    return int(declared)


def read_body(environ: WSGIEnvironment, token: str, allowed: Sequence[str], media_type: str = FORM) -> bytes:
    """The body of a POST, read once. Denied as `admit` says, and 400."""
    length = admit(environ, token, allowed, media_type)
    more = 1 if environ.get("wsgi.input_terminated") else 0  # the server tells the end: what is too long is seen
    body = _read_stream(environ["wsgi.input"], length + more)
    if len(body) != length:
        raise Denied(400, "incomplete body")
    return body


def _read_stream(stream: InputStream, size: int) -> bytes:
    """So many bytes, or fewer when the sender hung up."""
    body = stream.read(size)
    while len(body) < size and (more := stream.read(size - len(body))):
        body += more
    return body


def read_form(environ: WSGIEnvironment, token: str, allowed: Sequence[str]) -> Fields:
    """The fields of a form POST, blank ones and repeated ones kept. Bytes that are no UTF-8 become U+FFFD."""
    return read_fields(read_body(environ, token, allowed))


def split_words(body: bytes) -> tuple[bytes, str] | None:
    """A form with a `text` among its fields: the others, unread, and the text. None: it is to be read whole."""
    before, between, rest = body.partition(_WORDS)
    words, more, after = rest.partition(b"&")
    others = before + more + after
    is_plain = between and len(others) <= BESIDE_WORDS and others.count(b"&") < MAX_FIELDS - 1
    return (others, _decode(words, "replace")) if is_plain else None


def read_fields(raw: bytes) -> Fields:
    """The fields of a form that came through the door."""
    return _fields(raw, "replace")


def read_query(environ: WSGIEnvironment, token: str, allowed: Sequence[str]) -> Fields:
    """The fields of a GET, as of a form. Bytes that are no UTF-8 stay, as lone surrogates: the text may be in another
    character set, which another field names (`surrogateescape` gives the bytes back).
    """
    check_token(token, allowed)
    query = environ.get("QUERY_STRING", "").encode("latin-1")
    if len(query) > MAX_BODY:
        raise Denied(413, "too large")
    return _fields(query, "surrogateescape")


def read_json(body: bytes) -> Mapping[str, Any]:
    """The one object of a body that `read_body` let in. Denied 400 for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Denied(400, "no JSON") from None
    if not isinstance(found, dict):
        raise Denied(400, "no JSON object")
    return found


def _fields(raw: bytes, errors: str) -> Fields:
    """As `urllib.parse.parse_qs` reads them, in a quarter of its time, which is as long as answering a key takes."""
    pieces = raw.split(b"&")
    if len(pieces) > MAX_FIELDS:
        raise Denied(400, "too many fields")
    fields = Fields()
    for piece in pieces:
        if piece:
            name, _, value = (_decode(part, errors) for part in piece.partition(b"="))
            fields.setdefault(name, []).append(value)
    return fields


def _decode(piece: bytes, errors: str) -> str:
    plain = piece.replace(b"+", b" ").replace(b"%2A", b"*")  # the mark between two keys, which are most of what comes
    return (unquote_to_bytes(plain) if b"%" in plain else plain).decode("utf-8", errors)


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
