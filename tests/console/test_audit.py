"""The audit trail: who looked, and whether a chain is whole."""

import ast
import re
from collections.abc import Iterator

from sqlalchemy import text

from gateway.casework import attempts, staff
from gateway.console.audit_words import ACTS, REFUSED
from models.web_session import Stage
from tests.console.desk import Desk, at_desk, statements
from tests.made import a_case
from tests.office import Office
from tests.test_house import TREES


def check(desk: Desk, **form: str) -> Desk:
    desk.get("/audit")
    return desk.post("/audit/check", **form)


def spoil(office: Office, case_id: str) -> None:
    office.write(
        lambda session: session.execute(text("UPDATE case_event SET actor = 'x' WHERE case_id = :id"), {"id": case_id})
    )


def test_who_looked_at_the_queue_stands_there_by_name(any_office: Office) -> None:
    at_desk(any_office, "budi", role="officer").get("/queue")
    words = at_desk(any_office, role="admin").get("/audit").words
    assert "Budi melihat antrean" in words


def test_sound_chains_are_called_so(any_office: Office) -> None:
    a_case(any_office)
    a_case(any_office, phone="+6281100008888")
    assert "2 berkas diperiksa: semua rantai utuh." in check(at_desk(any_office)).words


def test_a_changed_row_is_found_in_all_and_in_its_case(any_office: Office) -> None:
    spoil(any_office, a_case(any_office))
    reference = any_office.case()["reference"]
    desk = at_desk(any_office, role="admin")
    for form in ({}, {"reference": reference}):
        check(desk, **form)
        assert "Rantai putus." in desk.words
        assert f"{reference}, mulai catatan 1" in desk.words


def test_a_case_changed_by_hand_is_named(any_office: Office) -> None:
    a_case(any_office)
    reference = any_office.case()["reference"]
    any_office.write(lambda session: session.execute(text("UPDATE case_file SET status = 'closed'")) and None)
    desk = check(at_desk(any_office))
    assert "Berkas tidak cocok dengan linimasanya." in desk.words
    assert reference in desk.words
    assert "utuh" not in desk.words


def test_a_reference_that_is_none_is_told(office: Office) -> None:
    assert "Tidak ada berkas dengan nomor itu." in check(at_desk(office), reference="BP-ZZZZ").words


def test_the_check_goes_on_where_it_stopped(office: Office) -> None:
    for number in range(101):
        a_case(office, phone=f"+62811000{number:04}")
    desk = check(at_desk(office))
    assert "100 berkas diperiksa" in desk.words
    desk.post("/audit/check", after=desk.hidden("after"))
    assert "1 berkas diperiksa" in desk.words
    assert "berikutnya" not in desk.words


def test_a_check_is_on_record_itself(office: Office) -> None:
    desk = at_desk(office)
    check(desk)
    assert "memeriksa rantai catatan" in desk.get("/audit").words


def test_an_officer_reads_no_trail(office: Office) -> None:
    assert at_desk(office, role="officer").get("/audit").status == 403


def test_a_long_trail_comes_in_pages_at_the_same_cost(office: Office) -> None:
    desk = at_desk(office)
    few = statements(office, lambda: desk.get("/audit"))
    for _ in range(55):
        desk.get("/queue")
    assert statements(office, lambda: desk.get("/audit")) == few
    assert desk.text.count("melihat antrean") == 50
    before = desk.text.partition("before=")[2].partition('"')[0]
    assert desk.get(f"/audit?before={before}").text.count("melihat antrean") == 5


# Acts in words


def noted() -> Iterator[str]:
    """Every act that the source writes into the access record under a constant name."""
    for module, tree in TREES.items():
        if module.startswith("gateway.simulator"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from _names_in(ast.unparse(node.func).rpartition(".")[2], node)


def _names_in(called: str, node: ast.Call) -> Iterator[str]:
    place = {"note": 3, "_note": 3, "note_attempt": 1, "write_attempt": 2}.get(called)
    given = [keyword.value for keyword in node.keywords if keyword.arg == "what" and called == "AccessRecord"]
    if place is not None and len(node.args) > place:
        given.append(node.args[place])
    for one in given:
        yield from (part.value for part in ast.walk(one) if isinstance(part, ast.Constant) and _is_act(part.value))


def _is_act(value: object) -> bool:
    return isinstance(value, str) and value not in ("log-in ", "phone shown ", "suspend ", "restore ", REFUSED)


def test_every_act_that_is_recorded_has_its_words() -> None:
    recorded = {what for what in noted() if re.fullmatch("[a-z][a-z, -]+", what)}
    assert len(recorded) > 40
    assert recorded <= set(ACTS), recorded - set(ACTS)
    made = {f"log-in {stage}" for stage in Stage}
    made |= {f"{act} {kind}" for act in ("phone shown", "suspend", "restore") for kind in staff.TABLES}
    assert made <= set(ACTS)


def test_acts_and_actors_are_told_in_words_in_both_languages(office: Office) -> None:
    phone = office.officer("Budi")
    phone.text("AMBIL 000000")
    office.write(lambda session: attempts.note(session, office.clock.now, "command line", "duty remove refused"))
    desk = at_desk(office, role="admin").get("/audit")
    assert "Budi kode salah lewat SMS" in desk.words
    assert "baris perintah menghapus piket: tindakan ditolak" in desk.words
    desk.get("/account").post("/account/language", language="en")
    assert "Budi wrong code by SMS" in desk.get("/audit").words
