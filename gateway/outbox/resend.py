"""A message sent once more because somebody asked: a new row, which the policy judges like every other."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.errors import Refused
from gateway.keyring import SealError
from gateway.outbox import policy
from gateway.outbox.claiming import leaving_of
from gateway.outbox.queue import Draft, enqueue, open_message
from models.case import CaseFile
from models.lifecycle import WAITING
from models.outbound import OutboundMessage
from models.vocabulary import CaseStatus, Purpose

STALE_AFTER = timedelta(hours=24)
LONGEST_NAME = 159
ALERTS = (Purpose.ALERT, Purpose.ESCALATION)


def send_again(session: Session, desk: Desk, now: datetime, message: OutboundMessage, case: CaseFile | None) -> None:
    """Raises Refused, and then nothing has changed: not to a resident whose case does not allow SMS at this moment,

    not what may have reached her, not an alert of a case somebody has taken, not yesterday's news, not twice.
    """
    if why := policy.find_why_not_again(message.purpose, message.recipient, message.status):
        raise Refused(why)
    if now > message.queued_at + STALE_AFTER:
        raise Refused("what was said more than a day ago is not said again")
    if message.purpose in ALERTS and (case is None or case.status not in (*WAITING, CaseStatus.PARTIAL)):
        raise Refused("somebody has taken the case meanwhile")
    try:
        to, text = open_message(desk, message, case)
        leaving = leaving_of(session, desk, now, message)
    except SealError:
        raise Refused("the message can not be opened any more") from None
    again = replace(leaving, not_after=now + STALE_AFTER)
    if policy.decide(again, desk.office, now).verdict not in (policy.Verdict.SEND, policy.Verdict.WAIT):
        raise Refused("this phone may not be written to now")
    name = f"{message.dedupe_key}+"
    draft = Draft(message.purpose, message.recipient, to, text, name, message.person_id)
    if len(name) > LONGEST_NAME or not enqueue(session, desk, now, draft, case):
        raise Refused("this message was sent again already")
