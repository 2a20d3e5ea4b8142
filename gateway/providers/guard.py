"""The door of every callback: secret path, declared length, size, content type, readable form.

Carriers do not sign (Africa's Talking: no signature is documented; Kannel has none), so a long random token in the
path is the proof of origin, and everything behind it is still a stranger's. The token comes first: who does not
know it learns nothing else.
"""

import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request

FORM: Final = "application/x-www-form-urlencoded"
MAX_BODY: Final = 16 * 1024  # bytes
MAX_FIELDS: Final = 100


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
    body = read_body(request, token, allowed).decode("utf-8", "replace")
    try:
        fields = parse_qsl(body, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Denied(400, "too many fields") from None
    return MultiDict(fields)
