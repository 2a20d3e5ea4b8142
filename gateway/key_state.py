"""Which keys the database is sealed with: proved at the start, followed at the beginning of every transaction.

One small row read at each transaction is what lets a rotation happen while others serve: on SQLite writers take
turns, on PostgreSQL the rotation locks this table until it has committed, so nobody ever works with half of a change.
"""

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection, inspect, select
from sqlalchemy.orm import Session

from gateway.database import Store
from gateway.errors import StoreDown
from gateway.keyring import KeyFileError, Keyring, SealError
from models.base import insert_new
from models.case import CaseFile
from models.keys import ONLY, KeyState
from models.people import Officer
from models.prepared import Prepared

PLACE = "key_state.proof"
PROOF = b"beli perak"
ANOTHER = "the key file is not the one this database is sealed with; look for the right one, or its copy in the safe"
_COLUMNS = KeyState.master, KeyState.index_keys, KeyState.proof, KeyState.index_proof
CURRENT = Prepared(lambda _: select(*_COLUMNS).where(KeyState.id == ONLY))


def follow(keyring: Keyring) -> Callable[[Connection], None]:
    """What a store does first in each transaction. Raises KeyFileError for keys that are not this database's."""
    known: tuple[int, int] | None = None
    has_table = False

    def look(connection: Connection) -> None:
        nonlocal known, has_table
        if not has_table:  # before the first migration, or one that an older release made
            has_table = inspect(connection).has_table(KeyState.__tablename__)
            if not has_table:
                return
        row = CURRENT.one(connection, {})
        if row is None:
            return
        master, index_keys, proof, index_proof = row
        if known == keyring.stands == (master, index_keys):
            return
        keyring.stand(master, index_keys)
        _prove(keyring, proof, index_proof)
        known = keyring.stands

    return look


def _prove(keyring: Keyring, proof: bytes, index_proof: bytes) -> None:
    try:
        fits = keyring.open(PLACE, str(ONLY), proof) == PROOF and keyring.index("proof") == index_proof
    except SealError:
        fits = False
    if not fits:
        raise KeyFileError(ANOTHER)


def begin(store: Store, keyring: Keyring) -> None:
    """Prove that these keys open this database, and write down that it is theirs, once. Raises KeyFileError.

    A database that cannot be reached or has no tables yet is looked at later, by `follow`.
    """
    with suppress(StoreDown):
        if store.read(_is_new):
            store.write(lambda session: _begin(session, keyring))


def _is_new(session: Session) -> bool:
    has_table = inspect(session.connection()).has_table(KeyState.__tablename__)
    return has_table and session.get(KeyState, ONLY) is None


def _begin(session: Session, keyring: Keyring) -> None:
    """An older release wrote no such row: what it sealed must open first."""
    try:
        if officer := session.scalar(select(Officer).limit(1)):
            keyring.open("officer.name", officer.id, officer.name)
        if case := session.scalar(select(CaseFile).where(CaseFile.wrapped_key.is_not(None)).limit(1)):
            keyring.case_key(case.id, case.wrapped_key)
    except SealError:
        raise KeyFileError(ANOTHER) from None
    insert_new(session, KeyState, values_of(keyring))


def values_of(keyring: Keyring) -> dict[str, object]:
    """The row for the keys that `keyring` stands at."""
    master, index_keys = keyring.stands
    proof = keyring.seal(PLACE, str(ONLY), PROOF)
    return {
        "id": ONLY,
        "master": master,
        "index_keys": index_keys,
        "proof": proof,
        "index_proof": keyring.index("proof"),
    }
