"""Which carriers a message is offered to, as a function of its arguments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbox.policy import RULES
from gateway.outbox.routing import Traveller, Ways, find_routes
from models.vocabulary import Purpose, Recipient

P, R = Purpose, Recipient
ORDER = ("kannel", "smsgate", "africastalking")
ALL = Ways(ORDER)
TO_HER = Traveller(P.RECEIPT, R.REPORTER)
TO_CADRE = Traveller(P.RECEIPT, R.CADRE)
TO_OFFICER = Traveller(P.ANSWER, R.OFFICER)


def tried(carrier: str) -> Traveller:
    return Traveller(P.ANSWER, R.OFFICER, tried=carrier)


@pytest.mark.parametrize(
    ("traveller", "ways", "route"),
    [
        (TO_OFFICER, ALL, ORDER),
        (TO_OFFICER, Ways(("smsgate",)), ("smsgate",)),
        (TO_OFFICER, Ways(()), ()),
        (tried("kannel"), ALL, ("smsgate", "africastalking", "kannel")),
        (tried("africastalking"), ALL, ORDER),
        (tried("kannel"), Ways(("kannel",)), ("kannel",)),
        (tried("a carrier of last year"), ALL, ORDER),
        (Traveller(P.ANSWER, R.REPORTER, came_by="smsgate"), ALL, ("smsgate", "kannel", "africastalking")),
        (Traveller(P.ANSWER, R.REPORTER, came_by="simulator"), ALL, ORDER),
        (
            Traveller(P.ANSWER, R.OFFICER, tried="smsgate", came_by="smsgate"),
            ALL,
            ("africastalking", "kannel", "smsgate"),
        ),
    ],
)
def test_the_way_of_one_message(traveller: Traveller, ways: Ways, route: tuple[str, ...]) -> None:
    assert find_routes(ORDER, ways, [traveller]) == [route]


def test_a_held_carrier_is_tried_with_one_message_that_may_be_doubled() -> None:
    ways = Ways(("smsgate",), trial="kannel")
    routes = find_routes(ORDER, ways, [TO_HER, TO_CADRE, TO_OFFICER, TO_OFFICER])
    assert routes == [("smsgate",), ("smsgate",), ("kannel", "smsgate"), ("smsgate",)]
    assert find_routes(ORDER, ways, [TO_HER, TO_CADRE]) == [("smsgate",), ("smsgate",)]


def test_when_all_are_held_any_message_tries() -> None:
    assert find_routes(ORDER, Ways((), trial="kannel"), [TO_HER]) == [("kannel",)]


travellers = st.builds(
    lambda pair, tried, came_by: Traveller(pair[0], pair[1], tried, came_by),
    st.sampled_from(sorted(RULES)),
    st.none() | st.sampled_from(ORDER),
    st.none() | st.sampled_from(ORDER),
)


@given(st.sets(st.sampled_from(ORDER)), st.none() | st.sampled_from(ORDER), st.lists(travellers, max_size=6))
def test_every_free_carrier_once_no_held_one_but_the_trial(
    free: set[str], trial: str | None, leaving: list[Traveller]
) -> None:
    trial = None if trial in free else trial
    ways = Ways(tuple(name for name in ORDER if name in free), trial)
    routes = find_routes(ORDER, ways, leaving)
    assert len(routes) == len(leaving)
    for route in routes:
        assert len(set(route)) == len(route)
        assert set(route) - {trial} == free
    assert sum(trial in route for route in routes) <= 1
