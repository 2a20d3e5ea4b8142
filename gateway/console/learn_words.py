"""Topics of the learn menu and screens of both menus, in the office's language: rows and walks know their codes."""

from typing import Final

from flask_babel import lazy_gettext as _

from gateway.console.wording import Words

TOPICS: Final[Words] = {
    "words": _("kata-kata dan ancaman"),
    "control": _("dikendalikan"),
    "neglect": _("ditelantarkan"),
    "body": _("kekerasan fisik"),
    "sexual": _("kekerasan seksual"),
    "online": _("di internet dan HP"),
    "child": _("anak"),
    "mother": _("ibu muda"),
    "neighbour": _("tetangga yang tahu"),
    "men": _("untuk laki-laki"),
    "trafficking": _("perdagangan orang"),
    "check": _("cek diri sendiri"),
    "cadre": _("untuk kader"),
}
PLACES: Final[Words] = {
    "police": _("polisi"),
    "sapa": _("SAPA 129"),
    "uptd": _("UPTD PPA"),
    "health": _("puskesmas atau rumah sakit"),
    "legal": _("bantuan hukum"),
}
SCREENS: Final[Words] = {
    "home": _("Menu utama"),
    "resume": _("Sambungan terputus: teruskan?"),
    "language": _("Bahasa"),
    "callme.when": _("Minta ditelepon: kapan"),
    "callme.phone": _("Minta ditelepon: HP siapa"),
    "callme.other": _("Minta ditelepon: bila orang lain mengangkat"),
    "callme.word": _("Minta ditelepon: kata kunci"),
    "callme.end": _("Minta ditelepon: selesai"),
    "callme.end_none": _("Minta ditelepon: selesai tanpa izin"),
    "callme.no_duty": _("Minta ditelepon: belum ada yang piket"),
    "danger.where": _("Bahaya: di mana"),
    "danger.again": _("Bahaya: ditekan lagi"),
    "danger.landmark": _("Bahaya: patokan"),
    "danger.call": _("Bahaya: boleh ditelepon?"),
    "danger.who": _("Bahaya: siapa"),
    "danger.what": _("Bahaya: apa"),
    "danger.bye": _("Bahaya: penutup"),
    "danger.end": _("Bahaya: selesai"),
    "danger.end_noplace": _("Bahaya: selesai tanpa tempat"),
    "danger.withdrawn": _("Bahaya: salah tekan"),
    "where.ask": _("Tempat: tulis nama desa"),
    "where.kecamatan": _("Tempat: daftar kecamatan"),
    "where.village": _("Tempat: daftar desa"),
    "where.match": _("Tempat: betul ini?"),
    "where.which": _("Tempat: yang mana"),
    "where.none": _("Tempat: tidak ditemukan"),
    "report.who": _("Lapor: siapa"),
    "report.child": _("Lapor: pemberitahuan tentang anak"),
    "report.child_self": _("Lapor: pemberitahuan bila anak sendiri"),
    "report.kind": _("Lapor: jenis"),
    "report.control": _("Lapor: dikendalikan"),
    "report.police": _("Lapor: pemberitahuan polisi"),
    "report.police_other": _("Lapor: pemberitahuan polisi, orang lain"),
    "report.sexual_when": _("Lapor: kapan terakhir terjadi"),
    "report.more": _("Lapor: ada lagi?"),
    "report.contact": _("Lapor: boleh dihubungi?"),
    "report.phone": _("Lapor: nomor mana"),
    "report.hours": _("Lapor: jam berapa"),
    "report.confirm": _("Lapor: kirim"),
    "report.stopped": _("Lapor: dihentikan"),
    "report.end_none": _("Lapor: selesai, jangan dihubungi"),
    "report.end_call": _("Lapor: selesai, boleh ditelepon"),
    "report.end_sms": _("Lapor: selesai, boleh SMS"),
    "status.ask": _("Cek nomor"),
    "status.received": _("Cek nomor: diterima"),
    "status.handled": _("Cek nomor: sedang atau sudah diproses"),
    "status.please_call": _("Cek nomor: silakan telepon"),
    "status.unknown": _("Cek nomor: tidak dikenal"),
    "learn.menu1": _("Kenali kekerasan, daftar"),
    "learn.menu2": _("Kenali kekerasan, lanjutan"),
    "learn.sentence": _("Pelajaran"),
    "check.q1": _("Cek diri: pertanyaan 1"),
    "check.q2": _("Cek diri: pertanyaan 2"),
    "check.q3": _("Cek diri: pertanyaan 3"),
    "check.yes": _("Cek diri: ada tanda"),
    "check.no": _("Cek diri: tidak ada tanda"),
    "services.menu": _("Layanan dan nomor"),
    "services.say": _("Nomor layanan"),
    "sms.resident.menu": _("SMS: menu"),
    "sms.resident.auto": _("SMS: boleh ditelepon?"),
    "sms.resident.auto_1": _("SMS: boleh, jam berapa"),
    "sms.resident.auto_2": _("SMS: tidak"),
    "sms.resident.form": _("SMS: tulis pesan"),
    "sms.resident.ask_receipt": _("SMS: nomor bukti"),
    "sms.resident.status_received": _("SMS: nomor dikenali, belum ada kabar"),
    "sms.resident.status": _("SMS: nomor dikenali"),
    "sms.resident.please_call": _("SMS: silakan hubungi kami"),
    "sms.resident.status_unknown": _("SMS: nomor tidak dikenali"),
    "sms.info.stranger": _("SMS: info ada di menu telepon"),
}


def topic(code: str) -> str:
    """A topic that another district's lessons bring along stands for itself."""
    return str(TOPICS.get(code, code))


def screen(name: str, places: dict[str, str]) -> str:
    """`where.village:64.01.04:2` in words: the screen, what it is about, which page of it."""
    base, *more = name.split(":")
    page = more.pop() if more and more[-1].isdigit() else ""
    about = [str(TOPICS.get(one) or PLACES.get(one) or places.get(one, one)) for one in more]
    return ", ".join([str(SCREENS.get(base, base)), *about, *([page] if page else [])])
