"""The fold: what was typed since the dial, and the facts the shell gave, make the screen. Pure.

`replay` walks the inputs through the screens. A move may want something done (a case opened, a number looked up):
then the walk stops there, the shell does it, writes the fact under that input's number and replays. Same inputs and
facts, same screen; nothing else is remembered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from menus.places import Areas
from menus.wording import Texts

BACK, HOME, MORE = "0", "00", "9"

Fact = Mapping[str, str]


@dataclass(frozen=True)
class Want:
    """Something the shell must do before the next screen can be shown."""

    kind: str  # open | look_up | learned
    service: str = ""  # open: danger | call_me | report
    receipt: str = ""  # look_up: what was typed; open: the number looked up before, so that it is the same case
    topic: str = ""  # learned: counted, tied to no phone


@dataclass(frozen=True)
class Resume:
    """An unfinished report of this phone, a moment ago."""

    inputs: tuple[str, ...]
    facts: Mapping[int, Fact]
    language: str


@dataclass(frozen=True)
class Context:
    """What the fold may know besides the inputs. Stored with the session, so that a replay knows the same."""

    language: str = "id"
    facts: Mapping[int, Fact] = field(default_factory=dict)
    resume: Resume | None = None
    officers_reached: bool = True


@dataclass(frozen=True)
class Turn:
    """What to show, and what is known so far of the service under way."""

    screen: str
    text: str
    ends: bool
    language: str
    service: str | None
    case: str | None
    draft: Mapping[str, str]
    want: Want | None
    rejected: bool
    state: "State" = field(repr=False)
    """Where the walk stands: one more answer goes on from here."""


@dataclass(frozen=True)
class Spot:
    """A screen with what it needs to be drawn again: going back returns to a spot."""

    screen: str
    page: int = 0
    kecamatan: str = ""
    choices: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True)
class State:
    """Where the walk stands. Screens read it; moves return a changed copy."""

    spot: Spot
    language: str
    reached: bool = True
    past: tuple[Spot, ...] = ()
    service: str | None = None
    opened: Mapping[str, Fact] = field(default_factory=dict)  # the fact of each service's case
    drafts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    seen: Mapping[str, str] = field(
        default_factory=dict
    )  # answers that belong to no case: self-check, number looked up
    resume: Resume | None = None
    want: Want | None = None
    after: "Callable[[State, Fact], State] | None" = None  # where the wanted fact leads
    rejected: bool = False

    @property
    def draft(self) -> Mapping[str, str]:
        return self.drafts.get(self.service or "", {})

    @property
    def fact(self) -> Fact:
        return self.opened.get(self.service or "", {})

    def but(self, **changes: object) -> "State":
        """`dataclasses.replace` in a quarter of its time: it is half of what a key press costs the fold."""
        changed = object.__new__(State)
        changed.__dict__.update(self.__dict__, **changes)
        return changed

    def put(self, **answers: str) -> "State":
        """Answers of the service under way; a later answer to the same question replaces the earlier."""
        service = self.service or ""
        return self.but(drafts={**self.drafts, service: {**self.draft, **answers}})

    def to(self, screen: str, **spot: object) -> "State":
        """One screen on; `0` comes back here."""
        return self.but(past=(*self.past, self.spot), spot=Spot(screen, **spot))  # type: ignore[arg-type]

    def at(self, **spot: object) -> "State":
        """The same screen, another page of it."""
        return self.but(spot=replace(self.spot, **spot))  # type: ignore[arg-type]

    def wanting(self, want: Want, after: "Callable[[State, Fact], State]") -> "State":
        return self.but(want=want, after=after)

    def refused(self) -> "State":
        return self.but(rejected=True)


Move = Callable[[State, "Menu"], State]


@dataclass(frozen=True)
class Screen:
    """One screen: its options by key, and what else it does. `text` names its words when they are not its id."""

    options: Mapping[str, Move] = field(default_factory=dict)
    dynamic: Callable[[State, "Menu"], Mapping[str, Move]] | None = None
    entry: Callable[[State, "Menu", str], State] | None = None  # whatever is typed and is no key
    inserts: Callable[[State, "Menu"], Mapping[str, str]] | None = None
    text: Callable[[State, "Menu"], str] | None = None
    back: Move | None = None  # None: to the spot before
    ends: bool = False


@dataclass(frozen=True)
class Menu:
    """A tree of screens with the district's words in it."""

    screens: Mapping[str, Screen]
    start: str
    texts: Texts
    areas: Areas
    lessons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)
    office: str = ""  # number to call, for "please call us"; empty: not shown
    dialled: bool = True  # whether this office has a USSD code, so that other words may point to its menu

    def keys_of(self, state: State) -> Mapping[str, Move]:
        screen = self.screens[state.spot.screen]
        return {**screen.options, **(screen.dynamic(state, self) if screen.dynamic else {})}


def replay(menu: Menu, inputs: Sequence[str], context: Context) -> Turn:
    """Walk the inputs; the screen they lead to, or what is wanted before one can be shown."""
    state = walk(menu, inputs, context)
    text = "" if state.want else draw(menu, state)
    ends = menu.screens[state.spot.screen].ends
    case = state.fact.get("case")
    return Turn(
        screen=state.spot.screen,
        text=text,
        ends=ends,
        language=state.language,
        service=state.service,
        case=case,
        draft=state.draft,
        want=state.want,
        rejected=state.rejected,
        state=state,
    )


def begin(menu: Menu, context: Context) -> State:
    start = "resume" if context.resume else menu.start
    return State(Spot(start), context.language, context.officers_reached, resume=context.resume)


def walk(menu: Menu, inputs: Sequence[str], context: Context) -> State:
    state = begin(menu, context)
    for number, typed in enumerate(inputs):
        state = step(menu, state, typed)
        if state.want is not None:
            fact = context.facts.get(number)
            if fact is None:
                return state
            state = settle(state, fact)
    return state


def settle(state: State, fact: Fact) -> State:
    """Go on with the fact that was wanted."""
    assert state.after is not None  # noqa: S101 - a want always says where it leads
    return state.after(state.but(want=None, after=None), fact)


def step(menu: Menu, state: State, typed: str) -> State:
    """One answer. What does not fit leaves everything as it was, under a hint."""
    state = state.but(rejected=False) if state.rejected else state
    screen = menu.screens[state.spot.screen]
    if screen.ends:
        return state
    key = typed.strip()
    move = menu.keys_of(state).get(key)
    if move is not None:
        return move(state, menu)
    if key == HOME:
        return state.but(spot=Spot(menu.start), past=(), service=None)
    if key == BACK:
        return (screen.back or go_back)(state, menu)
    return screen.entry(state, menu, key) if screen.entry and key else state.refused()


def go_back(state: State, menu: Menu) -> State:
    if not state.past:
        return state.refused()
    return state.but(spot=state.past[-1], past=state.past[:-1])


def stay(state: State, menu: Menu) -> State:
    """Where `0` does nothing."""
    return state.refused()


def draw(menu: Menu, state: State) -> str:
    screen = menu.screens[state.spot.screen]
    if screen.text:
        words = screen.text(state, menu)
    else:
        inserts = screen.inserts(state, menu) if screen.inserts else {}
        words = menu.texts.render(state.spot.screen, state.language, **inserts)
    return f"{menu.texts.raw('wrong_key', state.language)}\n{words}" if state.rejected else words


# Moves that screens are made of


def go(screen: str, **answers: str) -> Move:
    """To another screen, keeping an answer."""
    return lambda state, menu: (state.put(**answers) if answers else state).to(screen)


def open_service(service: str, then: Callable[[State, Fact], State], receipt: bool = False) -> Move:
    """Have the shell open (or find) the case, and go where the fact leads."""

    def after(state: State, fact: Fact) -> State:
        same = state.opened.get(service, {}).get("case") == fact.get("case")
        drafts = state.drafts if same else {**state.drafts, service: {}}
        return then(state.but(service=service, opened={**state.opened, service: fact}, drafts=drafts), fact)

    def move(state: State, menu: Menu) -> State:
        known = state.seen.get("receipt", "") if receipt else ""
        return state.wanting(Want("open", service=service, receipt=known), after)

    return move
