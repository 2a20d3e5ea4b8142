"""Each ready-made story, played to its end: the phones, the story's own text and the console's pages agree."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.console import case_words, wording
from gateway.phones import mask
from gateway.simulator.stories import PARTS, Story, load_stories
from gateway.simulator.threads import NEWEST
from models.vocabulary import CaseStatus, MessageStatus, Priority, Recipient, Reporter
from tests.browser.simulator_site import SOON, Handset, Site, Visit, practice
from tests.browser.test_whole_story import log_in

CODE = re.compile(r"\d{6}")
RECIPIENTS = {
    "resident": Recipient.REPORTER,
    "cadre": Recipient.CADRE,
    "officer": Recipient.OFFICER,
    "supervisor": Recipient.OFFICER,
}
NOBODY = "belum ada petugas"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with practice(tmp_path_factory.mktemp("stories")) as site:
        yield site


@pytest.fixture(scope="module")
def phones(chromium: Browser, site: Site) -> Iterator[Visit]:
    visit = Visit.begin(chromium, site)
    yield visit
    visit.end()


def play(phones: Visit, story: Story) -> None:
    """To its end, which it finds to be as its text says."""
    playing = phones.page.locator("#playing")
    phones.page.locator("#stories summary").click()
    phones.page.get_by_role("button", name=f"Putar: {story.title}").click()
    expect(playing.get_by_role("heading", level=2)).to_contain_text(story.title, timeout=SOON)
    expect(playing).to_contain_text("selesai", timeout=4 * SOON)
    expect(playing).to_contain_text("selesai seperti seharusnya", timeout=100)
    assert playing.locator(".checks .good").count() == len(story.checks)
    expect(playing).to_contain_text(story.end)


def phone_of(phones: Visit, part: str) -> Handset:
    named = phones.page.get_by_role("heading", name=re.compile(f"^{re.escape(PARTS[part][0])}"))
    return Handset(phones.page.locator("article").filter(has=named).first)


def number_of(handset: Handset) -> str:
    found = re.search(r"\+\d+", handset.place.locator(".bar").inner_text())
    assert found is not None
    return found[0]


def texts_on(handset: Handset) -> list[str]:
    """What reached this phone, newest first."""
    return handset.place.locator(".sms .theirs:not(.gone) > span").all_inner_texts()


def reference_of(phones: Visit, story: Story) -> str:
    """The story's case, as an officer's phone names it."""
    for part in story.cast:
        for text in texts_on(phone_of(phones, part)) if PARTS[part][1] in ("officer", "supervisor") else ():
            if found := re.search(r"\bBP (\w{4,8})\b", text):
                return found[1]
    raise AssertionError(f"no phone of {story.name} names a case")


class Told:
    """What the console's pages say of one case, read by somebody logged in."""

    def __init__(self, page: Page, site: Site, reference: str) -> None:
        page.goto(f"{site.address}/console/queue?shelf=all")
        self.row = page.locator("li.row").filter(has_text=f"BP-{reference}").inner_text()
        page.goto(f"{site.address}/console/files/{reference}?older=1")
        page.locator(".unmask").get_by_role("button", name="Tampilkan").click()
        page.goto(f"{site.address}/console/files/{reference}?older=1")
        self.head = page.locator(".case-head").inner_text()
        self.rule = page.locator(".rule").first.inner_text()
        self.facts = page.locator(".facts").inner_text()
        self.acts = page.locator("ol.line li .h").all_inner_texts()
        self.details = page.locator("ol.line li .d").all_inner_texts()
        self.delivered = [
            (entry.locator(".by").inner_text(), *entry.locator(".d").all_inner_texts())
            for entry in page.locator("ol.line li.sms-out").all()
            if entry.locator(".h strong").inner_text() == str(case_words.DELIVERY[MessageStatus.DELIVERED])
        ]
        page.goto(f"{site.address}/console/people")
        self.frozen = [one.inner_text() for one in page.locator(".people li").filter(has_text="dibekukan").all()]

    def texts_to(self, part: str, number: str) -> list[str]:
        """What reached this phone of the case; masked numbers of two parts may look alike, so by who they are too."""
        who = str(case_words.RECIPIENTS[RECIPIENTS[PARTS[part][1]]])
        return [text for by, text, phone in self.delivered if by.startswith(who) and phone == mask(number)]

    def check_case(self, wants: dict[str, Any]) -> None:
        """The fields of a story's case, as words on the pages."""
        if "status" in wants:
            word = str(wording.STATUS[CaseStatus(wants["status"])])
            assert word in self.row and word in self.head
        if "priority" in wants:
            assert str(wording.PRIORITY[Priority(wants["priority"])]) in self.head
            assert wants["priority"] in self.row
        if "accepted_by" in wants:
            holder = PARTS[wants["accepted_by"]][0] if wants["accepted_by"] else NOBODY
            assert holder in self.row and holder in self.facts
        if "complete" in wants:
            assert ("belum lengkap" not in self.row) is wants["complete"]
        if "reporter" in wants:
            assert str(wording.REPORTER[Reporter(wants["reporter"])]) in self.row
        if "area_code" in wants:
            assert "Senaken" in self.facts
        if wants.get("contact") == "none":
            assert "JANGAN telepon" in self.rule and "Jangan kirim SMS." in self.rule

    def check_events(self, wants: list[str], *, happened: bool) -> None:
        for kind in wants:
            word = str(case_words.EVENTS[kind])
            assert any(word in line for line in self.acts) is happened, f"{kind}: {word}"

    def check_rules(self, wants: list[str]) -> None:
        for rule in wants:
            assert any(str(case_words.RULES[rule]) in line for line in [*self.acts, *self.details]), rule


@pytest.mark.parametrize("story", load_stories(), ids=lambda story: story.name)
def test_a_story_ends_as_it_says_and_the_console_says_what_the_phones_say(
    chromium: Browser, site: Site, phones: Visit, story: Story
) -> None:
    play(phones, story)
    reference = reference_of(phones, story)
    visit = Visit.begin(chromium, site)
    told = Told(log_in(visit, site), site, reference)
    for check in story.checks:
        wants = check.wants
        told.check_case(wants.get("case", {}))
        told.check_events(wants.get("events", []), happened=True)
        told.check_events(wants.get("no_events", []), happened=False)
        told.check_rules(wants.get("rules", []))
        if "suspended" in wants:
            assert any(PARTS[wants["suspended"]][0] in line for line in told.frozen)
        for part, number in wants.get("received", {}).items():
            assert len(told.texts_to(part, number_of(phone_of(phones, part)))) == number
    for part in story.cast:
        handset = phone_of(phones, part)
        thread, sent = texts_on(handset), Counter(told.texts_to(part, number_of(handset)))
        shown = Counter(CODE.sub("••••••", text) for text in thread if re.search(rf"\b{reference}\b", text))
        assert shown <= sent, part
        assert shown == sent or len(thread) >= NEWEST, part
    visit.end()
