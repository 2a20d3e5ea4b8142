"""Refusals around the office: rota, people, channel, exports, outreach, files, statistics.

Each row is a pattern of the use cases' English and our sentence; named groups of the pattern are its inserts.
"""

from typing import Final

from flask_babel import lazy_gettext as _

SENTENCES: Final = (
    # The rota
    (r"choose an officer", _("Pilih petugas.")),
    (r"no officer has this phone", _("Tidak ada petugas dengan nomor itu.")),
    (r".* is not a time such as 2026-11-23T08:00", _("Isi waktunya, misalnya 2026-11-23T08:00.")),
    (r".* lies in another century", _("Tahunnya salah ketik.")),
    (
        r".* is not a phone number, such as 0812-3456-7890 or \+6281234567890",
        _("Ini bukan nomor telepon, misalnya 0812-3456-7890."),
    ),
    (r"(?P<code>\S+) is no kecamatan of this district", _("%(code)s bukan kode kecamatan kabupaten ini.")),
    (r"(?P<code>\S+) lies outside this officer's areas", _("%(code)s di luar wilayah petugas itu.")),
    (r"an admin takes no cases and is on no duty", _("Admin tidak piket.")),
    (
        r"this officer is on leave(?: already)? from (?P<start>.+) to (?P<end>.+)",
        _("Petugas itu cuti %(start)s sampai %(end)s."),
    ),
    (
        r"this officer has a shift already from (?P<start>.+) to (?P<end>.+)",
        _("Petugas itu sudah piket %(start)s sampai %(end)s."),
    ),
    (r"a (?:shift|leave) ends after it starts", _("Akhirnya harus sesudah mulainya.")),
    (r"a (?:shift|leave) lasts at most (?P<n>\d+) days", _("Paling lama %(n)s hari.")),
    (r"this officer has no shift that starts then", _("Piket itu sudah tidak ada.")),
    (r"this officer has no leave that starts then", _("Cuti itu sudah tidak ada.")),
    # People
    (r"this person is not on the list", _("Orang ini tidak ada di daftar.")),
    (r"nobody suspends herself", _("Nomor sendiri tidak bisa dibekukan dari sini. Minta rekan lain.")),
    (r"a cadre has a name of at most (?P<n>\d+) characters", _("Isi namanya, paling panjang %(n)s huruf.")),
    (r"choose her village", _("Pilih desanya.")),
    (r"choose her role", _("Pilih perannya.")),
    (
        r"an agency has a name of at most 120 characters and a kind of at most 32",
        _("Isi nama lembaga (paling panjang 120 huruf) dan macamnya."),
    ),
    (
        r"an officer has a name, and a login of at most 64 characters",
        _("Isi namanya; nama masuk paling panjang 64 huruf."),
    ),
    (r"an officer has this phone already", _("Nomor itu sudah milik petugas lain.")),
    (r"an officer has this login already", _("Nama masuk itu sudah dipakai petugas lain.")),
    (r"name her login: --login, at most 64 characters", _("Isi nama masuknya, paling panjang 64 huruf.")),
    (
        r"her own password is changed on her account page",
        _("Kata sandi sendiri diganti di halaman Akun."),
    ),
    (r"an agency has this phone already", _("Nomor itu sudah milik lembaga lain.")),
    (
        r"an agency has this name already: cases are referred by name",
        _("Nama itu sudah dipakai lembaga lain: rujukan dikirim menurut nama."),
    ),
    (r"the same phone as line (?P<line>\S+)", _("Nomornya sama dengan baris %(line)s.")),
    (r"more fields than columns", _("Kolomnya lebih.")),
    (r"no name", _("Namanya kosong.")),
    (r" is no area code of this district", _("Pilih desanya.")),
    (r"(?P<code>.+) is no area code of this district", _("%(code)s bukan kode desa kabupaten ini.")),
    (r"role (?P<role>.+); expected (?P<roles>.+)", _("Peran %(role)s tidak dikenal; pilihannya %(roles)s.")),
    # The channel
    (r"\w+ is not a message that is held", _("SMS itu tidak ditahan lagi.")),
    (r"there is no such message", _("SMS itu tidak ada.")),
    (
        r"only what failed, expired or is unknown is sent again",
        _("Hanya SMS yang gagal, kedaluwarsa atau tidak pasti yang dikirim lagi."),
    ),
    (r"an answer is said once", _("Jawaban dan kode hanya dikirim sekali.")),
    (
        r"it may have arrived, and must not be heard twice",
        _("Mungkin sudah sampai ke orangnya, dan tidak boleh sampai dua kali."),
    ),
    (
        r"what was said more than a day ago is not said again",
        _("Sudah lewat sehari; SMS lama tidak dikirim lagi."),
    ),
    (r"somebody has taken the case meanwhile", _("Berkasnya sudah diambil.")),
    (r"the message can not be opened any more", _("SMS itu tidak bisa dibuka lagi.")),
    (r"this phone may not be written to now", _("Nomor itu tidak boleh dikirimi SMS sekarang.")),
    (r"this message was sent again already", _("SMS itu sudah dikirim lagi.")),
    # Exports
    (r"only a supervisor or a head exports cases", _("Hanya penyelia dan kepala yang mengekspor.")),
    (r"the last day lies before the first", _("Hari terakhir mendahului hari pertama.")),
    (r"an export holds at most five years", _("Paling banyak lima tahun sekali ekspor.")),
    (r"choose CSV or XLSX", _("Pilih CSV atau XLSX.")),
    (
        r"an export needs a reason of at most (?P<n>\d+) characters",
        _("Tulis alasannya, paling panjang %(n)s huruf."),
    ),
    (r"another export of yours is still being made", _("Ekspor Anda yang lain masih dibuat.")),
    (r"this export is not yours", _("Ekspor ini bukan milik Anda.")),
    (r"this export is over", _("Ekspor ini sudah berakhir.")),
    (r"this export is not there any more", _("Berkas ekspor ini sudah tidak ada. Minta lagi.")),
    (r"choose the days", _("Isi kedua tanggalnya.")),
    # Outreach
    (r"an admin does no outreach", _("Admin tidak mencatat penyuluhan.")),
    (r"people is a number from 1 to (?P<n>\d+)", _("Isi berapa orang hadir, 1 sampai %(n)s.")),
    (r"audience is one of .+", _("Pilih untuk siapa.")),
    (r".* is no topic: a kind's code \(FIS\), KDRT, or a lesson card \(E05\)", _("Pilih topiknya.")),
    (
        r"a session is entered within (?P<n>\d+) days, and not before it was held",
        _("Kegiatan dicatat paling lambat %(n)s hari sesudahnya, dan tidak sebelum berlangsung."),
    ),
    (r"choose the day", _("Isi harinya.")),
    (r"this cadre is not confirmed yet", _("Kader ini belum dikonfirmasi.")),
    (r"this cadre's phone is suspended", _("Nomor kader ini dibekukan.")),
    (
        r"this phone asked for no more messages \(BERHENTI\)",
        _("Nomor ini pernah membalas BERHENTI; ia sendiri yang harus memintanya lagi."),
    ),
    (r"only a supervisor or a head writes to the cadres", _("Hanya penyelia dan kepala yang menulis ke kader.")),
    (r"name the kecamatan: --areas .+", _("Pilih kecamatannya.")),
    (r"no cadre of these areas may be written to", _("Tidak ada kader yang bisa dikirimi di kecamatan ini.")),
    (
        r"this officer has sent the same message to these areas today",
        _("Pesan yang sama sudah Anda kirim ke kecamatan ini hari ini."),
    ),
    (r"no broadcast has the id .*", _("Pesan itu tidak ada.")),
    (r"text: nothing to say", _("Pesannya masih kosong.")),
    (
        r"text: longer than one SMS \((?P<n>\d+) characters, (?P<most>\d+) fit\)",
        _("Lebih panjang dari satu SMS: %(n)s huruf, muat %(most)s."),
    ),
    (r"text: a character outside the GSM basic set", _("Ada huruf di luar huruf SMS biasa.")),
    (r"text: a link", _("Ada tautan.")),
    (r"text: a number to call", _("Ada nomor telepon.")),
    (
        r"text: a question to be answered by digits, which nobody would count",
        _("Pertanyaan berangka; tidak ada yang menghitung jawabannya."),
    ),
    (r"text: [^:]+: (?P<word>.+)", _("Ada kata yang bisa membuka rahasia: “%(word)s”.")),
    # Files
    (r"choose a file", _("Pilih berkasnya dulu.")),
    (r"the file is no UTF-8 text: save it as CSV UTF-8", _("Berkas tidak terbaca. Simpan sebagai CSV UTF-8.")),
    (r"line 1: the columns are (?P<names>.+)", _("Baris 1: kolomnya harus %(names)s.")),
    (r"\S+ cannot be read: \w+", _("Berkas tidak terbaca.")),
    (r"\S+ holds no rows", _("Berkasnya kosong.")),
    (r"\S+ holds \d+ rows; at most (?P<n>\d+) at a time", _("Paling banyak %(n)s baris sekali unggah.")),
    (
        r"more fields than columns; several areas stand in quotes or are parted by ;",
        _("Kolomnya lebih; beberapa kecamatan dipisah titik koma."),
    ),
    (
        r"a row of the file can not be any more: look at it again",
        _("Ada baris yang kini tidak bisa lagi. Lihat berkasnya sekali lagi."),
    ),
    # Statistics
    (r"--to lies before --from", _("Bulan akhir mendahului bulan awal.")),
    (r"--from lies in the future", _("Bulan awal belum tiba.")),
    (r"at most (?P<n>\d+) months at a time", _("Paling banyak %(n)s bulan sekali lihat.")),
    (r"this is no phone number", _("Ini bukan nomor telepon, misalnya 0812-3456-7890.")),
)
