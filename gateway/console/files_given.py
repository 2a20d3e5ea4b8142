"""Files that a form brings along."""

from flask import request

from gateway.errors import Refused


def read_file(field: str) -> str:
    """Its text. Raises Refused."""
    file = request.files.get(field)
    raw = file.read() if file else b""
    if not raw:
        raise Refused("choose a file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("the file is no UTF-8 text: save it as CSV UTF-8") from None
