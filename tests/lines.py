"""Each real carrier's client at a server of our own that misbehaves as it is told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.providers.africastalking.client import AfricasTalkingSms
from gateway.providers.base import SmsProvider
from gateway.providers.kannel.client import KannelSms
from gateway.providers.smsgate.client import SmsGateSms
from gateway.providers.transport import Limits
from tests import africastalking_server as at
from tests import kannel_server as kannel
from tests import smsgate_phone as smsgate
from tests.scripted_server import Answer, ScriptedCarrier, broken, html, redirect, throttled, unauthorised

PATIENCE: Final = Limits(connect_for=1.0, read_for=0.6, total_for=1.2, answer_size=4096)
SECRETS: Final = {"SECRET_KEY": "s" * 32, "FIELD_KEYS_FILE": "keys.json"}
DLR: Final = "http://127.0.0.1:1/webhooks/kannel/token/delivery"


@dataclass(frozen=True)
class Line:
    """One carrier: its server, how to open a client at an address, and the settings it needs."""

    server: type[ScriptedCarrier]
    open: Callable[[str], SmsProvider]
    settings: dict[str, str]
    own_id: bool
    """Whether it knows a message by our id: then a report still reaches a message whose answer was lost."""
    not_sent: dict[str, Answer]
    out_of_order: dict[str, Answer]
    final: dict[str, Answer]


LINES: Final = {
    "africastalking": Line(
        at.FakeAfricasTalking,
        lambda url: AfricasTalkingSms("perak", "atsk_key", "PASER", url, limits=PATIENCE),
        {"AT_USERNAME": "perak", "AT_API_KEY": "atsk_key"},
        own_id=False,
        not_sent={"gateway error": at.refused(501, "GatewayError")},
        out_of_order={
            "balance gone": at.refused(405, "InsufficientBalance"),
            "balance gone, no recipients": at.no_recipients("InsufficientBalance"),
        },
        final={"no recipients": at.no_recipients("Sent to 0/0"), "refused": at.refused(403, "InvalidPhoneNumber")},
    ),
    "kannel": Line(
        kannel.FakeKannel,
        lambda url: KannelSms(url + kannel.PATH, "gw", "secret-word", DLR, limits=PATIENCE),
        {
            "KANNEL_SENDSMS_URL": "http://127.0.0.1:1/",
            "KANNEL_USERNAME": "gw",
            "KANNEL_PASSWORD": "secret-word",
            "KANNEL_DLR_URL": DLR,
        },
        own_id=True,
        not_sent={"no bearerbox": kannel.BUSY},
        out_of_order={"403": kannel.FORBIDDEN, "no sender": kannel.NO_SENDER},
        final={"denied": kannel.DENIED, "no receiver": kannel.NO_RECEIVER},
    ),
    "smsgate": Line(
        smsgate.SmsGatePhone,
        lambda url: SmsGateSms(url, smsgate.USER, smsgate.PASSWORD, limits=PATIENCE),
        {
            "SMSGATE_URL": "http://127.0.0.1:1",
            "SMSGATE_USERNAME": smsgate.USER,
            "SMSGATE_PASSWORD": smsgate.PASSWORD,
            "SMSGATE_SIGNING_KEY": smsgate.SIGNING_KEY,
        },
        own_id=True,
        not_sent={"queue full": Answer(503, b'{"message":"queue"}')},
        out_of_order={},
        final={
            "no recipients": Answer(202, b'{"id":"x","state":"Pending","recipients":[]}'),
            "failed": smsgate.state(202, "x", "Failed"),
        },
    ),
}

NOT_SENT: Final = {"429": throttled(), "429 with Retry-After": throttled("7")}
OUT_OF_ORDER: Final = {"401": unauthorised(), "redirect": redirect("http://127.0.0.1:1/"), "404": html(404)}
FINAL: Final = {"400": Answer(400, b"bad")}
MAYBE: Final[dict[str, Answer | str]] = {
    "500": broken(500),
    "html 502": html(502),
    "html 200": html(200),
    "empty 2xx": Answer(202),
    "timeout before the body was read": "before_reading",
    "line dropped after it": "after_reading",
    "line dropped in the answer": "mid_answer",
    "silence": "silence",
}
"""Words stand for what the server does with the answer it would give to a message it takes."""


def answer_of(server: ScriptedCarrier, trouble: Answer | str) -> Answer:
    if isinstance(trouble, Answer):
        return trouble
    if trouble == "silence":
        return Answer(202, server.accepted().body, after=2.0)
    return server.cut(trouble)


def cases(common: dict[str, Answer] | dict[str, Answer | str], kind: str = "") -> list[tuple[str, str, Answer | str]]:
    """(carrier, trouble's name, trouble) for all carriers, with each carrier's own words."""
    found: list[tuple[str, str, Answer | str]] = []
    for name, line in LINES.items():
        own: dict[str, Answer] = getattr(line, kind) if kind else {}
        found += [(name, word, trouble) for word, trouble in {**common, **own}.items()]
    return found
