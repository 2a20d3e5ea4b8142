"""What a practice phone can do: dial, answer, cancel, text. Every act goes through the carrier's real callbacks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from gateway.bootstrap import Parts
from gateway.errors import Refused
from gateway.identifiers import new_token
from gateway.simulator import callbacks, faults, handsets, notes
from gateway.simulator.callbacks import Answer, Owed, Post
from gateway.simulator.faults import Word
from gateway.simulator.handsets import Handset
from gateway.simulator.tongue import N_

T = TypeVar("T")
SERVICE_CODE: Final = "*384*55555#"
SHORT_CODE: Final = "55555"
LATE: Final = timedelta(seconds=20)
LONGEST: Final = 480
"""Characters of one text or answer."""
NO_SERVICE: Final = N_("Kode tidak dikenal oleh operator.")
BROKEN_OFF: Final = N_("Sambungan terputus.")
NO_ANSWER: Final = N_("Gangguan jaringan. Coba lagi.")
NETWORK_SAYS: Final = frozenset({NO_SERVICE, BROKEN_OFF, NO_ANSWER})
"""Screens that are the carrier's and not the gateway's."""
WORD_SAYS: Final = {
    Word.LOSE: N_("panggilan balik hilang di jaringan"),
    Word.DELAY: N_("panggilan balik terlambat 20 detik"),
    Word.REPEAT: N_("panggilan balik datang dua kali"),
}


@dataclass(frozen=True)
class Keypad:
    """The phones, with the one way their acts reach the gateway."""

    parts: Parts
    post: Post

    @property
    def service_code(self) -> str:
        return self.parts.settings.at_service_code or SERVICE_CODE

    def send(self, phone_id: str, entry: str) -> None:
        """The green key: answers an open dialogue, dials a code, or sends a text. Raises Refused."""
        entry = entry.strip()[:LONGEST]
        handset = self._look(phone_id)
        if handset.is_open:
            self.answer(phone_id, entry)
        elif entry.startswith("*") and entry.endswith("#"):
            self.dial(phone_id, entry)
        elif entry:
            self.text(phone_id, entry)
        else:
            self.cancel(phone_id)

    def dial(self, phone_id: str, code: str) -> None:
        """`*384*55555#`, or with a shortcut behind it: `*384*55555*2#`."""
        base = self.service_code.removesuffix("#")
        known = code == self.service_code or code.startswith(base + "*")

        def begin(session: Session, handset: Handset) -> None:
            self._note(session, "dial", handset, keys=code)
            handset.session = f"ATUid_{new_token()}" if known else None
            handset.typed = code.removeprefix(base).strip("*#") if known else ""
            handset.entry, handset.ended, handset.screen = "", not known, "" if known else NO_SERVICE

        self._with(phone_id, begin)
        if known:
            self._hop(phone_id)

    def answer(self, phone_id: str, keys: str) -> None:
        def type_in(session: Session, handset: Handset) -> None:
            self._note(session, "key", handset, keys=keys)
            handset.typed = f"{handset.typed}*{keys}" if handset.typed else keys
            handset.entry = ""

        self._with(phone_id, type_in)
        self._hop(phone_id)

    def cancel(self, phone_id: str) -> None:
        """The red key: the dialogue is over, or the screen and what was typed are cleared."""
        handset = self._look(phone_id)
        if handset.is_open:
            self._hang_up(handset, "Incomplete", "", N_("dibatalkan dengan tombol merah"))
            return
        self._with(phone_id, _clear)

    def drop(self, phone_id: str) -> None:
        """The line breaks now. Raises Refused when no dialogue is open."""
        handset = self._look(phone_id)
        if not handset.is_open:
            raise Refused(N_("Tidak ada sambungan yang terbuka di telepon itu."))
        self._hang_up(handset, "Incomplete", BROKEN_OFF, N_("sambungan diputus"))

    def text(self, phone_id: str, words: str, sender: str | None = None) -> None:
        """One SMS to the gateway. `sender`: another phone's number, as a forger writes it."""
        now = self.parts.clock()
        handset = self._look(phone_id)
        fault = self._use(handset)
        form = {
            "id": f"practice_{new_token()}",
            "from": sender or handset.number,
            "to": SHORT_CODE,
            "text": words,
            "date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        forged = sender is not None

        def sent(session: Session, one: Handset) -> None:
            self._note(session, "text", one, text=words, fault=fault, forged=forged)
            one.entry = ""
            if fault is Word.DELAY:
                callbacks.owe(session, self.parts.desk, now + LATE, "sms", form, one.id)

        self._with(phone_id, sent)
        if fault not in (Word.LOSE, Word.DELAY):
            for _ in range(2 if fault is Word.REPEAT else 1):
                self.post("sms", form)

    def deliver(self, owed: Owed) -> None:
        """A callback of the carrier that was delayed, and the screen it brings."""
        answer = self.post(owed.route, owed.form)
        if owed.route == "ussd" and owed.phone_id:
            self._show(owed.phone_id, owed.form["sessionId"], answer)

    # One hop

    def _hop(self, phone_id: str) -> None:
        handset = self._look(phone_id)
        form = {
            "sessionId": handset.session or "",
            "phoneNumber": handset.number,
            "serviceCode": self.service_code,
            "networkCode": "99999",
            "text": handset.typed,
        }
        fault = self._use(handset)
        if fault is Word.LOSE:
            self._hang_up(handset, "Failed", NO_ANSWER, WORD_SAYS[fault])
            return
        if fault is Word.DELAY:
            self._with(phone_id, lambda session, one: self._wait(session, one, form))
            return
        for _ in range(2 if fault is Word.REPEAT else 1):
            answer = self.post("ussd", form)
        self._show(phone_id, handset.session or "", answer)

    def _wait(self, session: Session, handset: Handset, form: dict[str, str]) -> None:
        handset.waiting = True
        callbacks.owe(session, self.parts.desk, self.parts.clock() + LATE, "ussd", form, handset.id)

    def _show(self, phone_id: str, session_id: str, answer: Answer) -> None:
        """As a carrier does: CON keeps the dialogue open, anything else ends it."""

        def show(session: Session, handset: Handset) -> None:
            if handset.session != session_id:
                return  # hung up, or dialled anew, while the answer was on its way
            kind, _, screen = answer.body.partition(" ")
            spoken = kind in ("CON", "END")
            handset.screen = screen if spoken else NO_ANSWER
            handset.ended, handset.waiting = kind != "CON", False
            handset.session = handset.session if kind == "CON" else None
            self._note(session, "screen", handset, word=kind if spoken else str(answer.status), screen=handset.screen)

        self._with(phone_id, show)

    def _hang_up(self, handset: Handset, status: str, screen: str, why: str) -> None:
        session_id = handset.session or ""

        def close(session: Session, one: Handset) -> None:
            _clear(session, one)
            one.screen, one.ended = screen, bool(screen)
            self._note(session, "network", one, says=why)

        self._with(handset.id, close)
        form = {"sessionId": session_id, "phoneNumber": handset.number, "status": status, "input": handset.typed}
        self.post("ussd-events", form)

    def _use(self, handset: Handset) -> Word | None:
        """The fault that waits for this phone's next callback; it is used up, and said in the transcript."""

        def work(session: Session) -> Word | None:
            now, index = self.parts.clock(), self.parts.desk.keyring.index("phone", handset.number)
            word = faults.use(session, now, faults.CALLBACKS, index)
            if word:
                self._note(session, "network", handset, says=WORD_SAYS[word])
            return word

        return self.parts.store.write(work)

    def _note(self, session: Session, kind: str, handset: Handset, **body: object) -> None:
        notes.write(session, self.parts.desk, self._now(), kind, handset.id, **body)

    def _now(self) -> datetime:
        return self.parts.clock()

    def _look(self, phone_id: str) -> Handset:
        """Raises Refused."""
        return self.parts.store.read(lambda session: handsets.get(session, self.parts.desk, phone_id))

    def _with(self, phone_id: str, act: Callable[[Session, Handset], T]) -> T:
        """Do something to a handset, and keep what it shows then. Raises Refused for an unknown one."""

        def work(session: Session) -> T:
            handset = handsets.get(session, self.parts.desk, phone_id)
            result = act(session, handset)
            handsets.save(session, self.parts.desk, handset)
            return result

        return self.parts.store.write(work)


def _clear(session: Session, handset: Handset) -> None:
    handset.session, handset.typed, handset.screen, handset.entry = None, "", "", ""
    handset.ended = handset.waiting = False
