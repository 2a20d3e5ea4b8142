"""One message to one carrier after the other, and what came of it in our words."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from gateway.outbox import policy, pulse, queue
from gateway.providers.base import Accepted, MaybeSent, NoRoute, NotSent, OutOfOrder, Refused, SmsProvider
from models.vocabulary import MessageStatus

log = structlog.get_logger(__name__)


def hand_over(provider: SmsProvider, outgoing: queue.Outgoing) -> queue.Outcome:
    """One message to one carrier, and what came of it in our words."""
    name = provider.name
    try:
        accepted: Accepted = provider.send(outgoing.id, outgoing.to, outgoing.text, outgoing.not_after)
    except OutOfOrder as fault:
        return _not_sent(name, fault.code, pulse.HOLD_FOR, hold_for=pulse.HOLD_FOR)
    except NotSent as fault:
        dice = random.random()  # noqa: S311 - jitter, not a secret
        wait = policy.backoff(outgoing.purpose, outgoing.attempts, dice, fault.retry_after)
        asked = timedelta(seconds=min(fault.retry_after, policy.LONGEST_WISH)) if fault.retry_after else None
        return _not_sent(name, fault.code, wait, hold_for=asked)
    except MaybeSent as fault:
        return _after_lost(name, outgoing, fault.code, fault.provider_id)
    except Refused as fault:
        elsewhere = isinstance(fault, NoRoute)
        return queue.Outcome(MessageStatus.FAILED, name, code=fault.code, elsewhere=elsewhere)
    except Exception as fault:
        log.error("carrier client failed", error=type(fault).__name__, message=outgoing.id)
        return _after_lost(name, outgoing, "client_failed", None)
    return queue.Outcome(accepted.status, name, accepted.provider_id, cost=accepted.cost)


def _not_sent(name: str, code: str, wait: timedelta, hold_for: timedelta | None) -> queue.Outcome:
    return queue.Outcome(MessageStatus.ERRORED, name, code=code, again_after=wait, hold_for=hold_for, elsewhere=True)


def _after_lost(name: str, outgoing: queue.Outgoing, code: str, provider_id: str | None) -> queue.Outcome:
    status = policy.after_lost_answer(outgoing.purpose, outgoing.recipient, outgoing.attempts)
    again = None
    if status is MessageStatus.ERRORED:
        again = policy.backoff(outgoing.purpose, outgoing.attempts, random.random())  # noqa: S311 - jitter
    return queue.Outcome(status, name, provider_id, code=code, again_after=again)


def joined(outcomes: Sequence[queue.Outcome]) -> queue.Outcome:
    """What became of a message that was offered to these carriers in turn: the last word, unless none has taken it."""
    last = outcomes[-1]
    waits = [found for found in outcomes if found.again_after is not None]
    if not last.elsewhere or not waits:
        return last
    soonest = min(waits, key=lambda found: found.again_after or timedelta())
    return replace(soonest, provider=last.provider)
