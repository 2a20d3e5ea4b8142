"""What a grown district is asked: each look-up is a session of its own, from the phone that its case came from."""

from urllib.parse import parse_qs

from bench import filler, growth, journeys


def test_every_receipt_is_looked_up_by_its_own_phone_in_its_own_session() -> None:
    receipts = ["23456789013", "34567890124", "45678901235"]
    journey = growth.look_ups(receipts)
    forms = [parse_qs(hop.body.replace(journeys.ID, "123456789"), keep_blank_values=True) for hop in journey.hops]
    asked = [(form["phoneNumber"][0], form["text"][0]) for form in forms]
    assert asked == [
        (filler.phone_of(count), typed) for count, receipt in enumerate(receipts) for typed in ("", "4", f"4*{receipt}")
    ]
    sessions = [form["sessionId"][0] for form in forms]
    assert sessions == [name for name in dict.fromkeys(sessions) for _ in range(3)]
    assert len(set(sessions)) == len(receipts)
