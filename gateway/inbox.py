"""Where callbacks arrive once a carrier's blueprint has read them. Every call returns only after the commit."""

from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.conversations import recall, sms, stopping, ussd
from gateway.outbox import receipts
from gateway.providers.base import DeliveryReport, InboundSms, OptOut, UssdEnded, UssdHop, UssdReply
from gateway.worker.sending import after_loss


class StoredInbox:
    """The inbox of `gateway.providers.base.Inbox`, behind the one door to the database."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._memory = recall.Memory()

    def ussd(self, hop: UssdHop) -> UssdReply:
        parts, now = self._parts, self._parts.clock()
        index = ussd.index_of(parts.desk, hop)
        remembered = self._memory.find(index)
        move = recall.take(parts.desk.keyring, parts.ussd, index, remembered, hop) if remembered else None

        def work(session: Session) -> tuple[UssdReply, recall.Remembered | None]:
            if move and recall.write(session, now, move):
                return move.reply, move.after
            return ussd.press(session, parts.desk, parts.ussd, now, hop)

        reply, after = parts.store.write(work)
        self._memory.keep(index, after)  # only now is it true
        return reply

    def ussd_ended(self, ended: UssdEnded) -> None:
        parts, now = self._parts, self._parts.clock()
        parts.store.write(
            lambda session: ussd.end(session, parts.desk, now, ended.provider, ended.session_id, ended.status)
        )

    def sms(self, message: InboundSms) -> None:
        parts, now = self._parts, self._parts.clock()
        parts.store.write(lambda session: sms.receive(session, parts.desk, parts.lexicon, parts.sms, now, message))

    def delivery(self, report: DeliveryReport) -> None:
        parts, now = self._parts, self._parts.clock()

        def work(session: Session) -> None:
            row = receipts.apply(session, now, report)
            if row is not None:
                after_loss(session, parts.desk, now, row)

        parts.store.write(work)

    def opt_out(self, opt_out: OptOut) -> None:
        parts, now = self._parts, self._parts.clock()
        parts.store.write(lambda session: stopping.opt_out(session, parts.desk, now, opt_out))
