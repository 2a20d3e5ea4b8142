"""The one place that reads the clock, and the one place that knows the office's time of day."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


_NEVER: Final = threading.Event()


def pause(seconds: float) -> None:
    """Unlike time.sleep it hears of no clock that somebody changes."""
    _NEVER.wait(seconds)


def hour_of(at: datetime) -> datetime:
    """Its beginning: the window of what is counted by the hour."""
    return at.replace(minute=0, second=0, microsecond=0)


class Office:
    """Business time in the office's zone (Asia/Makassar has no summer time; others may, hence local arithmetic).

    `quiet` is (start, end) in local time and may cross midnight; equal ends mean no quiet hours at all.
    """

    def __init__(self, zone: str, quiet: tuple[time, time]) -> None:
        self.zone = ZoneInfo(zone)
        self.quiet = quiet

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def today(self, at: datetime) -> date:
        return self.local(at).date()

    def clock(self, at: datetime) -> str:
        """Time of day as Indonesians write it: 08.05."""
        return self.local(at).strftime("%H.%M")

    def moment(self, at: datetime, now: datetime) -> str:
        """The time of day, with the day before it when that is not today: 08.05, or 24-11 08.05."""
        same_day = self.today(at) == self.today(now)
        return self.clock(at) if same_day else self.local(at).strftime("%d-%m %H.%M")

    def is_quiet(self, at: datetime) -> bool:
        return inside(self.local(at).time(), *self.quiet)

    def after_quiet(self, at: datetime) -> datetime:
        """`at` itself outside quiet hours, else the moment they end."""
        return self.next_time(at, self.quiet[1]) if self.is_quiet(at) else at

    def next_within(self, at: datetime, window: tuple[time, time]) -> datetime:
        """`at` when its time of day lies in the window, else when the window opens next."""
        return at if inside(self.local(at).time(), *window) else self.next_time(at, window[0])

    def next_time(self, at: datetime, clock: time) -> datetime:
        """The next moment after `at` at which local clocks show `clock`, in UTC."""
        local = self.local(at)
        day = local.date() if local.time() < clock else local.date() + timedelta(days=1)
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


def inside(moment: time, start: time, end: time) -> bool:
    """Whether a time of day lies in [start, end), which may cross midnight; start == end holds nothing."""
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end
