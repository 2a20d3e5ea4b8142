"""How urgent: P1 danger now; P2 sexual violence, a child, a call-me; P3 the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.triage import Signs, higher, is_sexual, triage
from models.vocabulary import SEXUAL_FORMS, Age, Form, Priority

signs = st.builds(
    Signs,
    now=st.booleans(),
    forms=st.frozensets(st.sampled_from(Form)),
    victim=st.sampled_from(Age),
    call_me=st.booleans(),
)


@pytest.mark.parametrize(
    ("found", "priority"),
    [
        (Signs(), "P3"),
        (Signs(forms=frozenset({Form.FIS, Form.ANC, Form.SKP})), "P3"),
        (Signs(victim=Age.ADULT), "P3"),
        (Signs(victim=Age.CHILD), "P2"),
        (Signs(call_me=True), "P2"),
        (Signs(now=True), "P1"),
        (Signs(now=True, forms=frozenset({Form.PRK}), victim=Age.CHILD, call_me=True), "P1"),
        *((Signs(forms=frozenset({form})), "P2") for form in sorted(SEXUAL_FORMS)),
        *((Signs(forms=frozenset({form})), "P3") for form in sorted(set(Form) - SEXUAL_FORMS)),
    ],
)
def test_triage(found: Signs, priority: str) -> None:
    assert triage(found) == priority


def test_forms_read_back_as_plain_strings_count_the_same() -> None:
    assert triage(Signs(forms=frozenset({"PRK"}))) is Priority.P2  # type: ignore[arg-type]
    assert is_sexual(["FIS", "CBL"])
    assert not is_sexual(["FIS", "TTU"])
    assert not is_sexual([])


@given(signs, signs)
def test_knowing_more_never_makes_a_case_less_urgent(one: Signs, other: Signs) -> None:
    victim = Age.CHILD if Age.CHILD in (one.victim, other.victim) else one.victim
    both = Signs(one.now or other.now, one.forms | other.forms, victim, one.call_me or other.call_me)
    assert triage(both) <= triage(one)
    assert triage(both) <= higher(triage(one), triage(other))


def test_the_higher_of_two_is_the_smaller_number() -> None:
    assert higher(Priority.P3, Priority.P1) is Priority.P1
    assert higher(Priority.P2, Priority.P2) is Priority.P2
