"""Random and adversarial inputs for the console: every page of its table, with fields its own code asks for."""

import inspect
import random
import re
from functools import cache
from urllib.parse import quote, urlsplit

from gateway.console import acting
from gateway.console.routes import Page
from gateway.console.table import TABLE
from models.vocabulary import OfficerRole
from tests.console.desk import Desk, a_user
from tests.office import Office

PAGES = [page for page in TABLE if page.name != "asset"]
COSTLY = ("log_in_send", "log_out", "change_password", "new_codes", "leave_everywhere", "send_enrol")
"""A password is hashed, or has to be after it: these are met less often."""
ASKED = re.compile(r"""(?:form|args)(?:\.get|\.getlist)?[\[(]"(\w+)\"""")
PLAIN = """
0 1 2 3 4 5 on yes P1 P2 P3 p1 none sms call both any morning FIS SEK NOPE PKK danger child melati padi health police
2026-11-22 2026-11-23 2026-11-23T08:00 08:00 2099-12-31 2026-02-31 0000-00-00 officer supervisor head admin cadre
agency polisi puskesmas 64.01.04 64.01.04.2016 64.01.99 +6281234567890 081234567890 0 -1 99999999999999999999 1e309
QQQQ {ref} {officer} id en id;en %00 '
""".split()
STATUSES = frozenset({"200", "303", "400", "401", "403", "404", "405", "409", "413", "415", "422", "429"})


@cache
def fields_of(page: Page) -> tuple[str, ...]:
    """The names that the page's module reads; for acts on a case also those of the acts."""
    names = set(ASKED.findall(inspect.getsource(inspect.getmodule(page.view) or acting)))
    names |= set(ASKED.findall(inspect.getsource(acting))) if page.name == "act" else set()
    return tuple(sorted(names | {"csrf_token", "receipt"}))


def make(dice: random.Random, mess: str) -> tuple[str, str, str, list[tuple[str, str]]]:
    """Who asks, the method, the path and the fields of one request. `{ref}`, `{officer}` and `{csrf}` are filled in."""
    page = dice.choices(PAGES, [0.05 if page.name in COSTLY else 1 for page in PAGES])[0]
    may = sorted(page.may)
    mess = mess.encode("utf-8", "replace").decode()
    who = dice.choice(may) if dice.random() < 0.9 else dice.choice(["", *sorted(OfficerRole)])

    def value() -> str:
        kind = dice.randrange(8)
        return (
            dice.choice(PLAIN) if kind < 5 else mess if kind < 7 else "".join(map(chr, dice.choices(range(1200), k=9)))
        )

    def part(found: re.Match[str]) -> str:
        if found[1] == "verb" and dice.random() < 0.9:
            return dice.choice(sorted(acting.VERBS))
        return quote(dice.choice(["{ref}", "{ref}", "QQQQ", value()]), safe="{}") or "-"

    path = "/console" + re.sub(r"<(?:path:)?(\w+)>", part, page.rule)
    names = dice.choices(fields_of(page), k=dice.randrange(0, 9))
    form = [(name, value()) for name in names if name not in ("csrf_token", "receipt")]
    if dice.random() < 0.95:
        form += [("csrf_token", "{csrf}"), ("receipt", f"{dice.getrandbits(128):032x}")]
    if dice.random() < 0.1:
        form += [(value(), value()) for _ in range(dice.randrange(1, 40))]
    return who, "POST" if page.post else "GET", path, form


class Clerks:
    """Somebody of each role at the console of one office, logged in when needed; "" is a stranger."""

    def __init__(self, office: Office) -> None:
        self.office, self.reference = office, "QQQQ"
        self._desks: dict[str, Desk] = {}
        self._tokens: dict[str, str] = {}
        self.ids: dict[str, str] = {role: a_user(office, f"clerk-{role}", role) for role in sorted(OfficerRole)}

    def desk(self, who: str) -> Desk:
        if who not in self._desks:
            desk = self._desks[who] = Desk(self.office).get("/log-in")
            desk = desk.log_in(f"clerk-{who}") if who else desk
            self._tokens[who] = desk.hidden("csrf_token")
        return self._desks[who]

    def fill(self, who: str, text: str) -> str:
        if "{ref}" in text and self.reference == "QQQQ":
            cases = self.office.cases()
            self.reference = cases[0]["reference"][3:] if cases else "QQQQ"
        for name, word in (("ref", self.reference), ("officer", self.ids["officer"]), ("csrf", self._tokens[who])):
            text = text.replace(f"{{{name}}}", word)
        return text

    def play(self, who: str, method: str, path: str, form: list[tuple[str, str]]) -> tuple[str, str | None]:
        """The status, and the fault of the answer, if any."""
        desk = self.desk(who)
        filled: dict[str, list[str]] = {}
        for name, value in form:
            filled.setdefault(name, []).append(self.fill(who, value))
        where, fields = self.fill(who, path), {"data" if method == "POST" else "query_string": filled}
        answer = desk.client.open(where, method=method, **fields)  # type: ignore[arg-type]
        status, text = str(answer.status_code), answer.get_data(as_text=True)
        to = urlsplit(answer.headers.get("Location", "/console")).path
        if to.startswith("/console/log-in") and who:
            self._desks.pop(who, None)
        if status == "308":  # two slashes where one is meant
            return status, None if to.startswith("/console") else "sent elsewhere"
        if status not in STATUSES:
            return status, f"status {status}"
        if "default-src 'none'" not in answer.headers.get("Content-Security-Policy", ""):
            return status, "a page without its policy"
        if not to.startswith("/console"):
            return status, "sent elsewhere"
        nowhere = status == "405" or "<title>404 Not Found</title>" in text  # a path that no rule of ours holds
        bare = answer.mimetype != "text/html" or status == "303" or nowhere
        whole = bare or text.rstrip().endswith("</html>")
        return status, None if whole else "a page that is not whole"
