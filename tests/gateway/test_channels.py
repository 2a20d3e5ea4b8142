"""Two carriers together: what certainly did not leave goes to the next at once, what may have left does not."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gateway import keyring
from gateway.bootstrap import open_carriers
from gateway.inbox import StoredInbox
from gateway.outbox import pulse
from gateway.providers.base import InboundSms, MaybeSent, NoRoute, NotSent, OutOfOrder, Refused
from gateway.settings import BadSettings, Settings
from gateway.spool import Spool
from gateway.worker.sending import Sender
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient
from tests.carriers import Scripted
from tests.conftest import MakeOffice
from tests.made import SHE, SMS, a_case, a_message, row, rows
from tests.office import Office

P, R, S = Purpose, Recipient, MessageStatus
BUDI, SRI = "+6281200001111", "+6281200002222"
BOTH = {
    "PROVIDER": "kannel,smsgate",
    "SECRET_KEY": "s" * 32,
    "FIELD_KEYS_FILE": "keys.json",
    "KANNEL_SENDSMS_URL": "http://127.0.0.1:1/cgi-bin/sendsms",
    "KANNEL_USERNAME": "gw",
    "KANNEL_PASSWORD": "secret-word",
    "KANNEL_DLR_URL": "http://127.0.0.1:1/delivery",
    "SMSGATE_URL": "http://127.0.0.1:1",
    "SMSGATE_USERNAME": "office",
    "SMSGATE_PASSWORD": "secret-word",
    "SMSGATE_SIGNING_KEY": "a-long-signing-key",
}


@pytest.fixture
def kannel() -> Scripted:
    return Scripted(name="kannel")


@pytest.fixture
def smsgate() -> Scripted:
    return Scripted(name="smsgate")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def office(
    request: pytest.FixtureRequest, make_office: MakeOffice, kannel: Scripted, smsgate: Scripted, tmp_path: Path
) -> Office:
    """An office with Kannel first and an Android phone second, on each engine."""
    keyring.generate(tmp_path / "keys.json")
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    return make_office(url=url, provider=(kannel, smsgate), **BOTH)


def to_officer(office: Office, purpose: Purpose = P.ANSWER) -> None:
    a_message(office, purpose, R.OFFICER, to=BUDI)


def to_her(office: Office) -> None:
    a_message(office, P.RECEIPT, R.REPORTER, case=a_case(office, contact=SMS))


def to_cadre(office: Office) -> None:
    a_message(office, P.RECEIPT, R.CADRE, to=SRI)


def ready(office: Office) -> list[str]:
    return office.app.test_client().get("/readyz").get_data(as_text=True).split()


def figures(office: Office) -> str:
    return office.app.test_client().get("/metrics").get_data(as_text=True)


def later(office: Office, minutes: int = 15) -> None:
    for _ in range(minutes):
        office.forward(minutes=1)


@pytest.mark.parametrize("send", [to_officer, to_her, to_cadre])
def test_while_the_first_works_the_second_rests(
    office: Office, kannel: Scripted, smsgate: Scripted, send: Callable[[Office], None]
) -> None:
    send(office)
    office.work()
    assert (len(kannel.sent), len(smsgate.sent), row(office).provider) == (1, 0, "kannel")


@pytest.mark.parametrize("send", [to_officer, to_her, to_cadre])
@pytest.mark.parametrize(
    "fault",
    [NotSent("unreachable"), OutOfOrder("credentials"), OutOfOrder("InsufficientBalance"), NoRoute("CouldNotRoute")],
)
def test_what_certainly_did_not_leave_goes_to_the_second_at_once(
    office: Office, kannel: Scripted, smsgate: Scripted, send: Callable[[Office], None], fault: Exception
) -> None:
    kannel.always = fault
    send(office)
    office.work()
    assert (len(kannel.sent), len(smsgate.sent)) == (1, 1)
    found = row(office)
    assert (found.status, found.provider, found.attempts, found.code) == (S.SENT, "smsgate", 1, None)
    assert (found.provider_id or "").startswith("smsgate")


@pytest.mark.parametrize("fault", [MaybeSent("read_timeout"), RuntimeError("who?")])
def test_a_residents_message_that_may_have_left_is_never_offered_to_another(
    office: Office, kannel: Scripted, smsgate: Scripted, fault: Exception
) -> None:
    kannel.always = fault
    to_her(office)
    later(office)
    assert (row(office).status, row(office).attempts) == (S.UNKNOWN, 1)
    assert (kannel.sent, smsgate.sent) == ([SHE], [])


def test_a_cadres_message_that_may_have_left_is_sent_once_more_by_the_second(
    office: Office, kannel: Scripted, smsgate: Scripted
) -> None:
    kannel.always = smsgate.always = MaybeSent("read_timeout")
    to_cadre(office)
    later(office)
    assert (row(office).status, row(office).attempts) == (S.UNKNOWN, 2)
    assert (kannel.sent, smsgate.sent) == ([SRI], [SRI])


def test_an_officers_message_that_may_have_left_is_sent_again_by_the_second(
    office: Office, kannel: Scripted, smsgate: Scripted
) -> None:
    kannel.always = MaybeSent("read_timeout")
    to_officer(office)
    office.work()
    assert (row(office).status, smsgate.sent) == (S.ERRORED, [])
    office.forward(seconds=2)
    assert (row(office).status, row(office).provider) == (S.SENT, "smsgate")
    assert (kannel.sent, smsgate.sent) == ([BUDI], [BUDI])


@pytest.mark.parametrize("fault", [MaybeSent("read_timeout"), NotSent("throttled", 600.0), OutOfOrder("credentials")])
def test_an_alert_of_p1_reaches_the_officer_by_the_second_within_two_minutes(
    office: Office, kannel: Scripted, smsgate: Scripted, fault: Exception
) -> None:
    officer = office.officer()
    kannel.always = fault
    a_message(office, P.ALERT, R.OFFICER, to=officer.number, case=a_case(office, Priority.P1))
    started = office.clock.now
    while officer.number not in smsgate.sent:
        office.forward(seconds=1)
        assert office.clock.now - started < timedelta(minutes=2)


@pytest.mark.parametrize("fault", [Refused("InvalidPhoneNumber"), Refused("UserInBlacklist", opted_out=True)])
def test_a_final_refusal_is_final_and_an_opt_out_is_not_gone_round(
    office: Office, kannel: Scripted, smsgate: Scripted, fault: Exception
) -> None:
    kannel.always = fault
    to_her(office)
    later(office, 3)
    assert (row(office).status, row(office).provider) == (S.FAILED, "kannel")
    assert smsgate.sent == []


def test_a_phone_that_no_carrier_reaches_is_failed_and_one_that_was_busy_is_asked_again(
    office: Office, kannel: Scripted, smsgate: Scripted
) -> None:
    kannel.always = smsgate.always = NoRoute("CouldNotRoute")
    to_officer(office)
    office.work()
    assert row(office).status is S.FAILED
    kannel.always = NotSent("busy")
    to_her(office)
    office.work()
    assert [found.status for found in rows(office)] == [S.FAILED, S.ERRORED]
    kannel.always = None
    later(office, 1)
    assert [found.status for found in rows(office)] == [S.FAILED, S.SENT]


# Holds


def test_a_carrier_without_balance_is_left_alone_tried_once_a_minute_and_taken_up_again(
    office: Office, kannel: Scripted, smsgate: Scripted
) -> None:
    kannel.always = OutOfOrder("InsufficientBalance")
    for _ in range(5):
        to_officer(office, P.REMINDER)
        office.work()
    assert (len(kannel.sent), len(smsgate.sent)) == (1, 5)
    assert ready(office) == ["ok"]
    assert 'beliperak_carrier_held{carrier="kannel",why="InsufficientBalance"} 1.0' in figures(office)
    assert 'beliperak_carrier_held{carrier="smsgate",why=""} 0.0' in figures(office)
    office.clock.now += timedelta(seconds=61)
    for _ in range(3):
        to_officer(office, P.REMINDER)
    office.work()
    assert (len(kannel.sent), len(smsgate.sent)) == (2, 8)
    kannel.always = None
    office.clock.now += timedelta(seconds=61)
    to_officer(office, P.REMINDER)
    office.work()
    to_officer(office, P.REMINDER)
    office.work()
    assert (len(kannel.sent), len(smsgate.sent)) == (4, 8)
    assert 'beliperak_carrier_held{carrier="kannel",why=""} 0.0' in figures(office)


def test_a_residents_message_is_not_what_a_held_carrier_is_tried_with(
    office: Office, kannel: Scripted, smsgate: Scripted
) -> None:
    kannel.always = OutOfOrder("credentials")
    to_officer(office)
    office.work()
    kannel.always = MaybeSent("read_timeout")
    office.clock.now += timedelta(minutes=5)
    to_her(office)
    to_cadre(office)
    office.work()
    assert (len(kannel.sent), sorted(smsgate.sent)) == (1, sorted([BUDI, SHE, SRI]))


def test_a_wish_to_wait_is_kept_for_all_messages(office: Office, kannel: Scripted, smsgate: Scripted) -> None:
    kannel.acts = [NotSent("throttled", 300.0)]
    for _ in range(4):
        to_officer(office)
        office.forward(seconds=60)
    assert (len(kannel.sent), len(smsgate.sent)) == (1, 4)
    office.forward(minutes=2)
    to_officer(office)
    office.work()
    assert (len(kannel.sent), len(smsgate.sent)) == (2, 4)


def test_a_wish_to_wait_for_an_hour_is_kept_for_ten_minutes(
    office: Office, kannel: Scripted, smsgate: Scripted
) -> None:
    kannel.acts = [NotSent("throttled", 3600.0)]
    smsgate.acts = [NotSent("throttled", 3600.0)]
    to_officer(office, P.REMINDER)
    office.work()
    office.forward(minutes=9)
    assert row(office).status is S.ERRORED
    later(office, 2)
    assert row(office).status is S.SENT


def test_with_every_carrier_held_the_office_is_not_ready_and_goes_on_by_itself(
    office: Office, kannel: Scripted, smsgate: Scripted
) -> None:
    kannel.always, smsgate.always = OutOfOrder("InsufficientBalance"), OutOfOrder("credentials")
    for _ in range(3):
        to_officer(office, P.REMINDER)
    office.work()
    assert ready(office) == ["carrier", "balance"]
    first = len(kannel.sent) + len(smsgate.sent)
    for _ in range(5):
        office.forward(minutes=1)
    tried = len(kannel.sent) + len(smsgate.sent) - first
    assert 5 <= tried <= 2 * 6  # each once a minute
    smsgate.always = None
    office.forward(minutes=1)
    office.forward(minutes=1)
    assert {found.status for found in rows(office)} == {S.SENT}
    assert ready(office) == ["ok"]


@pytest.mark.parametrize("word", ["InsufficientBalance", "credentials"])
def test_one_held_carrier_of_two_is_no_alarm_of_readyz(office: Office, word: str) -> None:
    office.work()
    office.write(lambda session: pulse.hold(session, office.clock.now, "kannel", word))
    office.write(lambda session: pulse.hold(session, office.clock.now, "a carrier of last year", word))
    assert ready(office) == ["ok"]
    office.write(lambda session: pulse.hold(session, office.clock.now, "smsgate", word))
    assert ready(office) == ["balance" if "Balance" in word else "carrier"]


def test_two_workers_share_what_is_known_of_a_carrier(office: Office, kannel: Scripted, smsgate: Scripted) -> None:
    kannel.always = OutOfOrder("InsufficientBalance")
    to_officer(office)
    office.work()
    for number in range(20):
        a_message(office, P.ANSWER, R.OFFICER, to=f"+62811000{number:05}")
    office.clock.now += timedelta(seconds=61)
    parts = office.parts
    both = [Sender(parts.store, parts.desk, (kannel, smsgate), office.clock) for _ in range(2)]
    threads = [threading.Thread(target=sender.drain) for sender in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for sender in both:
        sender.close()
    assert len(kannel.sent) == 2
    assert len(smsgate.sent) == len(set(smsgate.sent)) == 21


def test_a_worker_that_stood_still_at_the_first_carrier_does_not_go_on_to_the_second(
    office: Office, kannel: Scripted, smsgate: Scripted
) -> None:
    def stand_still() -> None:
        office.clock.now += timedelta(seconds=61)
        raise NotSent("unreachable")

    kannel.acts = [stand_still]
    to_her(office)
    office.sender.drain()
    assert smsgate.sent == []


# Conversations


def test_an_answer_leaves_by_the_carrier_that_brought_the_text(
    office: Office, kannel: Scripted, smsgate: Scripted
) -> None:
    query = {"id": "k1", "from": SHE, "to": "12345", "text": "tetangga saya dipukul suaminya"}
    web = office.app.test_client()
    token = office.parts.settings.webhook_tokens[0]
    assert web.get(f"/webhooks/kannel/{token}/sms", query_string=query).status_code == 200
    office.work()
    assert (kannel.sent, smsgate.sent) == ([SHE], [])


def test_an_answer_to_the_phone_leaves_by_the_phone(office: Office, kannel: Scripted, smsgate: Scripted) -> None:
    words = InboundSms("smsgate", "ev1", SHE, "", "tetangga saya dipukul suaminya", None)
    StoredInbox(office.parts, Spool(office.parts.settings.spool, office.parts.desk.keyring)).sms(words)
    office.work()
    assert (kannel.sent, smsgate.sent) == ([], [SHE])


# Setting up


def test_each_listed_carrier_has_its_routes_and_no_other(make_office: MakeOffice, tmp_path: Path) -> None:
    keyring.generate(tmp_path / "keys.json")
    real = {**BOTH, "AT_USERNAME": "perak", "AT_API_KEY": "atsk"}
    token = "practice-token-0123456789"
    asked = {
        "kannel": ("GET", f"/webhooks/kannel/{token}/sms?from=%2B6281100009999&text=HALO"),
        "smsgate": ("POST", f"/webhooks/smsgate/{token}"),
        "africastalking": ("POST", f"/webhooks/africastalking/{token}/sms"),
    }
    lists = ["kannel", "smsgate", "africastalking", "kannel,smsgate", "smsgate,africastalking", "simulator"]
    for listed in lists:
        office = make_office(**{**real, "PROVIDER": listed})
        names = ["africastalking" if name == "simulator" else name for name in listed.split(",")]
        for name, (method, path) in asked.items():
            status = office.app.test_client().open(path, method=method).status_code
            assert (status == 404) == (name not in names), (listed, name)


def test_carriers_are_opened_in_their_order(tmp_path: Path) -> None:
    keyring.generate(tmp_path / "keys.json")
    real = {**BOTH, "WEBHOOK_TOKEN": "t" * 32, "AT_USERNAME": "perak", "AT_API_KEY": "atsk"}
    for listed in ("kannel,smsgate", "smsgate,kannel,africastalking", "simulator"):
        carriers = open_carriers(Settings.load({**real, "PROVIDER": listed}, tmp_path))
        assert ",".join(carrier.name for carrier in carriers) == listed
        for carrier in carriers:
            carrier.close()


def test_every_missing_setting_of_every_carrier_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as told:
        Settings.load({"PROVIDER": "kannel,smsgate"}, tmp_path)
    named = {fault.split()[0] for fault in told.value.faults}
    assert named == (BOTH.keys() - {"PROVIDER"}) | {"WEBHOOK_TOKEN"}


def test_a_signing_key_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    keyring.generate(tmp_path / "keys.json")
    with pytest.raises(BadSettings) as told:
        Settings.load({**BOTH, "WEBHOOK_TOKEN": "t" * 32, "SMSGATE_SIGNING_KEY": "short"}, tmp_path)
    assert [fault.split()[0] for fault in told.value.faults] == ["SMSGATE_SIGNING_KEY"]
