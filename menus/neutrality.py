"""The neutrality lint: no SMS tells whoever holds the phone what it is about (DESIGN section 6, DOMAIN 2.7).

A lint, not a filter: it runs over every text with its longest inserts, in the tests and in `beliperak menu map`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from menus.gsm import SINGLE, is_basic, segments
from menus.wording import LANGUAGES, Texts

LESSON = "sms.cadre.lesson"
"""What a cadre gets for INFO: a sentence of the learn menu, which names kinds and persons but no case and no place."""


@dataclass(frozen=True)
class Lexis:
    """Words of one subject: stems match inside a word (`dipukul`, `pemukulan`), words only whole."""

    subject: str
    stems: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()

    def found(self, text: str) -> list[str]:
        return [word for word in _words(text) if word in self.words or any(stem in word for stem in self.stems)]


def _lexis(subject: str, stems: str = "", words: str = "") -> Lexis:
    return Lexis(subject, tuple(stems.split()), frozenset(words.split()))


UNSPEAKABLE = _lexis(
    "a word that is in no SMS",
    "kdrt cabul perkosa korban polisi polres polsek visum police victim rape shelter hamil pregnan",
    "ppa uptd nik hiv medis medical",
)
KIND = _lexis(
    "a kind of violence",
    "keras pukul mukul aniaya seksual leceh hina ancam kekang sekap kurung telantar terlantar nafkah eksploitasi bully"
    " rundung bunuh senjata psikis paksa bahaya darurat tampar trafficking"
    " violen abus beat sexual harass threat neglect bullie weapon danger emergenc forc insult",
    "fisik luka hit hurt",
)
PERSON = _lexis(
    "a person or a relation",
    "pelaku lapor penyintas survivor offender perpetrator",
    "suami istri anak ibu bapak pak bu bpk sdr sdri husband wife child children mr mrs ms",
)
OFFICE = _lexis(
    "an office",
    "petugas dinas kantor konsol puskesmas office beliperak",
    "dp kbp piket duty sapa dinsos lbh rsud rs kader perak penyelia staff",
)
CASE = _lexis("a case or a report", "kasus perkara lapor report", "case ref bp referensi aduan pengaduan")
PLACE = _lexis(
    "a place",
    "kelurahan kecamatan kampung dusun alamat village address school sekolah",
    "desa kec rt rw rumah house home",
)
NUMBER = re.compile(r"(?<!\d)(?<!\d )(?:\+|0|62(?=[ -]?8))(?:[ -]?\d){7,}")
"""A phone's number; a receipt starts with 2 to 7 and is none."""
EMERGENCY = re.compile(r"(?<!\d)1(?:10|12|19|29)(?!\d)")
LINK = re.compile(r"://|www\.|\.(?:id|com|org|net)\b", re.IGNORECASE)
OPTION = re.compile(r"(?<!\S)([1-9]) (?=\w)")


def audience_of(key: str) -> str:
    """`resident`, `cadre`, `officer` or `agency`: who reads the text `sms.*` of this key."""
    group = key.split(".")[1]
    return {"info": "resident", "alarm": "officer", "confirm_keyword": "cadre"}.get(group, group)


def find_faults(audience: str, key: str, text: str, names: Collection[str] = ()) -> list[str]:
    """What in this text gives somebody away or does not fit one SMS; empty when it may leave.

    `names`: places, or people, of this office; found as whole words in any case.
    """
    spoken = {"resident": _of_resident, "cadre": _of_cadre, "officer": _of_staff, "agency": _of_staff}[audience]
    return [f"{key}: {fault}" for fault in (*_of_shape(text), *spoken(key, text, _named(text, names)))]


def _of_shape(text: str) -> Iterator[str]:
    if segments(text) > 1:
        yield f"longer than one SMS ({len(text)} characters, {SINGLE} fit)"
    if not is_basic(text):
        yield "a character outside the GSM basic set"
    if LINK.search(text):
        yield "a link"
    yield from _words_of(UNSPEAKABLE, text)


def _of_resident(key: str, text: str, named: list[str]) -> Iterator[str]:
    for lexis in (KIND, PERSON, OFFICE, CASE, PLACE):
        yield from _words_of(lexis, text)
    yield from named
    if NUMBER.search(text) or EMERGENCY.search(text):
        yield "a number to call"


def _of_cadre(key: str, text: str, named: list[str]) -> Iterator[str]:
    """Kinds, or else places, only as the options of a question that names no case."""
    kinds = [*_words_of(KIND, text), *_words_of(PERSON, text)] if key != LESSON else []
    if not is_numbered_question(text) or _words_of(CASE, text):
        yield from (*kinds, *named)
    elif kinds and named:
        yield "kinds and places in one message"
    if NUMBER.search(text):
        yield "a number to call"


def _of_staff(key: str, text: str, named: list[str]) -> Iterator[str]:
    """Reference, priority, the kecamatan's number, times, counts, an officer's name, codes, the duty desk."""
    yield from (*_words_of(KIND, text), *named)
    yield from (fault for fault in _words_of(PERSON, text) if "lapor" not in fault)  # "Lapor hasil" is her own report
    yield from (fault for fault in _words_of(PLACE, text) if not fault.endswith(" kec"))
    if re.search(r"\bkesehatan|\bhealth", text, re.IGNORECASE):
        yield "a medical fact: kesehatan"
    if re.search(r"\bKec (?!\d\d\b|\?)", text):
        yield "a kecamatan by name"


def is_numbered_question(text: str) -> bool:
    """Whether it lists options 1, 2 ... that a digit answers."""
    options = OPTION.findall(text)
    return len(options) >= 2 and options == [str(number) for number in range(1, len(options) + 1)]


def _words_of(lexis: Lexis, text: str) -> list[str]:
    return [f"{lexis.subject}: {word}" for word in lexis.found(text)]


def _named(text: str, names: Collection[str]) -> list[str]:
    said = f" {' '.join(_words(text))} "
    return [f"a name: {name}" for name in names if f" {' '.join(_words(name))} " in said]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


# Every text, as long as it gets

LONGEST: Mapping[str, str] = {
    "ref": "7K3QXW",
    "other": "7K3QXW",
    "p": "1",
    "kec2": "04",
    "code": "482913",
    "m": "99990",
    "n": "9999",
    "new": "9999",
    "waiting": "9999",
    "late": "9999",
    "due": "9999",
    "empty": "9999",
    "ended": "9999",
    "climbed": "9999",
    "t": "23-11 10.00",
    "name": "Wxyzwxyzwxyzwxyzwxyz",
    "names": ", ".join(["Wxyzwxyzwxyzwxyzwxyz"] * 5) + "; Kec 04 Wxyzwxyzwxyzwxyzwxyz, Wxyz",
    "refs": " ".join(["7K3QXW"] * 12),
    "duty": "+6281234567890",
    "receipt": "2345 6789 013",
    "word": "0A1B 2C3D 4E5F",
    "kata": "BERHENTI",
    "choices": "1 Lombok 2 Random 3 lain",
    "sentence": "Dengarkan, percaya, jangan menyalahkan. Jaga rahasia.",
}
"""An insert as long as the gateway makes it; lists of villages and lessons depend on the district."""


def find_all_faults(texts: Texts, inserts: Mapping[str, str] = LONGEST, names: Collection[str] = ()) -> list[str]:
    """The faults of every `sms.*` text in every language. Raises KeyError for an insert that nobody measured."""
    faults: dict[str, None] = {}
    for language in LANGUAGES:
        for key in texts.keys(language):
            if key.startswith("sms."):
                text = texts.render(key, language, **inserts)
                faults |= dict.fromkeys(find_faults(audience_of(key), key, text, names))
    return list(faults)
