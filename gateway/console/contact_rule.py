"""The safe-contact rule of a case as the sentences on top of its page. What is not allowed stands first."""

from dataclasses import dataclass
from datetime import datetime

from gateway.clock import inside
from gateway.console.case_words import HOURS
from gateway.console.clocks import at_clock, gettext
from gateway.desk import Desk
from gateway.details import CALL_ONCE_FOR, WINDOWS, Details
from models.case import CaseFile


@dataclass(frozen=True)
class Rule:
    """`may_call` is whether a call is allowed at this very moment; `headline` says so in one line."""

    may_call: bool
    headline: str
    lines: tuple[str, ...]
    word: str | None


def explain(desk: Desk, case: CaseFile, details: Details, now: datetime) -> Rule:
    contact = details.contact
    may_call, headline = _call(desk, case, details, now)
    lines = [gettext("SMS netral boleh.") if contact.sms else gettext("Jangan kirim SMS.")]
    if details.call_phone:
        lines.append(gettext("Ia minta ditelepon di nomor lain, bukan nomor saat melapor."))
    if contact.owner in ("shared", "other"):
        lines.append(gettext("Ponsel ini bukan miliknya sendiri: orang lain bisa mengangkat."))
    if contact.other_answers == "may_talk":
        lines.append(gettext("Bila orang lain mengangkat: ia bilang boleh bicara dengannya."))
    elif may_call or contact.calls:
        lines.append(gettext("Bila orang lain mengangkat: bilang salah sambung, jangan sebut kantor."))
    if contact.word:
        lines.append(gettext("Sebut kata kuncinya lebih dulu. Bila ia membalas kata lain dari daftar, ia dipaksa."))
    if details.cadre_id:
        lines.append(gettext("Pelapornya kader: nomor ini nomor kader, bukan korban."))
    return Rule(may_call, headline, tuple(lines), contact.word)


def _call(desk: Desk, case: CaseFile, details: Details, now: datetime) -> tuple[bool, str]:
    """Whether to call now, and the headline."""
    contact = details.contact
    if contact.blocked:
        return False, gettext("JANGAN telepon. Orang lain pernah mengangkat; pemegang harus memutuskan dulu.")
    if contact.allows_once(now, case.touched_at):
        until = at_clock(desk.office, case.touched_at + CALL_ONCE_FOR, now)
        return True, gettext("Boleh satu kali telepon, sampai %(clock)s.", clock=until)
    if not contact.may_call(now, case.touched_at):
        if contact.once:
            return False, gettext("JANGAN telepon. Izin satu kali telepon sudah lewat.")
        return False, gettext("JANGAN telepon. Belum ada izin untuk menghubungi.")
    window = WINDOWS.get(contact.hours or "")
    if window is None:
        return True, gettext("Boleh telepon.")
    hours = str(HOURS[contact.hours or ""])
    if inside(desk.office.local(now).time(), *window):
        return True, gettext("Boleh telepon sekarang, hanya %(hours)s.", hours=hours)
    return False, gettext("JANGAN telepon sekarang. Hanya %(hours)s.", hours=hours)
