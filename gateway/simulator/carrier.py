"""What becomes of an SMS on the practice network, faults included. The worker's carrier asks here for each message."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.providers.base import Accepted, MaybeSent, NotSent
from gateway.simulator import callbacks, faults, notes
from gateway.simulator.faults import Word
from models.practice import PracticePhone
from models.vocabulary import MessageStatus

LATE: Final = timedelta(minutes=10)
"""Longer than half the ladder's first step, so that an alert without its report climbs."""
REPORTS: Final = {Word.FAILED: "Failed", Word.EXPIRED: "Expired", Word.LATE: "Success", Word.TWICE: "Success"}
"""The carrier's own words, as documented."""


class PracticeNetwork:
    """The fate of one message: taken and delivered, or what somebody chose on the page."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def carry(self, message_id: str, provider_id: str, to: str, text: str) -> Accepted:
        """Raises NotSent while the carrier is down and MaybeSent when its answer gets lost."""
        word = self._parts.store.write(lambda session: self._meet(session, provider_id, to, text))
        if word is Word.DOWN:
            raise NotSent("practice_carrier_down")
        if word is Word.UNKNOWN:
            raise MaybeSent("practice_answer_lost")
        return Accepted(provider_id, MessageStatus.SENT if word else MessageStatus.DELIVERED)

    def _meet(self, session: Session, provider_id: str, to: str, text: str) -> Word | None:
        desk, now = self._parts.desk, self._parts.clock()
        if faults.is_down(session, now):
            return Word.DOWN
        index = desk.keyring.index("phone", to)
        word = faults.use(session, now, faults.RECEIPTS, index)
        if word is None:
            return None
        phone_id = session.scalar(select(PracticePhone.id).where(PracticePhone.phone_index == index))
        if word not in (Word.FAILED, Word.EXPIRED):
            notes.write(session, desk, now, "arrived", phone_id, text=text, message=provider_id, fault=word)
        for due in self._reports(word):
            form = {"id": provider_id, "status": REPORTS[word], "phoneNumber": to}
            if word in (Word.FAILED, Word.EXPIRED):
                form["failureReason"] = "DeliveryFailure"
            callbacks.owe(session, desk, now + due, "delivery", form, phone_id)
        return word

    def _reports(self, word: Word) -> list[timedelta]:
        if word is Word.LATE:
            return [LATE]
        if word is Word.TWICE:
            return [timedelta(0), timedelta(seconds=1)]
        return [timedelta(0)] if word in REPORTS else []
