"""Areas as a tree, names by letters, and the place a sentence means: near-twins and ordinary words never guessed."""

from pathlib import Path

import pytest

from menus.keywords import Sender, parse
from menus.lexicon import BUILT_IN, Lexicon
from menus.places import NO_PLACE, Area, Areas, Place, find_places, fold

LEXICON = Lexicon.load()
AREAS = LEXICON.areas

KRAYAN = "ambiguous:64.01.06.2014|64.01.06.2016|64.01.06.2017|64.01.06.2019"
MENDIK = "ambiguous:64.01.08.2005|64.01.08.2013|64.01.08.2014|64.01.08.2015"


def place_in(text: str, village: str | None = None) -> str:
    return parse(text, LEXICON, Sender("cadre", village) if village else Sender()).place.area_code


def test_the_district_has_its_areas() -> None:
    assert len(AREAS.kecamatans()) == 10
    assert len(AREAS) == 154
    assert AREAS.name("64.01.04.2016") == "Senaken"
    assert AREAS.kecamatan("64.01.04.2016") == "64.01.04" == AREAS.kecamatan("64.01.04")
    assert AREAS.kecamatan_number("64.01.04.2016") == "04"
    assert AREAS.villages("64.01.02")[0] == "64.01.02.2004"
    assert list(AREAS.kecamatans()) == sorted(AREAS.kecamatans())
    assert "64.01.04" in AREAS
    assert AREAS.find("64.01.99") is None
    assert next(iter(AREAS)).code == "64.01.01"


def test_short_numbers_find_their_village() -> None:
    assert AREAS.by_number("04.2013") == "64.01.04.2013" == AREAS.by_number("64.01.04.2013")
    assert AREAS.by_number("99.2013") is None


def test_another_folder_is_another_district(tmp_path: Path) -> None:
    (tmp_path / "areas.csv").write_text(
        "code,name,kind,parent_code\n11.01.01,Hulu,kecamatan,11.01\n11.01.01.2001,Air Tenang,desa,11.01.01\n"
    )
    other = Lexicon.load(tmp_path)
    assert parse("lapor di air tenang istri dipukul suami", other).place.area_code == "11.01.01.2001"
    assert parse("lapor di senaken istri dipukul suami", other).place == NO_PLACE


def test_an_alias_must_name_an_area() -> None:
    with pytest.raises(KeyError):
        Areas([Area("1", "Satu", "kecamatan", "0")], [("dua", "2")])


def test_every_name_finds_its_area() -> None:
    for area in AREAS:
        assert area.code in find_places(area.name, LEXICON), area


@pytest.mark.parametrize(
    ("letters", "first"),
    [
        ("senaken", "64.01.04.2016"),
        ("SENAK", "64.01.04.2016"),
        ("senakn", "64.01.04.2016"),
        ("sei tuak", "64.01.04.2006"),
        ("tj aru", "64.01.02.2006"),
        ("bt kajang", "64.01.01.2011"),
        ("batukajang", "64.01.01.2011"),
        ("kajang", "64.01.01.2011"),
        ("p rantau", "64.01.04.2013"),
        ("samuntai", "64.01.06.2005"),
        ("04.2013", "64.01.04.2013"),
        ("muara adang 2", "64.01.08.2020"),
        ("mendik", "64.01.08.2005"),
        ("kuaro", "64.01.05.1001"),
    ],
)
def test_letters_on_a_place_screen(letters: str, first: str) -> None:
    assert find_places(letters, LEXICON)[0] == first


def test_letters_that_may_be_several_give_all() -> None:
    assert set(find_places("krayan", LEXICON)) == {f"64.01.06.20{n}" for n in (14, 16, 17, 19)}
    assert find_places("kuaro", LEXICON)[:2] == ("64.01.05.1001", "64.01.05")


@pytest.mark.parametrize("letters", ["", " ", "²", "zzzzzzzz", "###", "\u0663", "99.9999"])
def test_letters_that_are_no_place_give_none(letters: str) -> None:
    assert find_places(letters, LEXICON) == ()


def test_fold_makes_one_key_of_many_spellings() -> None:
    assert fold("Muara Adang II") == fold("muara-adang 2") == "muaraadangii"


def test_how_a_place_is_written() -> None:
    assert NO_PLACE.area_code == ""
    assert Place(("a",)).area_code == "a"
    assert Place(("a", "b")).area_code == "ambiguous:a|b"


@pytest.mark.parametrize(
    ("text", "area"),
    [
        # a name shared by a kecamatan and its kelurahan
        ("lapor istri dipukul di kuaro", "64.01.05"),
        ("lapor istri dipukul di kel kuaro", "64.01.05.1001"),
        ("lapor istri dipukul kelurahan long ikis", "64.01.06.1001"),
        ("lapor istri dipukul di tana paser", "64.01.04"),
        ("lapor istri dipukul di tgt", "64.01.04"),
        ("lapor kec pasir belengkong istri dipukul", "64.01.03"),
        ("lapor desa pasir belengkong istri dipukul", "64.01.03.2006"),
        ("lapor istri dipukul di tajur kec long ikis", "64.01.06.2004"),
        # near-twins
        ("lapor istri dipukul di krayan", KRAYAN),
        ("lapor istri dipukul di krayan makmur", "64.01.06.2017"),
        ("lapor istri dipukul di mendik", "64.01.08.2005"),
        ("lapor istri dipukul di mendik, yang mana saya lupa", MENDIK),
        ("lapor istri dipukul di muara adang", "64.01.06.2002"),
        ("lapor istri dipukul di muara adang 2", "64.01.08.2020"),
        ("lapor istri dipukul di suatang ketban", "64.01.03.2015"),
        ("lapor istri dipukul, antara tapis atau senaken", "ambiguous:64.01.04.2015|64.01.04.2016"),
        # ordinary words
        ("suami orang lombok pukul istri", ""),
        ("istri dipukul suami sopir lori", ""),
        ("lapor desa lori istri dipukul", "64.01.02.2012"),
        ("LAPOR FISIK RANDOM istri", "64.01.02.2014"),
        ("suami saya random suka pukul saya", ""),
        # joined, split, shortened, misspelt
        ("lapor istri dipukul di batukajang", "64.01.01.2011"),
        ("lapor istri dipukul di long  kali", "64.01.08"),
        ("lapor istri dipukul ds sei tuak", "64.01.04.2006"),
        ("lapor istri dipukul tj harapan", "64.01.02"),
        ("lapor istri dipukul tnh grogot", "64.01.04"),
        ("lapor istri dipukul di s3nak3n", "64.01.04.2016"),
        ("lapor istri dipukul di snkn", "64.01.04.2016"),
        ("laporistridipukulsenaken", "64.01.04.2016"),
        ("LAPOR FIS 04.2013", "64.01.04.2013"),
        # the incident's place wins over the sender's
        ("saya warga tapis, di jone ada istri dipukul", "64.01.04.2008"),
        ("saya dari senaken mau lapor anak dicabuli di desa modang", "64.01.05.2006"),
        # outside the district
        ("di balikpapan istri dipukul suami", ""),
        ("saya dari tapis, di samarinda adik saya dipukul suaminya", ""),
        # nothing said
        ("istri dipukul suami", ""),
    ],
)
def test_the_place_a_sentence_means(text: str, area: str) -> None:
    assert place_in(text) == area


def test_a_cadres_village_decides_only_among_candidates() -> None:
    assert place_in("lapor istri dipukul di krayan", "64.01.06.2014") == "64.01.06.2014"
    assert place_in("lapor istri dipukul di krayan", "64.01.04.2016") == KRAYAN
    assumed = parse("lapor istri dipukul", LEXICON, Sender("cadre", "64.01.04.2016")).place
    assert assumed == Place(("64.01.04.2016",), assumed=True)
    outside = parse("lapor di samarinda istri dipukul", LEXICON, Sender("cadre", "64.01.04.2016")).place
    assert outside.codes == ()


def test_built_in_lists_are_whole() -> None:
    for name in ("areas", "aliases", "terms", "words", "ordinary", "phrases", "names"):
        assert (BUILT_IN / f"{name}.csv").exists()
