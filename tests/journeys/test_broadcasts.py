"""A message of the office to its cadres: looked at, paced, behind alerts, stopped; and never to a resident."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.casework import broadcasts, lessons
from gateway.casework.broadcasts import A_MINUTE, Preview, paced
from gateway.clock import Office as Hours
from gateway.details import Contact
from gateway.errors import Refused
from gateway.outbox import queue
from gateway.providers.simulator.client import SimulatorSms
from models.outbound import OutboundMessage
from models.people import find_cadre, find_officer
from models.vocabulary import ContactMode, MessageStatus, Priority, Purpose, Recipient
from tests.conftest import MakeOffice
from tests.made import a_case, a_message, claimed
from tests.office import Office
from tests.phone import Phone

GROGOT, KUARO = ("64.01.04",), ("64.01.05",)
MEETING = "Rapat kader Sabtu 09.00 di balai. Bawa buku catatan."
IN_KUARO = "64.01.05.2005"


def officer_row(session: Any, office: Office, phone: Phone) -> Any:
    return find_officer(session, office.parts.desk.keyring.index("phone", phone.number))


def look(office: Office, phone: Phone, areas: tuple[str, ...] = GROGOT, text: str = MEETING) -> Preview:
    desk = office.parts.desk
    found: Preview = office.read(
        lambda session: broadcasts.preview(session, desk, officer_row(session, office, phone), areas, text)
    )
    return found


def send(office: Office, phone: Phone, areas: tuple[str, ...] = GROGOT, text: str = MEETING) -> str:
    desk, now = office.parts.desk, office.clock.now

    def work(session: Any) -> str:
        sent, _ = broadcasts.send(session, desk, now, officer_row(session, office, phone), areas, text)
        return sent.id

    return str(office.write(work))


def stop(office: Office, broadcast_id: str) -> tuple[int, int]:
    done: tuple[int, int] = office.write(lambda session: broadcasts.stop(session, office.clock.now, broadcast_id))
    return done


def progress(office: Office) -> dict[str, Any]:
    (row,) = office.read(lambda session: broadcasts.list_all(session, office.parts.desk))
    return dict(row)


def change(office: Office, cadre: Phone, **values: Any) -> None:
    index = office.parts.desk.keyring.index("phone", cadre.number)

    def work(session: Any) -> None:
        row = find_cadre(session, index)
        for name, value in values.items():
            setattr(row, name, value)

    office.write(work)


@pytest.fixture
def citra(office: Office) -> Phone:
    return office.officer("Citra", "supervisor", on_duty=False)


# Before


def test_the_preview_tells_length_receivers_and_who_is_left_out(make_office: MakeOffice) -> None:
    office = make_office(SMS_PRICE="350")
    citra = office.officer("Citra", "supervisor", on_duty=False)
    _well, _well_too, frozen, new, stopped = (office.cadre() for _ in range(5))
    office.cadre(IN_KUARO)
    change(office, frozen, suspended_at=office.clock.now)
    change(office, new, confirmed_at=None)
    stopped.text("BERHENTI")
    looked = look(office, citra)
    left = looked.receivers
    assert (looked.encoding, looked.segments, looked.sms, looked.cost, looked.faults) == ("GSM-7", 1, 2, 700.0, ())
    assert (len(left.cadres), left.suspended, left.unconfirmed, left.opted_out) == (2, 1, 1, 1)
    assert len(look(office, citra, GROGOT + KUARO).receivers.cadres) == 3
    assert [row["text"] for row in office.messages()] == ["Baik. Terima kasih."]  # the answer to BERHENTI


def test_without_a_price_the_cost_is_the_number_of_sms(office: Office, citra: Phone) -> None:
    office.cadre()
    looked = look(office, citra, text="x" * 161)
    assert (looked.segments, looked.sms, looked.cost) == (2, 2, None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "nothing to say"),
        ("x" * 161, "longer than one SMS"),
        ("Rapat \U0001f600", "a character outside the GSM basic set"),
        ("Ada kasus kekerasan, hadir semua", "a kind of violence: kekerasan"),
        ("Korban perlu bantuan", "a word that is in no SMS: korban"),
        ("Polisi hadir Sabtu", "polisi"),
        ("Ibu Siti perlu bantuan", "a person or a relation"),
        ("Rapat di Senaken Sabtu", "a name: Senaken"),
        ("Telepon 081234567890", "a number to call"),
        ("Lihat https://contoh.id", "a link"),
        ("Bisa hadir? 1 ya 2 tidak", "a question to be answered by digits"),
    ],
)
def test_a_text_that_may_not_leave_is_shown_and_not_sent(office: Office, citra: Phone, text: str, fault: str) -> None:
    office.cadre()
    assert fault in "; ".join(look(office, citra, text=text).faults)
    with pytest.raises(Refused, match=fault):
        send(office, citra, text=text)
    assert office.messages() == []


def test_typographic_signs_are_made_plain(office: Office, citra: Phone) -> None:
    cadre = office.cadre()
    send(office, citra, text="Rapat \u201ckader\u201d \u2013 Sabtu")
    office.work()
    assert cadre.inbox == ['Rapat "kader" - Sabtu']


@pytest.mark.parametrize(
    ("role", "areas", "hers", "why"),
    [
        ("officer", GROGOT, "", "only a supervisor or a head"),
        ("admin", GROGOT, "", "an admin does no outreach"),
        ("supervisor", (), "", "name the kecamatan"),
        ("supervisor", ("64.01.99",), "", "is no kecamatan of this district"),
        ("supervisor", ("64.01.04.2016",), "", "is no kecamatan of this district"),
        ("head", KUARO, "64.01.04", "lies outside this officer's areas"),
        ("head", KUARO, "", "no cadre of these areas may be written to"),
    ],
)
def test_who_may_not_send_is_refused(office: Office, role: str, areas: tuple[str, ...], hers: str, why: str) -> None:
    office.cadre()
    officer = office.officer("Dewi", role, hers, on_duty=False)
    with pytest.raises(Refused, match=why):
        send(office, officer, areas)
    assert office.messages() == []


# On its way


def test_it_reaches_the_cadres_of_its_areas_and_counts_how_many(any_office: Office) -> None:
    office = any_office
    citra = office.officer("Citra", "supervisor", on_duty=False)
    cadres, other = [office.cadre() for _ in range(3)], office.cadre(IN_KUARO)
    send(office, citra)
    assert [progress(office)[name] for name in ("receivers", "left", "waiting")] == [3, 0, 3]
    office.forward(minutes=1)
    assert all(cadre.inbox == [MEETING] for cadre in cadres)
    assert other.inbox == []
    assert [progress(office)[name] for name in ("receivers", "left", "waiting", "lost")] == [3, 3, 0, 0]
    assert (progress(office)["by"], progress(office)["text"]) == ("Citra", MEETING)


def test_it_is_paced_and_a_second_one_queues_behind_the_first(office: Office, citra: Phone) -> None:
    for _ in range(3):
        office.cadre()
    send(office, citra)
    send(office, citra, text="Rapat pindah ke Ahad.")
    due = sorted(row["due_at"] for row in office.messages())
    assert [later - earlier for earlier, later in pairwise(due)] == [timedelta(minutes=1) / A_MINUTE] * 5


def test_it_does_not_leave_by_night(office: Office, citra: Phone) -> None:
    cadre = office.cadre()
    office.at(22)
    send(office, citra)
    office.forward(hours=1)
    assert cadre.inbox == []
    office.at(7, 0).work()
    assert cadre.inbox == [MEETING]


def test_alerts_leave_before_it(office: Office, citra: Phone) -> None:
    office.cadre()
    send(office, citra)
    office.officer("Ani")
    office.phone().dial().press("2")
    purposes = [outgoing.purpose for outgoing in claimed(office, limit=50)]
    assert purposes[0] is Purpose.ALERT
    assert purposes[-1] is Purpose.FOLLOW_UP


def test_sent_twice_by_mistake_it_leaves_once(any_office: Office) -> None:
    office = any_office
    citra, cadre = office.officer("Citra", "supervisor", on_duty=False), office.cadre()

    def clerk(number: int) -> bool:
        try:
            send(office, citra)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(clerk, range(4))) == 1
    office.work()
    assert cadre.inbox == [MEETING]


def test_stopped_it_cancels_what_has_not_left(office: Office, citra: Phone) -> None:
    cadres = [office.cadre() for _ in range(4)]
    broadcast_id = send(office, citra)
    office.forward(seconds=2)
    gone = sum(len(cadre.inbox) for cadre in cadres)
    assert 0 < gone < 4
    assert stop(office, broadcast_id) == (4 - gone, gone)
    office.forward(minutes=5)
    assert sum(len(cadre.inbox) for cadre in cadres) == gone
    assert progress(office)["cancelled"] == 4 - gone
    assert progress(office)["stopped_at"] is not None


def test_what_was_on_its_way_when_it_was_stopped_is_not_tried_again(office: Office, citra: Phone) -> None:
    cadre = office.cadre()
    broadcast_id = send(office, citra)
    (outgoing,) = claimed(office)
    stop(office, broadcast_id)
    outcome = queue.Outcome(MessageStatus.ERRORED, "simulator", code="busy", again_after=timedelta(minutes=1))
    office.write(lambda session: queue.settle(session, office.clock.now, outgoing, outcome))
    office.work()
    office.forward(minutes=5)
    assert cadre.inbox == []


def test_an_unknown_broadcast_can_not_be_stopped(office: Office) -> None:
    with pytest.raises(Refused, match="no broadcast has the id"):
        stop(office, "nothing")


@pytest.mark.parametrize("why", ["suspended", "opted out"])
def test_who_may_not_be_written_to_any_more_is_left_out_when_it_leaves(office: Office, citra: Phone, why: str) -> None:
    cadre = office.cadre()
    office.at(22)
    send(office, citra)
    if why == "suspended":
        change(office, cadre, suspended_at=office.clock.now)
    else:
        cadre.text("BERHENTI")
    office.at(7, 5).work()
    assert MEETING not in cadre.inbox


def test_its_rank_is_behind_every_alert_also_of_an_ordinary_case(office: Office, citra: Phone) -> None:
    office.cadre()
    send(office, citra)
    case = a_case(office, Priority.P3)
    a_message(office, Purpose.ALERT, Recipient.OFFICER, "+6281100007777", "BP", case=case)
    wanted = select(OutboundMessage.rank, OutboundMessage.purpose).order_by(OutboundMessage.rank)
    ranks = office.read(lambda session: list(session.execute(wanted)))
    assert ranks[0][1] is Purpose.ALERT
    assert ranks[-1] == (2, Purpose.FOLLOW_UP)


HOURS = Hours("Asia/Makassar", (time(21), time(7)))


@given(st.integers(0, 200), st.integers(1, 60), st.integers(0, 24 * 60))
def test_the_pace_is_kept_and_nothing_falls_due_by_night(count: int, a_minute: int, minute: int) -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=minute)
    times = paced(HOURS, start, count, a_minute)
    assert len(times) == count
    assert not any(HOURS.is_quiet(at) for at in times)
    assert all(later - earlier >= timedelta(minutes=1) / a_minute for earlier, later in pairwise(times))


# Never a resident

PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["resident", "sms", "both", "cadre", "frozen", "new", "stopped"]), st.booleans(), st.booleans()
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(people=PEOPLE)
def test_nothing_of_it_ever_goes_to_a_resident(tmp_path_factory: pytest.TempPathFactory, people: Any) -> None:
    """Whoever lives in the district, and whatever they allowed: only willing, confirmed cadres are written to."""
    office = Office(tmp_path_factory.mktemp("office"), provider=SimulatorSms())
    try:
        citra = office.officer("Citra", "supervisor", on_duty=False)
        welcome = set()
        for kind, taught, in_kuaro in people:
            if kind in ("resident", "sms", "both"):
                mode = {"resident": ContactMode.NONE, "sms": ContactMode.SMS, "both": ContactMode.BOTH}[kind]
                a_case(office, contact=Contact(mode), phone=office.phone().number)
                continue
            cadre = office.cadre(IN_KUARO if in_kuaro else "64.01.04.2016")
            change(office, cadre, lessons_at=office.clock.now if taught else None)
            if kind == "frozen":
                change(office, cadre, suspended_at=office.clock.now)
            elif kind == "new":
                change(office, cadre, confirmed_at=None)
            elif kind == "stopped":
                cadre.text("BERHENTI")
            else:
                welcome.add(cadre.number)
        office.work()
        before = {row["id"] for row in office.messages()}
        try:
            send(office, citra, GROGOT + KUARO)
        except Refused:
            assert not welcome
        for cadre_id in office.read(lambda s: lessons.find_due(s, office.parts.desk, office.clock.now)):
            office.write(lambda s, cadre_id=cadre_id: lessons.send(s, office.parts.desk, office.clock.now, cadre_id))
        sent = [row for row in office.messages() if row["id"] not in before]
        assert {row["to"] for row in sent} <= welcome
        assert {row["recipient"] for row in sent} <= {"cadre"}
        if welcome:
            assert {row["to"] for row in sent if row["text"] == MEETING} == welcome
    finally:
        office.close()
