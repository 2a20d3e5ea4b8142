"""What a row of the route table says of a page: its address, its view, and who may call it."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.console.visits import EVERYBODY, Answer
from models.vocabulary import OfficerRole
from models.web_session import Stage

INSIDE = frozenset({Stage.INSIDE})


@dataclass(frozen=True)
class Page:
    """`name` is the endpoint without `console.`; `rule` the address below `/console`.

    `may` is which roles; areas and conflicts of interest are the use cases' to refuse. A page with `public` is shown
    to strangers too, one with other `stages` to somebody half logged in.
    """

    rule: str
    name: str
    view: Callable[..., Answer]
    may: frozenset[OfficerRole] = EVERYBODY
    post: bool = False
    public: bool = False
    stages: frozenset[Stage] = INSIDE
    menu: str = ""
    """Its place in the navigation, such as `20 Kasus`; empty: none. Sorted by the number, which is not shown."""
