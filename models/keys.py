"""With which keys this database is sealed: one row, which every process follows."""

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.columns import Index as BlindIndex
from models.columns import Sealed

ONLY = 1


class KeyState(Base):
    __tablename__ = "key_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always ONLY."""
    master: Mapped[int]
    """The key id that seals."""
    index_keys: Mapped[int]
    """How many index keys lie over every index column."""
    proof: Mapped[Sealed]
    """A constant under that master: a key file that does not open it is another office's."""
    index_proof: Mapped[BlindIndex]
    """A constant's index, for the same reason."""
