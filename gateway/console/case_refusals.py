"""Refusals around a case: at the door, whether it is hers at all, and each act on it.

Each row is a pattern of the use cases' English and our sentence; named groups of the pattern are its inserts.
"""

from typing import Final

from flask_babel import lazy_gettext as _

SENTENCES: Final = (
    # The door and the account
    (r"a password has at least (?P<n>\d+) characters", _("Kata sandi paling sedikit %(n)s huruf.")),
    (r"a password has at most (?P<n>\d+) characters", _("Kata sandi paling banyak %(n)s huruf.")),
    (r"the old password is wrong", _("Kata sandi sekarang salah.")),
    (r"the two passwords differ", _("Kedua kata sandi baru tidak sama.")),
    (
        r"a password of her own is another than the first one",
        _("Kata sandi itu diketahui orang lain. Pilih yang lain."),
    ),
    (r"the code is wrong or was used", _("Kode salah atau sudah dipakai. Tunggu kode berikutnya.")),
    (r"a second factor is set up already", _("Kode ponsel sudah terpasang.")),
    (r"no second factor is set up", _("Kode ponsel belum terpasang.")),
    (r"the form has no receipt", _("Formulir ini sudah usang. Kirim sekali lagi dari halaman ini.")),
    (r"this officer is no longer on the list", _("Anda tidak lagi ada di daftar petugas.")),
    # Whether it is hers at all
    (r"no case has the reference (?P<ref>.+)", _("Tidak ada berkas BP-%(ref)s.")),
    (r"the case has been erased", _("Berkas ini sudah dihapus.")),
    (r"this officer's phone is suspended", _("Nomor Anda dibekukan. Hubungi penyelia.")),
    (r"an admin does not work on cases", _("Admin tidak menangani kasus.")),
    (r"this officer is related to the case", _("Anda terkait salah satu pihak.")),
    (r"the case lies outside this officer's areas", _("Berkas ini di luar wilayah Anda.")),
    # Handling
    (
        r"(?P<verb>\w+) is not possible while the case is (?P<status>\w+)",
        _("Tidak bisa %(verb)s selama berkas %(status)s."),
    ),
    (r"already taken by (?P<name>.+)", _("Sudah diambil %(name)s.")),
    (r"only its holder or a supervisor passes a case on", _("Hanya pemegang atau penyelia yang mengoper.")),
    (
        r"only its holder or a supervisor lets her be reached; others may only end it",
        _("Hanya pemegang atau penyelia yang mengizinkan kontak. Anda bisa mencatat: jangan dihubungi."),
    ),
    (r"that officer cannot take a case now", _("Petugas itu tidak bisa menerima berkas sekarang.")),
    (r"that officer is related to the case", _("Petugas itu terkait salah satu pihak.")),
    (r"the result is a digit from 1 to 5", _("Pilih salah satu dari lima hasil.")),
    (
        r"only its holder or a supervisor records a first action",
        _("Hanya pemegang atau penyelia yang mencatat tindakan pertama. Ambil dulu berkasnya."),
    ),
    (r"changing the priority needs a reason", _("Tulis alasan mengubah prioritas.")),
    (r"choose a priority", _("Pilih prioritas.")),
    (r"a note needs a text: --reason", _("Catatannya masih kosong.")),
    (r"a text has at most (?P<n>\d+) characters", _("Tulisan paling panjang %(n)s huruf.")),
    (r"choose how she may be reached", _("Pilih cara ia boleh dihubungi.")),
    (
        r"the contact rule needs a reason: who said so, and how",
        _("Tulis siapa yang mengatakan aturan kontak ini, dan bagaimana."),
    ),
    (r"choose why you open the details", _("Pilih untuk apa Anda membuka data.")),
    # Ends
    (r"only its holder or a supervisor proposes to close", _("Hanya pemegang atau penyelia yang mengusulkan selesai.")),
    (r"only its holder or a supervisor closes a case", _("Hanya pemegang atau penyelia yang menutup berkas.")),
    (
        r"only a supervisor closes this case",
        _("Berkas ini hanya ditutup oleh penyelia. Usulkan selesai, penyelia yang memutuskan."),
    ),
    (
        r"closing without a first action, or with a duty of the law open, needs a supervisor's reason",
        _("Belum ada tindakan pertama atau kewajiban hukum masih terbuka: penyelia harus menulis alasan."),
    ),
    (
        r"sexual violence is not settled outside court \(UU 12/2022 article 23\): give another reason",
        _("Kekerasan seksual tidak diselesaikan di luar pengadilan (UU 12/2022 pasal 23). Tulis alasan lain."),
    ),
    (r"marking a case invalid needs a reason", _("Tulis alasan mengapa ini bukan kasus.")),
    (
        r"only a supervisor marks a P1, sexual or child case invalid",
        _("Kasus prioritas 1, seksual, atau anak hanya dinyatakan bukan kasus oleh penyelia."),
    ),
    (
        r"only its holder or a supervisor marks a case invalid",
        _("Hanya pemegang atau penyelia yang menyatakan bukan kasus."),
    ),
    # Agencies and the law
    (r"refer needs --agency with the name of an agency on the list", _("Pilih lembaga dari daftar.")),
    (
        r"without her recorded consent --reason begins with a basis: danger, child or 3x24",
        _("Persetujuannya belum dicatat: pilih dasarnya (bahaya, anak, atau 3x24)."),
    ),
    (
        r"(?P<name>.+) has been asked already and has not answered",
        _("%(name)s sudah diminta dan belum menjawab."),
    ),
    (r"consent needs a text: when and how she said so, and to what", _("Tulis kapan, bagaimana, dan untuk apa.")),
    (r"police_reported needs --on DATE, such as 2026-11-23", _("Isi tanggal laporan polisi.")),
    (
        r"(?P<day>\S+) lies ahead: a report is noted once it was made",
        _("%(day)s belum tiba: catat laporan setelah dibuat."),
    ),
    (r"only a supervisor decides about a duty of the law", _("Kewajiban hukum hanya diputuskan penyelia.")),
    (r"\w+ needs --duty .+", _("Pilih kewajiban yang mana.")),
    (r"\w+ needs a reason: --reason", _("Tulis alasannya.")),
    (
        r"only the police duty of a sexual case is decided upon",
        _("Kewajiban lapor polisi hanya diputuskan untuk kasus seksual."),
    ),
    (r"no (?P<duty>\w+) duty is open in this case", _("Kewajiban itu tidak terbuka di berkas ini.")),
    # People and other cases
    (
        r"only a supervisor marks another officer as related",
        _("Hanya penyelia yang menyatakan petugas lain terkait pihak."),
    ),
    (
        r"add_cadre needs a reason: when and how the reporter agreed \(--reason\)",
        _("Tulis kapan dan bagaimana pelapor setuju."),
    ),
    (r"that cadre is suspended or not confirmed", _("Kader itu dibekukan atau belum dikonfirmasi.")),
    (r"that cadre is related to the case", _("Kader itu terkait salah satu pihak.")),
    (r"no cadre has this phone", _("Tidak ada kader dengan nomor itu.")),
    (r"no officer or cadre has this phone", _("Tidak ada petugas atau kader dengan nomor itu.")),
    (r"no other case has this reference", _("Tidak ada berkas lain dengan nomor itu.")),
    (r"the other case has been erased", _("Berkas lain itu sudah dihapus.")),
    # A new case
    (r"a case needs at least what happened, or a note", _("Isi paling tidak apa yang terjadi, atau catatan.")),
    (
        r"a contact rule that allows contact needs a phone",
        _("Bila ia boleh dihubungi, isi nomor teleponnya."),
    ),
)
