"""No SMS gives anybody away: every text in every language with its longest inserts, and what the lint finds."""

import ast
import re
from pathlib import Path

import pytest

from gateway.casework.people import SHOWN
from gateway.identifiers import grouped, new_receipt
from menus.keywords import parse
from menus.lexicon import BUILT_IN, Lexicon
from menus.neutrality import (
    LESSON,
    LONGEST,
    audience_of,
    find_all_faults,
    find_faults,
    is_numbered_question,
)
from menus.tree import FORM_TOPICS, lesson_for_cadre, load_lessons
from menus.wording import LANGUAGES
from models.vocabulary import Form
from tests.menus.walks import AREAS, HINT, MENU, TEXT_MENU, TEXTS

NAMES = [area.name for area in AREAS]
SMS = [key for key in TEXTS.keys("id") if key.startswith("sms.")]
MAY_HOLD = {
    "resident": {"receipt"},
    "cadre": {"ref", "n", "kata", "choices", "sentence"},
    "officer": {"ref", "other", "p", "kec2", "code", "m", "n", "t", "name", "names", "refs", "duty"}
    | {"new", "waiting", "late", "due", "empty", "ended", "climbed"}
    | {"word"},
    "agency": {"ref", "p", "kec2", "code", "t", "duty"},
}


def test_every_sms_in_every_language_is_neutral_and_one_segment() -> None:
    assert find_all_faults(TEXTS, names=NAMES) == []


SHOWN_ONLY = {"wrong_key", "throttled", "error.store", "error.spooled", "learn.only", "status.please_call_no_number"}
"""Besides the screens themselves: hints and ends of a USSD dialogue, which lie in no thread."""
HOUSE = Path(__file__).parent.parent.parent


def test_every_text_is_either_on_a_ussd_screen_or_under_the_lint() -> None:
    """Complete by construction: a new text is `sms.*`, and then read by the lint, or belongs to a screen."""
    shown = {*MENU.screens, *SHOWN_ONLY}
    for key in TEXTS.keys("id"):
        of_a_screen = any(key == name or key.startswith((f"{name}_", "services.")) for name in shown)
        assert key.startswith("sms.") is not of_a_screen, key
    assert all(name.startswith("sms.") for name in TEXT_MENU.screens), "what MENU by SMS shows is under the lint too"


def test_whatever_the_gateway_renders_for_a_phones_thread_is_under_the_lint() -> None:
    """Every key named in a call that renders or says something."""
    says = re.compile(r"(render|say|say_to_\w+|tell_holder|call_to_accept|ask_leaders|_tell_leaders|_ask|_say_\w+)\Z")
    keys = set()
    for path in (HOUSE / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and says.match(ast.unparse(node.func).rpartition(".")[2]):
                named = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
                keys |= {key for key in named if isinstance(key, str) and key in TEXTS.keys("id")}
    assert len(keys) > 40
    assert {key for key in keys if not key.startswith("sms.")} == {"throttled", "error.store", "error.spooled"}, (
        "these end a USSD dialogue"
    )


def test_every_reader_has_texts_and_an_unknown_reader_is_an_error() -> None:
    assert {audience_of(key) for key in SMS} == {"resident", "cadre", "officer", "agency"}
    with pytest.raises(KeyError):
        find_faults(audience_of("sms.stranger.hello"), "sms.stranger.hello", "Halo")


@pytest.mark.parametrize("key", SMS)
def test_an_sms_holds_only_what_its_reader_may_see(key: str) -> None:
    """What varies with the case: references, times, counts, codes; never its kind, person or place."""
    for language in LANGUAGES:
        inserts = set(re.findall(r"\{(\w*)\}", TEXTS.raw(key, language)))
        assert inserts <= MAY_HOLD[audience_of(key)], key


def test_the_longest_inserts_are_as_long_as_the_gateway_makes_them() -> None:
    assert len(LONGEST["receipt"]) == len(grouped(new_receipt()))
    assert len(LONGEST["name"]) == SHOWN
    assert set(LONGEST) >= set.union(*MAY_HOLD.values())


def test_near_twins_are_asked_within_one_sms() -> None:
    """Six villages, the longest of the district, and "another"."""
    longest = sorted((area.name for area in AREAS if not area.is_kecamatan), key=len)[-6:]
    choices = " ".join(f"{key} {name}" for key, name in enumerate([*longest, "lain"], start=1))
    text = TEXTS.render("sms.cadre.ask_twin", "id", choices=choices)
    assert find_faults("cadre", "sms.cadre.ask_twin", text, NAMES) == []


@pytest.mark.parametrize("form", [None, *Form])
def test_a_cadre_who_asks_for_information_gets_a_sentence_that_may_lie_in_a_thread(form: str | None) -> None:
    sentence = lesson_for_cadre(load_lessons(BUILT_IN), form)
    text = TEXTS.render(LESSON, "id", sentence=sentence)
    assert find_faults("cadre", LESSON, text, NAMES) == []


def test_every_topic_of_information_has_a_lesson() -> None:
    assert {f"{topic}.id" for topic in FORM_TOPICS.values()} <= set(load_lessons(BUILT_IN))


def test_the_hint_over_the_menu_by_sms_is_neutral() -> None:
    for language in LANGUAGES:
        text = f"{HINT[language]}\n{TEXTS.render('sms.resident.menu', language)}"
        assert find_faults("resident", "sms.resident.menu", text, NAMES) == []


def test_our_own_answers_are_read_as_no_report_when_a_machine_sends_them_back() -> None:
    lexicon = Lexicon.load()
    for key in SMS:
        if audience_of(key) == "resident":
            assert str(parse(TEXTS.render(key, "id", **LONGEST), lexicon).intent) not in ("report", "emergency"), key


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Kekerasan itu salah.", "a kind of violence: kekerasan"),
        ("Apakah Anda dipukul?", "a kind of violence: dipukul"),
        ("In danger: call us.", "a kind of violence: danger"),
        ("Bagaimana kabar anak?", "a person or a relation: anak"),
        ("Halo Bu Siti", "a person or a relation: bu"),
        ("Petugas akan datang.", "an office: petugas"),
        ("Salam dari DP2KBP3A.", "an office: kbp"),
        ("Beli Perak: terima kasih.", "an office: perak"),
        ("Laporan Anda diterima.", "a case or a report: laporan"),
        ("Kasus Anda diproses.", "a case or a report: kasus"),
        ("Your report is here.", "a case or a report: report"),
        ("Hubungi polisi.", "a word that is in no SMS: polisi"),
        ("Call the police.", "a word that is in no SMS: police"),
        ("Desa Anda?", "a place: desa"),
        ("Dari Senaken?", "a name: Senaken"),
        ("dari TANAH GROGOT", "a name: Tanah Grogot"),
        ("Telepon 110.", "a number to call"),
        ("Hubungi 0811 1129 129.", "a number to call"),
        ("Hubungi +628111129129.", "a number to call"),
        ("Lihat https://x.id/a", "a link"),
        ("Terima kasih\u2026", "a character outside the GSM basic set"),
        ("Terima kasih [1]", "a character outside the GSM basic set"),
        ("a" * 161, "longer than one SMS (161 characters, 160 fit)"),
    ],
)
def test_what_a_resident_never_gets(text: str, fault: str) -> None:
    assert f"k: {fault}" in find_faults("resident", "k", text, NAMES)


@pytest.mark.parametrize(
    "text", ["Terima kasih. Nomor: 2345 6789 013", "Halo, apa kabar? Balas 1 baik, 0 berhenti.", ""]
)
def test_what_a_resident_may_get(text: str) -> None:
    assert find_faults("resident", "k", text, NAMES) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Ref 7K3Q: istri dipukul.", "a kind of violence: dipukul"),
        ("Kekerasan seksual diterima.", "a kind of violence: seksual"),
        ("Ref 7K3Q di Senaken tersimpan.", "a name: Senaken"),
        ("Ref 7K3Q jenis apa? 1 dipukul 2 seksual", "a kind of violence: seksual"),  # the case is named
        ("Apa dan mana? 1 dipukul 2 Senaken", "kinds and places in one message"),
        ("Polisi sudah tahu.", "a word that is in no SMS: polisi"),
        ("Hubungi dia: 08123456789", "a number to call"),
        ("Siapa? anak perempuan", "a person or a relation: anak"),
    ],
)
def test_what_a_cadre_never_gets(text: str, fault: str) -> None:
    assert f"k: {fault}" in find_faults("cadre", "k", text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "Jenis apa? 1 dipukul 2 seksual 3 belum tahu",
        "Yang mana? 1 Muara Adang 2 Muara Adang II 3 lain",
        "Ref 7K3Q sudah diambil petugas.",
    ],
)
def test_what_a_cadre_may_get(text: str) -> None:
    assert find_faults("cadre", "k", text, NAMES) == []


@pytest.mark.parametrize("audience", ["officer", "agency"])
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("BP 7K3Q: seksual. Buka konsol.", "a kind of violence: seksual"),
        ("BP 7K3Q: suami di rumah.", "a person or a relation: suami"),
        ("BP 7K3Q: korban menunggu.", "a word that is in no SMS: korban"),
        ("BP 7K3Q desa Senaken.", "a name: Senaken"),
        ("BP 7K3Q Kec Kuaro.", "a kecamatan by name"),
        ("BP 7K3Q: rujukan kesehatan.", "a medical fact: kesehatan"),
        ("BP 7K3Q: lapor polisi.", "a word that is in no SMS: polisi"),
    ],
)
def test_what_officers_and_agencies_never_get(audience: str, text: str, fault: str) -> None:
    assert f"k: {fault}" in find_faults(audience, "k", text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "BP 7K3Q prioritas 1 Kec 04. Balas: AMBIL 482913",
        "BP 7K3Q prioritas 1 Kec ?. Hubungi piket +6281234567890.",
        "BP 7K3Q sudah diambil Ani. Lapor hasil: SUDAH 482913",
    ],
)
def test_what_officers_and_agencies_may_get(text: str) -> None:
    assert find_faults("officer", "k", text, NAMES) == find_faults("agency", "k", text, NAMES) == []


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("Jenis apa? 1 a 2 b", True),
        ("Balas 1 ya, 2 bukan.", True),
        ("Balas 1 ya.", False),
        ("2 orang, 1 anak", False),
        ("", False),
    ],
)
def test_a_numbered_question_counts_from_one(text: str, yes: bool) -> None:
    assert is_numbered_question(text) is yes


@pytest.mark.parametrize(
    ("key", "audience"),
    [
        ("sms.resident.auto", "resident"),
        ("sms.info.stranger", "resident"),
        ("sms.cadre.suluh", "cadre"),
        ("sms.confirm_keyword", "cadre"),
        ("sms.officer.alert", "officer"),
        ("sms.alarm.carrier", "officer"),
        ("sms.agency.night", "agency"),
    ],
)
def test_every_text_has_its_reader(key: str, audience: str) -> None:
    assert audience_of(key) == audience
    assert {audience_of(other) for other in SMS} == {"resident", "cadre", "officer", "agency"}
