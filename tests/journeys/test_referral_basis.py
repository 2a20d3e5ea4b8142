"""Details go to an agency with her recorded consent, or on one of three named grounds, by whichever door."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework import handling, referrals
from gateway.casework.events import list_events
from gateway.casework.people import new_agency
from gateway.details import key_of
from gateway.errors import Refused
from models.case import CaseFile
from models.referral import Referral
from tests.console.desk import at_desk
from tests.office import Office
from tests.phone import Phone

READ = [
    ("danger", "danger", None),
    ("Bahaya: ia diancam parang", "danger", "ia diancam parang"),
    ("child - he is four", "child", "he is four"),
    ("ANAK, 3x24", "child", "3x24"),
    ("3x24", "3x24", None),
    (" 3 X 24 jam; polisi tahu", "3x24", "polisi tahu"),
    ("anak-anak di rumah", None, "anak-anak di rumah"),
    ("anaknya takut", None, "anaknya takut"),
    ("ibu dua anak", None, "ibu dua anak"),
    ("dangerous", None, "dangerous"),
    ("no danger", None, "no danger"),
    ("3x240", None, "3x240"),
    ("sudah setuju", None, "sudah setuju"),
    ("  ", None, None),
    (None, None, None),
]


@pytest.mark.parametrize(("words", "basis", "more"), READ)
def test_a_basis_is_what_the_words_begin_with(words: str | None, basis: str | None, more: str | None) -> None:
    assert referrals.read_basis(words) == (basis, more)


def ani_with_a_case(office: Office) -> Phone:
    """She holds the one case; the hospital is on the list."""
    phone = office.officer("Ani")
    office.write(
        lambda s: s.add(new_agency(office.parts.desk, office.clock.now, "RSUD Grogot", "rsud", office.phone().number))
    )
    office.cadre().text("LAPOR FISIK SENAKEN perempuan 25 tahun")
    office.act(phone, handling.accept)
    return phone


@pytest.fixture
def ani(office: Office) -> Phone:
    return ani_with_a_case(office)


def refer(office: Office, ani: Phone, reason: str | None, note: str | None = None) -> None:
    office.act(ani, lambda act: referrals.refer(act, "RSUD Grogot", reason, note))


def told(office: Office) -> tuple[str, str | None, str | None]:
    """The ground kept with the request, and what the timeline says of it."""

    def read(session: Session) -> tuple[str, str | None, str | None]:
        case, row = session.scalars(select(CaseFile)).one(), session.scalars(select(Referral)).one()
        assert row.basis
        kept = key_of(office.parts.desk, case).open("referral.basis", row.id, row.basis).decode()
        [event] = [one for one in list_events(session, office.parts.desk, case) if one.kind == "referred"]
        return kept, event.body["basis"], event.body["note"]

    return office.read(read)  # type: ignore[no-any-return]


@pytest.mark.parametrize("reason", [None, "", "sudah setuju", "perlu diperiksa", "ibu dua anak"])
def test_without_her_consent_words_alone_are_no_basis(any_office: Office, reason: str | None) -> None:
    office = any_office
    ani = ani_with_a_case(office)
    with pytest.raises(Refused, match=r"begins with a basis: danger, child or 3x24"):
        refer(office, ani, reason)
    assert office.case()["status"] == "accepted"
    assert office.read(lambda s: s.scalars(select(Referral)).all()) == []


def test_a_note_names_no_basis(office: Office, ani: Phone) -> None:
    with pytest.raises(Refused, match="basis"):
        refer(office, ani, "", "danger")


def test_a_named_basis_is_kept_and_the_other_words_beside_it(office: Office, ani: Phone) -> None:
    refer(office, ani, "bahaya: ia diancam", "lewat suara")
    assert told(office) == ("danger", "danger", "ia diancam lewat suara")


def test_with_her_consent_any_words_are_a_note(office: Office, ani: Phone) -> None:
    office.act(ani, lambda act: referrals.record_consent(act, "lewat suara"))
    refer(office, ani, "perlu diperiksa")
    assert told(office) == ("consent", None, "perlu diperiksa")


def test_the_console_offers_the_three_and_takes_no_other(office: Office, ani: Phone) -> None:
    reference = office.case()["reference"][3:]
    desk = at_desk(office)

    def send(basis: str, note: str) -> str:
        desk.get(f"/files/{reference}")
        desk.post(
            f"/files/{reference}/do/refer",
            receipt=desk.hidden("receipt"),
            agency="RSUD Grogot",
            basis=basis,
            note=note,
        )
        return desk.words

    page = desk.get(f"/files/{reference}").text
    for basis in referrals.BASES:
        assert f'<option value="{basis}">' in page
    for basis, note in (("", "anak"), ("sudah setuju", "")):
        assert "pilih dasarnya (bahaya, anak, atau 3x24)" in send(basis, note)
    assert office.case()["status"] == "accepted"
    send("3x24", "dicatat Rina")
    assert told(office) == ("3x24", "3x24", "dicatat Rina")
    assert "dicatat Rina" not in desk.get(f"/files/{reference}").words
    desk.post(f"/files/{reference}/show", receipt=desk.hidden("receipt"), reason="handling").follow()
    assert "wajib lapor 3x24 jam" in desk.words
    assert "dicatat Rina" in desk.words
