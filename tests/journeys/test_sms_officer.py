"""Officers by SMS: a live code from the right phone does something; everything else is challenged and does nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.casework import acts, duties, handling, legal, relations
from gateway.details import read_details
from gateway.outbox.waiting import cancel_for_phone
from models.people import Officer, find_officer
from models.throttle import AccessRecord
from models.vocabulary import ContactMode, Recipient
from tests.office import Office
from tests.phone import Phone

BAD = "Kode tidak berlaku. Tidak ada yang berubah."
STAYS = "Tercatat. Nomor petugas tetap menerima BP. Hubungi penyelia."


def tried(office: Office) -> list[str]:
    """What the access records say of attempts by phone, oldest first."""
    rows = select(AccessRecord.what).where(AccessRecord.actor.like("phone %")).order_by(AccessRecord.at)
    return office.read(lambda session: list(session.scalars(rows)))  # type: ignore[no-any-return]


def state(office: Office) -> list[tuple[Any, ...]]:
    """All that an officer's word can change."""
    kept = ("reference", "status", "priority", "accepted_by", "first_action_at", "closed_at", "contact")
    return [tuple(case[name] for name in kept) for case in office.cases()]


def events(office: Office, kind: str) -> list[dict[str, Any]]:
    return [event for event in office.show(office.case()["reference"])["events"] if event["kind"] == kind]


def danger(office: Office) -> Phone:
    caller = office.phone()
    caller.dial().press("2")
    office.work()
    return caller


def say(office: Office, phone: Phone, words: str) -> list[str]:
    """What a text brings to the phone it came from; a second later, so that the inbox keeps its order."""
    office.clock.now += timedelta(seconds=1)
    before = len(phone.inbox)
    phone.text(words)
    office.work()
    return phone.inbox[before:]


def reference(office: Office) -> str:
    return str(office.case()["reference"][3:])


def refused(office: Office) -> str:
    return f"BP {reference(office)}: tidak bisa sekarang, tidak ada yang berubah. Buka konsol."


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def sign_duties_off(act: acts.Act) -> None:
    for duty in duties.list_open(read_details(act.desk, act.case)):
        legal.waive(act, duties.POLICE if duty.name == duties.JUDGE else duty.name, "met elsewhere")


def suspend(office: Office, phone: Phone) -> None:
    """As `beliperak officer suspend` does."""
    index = office.parts.desk.keyring.index("phone", phone.number)

    def work(session: Any) -> None:
        officer = find_officer(session, index)
        assert officer is not None
        handling.suspend(session, office.parts.desk, office.clock.now, officer)
        cancel_for_phone(session, index, "suspended", list(Recipient))

    office.write(work)


@pytest.fixture
def ani(office: Office) -> Phone:
    return office.officer("Ani")


@pytest.fixture
def held(office: Office, ani: Phone) -> Phone:
    """Ani, who holds a P1 case and has the code for what follows."""
    danger(office)
    say(office, ani, f"AMBIL {ani.code()}")
    assert office.case()["accepted_by"] == "Ani"
    return ani


# AMBIL


def test_ambil_takes_the_case_tells_the_others_and_gives_the_next_code(any_office: Office) -> None:
    office = any_office
    ani, budi = office.officer("Ani"), office.officer("Budi")
    danger(office)
    (answer,) = say(office, ani, f"AMBIL {ani.code()}")
    assert answer == (
        f"BP {reference(office)} Anda ambil. Baca aturan kontak sebelum menelepon. Lapor hasil: SUDAH {ani.code()}"
    )
    assert (office.case()["status"], office.case()["accepted_by"]) == ("accepted", "Ani")
    assert budi.last == f"BP {reference(office)} sudah diambil Ani. Tidak perlu balas."


def test_every_officer_alerted_has_a_code_of_her_own(office: Office) -> None:
    phones = [office.officer(f"Petugas {n}") for n in range(4)]
    danger(office)
    assert len({phone.code() for phone in phones}) == 4


@pytest.mark.parametrize("words", ["ambil {code}", "Ambil  {code}.", "AMBIL {spaced}", "AMBIL #{code}"])
def test_a_code_is_taken_however_it_is_typed(office: Office, ani: Phone, words: str) -> None:
    danger(office)
    code = ani.code()
    say(office, ani, words.format(code=code, spaced=f"{code[:3]} {code[3:]}"))
    assert office.case()["accepted_by"] == "Ani"


def test_a_try_from_another_phone_neither_works_nor_uses_the_code_up(office: Office, ani: Phone) -> None:
    budi, stranger, cadre = office.officer("Budi"), office.phone(), office.cadre()
    danger(office)
    code = ani.code()
    assert say(office, budi, f"AMBIL {code}") == [BAD]
    assert say(office, stranger, f"AMBIL {code}") == ["Baik. Terima kasih."]
    assert say(office, cadre, f"AMBIL {code}") == ["Baik. Terima kasih."]
    assert office.case()["status"] == "new"
    assert len(office.cases()) == 1
    say(office, ani, f"AMBIL {code}")
    assert office.case()["accepted_by"] == "Ani"


def test_a_used_code_changes_nothing(office: Office, ani: Phone) -> None:
    danger(office)
    code = ani.code()
    say(office, ani, f"AMBIL {code}")
    before = state(office)
    assert say(office, ani, f"AMBIL {code}") == [BAD]
    assert (state(office), tried(office)) == (before, ["bad code"])


def test_a_code_ends_after_a_day(office: Office, ani: Phone) -> None:
    danger(office)
    code = ani.code()
    office.clock.now += hours(24)
    before = state(office)
    ani.text(f"AMBIL {code}")
    assert (state(office), tried(office)) == (before, ["bad code"])


def test_a_code_lives_nearly_a_day(office: Office, ani: Phone) -> None:
    danger(office)
    code = ani.code()
    office.clock.now += hours(23.9)
    ani.text(f"AMBIL {code}")
    assert office.case()["accepted_by"] == "Ani"


@pytest.mark.parametrize("typed", ["AMBIL 000000", "AMBIL 12345", "AMBIL 1234567", "AMBIL {wrong}", "SUDAH {code}"])
def test_a_mistyped_code_gets_one_answer_and_changes_nothing(office: Office, ani: Phone, typed: str) -> None:
    danger(office)
    code = ani.code()
    before = state(office)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    answer = say(office, ani, typed.format(code=code, wrong=wrong))
    assert len(answer) == 1
    assert state(office) == before
    assert len(office.cases()) == 1
    say(office, ani, f"AMBIL {code}")
    assert office.case()["accepted_by"] == "Ani"


def test_who_comes_second_is_told_who_was_first(office: Office, ani: Phone) -> None:
    budi = office.officer("Budi")
    danger(office)
    code = budi.code()
    say(office, ani, f"AMBIL {ani.code()}")
    assert say(office, budi, f"AMBIL {code}") == [f"BP {reference(office)} sudah diambil Ani. Tidak perlu balas."]
    assert office.case()["accepted_by"] == "Ani"


# OPER


def test_oper_puts_the_case_back_and_calls_those_on_duty(office: Office, held: Phone) -> None:
    budi = office.officer("Budi")
    code = held.code()
    answer = say(office, held, f"OPER {code}")
    assert f"BP {reference(office)} kembali ke piket. Terima kasih." in answer
    assert office.case()["status"] == "new"
    assert "prioritas 1" in budi.last
    say(office, budi, f"AMBIL {budi.code()}")
    assert office.case()["accepted_by"] == "Budi"


def test_after_oper_the_old_codes_are_dead(office: Office, held: Phone) -> None:
    code = held.code()
    say(office, held, f"OPER {code}")
    before = state(office)
    assert say(office, held, f"SUDAH {code} 1") == [BAD]
    assert state(office) == before


# SUDAH


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(("digit", "ends"), [("1", True), ("2", False), ("3", False), ("4", True), ("5", False)])
def test_the_result_is_a_digit_and_only_some_end_the_duty(
    office: Office, held: Phone, digit: str, ends: bool, asked: bool
) -> None:
    if asked:
        (question,) = say(office, held, f"SUDAH {held.code()}")
        assert question.startswith(f"BP {reference(office)} hasil? 1 tersambung 2 tidak diangkat")
        (answer,) = say(office, held, digit)
    else:
        (answer,) = say(office, held, f"SUDAH {held.code()} {digit}")
    assert bool(office.case()["first_action_at"]) is ends
    assert office.case()["status"] == ("in_progress" if ends else "accepted")
    assert answer.endswith(f"Berikutnya balas: SUDAH {held.code()} atau OPER {held.code()}")


def test_after_a_result_that_ends_nothing_the_next_code_works(office: Office, held: Phone) -> None:
    say(office, held, f"SUDAH {held.code()} 2")
    assert office.case()["first_action_at"] is None
    say(office, held, f"SUDAH {held.code()} 1")
    assert office.case()["first_action_at"]


def test_a_digit_that_is_no_result_is_asked_again(office: Office, held: Phone) -> None:
    say(office, held, f"SUDAH {held.code()}")
    assert "hasil?" in say(office, held, "7")[0]
    say(office, held, "4")
    assert office.case()["first_action_at"]


def test_somebody_else_who_answered_blocks_calls(office: Office, ani: Phone) -> None:
    stranger = office.phone()
    stranger.text("TELEPON")
    office.work()
    say(office, ani, f"AMBIL {ani.code()}")
    assert office.case()["contact"]["mode"] == "call"
    say(office, ani, f"SUDAH {ani.code()} 3")
    assert office.case()["contact"]["mode"] == "none"


def test_a_forbidden_contact_is_signed_by_a_supervisor_with_her_own_code(office: Office, held: Phone) -> None:
    citra = office.officer("Citra", "supervisor", on_duty=False)
    say(office, held, f"SUDAH {held.code()} 5")
    assert office.case()["first_action_at"] is None
    assert citra.last == f"BP {reference(office)}: belum ada cara aman. Setuju? Balas: SUDAH {citra.code()}"
    assert say(office, held, f"SUDAH {citra.code()}") == [BAD]
    assert office.case()["first_action_at"] is None
    assert say(office, citra, f"SUDAH {citra.code()}") == [f"BP {reference(office)}: tersimpan."]
    assert office.case()["first_action_at"]
    assert office.case()["accepted_by"] == "Ani"


def test_an_unanswered_question_of_result_does_not_lock_the_officer_out(office: Office, held: Phone) -> None:
    """Every answer carries the next code: who missed the digit must be able to report without the console."""
    say(office, held, f"SUDAH {held.code()}")
    office.forward(minutes=16)
    assert say(office, held, f"SUDAH {reference(office)}")[0].startswith("Kode ")
    say(office, held, held.code())
    say(office, held, "1")
    assert office.case()["first_action_at"]


# SELESAI


def test_selesai_proposes_after_the_challenge_and_a_supervisor_closes(office: Office) -> None:
    ani, citra, cadre = office.officer("Ani"), office.officer("Citra", "supervisor", on_duty=False), office.cadre()
    cadre.text("LAPOR FISIK SENAKEN istri dipukul suami")
    office.work()
    say(office, ani, f"AMBIL {ani.code()}")
    say(office, ani, f"SUDAH {ani.code()} 1")
    (challenge,) = say(office, ani, f"SELESAI {reference(office)}")
    assert "Balas hanya 6 angka ini bila Anda sendiri yang meminta" in challenge
    assert events(office, "close_proposed") == []
    (answer,) = say(office, ani, ani.code())
    assert answer == f"BP {reference(office)}: usul selesai tersimpan, menunggu penyelia."
    assert office.case()["status"] == "in_progress"
    assert citra.last == f"BP {reference(office)}: usul selesai. Setuju? Balas: SELESAI {citra.code()}"
    say(office, citra, f"SELESAI {citra.code()}")
    assert office.case()["status"] == "closed"
    assert cadre.last == f"Ref {reference(office)} sudah selesai dari kami. Bila ada hal baru, kirim lagi."


@pytest.mark.parametrize(
    "report", ["LAPOR PERKOSA SENAKEN perempuan 25 tahun", "LAPOR FISIK SENAKEN anak 9 tahun dipukul ayahnya"]
)
def test_a_cadre_is_not_told_of_the_end_of_a_sexual_or_a_child_case(office: Office, report: str) -> None:
    ani, citra, cadre = office.officer("Ani"), office.officer("Citra", "supervisor", on_duty=False), office.cadre()
    cadre.text(report)
    office.work()
    say(office, ani, f"AMBIL {ani.code()}")
    say(office, ani, f"SUDAH {ani.code()} 1")
    say(office, ani, f"SELESAI {reference(office)}")
    say(office, ani, ani.code())
    office.act(citra, sign_duties_off)
    say(office, citra, f"SELESAI {citra.code()}")
    assert office.case()["status"] == "closed"
    assert not any("selesai" in text for text in cadre.inbox)


def test_a_case_that_still_owes_something_is_not_ended_by_a_code(office: Office) -> None:
    ani, citra = office.officer("Ani"), office.officer("Citra", "supervisor", on_duty=False)
    office.cadre().text("LAPOR PERKOSA SENAKEN perempuan 25 tahun")
    office.work()
    say(office, ani, f"AMBIL {ani.code()}")
    say(office, ani, f"SUDAH {ani.code()} 1")
    say(office, ani, f"SELESAI {reference(office)}")
    say(office, ani, ani.code())
    (answer,) = say(office, citra, f"SELESAI {citra.code()}")
    assert answer == f"BP {reference(office)}: belum bisa selesai, masih ada tugas terbuka. Buka konsol."
    assert office.case()["status"] == "in_progress"


@pytest.mark.parametrize("words", ["selesai {ref}", "SELESAI BP-{ref}", "SELESAI bp {ref}"])
def test_the_reference_is_taken_however_it_is_typed(office: Office, held: Phone, words: str) -> None:
    say(office, held, f"SUDAH {held.code()} 1")
    say(office, held, words.format(ref=reference(office)))
    say(office, held, held.code())
    assert len(events(office, "close_proposed")) == 1


def test_who_does_not_hold_the_case_proposes_nothing(office: Office, held: Phone) -> None:
    budi = office.officer("Budi")
    say(office, held, f"SUDAH {held.code()} 1")
    say(office, budi, f"SELESAI {reference(office)}")
    assert say(office, budi, budi.code()) == [refused(office)]
    assert events(office, "close_proposed") == []
    (attempt,) = events(office, "refused")
    assert (attempt["verb"], attempt["why"]) == ("SELESAI", "only its holder or a supervisor proposes to close")


def test_a_supervisors_code_closes_from_her_phone_only(office: Office, held: Phone) -> None:
    citra = office.officer("Citra", "supervisor", on_duty=False)
    say(office, held, f"SUDAH {held.code()} 1")
    say(office, held, f"SELESAI {reference(office)}")
    say(office, held, held.code())
    assert say(office, held, f"SELESAI {citra.code()}") == [BAD]
    assert office.case()["status"] == "in_progress"


# Challenges


def test_a_challenge_works_once_and_within_a_quarter_of_an_hour(office: Office, held: Phone) -> None:
    say(office, held, "KASUS")
    assert say(office, held, held.code()) == [f"BP di tangan Anda: {reference(office)}"]
    code = held.code()
    assert say(office, held, code) == [BAD]
    say(office, held, "KASUS")
    office.clock.now += hours(0.26)
    assert say(office, held, held.code()) == [BAD]
    assert tried(office) == ["bad code", "bad code"]


def test_kasus_and_piket_answer_who_has_proved_herself(office: Office, held: Phone) -> None:
    office.officer("Budi")
    for words, answer in (("KASUS", f"BP di tangan Anda: {reference(office)}"), ("PIKET", "Piket sekarang: Ani, Budi")):
        (challenge,) = say(office, held, words)
        assert challenge.startswith("Kode ")
        assert say(office, held, held.code()) == [answer]


def test_a_challenge_of_one_phone_is_no_proof_on_another(office: Office, held: Phone) -> None:
    budi = office.officer("Budi")
    say(office, held, f"SUDAH {held.code()} 1")
    say(office, held, f"SELESAI {reference(office)}")
    before = state(office)
    assert say(office, budi, held.code()) == [BAD]
    assert (state(office), events(office, "close_proposed")) == (before, [])


def test_tidak_freezes_the_phone_and_tells_supervisors(office: Office, held: Phone) -> None:
    citra, dewi = office.officer("Citra", "supervisor", on_duty=False), office.officer("Dewi", "head", on_duty=False)
    budi = office.officer("Budi")
    say(office, held, f"SELESAI {reference(office)}")
    assert say(office, held, "TIDAK") == []
    frozen = "BP: nomor petugas Ani dibekukan. BP di tangannya kembali ke piket."
    assert frozen in citra.inbox
    assert frozen in dewi.inbox
    assert office.case()["status"] == "new"
    assert "prioritas 1" in budi.last
    assert "frozen" in tried(office)
    assert office.row_of(held).suspended_at is not None


def test_tidak_without_a_challenge_freezes_nobody(office: Office, ani: Phone) -> None:
    say(office, ani, "TIDAK")
    assert office.row_of(ani).suspended_at is None
    assert office.cases() == []


# BERHENTI


def test_berhenti_from_an_officers_phone_stops_no_alert_and_is_recorded(any_office: Office) -> None:
    office = any_office
    ani = office.officer("Ani")
    (challenge,) = say(office, ani, "BERHENTI")
    assert challenge.startswith("Kode ")
    assert tried(office) == ["stop refused"]
    assert say(office, ani, ani.code()) == [STAYS]
    danger(office)
    assert "prioritas 1" in ani.last


def test_berhenti_does_not_touch_an_alert_that_waits(office: Office, ani: Phone) -> None:
    office.at(22)
    office.cadre().text("LAPOR FISIK SENAKEN istri dipukul suami")
    ani.text("BERHENTI")
    office.at(7).work()
    assert any("AMBIL" in text for text in ani.inbox)


def test_the_carriers_opt_out_for_an_officer_stops_no_alert_and_is_recorded(office: Office, ani: Phone) -> None:
    assert office.post("opt-out", {"senderId": "BeliPerak", "phoneNumber": ani.number}).status_code == 200
    assert len(tried(office)) == 1
    danger(office)
    assert "prioritas 1" in ani.last


# A forged sender


def forgeries(ref: str) -> list[str]:
    verbs = ("AMBIL", "OPER", "SUDAH", "SELESAI", "KASUS", "PIKET", "HADIR", "PULANG", "BERHENTI", "STOP")
    made_up = [f"{verb} 482913" for verb in verbs[:4]] + ["SUDAH 482913 1", "482913", "1", "5"]
    named = [f"{verb} {ref}" for verb in verbs[:4]] + [f"SELESAI BP-{ref}"]
    return [*verbs, *made_up, *named]


def test_a_forger_in_an_officers_name_achieves_nothing(office: Office, held: Phone) -> None:
    """He sends as her number and cannot read what comes back to it."""
    office.officer("Budi")
    office.officer("Citra", "supervisor")
    say(office, held, f"SUDAH {held.code()} 1")
    before = state(office)
    for words in forgeries(reference(office)):
        held.text(words)
    office.work()
    assert state(office) == before
    assert events(office, "close_proposed") == []
    assert office.row_of(held).suspended_at is None
    assert all("Kode" in text or "tersimpan" in text for text in held.inbox[3:])


def test_a_forger_in_a_supervisors_name_achieves_nothing(office: Office, held: Phone) -> None:
    citra = office.officer("Citra", "supervisor")
    say(office, held, f"SUDAH {held.code()} 5")
    before = state(office)
    for words in forgeries(reference(office)):
        citra.text(words)
    office.work()
    assert state(office) == before


def test_a_challenge_that_went_to_another_phone_is_of_no_use_to_a_forger(office: Office, held: Phone) -> None:
    """He asks with his own officer's phone and sends what he reads there in her name."""
    crook = office.officer("Crook")
    say(office, held, f"SUDAH {held.code()} 1")
    held.text(f"SELESAI {reference(office)}")
    say(office, crook, f"SELESAI {reference(office)}")
    held.text(crook.code())
    crook.text(crook.code())
    office.work()
    assert events(office, "close_proposed") == []
    assert office.case()["status"] == "in_progress"


def test_an_officers_words_from_a_strangers_phone_do_nothing(office: Office, held: Phone) -> None:
    stranger = office.phone()
    before = state(office)
    for words in forgeries(reference(office)):
        if words not in ("BERHENTI", "STOP"):
            stranger.text(words)
    office.work()
    assert state(office)[0] == before[0]
    assert all(row[1] == "new" for row in state(office)[1:])  # words nobody can place are kept for a human


# Suspended


def test_a_suspended_phone_holds_nothing_and_its_cases_climb_again(office: Office, held: Phone) -> None:
    budi = office.officer("Budi")
    code = held.code()
    suspend(office, held)
    assert office.case()["status"] == "new"
    office.work()
    assert f"BP {reference(office)} prioritas 1" in budi.last
    before, heard = state(office), len(held.inbox)
    for words in (f"SUDAH {code} 1", f"OPER {code}", "KASUS", f"SELESAI {reference(office)}", "1", "BERHENTI"):
        held.text(words)
    office.work()
    assert state(office) == before
    assert len(held.inbox) == heard
    citra = office.officer("Citra", "supervisor", on_duty=False)
    office.forward(minutes=20)
    assert any("belum diambil 20 menit" in text for text in citra.inbox)


def test_an_officer_with_a_new_phone_is_called_there_and_the_old_one_is_dead(any_office: Office) -> None:
    office = any_office
    ani, new = office.officer("Ani"), office.phone()
    danger(office)
    code, row, desk, now = ani.code(), office.row_of(ani), office.parts.desk, office.clock.now
    assert office.write(lambda s: handling.change_phone(s, desk, now, s.merge(row), new.number)) == 1
    office.work()
    before = list(ani.inbox)
    say(office, ani, f"AMBIL {code}")
    assert office.case()["status"] == "new"
    say(office, new, f"AMBIL {new.code()}")
    assert office.case()["accepted_by"] == "Ani"
    office.forward(minutes=40)
    assert [text for text in ani.inbox[len(before) :] if text.startswith("BP")] == []


def test_messages_to_a_suspended_phone_do_not_leave(office: Office, ani: Phone) -> None:
    office.at(22)
    office.cadre().text("LAPOR FISIK SENAKEN istri dipukul suami")
    suspend(office, ani)
    office.at(7).work()
    assert ani.inbox == []
    assert {row["status"] for row in office.messages() if row["to"] == ani.number} == {"cancelled"}


def test_a_code_learnt_before_the_suspension_is_dead(office: Office, ani: Phone) -> None:
    budi = office.officer("Budi")
    danger(office)
    code = ani.code()
    suspend(office, ani)
    say(office, ani, f"AMBIL {code}")
    assert office.case()["status"] == "new"
    say(office, budi, f"AMBIL {budi.code()}")
    assert office.case()["accepted_by"] == "Budi"


def test_a_suspended_officer_is_alerted_no_more(office: Office, ani: Phone) -> None:
    office.officer("Budi")
    suspend(office, ani)
    danger(office)
    office.forward(minutes=31)
    assert ani.inbox == []


# Not hers


def test_an_officer_related_to_the_case_loses_it(office: Office, held: Phone) -> None:
    budi = office.officer("Budi")
    officer, code, ref = office.row_of(held), held.code(), reference(office)

    def work(session: Any) -> None:
        relations.mark_related(acts.begin(session, office.parts.desk, office.clock.now, ref, session.merge(officer)))

    office.write(work)
    office.work()
    assert office.case()["status"] == "new"
    assert "prioritas 1" in budi.last
    assert say(office, held, f"SUDAH {code} 1") == [BAD]
    heard = len(held.inbox)
    office.forward(minutes=11)
    assert len(held.inbox) == heard


def test_words_to_officers_hold_only_numbers_priorities_and_codes(office: Office, held: Phone) -> None:
    office.cadre().text("LAPOR FISIK SENAKEN istri dipukul suami, namanya Siti")
    office.work()
    office.forward(minutes=70)
    told = " ".join(row["text"] for row in office.messages() if row["recipient"] == "officer").lower()
    assert not any(word in told for word in ("fisik", "senaken", "istri", "siti", "pukul", "kekerasan", "grogot"))


@pytest.mark.parametrize("may", [True, False])
def test_who_is_handed_a_case_by_name_reads_whether_she_may_be_called(office: Office, may: bool) -> None:
    ani, citra, budi = office.officer("Ani"), office.officer("Citra", "supervisor"), office.officer("Budi")
    danger(office)
    office.act(ani, handling.accept)
    mode = ContactMode.CALL if may else ContactMode.NONE
    office.act(ani, lambda act: handling.change_contact(act, mode, "any" if may else None, None))
    office.forward(seconds=1)
    before = len(budi.inbox)
    office.act(citra, lambda act: handling.pass_on(act, office_row(act, office, budi)))
    office.work()
    (handed,) = budi.inbox[before:]
    assert ("JANGAN telepon dulu, baca konsol." in handed) is not may


def office_row(act: acts.Act, office: Office, phone: Phone) -> Officer:
    found = find_officer(act.session, office.parts.desk.keyring.index("phone", phone.number))
    assert found is not None
    return found
