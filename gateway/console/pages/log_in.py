"""From a stranger to an officer: password, second factor, a password of her own, and out again."""

from flask import abort, request
from sqlalchemy.orm import Session

from gateway import passwords
from gateway.console import logging_in, second_factor, sessions
from gateway.console.clocks import at_clock
from gateway.console.cookies import my_ticket, new_word
from gateway.console.logging_in import Attempt, TooMany
from gateway.console.qr import draw
from gateway.console.routes import Page
from gateway.console.visits import Answer, Visit
from gateway.errors import Refused
from models.vocabulary import OfficerRole
from models.web_session import Stage

LANGUAGES = ("id", "en")


def home(visit: Visit) -> Answer:
    """Where each role's day begins."""
    return visit.go("account" if visit.caller.role is OfficerRole.ADMIN else "queue")


def show_log_in(visit: Visit) -> Answer:
    if visit.someone is not None:
        return visit.go("home")
    return visit.page("log_in.html", gone=request.args.get("gone"), login="")


def log_in(visit: Visit) -> Answer:
    language = request.form.get("language", "id")
    attempt = Attempt(
        login=request.form.get("login", "").strip()[:64],
        password=request.form.get("password", ""),
        address=_address(),
        language=language if language in LANGUAGES else "id",
    )
    word = new_word()
    try:
        stage = logging_in.log_in(visit, attempt, word)
    except TooMany as limit:
        until = at_clock(visit.desk.office, limit.until, visit.now)
        return visit.page("log_in.html", 429, until=until, login=attempt.login)
    if stage is None:
        return visit.page("log_in.html", 401, wrong=True, login=attempt.login)
    my_ticket().become(word)
    if visit.someone is not None:  # the same browser logs in anew
        before = visit.someone.session_id
        visit.write(lambda store: sessions.end(store, visit.now, before, "restarted"))
    return visit.go({Stage.CODE: "ask_code", Stage.ENROL: "enrol", Stage.INSIDE: "home"}[stage])


def _address() -> str:
    """The client's; behind our own proxy on this machine, what the proxy says of it."""
    direct = request.remote_addr or "?"
    if direct in ("127.0.0.1", "::1"):
        return request.headers.get("X-Forwarded-For", direct).rpartition(",")[2].strip()[:64]
    return direct


def ask_code(visit: Visit) -> Answer:
    return visit.page("code.html")


def send_code(visit: Visit) -> Answer:
    code, word = request.form.get("code", "")[:32], new_word()
    try:
        right = visit.write(lambda store: logging_in.prove(store, visit, code, word))
    except TooMany as limit:
        return visit.page("code.html", 429, until=at_clock(visit.desk.office, limit.until, visit.now))
    if not right:
        return visit.page("code.html", 401, wrong=True)
    my_ticket().become(word)
    return visit.go("home")


def enrol(visit: Visit, refusal: Refused | None = None) -> Answer:
    """The QR code of an authenticator, at the first log-in or from the account page."""
    try:
        shown = visit.write(lambda store: second_factor.begin(store, visit.desk, visit.now, visit.officer(store)))
    except Refused:
        return visit.go("account")
    secret = " ".join(shown.secret[at : at + 4] for at in range(0, len(shown.secret), 4))
    return visit.page("enrol.html", 409 if refusal else 200, qr=draw(shown.uri), secret=secret, refusal=refusal)


def send_enrol(visit: Visit) -> Answer:
    code, word = request.form.get("code", "")[:32], new_word()

    def work(store: Session) -> list[str]:
        officer = visit.officer(store)
        codes = second_factor.enrol(store, visit.desk, visit.now, officer, code)
        logging_in.enter(store, visit, officer, word)
        return codes

    try:
        codes = visit.write(work)
    except Refused as refusal:
        return enrol(visit, refusal)
    my_ticket().become(word)
    return visit.page("recovery.html", codes=codes)


def own_password(visit: Visit, refusal: Refused | None = None) -> Answer:
    """Before anything else, where somebody else made her password and knows it."""
    return visit.page("own_password.html", 409 if refusal else 200, refusal=refusal, shortest=passwords.SHORTEST)


def send_own_password(visit: Visit) -> Answer:
    new, again = request.form.get("new", ""), request.form.get("again", "")
    try:
        if new != again:
            raise Refused("the two passwords differ")
        passwords.check_new(new)
        if passwords.is_right(visit.read(lambda store: visit.officer(store).password_hash), new):
            raise Refused("a password of her own is another than the first one")
        secret = passwords.hash_password(new)
        visit.write(lambda store: logging_in.change_password(store, visit, secret))
    except Refused as refusal:
        return own_password(visit, refusal)
    return visit.go("home")


def log_out(visit: Visit) -> Answer:
    if visit.someone is not None:
        mine = visit.someone.session_id
        visit.write(lambda store: sessions.end(store, visit.now, mine, "left"))
    my_ticket().become(new_word())
    return visit.go("log_in", gone=1 if request.args.get("idle") else None)


def nowhere(visit: Visit, rest: str) -> Answer:
    """An address without a page: told so by a page of ours, and only to those who are inside."""
    abort(404)


PAGES = (
    Page("/", "home", home),
    Page("/log-in", "log_in", show_log_in, public=True),
    Page("/log-in", "log_in_send", log_in, post=True, public=True),
    Page("/log-in/code", "ask_code", ask_code, stages=frozenset({Stage.CODE})),
    Page("/log-in/code", "send_code", send_code, post=True, stages=frozenset({Stage.CODE})),
    Page("/second-factor", "enrol", enrol, stages=frozenset({Stage.ENROL, Stage.INSIDE})),
    Page("/second-factor", "send_enrol", send_enrol, post=True, stages=frozenset({Stage.ENROL, Stage.INSIDE})),
    Page("/log-in/password", "own_password", own_password, stages=frozenset({Stage.CHOOSE})),
    Page("/log-in/password", "own_password_send", send_own_password, post=True, stages=frozenset({Stage.CHOOSE})),
    Page("/log-out", "log_out", log_out, post=True, public=True),
    Page("/<path:rest>", "nowhere", nowhere),
)
