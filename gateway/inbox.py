"""Where callbacks arrive once a carrier's blueprint has read them, and what each of them does.

A call returns after the commit; when the database is down or silent, after the callback lies sealed in the spool.
Once one has waited for a silent database in vain, the others do not (`gateway.breaker`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.breaker import Breaker
from gateway.casework.losses import after_loss
from gateway.conversations import recall, sms, stopping, ussd
from gateway.errors import StoreDown
from gateway.outbox import receipts
from gateway.providers.base import DeliveryReport, InboundSms, OptOut, UssdEnded, UssdHop, UssdReply
from gateway.spool import Callback, Spool

PATIENCE: Final = 8.0
"""Seconds a callback waits for the database before it goes to the spool: a USSD session does not outlive ten."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Taken:
    """What became of a callback: the screen to show, what of it may be remembered, the case a text belongs to."""

    reply: UssdReply | None = None
    remembered: recall.Remembered | None = None
    case_id: str | None = None


def take_in(parts: Parts, now: datetime, callback: Callback) -> Callable[[Session], Taken]:
    """The work of a callback that came at `now`. The same callback again does nothing that was done already."""

    def work(session: Session) -> Taken:
        match callback:
            case UssdHop():
                reply, remembered = ussd.press(session, parts.desk, parts.ussd, now, callback)
                return Taken(reply=reply, remembered=remembered)
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
                stopping.opt_out(session, parts.desk, now, callback)
        return Taken()

    return work


class StoredInbox:
    """The inbox of `gateway.providers.base.Inbox`, behind the one door to the database."""

    def __init__(self, parts: Parts, spool: Spool, breaker: Breaker | None = None, patience: float = PATIENCE) -> None:
        self._parts, self._spool, self._patience = parts, spool, patience
        self._breaker = breaker or parts.breaker
        self._interrupted = parts.desk.texts.render("error.spooled", parts.settings.default_language)
        self._memory = recall.Memory()

    def ussd(self, hop: UssdHop) -> UssdReply:
        """After a fault of the store the session ends: the carrier must not wait, and she must read a number."""
        now = self._parts.clock()
        try:
            return self._breaker.ask(lambda: self._quickly(now, hop) or self._whole_way(now, hop))
        except StoreDown:
            self._keep(hop, now)
            return UssdReply(self._interrupted, ends=True)

    def _quickly(self, now: datetime, hop: UssdHop) -> UssdReply | None:
        desk, menu, name = self._parts.desk, self._parts.ussd, (hop.provider, hop.session_id)
        remembered, move = self._memory.find(name), None
        if remembered:
            move = recall.take(desk, menu, now, remembered, hop)
        elif not hop.text:
            move = recall.begin(desk, menu, ussd.index_of(desk, hop), now, hop)
        if move is None or not self._parts.store.quick(move.quick, within=self._patience):
            return None
        self._memory.keep(name, None if move.reply.ends else move.after)  # only now is it true
        return move.reply

    def _whole_way(self, now: datetime, hop: UssdHop) -> UssdReply:
        taken = self._parts.store.write(take_in(self._parts, now, hop), within=self._patience)
        self._memory.keep((hop.provider, hop.session_id), taken.remembered)
        return taken.reply or UssdReply(self._interrupted, ends=True)

    def ussd_ended(self, ended: UssdEnded) -> None:
        self._take(ended)

    def sms(self, message: InboundSms) -> None:
        self._take(message)

    def delivery(self, report: DeliveryReport) -> None:
        self._take(report)

    def opt_out(self, opt_out: OptOut) -> None:
        self._take(opt_out)

    def _take(self, callback: Callback) -> None:
        """Raises StoreDown when neither the database nor the spool could keep it."""
        now = self._parts.clock()
        try:
            self._write(take_in(self._parts, now, callback))
        except StoreDown:
            self._keep(callback, now)

    def _write(self, work: Callable[[Session], Taken]) -> Taken:
        return self._breaker.ask(lambda: self._parts.store.write(work, within=self._patience))

    def _keep(self, callback: Callback, now: datetime) -> None:
        try:
            self._spool.keep(callback, now)
        except (OSError, ValueError) as fault:
            log.error("callback not spooled", error=type(fault).__name__)
            raise StoreDown(type(fault).__name__) from None
        log.warning("callback spooled", kind=type(callback).__name__)
