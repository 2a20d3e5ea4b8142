"""The rota lived: shifts that begin, that nobody begins, that end with cases in hand; leave; who is alerted."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.casework import attendance, handling, rota
from gateway.casework.coverage import Span
from gateway.casework.rota import Plan
from gateway.errors import Refused
from models.duty import DutyShift
from models.outbound import OutboundMessage
from models.people import find_officer
from models.throttle import AccessRecord
from tests.office import Office
from tests.phone import Phone

GROGOT, KUARO = "64.01.04", "64.01.05"
DANGER, QUIET = "TOLONG SENAKEN", "LAPOR FISIK SENAKEN istri dipukul suami"
RAPE = "LAPOR PERKOSA SENAKEN perempuan 25 tahun"


def say(office: Office, phone: Phone, words: str) -> list[str]:
    """What a text brings to the phone it came from, a second later."""
    office.clock.now += timedelta(seconds=1)
    before = len(phone.inbox)
    phone.text(words)
    office.work()
    return phone.inbox[before:]


def prove(office: Office, phone: Phone, words: str) -> list[str]:
    """The same for a command that is challenged, and confirmed."""
    assert any(text.startswith("Kode ") for text in say(office, phone, words))
    return say(office, phone, phone.code())


def plan(office: Office, phone: Phone, start: float, end: float, areas: tuple[str, ...] = ()) -> Plan:
    """A shift so many hours from now."""
    now = office.clock.now
    return Plan(phone.number, Span(now + timedelta(hours=start), now + timedelta(hours=end)), areas)


def add(office: Office, phone: Phone, start: float, end: float, areas: tuple[str, ...] = ()) -> Plan:
    planned = plan(office, phone, start, end, areas)
    office.write(lambda session: rota.add_shift(session, office.parts.desk, office.clock.now, planned))
    return planned


def remove(office: Office, planned: Plan) -> None:
    start = planned.span.start
    office.write(lambda session: rota.remove_shift(session, office.parts.desk, planned.phone, start))


def go_on_leave(office: Office, phone: Phone, start: float, end: float) -> rota.Left:
    span = plan(office, phone, start, end).span
    now, desk = office.clock.now, office.parts.desk
    left: rota.Left = office.write(lambda session: rota.take_leave(session, desk, now, phone.number, span))
    return left


def suspend(office: Office, phone: Phone) -> None:
    index = office.parts.desk.keyring.index("phone", phone.number)

    def work(session: Any) -> None:
        officer = find_officer(session, index)
        assert officer is not None
        handling.suspend(session, office.parts.desk, office.clock.now, officer)

    office.write(work)


def shift_of(office: Office, phone: Phone) -> DutyShift:
    officer_id = office.row_of(phone).id
    wanted = select(DutyShift).where(DutyShift.officer_id == officer_id).order_by(DutyShift.starts_at)
    found: DutyShift = office.read(lambda session: list(session.scalars(wanted))[-1])
    return found


def saying(phone: Phone, words: str) -> list[str]:
    return [text for text in phone.inbox if words in text]


def absences(phone: Phone) -> list[str]:
    return saying(phone, "belum HADIR")


@pytest.fixture
def citra(office: Office) -> Phone:
    return office.officer("Citra", "supervisor", on_duty=False)


@pytest.fixture
def ani(office: Office) -> Phone:
    return office.officer("Ani", areas=GROGOT, on_duty=False)


# HADIR


def test_at_its_start_the_officer_is_asked_and_her_hadir_is_kept_on_the_shift(office: Office, ani: Phone) -> None:
    add(office, ani, 1, 9)
    office.forward(minutes=59)
    assert ani.inbox == []
    office.forward(minutes=1)
    assert ani.inbox == ["Piket Anda mulai 11.00. Saat mulai, balas: HADIR"]
    assert prove(office, ani, "HADIR") == ["Tercatat: hadir."]
    assert shift_of(office, ani).present_at == office.clock.now - timedelta(seconds=1)


def test_without_the_challenge_nobody_is_present(office: Office, ani: Phone) -> None:
    add(office, ani, 0, 8)
    say(office, ani, "HADIR")
    assert shift_of(office, ani).present_at is None


def test_hadir_counts_an_hour_early_and_not_before(office: Office, ani: Phone) -> None:
    add(office, ani, 2, 8)
    assert prove(office, ani, "HADIR") == ["Belum ada piket Anda saat ini. Balas HADIR saat piket mulai."]
    office.forward(minutes=65)
    assert prove(office, ani, "HADIR") == ["Tercatat: hadir."]
    assert shift_of(office, ani).present_at is not None


def test_hadir_without_a_shift_is_on_the_record(office: Office, ani: Phone) -> None:
    prove(office, ani, "HADIR")
    wanted = select(AccessRecord.what).where(AccessRecord.actor.like("phone %"))
    assert office.read(lambda session: list(session.scalars(wanted))) == ["present, no shift"]


def test_who_is_present_is_neither_asked_nor_missed(office: Office, ani: Phone, citra: Phone) -> None:
    add(office, ani, 0.5, 8)
    prove(office, ani, "HADIR")
    heard = len(ani.inbox)
    office.forward(hours=3)
    assert len(ani.inbox) == heard
    assert citra.inbox == []


@pytest.mark.parametrize("start", [0.5, 12, 14])
def test_half_an_hour_of_silence_is_told_to_the_supervisor_once_also_by_night(any_office: Office, start: float) -> None:
    office = any_office
    ani = office.officer("Ani", on_duty=False)
    citra, dewi = (
        office.officer("Citra", "supervisor", on_duty=False),
        office.officer("Dewi", "head", on_duty=False),
    )
    add(office, ani, start, start + 8)
    office.forward(hours=start, minutes=29)
    assert absences(citra) == []
    office.forward(minutes=1)
    begins = office.parts.desk.office.local(shift_of(office, ani).starts_at).strftime("%d-%m %H.%M")
    assert citra.last == f"Piket {begins}: Ani belum HADIR. Hubungi atau ganti."
    office.forward(hours=1)
    assert len(absences(citra)) == 1
    assert absences(dewi) == []


def test_without_a_supervisor_the_head_is_told(office: Office, ani: Phone) -> None:
    dewi = office.officer("Dewi", "head", on_duty=False)
    add(office, ani, 0, 8)
    office.forward(minutes=31)
    assert len(absences(dewi)) == 1


def test_a_supervisor_on_leave_is_passed_over_while_a_head_is_there(office: Office, ani: Phone, citra: Phone) -> None:
    dewi = office.officer("Dewi", "head", on_duty=False)
    go_on_leave(office, citra, 0, 24)
    add(office, ani, 0, 8)
    office.forward(minutes=31)
    assert (len(absences(citra)), len(absences(dewi))) == (0, 1)


def test_a_supervisor_who_is_missing_herself_is_told_to_the_others(office: Office, citra: Phone) -> None:
    dewi = office.officer("Dewi", "head", on_duty=False)
    add(office, citra, 0, 8)
    office.forward(minutes=31)
    assert (len(absences(citra)), len(absences(dewi))) == (0, 1)


def test_a_shift_that_was_removed_is_not_missed(office: Office, ani: Phone, citra: Phone) -> None:
    planned = add(office, ani, 0, 8)
    office.forward(minutes=20)
    remove(office, planned)
    office.forward(minutes=20)
    assert absences(citra) == []


def test_what_waits_to_be_said_of_a_removed_shift_is_cancelled(office: Office, ani: Phone) -> None:
    planned = add(office, ani, 1, 8)
    office.clock.now += timedelta(hours=1)
    ((shift_id, word),) = office.read(lambda s: attendance.find_due(s, office.parts.desk, office.clock.now))
    office.write(lambda session: attendance.say(session, office.parts.desk, office.clock.now, shift_id, word))
    remove(office, planned)
    office.work()
    assert ani.inbox == []
    assert [row["status"] for row in office.messages()] == ["cancelled"]


def test_of_a_suspended_officer_supervisors_hear_that_her_shift_is_empty(
    office: Office, ani: Phone, citra: Phone
) -> None:
    add(office, ani, 1, 8)
    suspend(office, ani)
    for _ in range(4):
        office.forward(minutes=30)
    assert ani.inbox == absences(citra) == []
    assert saying(citra, "kosong") == ["Piket 23-11 11.00 kosong: nomor Ani dibekukan. Isi piket."]


def test_an_officer_on_leave_is_neither_asked_nor_missed(office: Office, ani: Phone, citra: Phone) -> None:
    add(office, ani, 1, 8)
    assert go_on_leave(office, ani, 0, 24).shifts == 1
    office.forward(hours=2)
    assert ani.inbox == citra.inbox == []


def test_a_shift_added_late_is_waited_for_from_then(office: Office, ani: Phone, citra: Phone) -> None:
    add(office, ani, -3, 8)
    office.forward(minutes=29)
    assert absences(citra) == []
    office.forward(minutes=2)
    assert len(absences(citra)) == 1


def test_after_a_day_without_a_worker_a_shift_that_is_over_is_not_missed(
    office: Office, ani: Phone, citra: Phone
) -> None:
    add(office, ani, 1, 8)
    office.forward(days=2)
    assert ani.inbox == absences(citra) == []


def test_many_workers_say_each_word_once(any_office: Office) -> None:
    office = any_office
    ani, citra = office.officer("Ani", on_duty=False), office.officer("Citra", "supervisor", on_duty=False)
    add(office, ani, 0, 8)
    office.clock.now += timedelta(minutes=30)
    desk, now, shift_id = office.parts.desk, office.clock.now, shift_of(office, ani).id

    def worker(number: int) -> bool:
        return bool(office.write(lambda session: attendance.say(session, desk, now, shift_id, "absent")))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(worker, range(8))) == 1
    office.work()
    assert len(absences(citra)) == 1


# The end of a shift


def hold(office: Office, phone: Phone, words: str) -> str:
    """She takes a case; its reference."""
    office.cadre().text(words)
    office.work()
    say(office, phone, f"AMBIL {phone.code()}")
    (found,) = [case for case in office.cases() if case["accepted_by"] == "Ani"][-1:]
    return str(found["reference"][3:])


def on_shift(office: Office, phone: Phone, hours: float) -> None:
    add(office, phone, 0, hours)
    prove(office, phone, "HADIR")


def test_a_shift_that_ends_with_cases_in_hand_brings_one_code_that_hands_all_over(
    office: Office, ani: Phone, citra: Phone
) -> None:
    on_shift(office, ani, 2)
    references = {hold(office, ani, DANGER), hold(office, ani, QUIET)}
    office.officer("Budi", areas=GROGOT)
    office.forward(hours=2)
    (ending,) = saying(ani, "Piket Anda selesai")
    code = ending.split("OPER ")[1][:6]
    assert ending == f"Piket Anda selesai 12.00. Masih 2 BP di tangan Anda. Balas OPER {code} atau serahkan di konsol."
    assert "Piket Ani selesai 23-11 12.00. 1 BP prioritas 1-2 belum diserahkan. Buka konsol." in citra.inbox
    assert "2 BP kembali ke piket. Terima kasih." in say(office, ani, f"OPER {code}")
    assert {case["reference"][3:] for case in office.cases() if case["status"] == "new"} == references
    assert say(office, ani, f"OPER {code}") == ["Kode tidak berlaku. Tidak ada yang berubah."]


def test_the_end_is_told_once_and_by_night_when_it_is_urgent(office: Office, ani: Phone, citra: Phone) -> None:
    on_shift(office, ani, 12.5)
    hold(office, ani, DANGER)
    office.at(22, 31)
    for _ in range(3):
        office.forward(minutes=10)
    assert len(saying(ani, "Piket Anda selesai")) == len(saying(citra, "belum diserahkan")) == 1


def test_a_case_that_can_wait_is_told_in_the_morning_and_to_her_alone(office: Office, ani: Phone, citra: Phone) -> None:
    on_shift(office, ani, 12.5)
    hold(office, ani, QUIET)
    office.at(22, 31).work()
    assert saying(ani, "Piket Anda selesai") == []
    office.at(7, 1).work()
    assert len(saying(ani, "Piket Anda selesai 22.30. Masih 1 BP")) == 1
    assert saying(citra, "belum diserahkan") == []


def test_a_shift_that_ends_with_empty_hands_says_nothing(office: Office, ani: Phone, citra: Phone) -> None:
    on_shift(office, ani, 2)
    heard = len(ani.inbox)
    office.forward(hours=3)
    assert (len(ani.inbox), citra.inbox) == (heard, [])


def test_who_goes_straight_on_keeps_her_cases(office: Office, ani: Phone, citra: Phone) -> None:
    on_shift(office, ani, 2)
    add(office, ani, 2 - 3 / 3600, 4)
    hold(office, ani, RAPE)
    office.forward(hours=2)
    assert saying(ani, "Piket Anda selesai") == saying(citra, "belum diserahkan") == []


def test_pulang_ends_the_shift_at_once_with_empty_hands(office: Office, ani: Phone) -> None:
    on_shift(office, ani, 8)
    assert prove(office, ani, "PULANG") == ["Tercatat: pulang. Terima kasih."]
    assert shift_of(office, ani).ends_at <= office.clock.now


@pytest.mark.parametrize("words", [DANGER, RAPE])
def test_pulang_with_urgent_cases_stays_open_until_they_are_handed_over(office: Office, ani: Phone, words: str) -> None:
    on_shift(office, ani, 8)
    reference = hold(office, ani, words)
    oper = ani.code()
    assert prove(office, ani, "PULANG") == [f"Masih 1 BP di tangan Anda: {reference}. Serahkan dulu: OPER."]
    office.forward(hours=1)
    assert shift_of(office, ani).ends_at > office.clock.now
    office.officer("Budi", areas=GROGOT)
    assert "Tercatat: pulang. Terima kasih." in say(office, ani, f"OPER {oper}")
    assert shift_of(office, ani).ends_at <= office.clock.now


def test_pulang_leaves_a_case_that_can_wait_in_her_hands_and_says_so(office: Office, ani: Phone) -> None:
    on_shift(office, ani, 8)
    hold(office, ani, QUIET)
    told = prove(office, ani, "PULANG")
    assert "Tercatat: pulang. Terima kasih." in told
    assert any(text.startswith("Piket Anda selesai") for text in told)


# PIKET


def test_piket_tells_who_is_on_duty_in_each_kecamatan(office: Office, ani: Phone) -> None:
    add(office, ani, 0, 8)
    office.officer("Budi", areas=f"{GROGOT},{KUARO}")
    office.officer("Citra", "supervisor")
    assert prove(office, ani, "PIKET") == ["Piket sekarang: Citra; Kec 04 Ani, Budi; Kec 05 Budi"]


def test_piket_falls_back_to_names_when_kecamatan_do_not_fit(office: Office, ani: Phone) -> None:
    kecamatans = ",".join(office.parts.desk.areas.kecamatans())
    for number in range(7):
        office.officer(f"Petugas Bernama {number}", areas=kecamatans)
    (told,) = prove(office, ani, "PIKET")
    assert told == "Piket sekarang: " + ", ".join(f"Petugas Bernama {number}" for number in range(5))


def test_piket_on_an_empty_rota(office: Office, ani: Phone) -> None:
    assert prove(office, ani, "PIKET") == ["Piket sekarang: -"]


# Who is alerted


def none_on_duty(office: Office) -> tuple[Phone, Phone, Phone]:
    return (
        office.officer("Ani", areas=GROGOT, on_duty=False),
        office.officer("Citra", "supervisor", on_duty=False),
        office.officer("Dewi", "head", on_duty=False),
    )


def alerts(phone: Phone) -> list[str]:
    return saying(phone, "AMBIL")


@pytest.mark.parametrize("why", ["leave", "not begun", "over", "elsewhere"])
def test_who_is_not_there_does_not_count_as_on_duty(any_office: Office, why: str) -> None:
    office = any_office
    ani, citra, dewi = none_on_duty(office)
    if why == "leave":
        add(office, ani, -1, 8)
        go_on_leave(office, ani, 0, 24)
    elif why == "not begun":
        add(office, ani, 0.5, 8)
    elif why == "over":
        add(office, ani, -8, -1)
    office.cadre().text(DANGER)
    office.work()
    assert (len(alerts(ani)), len(alerts(citra)), len(alerts(dewi))) == (0, 1, 1)


@pytest.mark.parametrize(("why", "called"), [("leave", True), ("not begun", True), ("on duty", False)])
def test_the_night_agency_is_called_when_who_is_planned_is_not_there(
    make_office: Callable[..., Office], why: str, called: bool
) -> None:
    office = make_office(NIGHT_AGENCY="+628115550001")
    ani, _, _ = none_on_duty(office)
    add(office, ani, 1 if why == "not begun" else 0, 8)
    if why == "leave":
        go_on_leave(office, ani, 0, 24)
    office.cadre().text(DANGER)
    office.forward(minutes=21)
    assert any(row["to"] == "+628115550001" for row in office.messages()) is called


def test_a_leave_that_was_struck_out_counts_no_more(office: Office, ani: Phone, citra: Phone) -> None:
    add(office, ani, 0, 8)
    go_on_leave(office, ani, 0, 24)
    start: datetime = office.clock.now
    office.write(lambda session: rota.end_leave(session, office.parts.desk, ani.number, start))
    office.cadre().text(DANGER)
    office.work()
    assert len(alerts(ani)) == 1


# Gaps


def test_the_coming_week_shows_where_nobody_is(office: Office, ani: Phone) -> None:
    add(office, ani, 0, 167, (GROGOT,))
    start, end = office.clock.now, office.clock.now + timedelta(days=7)
    gaps = office.read(lambda session: rota.find_gaps(session, office.parts.desk, start))
    kecamatans = set(office.parts.desk.areas.kecamatans())
    assert {gap.kecamatan for gap in gaps if gap.span == Span(start, end)} == kecamatans - {GROGOT}
    last_hour = Span(end - timedelta(hours=1), end)
    assert [gap.span for gap in gaps if gap.kecamatan == GROGOT] == [last_hour]


@pytest.mark.parametrize("why", ["leave", "suspended"])
def test_a_shift_of_somebody_who_will_not_come_is_a_gap(office: Office, why: str) -> None:
    ani = office.officer("Ani")
    assert office.read(lambda s: rota.find_gaps(s, office.parts.desk, office.clock.now)) == []
    if why == "leave":
        go_on_leave(office, ani, 24, 48)
    else:
        suspend(office, ani)
    gaps = office.read(lambda s: rota.find_gaps(s, office.parts.desk, office.clock.now, [GROGOT]))
    assert len(gaps) == 1


def test_two_clerks_can_not_write_overlapping_shifts(any_office: Office) -> None:
    office = any_office
    ani = office.officer("Ani", on_duty=False)
    planned = plan(office, ani, 0, 8)

    def clerk(number: int) -> bool:
        try:
            office.write(lambda session: rota.add_shift(session, office.parts.desk, office.clock.now, planned))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(clerk, range(4))) == 1


def test_words_about_the_rota_go_to_officers_only(office: Office, ani: Phone, citra: Phone) -> None:
    add(office, ani, 0.5, 2)
    office.phone().dial().press("2")
    office.forward(hours=3)
    office.forward(days=1)
    wanted = select(OutboundMessage.recipient).where(OutboundMessage.dedupe_key.startswith("-:"))
    assert set(office.read(lambda session: list(session.scalars(wanted)))) == {"officer"}
