"""No SMS to a resident who never said it is safe; and with her leave only at her hours, by day, until she ends it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import endings, handling
from gateway.casework.acts import Act
from gateway.errors import Refused
from models.outbound import OutboundMessage
from models.vocabulary import ContactMode
from tests.conftest import MakeOffice
from tests.journeys.looking import receipt_on
from tests.office import Office
from tests.phone import Phone

FOLLOW_UP = "Halo, apa kabar? Balas 1 baik, 2 minta ditelepon, 0 berhenti."
HOURS = {"1": (8, 11), "2": (11, 15), "3": (15, 18), "4": (18, 21), "5": (7, 21)}


def file_report(office: Office, *contact: str, hours: str = "") -> Phone:
    """A filed report with this answer to "may we contact this phone?"."""
    more = (*contact, "1", hours) if hours else contact
    return office.phone().dial().press("3", "4", "2", "1", "2", *more, "1")


EVENING = (19,)
AROUND_EVERY_WINDOW = (0, 7, 8, 11, 15, 18, 21)


def let_days_pass(office: Office, at_hours: tuple[int, ...] = EVENING) -> None:
    """Fifteen days; the worker runs at these hours of those that matter."""
    for day in range(1, 16):
        if day in (1, 3, 4, 14, 15):
            for hour in at_hours:
                office.at(hour, 1).work()
        else:
            office.at(12)


def hours_sent(office: Office, phone: Phone) -> list[float]:
    """The times of day in Paser at which something left for this phone."""
    index = office.parts.desk.keyring.index("phone", phone.number)

    def sent(session: Session) -> list[float]:
        rows = session.scalars(select(OutboundMessage).where(OutboundMessage.to_index == index))
        local = [office.parts.desk.office.local(row.sent_at) for row in rows if row.sent_at]
        return [moment.hour + moment.minute / 60 for moment in local]

    return office.read(sent)  # type: ignore[no-any-return]


# With her leave


def test_with_leave_for_sms_she_gets_her_receipt_and_two_follow_ups(office: Office) -> None:
    caller = file_report(office, "3", hours="5")
    receipt = receipt_on(caller)
    office.work()
    assert caller.inbox == [f"Terima kasih, sudah kami terima. Nomor: {receipt}"]
    office.forward(days=2, hours=23)
    assert len(caller.inbox) == 1
    office.forward(hours=2)
    assert caller.inbox[1:] == [FOLLOW_UP]
    office.forward(days=10, hours=22)
    assert caller.inbox[1:] == [FOLLOW_UP]
    office.forward(hours=2)
    assert caller.inbox[1:] == [FOLLOW_UP, FOLLOW_UP]
    let_days_pass(office)
    assert len(caller.inbox) == 3, "no more, ever"


def test_she_is_told_that_it_is_being_processed_in_words_that_give_nothing_away(office: Office) -> None:
    officer = office.officer()
    caller = file_report(office, "4", hours="5")
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    assert caller.last == "Terima kasih sudah menunggu. Masih diproses."


@pytest.mark.parametrize("dialled_at", [10, 23])
def test_whatever_leaves_leaves_within_her_hours(office: Office, dialled_at: int) -> None:
    officer = office.officer("Citra", role="supervisor")
    office.at(dialled_at)
    callers = {hours: file_report(office, "3", hours=hours) for hours in HOURS}
    for case in office.cases():
        office.act(officer, handling.accept, case["reference"])
    let_days_pass(office, AROUND_EVERY_WINDOW)
    for hours, caller in callers.items():
        assert sorted(caller.inbox, key=len, reverse=True)[:2] == [FOLLOW_UP, FOLLOW_UP]
        assert len(caller.inbox) == 4, "receipt, in progress, two follow-ups"
        opens, closes = HOURS[hours]
        assert all(opens <= moment < closes for moment in hours_sent(office, caller)), hours


def test_she_is_asked_how_she_is_also_after_the_end_of_her_case(office: Office) -> None:
    head = office.officer("Citra", role="supervisor")
    caller = file_report(office, "3", hours="5")
    office.act(head, handling.accept)
    office.act(head, lambda act: handling.first_action(act, handling.CONNECTED))
    office.act(head, lambda act: endings.close(act, "selesai"))
    office.forward(days=3)
    assert caller.last == FOLLOW_UP


# Until she ends it


def take_back(office: Office, officer: Phone) -> None:
    office.act(officer, lambda act: handling.change_contact(act, ContactMode.NONE, None, "she asked for it"))


def test_only_her_officer_opens_a_way_to_reach_her_and_anybody_of_the_place_closes_it(any_office: Office) -> None:
    """By the function of every door; while nobody holds the case, whoever answers her is her officer."""
    office = any_office
    holder, colleague = office.officer("Ani"), office.officer("Budi")
    citra = office.officer("Citra", role="supervisor", on_duty=False)
    file_report(office, "3", hours="4")

    def opening(act: Act) -> object:
        return handling.change_contact(act, ContactMode.CALL, "any", "she said so")

    def another_word(act: Act) -> object:
        return handling.change_contact(act, ContactMode.NONE, None, "she said so", "padi")

    office.act(colleague, opening)
    office.act(holder, handling.accept)
    before = office.case()["contact"]
    for change in (opening, another_word):
        with pytest.raises(Refused, match="only its holder or a supervisor lets her be reached"):
            office.act(colleague, change)
        assert office.case()["contact"] == before
    take_back(office, colleague)
    assert office.case()["contact"]["mode"] == "none"
    for may in (holder, citra):
        office.act(may, opening)
        assert office.case()["contact"]["mode"] == "call"
        take_back(office, may)


def statuses(office: Office, phone: Phone) -> list[str]:
    return [row["status"] for row in office.messages() if row["to"] == phone.number]


def test_what_waits_for_her_hours_is_cancelled_when_an_officer_records_that_she_ended_it(office: Office) -> None:
    officer = office.officer()
    caller = file_report(office, "3", hours="4")
    office.work()
    assert statuses(office, caller) == ["queued"], "it waits for the evening"
    take_back(office, officer)
    let_days_pass(office)
    assert caller.inbox == []
    assert statuses(office, caller) == ["cancelled"]


def test_a_follow_up_that_waits_for_the_morning_is_cancelled_too(office: Office) -> None:
    officer = office.officer()
    caller = file_report(office.at(22), "3", hours="5")
    office.at(8).work()
    assert len(caller.inbox) == 1
    office.forward(days=2, hours=15)
    assert statuses(office, caller)[1:] == ["queued"]
    take_back(office, officer)
    let_days_pass(office)
    assert len(caller.inbox) == 1


def test_leave_that_was_taken_back_does_not_come_back_with_a_later_key(office: Office) -> None:
    """A report that became a P1: a later cry joins it, and must not bring back what she allowed in the report."""
    officer = office.officer()
    caller = office.phone().dial().press("3", "4", "2", "3", "2", "3", "1", "5", "1")
    assert (office.case()["priority"], office.case()["contact"]["mode"]) == ("P1", "sms")
    office.work()
    got = len(caller.inbox)
    take_back(office, officer)
    office.forward(minutes=5)
    caller.dial().press("2", "3")
    assert office.case()["contact"]["mode"] == "none"
    let_days_pass(office)
    assert len(caller.inbox) == got


def test_berhenti_ends_it_and_a_later_key_does_not_bring_it_back(office: Office) -> None:
    caller = office.phone().dial().press("3", "4", "2", "3", "2", "3", "1", "5", "1")
    office.work()
    caller.text("BERHENTI")
    office.work()
    got = len(caller.inbox)
    caller.dial().press("2", "3")
    let_days_pass(office)
    assert len(caller.inbox) == got


def test_zero_to_a_follow_up_ends_them(office: Office) -> None:
    caller = file_report(office, "3", hours="5")
    office.work()
    office.forward(days=3)
    caller.text("0")
    office.work()
    got = len(caller.inbox)
    let_days_pass(office)
    assert len(caller.inbox) == got


@pytest.mark.parametrize("keys", [("3",), ("3", "1"), ("3", "1", "5"), ("4", "2", "5")])
def test_leave_for_sms_in_a_report_that_was_never_sent_is_no_leave(office: Office, keys: tuple[str, ...]) -> None:
    officer = office.officer()
    caller = office.phone().dial().press("3", "4", "2", "1", "2", *keys)
    office.forward(minutes=21)
    officer.text(f"AMBIL {officer.code()}")
    let_days_pass(office)
    assert statuses(office, caller) == []


# Without it: never


class Journey:
    """One office, its officers, and a resident's phone that never says yes to an SMS."""

    def __init__(self, root: Path) -> None:
        self.office = Office(root)
        self.officers = [self.office.officer("Ani"), self.office.officer("Citra", role="supervisor")]
        self.resident = self.office.phone().dial()
        self.numbers = ["23456789012"]

    def press(self, key: str) -> None:
        """A key, except the two that give leave for SMS; a session that has ended is dialled anew."""
        if self.resident.ended:
            self.resident.dial()
        asked = self.resident.screen.removeprefix("Pilih angka.\n").startswith(("Boleh kami hubungi", "May we contact"))
        typed = {"number": self.numbers[-1]}.get(key, key)
        self.resident.press("1" if asked and typed in ("3", "4") else typed)
        if "Nomor: " in self.resident.screen:
            self.numbers.append(receipt_on(self.resident))

    def officer(self, index: int, word: str) -> None:
        """AMBIL, SUDAH with its digit, OPER: with the newest code on that phone, if it has one."""
        phone = self.officers[index]
        if word.isdigit():
            phone.text(word)
        elif any(character.isdigit() for text in phone.inbox for character in text):
            phone.text(f"{word} {self._code(phone)}")
        self.office.work()

    def _code(self, phone: Phone) -> str:
        try:
            return phone.code()
        except AssertionError:
            return "000000"

    def wait(self, minutes: int) -> None:
        self.office.forward(minutes=minutes)

    def redial(self, shortcut: str) -> None:
        self.resident.dial(shortcut)

    def end(self) -> None:
        """Long enough for every follow-up and reminder."""
        for _ in range(3):
            self.office.forward(days=5)


KEYS = st.sampled_from([*"12345678", "1", "1", "1", "2", "3", "0", "00", "9", "SENAKEN", "RT 3*masjid", "number", ""])
STEPS = st.one_of(
    st.tuples(st.just("press"), KEYS),
    st.tuples(st.just("press"), KEYS),
    st.tuples(st.just("press"), KEYS),
    st.tuples(st.just("officer"), st.integers(0, 1), st.sampled_from(["AMBIL", "SUDAH", "OPER", "1", "2", "3", "5"])),
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 12, 21, 31, 300, 1440, 4400])),
    st.tuples(st.just("redial"), st.sampled_from(["", "", "2", "1*2", "3*4*2*1*2"])),
)
WHOLE = st.sampled_from(
    [
        ("3", "4", "2", "1", "SENAKEN", "1", "1", "1"),
        ("3", "1", "5", "1", "1", "1", "2", "2", "1", "5", "1"),
        ("3", "3", "1", "2", "3", "2", "1", "1"),
        ("2", "SENAKEN", "1", "RT 3", "1", "1", "3"),
        ("1", "3", "1", "2"),
        ("4", "number", "1", "2", "1", "4"),
    ]
).map(lambda keys: [("press", key) for key in keys])
JOURNEYS = st.lists(st.one_of(STEPS.map(lambda step: [step]), WHOLE), min_size=3, max_size=10)


@contextmanager
def a_journey() -> Iterator[Journey]:
    with TemporaryDirectory() as root:
        journey = Journey(Path(root))
        try:
            yield journey
        finally:
            journey.office.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=JOURNEYS)
def test_a_phone_that_never_gave_leave_for_sms_never_gets_one(steps: list[list[tuple[str, object]]]) -> None:
    with a_journey() as journey:
        for name, *arguments in (step for part in steps for step in part):
            getattr(journey, name)(*arguments)
        journey.end()
        assert statuses(journey.office, journey.resident) == []


def test_at_any_time_means_outside_the_quiet_hours_that_are_set(make_office: MakeOffice) -> None:
    """An office without quiet hours writes at night to who said that any time is safe."""
    office = make_office(QUIET_HOURS="00:00-00:00")
    office.at(23)
    caller = file_report(office, "3", hours="5")
    office.work()
    office.forward(days=3, minutes=1)
    assert FOLLOW_UP in caller.inbox
