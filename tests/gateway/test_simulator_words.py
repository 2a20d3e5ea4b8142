"""The practice page in English: switched by a button, and nothing of it left in Indonesian."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from gateway.simulator import handsets
from gateway.simulator.stories import load_stories
from gateway.simulator.threads import STATE_SAYS
from models.vocabulary import MessageStatus
from tests.console.test_words import CATALOGUE
from tests.gateway.test_simulator_page import CODE, HERE, Browser
from tests.practice import PracticeOffice
from tests.test_house import HOUSE

TEMPLATES = HOUSE / "gateway/simulator/templates"
OF_PHONES = re.compile(r"<pre>.*?</pre>|<span>[^<]*</span><small>|<h3 id=[^>]*>[^<]*<span|<input[^>]*>", re.DOTALL)
"""What phones show and what people are called: not the page's own words."""
SAME = {"SMS", "C", "English", "Bahasa Indonesia", "GSM-7", "UCS-2", "lang"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PracticeOffice]:
    office = PracticeOffice(tmp_path)
    yield office
    office.close()


@pytest.fixture
def browser(office: PracticeOffice) -> Browser:
    return Browser(office)


def words_of(page: str) -> str:
    plain = re.sub(r"<script.*?</script>|<datalist.*?</datalist>", " ", OF_PHONES.sub(" ", page), flags=re.DOTALL)
    labels = " ".join(re.findall(r'(?:aria-label|placeholder)="([^"]*)"', plain))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", plain) + " " + labels).split())


def indonesian() -> set[str]:
    """Texts of the catalogue that are longer than a word and another in English; inserts cut them into pieces."""
    with CATALOGUE.open("rb") as file:
        pairs = [(one.id, one.string) for one in read_po(file, locale="en") if isinstance(one.id, str) and one.id]
    texts = [known for known, english in pairs if known != english]
    pieces = {piece.strip() for text in texts for piece in re.split(r"%\(\w+\)s|{\w+}", text)}
    return {piece for piece in pieces if len(piece) > 8 and " " in piece} - SAME


def test_the_page_speaks_the_language_that_was_chosen_and_goes_back(office: PracticeOffice, browser: Browser) -> None:
    assert browser.post("language", language="en").status_code == 303
    assert '<html lang="en">' in browser.get()
    assert "What the gateway did" in browser.get()
    browser.post("language", language="klingon")
    assert "What the gateway did" in browser.get()
    browser.post("language", language="id")
    assert "Yang dilakukan gateway" in browser.get()
    assert "Yang dilakukan gateway" in Browser(office).get()


@pytest.mark.parametrize("name", [story.name for story in load_stories()])
def test_after_a_story_nothing_of_the_page_is_left_in_indonesian(
    office: PracticeOffice, browser: Browser, name: str
) -> None:
    """Steps, outcomes, log, states of SMS: what the worker wrote while nobody looked is told in English too."""
    browser.post("language", language="en")
    office.play(name)
    words = words_of(browser.get())
    assert "ended as it should" in words
    assert {text for text in indonesian() if text in words} == set()
    transcript = browser.client.get("/simulator/transcript.md", environ_base=HERE).get_data(as_text=True)
    assert "Transcript of a Beli Perak practice" in transcript
    told = re.sub(r"(?m)(screen \(\w+\)|SMS from the gateway \([^)]*\)|sends an SMS \([^)]*\)): .*$", "", transcript)
    assert {text for text in indonesian() if text in told} == set()


def test_faults_refusals_and_acts_are_told_in_english(office: PracticeOffice, browser: Browser) -> None:
    browser.post("language", language="en")
    phone = office.add("Rina")
    browser.post(f"phones/{phone.id}/fault", word="callback_lost")
    browser.post("carrier", minutes="5")
    browser.post("clock", span="20m")
    browser.press(phone, entry=CODE)
    page = browser.get()
    for words in (
        "fault chosen: the next key or SMS is lost",
        "carrier down for 5 minutes",
        "clock turned +20 minutes",
    ):
        assert words in unescape(page)
    browser.post("phones", name="", number="+6281200009999")
    assert "Give the phone a name." in browser.get()
    assert {text for text in indonesian() if text in words_of(page)} == set()
    assert office.do(handsets.list_all)


def test_no_word_of_the_templates_stands_outside_the_catalogue() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        labels = re.findall(r'(?:aria-label|placeholder|title)="([^"{]+)"', text)
        bare = re.sub(r"{#.*?#}|{{.*?}}|{%.*?%}|<[^>]*>", " \n ", re.sub(r"<kbd>.*?</kbd>", "", text), flags=re.DOTALL)
        left = {word.strip() for word in bare.split("\n") if re.search("[a-zA-Z]{2,}", word)} | set(labels)
        assert {re.sub("&[a-z]+;", "", one).strip() for one in left} - SAME <= {""}, path.name


def test_every_state_of_an_sms_has_its_word() -> None:
    """Held ones too: a restored practice still shows its phones."""
    assert set(STATE_SAYS) == set(MessageStatus)
