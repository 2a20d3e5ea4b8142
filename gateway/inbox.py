"""Where callbacks arrive once a carrier's blueprint has read them, and what each of them does.

A call returns after the commit; when the database is down or silent, after the callback lies sealed in the spool.
Once one has waited for a silent database in vain, the others do not (`gateway.breaker`).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

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


class Taken(NamedTuple):
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


class Guess(NamedTuple):
    """A hop that came at `now`, and the move it seems to make; None: it needs the whole way."""

    hop: UssdHop
    now: datetime
    move: recall.Move | None


class StoredInbox:
    """The inbox of `gateway.providers.base.Inbox`, behind the one door to the database."""

    def __init__(self, parts: Parts, spool: Spool, breaker: Breaker | None = None, patience: float = PATIENCE) -> None:
        self._parts, self._spool, self._patience = parts, spool, patience
        self._breaker = breaker or parts.breaker
        self._interrupted = parts.desk.texts.render("error.spooled", parts.settings.default_language)
        self._memory = recall.Memory()
        self._dialled = recall.open_menu(parts.desk, parts.ussd)

    def ussd(self, hop: UssdHop) -> UssdReply:
        """After a fault of the store the session ends: the carrier must not wait, and she must read a number."""
        now = self._parts.clock()
        return self._in_time(now, hop, lambda: self._quickly(now, hop) or self._whole_way(now, hop))

    def in_full(self, hop: UssdHop, now: datetime, waited: float = 0.0) -> UssdReply:
        """As `ussd`, for a hop that is no guess, or a wrong one and has `waited` so many seconds for that."""
        return self._in_time(now, hop, lambda: self._whole_way(now, hop, waited))

    def guess(self, hop: UssdHop) -> "Guess":
        """What `ussd` would try first, for who does not wait: hands `move.quick` to the store, then says what came."""
        now = self._parts.clock()
        return Guess(hop, now, None if self._breaker.is_open else self._move(now, hop))

    def hold(self, hop: UssdHop, move: recall.Move) -> UssdReply:
        """The row agreed. Only now is it true."""
        self._memory.keep((hop.provider, hop.session_id), None if move.reply.ends else move.after)
        self._breaker.hear(was_silent=False)
        return move.reply

    def let_down(self, hop: UssdHop, now: datetime, *, slowly: bool) -> UssdReply:
        """The store did not answer a guess. Raises StoreDown when the spool does not take it either."""
        self._breaker.hear(was_silent=slowly)
        return self._interrupt(hop, now)

    def _in_time(self, now: datetime, hop: UssdHop, question: Callable[[], UssdReply]) -> UssdReply:
        try:
            return self._breaker.ask(question)
        except StoreDown:
            return self._interrupt(hop, now)

    def _interrupt(self, hop: UssdHop, now: datetime) -> UssdReply:
        self._keep(hop, now)
        return UssdReply(self._interrupted, ends=True)

    def _quickly(self, now: datetime, hop: UssdHop) -> UssdReply | None:
        move = self._move(now, hop)
        if move is None or not self._parts.store.quick(move.quick, within=self._patience):
            return None
        return self.hold(hop, move)

    def _move(self, now: datetime, hop: UssdHop) -> recall.Move | None:
        desk, menu, name = self._parts.desk, self._parts.ussd, (hop.provider, hop.session_id)
        if remembered := self._memory.find(name):
            return recall.take(desk, menu, now, remembered, hop)
        return None if hop.text else recall.begin(desk, self._dialled, ussd.index_of(desk, hop), now, hop)

    def _whole_way(self, now: datetime, hop: UssdHop, waited: float = 0.0) -> UssdReply:
        taken = self._parts.store.write(take_in(self._parts, now, hop), within=max(0.0, self._patience - waited))
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
