"""May this message go to this phone now? One table and one function, both pure.

The table is DESIGN section 6: for a purpose and a recipient, whether quiet hours hold it back, how long it lives, and
what becomes of it when the carrier's answer is lost.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.clock import Office
from models.vocabulary import MessageStatus, Priority, Purpose, Recipient

P, R = Purpose, Recipient


class Lost(StrEnum):
    """What to do when a message may or may not have left."""

    SEND_AGAIN = "send_again"
    ONCE_MORE = "once_more"
    NEVER = "never"


@dataclass(frozen=True)
class Rule:
    lives_for: timedelta
    if_lost: Lost
    quiet: bool
    """Whether quiet hours hold it back (of alerts only those of P3)."""
    rank: int


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


_ALERT = Rule(_minutes(30), Lost.SEND_AGAIN, quiet=True, rank=1)
_TO_OFFICER = Rule(_minutes(15), Lost.SEND_AGAIN, quiet=False, rank=1)
_REMINDER = Rule(_minutes(12 * 60), Lost.SEND_AGAIN, quiet=True, rank=2)
_TO_CADRE = Rule(_minutes(24 * 60), Lost.ONCE_MORE, quiet=True, rank=2)
_ANSWER = Rule(_minutes(5), Lost.NEVER, quiet=False, rank=1)
_TO_REPORTER = Rule(_minutes(24 * 60), Lost.NEVER, quiet=True, rank=2)

RULES: dict[tuple[Purpose, Recipient], Rule] = {
    **{(p, r): _ALERT for p in (P.ALERT, P.ESCALATION) for r in (R.OFFICER, R.AGENCY)},
    **{(p, r): _TO_OFFICER for p in (P.CHALLENGE, P.ANSWER) for r in (R.OFFICER, R.AGENCY)},
    **{(p, R.OFFICER): _REMINDER for p in (P.REMINDER, P.DIGEST)},
    (P.REFERRAL, R.AGENCY): _ALERT,
    (P.REMINDER, R.AGENCY): _REMINDER,
    **{(p, R.CADRE): _TO_CADRE for p in (P.RECEIPT, P.ASK, P.PROGRESS, P.FOLLOW_UP)},
    **{(P.ANSWER, r): _ANSWER for r in (R.CADRE, R.REPORTER)},
    **{(p, R.REPORTER): _TO_REPORTER for p in (P.RECEIPT, P.PROGRESS, P.FOLLOW_UP)},
}


def rule_for(purpose: Purpose, recipient: Recipient) -> Rule:
    """Raises KeyError for a pair that must not exist, such as a reminder to a reporter."""
    return RULES[purpose, recipient]


def rank_of(purpose: Purpose, recipient: Recipient, priority: Priority | None) -> int:
    """0 leaves first: alerts of P1 before everything."""
    if priority is Priority.P1 and purpose in (P.ALERT, P.ESCALATION):
        return 0
    return rule_for(purpose, recipient).rank


def is_held_by_night(purpose: Purpose, recipient: Recipient, priority: Priority | None) -> bool:
    urgent = purpose in (P.ALERT, P.ESCALATION, P.REFERRAL) and priority is not Priority.P3
    return rule_for(purpose, recipient).quiet and not urgent


def first_moment(
    office: Office, at: datetime, purpose: Purpose, recipient: Recipient, priority: Priority | None
) -> datetime:
    """When a message decided at `at` is due: at once, or when quiet hours end."""
    return office.after_quiet(at) if is_held_by_night(purpose, recipient, priority) else at


class Verdict(StrEnum):
    SEND = "send"
    WAIT = "wait"
    CANCEL = "cancel"
    EXPIRE = "expire"


@dataclass(frozen=True)
class Decision:
    verdict: Verdict
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Leaving:
    """A message about to leave, and what was found out about its phone in the same transaction."""

    purpose: Purpose
    recipient: Recipient
    priority: Priority | None
    not_after: datetime
    opted_out: bool = False
    suspended: bool = False
    consents: bool = False
    """A reporter: the case allows SMS now. Meaningless for others."""
    safe_from: datetime | None = None
    """A reporter with chosen hours: when they open next; None when they are open or never asked."""


def decide(message: Leaving, office: Office, now: datetime) -> Decision:
    """Asked when the message leaves, so that a consent withdrawn a minute ago counts."""
    if now > message.not_after:
        return Decision(Verdict.EXPIRE, reason="too_late")
    refusal = _refusal(message)
    if refusal:
        return Decision(Verdict.CANCEL, reason=refusal)
    free_at = first_moment(office, now, message.purpose, message.recipient, message.priority)
    if message.recipient is R.REPORTER and message.purpose is not P.ANSWER and message.safe_from:
        free_at = max(free_at, message.safe_from)
    if free_at > now:
        return Decision(Verdict.WAIT, until=free_at)
    return Decision(Verdict.SEND)


def _refusal(message: Leaving) -> str | None:
    if message.suspended:
        return "suspended"
    if message.recipient in (R.OFFICER, R.AGENCY) or message.purpose is P.ANSWER:
        return None  # an opt-out never silences an alert; a text just received is the consent for its one answer
    if message.opted_out:
        return "opted_out"
    if message.recipient is R.REPORTER and not message.consents:
        return "no_consent"
    return None


def after_lost_answer(purpose: Purpose, recipient: Recipient, attempts: int) -> MessageStatus:
    """`errored` when it may be sent again, else `unknown`: an officer would rather hear twice, a resident must not."""
    lost = rule_for(purpose, recipient).if_lost
    again = lost is Lost.SEND_AGAIN or (lost is Lost.ONCE_MORE and attempts < 2)
    return MessageStatus.ERRORED if again else MessageStatus.UNKNOWN


LONGEST_WISH = 600.0
"""Seconds of a carrier's wish to wait that are kept: a danger call does not wait an hour for a word in a header."""


def find_why_not_again(purpose: Purpose, recipient: Recipient, status: MessageStatus) -> str | None:
    """Why a settled message may not be sent once more by hand, in one line; None when it may be asked for.

    One that may have arrived is sent again only to those who would rather hear twice; what answers a text or asks for
    a code is said once.
    """
    if status not in (MessageStatus.FAILED, MessageStatus.UNKNOWN, MessageStatus.EXPIRED):
        return "only what failed, expired or is unknown is sent again"
    if purpose in (P.ANSWER, P.CHALLENGE):
        return "an answer is said once"
    if status is MessageStatus.UNKNOWN and rule_for(purpose, recipient).if_lost is Lost.NEVER:
        return "it may have arrived, and must not be heard twice"
    return None


def backoff(purpose: Purpose, attempts: int, dice: float, retry_after: float | None = None) -> timedelta:
    """From 1 s, doubling, to 30 s for alerts and 10 min for the rest, with jitter; `dice` in [0, 1)."""
    longest = 30.0 if purpose in (P.ALERT, P.ESCALATION) else 600.0
    plain = min(2.0 ** min(attempts - 1, 16), longest)
    return timedelta(seconds=max(plain * (0.5 + dice / 2), min(retry_after or 0.0, LONGEST_WISH)))


MOVES: dict[MessageStatus, frozenset[MessageStatus]] = {
    MessageStatus.QUEUED: frozenset(
        {MessageStatus.SENDING, MessageStatus.EXPIRED, MessageStatus.CANCELLED},
    ),
    MessageStatus.ERRORED: frozenset(
        {
            MessageStatus.SENDING,
            MessageStatus.EXPIRED,
            MessageStatus.CANCELLED,
            MessageStatus.SENT,  # reported of an attempt whose answer was lost: it need not be sent again
            MessageStatus.DELIVERED,
        },
    ),
    MessageStatus.SENDING: frozenset(
        {
            MessageStatus.SENT,
            MessageStatus.DELIVERED,
            MessageStatus.FAILED,
            MessageStatus.UNKNOWN,
            MessageStatus.ERRORED,
            MessageStatus.EXPIRED,
        }
    ),
    MessageStatus.SENT: frozenset({MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.EXPIRED}),
    MessageStatus.UNKNOWN: frozenset({MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.FAILED}),
    MessageStatus.DELIVERED: frozenset(),
    MessageStatus.FAILED: frozenset(),
    MessageStatus.EXPIRED: frozenset(),
    MessageStatus.CANCELLED: frozenset(),
    MessageStatus.HELD: frozenset({MessageStatus.QUEUED, MessageStatus.CANCELLED}),
}
"""Legal moves of a message's status; delivery reports move it only forward."""
