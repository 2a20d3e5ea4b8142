"""Words as strangers type them: slips, short forms, digits for letters, other languages, denied or harmless."""

import pytest

from menus.keywords import CASES, parse
from menus.lexicon import Lexicon
from menus.spelling import NearIndex, consonants, edit_cost, keys, squeeze
from menus.wordforms import splits
from models.vocabulary import Age, Intent, Sex

LEXICON = Lexicon.load()


def forms(text: str) -> set[str]:
    return set(parse(text, LEXICON).forms)


@pytest.mark.parametrize(
    "verb",
    [
        "dipukul", "dipukuli", "dipukulin", "dipukul2", "dipukul-pukul", "dipukulnya", "di pukul", "d pukul",
        "dpkl", "dpukul", "dipkul", "dipukil", "dipuklu", "diipukul", "dippukul", "d1pukul", "DIPUKUL", "dipuuukul",
        "digebukin",
        "ditampar", "digaplok", "ditampiling", "digebuki", "dijotosi", "dihantam", "ditonjokin", "dikeroyok", "dibacok",
    ],
)  # fmt: skip
def test_a_blow_however_it_is_written(verb: str) -> None:
    reading = parse(f"istri saya {verb} suaminya", LEXICON)
    assert (reading.intent, set(reading.forms)) == (Intent.REPORT, {"FIS"})
    assert (reading.victim, reading.sex) == (Age.ADULT, Sex.FEMALE)


@pytest.mark.parametrize(
    "verb", ["pukul", "mukul", "memukul", "mukulin", "memukuli", "nampar", "nendang", "gebukin", "ngehajar"]
)
def test_who_does_it_by_the_verb(verb: str) -> None:
    assert parse(f"suami {verb} istri", LEXICON).sex is Sex.FEMALE
    assert parse(f"istri {verb} suami", LEXICON).sex is Sex.MALE
    assert parse(f"bapak {verb} anak", LEXICON).victim is Age.CHILD


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bini ulun dihantam lakinya wayah ini", {"FIS"}),
        ("ulun disariki laki tarus", {"PSI"}),
        ("bojoku digebuki lanange", {"FIS"}),
        ("aku diseneni bojoku saben dino", {"PSI"}),
        ("my husband beat me", {"FIS"}),
        ("a girl was raped in kuaro", {"PRK"}),
        ("suami gak ngasih duit belanja", {"NFK"}),
        ("anak ga pernah dikasi makan", {"TLT"}),
        ("istri tidak boleh keluar rumah", {"SKP"}),
        ("istri dilarang kerja, hp disita", {"KTR"}),
        ("mantan ngancem nyebarin foto telanjang saya", {"KBG"}),
        ("anak 15 th dipaksa nikah", {"KPX", "KAN"}),
        ("anak disuruh ngemis bapaknya", {"EKE"}),
        ("anak dijual lewat michat", {"EKX"}),
        ("istri dipukul dan dihina", {"FIS", "PSI"}),
    ],
)
def test_many_ways_to_say_it(text: str, expected: set[str]) -> None:
    assert forms(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("istri tidak dipukul, hanya dihina", {"PSI"}),
        ("lapor istri kada dipukul tapi dihina", {"PSI"}),
        ("lapor istri ora dipukul, dibentak", {"PSI"}),
        ("tidak pernah dipukul atau ditampar tapi diancam suami", {"ANC"}),
        ("istri tidak hanya dipukul tapi dihina", {"FIS", "PSI"}),
        ("saya tidak tahan dipukul suami", {"FIS"}),
        ("istri tidak dinafkahi suami", {"NFK"}),
        ("kakek tidak diurus anaknya", {"TLT"}),
        ("saya mau lapor tapi bukan kekerasan fisik", set()),
    ],
)
def test_what_is_denied_and_what_only_sounds_denied(text: str, expected: set[str]) -> None:
    assert forms(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "rapat pkk pukul 3 sore di balai desa",
        "kemarin tim kita kalah dipukul 3-0",
        "harga sawit dipukul rata",
        "besok pkl 22.00 ronda, jangan lupa",
        "anak saya suka mukul bola",
        "selamat anda menang hadiah 100 juta segera hubungi bank",
        "tolong kirim jadwal posyandu segera",
        "tolong belikan pulsa 50rb sekarang penting mama di kantor polisi",
        "pinjaman cepat cair tanpa jaminan",
        "resep ayam geprek potong ayam lalu goreng",
        "hp saya jatuh rusak layarnya",
        "banting harga! diskon 70 persen hari ini",
        "kuliah besok libur dosen sakit",
        "kambing lepas, tolong diikat ya",
    ],
)
def test_ordinary_and_fraudulent_texts_are_no_cases(text: str) -> None:
    assert parse(text, LEXICON).intent not in CASES


@pytest.mark.parametrize(
    "text", ["apa itu kdrt", "apakah membentak anak termasuk kekerasan", "minta materi bullying", "info nikah dini"]
)
def test_questions_are_no_cases(text: str) -> None:
    assert parse(text, LEXICON).intent is Intent.INFO


@pytest.mark.parametrize(
    "text", ["saya takut", "saya tidak kuat lagi", "saya bingung mau cerita", "tolong bu saya bingung"]
)
def test_a_confused_cry_is_never_idle_talk(text: str) -> None:
    assert parse(text, LEXICON).intent in {Intent.UNCLEAR, *CASES}


@pytest.mark.parametrize(
    ("text", "urgent"),
    [
        ("istri dipukul suami sekarang", True),
        ("lapor istri dipukul suami skrg", True),
        ("suami ngamuk bawa parang", True),
        ("saya mau bunuh diri", True),
        ("tolong saya dipukul suami", True),
        ("darurat kuaro", True),
        ("istri dipukul kemarin", False),
        ("suami mukul saya lagi", False),
        ("tolong bu ada anak dicabuli di long ikis", False),
        ("istri sering dipukul", False),
        ("dulu suami bawa parang, sekarang sudah tenang", False),
    ],
)
def test_danger_now(text: str, urgent: bool) -> None:
    assert parse(text, LEXICON).urgent is urgent


def test_lapor_makes_a_report_of_danger_too() -> None:
    assert parse("lapor istri dipukul sekarang", LEXICON).intent is Intent.REPORT
    assert parse("istri dipukul sekarang", LEXICON).intent is Intent.EMERGENCY


@pytest.mark.parametrize(
    "text", ["laporfisiksenakenistri", "istridipukulsuami", "LAPORFISIKsungaituakanakdihajar", "suamisayapukulsaya"]
)
def test_words_run_together(text: str) -> None:
    assert forms(text) == {"FIS"}


def test_letters_and_keys() -> None:
    assert keys("suami") == keys("sucmi") == "78264"
    assert squeeze("tolooong") == "tolong"
    assert consonants("dipukul") == "dpkl"
    assert edit_cost("suami", "suami") == 0
    assert edit_cost("suaim", "suami") < edit_cost("suaxi", "suami")
    assert edit_cost("sami", "suami") < edit_cost("suai", "suami")
    assert edit_cost("abcdefgh", "zyxwvuts") > 2


def test_the_nearest_word_or_none() -> None:
    near = NearIndex({"tolong": 0, "kolong": 2, "dipukul": 0})
    assert near.nearest("tolonh") == ("tolong", 0.6)
    assert near.nearest("dpkl") == ("dipukul", 0.9)
    assert near.nearest("xyzxyz") is None
    assert near.nearest("to") is None


def test_a_word_is_taken_apart() -> None:
    assert any(split.stem == "pukul" and split.voice == "passive" for split in splits("dipukuli"))
    assert any(split.stem == "pukul" and split.voice == "active" for split in splits("memukul"))
    assert any(split.stem == "pukul" and split.voice == "noun" for split in splits("pemukulan"))
    assert any(split.stem == "istri" and split.owned for split in splits("istrinya"))
    assert [split.stem for split in splits("di")] == ["di"]


def test_the_terms_of_the_field_are_known() -> None:
    codes = {term.code for term in LEXICON.terms if term.group == "form"}
    assert len(codes) == 22
    assert all(term.short_label and len(term.short_label) <= 12 for term in LEXICON.terms if term.group == "form")
