"""The practice page's own cookie, beside the console's: the two know nothing of each other."""

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface, SessionMixin


class PracticeCookies(SecureCookieSessionInterface):
    """Flask's signed cookie below `path`, which also holds a word to be shown after a redirect; `others` elsewhere."""

    def __init__(self, path: str, others: SessionInterface) -> None:
        self._path, self._others = path, others

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:  # type: ignore[override]
        if request.path.startswith(self._path):
            return super().open_session(app, request)
        return self._others.open_session(app, request)

    def is_null_session(self, obj: object) -> bool:
        return not isinstance(obj, SecureCookieSession) and self._others.is_null_session(obj)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if isinstance(session, SecureCookieSession):
            super().save_session(app, session, response)
        else:
            self._others.save_session(app, session, response)

    def get_cookie_path(self, app: Flask) -> str:
        return self._path
