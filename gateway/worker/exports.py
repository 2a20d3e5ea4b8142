"""Making the exports that were asked for: one batch a transaction, so that alerts get between."""

from collections.abc import Callable

import structlog
from sqlalchemy.orm import Session

from gateway.bootstrap import BUILT_IN_DISTRICT, load_words
from gateway.casework import exports
from gateway.clock import Clock
from gateway.database import Store
from gateway.desk import Desk
from gateway.errors import StoreDown

log = structlog.get_logger(__name__)


def run(store: Store, desk: Desk, clock: Clock) -> int:
    """The next batch of the oldest job; 1 when there was one."""
    job_id = store.read(exports.find_next)
    if job_id is None:
        return 0
    try:
        return int(store.write(_advancing(desk, clock, job_id)))
    except StoreDown:
        raise
    except Exception as fault:  # one export that can not be made must not stop the worker
        log.error("export failed", job=job_id, error=type(fault).__name__)
        store.write(lambda session: exports.give_up(session, clock(), job_id))
        return 1


def _advancing(desk: Desk, clock: Clock, job_id: str) -> Callable[[Session], bool]:
    lexicon = load_words(desk.settings.district or BUILT_IN_DISTRICT).lexicon
    return lambda session: exports.advance(session, desk, lexicon, clock(), job_id)
