"""An officer's own page: password, second factor, recovery codes, sessions, language."""

from flask import request
from sqlalchemy.orm import Session

from gateway import passwords
from gateway.casework import attempts
from gateway.console import logging_in, second_factor, sessions
from gateway.console.routes import Page
from gateway.console.visits import Answer, Visit
from gateway.errors import Refused
from models.web_session import end_sessions, list_sessions

LANGUAGES = ("id", "en")


def show(visit: Visit, refusal: Refused | None = None) -> Answer:
    caller, now = visit.caller, visit.now

    def work(store: Session) -> dict[str, object]:
        alive = list_sessions(store, caller.officer_id, now - sessions.IDLE_FOR, now - sessions.LIVES_FOR)
        rows = [{"began": one.began_at, "last": one.last_at, "this": one.id == caller.session_id} for one in alive]
        enrolled = second_factor.is_enrolled(store, caller.officer_id)
        left = second_factor.count_recovery_codes(store, caller.officer_id)
        return {"sessions": rows, "enrolled": enrolled, "codes_left": left}

    return visit.page(
        "account.html",
        409 if refusal else 200,
        refusal=refusal,
        done=request.args.get("done"),
        shortest=passwords.SHORTEST,
        **visit.read(work),
    )


def change_password(visit: Visit) -> Answer:
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    try:
        _check_change(visit, old, new, again)
        secret = passwords.hash_password(new)
        visit.once(lambda store: logging_in.change_password(store, visit, secret))
    except Refused as refusal:
        return show(visit, refusal)
    return visit.go("account", done="password")


def _check_change(visit: Visit, old: str, new: str, again: str) -> None:
    """Raises Refused."""
    stored = visit.read(lambda store: visit.officer(store).password_hash)
    if not passwords.is_right(stored, old):
        raise Refused("the old password is wrong")
    if new != again:
        raise Refused("the two passwords differ")
    passwords.check_new(new)


def new_codes(visit: Visit) -> Answer:
    """Ten new recovery codes; those on the old paper end. Asked with the password, for they open the account."""
    try:
        stored = visit.read(lambda store: visit.officer(store).password_hash)
        if not passwords.is_right(stored, request.form.get("password", "")):
            raise Refused("the old password is wrong")

        def work(store: Session) -> list[str]:
            if not second_factor.is_enrolled(store, visit.caller.officer_id):
                raise Refused("no second factor is set up")
            attempts.note(store, visit.now, visit.actor, "recovery codes made")
            return second_factor.make_recovery_codes(store, visit.desk, visit.now, visit.officer(store))

        codes = visit.write(work)
    except Refused as refusal:
        return show(visit, refusal)
    return visit.page("recovery.html", codes=codes)


def leave_everywhere(visit: Visit) -> Answer:
    visit.write(lambda store: end_sessions(store, visit.now, visit.caller.officer_id, "everywhere"))
    return visit.go("log_in", gone=2)


def set_language(visit: Visit) -> Answer:
    language = request.form.get("language", "")
    if language in LANGUAGES:
        visit.write(lambda store: sessions.set_language(store, visit.caller.session_id, language))
    return visit.go("account")


PAGES = (
    Page("/account", "account", show, menu="90 Akun"),
    Page("/account/password", "change_password", change_password, post=True),
    Page("/account/recovery-codes", "new_codes", new_codes, post=True),
    Page("/account/leave", "leave_everywhere", leave_everywhere, post=True),
    Page("/account/language", "set_language", set_language, post=True),
)
