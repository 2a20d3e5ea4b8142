"""The statistics' tables in the office's language: their headings, their entries, their signs."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask_babel import format_date
from flask_babel import lazy_gettext as _

from gateway.console.case_words import SEXES
from gateway.console.wording import CHANNEL
from gateway.statistics.tallies import UNKNOWN

Words = Mapping[str, Any]

TABLES: Final[Words] = {
    "kecamatan": _("Menurut kecamatan"),
    "form": _("Menurut jenis kekerasan"),
    "age": _("Menurut kelompok umur"),
    "sex": _("Menurut jenis kelamin"),
    "channel": _("Menurut saluran"),
}
AGES: Final[Words] = {
    "<18": _("anak, umur tidak disebut"),
    "18+": _("dewasa, umur tidak disebut"),
    UNKNOWN: _("belum diketahui"),
}
UNKNOWN_PLACE = _("tempat belum diketahui")
DUTIES: Final[Words] = {
    "accept": _("mengambil pada waktunya"),
    "first_action": _("tindakan pertama"),
    "health_referral": _("rujukan kesehatan"),
    "police_report": _("laporan polisi"),
    "police_decision": _("keputusan tentang laporan polisi"),
    "agency_answer": _("jawaban lembaga"),
}
SIGNS: Final[Words] = {
    "<5": _("kurang dari lima, nol termasuk"),
    "*": _("tidak disebut, agar hitungan kecil tidak bisa ditemukan dengan mengurangi"),
    "10+": _("jumlah tahun berjalan disebut per lima"),
}
AUDIENCES: Final[Words] = {
    "anak": _("anak-anak"),
    "perempuan": _("perempuan"),
    "ibu muda": _("ibu muda"),
    "umum": _("umum"),
    UNKNOWN: _("belum diketahui"),
}


def entry(table: str, name: str, places: Mapping[str, str], terms: Mapping[str, str]) -> str:
    """One row's heading. A name that no list of ours knows stands for itself: an age band, an older list's word."""
    known: dict[str, Mapping[str, Any]] = {
        "kecamatan": {**places, UNKNOWN: UNKNOWN_PLACE},
        "form": terms,
        "age": AGES,
        "sex": SEXES,
        "channel": CHANNEL,
    }
    return str(known[table].get(name, name))


def month(name: str, *, short: bool = False) -> str:
    """2026-11 as November 2026, or Nov 26."""
    return str(format_date(date.fromisoformat(f"{name}-01"), "LLL yy" if short else "LLLL y"))
