"""Twenty thousand strangers' inputs at the real callbacks: always a valid answer; and work linear in the length."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from gateway.console import acting
from gateway.conversations.dialogues import MOST_AT_ONCE, new_answers
from gateway.providers.africastalking import wire
from gateway.providers.fields import Malformed
from menus.engine import Context, replay
from menus.gsm import septets
from menus.keywords import Sender, parse
from menus.lexicon import Lexicon
from menus.reading import clean
from tests.faults import form_fuzzing
from tests.faults.fuzzing import FORMS, PRACTICE, ROUTES, make, play
from tests.menus.walks import MENU
from tests.office import Office

LEXICON = Lexicon.load()
PARTS, EACH = 4, 5000


@pytest.mark.parametrize("part", range(PARTS))
def test_twenty_thousand_inputs_never_break_a_callback(part: int) -> None:
    """The first 20,000 of the million of `make fuzz` (docs/fuzz.md)."""
    kinds: Counter[str] = Counter()
    for number, given_input, _, fault in play(range(part * EACH, (part + 1) * EACH)):
        assert fault is None, f"input {number}: {fault}"
        kinds[given_input.kind] += 1
    assert kinds.keys() == {"dialogue", "text", "report", "raw", "broken", "form", "practice"}


def test_the_same_number_is_the_same_input_and_every_route_is_met() -> None:
    inputs = [make(number) for number in range(300)]
    assert inputs == [make(number) for number in range(300)]
    assert {given_input.route for given_input in inputs} == {*ROUTES, "console", "simulator"}


def test_every_page_of_the_console_and_every_act_on_a_case_is_met() -> None:
    asked = {(made.headers["method"], made.headers["path"]) for made in map(make, range(FORMS - 1, 100_000, FORMS))}
    for page in form_fuzzing.PAGES:
        path = re.compile("/console" + re.sub("<.*?>", ".+", page.rule))
        assert any(path.fullmatch(where) and method == ("POST" if page.post else "GET") for method, where in asked)
    assert {verb for verb in acting.VERBS if not any(where.endswith(f"/do/{verb}") for _, where in asked)} == set()


def test_every_route_of_the_practice_page_is_met(office: Office) -> None:
    rules = [rule for rule in office.app.url_map.iter_rules() if rule.endpoint.startswith("practice.")]
    asked = {tuple(made.headers.values()) for made in map(make, range(PRACTICE - 1, 10_000, PRACTICE))}
    for rule in rules:
        path = re.compile(re.sub("<.*?>", ".+", rule.rule))
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        assert any(path.fullmatch(where) and method in methods for method, where in asked), rule.rule


KINDS = ("resident", "cadre", "officer", "agency")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=600), kind=st.sampled_from(KINDS))
def test_any_text_is_read_by_anybody(text: str, kind: Any) -> None:
    reading = parse(text, LEXICON, Sender(kind, "64.01.04.2016" if kind == "cadre" else None))
    assert reading.intent


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(inputs=st.lists(st.one_of(st.sampled_from([*"0123456789", "00"]), st.text(max_size=40)), max_size=25))
def test_any_keys_lead_to_a_screen_that_fits(inputs: list[str]) -> None:
    facts: dict[int, dict[str, str]] = {}
    turn = replay(MENU, inputs, Context())
    for number in range(len(inputs)):
        turn = replay(MENU, inputs[: number + 1], Context(facts=facts))
        if turn.want is not None:
            facts[number] = {"case": "c", "receipt": "2345 6789 013", "joined": "", "placed": "", "duty": "1"}
            facts[number] |= {"status": "unknown"}
            turn = replay(MENU, inputs[: number + 1], Context(facts=facts))
        assert turn.text
        assert septets(turn.text) <= 156


@settings(max_examples=200, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(st.sampled_from(["id", "from", "text", "status", "sessionId", "x"]), st.text()), max_size=9
    )
)
def test_any_form_is_decoded_or_named_malformed(pairs: list[tuple[str, str]]) -> None:
    form = MultiDict(pairs)
    for decode in (wire.ussd_hop, wire.ussd_ended, wire.inbound_sms, wire.delivery_report, wire.opt_out):
        try:
            decode(form)
        except Malformed as malformed:
            assert len(str(malformed)) < 60, "what was wrong, not what was said"


# Steps, not seconds


def steps_of(work: Callable[[], object]) -> int:
    """Calls of Python and of C functions: what a clock would measure, without its noise."""
    count = 0

    def see(frame: FrameType, what: str, argument: object) -> None:
        nonlocal count
        count += what in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


ADVERSARIAL = [
    "a",
    "9",
    "*",
    " ",
    "a ",
    "di ",
    "tidak ",
    "SENAKEN ",
    "pukul 10 ",
    "LAPOR ",
    "\u0301",
    "ﷺ",
    "😀",
    "aAbB1",
]


def read_text(text: str) -> object:
    return parse(text, LEXICON, Sender("cadre", "64.01.04.2016"))


def press_keys(text: str) -> object:
    """As `ussd.press` does with a dialled shortcut: answer by answer, each a replay of those before."""
    turn = replay(MENU, [], Context())
    inputs: list[str] = []
    for answer in new_answers(None, text):
        if turn.ends or turn.rejected:
            break
        inputs.append(answer)
        turn = replay(MENU, inputs, Context())
        if turn.want is not None:
            break
    return turn


def decode_form(text: str) -> object:
    fields = [("text", text), ("from", "+6281234567890"), ("id", "1")]
    return wire.inbound_sms(MultiDict(fields))


WORKS: Sequence[Callable[[str], object]] = (read_text, press_keys, decode_form, clean)


@pytest.mark.parametrize("unit", ADVERSARIAL)
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.__name__)
def test_work_grows_no_faster_than_the_text(work: Callable[[str], object], unit: str) -> None:
    """Twice the text, at most twice the steps (and a constant); beyond what is read at all, no more steps."""
    work(unit)  # caches are filled
    sizes = (64, 128, 256, 512, 2048, 8192)
    steps = [steps_of(lambda size=size: work((unit * size)[:size])) for size in sizes]  # type: ignore[misc]
    for (small, before), (large, after) in zip(
        list(zip(sizes, steps, strict=True)), list(zip(sizes, steps, strict=True))[1:], strict=False
    ):
        assert after <= (large / small) * before * 1.3 + 400, f"{small}: {before}, {large}: {after}"
    assert steps[-1] <= 2 * steps[3] + 400, "a text of sixteen callbacks' size costs what ten segments cost"


def test_no_shortcut_is_worth_more_than_a_hundred_answers() -> None:
    assert len(new_answers(None, "9*" * 8000)) == MOST_AT_ONCE
    assert new_answers("2", "2*" + "9" * 8000) == ["9" * 8000]
