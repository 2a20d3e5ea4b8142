"""What the gateway did, in words, from rows: events of cases, messages, rules that fired, tries that came to nothing.

What was done in one transaction bears one time, so it becomes one line. Nobody's words are quoted.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.casework.people import open_agency, open_officer
from gateway.desk import Desk
from gateway.simulator import handsets, notes
from gateway.simulator.tongue import gettext
from models.case import CaseEvent, CaseFile, RuleFiring
from models.inbound import InboundMessage
from models.outbound import OutboundMessage
from models.people import Agency, Officer
from models.throttle import AccessRecord
from models.vocabulary import Intent, MessageStatus, Purpose, Recipient

NEWEST: Final = 40
"""Lines told; of each kind of row no more than this many are looked at twice over."""

EVENTS: Final = {
    "opened": _("kasus {ref} dibuka"),
    "answered": _("isian kasus {ref} bertambah"),
    "confirmed": _("laporan {ref} dikirim"),
    "swept": _("laporan {ref} tidak selesai: masuk antrean apa adanya"),
    "withdrawn": _("{ref} ditandai salah tekan; tangga tetap jalan"),
    "cried_again": _("{ref}: orang yang sama minta tolong lagi"),
    "asked_for_call": _("{ref}: minta ditelepon"),
    "looked_up": _("{ref}: nomornya dicek"),
    "stopped": _("{ref}: BERHENTI, izin SMS dicabut"),
    "same_words": _("{ref}: pesan dengan kata yang sama ditandai"),
    "priority": _("{ref}: prioritas berubah"),
    "accepted": _("AMBIL diterima dari {actor}: {ref}"),
    "passed_on": _("OPER diterima dari {actor}: {ref} kembali ke piket"),
    "first_action": _("tindakan pertama {ref} dari {actor}"),
    "attempt": _("{ref}: {actor} mencoba, belum berhasil"),
    "taken_back": _("{ref}: hasil tanpa kode dibatalkan, datang angka lain"),
    "contact_rule": _("{ref}: aturan kontak berubah"),
    "close_proposed": _("{ref}: {actor} mengusulkan selesai"),
    "closed": _("{ref} selesai"),
    "reopened": _("{ref} dibuka lagi"),
    "invalid": _("{ref} dinyatakan bukan kasus"),
    "holder_suspended": _("{ref}: pemegangnya dibekukan, kembali ke piket"),
    "referred": _("{ref}: dukungan diminta"),
    "referral_accepted": _("TERIMA dari {actor}: {ref}"),
    "referral_declined": _("TOLAK dari {actor}: {ref}"),
    "referral_done": _("{ref}: dukungan selesai"),
    "follow_up_answer": _("{ref}: jawaban kabar diterima"),
    "no_answer": _("{ref}: kabar tidak dijawab"),
    "police_reported": _("{ref}: lapor polisi tercatat"),
    "priority_raised": _("{ref}: prioritas naik"),
}
SILENT: Final = ("rule", "viewed")
"""Told by the firing itself; and looks, which nobody on the phones did."""
FIRINGS: Final = {
    "ladder": _("tangga naik ke anak tangga {n}: {ref} belum ada yang menangani"),
    "undelivered": _("alert {ref} tidak sampai: tangga naik sekarang juga"),
    "unaccepted": _("{ref} belum diambil pada waktunya"),
    "first_action": _("{ref}: tindakan pertama ditagih"),
    "undecided": _("{ref}: tanpa izin dan tanpa tempat, penyelia memutuskan"),
    "night": _("{ref}: tidak ada yang piket; lembaga 24 jam, bila ada, diberi tahu"),
    "follow_up": _("{ref}: waktunya menanyakan kabar"),
    "unanswered": _("{ref}: lembaga belum menjawab"),
}
OTHER_FIRING: Final = _("{ref}: sebuah tugas jatuh tempo")
SWEPT: Final = ("sweep", "silence")
PURPOSES: Final = {
    Purpose.ALERT: _("alert"),
    Purpose.ESCALATION: _("eskalasi"),
    Purpose.CHALLENGE: _("uji kode"),
    Purpose.REMINDER: _("pengingat"),
    Purpose.DIGEST: _("ringkasan"),
    Purpose.RECEIPT: _("tanda terima"),
    Purpose.ASK: _("pertanyaan"),
    Purpose.ANSWER: _("jawaban"),
    Purpose.PROGRESS: _("kabar"),
    Purpose.FOLLOW_UP: _("tanya kabar"),
    Purpose.REFERRAL: _("permintaan dukungan"),
}
RECIPIENTS: Final = {
    Recipient.OFFICER: _("petugas"),
    Recipient.CADRE: _("kader"),
    Recipient.REPORTER: _("warga"),
    Recipient.AGENCY: _("lembaga"),
}
INTENTS: Final = {
    Intent.REPORT: _("laporan"),
    Intent.EMERGENCY: _("darurat"),
    Intent.STATUS: _("cek nomor"),
    Intent.INFO: _("minta info"),
    Intent.OUTREACH: _("sosialisasi"),
    Intent.HELP: _("minta bantuan"),
    Intent.STOP: _("berhenti"),
    Intent.CALLBACK: _("minta ditelepon"),
    Intent.MENU: _("menu"),
    Intent.REGISTER: _("daftar kader"),
    Intent.ACCOMPANY: _("pendampingan"),
    Intent.OFFICER: _("kata petugas"),
    Intent.AGENCY: _("kata lembaga"),
    Intent.UNCLEAR: _("belum jelas, disimpan untuk manusia"),
    Intent.CHATTER: _("obrolan, disimpan"),
}
ENDS: Final = {
    MessageStatus.FAILED: _("gagal"),
    MessageStatus.EXPIRED: _("kedaluwarsa"),
    MessageStatus.UNKNOWN: _("tidak diketahui nasibnya, tidak dikirim ulang"),
    MessageStatus.CANCELLED: _("dibatalkan"),
}
ATTEMPTS: Final = {
    "bad code": _("kode salah dari telepon {actor}: tidak ada yang berubah"),
    "suspended": _("pesan dari telepon beku {actor}: tidak ada yang berubah"),
    "stop refused": _("BERHENTI dari telepon {actor} ditolak: alert tetap masuk"),
}
OTHER_ATTEMPT: Final = _("telepon {actor}: {what}")


@dataclass
class Line:
    at: datetime
    phrases: list[str] = field(default_factory=list)
    is_loud: bool = False
    """Something the learner should not miss: an alert, a climb, a loss."""

    @property
    def says(self) -> str:
        return "; ".join(self.phrases)


class Logbook:
    """Reads the newest rows and tells them. One a page."""

    def __init__(self, session: Session, desk: Desk) -> None:
        self._session, self._desk = session, desk
        self._lines: dict[tuple[datetime, str], Line] = {}
        self._cases: dict[str, tuple[str, str]] = {}
        self._people = _names(session, desk)

    def list_newest(self, newest: int = NEWEST) -> list[Line]:
        """Newest first."""
        reads = (self._inbound, self._events, self._firings, self._messages, self._ends, self._attempts, self._acts)
        for read in reads:
            for at, key, phrase, is_loud in read(3 * newest):
                line = self._lines.setdefault((at, key), Line(at))
                if phrase not in line.phrases:
                    line.phrases.append(phrase)
                line.is_loud |= is_loud
        return sorted(self._lines.values(), key=lambda line: line.at, reverse=True)[:newest]

    def _case(self, case_id: str) -> tuple[str, str]:
        """Reference and priority, as lines tell them."""
        if case_id not in self._cases:
            found = self._session.execute(select(CaseFile.reference, CaseFile.priority).where(CaseFile.id == case_id))
            reference, priority = found.one()
            self._cases[case_id] = (f"BP-{reference}", priority[1:])
        return self._cases[case_id]

    def _events(self, newest: int) -> Iterator["Told"]:
        wanted = select(CaseEvent.case_id, CaseEvent.at, CaseEvent.kind, CaseEvent.actor)
        wanted = wanted.where(CaseEvent.kind.not_in(SILENT)).order_by(CaseEvent.at.desc()).limit(newest)
        for case_id, at, kind, actor in self._session.execute(wanted):
            says = str(EVENTS.get(kind, f"{{ref}}: {kind.replace('_', ' ')}"))
            reference, priority = self._case(case_id)
            says = says.format(ref=reference, actor=self._people.get(actor.partition(":")[2], "gateway"))
            if kind == "opened":
                says += gettext(", prioritas %(priority)s", priority=priority)
            yield at, case_id, says, kind in ("opened", "accepted", "cried_again")

    def _firings(self, newest: int) -> Iterator["Told"]:
        wanted = select(RuleFiring).where(RuleFiring.rule.not_in(SWEPT))
        for row in self._session.scalars(wanted.order_by(RuleFiring.fired_at.desc()).limit(newest)):
            says = str(FIRINGS.get(row.rule, OTHER_FIRING))
            number = row.step.rpartition("/")[2]
            yield row.fired_at, row.case_id, says.format(ref=self._case(row.case_id)[0], n=number), True

    def _messages(self, newest: int) -> Iterator["Told"]:
        columns = (
            OutboundMessage.queued_at,
            OutboundMessage.case_id,
            OutboundMessage.purpose,
            OutboundMessage.recipient,
        )
        found = select(*columns).order_by(OutboundMessage.queued_at.desc()).limit(newest)
        for (at, case_id, purpose, recipient), count in Counter(self._session.execute(found)).items():
            inserts = {"count": count, "purpose": PURPOSES[purpose], "recipient": RECIPIENTS[recipient]}
            says = gettext("%(count)s SMS %(purpose)s untuk %(recipient)s", **inserts)
            yield at, case_id or "-", says, purpose in (Purpose.ALERT, Purpose.ESCALATION)

    def _ends(self, newest: int) -> Iterator["Told"]:
        columns = (
            OutboundMessage.settled_at,
            OutboundMessage.case_id,
            OutboundMessage.recipient,
            OutboundMessage.status,
        )
        lost = (OutboundMessage.status.in_(ENDS), OutboundMessage.settled_at.is_not(None))
        found = select(*columns).where(*lost).order_by(OutboundMessage.settled_at.desc()).limit(newest)
        for (at, case_id, recipient, status), count in Counter(self._session.execute(found)).items():
            if at is not None:
                yield (
                    at,
                    case_id or "-",
                    gettext(
                        "%(count)s SMS untuk %(recipient)s %(end)s",
                        count=count,
                        recipient=RECIPIENTS[recipient],
                        end=ENDS[status],
                    ),
                    True,
                )

    def _inbound(self, newest: int) -> Iterator["Told"]:
        wanted = select(InboundMessage.received_at, InboundMessage.case_id, InboundMessage.intent)
        for at, case_id, intent in self._session.execute(
            wanted.order_by(InboundMessage.received_at.desc()).limit(newest)
        ):
            yield at, case_id or "-", gettext("SMS masuk, dibaca: %(intent)s", intent=INTENTS[intent]), False

    def _attempts(self, newest: int) -> Iterator["Told"]:
        tried = AccessRecord.actor.like("phone %")
        for row in self._session.scalars(
            select(AccessRecord).where(tried).order_by(AccessRecord.at.desc()).limit(newest)
        ):
            actor = self._people.get(row.actor.removeprefix("phone "), "?")
            yield row.at, "-", str(ATTEMPTS.get(row.what, OTHER_ATTEMPT)).format(actor=actor, what=row.what), True

    def _acts(self, newest: int) -> Iterator["Told"]:
        names = {one.id: one.name for one in handsets.list_all(self._session, self._desk)}
        for note in notes.listed(self._session, self._desk, "act", "network", newest=newest):
            who = f"{names[note.phone_id]}: " if note.phone_id in names else ""
            yield note.at, f"act {note.id}", who + notes.tell(note.body), False


Told = tuple[datetime, str, str, bool]
"""When, what it belongs to, in words, whether it is loud."""


def _names(session: Session, desk: Desk) -> dict[str, str]:
    names = {one.id: open_officer(desk, one).name for one in session.scalars(select(Officer))}
    return names | {one.id: open_agency(desk, one).name for one in session.scalars(select(Agency))}
