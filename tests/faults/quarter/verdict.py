"""What a promise says of one thing it looked at."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Verdict:
    kept: bool
    at: datetime
    case: str | None
    broken: str
    """What is wrong when it is not kept."""
