"""Times as the pages write them: 08.05 WITA, with how long ago in words."""

from datetime import date, datetime, timedelta

import flask_babel

from gateway.clock import Office


def gettext(text: str, **inserts: object) -> str:
    return str(flask_babel.gettext(text, **inserts))


def ngettext(one: str, many: str, number: int) -> str:
    return str(flask_babel.ngettext(one, many, number))


def at_clock(office: Office, at: datetime, now: datetime) -> str:
    """08.05 WITA today, else 24-11 08.05 WITA; another year is named."""
    local = office.local(at)
    year = f"-{local.year}" if local.year != office.local(now).year else ""
    moment = office.moment(at, now) if not year else local.strftime(f"%d-%m{year} %H.%M")
    return f"{moment} {local.tzname()}"


def weekday(day: date) -> str:
    """Senin."""
    return str(flask_babel.format_date(day, "EEEE"))


def in_words(span: timedelta) -> str:
    """The largest unit alone, two from a day on: 12 menit, 3 jam, 2 hari 4 jam."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 1:
        return gettext("kurang dari 1 menit")
    if minutes < 60:
        return ngettext("%(num)d menit", "%(num)d menit", minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        words = ngettext("%(num)d jam", "%(num)d jam", hours)
        return f"{words} {ngettext('%(num)d menit', '%(num)d menit', rest)}" if rest and hours < 6 else words
    days, hours = divmod(hours, 24)
    words = ngettext("%(num)d hari", "%(num)d hari", days)
    return f"{words} {ngettext('%(num)d jam', '%(num)d jam', hours)}" if hours and days < 7 else words


def since(office: Office, at: datetime, now: datetime) -> str:
    """12 menit, sejak 08.05 WITA."""
    return gettext("%(age)s, sejak %(clock)s", age=in_words(now - at), clock=at_clock(office, at, now))


def due(office: Office, at: datetime, now: datetime) -> str:
    """What is left until a deadline, or by how much it has passed."""
    clock = at_clock(office, at, now)
    if at <= now:
        return gettext("terlambat %(age)s, batas %(clock)s", age=in_words(now - at), clock=clock)
    return gettext("sisa %(age)s, batas %(clock)s", age=in_words(at - now), clock=clock)
