"""The stylesheet and the script, for strangers too: the log-in page wears them."""

from flask import Response, abort, request

from gateway.console.files_served import load_assets
from gateway.console.routes import Page
from gateway.console.visits import Answer, Visit

FOR_A_YEAR = "public, max-age=31536000, immutable"


def serve(visit: Visit, mark: str, name: str) -> Answer:
    asset = load_assets().get(name)
    if asset is None:
        abort(404)
    packed = request.accept_encodings.quality("gzip") > 0
    answer = Response(asset.packed if packed else asset.plain, content_type=asset.kind)
    answer.headers["Vary"] = "Accept-Encoding"
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    if mark == asset.mark:
        answer.headers["Cache-Control"] = FOR_A_YEAR
    return answer


PAGES = (Page("/asset/<mark>/<name>", "asset", serve, public=True),)
