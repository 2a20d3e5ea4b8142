"""The closed lists every part speaks: statuses, priorities, kinds of violence, purposes of a message.

Standard library only; the values are the words of INTERFACES (command line, JSON) and of the database.
"""

from enum import StrEnum


class Priority(StrEnum):
    """P1 danger now, P2 sexual violence, a child or a call-me, P3 the rest."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class CaseStatus(StrEnum):
    PARTIAL = "partial"
    NEW = "new"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    REFERRED = "referred"
    CLOSED = "closed"
    REOPENED = "reopened"
    INVALID = "invalid"


class Channel(StrEnum):
    USSD = "ussd"
    SMS = "sms"
    CONSOLE = "console"


class Reporter(StrEnum):
    RESIDENT = "resident"
    CADRE = "cadre"
    OFFICER = "officer"


class ContactMode(StrEnum):
    """How the reporter said the office may reach this phone."""

    NONE = "none"
    SMS = "sms"
    CALL = "call"
    BOTH = "both"


class Age(StrEnum):
    CHILD = "child"
    ADULT = "adult"
    UNKNOWN = "unknown"


class Sex(StrEnum):
    FEMALE = "f"
    MALE = "m"
    UNKNOWN = "unknown"


class Intent(StrEnum):
    """What a text is for. Every text is kept for a human whatever its intent."""

    REPORT = "report"
    EMERGENCY = "emergency"
    STATUS = "status"
    INFO = "info"
    OUTREACH = "outreach"
    HELP = "help"
    STOP = "stop"
    CALLBACK = "callback"
    MENU = "menu"
    REGISTER = "register"
    ACCOMPANY = "accompany"
    OFFICER = "officer"
    AGENCY = "agency"
    UNCLEAR = "unclear"
    CHATTER = "chatter"


class Purpose(StrEnum):
    """Why a message leaves; quiet hours, life time and retries follow from it."""

    ALERT = "alert"
    ESCALATION = "escalation"
    CHALLENGE = "challenge"
    REMINDER = "reminder"
    DIGEST = "digest"
    RECEIPT = "receipt"
    ASK = "ask"
    ANSWER = "answer"
    PROGRESS = "progress"
    FOLLOW_UP = "follow_up"
    REFERRAL = "referral"


class Recipient(StrEnum):
    OFFICER = "officer"
    CADRE = "cadre"
    REPORTER = "reporter"
    AGENCY = "agency"


class MessageStatus(StrEnum):
    """Of an outbound message. `errored` will be tried again; `failed` will not."""

    QUEUED = "queued"
    SENDING = "sending"
    ERRORED = "errored"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    HELD = "held"
    """Restored from a backup: a person decides whether it has left already."""


class OfficerRole(StrEnum):
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    HEAD = "head"
    ADMIN = "admin"


class CadreRole(StrEnum):
    RT = "RT"
    RW = "RW"
    DASAWISMA = "DASAWISMA"
    PKK = "PKK"
    PATBM = "PATBM"
    KADER = "KADER"


class Form(StrEnum):
    """Kinds of violence (codes of terms.csv). KDRT is a context, never a form."""

    FIS = "FIS"  # physical
    SKP = "SKP"  # confinement
    PSI = "PSI"  # psychological
    ANC = "ANC"  # threats
    KTR = "KTR"  # coercive control
    BUL = "BUL"  # bullying
    SEK = "SEK"  # sexual, not further described
    PRK = "PRK"  # rape
    CBL = "CBL"  # molestation
    PLC = "PLC"  # harassment
    KBG = "KBG"  # technology-facilitated
    KPX = "KPX"  # forced marriage
    KAN = "KAN"  # child marriage
    EKE = "EKE"  # economic exploitation
    EKX = "EKX"  # sexual exploitation
    TPO = "TPO"  # trafficking
    TLT = "TLT"  # neglect
    NFK = "NFK"  # no maintenance
    HAS = "HAS"  # custody dispute
    CLK = "CLK"  # abduction, missing child
    LAN = "LAN"  # other
    TTU = "TTU"  # not known or not said


SEXUAL_FORMS = frozenset({Form.SEK, Form.PRK, Form.CBL, Form.PLC, Form.KBG, Form.KPX, Form.KAN, Form.EKX})
"""Forms under UU 12/2022: no settlement outside court (DOMAIN 2.5), P2 at least."""
