"""A stand-in for Kannel's smsbox on loopback, with the answers that the real one was seen to give."""

from tests.scripted_server import Answer, Request, ScriptedCarrier

PATH = "/cgi-bin/sendsms"


def said(status: int, words: str) -> Answer:
    return Answer(status, words.encode(), "text/html")


ACCEPTED = said(202, "0: Accepted for delivery")
QUEUED = said(202, "3: Queued for later delivery")
FORBIDDEN = said(403, "Authorization failed for sendsms")
NO_RECEIVER = said(400, "Missing receiver number, rejected")
DENIED = said(400, "Number(s) has/have been denied by white- and/or black-lists.")
NO_SENDER = said(400, "Sender missing and no global set, rejected")
BUSY = said(503, "Temporal failure, try again later.")


class FakeKannel(ScriptedCarrier):
    def usual(self, request: Request, number: int) -> Answer:
        return ACCEPTED

    def accepted(self) -> Answer:
        return ACCEPTED
