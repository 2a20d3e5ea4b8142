"""What happened in a case, and what was keyed, in the office's language."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _

from models.vocabulary import Age, ContactMode, MessageStatus, Purpose, Recipient, Sex

Words = Mapping[str, Any]

EVENTS: Final[Words] = {
    "opened": _("Berkas dibuka"),
    "answered": _("Menjawab"),
    "confirmed": _("Laporan dikirim lengkap"),
    "swept": _("Masuk antrean tanpa lengkap: pelapor diam"),
    "withdrawn": _("Ditandai salah tekan; tetap putuskan"),
    "cried_again": _("Minta tolong lagi"),
    "asked_for_call": _("Minta ditelepon"),
    "looked_up": _("Nomor resi dicek"),
    "stopped": _("Tidak mau SMS lagi"),
    "same_words": _("SMS yang sama datang lagi"),
    "follow_up_answer": _("Menjawab tanya kabar"),
    "no_answer": _("Tanya kabar tidak dijawab"),
    "viewed": _("Melihat data lengkap"),
    "accepted": _("Mengambil"),
    "passed_on": _("Mengoper"),
    "first_action": _("Tindakan pertama"),
    "attempt": _("Percobaan menghubungi"),
    "taken_back": _("Hasil dibatalkan: datang angka lain tanpa kode"),
    "priority": _("Prioritas diubah"),
    "note": _("Catatan"),
    "contact_rule": _("Aturan kontak diubah"),
    "consent": _("Persetujuannya dicatat"),
    "please_call": _("Cek nomor akan meminta ia menelepon kita"),
    "duress": _("Kata kunci lain terdengar"),
    "code_word": _("Kata kuncinya disebut"),
    "refused": _("Ditolak, tidak ada yang berubah"),
    "referred": _("Rujukan diminta"),
    "referral_accepted": _("Rujukan diterima"),
    "referral_declined": _("Rujukan ditolak"),
    "referral_done": _("Rujukan selesai"),
    "referral_reason": _("Alasan penolakan"),
    "police_reported": _("Laporan polisi dibuat"),
    "duty": _("Kewajiban hukum diputuskan"),
    "related": _("Terkait pihak; tidak lagi memegang"),
    "cadre_added": _("Kader ditambahkan"),
    "linked": _("Dikaitkan dengan berkas lain"),
    "unlinked": _("Kaitan dilepas"),
    "close_proposed": _("Usul selesai, menunggu penyelia"),
    "closed": _("Selesai"),
    "invalid": _("Dinyatakan bukan kasus"),
    "reopened": _("Dibuka lagi"),
    "holder_suspended": _("Nomor pemegang dibekukan; kembali ke antrean"),
    "rule": _("Pengingat otomatis"),
}
RULES: Final[Words] = {
    "sweep": _("pelapor diam"),
    "ladder": _("belum diambil, naik tangga"),
    "night": _("lembaga 24 jam dihubungi"),
    "undecided": _("tanpa tempat dan izin kontak: penyelia diminta memutuskan"),
    "unaccepted": _("belum diambil"),
    "undelivered": _("SMS tidak sampai, petugas lain diberi tahu"),
    "first_action": _("belum ada tindakan pertama"),
    "unanswered": _("rujukan belum dijawab"),
    "follow_up": _("tanya kabar"),
    "silence": _("tanya kabar tidak dijawab"),
    "health": _("layanan kesehatan belum dirujuk"),
    "police": _("batas 3x24 jam ke polisi"),
    "judge": _("penyelia perlu memutuskan kewajiban lapor"),
}
VEILED_RULES: Final = frozenset({"health", "police", "judge"})
"""Their names tell the kind of case: hidden until the details are shown."""
RESULTS: Final = {
    1: _("Tersambung, bicara dengannya"),
    2: _("Tidak diangkat"),
    3: _("Orang lain mengangkat"),
    4: _("Didatangi, bertemu"),
    5: _("Tidak ada cara aman"),
}
MODES: Final[Words] = {
    ContactMode.NONE: _("jangan hubungi"),
    ContactMode.SMS: _("hanya SMS netral"),
    ContactMode.CALL: _("boleh telepon"),
    ContactMode.BOTH: _("boleh telepon dan SMS netral"),
}
HOURS: Final[Words] = {
    "morning": _("pukul 08–11"),
    "midday": _("pukul 11–15"),
    "afternoon": _("pukul 15–18"),
    "evening": _("pukul 18–21"),
    "any": _("pukul 07–21"),
}
OWNERS: Final[Words] = {
    "own": _("ponsel sendiri"),
    "shared": _("ponsel dipakai bersama"),
    "other": _("ponsel orang lain"),
}
CODE_WORDS: Final = ("melati", "padi", "sungai")
AGES: Final[Words] = {Age.CHILD: _("anak"), Age.ADULT: _("dewasa"), Age.UNKNOWN: _("umur belum diketahui")}
SEXES: Final[Words] = {
    Sex.FEMALE: _("perempuan"),
    Sex.MALE: _("laki-laki"),
    Sex.UNKNOWN: _("jenis kelamin belum diketahui"),
}
SERVICES: Final[Words] = {
    "danger": _("tombol bahaya"),
    "call_me": _("minta ditelepon"),
    "report": _("laporan"),
    "message": _("pesan"),
    "in_person": _("lisan atau datang sendiri"),
}
DUTIES: Final[Words] = {
    "health": _("rujuk ke layanan kesehatan"),
    "police": _("lapor ke polisi, 3x24 jam"),
    "judge": _("penyelia memutuskan apakah wajib lapor polisi"),
}
REFERRALS: Final[Words] = {
    "asked": _("diminta"),
    "accepted": _("diterima"),
    "declined": _("ditolak"),
    "done": _("selesai"),
}
PURPOSES: Final[Words] = {
    Purpose.ALERT: _("panggilan kasus"),
    Purpose.ESCALATION: _("panggilan lanjutan"),
    Purpose.CHALLENGE: _("tantangan kode"),
    Purpose.REMINDER: _("pengingat"),
    Purpose.DIGEST: _("ringkasan"),
    Purpose.RECEIPT: _("tanda terima"),
    Purpose.ASK: _("pertanyaan"),
    Purpose.ANSWER: _("jawaban"),
    Purpose.PROGRESS: _("perkembangan"),
    Purpose.FOLLOW_UP: _("tanya kabar"),
    Purpose.REFERRAL: _("permintaan rujukan"),
}
RECIPIENTS: Final[Words] = {
    Recipient.OFFICER: _("petugas"),
    Recipient.CADRE: _("kader"),
    Recipient.REPORTER: _("pelapor"),
    Recipient.AGENCY: _("lembaga"),
}
DELIVERY: Final[Words] = {
    MessageStatus.QUEUED: _("menunggu dikirim"),
    MessageStatus.SENDING: _("sedang dikirim"),
    MessageStatus.ERRORED: _("gagal, dicoba lagi"),
    MessageStatus.SENT: _("terkirim, belum ada kabar sampai"),
    MessageStatus.DELIVERED: _("sampai"),
    MessageStatus.FAILED: _("GAGAL"),
    MessageStatus.UNKNOWN: _("tidak diketahui sampai atau tidak"),
    MessageStatus.EXPIRED: _("kedaluwarsa, tidak dikirim"),
    MessageStatus.CANCELLED: _("dibatalkan"),
    MessageStatus.HELD: _("ditahan sampai diputuskan orang"),
}
SIMILAR: Final[Words] = {
    "phone": _("nomor yang sama"),
    "village and kind within 48 h": _("desa dan jenis sama dalam 48 jam"),
}
FLAGS: Final[Words] = {
    "same_words": _("kata-kata sama dengan SMS sebelumnya"),
    "names_seen": _("SMS memuat nama"),
    "place_ambiguous": _("nama desa bisa lebih dari satu"),
}
VERBS: Final[Words] = {
    "accept": _("mengambil"),
    "pass_on": _("mengoper"),
    "first_action": _("mencatat tindakan pertama"),
    "refer": _("merujuk"),
    "note": _("mencatat"),
    "priority": _("mengubah prioritas"),
    "police_reported": _("mencatat laporan polisi"),
    "close": _("menutup"),
    "reopen": _("membuka lagi"),
    "invalid": _("menyatakan bukan kasus"),
    "link": _("mengaitkan"),
    "unlink": _("melepas kaitan"),
    "contact_rule": _("mengubah aturan kontak"),
    "consent": _("mencatat persetujuan"),
    "related": _("menyatakan terkait"),
    "please_call": _("meminta ia menelepon"),
    "duress": _("mencatat kata kunci lain"),
    "require": _("mewajibkan"),
    "waive": _("melepas kewajiban"),
    "add_cadre": _("menambah kader"),
}
KEYED: Final[Words] = {
    "who": _("siapa"),
    "kinds": _("apa yang terjadi"),
    "what": _("bahaya apa"),
    "control": _("dikekang bagaimana"),
    "place": _("desa"),
    "place_typed": _("tempat diketik"),
    "landmark": _("patokan"),
    "call": _("boleh telepon"),
    "may_call": _("boleh telepon"),
    "contact": _("cara dihubungi"),
    "phone": _("ponsel siapa"),
    "hours": _("jam"),
    "when": _("kapan ditelepon"),
    "other_answers": _("bila orang lain mengangkat"),
    "word": _("kata kunci"),
    "notice": _("pemberitahuan"),
    "sexual_when": _("kapan terjadi"),
    "now": _("bahaya sekarang"),
    "withdrawn": _("salah tekan"),
    "ask_first": _("minta ditelepon dulu"),
    "confirmed": _("dikirim"),
    "finished": _("selesai menjawab"),
    "cadre": _("kader boleh tahu"),
    "stopped": _("berhenti sebelum mengirim"),
}
ANSWERS: Final[Words] = {
    "self_adult": _("dirinya, dewasa"),
    "self_child": _("dirinya, anak"),
    "self": _("dirinya"),
    "child": _("anak"),
    "woman": _("perempuan dewasa"),
    "man": _("laki-laki dewasa"),
    "other": _("lainnya"),
    "unknown": _("belum tahu"),
    "words": _("kata-kata"),
    "hit": _("dipukul"),
    "controlled": _("dikekang"),
    "neglect": _("tidak diurus"),
    "sexual": _("seksual"),
    "online": _("lewat internet"),
    "weapon": _("senjata"),
    "confined": _("dikurung"),
    "forbidden": _("dilarang ini itu"),
    "watched": _("diawasi"),
    "u3": _("kurang dari 3 hari"),
    "3to5": _("3 sampai 5 hari"),
    "longer": _("lebih lama"),
    "wrong_number": _("bilang salah sambung"),
    "may_talk": _("boleh bicara dengannya"),
    "send": _("kirim orang, jangan telepon"),
    "yes": _("ya"),
    "no": _("tidak"),
    "now": _("sekarang"),
    "1": _("ya"),
    "": _("ditarik kembali"),
    "own": _("ponsel sendiri"),
    "shared": _("dipakai bersama"),
    "none": _("tidak"),
    "call": _("telepon"),
    "sms": _("SMS"),
    "both": _("telepon dan SMS"),
}
WHO: Final[Words] = {
    "unknown": _("belum tahu"),
    "self_adult": _("dirinya, dewasa"),
    "self_child": _("dirinya, anak"),
    "child": _("anak lain"),
    "woman": _("perempuan dewasa lain"),
    "man": _("laki-laki dewasa lain"),
}
SEXUAL_WHEN: Final[Words] = {
    "u3": _("kurang dari 3 hari"),
    "3to5": _("3 sampai 5 hari"),
    "longer": _("lebih lama"),
    "unknown": _("belum tahu"),
}
REASONS: Final[Words] = {
    "handling": _("menangani kasus ini"),
    "supervising": _("penyeliaan"),
    "handover": _("serah terima piket"),
    "asked": _("diminta pelapor atau korban"),
}
"""Why somebody opens the details."""
BASES: Final[Words] = {
    "danger": _("bahaya"),
    "child": _("anak"),
    "3x24": _("wajib lapor 3x24 jam"),
}
"""On what ground details go to an agency without her consent."""
