"""What stands in the access record, in the office's language: each act once, by its own name in the rows."""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _

from gateway.console.wording import Words

ACTS: Final[Words] = {
    # Coming in
    "log-in inside": _("masuk konsol"),
    "log-in code": _("kata sandi benar, kode ponsel diminta"),
    "log-in enrol": _("kata sandi benar, kode ponsel harus dipasang"),
    "log-in choose": _("masuk konsol, sandi sendiri belum dibuat"),
    "log-in wrong code": _("kode ponsel salah"),
    "password changed": _("mengganti kata sandinya"),
    "recovery codes made": _("membuat kode cadangan baru"),
    # Looking
    "queue": _("melihat antrean"),
    "cases list": _("melihat daftar kasus"),
    "messages list": _("melihat daftar SMS"),
    "messages revealed": _("melihat SMS dengan nomor terbuka"),
    "channel log": _("melihat saluran SMS"),
    "statistics true": _("melihat angka sebenarnya"),
    "phone shown officer": _("membuka nomor seorang petugas"),
    "phone shown cadre": _("membuka nomor seorang kader"),
    "phone shown agency": _("membuka nomor sebuah lembaga"),
    "audit verify": _("memeriksa rantai catatan"),
    # People
    "officer added": _("menambah petugas"),
    "officer login set": _("membuat log-in baru untuk petugas"),
    "agency added": _("menambah lembaga"),
    "cadres imported": _("menambah kader dari berkas"),
    "cadre confirmed": _("mengonfirmasi kader"),
    "suspend officer": _("membekukan nomor petugas"),
    "suspend cadre": _("membekukan nomor kader"),
    "suspend agency": _("membekukan nomor lembaga"),
    "restore officer": _("memulihkan nomor petugas"),
    "restore cadre": _("memulihkan nomor kader"),
    "restore agency": _("memulihkan nomor lembaga"),
    "lessons on": _("setuju pelajaran mingguan"),
    "lessons off": _("tidak mau pelajaran mingguan lagi"),
    "lessons consent": _("mencatat jawaban kader tentang pelajaran mingguan"),
    # Duty
    "duty add": _("menambah piket"),
    "duty remove": _("menghapus piket"),
    "duty leave": _("mencatat cuti"),
    "duty leave removed": _("menghapus cuti"),
    "duty import": _("menambah piket dari berkas"),
    "present": _("HADIR lewat SMS"),
    "two results": _("dua angka hasil yang berbeda tanpa kode"),
    "present, no shift": _("HADIR lewat SMS, tanpa jadwal piket"),
    "gone home": _("PULANG lewat SMS"),
    # Words out
    "message again": _("mengirim sebuah SMS lagi"),
    "messages released": _("melepas SMS yang ditahan"),
    "messages cancelled": _("membatalkan SMS yang ditahan"),
    "outreach add": _("mencatat penyuluhan"),
    "broadcast send": _("mengirim pesan ke kader"),
    "broadcast stop": _("menghentikan pesan ke kader"),
    # Data that leaves
    "export asked": _("meminta ekspor"),
    "export cancelled": _("membatalkan ekspor"),
    "export fetched": _("mengunduh ekspor"),
    "export simfoni": _("ekspor SIMFONI dibuat"),
    "keys exported": _("mencetak salinan kunci"),
    "backup restored": _("memulihkan cadangan"),
    # What did not go through
    "act refused": _("tindakan ditolak"),
    "bad code": _("kode salah lewat SMS"),
    "many bad codes": _("banyak kode salah: mungkin ditebak"),
    "many wrong receipts": _("banyak nomor bukti salah: mungkin ditebak"),
    "suspended": _("pesan dari nomor yang dibekukan"),
    "stop refused": _("BERHENTI dari nomor petugas, ditolak"),
    "stop confirmed": _("BERHENTI dari nomor petugas, dibuktikan di nomornya"),
    "opt-out refused": _("berhenti lewat operator dari nomor petugas, ditolak"),
    "challenges stopped": _("uji kode dihentikan: terlalu banyak"),
    "frozen": _("menjawab TIDAK: nomornya dibekukan"),
}
WHO: Final[Words] = {
    "command line": _("baris perintah"),
    "status": _("cek nomor"),
    "cadre": _("seorang kader"),
    "phone": _("sebuah nomor"),
    "officer": _("petugas"),
}
REFUSED: Final = " refused"


def say_act(what: str) -> str:
    """An act of a release that is not ours stands for itself."""
    if what not in ACTS and what.endswith(REFUSED) and what.removesuffix(REFUSED) in ACTS:
        return f"{ACTS[what.removesuffix(REFUSED)]}: {ACTS['act refused']}"
    return str(ACTS.get(what, what))


def say_who(actor: str, names: Mapping[str, str]) -> str:
    """`names` by id: officers and agencies. A cadre is not named: her phone book is no part of this list."""
    kind, _, person_id = actor.replace(":", " ", 1).partition(" ")
    return names.get(person_id) or str(WHO.get(actor) or WHO.get(kind) or actor)
