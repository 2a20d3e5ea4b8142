"""Whole sentences: what they are for, who is harmed, whether it is now. One line a sentence, one reason each."""

import pytest

from menus.keywords import parse
from menus.lexicon import Lexicon
from models.vocabulary import Age, Intent, Sex

LEXICON = Lexicon.load()


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("tadi saya dampingi korban 7K3Q ke puskesmas", Intent.ACCOMPANY),
        ("suami ngamuk, tolong", Intent.EMERGENCY),
        ("tolong saya takut", Intent.EMERGENCY),
        ("tolong pak tolong pak", Intent.EMERGENCY),
        ("lapor bahaya di tapis", Intent.REPORT),
        ("perempuan mau lompat dari jembatan", Intent.EMERGENCY),
        ("saya minum racun", Intent.EMERGENCY),
        ("ribut rumah tangga di labuangkallo", Intent.REPORT),
        ("anak diglandang bapaknya, desa modang", Intent.REPORT),
        ("lapor ibu di tapis", Intent.REPORT),
        ("bisa telepon saya nanti? saya tidak berani cerita di sms", Intent.CALLBACK),
        ("dimana kantor ppa nya", Intent.HELP),
        ("cara lapor bagaimana?", Intent.HELP),
        ("bantuan", Intent.HELP),
        ("menu dong bu", Intent.MENU),
        ("terima kasih infonya bu", Intent.CHATTER),
        ("minta brosur untuk remaja masjid", Intent.INFO),
        ("apa hukuman suami yang memukul istri?", Intent.INFO),
        ("umur 17 boleh nikah gak ya", Intent.INFO),
        ("mau daftar jadi kader", Intent.REGISTER),
        ("yang sudah lapor kemarin tolong dicek", Intent.STATUS),
        ("laporan saya sampai mana", Intent.STATUS),
        ("stop dulu ya bu", Intent.STOP),
        ("jangan sms saya lagi", Intent.STOP),
        ("jangan kirim, suami pukul saya tiap malam", Intent.REPORT),
        ("promo stop kuota gratis", Intent.CHATTER),
        ("sosialisasi kdrt di jone 40 ibu", Intent.OUTREACH),
        ("bulan ini tidak ada laporan, desa tapis", Intent.OUTREACH),
        ("hari ini isi materi kekerasan dalam pacaran di sma, 73 siswa", Intent.OUTREACH),
        ("suluh suami ditampar istri saya", Intent.OUTREACH),
        ("penyuluhan kdrt apa saja isinya?", Intent.INFO),
        ("gotong royong besok bawa parang dan cangkul", Intent.CHATTER),
        ("saya sudah di pasar bu", Intent.CHATTER),
        ("qwrtp zxcvb", Intent.UNCLEAR),
        ("suami saya", Intent.UNCLEAR),
        ("masalah saya berat bu", Intent.UNCLEAR),
        ("ambil 12 orang dari tapis", Intent.CHATTER),
        ("KASUS SAYA", Intent.OFFICER),
    ],
)
def test_what_a_sentence_is_for(text: str, intent: Intent) -> None:
    assert parse(text, LEXICON).intent is intent


@pytest.mark.parametrize(
    ("text", "victim", "sex"),
    [
        ("ibu dipukul anaknya", Age.ADULT, Sex.FEMALE),
        ("lapor ibu, anak saya dipukul gurunya", Age.CHILD, Sex.UNKNOWN),
        ("anak perempuan umur 9 diraba tetangga, saya ibunya", Age.CHILD, Sex.FEMALE),
        ("adik laki-laki saya disodomi tetangganya, umurnya 8", Age.CHILD, Sex.MALE),
        ("istri dan anak dipukul suami", Age.CHILD, Sex.UNKNOWN),
        ("penganiayaan terhadap istri oleh suaminya", Age.ADULT, Sex.FEMALE),
        ("pencabulan oleh bapak tiri", Age.UNKNOWN, Sex.UNKNOWN),
        ("saya dipukul pacar, saya perempuan", Age.UNKNOWN, Sex.FEMALE),
        ("saya janda anak 2, dipukul mantan suami", Age.ADULT, Sex.FEMALE),
        ("suami posesif", Age.ADULT, Sex.FEMALE),
        ("suami bawa parang ancam istri", Age.ADULT, Sex.FEMALE),
        ("laki2 dipukul istrinya", Age.ADULT, Sex.MALE),
        ("bojo saya memukul saya", Age.ADULT, Sex.UNKNOWN),
        ("anak dihamili ayah tirinya", Age.CHILD, Sex.FEMALE),
        ("ibu hamil ditendang suaminya", Age.ADULT, Sex.FEMALE),
        ("perempuan hamil 7 bulan dipukul", Age.ADULT, Sex.FEMALE),
        ("nenek 70 tahun dipukul cucunya", Age.ADULT, Sex.FEMALE),
        ("kakek lumpuh tidak diurus anaknya", Age.ADULT, Sex.MALE),
        ("siswa kelas 3 smp dibully", Age.CHILD, Sex.UNKNOWN),
        ("anak umur 25 dipukul bapaknya", Age.ADULT, Sex.UNKNOWN),
        ("warga saya ibu lansia dipukul anaknya", Age.ADULT, Sex.FEMALE),
        ("suami maki saya di depan anak", Age.ADULT, Sex.FEMALE),
        ("lakinya kasar, istri ditampar", Age.ADULT, Sex.FEMALE),
        ("istri ditampar dan dimaki suaminya", Age.ADULT, Sex.FEMALE),
        ("orang tua dan anak dipukul preman", Age.CHILD, Sex.UNKNOWN),
        ("rumah nenek mau diambil anaknya, nenek diteriaki", Age.ADULT, Sex.FEMALE),
        ("anak tidak boleh keluar rumah", Age.CHILD, Sex.UNKNOWN),
        ("anak 3 orang ditinggal bapaknya", Age.CHILD, Sex.UNKNOWN),
        ("LAPOR FISIK TAPIS U60", Age.ADULT, Sex.UNKNOWN),
    ],
)
def test_who_is_harmed(text: str, victim: Age, sex: Sex) -> None:
    reading = parse(text, LEXICON)
    assert (reading.victim, reading.sex) == (victim, sex)


@pytest.mark.parametrize(
    ("text", "urgent"),
    [
        ("istri disekap suami sejak pagi", True),
        ("saya dikunci suami di kamar", True),
        ("dulu istri disekap suami", False),
        ("anak dicabuli barusan", True),
        ("istri pingsan dipukul suami", True),
        ("istri sering dipukul sampai berdarah", False),
        ("suami sekarang sering memaki", False),
        ("tolong suami mabuk", True),
        ("tolong cepat, istri dipukul", True),
        ("tolong polisi, istri dipukul", True),
        ("suami kejar istri, cepat", True),
        ("2019 istri ditusuk suami, baru cerita sekarang", False),
        ("bahaya nikah dini apa saja", False),
        ("istri dipukul sekarang sudah di rumah ibu", False),
    ],
)
def test_whether_it_is_now(text: str, urgent: bool) -> None:
    assert parse(text, LEXICON).urgent is urgent


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("TLT 08.2003 U60", {"TLT"}),
        ("saya tinggal kan di tapis, istri dipukul", {"FIS"}),
        ("pasien 13 tahun hamil di tapis", {"PRK"}),
        ("umur 14 sudah dikawinkan orang tuanya", {"KAN", "KPX"}),
        ("anak diperkosa, kekerasan seksual", {"PRK"}),
        ("rebutan anak, anak dibawa kabur bapaknya", {"HAS"}),
        ("lapor tidak tahu bentuknya, istri dipukul", {"FIS"}),
        ("kalau tidak kirim uang foto telanjang saya disebar", {"KBG"}),
        ("mobil dihantam banjir, lapor pak", set()),
        ("pintu rumah didorong", set()),
    ],
)
def test_forms_of_a_sentence(text: str, forms: set[str]) -> None:
    assert set(parse(text, LEXICON).forms) == forms


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("istri dipukul suami, belimbing", "64.01.06.2012"),
        ("istri dipukul di lapangan random", "64.01.02.2014"),
        ("istri dipukul jurusan grogot kuaro", "ambiguous:64.01.04|64.01.05"),
        ("saya tinggal di suatang, istri dipukul di jone", "64.01.04.2008"),
        ("adik dipukul di jone, saya di batu kajang", "64.01.04.2008"),
        ("suami orang senaken pukul istri", "64.01.04.2016"),
        ("istri dipukul dekat senaken", "64.01.04.2016"),
        ("lapor krayan kec long ikis istri dipukul",
         "ambiguous:64.01.06.2014|64.01.06.2016|64.01.06.2017|64.01.06.2019"),
        ("istri dipukul desa belengkong", "64.01.03.2006"),
        ("istri dipukul suami senakenn", "64.01.04.2016"),
        ("istri dipukul suami di petangiss", "64.01.09.2007"),
        ("istri dipukul kuaro kelurahan", "64.01.05.1001"),
        ("lapor istri dipukul di kec tapis", "64.01.04.2015"),
        ("tapis kec tanah grogot istri dipukul", "64.01.04.2015"),
        ("tapis atau senaken, istri dipukul", "ambiguous:64.01.04.2015|64.01.04.2016"),
    ],
)  # fmt: skip
def test_the_place_of_a_sentence(text: str, area: str) -> None:
    assert parse(text, LEXICON).place.area_code == area
