"""Officers, cadres and agencies, and the one-time codes that prove a phone."""

from functools import cache
from typing import NamedTuple, cast

from sqlalchemy import Index, LargeBinary, String, Table, bindparam, literal, select, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, rows
from models.columns import Id, Listed, Sealed, Time
from models.columns import Index as BlindIndex
from models.loading import ask, take
from models.prepared import Prepared
from models.vocabulary import CadreRole, OfficerRole


class Officer(Base):
    __tablename__ = "officer"

    id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[Sealed]
    phone: Mapped[Sealed]
    phone_index: Mapped[BlindIndex] = mapped_column(unique=True)
    role: Mapped[OfficerRole] = mapped_column(Listed(OfficerRole))
    areas: Mapped[str] = mapped_column(String(255))
    """Kecamatan codes joined by a comma; empty: the whole district."""
    login: Mapped[str | None] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """As `gateway.passwords` writes it, which also tells whether somebody else made the password."""
    created_at: Mapped[Time]
    suspended_at: Mapped[Time | None]

    def serves(self, kecamatan: str | None) -> bool:
        return not self.areas or kecamatan is None or kecamatan in self.areas.split(",")


class Cadre(Base):
    __tablename__ = "cadre"

    id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[Sealed]
    phone: Mapped[Sealed]
    phone_index: Mapped[BlindIndex] = mapped_column(unique=True)
    area_code: Mapped[str | None] = mapped_column(String(16))
    role: Mapped[CadreRole] = mapped_column(Listed(CadreRole))
    created_at: Mapped[Time]
    confirmed_at: Mapped[Time | None]
    """None: asked by DAFTAR, not yet confirmed through the village office or the PKK list."""
    lessons_at: Mapped[Time | None]
    """Since when she agrees to the weekly lesson by SMS; None: she was not asked, or does not."""
    suspended_at: Mapped[Time | None]


class Agency(Base):
    __tablename__ = "agency"

    id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(32))
    phone: Mapped[Sealed]
    phone_index: Mapped[BlindIndex] = mapped_column(unique=True)
    created_at: Mapped[Time]
    suspended_at: Mapped[Time | None]


class OneTimeCode(Base):
    """Six digits told to one phone, for one case and a few verbs; a try from another phone never meets the row."""

    __tablename__ = "one_time_code"
    __table_args__ = (
        Index("ix_one_time_code_code_index", "code_index"),
        Index("ix_one_time_code_person", "person_id", "ended_at"),
        Index("ix_one_time_code_case_id", "case_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    person_id: Mapped[Id]
    case_id: Mapped[str | None] = mapped_column(String(32))
    verbs: Mapped[str] = mapped_column(String(64))
    """Words it is good for, joined by a comma; `confirm` for a challenge."""
    code_index: Mapped[BlindIndex]
    """HMAC over person and code."""
    command: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What a challenge will do once confirmed, sealed."""
    issued_at: Mapped[Time]
    expires_at: Mapped[Time]
    ended_at: Mapped[Time | None]
    ended_as: Mapped[str | None] = mapped_column(String(16))  # used | replaced | suspended | expired


def find_officer(session: Session, phone_index: bytes) -> Officer | None:
    return session.scalar(select(Officer).where(Officer.phone_index == phone_index))


def find_cadre(session: Session, phone_index: bytes) -> Cadre | None:
    return session.scalar(select(Cadre).where(Cadre.phone_index == phone_index))


def find_agency(session: Session, phone_index: bytes) -> Agency | None:
    return session.scalar(select(Agency).where(Agency.phone_index == phone_index))


class Staff(NamedTuple):
    """Whose phone it is: one officer's, one agency's, one cadre's, or (nearly always) nobody's."""

    officer: Officer | None = None
    agency: Agency | None = None
    cadre: Cadre | None = None


_BEARERS = Prepared(
    lambda _: union_all(
        *(
            select(literal(table.__tablename__)).where(table.phone_index == bindparam("phone_index"))
            for table in (Officer, Agency, Cadre)
        )
    )
)


def find_staff(session: Session, phone_index: bytes) -> Staff:
    """Everybody of the office with this phone, by one look; rows are fetched only where there are any."""
    found = {name for (name,) in rows(session, _BEARERS, {"phone_index": phone_index})}
    return Staff(
        find_officer(session, phone_index) if Officer.__tablename__ in found else None,
        find_agency(session, phone_index) if Agency.__tablename__ in found else None,
        find_cadre(session, phone_index) if Cadre.__tablename__ in found else None,
    )


@cache
def _active(roles: tuple[OfficerRole, ...]) -> Prepared:
    table = cast(Table, Officer.__table__)
    named = table.c.role.in_([literal(role, table.c.role.type) for role in roles])
    return Prepared(lambda _: select(table).where(named, table.c.suspended_at.is_(None)).order_by(table.c.id))


def list_active(session: Session, role: OfficerRole, *others: OfficerRole) -> list[Officer]:
    """Officers of these roles whose phones are not suspended, in a steady order."""
    return [take(session, Officer, row) for row in ask(session, _active((role, *others)), {})]
