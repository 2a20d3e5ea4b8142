"""Domain errors that more than one part of the gateway speaks of."""


class StoreDown(Exception):
    """The database cannot take a write now; nothing of the request was kept."""


class Refused(Exception):
    """A command that is understood and not allowed, with the one line that says why."""


class TooSlow(StoreDown):
    """It has not answered in time; what was asked may still be done."""
