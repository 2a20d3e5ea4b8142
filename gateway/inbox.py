"""Where callbacks arrive once a carrier's blueprint has read them, and what each of them does.

A call returns after the commit; when the database is down or silent, after the callback lies sealed in the spool.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.conversations import sms, ussd
from gateway.errors import StoreDown
from gateway.outbox import receipts
from gateway.providers.base import DeliveryReport, InboundSms, OptOut, UssdEnded, UssdHop, UssdReply
from gateway.spool import Callback, Spool
from gateway.worker.sending import after_loss

PATIENCE: Final = 8.0
"""Seconds a callback waits for the database before it goes to the spool: a USSD session does not outlive ten."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Taken:
    """What became of a callback: the screen to show, and the case it belongs to."""

    reply: UssdReply | None = None
    case_id: str | None = None


def take_in(parts: Parts, now: datetime, callback: Callback) -> Callable[[Session], Taken]:
    """The work of a callback that came at `now`. The same callback again does nothing that was done already."""

    def work(session: Session) -> Taken:
        match callback:
            case UssdHop():
                reply = ussd.press(session, parts.desk, parts.ussd, now, callback)
                return Taken(reply, ussd.find_case_id(session, parts.desk, callback.provider, callback.session_id))
            case UssdEnded():
                ussd.end(session, parts.desk, now, callback.provider, callback.session_id, callback.status)
            case InboundSms():
                case_id = sms.receive(session, parts.desk, parts.lexicon, parts.sms, now, callback)
                return Taken(case_id=case_id)
            case DeliveryReport():
                row = receipts.apply(session, now, callback)
                if row is not None:
                    after_loss(session, parts.desk, now, row)
            case OptOut():
                sms.opt_out(session, parts.desk, now, callback)
        return Taken()

    return work


class StoredInbox:
    """The inbox of `gateway.providers.base.Inbox`, behind the one door to the database."""

    def __init__(self, parts: Parts, spool: Spool) -> None:
        self._parts, self._spool = parts, spool
        self._interrupted = parts.desk.texts.render("error.spooled", parts.settings.default_language)

    def ussd(self, hop: UssdHop) -> UssdReply:
        """After a fault of the store the session ends: the carrier must not wait, and she must read a number."""
        return self._take(hop) or UssdReply(self._interrupted, ends=True)

    def ussd_ended(self, ended: UssdEnded) -> None:
        self._take(ended)

    def sms(self, message: InboundSms) -> None:
        self._take(message)

    def delivery(self, report: DeliveryReport) -> None:
        self._take(report)

    def opt_out(self, opt_out: OptOut) -> None:
        self._take(opt_out)

    def _take(self, callback: Callback) -> UssdReply | None:
        """Raises StoreDown when neither the database nor the spool could keep it."""
        now = self._parts.clock()
        try:
            return self._parts.store.write(take_in(self._parts, now, callback), within=PATIENCE).reply
        except StoreDown:
            self._keep(callback, now)
        return None

    def _keep(self, callback: Callback, now: datetime) -> None:
        try:
            self._spool.keep(callback, now)
        except (OSError, ValueError) as fault:
            log.error("callback not spooled", error=type(fault).__name__)
            raise StoreDown(type(fault).__name__) from None
        log.warning("callback spooled", kind=type(callback).__name__)
