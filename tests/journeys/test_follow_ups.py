"""Answers to "how are you" change the case: raise it, reopen it, alert whoever has to know, or end the messages."""

import pytest
from sqlalchemy import update

from gateway.casework import endings, handling
from models.outbound import OutboundMessage
from models.vocabulary import ContactMode, MessageStatus, Purpose
from tests.made import SMS, a_case
from tests.office import Office
from tests.phone import Phone

ASKED = "Halo, apa kabar?"
REPORT = "LAPOR FISIK SENAKEN perempuan 25 tahun"


def closed(office: Office, citra: Phone, reference: str = "") -> None:
    office.act(citra, handling.accept, reference)
    office.act(citra, lambda act: handling.first_action(act, handling.CONNECTED), reference)
    office.act(citra, lambda act: endings.close(act, "safe"), reference)


def test_call_me_reopens_a_closed_case_raises_it_and_calls_officers(office: Office) -> None:
    ani, citra, she = office.officer("Ani"), office.officer("Citra", "supervisor"), office.phone()
    a_case(office, contact=SMS, phone=she.number)
    closed(office, citra)
    office.forward(days=3)
    assert she.last.startswith(ASKED)
    before = len(ani.inbox)
    she.text("2")
    office.work()
    case = office.case()
    assert (case["status"], case["priority"], case["accepted_by"]) == ("reopened", "P2", None)
    assert any("AMBIL" in text for text in ani.inbox[before:])


@pytest.mark.parametrize("held", [False, True])
def test_call_me_is_told_once_with_one_code(any_office: Office, held: bool) -> None:
    office = any_office
    ani, she = office.officer("Ani"), office.phone()
    a_case(office, contact=SMS, phone=she.number)
    if held:
        office.act(ani, handling.accept)
        office.act(ani, lambda act: handling.first_action(act, handling.CONNECTED))
    office.forward(days=3)
    assert she.last.startswith(ASKED)
    before = len(ani.inbox)
    she.text("2")
    office.work()
    assert office.case()["priority"] == "P2"
    told = ani.inbox[before:]
    assert len(told) == 1, told
    assert ("pesan baru" if held else "AMBIL") in told[0]


def test_worse_reopens_a_closed_case_raises_it_and_calls_officers(office: Office) -> None:
    ani, citra, cadre = office.officer("Ani"), office.officer("Citra", "supervisor"), office.cadre()
    cadre.text(REPORT)
    closed(office, citra)
    office.forward(days=3)
    assert "makin buruk" in cadre.last
    before = len(ani.inbox)
    cadre.text("3")
    office.work()
    assert (office.case()["status"], office.case()["priority"]) == ("reopened", "P2")
    assert any("AMBIL" in text for text in ani.inbox[before:])


def test_a_digit_counts_though_the_carriers_word_on_the_follow_up_was_lost(office: Office) -> None:
    """It may have arrived, and is to be sent once more: who answers it has read it."""
    office.officer("Ani")
    cadre = office.cadre()
    cadre.text(REPORT)
    office.forward(days=3)
    assert "makin buruk" in cadre.last
    lost = update(OutboundMessage).where(OutboundMessage.purpose == Purpose.FOLLOW_UP)
    office.write(lambda session: session.execute(lost.values(status=MessageStatus.ERRORED)) and None)
    cadre.text("3")
    assert office.case()["priority"] == "P2"


def test_worse_in_a_case_somebody_holds_alerts_the_holder(office: Office) -> None:
    ani, cadre = office.officer("Ani"), office.cadre()
    cadre.text(REPORT)
    office.act(ani, handling.accept)
    office.act(ani, lambda act: handling.first_action(act, handling.CONNECTED))
    office.forward(days=3)
    before = len(ani.inbox)
    cadre.text("3")
    office.work()
    assert (office.case()["status"], office.case()["priority"]) == ("in_progress", "P2")
    assert any("pesan baru" in text for text in ani.inbox[before:])


def test_well_is_recorded_and_lowers_ends_or_counts_for_nothing(office: Office) -> None:
    she = office.phone()
    office.officer("Ani")
    a_case(office, contact=SMS, phone=she.number)
    before = office.case()
    office.forward(days=3)
    she.text("1")
    office.work()
    assert office.case() == before
    kinds = [event["kind"] for event in office.show(before["reference"])["events"]]
    assert kinds.count("follow_up_answer") == 1


@pytest.mark.parametrize("well", [1, 2])
def test_call_me_counts_also_after_somebody_answered_well(office: Office, well: int) -> None:
    ani, she = office.officer("Ani"), office.phone()
    a_case(office, contact=SMS, phone=she.number)
    office.forward(days=3)
    for _ in range(well):
        she.text("1")
        office.forward(minutes=30)
    before = len(ani.inbox)
    she.text("2")
    office.work()
    case = office.case()
    assert (case["priority"], case["contact"]["mode"] != "none") == ("P2", True)
    assert any("AMBIL" in text for text in ani.inbox[before:])
    assert she.last == "Baik. Jam berapa? Balas 1 sekarang, 2 pagi, 3 siang, 4 sore."


def test_stop_ends_the_messages_of_that_case_only(office: Office) -> None:
    she = office.phone()
    a_case(office, contact=SMS, phone=she.number)
    office.forward(days=2)
    a_case(office, contact=SMS, phone=she.number)
    office.forward(days=1)
    assert she.last.startswith(ASKED)
    she.text("0")
    office.work()
    assert [case["contact"]["mode"] for case in office.cases()] == [ContactMode.NONE, ContactMode.SMS]
    asked = sum(text.startswith(ASKED) for text in she.inbox)
    office.forward(days=2)
    assert sum(text.startswith(ASKED) for text in she.inbox) == asked + 1, "the second case still asks"
