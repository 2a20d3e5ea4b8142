"""The channel log: states without texts, the queue's pulse, and once more for what did not arrive."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, text

from gateway.outbox import held, pulse
from gateway.providers.simulator.client import SimulatorSms
from gateway.worker.sending import Sender
from models.outbound import OutboundMessage
from models.throttle import AccessRecord
from models.vocabulary import Priority, Purpose, Recipient
from tests.console.desk import Desk, at_desk, statements
from tests.made import SHE, SMS, a_case, a_message, rows
from tests.office import Office

SECRET = "kalimat yang tidak boleh tampil"


def failed(office: Office, recipient: Recipient = Recipient.OFFICER, **more: str) -> OutboundMessage:
    purpose = Purpose.PROGRESS if recipient is Recipient.REPORTER else Purpose.REMINDER
    a_message(office, purpose, recipient, text=SECRET, **more)
    made = rows(office)[-1]
    change = "UPDATE outbound_message SET status = 'failed', code = 'absent', cost = 'IDR 250' WHERE id = :id"
    office.write(lambda session: session.execute(text(change), {"id": made.id}))
    return made


def press(desk: Desk, message_id: str) -> Desk:
    desk.get("/channel")
    return desk.post("/channel/again", receipt=desk.hidden("receipt"), id=message_id)


def test_states_codes_and_costs_are_told_and_no_text_and_no_phone(any_office: Office) -> None:
    failed(any_office)
    desk = at_desk(any_office).get("/channel")
    for words in ("absent", "IDR 250", "+6281*****999"):
        assert words in desk.words
    assert SECRET not in desk.text
    assert SHE not in desk.text


def test_an_admin_sees_neither_whose_case_nor_her_phone(office: Office) -> None:
    case = a_case(office, contact=SMS)
    failed(office, Recipient.REPORTER, case=case)
    assert "BP-" in at_desk(office, "budi", role="officer").get("/channel").words
    words = at_desk(office, "cici", role="admin").get("/channel").words
    assert "BP-" not in words
    assert "*****" not in words


def test_another_area_sees_neither_either(office: Office) -> None:
    case = a_case(office, contact=SMS)
    failed(office, Recipient.REPORTER, case=case)
    office.write(lambda session: session.execute(text("UPDATE case_file SET kecamatan = '64.01.03'")))
    words = at_desk(office, role="officer", areas="64.01.04").get("/channel").words
    assert "BP-" not in words
    assert "*****" not in words


def test_a_partys_relative_sees_neither_either(office: Office) -> None:
    case, desk = a_case(office, contact=SMS), at_desk(office, role="officer")
    failed(office, Recipient.REPORTER, case=case)
    assert "BP-" in desk.get("/channel").words
    desk.get(f"/files/{office.case()['reference'][3:]}")
    desk.post(f"/files/{office.case()['reference'][3:]}/do/related", receipt=desk.hidden("receipt"))
    assert "BP-" not in desk.get("/channel").words
    assert "*****" not in desk.words


def test_a_leader_sends_again_and_a_second_press_is_refused(any_office: Office) -> None:
    made, desk = failed(any_office), at_desk(any_office)
    press(desk, made.id).follow()
    assert "sekali lagi" in desk.words
    assert press(desk, made.id).status == 409
    assert "sudah dikirim lagi" in desk.words
    assert len(rows(any_office)) == 2


def test_no_button_sends_to_a_resident_without_consent(office: Office) -> None:
    made, desk = failed(office, Recipient.REPORTER, case=a_case(office, Priority.P2)), at_desk(office)
    assert press(desk, made.id).status == 409
    assert "tidak boleh dikirimi" in desk.words
    assert len([row for row in rows(office) if row.recipient is Recipient.REPORTER]) == 1


def test_an_officer_has_no_button(office: Office) -> None:
    failed(office)
    assert "Kirim lagi" not in at_desk(office, role="officer").get("/channel").words


def test_a_held_queue_and_a_silent_worker_are_said_loudly(office: Office) -> None:
    desk = at_desk(office).get("/channel")
    assert "Pengirim tidak berjalan." in desk.words
    office.write(lambda session: pulse.beat(session, office.clock.now, "worker"))
    office.write(lambda session: pulse.hold(session, office.clock.now, "simulator", "InsufficientBalance"))
    desk.get("/channel")
    assert "Pengirim tidak berjalan." not in desk.words
    assert "Antrean ditahan." in desk.words
    office.clock.now += timedelta(minutes=2)
    assert "Pengirim tidak berjalan." in desk.get("/channel").words


def test_pages_follow_each_other_at_the_same_cost(office: Office) -> None:
    desk = at_desk(office)
    for _ in range(3):
        failed(office)
    few = statements(office, lambda: desk.get("/channel"))
    for _ in range(50):
        failed(office)
    assert statements(office, lambda: desk.get("/channel")) == few
    assert desk.text.count("absent") == 40
    before = desk.text.partition("before=")[2].partition('"')[0]
    assert desk.get(f"/channel?before={before}").text.count("absent") == 13
    assert desk.get("/channel?show=waiting").text.count("absent") == 0


# What a restore holds


def held_one(office: Office, **more: str) -> OutboundMessage:
    a_message(office, Purpose.REMINDER, Recipient.OFFICER, text=SECRET, **more)
    office.write(lambda session: held.hold_all(session) and None)
    return rows(office)[-1]


def decide(desk: Desk, verb: str, message_id: str) -> Desk:
    desk.get("/channel?show=held")
    return desk.post(f"/channel/{verb}", receipt=desk.hidden("receipt"), id=message_id, show="held")


def test_what_is_held_is_released_by_a_leader_and_leaves(any_office: Office) -> None:
    message = held_one(any_office)
    desk = at_desk(any_office)
    assert "ditahan sampai diputuskan orang" in desk.get("/channel?show=held").words
    assert decide(desk, "release", message.id).status == 303
    assert "Dilepas" in desk.follow().words
    any_office.work()
    assert rows(any_office)[-1].status == "delivered"
    assert "messages released" in traces(any_office)


def test_what_is_held_and_cancelled_never_leaves(any_office: Office) -> None:
    message = held_one(any_office)
    desk = decide(at_desk(any_office), "cancel", message.id)
    assert desk.status == 303
    any_office.work()
    assert rows(any_office)[-1].status == "cancelled"
    assert "messages cancelled" in traces(any_office)
    assert decide(desk, "release", message.id).status == 409
    assert "tidak ditahan lagi" in desk.words


def test_an_officer_may_look_at_what_is_held_and_decide_nothing(office: Office) -> None:
    message = held_one(office)
    desk = at_desk(office, role="officer").get("/channel?show=held")
    assert "Lepas" not in desk.words.replace("Lepas yang masih perlu dikirim", "")
    assert decide(desk, "release", message.id).status == 403


def traces(office: Office) -> list[str]:
    return list(office.read(lambda session: list(session.scalars(select(AccessRecord.what)))))


# What is left at the carrier


class Telling(SimulatorSms):
    """A carrier that says what is left, and counts how often it was asked."""

    def __init__(self, *told: str | None) -> None:
        super().__init__()
        self._told, self.asked = list(told), 0

    def balance(self) -> str | None:
        self.asked += 1
        return self._told.pop(0) if self._told else None


def test_the_balance_is_an_amount_with_the_time_it_was_told(any_office: Office) -> None:
    carrier = Telling("IDR 125000.00", None, "IDR 90000.00")
    any_office.bench = replace(any_office.bench, sender=sender_of(any_office, carrier))
    any_office.work()
    assert carrier.asked == 0, "not before anything else"
    any_office.forward(minutes=10)
    assert "Saldo di simulator, per 10.10 WITA IDR 125000.00" in at_desk(any_office).get("/channel").words
    any_office.forward(minutes=11)
    words = at_desk(any_office, "budi").get("/channel").words
    assert "per 10.10 WITA IDR 125000.00" in words, "what was told last stands with its time"
    any_office.forward(minutes=11)
    assert "per 10.32 WITA IDR 90000.00" in at_desk(any_office, "citra").get("/channel").words


def test_the_carrier_is_not_asked_at_every_look(office: Office) -> None:
    carrier = Telling("IDR 1.00")
    office.bench = replace(office.bench, sender=sender_of(office, carrier))
    office.work().forward(minutes=10)
    for _ in range(5):
        office.work()
    assert carrier.asked == 1


def test_of_a_carrier_that_tells_nothing_the_page_says_so(office: Office) -> None:
    office.work()
    assert "operator ini tidak memberi tahu" in at_desk(office).get("/channel").words


def sender_of(office: Office, carrier: SimulatorSms) -> Sender:
    return Sender(office.parts.store, office.parts.desk, carrier, office.clock)
