"""Our closed lists in the office's language. A test sees that none is missing."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from models.vocabulary import CaseStatus, Channel, OfficerRole, Priority, Reporter

Words = Mapping[str, Any]

STATUS: Words = {
    CaseStatus.PARTIAL: _("belum selesai diisi"),
    CaseStatus.NEW: _("belum diambil"),
    CaseStatus.ACCEPTED: _("diambil"),
    CaseStatus.IN_PROGRESS: _("ditangani"),
    CaseStatus.REFERRED: _("dirujuk"),
    CaseStatus.CLOSED: _("selesai"),
    CaseStatus.REOPENED: _("dibuka lagi"),
    CaseStatus.INVALID: _("bukan kasus"),
}
PRIORITY: Words = {
    Priority.P1: _("Prioritas 1, bahaya sekarang"),
    Priority.P2: _("Prioritas 2, segera"),
    Priority.P3: _("Prioritas 3, biasa"),
}
CHANNEL: Words = {Channel.USSD: _("menu telepon"), Channel.SMS: _("SMS"), Channel.CONSOLE: _("petugas")}
REPORTER: Words = {Reporter.RESIDENT: _("warga"), Reporter.CADRE: _("kader"), Reporter.OFFICER: _("petugas")}
ROLE: Words = {
    OfficerRole.OFFICER: _("petugas"),
    OfficerRole.SUPERVISOR: _("penyelia"),
    OfficerRole.HEAD: _("kepala"),
    OfficerRole.ADMIN: _("admin"),
}
MENU: Words = {
    "10 Kasus": _("Kasus"),
    "15 Kasus baru": _("Kasus baru"),
    "20 Piket": _("Piket"),
    "30 Statistik": _("Statistik"),
    "40 Orang": _("Orang"),
    "50 SMS": _("Saluran SMS"),
    "55 Penyuluhan": _("Penyuluhan"),
    "60 Ekspor": _("Ekspor"),
    "65 Jejak": _("Jejak audit"),
    "70 Teks": _("Layanan dan teks"),
    "75 Kartu": _("Kartu saku"),
    "90 Akun": _("Akun"),
}
"""The words of the navigation, by `Page.menu`."""
