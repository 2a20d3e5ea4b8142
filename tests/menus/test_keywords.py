"""The SMS grammar: fixed words, fields in any order, sentences without a keyword, and a reading for any text."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menus.keywords import CASES, Incident, Reading, Sender, parse, reading_as_row
from menus.lexicon import Lexicon
from models.vocabulary import Age, Form, Intent, Sex

LEXICON = Lexicon.load()
OFFICER, AGENCY, CADRE = Sender("officer"), Sender("agency"), Sender("cadre", "64.01.04.2015")
FORMS = {form.value for form in Form}
ASKS = {None, "sms.cadre.ask_kind", "sms.cadre.ask_twin", "sms.cadre.ask_place", "sms.cadre.ask_who"}


RESIDENT = Sender()


def read(text: str, sender: Sender = RESIDENT) -> Reading:
    return parse(text, LEXICON, sender)


# any text


def assert_sound(reading: Reading) -> None:
    assert set(reading.forms) <= FORMS
    assert len(reading.forms) == len(set(reading.forms))
    assert all(code in LEXICON.areas for code in reading.place.codes)
    assert set(reading.missing) <= {"kind", "place", "who"}
    assert reading.ask in ASKS
    assert (reading.ask is None) == (not reading.missing)
    assert reading.intent in CASES or not reading.missing
    assert set(reading_as_row(reading)) == {
        "intent", "forms", "area_code", "urgent", "victim", "sex", "missing", "ask",
    }  # fmt: skip


SOUP = st.lists(
    st.sampled_from(
        "lapor istri suami anak dipukul tidak pukul 10 di tapis krayan kec kel atau yang mana lupa kemarin tolong "
        "sekarang 2 1 , . ; # ? umur 9 th saya dan oleh 482913 7k3q laki2 bunuh diri di desa BERHENTI stop sms info "
        "apa itu 🙂 ² ﷺ dipaksa nikah foto telanjang sebar anaknya pak amat u13 04.2013 12-03 hari lalu 3".split()
    ),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=700) | SOUP.map(" ".join) | SOUP.map("".join))
def test_any_text_is_read(text: str) -> None:
    for sender in (Sender(), OFFICER, AGENCY, CADRE, Sender("?", "nowhere")):
        reading = read(text, sender)
        if sender.village != "nowhere":
            assert_sound(reading)


@settings(max_examples=60, deadline=None)
@given(SOUP.map(" ".join))
def test_the_same_text_reads_the_same(text: str) -> None:
    assert read(text) == read(text) == read(text.upper())


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "...",
        "\x00",
        "\ud800",
        "🙂",
        "﷽" * 500,
        "a" * 100_000,
        "di " * 40_000,
        "pukul" * 30_000,
        "1.1," * 30_000,
    ],
)
def test_texts_without_sense_are_unclear_or_idle(text: str) -> None:
    assert_sound(read(text))


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    assert read("x " * 300 + "istri dipukul suami").intent not in CASES
    assert read("istri dipukul suami " + "x " * 50_000).forms == ("FIS",)


# fields


@pytest.mark.parametrize("mark", [" ", ",", "#", "*", ".", ";", "/", " , ", "  ", "\n", "\t"])
def test_fields_may_be_parted_by_any_mark(mark: str) -> None:
    reading = read(mark.join(["LAPOR", "FISIK", "SENAKEN", "istri"]))
    assert (reading.intent, reading.forms, reading.place.area_code) == (Intent.REPORT, ("FIS",), "64.01.04.2016")
    assert (reading.victim, reading.sex, reading.missing) == (Age.ADULT, Sex.FEMALE, ())


@pytest.mark.parametrize(
    "text", ["FISIK SENAKEN LAPOR istri", "SENAKEN LAPOR istri FISIK", "istri SENAKEN FISIK LAPOR"]
)
def test_fields_may_stand_in_any_order(text: str) -> None:
    reading = read(text)
    assert (reading.intent, reading.forms, reading.place.area_code) == (Intent.REPORT, ("FIS",), "64.01.04.2016")


def test_codes_of_the_card() -> None:
    reading = read("LAPOR PSI 04.2013 U13 P2")
    assert (reading.forms, reading.place.area_code, reading.victim) == (("PSI",), "64.01.04.2013", Age.CHILD)


def test_what_is_missing_is_asked_in_order() -> None:
    assert read("LAPOR").missing == ("kind", "place", "who")
    assert read("LAPOR").ask == "sms.cadre.ask_kind"
    assert read("lapor istri dipukul").ask == "sms.cadre.ask_place"
    assert read("lapor istri dipukul di krayan").ask == "sms.cadre.ask_twin"
    assert read("lapor fisik senaken").ask == "sms.cadre.ask_who"
    assert read("lapor fisik", CADRE).missing == ("who",)
    assert read("terima kasih bu").ask is None


def test_forms_are_a_set_in_the_order_said() -> None:
    assert read("lapor anak dihina dan dipukul, dihina lagi").forms == ("PSI", "FIS")
    assert read("lapor tapis, tidak mau bilang bentuknya").forms == ("TTU",)
    assert read("LAPOR KDRT TAPIS").forms == ()


# words of officers and agencies


@pytest.mark.parametrize("word", ["AMBIL", "OPER", "SUDAH"])
@pytest.mark.parametrize("form", ["{} 482913", "{}482913", "{} 482 913", "{}: 482-913", "{}.482913", " {}  482913 "])
def test_a_code_follows_the_word(word: str, form: str) -> None:
    reading = read(form.format(word), OFFICER)
    assert (reading.intent, reading.keyword, reading.code) == (Intent.OFFICER, word, "482913")


@pytest.mark.parametrize("word", ["TERIMA", "TOLAK", "SELESAI"])
def test_agencies_have_their_words(word: str) -> None:
    reading = read(f"{word} 482913", AGENCY)
    assert (reading.intent, reading.keyword, reading.code) == (Intent.AGENCY, word, "482913")


@pytest.mark.parametrize("word", ["KASUS", "PIKET", "HADIR", "PULANG"])
def test_words_that_stand_alone(word: str) -> None:
    reading = read(word.lower(), OFFICER)
    assert (reading.intent, reading.keyword, reading.keyword_exact) == (Intent.OFFICER, word, True)


@pytest.mark.parametrize("text", ["SELESAI 7K3Q", "selesai bp-7k3q", "Selesai BP 7K3Q"])
def test_a_case_is_closed_by_its_reference(text: str) -> None:
    reading = read(text, OFFICER)
    assert (reading.intent, reading.reference, reading.keyword_exact) == (Intent.OFFICER, "7K3Q", True)


def test_selesai_must_be_exact() -> None:
    assert read("SELSEAI 7K3Q", OFFICER).intent is not Intent.OFFICER


def test_a_challenge_is_answered_by_six_digits_or_tidak() -> None:
    assert (read("482913", OFFICER).intent, read("482913", OFFICER).code) == (Intent.OFFICER, "482913")
    assert read("482 913.", OFFICER).code == "482913"
    assert read("482913", AGENCY).intent is Intent.AGENCY
    assert (read("482913").intent, read("482913").code) == (Intent.UNCLEAR, "482913")
    assert (read("tidak", OFFICER).intent, read("tidak", OFFICER).keyword) == (Intent.OFFICER, "TIDAK")
    assert read("TIDAK").intent is Intent.UNCLEAR


def test_a_story_that_begins_like_a_command_is_a_story() -> None:
    assert read("sudah 3 hari istri dipukul suami").intent is Intent.REPORT
    assert read("tidak dipukul tapi dihina suami tiap hari").forms == ("PSI",)
    assert read("tolak saja, istri dipukul suami di tapis").intent is Intent.REPORT


# numbers


@pytest.mark.parametrize(
    "text", ["RESI 2345 6789 012", "resi 23456789012", "23456789012", "2345-6789-012", "cek resi 23456789012"]
)
def test_receipts_in_groups_or_not(text: str) -> None:
    reading = read(text)
    assert (reading.intent, reading.receipt) == (Intent.STATUS, "23456789012")


@pytest.mark.parametrize(
    ("text", "digits"), [("1", "1"), ("2 1", "2 1"), ("1,2", "1 2"), (" 1. ", "1"), ("2*1", "2 1"), ("٣", "3")]
)
def test_menu_answers(text: str, digits: str) -> None:
    assert (read(text).intent, read(text).digits) == (Intent.UNCLEAR, digits)


@pytest.mark.parametrize("text", ["STATUS 7K3Q", "cek BP-7K3Q", "kabar laporan kode 7k3q gimana", "sts 7k3q"])
def test_a_case_is_asked_after(text: str) -> None:
    assert (read(text).intent, read(text).reference) == (Intent.STATUS, "7K3Q")


# bare keywords and near ones


@pytest.mark.parametrize(
    ("text", "intent", "keyword"),
    [
        ("MENU", Intent.MENU, "MENU"),
        ("menu", Intent.MENU, "MENU"),
        ("INFO", Intent.INFO, "INFO"),
        ("INFO kdrt", Intent.INFO, "INFO"),
        ("TELEPON", Intent.CALLBACK, "TELEPON"),
        ("DAFTAR", Intent.REGISTER, "DAFTAR"),
        ("daftar kader tapis", Intent.REGISTER, "DAFTAR"),
        ("BERHENTI", Intent.STOP, "BERHENTI"),
        ("stop", Intent.STOP, "BERHENTI"),
        ("LAPOR", Intent.REPORT, "LAPOR"),
        ("TOLONG", Intent.EMERGENCY, "TOLONG"),
        ("DARURAT", Intent.EMERGENCY, "DARURAT"),
        ("toloooong!!!", Intent.EMERGENCY, "TOLONG"),
        ("DAMPING 7K3Q", Intent.ACCOMPANY, "DAMPING"),
    ],
)
def test_bare_keywords(text: str, intent: Intent, keyword: str) -> None:
    assert (read(text).intent, read(text).keyword) == (intent, keyword)


def test_near_keywords_say_that_they_were_near() -> None:
    assert (read("lapr fisik").keyword, read("lapr fisik").keyword_exact) == ("LAPOR", False)
    assert read("LAPOR fisik").keyword_exact
    assert read("damping 7k3q").reference == "7K3Q"


def test_berhenti_must_be_exact_to_count() -> None:
    assert read("BERHENTI").keyword_exact
    assert not read("berhnti").keyword_exact
    assert read("berhnti").intent is not Intent.STOP


# education sessions


@pytest.mark.parametrize(
    "text",
    [
        "SULUH SENAKEN 25 IBU PSIKIS",
        "suluh 25 ibu senaken psikis",
        "SULUH#SENAKEN#25#IBU#PSIKIS",
        "psikis ibu 25 senaken suluh",
    ],
)
def test_a_session_in_any_order(text: str) -> None:
    reading = read(text)
    assert (reading.intent, reading.place.area_code) == (Intent.OUTREACH, "64.01.04.2016")
    assert (reading.people, reading.audience, reading.topic) == (25, "perempuan", "PSI")


def test_audiences_and_numbers() -> None:
    assert read("SULUH TAPIS 15 remaja bullying").audience == "anak"
    assert read("suluh lolo 20 ibu hamil kdrt").audience == "ibu muda"
    assert read("suluh jone pukul 09.00 peserta 41").people == 41
    assert read("suluh jone 30 warga").audience == "umum"
    assert read("suluh jone kdrt").topic == "KDRT"
    assert read("CATAT NIHIL tapis RT 03").people is None


# when, names


@pytest.mark.parametrize(
    ("text", "incident"),
    [
        ("istri dipukul kemarin", Incident(days_ago=1)),
        ("perempuan 15 tahun kemarin dipukul", Incident(days_ago=1)),
        ("istri dipukul 2 tahun kemarin", Incident(days_ago=730)),
        ("perempuan dipukul 15 tahun lalu", Incident(days_ago=15 * 365)),
        ("istri dipukul tadi malam", Incident(days_ago=1)),
        ("istri dipukul td mlm", Incident(days_ago=1)),
        ("istri dipukul kemarin lusa", Incident(days_ago=2)),
        ("istri dipukul 3 hari lalu", Incident(days_ago=3)),
        ("istri dipukul dua hari yang lalu", Incident(days_ago=2)),
        ("istri dipukul minggu lalu", Incident(days_ago=7)),
        ("istri dipukul bulan lalu", Incident(days_ago=30)),
        ("istri dipukul sekarang", Incident(days_ago=0)),
        ("lapor 12-03 istri dipukul", Incident(day=12, month=3)),
        ("lapor istri dipukul 12/3", Incident(day=12, month=3)),
        ("lapor istri dipukul tgl 5 maret", Incident(day=5, month=3)),
        ("lapor istri dipukul 45-99", None),
        ("istri dipukul", None),
    ],
)
def test_when_it_happened(text: str, incident: Incident | None) -> None:
    assert read(text).incident == incident


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("istri pak Amat dipukul", True),
        ("anak bu Sitti dicubit", True),
        ("istri dipukul, pelaku bernama Joko", True),
        ("lapor pak istri dipukul suami", False),
        ("istri dipukul suami", False),
    ],
)
def test_names_are_noticed(text: str, seen: bool) -> None:
    assert read(text).names_seen is seen


def test_a_reading_as_the_command_prints_it() -> None:
    row = reading_as_row(replace(read("TOLONG suami bawa parang di senaken sekarang")))
    assert row["intent"] == "emergency"
    assert (row["urgent"], row["area_code"], row["forms"]) == (1, "64.01.04.2016", ["ANC"])


@pytest.mark.parametrize(
    ("words", "age"),
    [("perempuan 15 tahun kemarin", 15), ("perempuan 15 tahun lalu", None), ("anak 9 thn kemarin", 9)],
)
def test_yesterday_behind_an_age_leaves_the_age(words: str, age: int | None) -> None:
    found = parse(f"LAPOR FISIK SENAKEN {words}", LEXICON, CADRE)
    assert (found.age, found.victim) == (age, Age.CHILD if age else Age.UNKNOWN)
