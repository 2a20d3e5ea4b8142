"""A USSD dialogue between two key presses: sealed small, and opened as it was."""

from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from gateway.conversations.dialogues import _UNSAID, Dialogue

WORD = st.text(max_size=12)
FACTS = st.dictionaries(st.integers(0, 9).map(str), st.dictionaries(WORD, WORD, max_size=3), max_size=3)
RESUMED = st.none() | st.fixed_dictionaries({"inputs": st.lists(WORD), "facts": FACTS, "language": WORD})
DIALOGUES = st.builds(
    Dialogue,
    phone=WORD,
    language=WORD,
    seen=st.none() | WORD,
    inputs=st.lists(WORD, max_size=5),
    facts=FACTS,
    resume=RESUMED,
    offered=st.booleans(),
    officers_reached=st.booleans(),
    limited=st.booleans(),
    case_id=st.none() | st.text(min_size=1, max_size=32),
    channel=WORD,
)


@given(DIALOGUES)
def test_what_is_sealed_opens_as_it_was(dialogue: Dialogue) -> None:
    assert Dialogue.from_bytes(dialogue.to_bytes()) == dialogue


def test_what_goes_without_saying_is_nothing_at_the_beginning() -> None:
    begun = vars(Dialogue("+6281234567890", "id"))
    assert not any(begun[name] for name in _UNSAID)
    assert {field.name for field in fields(Dialogue)} >= _UNSAID


def test_what_an_older_release_sealed_opens() -> None:
    written = b'{"phone":"+62812","language":"id","seen":"1","inputs":["1"],"facts":{},"resume":null,"offered":false,'
    written += b'"officers_reached":true,"limited":false,"case_id":null,"channel":"ussd"}'
    assert Dialogue.from_bytes(written) == Dialogue("+62812", "id", "1", ["1"])
