"""Who gets in, how long they stay, and what ends it."""

from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from gateway import keyring, passwords
from gateway.casework import handling
from models.people import Officer
from models.web_session import FormReceipt, WebSession
from tests.conftest import MakeOffice
from tests.console.desk import PASSWORD, Desk, a_user, at_desk
from tests.office import Office

WRONG = "bukan-sandinya"


def is_inside(desk: Desk) -> bool:
    return desk.get("/account").status == 200


def enrolled(desk: Desk) -> pyotp.TOTP:
    """Set up a second factor through its page; the authenticator app."""
    desk.get("/second-factor")
    secret = desk.words.split("Ketik kunci ini:")[1].split("Ketik enam")[0].replace(" ", "")
    app = pyotp.TOTP(secret)
    desk.post("/second-factor", code=app.at(desk.office.clock.now))
    assert desk.status == 200, desk.words
    return app


def codes_on(desk: Desk) -> list[str]:
    return [word for word in desk.words.split() if word.count("-") == 2 and len(word) == 14]


def test_a_right_password_leads_to_the_queue(any_office: Office) -> None:
    a_user(any_office)
    assert Desk(any_office).log_in().follow().to == "/queue"


@pytest.mark.parametrize(("login", "password"), [("ani", WRONG), ("nobody", PASSWORD), ("", ""), ("ani", "x" * 5000)])
def test_anything_else_is_answered_alike(office: Office, login: str, password: str) -> None:
    a_user(office)
    desk = Desk(office).log_in(login, password)
    assert desk.status == 401
    assert "Nama masuk atau kata sandi salah." in desk.words
    assert not is_inside(desk)


def test_an_officer_without_a_password_has_no_door(office: Office) -> None:
    office.officer()
    assert Desk(office).log_in("", WRONG).status == 401


def test_ten_wrong_passwords_slow_down(any_office: Office) -> None:
    a_user(any_office)
    desk = Desk(any_office)
    assert {desk.log_in("ani", WRONG).status for _ in range(10)} == {401}
    assert desk.log_in("ani", PASSWORD).status == 429
    assert "Coba lagi setelah 10.15 WITA" in desk.words
    any_office.clock.now += timedelta(minutes=16)
    assert desk.log_in("ani", PASSWORD).status == 303


def test_the_count_of_wrong_passwords_is_in_rows_not_in_memory(make_office: MakeOffice) -> None:
    office = make_office()
    a_user(office)
    desk = Desk(office)
    for _ in range(10):
        desk.log_in("ani", WRONG)
    restarted = make_office()
    assert Desk(restarted).log_in("ani", PASSWORD).status == 429


def test_right_passwords_are_not_counted(office: Office) -> None:
    a_user(office)
    assert {Desk(office).log_in().status for _ in range(12)} == {303}


def test_one_address_that_tries_many_logins_slows_down_too(office: Office) -> None:
    a_user(office)
    desk = Desk(office)
    for number in range(20):
        desk.log_in(f"login{number}", WRONG)
    assert desk.log_in("ani", PASSWORD).status == 429


def test_behind_our_proxy_an_address_is_the_clients_own(office: Office) -> None:
    a_user(office)
    desk = Desk(office)
    for number in range(20):
        desk.log_in(f"login{number}", WRONG)
    form = {"csrf_token": desk.hidden("csrf_token"), "login": "ani", "password": PASSWORD}
    answer = desk.client.post("/console/log-in", data=form, headers={"X-Forwarded-For": "10.1.2.3, 192.0.2.7"})
    assert answer.status_code == 303


def test_the_log_in_makes_a_new_cookie(office: Office) -> None:
    a_user(office)
    desk = Desk(office).get("/log-in")
    before = desk.client.get_cookie("beliperak")
    after = desk.log_in().client.get_cookie("beliperak")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_a_stranger_who_planted_a_cookie_is_not_logged_in_by_it(office: Office) -> None:
    a_user(office)
    stranger, victim = Desk(office).get("/log-in"), Desk(office)
    planted = stranger.client.get_cookie("beliperak")
    assert planted is not None
    victim.client.set_cookie("beliperak", planted.value)
    victim.log_in()
    assert is_inside(victim)
    assert not is_inside(stranger)


def test_a_quarter_of_an_hour_of_silence_ends_the_session(any_office: Office) -> None:
    desk = at_desk(any_office)
    any_office.clock.now += timedelta(minutes=14)
    assert is_inside(desk)
    any_office.clock.now += timedelta(minutes=14)
    assert is_inside(desk)
    any_office.clock.now += timedelta(minutes=15)
    assert not is_inside(desk)


def test_after_eight_hours_every_session_ends(office: Office) -> None:
    desk = at_desk(office)
    for _ in range(8 * 6 - 1):
        office.clock.now += timedelta(minutes=10)
        assert is_inside(desk)
    office.clock.now += timedelta(minutes=10)
    assert not is_inside(desk)


def test_leaving_ends_the_session_on_the_server_too(office: Office) -> None:
    desk = at_desk(office)
    cookie = desk.client.get_cookie("beliperak")
    assert cookie is not None
    desk.get("/account").post("/log-out")
    desk.client.set_cookie("beliperak", cookie.value)
    assert not is_inside(desk)


def test_leaving_everywhere_ends_every_session(any_office: Office) -> None:
    here = at_desk(any_office)
    there = Desk(any_office).log_in()
    here.get("/account").post("/account/leave", receipt=here.hidden("receipt"))
    assert not is_inside(here)
    assert not is_inside(there)


def change(desk: Desk, old: str = PASSWORD, new: str = "sandi-baru-yang-panjang", again: str = "") -> Desk:
    desk.get("/account")
    receipt = desk.hidden("receipt")
    return desk.post("/account/password", receipt=receipt, old=old, new=new, again=again or new)


def test_a_password_change_ends_the_other_sessions(any_office: Office) -> None:
    here = at_desk(any_office)
    there = Desk(any_office).log_in()
    assert change(here).follow().status == 200
    assert "Kata sandi sudah diganti" in here.words
    assert is_inside(here)
    assert not is_inside(there)
    assert Desk(any_office).log_in().status == 401
    assert Desk(any_office).log_in(password="sandi-baru-yang-panjang").status == 303


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"old": WRONG}, "Kata sandi sekarang salah."),
        ({"again": "lain-lagi-yang-ini"}, "Kedua kata sandi baru tidak sama."),
        ({"new": "pendek"}, "Kata sandi paling sedikit 10 huruf."),
    ],
)
def test_a_password_change_is_refused(office: Office, form: dict[str, str], sentence: str) -> None:
    desk = change(at_desk(office), **form)
    assert desk.status == 409
    assert sentence in desk.words
    assert Desk(office).log_in().status == 303


def test_suspending_an_officer_ends_her_sessions(any_office: Office) -> None:
    officer_id = a_user(any_office)
    desk = Desk(any_office).log_in()
    parts, now = any_office.parts, any_office.clock.now
    any_office.write(lambda session: handling.suspend(session, parts.desk, now, session.get_one(Officer, officer_id)))
    assert not is_inside(desk)
    assert Desk(any_office).log_in().status == 401

    def restore(session: object) -> None:
        session.get_one(Officer, officer_id).suspended_at = None  # type: ignore[attr-defined]

    any_office.write(restore)
    assert not is_inside(desk), "the old session came back with the phone"


# The second factor


def test_with_a_second_factor_the_password_alone_opens_nothing(any_office: Office) -> None:
    desk = at_desk(any_office)
    app = enrolled(desk)
    any_office.clock.now += timedelta(minutes=1)
    other = Desk(any_office).log_in()
    assert other.to == "/log-in/code"
    assert other.get("/queue").to == "/log-in/code"
    assert other.get("/log-in/code").post("/log-in/code", code="000000").status == 401
    assert other.get("/queue").to == "/log-in/code"
    other.get("/log-in/code").post("/log-in/code", code=app.at(any_office.clock.now))
    assert is_inside(other)


def test_a_used_step_is_refused(any_office: Office) -> None:
    app = enrolled(at_desk(any_office))
    any_office.clock.now += timedelta(minutes=1)
    code = app.at(any_office.clock.now)
    first, second = Desk(any_office).log_in(), Desk(any_office).log_in()
    assert first.get("/log-in/code").post("/log-in/code", code=code).status == 303
    assert second.get("/log-in/code").post("/log-in/code", code=code).status == 401
    any_office.clock.now += timedelta(seconds=30)
    again = app.at(any_office.clock.now)
    assert second.get("/log-in/code").post("/log-in/code", code=again).status == 303


def test_a_recovery_code_works_once(any_office: Office) -> None:
    desk = at_desk(any_office)
    enrolled(desk)
    codes = codes_on(desk)
    assert len(codes) == 10
    first, second = Desk(any_office).log_in(), Desk(any_office).log_in()
    assert first.get("/log-in/code").post("/log-in/code", code=codes[3].upper()).status == 303
    assert second.get("/log-in/code").post("/log-in/code", code=codes[3]).status == 401
    assert second.get("/log-in/code").post("/log-in/code", code=codes[4]).status == 303
    assert "belum dipakai: 8" in first.get("/account").words


def test_new_recovery_codes_end_the_old_ones_and_cost_the_password(office: Office) -> None:
    desk = at_desk(office)
    enrolled(desk)
    old = codes_on(desk)
    assert desk.get("/account").post("/account/recovery-codes", password=WRONG).status == 409
    desk.get("/account").post("/account/recovery-codes", password=PASSWORD)
    assert len(codes_on(desk)) == 10
    other = Desk(office).log_in()
    assert other.get("/log-in/code").post("/log-in/code", code=old[0]).status == 401


def test_ten_wrong_codes_slow_down(office: Office) -> None:
    app = enrolled(at_desk(office))
    office.clock.now += timedelta(minutes=1)
    desk = Desk(office).log_in().get("/log-in/code")
    for _ in range(10):
        desk.post("/log-in/code", code="123")
    assert desk.post("/log-in/code", code=app.at(office.clock.now)).status == 429


def test_the_secret_is_not_shown_again_once_it_is_proved(office: Office) -> None:
    desk = at_desk(office)
    enrolled(desk)
    assert desk.get("/second-factor").to == "/account"


# A password that somebody else made

OWN = "sandi-pilihan-saya"


def choose(desk: Desk, new: str, again: str | None = None) -> Desk:
    desk.get("/log-in/password")
    return desk.post("/log-in/password", new=new, again=new if again is None else again)


def test_a_first_password_opens_nothing_but_the_choice_of_ones_own(any_office: Office) -> None:
    a_user(any_office, first=True)
    desk = Desk(any_office).log_in().follow()
    assert desk.to == "/log-in/password"
    for path in ("/queue", "/account", "/people", "/second-factor", "/"):
        assert desk.get(path).to == "/log-in/password", path
    assert desk.post("/account/language", language="en").to == "/log-in/password"
    assert "Utama" not in desk.follow().text, "no navigation yet"
    assert choose(desk, OWN).to == "/"
    assert desk.follow().to == "/queue"
    assert desk.get("/log-in/password").to == "/", "only once"
    assert Desk(any_office).log_in().status == 401
    assert Desk(any_office).log_in(password=OWN).follow().to == "/queue"


def test_leaving_needs_no_password_of_ones_own(office: Office) -> None:
    a_user(office, first=True)
    desk = Desk(office).log_in()
    assert desk.get("/log-in/password").post("/log-out").to.startswith("/log-in")
    assert not is_inside(desk)


@pytest.mark.parametrize(
    ("new", "again", "why"),
    [
        (PASSWORD, PASSWORD, "Kata sandi itu diketahui orang lain."),
        ("pendek", "pendek", "paling sedikit 10 huruf"),
        ("x" * 257, "x" * 257, "paling banyak 256 huruf"),
        (OWN, PASSWORD, "tidak sama"),
        ("", "", "paling sedikit 10 huruf"),
    ],
)
def test_a_password_of_ones_own_obeys_the_rule(office: Office, new: str, again: str, why: str) -> None:
    a_user(office, first=True)
    desk = choose(Desk(office).log_in(), new, again)
    assert (desk.status, why in desk.words) == (409, True), desk.words
    assert desk.get("/queue").to == "/log-in/password"


def test_a_hash_of_other_costs_is_made_anew_and_keeps_its_mark(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    old, first = passwords.hash_password(PASSWORD), passwords.hash_first(PASSWORD)
    monkeypatch.undo()
    for stored in (old, first):
        made = passwords.renew(stored, PASSWORD)
        assert made != stored
        assert passwords.is_right(made, PASSWORD)
        assert passwords.is_first(made) is (stored is first)
        assert passwords.renew(made, PASSWORD) == made


@pytest.fixture
def real_office(make_office: MakeOffice, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """With a carrier: its settings are all there, nothing is made up."""
    keys = tmp_path_factory.mktemp("keys") / "keys.json"
    keyring.generate(keys)
    given = {"PROVIDER": "africastalking", "AT_USERNAME": "sandbox", "AT_API_KEY": "key-of-a-test"}
    return make_office(**given, SECRET_KEY="a-secret-of-thirty-two-characters", FIELD_KEYS_FILE=str(keys))


def at_home(office: Office) -> Desk:
    desk = Desk(office)
    desk.secure = True
    return desk


def test_with_a_carrier_a_second_factor_has_to_be_set_up_first(real_office: Office) -> None:
    a_user(real_office)
    desk = at_home(real_office).log_in()
    assert desk.to == "/second-factor"
    assert desk.get("/queue").to == "/second-factor"
    enrolled(desk)
    assert is_inside(desk)


def test_with_a_carrier_a_first_password_is_changed_after_the_second_factor(real_office: Office) -> None:
    a_user(real_office, first=True)
    desk = at_home(real_office).log_in()
    assert desk.to == "/second-factor"
    assert desk.get("/log-in/password").to == "/second-factor"
    app = enrolled(desk)
    assert desk.get("/queue").to == "/log-in/password"
    choose(desk, OWN)
    assert is_inside(desk)
    real_office.clock.now += timedelta(minutes=1)
    again = at_home(real_office).log_in(password=OWN)
    assert again.to == "/log-in/code"
    assert again.post("/log-in/code", code=app.at(real_office.clock.now)).follow().to == "/queue"


def test_with_a_carrier_the_cookie_is_bound_to_this_host_and_to_https(real_office: Office) -> None:
    a_user(real_office)
    cookie = at_home(real_office).log_in().answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-beliperak=")
    for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert f"; {word}" in cookie
    assert "Domain" not in cookie


def test_in_practice_the_cookie_serves_plain_http(office: Office) -> None:
    a_user(office)
    cookie = Desk(office).log_in().answer.headers["Set-Cookie"]
    assert "; HttpOnly; " in cookie
    assert "; SameSite=Strict" in cookie
    assert "Secure" not in cookie


def test_log_ins_and_forms_that_are_over_leave_the_database(any_office: Office) -> None:
    change(at_desk(any_office))
    any_office.clock.now += timedelta(days=1)
    kept = Desk(any_office).log_in(password="sandi-baru-yang-panjang")
    any_office.forward(hours=25)
    left = any_office.read(lambda s: (s.query(WebSession).count(), s.query(FormReceipt).count()))
    assert left == (1, 0)
    assert not is_inside(kept)


def test_no_row_holds_what_a_thief_could_log_in_with(office: Office) -> None:
    desk = at_desk(office)
    app = enrolled(desk)
    cookie = desk.client.get_cookie("beliperak")
    assert cookie is not None
    secrets = [cookie.value, app.secret, PASSWORD, *(code.replace("-", "") for code in codes_on(desk))]
    office.parts.store.close()
    stored = b"".join(path.read_bytes() for path in (office.root / "var").glob("beliperak.db*"))
    assert [secret for secret in secrets if secret.encode() in stored] == []
