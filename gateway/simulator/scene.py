"""What a story is about while it is played: its phones, its case, and the words on its phones."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.desk import Desk
from gateway.errors import Refused
from gateway.simulator import handsets, threads
from gateway.simulator.handsets import Handset
from gateway.simulator.threads import Bubble
from gateway.simulator.tongue import N_
from models.case import CaseFile

_PLACE: Final = re.compile(r"\{([a-z]+)(?::([a-z]+))?\}")
MOST: Final = 200
_CODE: Final = re.compile(r"\b\d{6}\b")


@dataclass
class Scene:
    """Rows as they are now. `cast` maps a part to the id of its phone."""

    session: Session
    desk: Desk
    now: datetime
    started_at: datetime
    cast: dict[str, str] = field(default_factory=dict)

    def phone(self, part: str) -> Handset:
        """Raises Refused."""
        return handsets.get(self.session, self.desk, self.cast.get(part, ""))

    def cases(self) -> list[CaseFile]:
        """Those that came from the story's phones since it began, oldest first."""
        numbers = [self.phone(part).number for part in self.cast]
        indexes = [self.desk.keyring.index("phone", number) for number in numbers]
        mine = (CaseFile.phone_index.in_(indexes), CaseFile.created_at >= self.started_at)
        return list(self.session.scalars(select(CaseFile).where(*mine).order_by(CaseFile.id)))

    def case(self) -> CaseFile:
        """Raises Refused when there is none."""
        found = self.cases()
        if not found:
            raise Refused(N_("belum ada kasus"))
        return found[0]

    def received(self, part: str) -> list[Bubble]:
        """What reached a phone from the gateway since the story began, oldest first: more than the page shows of it."""
        thread = threads.list_thread(self.session, self.desk, self.phone(part), newest=MOST)
        return [one for one in thread if not one.mine and one.text is not None and one.at >= self.started_at]

    def fill(self, words: str, part: str) -> str:
        """`{ref}` is the case's reference; `{code}` the newest six digits for it here, `{code:petugas}` on that phone.

        Only for this case: a suspended officer's other cases come back to those on duty in the same moment.
        """

        def value(match: re.Match[str]) -> str:
            reference = self.case().reference
            if match[1] == "ref":
                return reference
            texts = [one.text or "" for one in self.received(match[2] or part)]
            codes = [found for text in texts if f"BP {reference} " in text for found in _CODE.findall(text)]
            if not codes:
                raise Refused(N_("belum ada kode di telepon itu"))
            return str(codes[-1])

        return _PLACE.sub(value, words)
