"""Nobody waits unseen: the ladder of a danger case, the times of the others, and each step told once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.casework import escalation, handling
from gateway.providers import base
from models.case import CaseFile, RuleFiring
from models.vocabulary import MessageStatus, Priority
from tests.office import Office
from tests.phone import Phone

GROGOT, KUARO = "64.01.04", "64.01.05"
CRY = "TOLONG SENAKEN"
QUIET_REPORT = "LAPOR FISIK SENAKEN istri dipukul suami"
RAPE = "LAPOR PERKOSA SENAKEN perempuan 25 tahun"


class Accepting:
    """A carrier that takes messages and says nothing of their delivery yet."""

    name = "simulator"

    def send(self, message_id: str, to: str, text: str, not_after: datetime) -> base.Accepted:
        return base.Accepted(provider_id=f"sim_{message_id}", status=MessageStatus.SENT)

    def balance(self) -> str | None:
        return None

    def close(self) -> None:
        """Nothing is held open."""


class Staff:
    """Ani is on duty in Tanah Grogot, Budi in Kuaro; Citra supervises and Dewi heads, both at home."""

    def __init__(self, office: Office, *, on_duty: bool = True) -> None:
        self.ani = office.officer("Ani", areas=GROGOT, on_duty=on_duty)
        self.budi = office.officer("Budi", areas=KUARO, on_duty=on_duty)
        self.citra = office.officer("Citra", "supervisor", on_duty=False)
        self.dewi = office.officer("Dewi", "head", on_duty=False)

    def climbs(self) -> tuple[int, int, int, int]:
        """How often each has been told that nobody took the case."""
        return tuple(len(climbs(phone)) for phone in (self.ani, self.budi, self.citra, self.dewi))  # type: ignore[return-value]


def climbs(phone: Phone) -> list[str]:
    return [text for text in told(phone) if "belum diambil" in text]


def late(phone: Phone) -> list[str]:
    return [text for text in told(phone) if "belum ada hasil sejak" in text or "jatuh tempo" in text]


def told(phone: Phone) -> list[str]:
    """Her inbox without the morning's figures, which are no news of any one case."""
    return [text for text in phone.inbox if not text.startswith("07.30 BP:")]


def take(office: Office, phone: Phone) -> None:
    """A second after what she has read, so that her inbox keeps its order."""
    office.clock.now += timedelta(seconds=1)
    phone.text(f"AMBIL {phone.code()}")
    office.work()


def deliver(office: Office, row: dict[str, Any], status: str) -> None:
    form = {"id": row["provider_id"], "status": status, "phoneNumber": row["to"], "networkCode": "99999"}
    assert office.post("delivery", form).status_code == 200


def firings(office: Office) -> Counter[tuple[str, str]]:
    rows = office.read(lambda session: list(session.execute(select(RuleFiring.rule, RuleFiring.step))))
    return Counter((rule, step) for rule, step in rows)


def case_id(office: Office) -> str:
    return str(office.read(lambda session: session.scalar(select(CaseFile.id))))


# Not accepted


def test_a_danger_case_climbs_at_ten_twenty_and_thirty_minutes(any_office: Office) -> None:
    office = any_office
    staff = Staff(office)
    office.cadre().text(CRY)
    office.work()
    assert "prioritas 1 Kec 04" in staff.ani.last
    assert staff.budi.inbox == staff.citra.inbox == staff.dewi.inbox == []
    told = []
    for minutes in (9.9, 0.2, 9.7, 0.2, 9.7, 0.3):
        office.forward(minutes=minutes)
        told.append(staff.climbs())
    assert told == [(0, 0, 0, 0), (1, 1, 0, 0), (1, 1, 0, 0), (1, 1, 1, 0), (1, 1, 1, 0), (1, 1, 1, 1)]
    reference = office.case()["reference"][3:]
    assert (
        staff.dewi.last == f"BP {reference} prioritas 1 Kec 04 belum diambil 30 menit. Balas: AMBIL {staff.dewi.code()}"
    )


def test_then_every_half_hour_for_ever(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    office.work()
    for _ in range(6):
        office.forward(minutes=30)
    assert staff.climbs() == (0, 0, 5, 6)
    office.forward(days=1)
    assert staff.climbs() == (0, 0, 6, 7)
    office.forward(minutes=29)
    assert staff.climbs() == (0, 0, 6, 7)
    office.forward(minutes=1)
    assert staff.climbs() == (0, 0, 7, 8)
    assert "belum diambil 1650 menit" in staff.dewi.last
    assert office.case()["status"] == "new"


def test_the_ladder_goes_by_night_as_by_day(office: Office) -> None:
    staff = Staff(office)
    office.at(23)
    office.cadre().text(CRY)
    for _ in range(6):
        office.forward(minutes=10)
    assert staff.climbs() == (1, 1, 2, 2)


def test_the_rungs_are_settings(make_office: Callable[..., Office]) -> None:
    office = make_office(LADDER_P1="PT1M,PT2M,PT3M")
    staff = Staff(office)
    office.cadre().text(CRY)
    for _ in range(3):
        office.forward(minutes=1)
    assert staff.climbs() == (1, 1, 1, 1)


def test_each_rung_of_a_short_ladder_calls_also_who_has_just_been_called(make_office: Callable[..., Office]) -> None:
    """What lies within half a minute is one call, unless the ladder itself is as short."""
    office = make_office(LADDER_P1="PT3S,PT6S,PT9S")
    citra = office.officer("Citra", "supervisor")
    office.cadre().text(CRY)
    office.work()
    told = []
    for _ in range(3):
        office.forward(seconds=3)
        told.append(len(climbs(citra)))
    assert told[:2] == [1, 2], "on duty, then as the supervisor"


def test_it_counts_from_the_moment_the_case_became_p1(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(QUIET_REPORT)
    office.forward(hours=3)
    office.act(staff.citra, lambda act: handling.change_priority(act, Priority.P1, "he is back"))
    office.work()
    assert "prioritas 1" in staff.ani.last
    office.forward(minutes=9)
    assert staff.climbs() == (0, 0, 0, 0)
    office.forward(minutes=1)
    assert staff.climbs() == (1, 1, 0, 0)
    assert "belum diambil 10 menit" in staff.budi.last


def test_an_officer_called_from_elsewhere_can_take_the_case(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    office.forward(minutes=10)
    take(office, staff.budi)
    assert office.case()["accepted_by"] == "Budi"
    staff.budi.text(f"SUDAH {staff.budi.code()} 4")
    assert office.case()["first_action_at"]


def test_a_supervisor_can_take_it_by_her_code(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    office.forward(minutes=20)
    take(office, staff.citra)
    assert office.case()["accepted_by"] == "Citra"
    assert "sudah diambil Citra" in staff.ani.last


# Accepted, and nothing done


def test_ambil_holds_the_ladder_for_half_an_hour_then_it_goes_on(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    office.forward(minutes=5)
    take(office, staff.ani)
    for _ in range(6):
        office.forward(minutes=5)
    assert staff.climbs() == (0, 0, 0, 0)
    office.forward(minutes=5)
    assert staff.climbs() == (0, 1, 0, 0)
    office.forward(minutes=10)
    assert staff.climbs() == (0, 1, 1, 0)
    office.forward(minutes=10)
    assert staff.climbs() == (0, 1, 1, 1)
    office.forward(minutes=30)
    assert staff.climbs() == (0, 1, 2, 2)
    office.forward(minutes=30)
    assert staff.climbs() == (0, 1, 3, 3)


@pytest.mark.parametrize("after", [8, 50])
def test_a_first_action_ends_it(office: Office, after: int) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    office.forward(minutes=5)
    take(office, staff.ani)
    office.forward(minutes=after)
    staff.ani.text(f"SUDAH {staff.ani.code()} 1")
    before = staff.climbs()
    for _ in range(6):
        office.forward(minutes=30)
    assert staff.climbs() == before
    assert late(staff.ani) == []


@pytest.mark.parametrize("digit", ["2", "3", "5"])
def test_an_attempt_that_reached_nobody_does_not_end_it(office: Office, digit: str) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    office.forward(minutes=5)
    take(office, staff.ani)
    staff.ani.text(f"SUDAH {staff.ani.code()} {digit}")
    office.forward(minutes=40)
    assert staff.climbs() == (0, 1, 0, 0)


@pytest.mark.parametrize("accepted_after", [15, 36, 60, 100])
def test_whenever_it_is_taken_nothing_climbs_for_half_an_hour(office: Office, accepted_after: int) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    for _ in range(accepted_after // 5):
        office.forward(minutes=5)
    take(office, staff.ani)
    before = staff.climbs()
    for _ in range(5):
        office.forward(minutes=5)
    assert staff.climbs() == before
    for _ in range(6):
        office.forward(minutes=10)
    assert staff.climbs() > before


def test_another_officer_may_take_over_once_the_half_hour_is_over(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    office.forward(minutes=5)
    take(office, staff.ani)
    office.forward(minutes=40)
    take(office, staff.budi)
    assert office.case()["accepted_by"] == "Budi"
    assert "sudah diambil Budi" in staff.ani.last
    before = staff.climbs()
    for _ in range(5):
        office.forward(minutes=5)
    assert staff.climbs() == before
    for _ in range(6):
        office.forward(minutes=10)
    assert staff.climbs() > before


def test_nobody_takes_over_before_the_half_hour_is_over(office: Office) -> None:
    staff = Staff(office)
    office.officer("Eka", areas=GROGOT)
    office.cadre().text(CRY)
    office.forward(minutes=10)
    take(office, staff.ani)
    office.forward(minutes=15)
    take(office, staff.budi)
    assert office.case()["accepted_by"] == "Ani"
    assert "sudah diambil Ani" in staff.budi.last


def test_nobody_takes_over_what_has_been_acted_on(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    office.forward(minutes=10)
    code = staff.budi.code()
    take(office, staff.ani)
    staff.ani.text(f"SUDAH {staff.ani.code()} 1")
    office.forward(hours=2)
    staff.budi.text(f"AMBIL {code}")
    office.work()
    assert office.case()["accepted_by"] == "Ani"


# Nobody on duty


def test_with_nobody_on_duty_supervisor_and_head_hear_at_once(any_office: Office) -> None:
    office = any_office
    staff = Staff(office, on_duty=False)
    office.cadre().text(CRY)
    office.work()
    assert "prioritas 1" in staff.citra.last
    assert "prioritas 1" in staff.dewi.last
    assert staff.ani.inbox == staff.budi.inbox == []
    take(office, staff.dewi)
    assert office.case()["accepted_by"] == "Dewi"


def test_with_nobody_on_duty_the_night_agency_is_called_after_twenty_minutes(
    make_office: Callable[..., Office],
) -> None:
    office = make_office(NIGHT_AGENCY="+6281150001110", DUTY_DESK="+6254321110")
    Staff(office, on_duty=False)
    agency = office.phone("+6281150001110")
    office.at(1)
    office.cadre().text(CRY)
    office.forward(minutes=19)
    assert agency.inbox == []
    office.forward(minutes=1)
    (call,) = agency.inbox
    assert call.startswith(f"BP {office.case()['reference'][3:]} prioritas 1 Kec 04 perlu dukungan sekarang.")
    assert "54321110" in call
    for _ in range(6):
        office.forward(minutes=30)
    assert agency.inbox == [call]


def test_the_night_agency_is_left_alone_while_somebody_is_on_duty_or_has_taken_it(
    make_office: Callable[..., Office],
) -> None:
    office = make_office(NIGHT_AGENCY="+6281150001110")
    agency = office.phone("+6281150001110")
    citra = office.officer("Citra", "supervisor", on_duty=False)
    office.cadre().text(CRY)
    office.work()
    take(office, citra)
    office.forward(minutes=25)
    office.officer("Ani", areas=GROGOT)
    office.cadre().text(CRY)
    office.forward(minutes=25)
    assert agency.inbox == []


def test_with_only_officers_in_the_book_a_cry_is_still_told(office: Office) -> None:
    ani = office.officer("Ani", on_duty=False)
    office.cadre().text(CRY)
    office.work()
    assert "prioritas 1" in ani.last


# Neither place nor leave to call


def test_without_place_and_leave_the_supervisor_decides_within_ten_minutes(any_office: Office) -> None:
    office = any_office
    staff = Staff(office)
    office.phone().dial().press("2")
    office.forward(minutes=4)
    assert staff.citra.inbox == []
    office.forward(minutes=6)
    (asked,) = staff.citra.inbox
    assert asked.endswith("prioritas 1 Kec ?: tanpa tempat, tanpa izin kontak. Putuskan di konsol.")


def test_without_place_and_leave_it_stays_the_supervisors_matter_after_ambil(office: Office) -> None:
    staff = Staff(office)
    office.phone().dial().press("2")
    office.work()
    take(office, staff.ani)
    office.forward(minutes=10)
    assert any("tanpa izin kontak" in text for text in staff.citra.inbox)


@pytest.mark.parametrize("keys", [("2", "SENAKEN", "1"), ("2", "2", "1", "1")])
def test_with_a_place_or_leave_there_is_nothing_to_decide(office: Office, keys: tuple[str, ...]) -> None:
    staff = Staff(office)
    office.phone().dial().press(*keys)
    office.forward(minutes=15)
    assert staff.citra.inbox == []


# P2, P3, call me


@pytest.mark.parametrize(("report", "hours"), [(RAPE, 6), (QUIET_REPORT, 24)])
def test_p2_and_p3_climb_when_nobody_took_them_in_time(office: Office, report: str, hours: int) -> None:
    staff = Staff(office)
    office.cadre().text(report)
    office.work()
    assert len(staff.ani.inbox) == 1
    office.forward(hours=hours, minutes=-1)
    assert staff.climbs() == (0, 0, 0, 0)
    office.forward(minutes=2)
    assert staff.climbs() == (1, 1, 1, 0)
    office.forward(hours=hours)
    assert staff.climbs() == (2, 2, 2, 1)


def test_a_wish_to_be_called_climbs_after_ten_minutes(office: Office) -> None:
    staff = Staff(office)
    office.phone().text("TELEPON")
    office.forward(minutes=9)
    assert staff.climbs() == (0, 0, 0, 0)
    office.forward(minutes=1)
    assert staff.climbs() == (1, 1, 1, 0)


def test_a_wish_to_be_called_by_night_climbs_ten_minutes_into_the_day(office: Office) -> None:
    staff = Staff(office)
    office.at(22)
    office.phone().text("TELEPON")
    office.work()
    assert "prioritas 2" in staff.ani.last
    office.at(7, 9).work()
    assert staff.climbs() == (0, 0, 0, 0)
    office.at(7, 10).work()
    assert staff.climbs() == (1, 1, 1, 0)


@pytest.mark.parametrize(("report", "hours"), [(RAPE, 6), (QUIET_REPORT, 24)])
def test_what_was_taken_in_time_never_climbs(office: Office, report: str, hours: int) -> None:
    staff = Staff(office)
    office.cadre().text(report)
    office.work()
    take(office, staff.ani)
    office.forward(hours=hours + 1)
    assert staff.climbs() == (0, 0, 0, 0)


# First action


@pytest.mark.parametrize(("report", "hours"), [(CRY, 1), (RAPE, 6), (QUIET_REPORT, 24)])
def test_the_holder_is_asked_for_a_result_and_the_supervisor_told(office: Office, report: str, hours: int) -> None:
    staff = Staff(office)
    office.cadre().text(report)
    office.work()
    take(office, staff.ani)
    office.forward(hours=hours, minutes=-1)
    assert late(staff.ani) == late(staff.citra) == []
    office.forward(minutes=1)
    (asked,) = late(staff.ani)
    assert f"belum ada hasil sejak {'23-11 ' if hours == 24 else ''}10.00" in asked
    assert f"SUDAH {staff.ani.code()} atau OPER {staff.ani.code()}" in asked
    assert len(late(staff.citra)) == 1
    assert late(staff.dewi) == []
    staff.ani.text(f"SUDAH {staff.ani.code()} 1")
    office.forward(hours=hours)
    office.forward(hours=hours)
    assert len(late(staff.ani)) == 1


def test_a_result_long_overdue_reaches_the_head(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    office.work()
    take(office, staff.ani)
    for _ in range(3):
        office.forward(hours=1)
    assert len(late(staff.ani)) == 3
    assert len(late(staff.dewi)) == 2


def test_a_night_of_overdue_results_ends_in_one_reminder_a_person(office: Office) -> None:
    """Reminders wait for the morning; of those that piled up only the newest is of use."""
    staff = Staff(office)
    office.at(21, 30)
    office.cadre().text(CRY)
    office.work()
    take(office, staff.ani)
    for _ in range(9):
        office.forward(hours=1)
    office.at(7).work()
    assert len(late(staff.ani)) == 1
    assert len(late(staff.citra)) == 1


# Each step once


def test_firing_twice_tells_once(any_office: Office) -> None:
    office = any_office
    staff = Staff(office)
    office.cadre().text(CRY)
    office.work()
    office.clock.now += timedelta(minutes=10)
    desk, now, case = office.parts.desk, office.clock.now, case_id(office)
    fired = [office.write(lambda session: escalation.fire_due(session, desk, now, case)) for _ in range(3)]
    assert fired == [1, 0, 0]
    office.work().work()
    assert staff.climbs() == (1, 1, 0, 0)
    assert max(firings(office).values()) == 1


@pytest.mark.postgres
def test_two_offices_at_one_database_tell_each_step_once(make_office: Callable[..., Office], postgres_url: str) -> None:
    office, twin = make_office(url=postgres_url), make_office(url=postgres_url)
    staff = Staff(office)
    cadre = office.cadre()
    cadre.text(CRY)
    cadre.text(QUIET_REPORT)
    twin.clock.now = office.clock.now
    with ThreadPoolExecutor(2) as pool:
        for minutes in (0, 10, 10, 10, 30, 30):
            office.clock.now += timedelta(minutes=minutes)
            twin.clock.now = office.clock.now
            list(pool.map(Office.work, (office, twin)))
    assert staff.climbs() == (1, 1, 3, 3)
    assert len([text for text in staff.ani.inbox if "prioritas 3" in text]) == 1
    assert max(firings(office).values()) == 1
    assert len([text for text in cadre.inbox if "tersimpan" in text]) == 1


# Downtime


def test_a_day_without_a_worker_ends_in_the_newest_step_alone(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    office.work()
    office.forward(hours=24)
    assert staff.climbs() == (0, 0, 1, 1)
    assert "belum diambil 1440 menit" in staff.dewi.last
    office.forward(minutes=29)
    assert staff.climbs() == (0, 0, 1, 1)
    office.forward(minutes=1)
    assert staff.climbs() == (0, 0, 2, 2)


def test_a_day_without_a_worker_from_the_first_second_floods_nobody_and_forgets_nobody(office: Office) -> None:
    staff = Staff(office)
    cadre = office.cadre()
    cadre.text(CRY)
    cadre.text(RAPE)
    cadre.text(QUIET_REPORT)
    office.forward(hours=24)
    for phone in (staff.ani, staff.budi, staff.citra, staff.dewi):
        about = Counter(text.split()[1] for text in climbs(phone))
        assert all(count == 1 for count in about.values()), phone.inbox
    references = {case["reference"][3:] for case in office.cases()}
    assert {text.split()[1].strip(":") for text in told(staff.citra)} == references
    assert staff.ani.inbox  # the alerts of yesterday are stale; that the cases wait is not
    assert not any("prioritas 1 Kec 04. Balas" in text for text in staff.ani.inbox)


def test_two_matters_due_in_one_tick_are_both_told(office: Office) -> None:
    """The supervisor has to decide about a case without place and leave, and somebody has to take it."""
    staff = Staff(office)
    office.phone().dial().press("2")
    office.forward(minutes=21)
    assert len(climbs(staff.citra)) == 1
    assert sum("tanpa izin kontak" in text for text in staff.citra.inbox) == 1


def test_a_danger_case_told_of_just_before_the_worker_stopped_is_not_told_stale(office: Office) -> None:
    staff = Staff(office)
    office.cadre().text(CRY)
    office.forward(minutes=31)
    stale = [row for row in office.messages() if row["purpose"] == "alert" and row["status"] != "expired"]
    assert stale == []
    assert len(climbs(staff.ani)) == 1


# Alerts that do not arrive


@pytest.mark.parametrize("word", ["Failed", "Rejected", "AbsentSubscriber", "Expired"])
def test_a_danger_alert_that_failed_climbs_at_once(make_office: Callable[..., Office], word: str) -> None:
    office = make_office(provider=Accepting())
    staff = Staff(office)
    office.cadre().text(CRY)
    office.work()
    (alert,) = (row for row in office.messages() if row["purpose"] == "alert")
    deliver(office, alert, word)
    office.work()
    assert staff.climbs() == (1, 1, 1, 1)
    assert "belum diambil 0 menit" in staff.citra.last
    deliver(office, alert, word)
    office.work()
    assert staff.climbs() == (1, 1, 1, 1)
    take(office, staff.dewi)
    assert office.case()["accepted_by"] == "Dewi"


def test_a_danger_alert_delivered_does_not_climb(make_office: Callable[..., Office]) -> None:
    office = make_office(provider=Accepting())
    staff = Staff(office)
    office.cadre().text(CRY)
    office.work()
    (alert,) = (row for row in office.messages() if row["purpose"] == "alert")
    for word in ("Submitted", "Success", "Failed", "Nonsense"):
        deliver(office, alert, word)
    office.work()
    assert staff.climbs() == (0, 0, 0, 0)


def test_an_undelivered_alert_of_an_ordinary_case_does_not_wake_everybody(
    make_office: Callable[..., Office],
) -> None:
    office = make_office(provider=Accepting())
    staff = Staff(office)
    office.cadre().text(QUIET_REPORT)
    office.work()
    (alert,) = (row for row in office.messages() if row["purpose"] == "alert")
    deliver(office, alert, "Failed")
    office.work()
    assert staff.climbs() == (0, 0, 0, 0)


def test_an_alert_that_failed_after_somebody_took_the_case_calls_nobody_to_take_it(
    make_office: Callable[..., Office],
) -> None:
    office = make_office(provider=Accepting())
    staff = Staff(office)
    eka = office.officer("Eka", areas=GROGOT)
    office.cadre().text(CRY)
    office.work()
    take(office, staff.ani)
    (alert,) = (row for row in office.messages() if row["purpose"] == "alert" and row["to"] == eka.number)
    deliver(office, alert, "Failed")
    office.work()
    assert staff.climbs() == (0, 0, 0, 0)
    assert climbs(eka) == []


def test_word_that_the_holder_was_not_reached_takes_no_rungs_place(make_office: Callable[..., Office]) -> None:
    """It asks nobody to take the case, so whoever has just read it is still called."""
    office = make_office(provider=Accepting())
    staff = Staff(office)
    cadre = office.cadre()
    cadre.text(CRY)
    office.work()
    take(office, staff.ani)
    staff.ani.text(f"SUDAH {staff.ani.code()} 1")
    office.forward(minutes=1)
    cadre.text(CRY)
    office.work()
    (repeat,) = (row for row in office.messages() if "pesan baru" in row["text"])
    office.forward(minutes=9, seconds=45)
    deliver(office, repeat, "Failed")
    assert any("tidak terjangkau" in row["text"] and row["to"] == staff.budi.number for row in office.messages())
    office.forward(seconds=20)
    assert len([row for row in office.messages() if row["to"] == staff.budi.number and "AMBIL" in row["text"]]) == 1


def test_a_late_report_on_an_alert_from_before_calls_nobody(make_office: Callable[..., Office]) -> None:
    """Taken and given back since, so everybody has been told anew."""
    office = make_office(provider=Accepting())
    staff = Staff(office)
    office.cadre().text(CRY)
    office.work()
    (alert,) = (row for row in office.messages() if row["purpose"] == "alert")
    take(office, staff.ani)
    staff.ani.text(f"OPER {staff.ani.code()}")
    office.work()
    deliver(office, alert, "Failed")
    office.work()
    assert staff.climbs() == (0, 0, 0, 0)


# Places


def test_an_officer_of_another_kecamatan_sleeps_while_one_of_the_place_is_on_duty(office: Office) -> None:
    staff = Staff(office)
    office.at(2)
    office.cadre().text(RAPE)
    office.work()
    assert len(staff.ani.inbox) == 1
    assert staff.budi.inbox == []


def test_with_none_of_the_place_on_duty_those_elsewhere_and_the_leaders_are_told(office: Office) -> None:
    budi = office.officer("Budi", areas=KUARO)
    citra = office.officer("Citra", "supervisor", on_duty=False)
    office.cadre().text(CRY)
    office.work()
    assert len(budi.inbox) == len(citra.inbox) == 1
    take(office, budi)
    assert office.case()["accepted_by"] == "Budi"


def test_an_unknown_place_alerts_all_on_duty(office: Office) -> None:
    staff = Staff(office)
    office.phone().dial().press("2")
    office.work()
    assert len(staff.ani.inbox) == len(staff.budi.inbox) == 1
    assert "Kec ?" in staff.ani.last


def test_a_kecamatan_that_becomes_known_adds_its_officers_and_calls_nobody_twice(any_office: Office) -> None:
    office = any_office
    budi = office.officer("Budi", areas=KUARO)
    caller = office.phone().dial().press("2")
    office.work()
    assert len(budi.inbox) == 1
    ani = office.officer("Ani", areas=GROGOT)
    caller.press("SENAKEN", "1")
    office.work()
    assert "prioritas 1 Kec 04" in ani.last
    assert len(ani.inbox) == len(budi.inbox) == 1


def test_the_roster_decides_not_the_book(office: Office) -> None:
    staff = Staff(office)
    fia = office.officer("Fia", areas=GROGOT, on_duty=False)
    office.cadre().text(CRY)
    office.forward(minutes=11)
    assert fia.inbox == []
    assert len(staff.ani.inbox) == 2


def test_every_climb_is_on_the_record(office: Office) -> None:
    Staff(office)
    office.cadre().text(CRY)
    for _ in range(3):
        office.forward(minutes=10)
    rules = [event["rule"] for event in office.show(office.case()["reference"])["events"] if event["kind"] == "rule"]
    assert Counter(rules)["ladder"] == 3
    total = office.read(lambda session: session.scalar(select(func.count()).select_from(RuleFiring)))
    assert total == len(rules)
