"""Dial, press 2: the case and its alerts exist in that hop, whatever happens next."""

from tests.office import Office


def test_pressing_two_opens_a_p1_case_and_queues_its_alerts(any_office: Office) -> None:
    office = any_office
    officer = office.officer()
    office.phone().dial().press("2")
    assert office.case()["priority"] == "P1"
    assert office.case()["status"] == "new"
    assert [row["purpose"] for row in office.messages()] == ["alert"]
    office.work()
    assert officer.last.endswith(f"AMBIL {officer.code()}")


def test_an_officer_takes_reports_and_proposes_by_sms_and_a_supervisor_closes(any_office: Office) -> None:
    office = any_office
    officer, other = office.officer("Ani"), office.officer("Budi")
    head = office.officer("Citra", role="supervisor", on_duty=False)
    caller = office.phone()
    caller.dial().press("2")
    office.work()
    officer.text(f"AMBIL {officer.code()}")
    office.work()
    assert office.case()["status"] == "accepted"
    assert office.case()["accepted_by"] == "Ani"
    assert "sudah diambil Ani" in other.last
    officer.text(f"SUDAH {officer.code()}")
    office.work()
    assert "hasil?" in officer.last
    officer.text("1")
    office.work()
    assert office.case()["first_action_at"]
    officer.text(f"SELESAI {office.case()['reference'][3:]}")
    office.work()
    officer.text(officer.code())
    office.work()
    assert "menunggu penyelia" in officer.last
    head.text(f"SELESAI {head.code()}")
    office.work()
    assert office.case()["status"] == "closed"
    assert caller.inbox == []
