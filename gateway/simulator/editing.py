"""What people choose on the practice page: phones added, renamed, given roles; what is to go wrong."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.desk import Desk
from gateway.errors import Refused
from gateway.simulator import faults, handsets, notes, roles
from gateway.simulator.faults import SAYS, Word
from gateway.simulator.pressing import LONGEST
from gateway.simulator.tongue import N_

VILLAGE = "64.01.04.2016"
"""Senaken, where a practice cadre lives unless another village is chosen."""
ROLE_SAYS = {
    "cadre": N_("kader"),
    "officer": N_("petugas piket"),
    "supervisor": N_("penyelia piket"),
    "head": N_("kepala"),
    "agency": N_("lembaga"),
}


def add(session: Session, desk: Desk, now: datetime, form: Mapping[str, str]) -> str:
    """A new phone, with a role if one was chosen; its id. Raises Refused."""
    number = form.get("number", "").strip() or handsets.next_number(session, desk)
    handset = handsets.add(session, desk, now, form.get("name", ""), number)
    notes.write(session, desk, now, "act", handset.id, says=N_("telepon ditambahkan"))
    _give(session, desk, now, handset.id, form)
    return handset.id


def add_first(session: Session, desk: Desk, now: datetime) -> None:
    """A resident and a cadre to begin with, on a page that has no phone yet."""
    if handsets.list_all(session, desk):
        return
    handsets.add(session, desk, now, "Warga Satu", handsets.next_number(session, desk))
    cadre = handsets.add(session, desk, now, "Kader Senaken", handsets.next_number(session, desk))
    roles.give(session, desk, now, cadre, "cadre", VILLAGE)


def edit(session: Session, desk: Desk, now: datetime, phone_id: str, form: Mapping[str, str]) -> None:
    """`act`: rename, role, suspend, restore or remove. Raises Refused."""
    handset = handsets.get(session, desk, phone_id)
    act = form.get("act", "")
    if act == "rename" and (name := form.get("name", "").strip()):
        handset.name = name[: handsets.LONGEST_NAME]
        handsets.save(session, desk, handset)
    elif act == "role":
        _give(session, desk, now, phone_id, form)
    elif act == "suspend":
        back = roles.suspend(session, desk, now, handset.number)
        notes.write(
            session,
            desk,
            now,
            "act",
            phone_id,
            says=N_("dilaporkan hilang: dibekukan, %(back)s kasus kembali"),
            inserts={"back": back},
        )
    elif act == "restore":
        roles.restore(session, desk, handset.number)
        notes.write(session, desk, now, "act", phone_id, says=N_("dipulihkan"))
    elif act == "remove":
        handsets.remove(session, desk, phone_id)


def _give(session: Session, desk: Desk, now: datetime, phone_id: str, form: Mapping[str, str]) -> None:
    role = form.get("role", "")
    if role in ("", "resident"):
        return
    roles.give(session, desk, now, handsets.get(session, desk, phone_id), role, form.get("village", ""))
    notes.write(session, desk, now, "act", phone_id, says=N_("menjadi %(role)s"), inserts={"role": ROLE_SAYS[role]})


def choose_fault(session: Session, desk: Desk, now: datetime, phone_id: str, word: str) -> None:
    """`word`: one of faults.Word, or `none` to let all be well again. Raises Refused."""
    handset = handsets.get(session, desk, phone_id)
    index = desk.keyring.index("phone", handset.number)
    if word == "none":
        faults.end_all(session, now, index)
        notes.write(session, desk, now, "act", phone_id, says=N_("semua gangguan dihapus"))
    elif word in (*faults.CALLBACKS, *faults.RECEIPTS):
        faults.choose(session, now, Word(word), index)
        notes.write(
            session,
            desk,
            now,
            "act",
            phone_id,
            says=N_("gangguan dipilih: %(fault)s"),
            inserts={"fault": SAYS[Word(word)]},
        )
    else:
        raise Refused(N_("Gangguan itu tidak dikenal."))


def type_in(parts: Parts, phone_id: str, entry: str) -> None:
    """What lies on the entry line, kept from one press to the next. Raises Refused."""

    def work(session: Session) -> None:
        handset = handsets.get(session, parts.desk, phone_id)
        handset.entry = entry[:LONGEST]
        handsets.save(session, parts.desk, handset)

    parts.store.write(work)
