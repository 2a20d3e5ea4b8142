"""A phone to play with in tests: it dials, presses, texts, and reads what came. It posts to the real callbacks."""

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.office import Office

_NUMBERS = count(1)
SERVICE_CODE = "*384*55555#"


@dataclass
class Phone:
    """One handset. `screen` is the last answer without `CON `/`END `; `ended` whether it closed the session."""

    office: "Office"
    number: str
    session: str = ""
    typed: str = ""
    answer: str = field(default="", repr=False)

    def dial(self, shortcut: str = "") -> "Phone":
        self.session = f"ATUid_{next(_NUMBERS):032x}"
        self.typed = shortcut
        return self._hop()

    def press(self, *keys: str) -> "Phone":
        for key in keys:
            self.typed = f"{self.typed}*{key}" if self.typed else key
            self._hop()
        return self

    def repeat(self) -> "Phone":
        """The carrier sends the same callback once more."""
        return self._hop()

    def _hop(self) -> "Phone":
        form = {
            "sessionId": self.session,
            "phoneNumber": self.number,
            "serviceCode": SERVICE_CODE,
            "networkCode": "99999",
            "text": self.typed,
        }
        response = self.office.post("ussd", form)
        assert response.status_code == 200, response.status
        self.answer = response.get_data(as_text=True)
        assert self.answer[:4] in ("CON ", "END "), self.answer
        return self

    @property
    def screen(self) -> str:
        return self.answer[4:]

    @property
    def ended(self) -> bool:
        return self.answer.startswith("END ")

    def text(self, words: str, message_id: str | None = None) -> "Phone":
        """Send an SMS. The same `message_id` again is the carrier's retry."""
        form = {
            "id": message_id or f"in-{next(_NUMBERS)}",
            "from": self.number,
            "to": "55555",
            "text": words,
            "date": "2026-11-23 02:00:00",
        }
        response = self.office.post("sms", form)
        assert response.status_code == 200, response.status
        return self

    @property
    def inbox(self) -> list[str]:
        """Texts that left for this phone, oldest first."""
        return [row["text"] for row in self.office.messages() if row["to"] == self.number and row["status"] in SENT]

    @property
    def last(self) -> str:
        return self.inbox[-1]

    def code(self) -> str:
        """The six digits of the newest text that holds some."""
        for text in reversed(self.inbox):
            for word in text.replace(".", " ").split():
                if len(word) == 6 and word.isdigit():
                    return word
        raise AssertionError(f"no code in {self.inbox}")


SENT = ("sent", "delivered")
