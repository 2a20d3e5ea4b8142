"""The practice page in the reader's language. What is kept in rows is kept in Indonesian and told when it is looked at:

the worker writes many of these words, and knows nobody's language.
"""

from collections.abc import Mapping
from typing import Final

import flask_babel

LANGUAGES: Final = ("id", "en")


def N_(text: str) -> str:  # noqa: N802 - the name by which the catalogue's tools find a text
    """Marks a text that is translated when it is shown."""
    return text


def gettext(text: str, /, **inserts: object) -> str:
    """A text where it is told at once."""
    return str(flask_babel.gettext(text, **inserts))


def tell(text: str, inserts: Mapping[str, object] | None = None) -> str:
    """A marked text in the reader's language; inserts that are marked texts themselves are too."""
    said = gettext(text) if text else ""
    if not inserts:
        return said
    return said % {name: tell(value) if isinstance(value, str) else value for name, value in inserts.items()}
