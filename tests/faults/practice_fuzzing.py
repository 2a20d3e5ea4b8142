"""Random and adversarial inputs for the practice page: every route of it, with the fields its own code asks for."""

import inspect
import random
import re
from datetime import timedelta
from urllib.parse import quote

from gateway.simulator import editing, faults, handsets, pages
from gateway.simulator.practice import Practice
from gateway.simulator.stories import load_stories
from tests.faults.form_fuzzing import ASKED
from tests.office import TOKEN, Office

ROOT = "/simulator"
RULE = r'@routes\.(get|post)\("([^"]+)"\)'
ROUTES = [
    *((method.upper(), rule) for method, rule in re.findall(RULE, inspect.getsource(pages))),
    ("GET", "/static/<file>"),
]
FIELDS = tuple(sorted({*ASKED.findall(inspect.getsource(pages)), *ASKED.findall(inspect.getsource(editing))}))
PLAIN = [
    *"*384*55555# *384*55555*2# *384*55555*3*4# *111# 1 2 3 0 00 9 # ** LAPOR TOLONG MENU BERHENTI".split(),
    *"erase cancel rename role suspend restore remove drop none resident cadre officer supervisor head agency".split(),
    *(word.value for word in faults.Word),
    *(*pages.SPANS, *(story.name for story in load_stories())),
    *"5 60 1440 1441 -1 ٣ id en 64.01.04.2016 64.01.04 64.99 081234567890 +6281234567890 +1 Warga {csrf}".split(),
]
STATUSES = frozenset({"200", "303", "304", "308", "400", "403", "404", "405", "413"})


def make(dice: random.Random, mess: str) -> tuple[str, str, list[tuple[str, str]]]:
    """The method, the path and the fields of one request. `{phone}` and `{csrf}` are filled in."""
    method, rule = dice.choice(ROUTES)
    mess = mess.encode("utf-8", "replace").decode()

    def value() -> str:
        return dice.choice(PLAIN) if dice.random() < 0.7 else mess

    def part(found: re.Match[str]) -> str:
        if found[1] == "file":
            return quote(dice.choice(["phones.js", "phones.css", "../pages.py", "..%2f..%2fsettings.py", value()]))
        return "{phone}" if dice.random() < 0.9 else quote(value(), safe="")

    path = ROOT + re.sub(r"<(\w+)>", lambda found: part(found) or "-", rule)
    form = [(name, value()) for name in dice.choices(FIELDS, k=dice.randrange(0, 7)) if name != "csrf_token"]
    if dice.random() < 0.95:
        form.append(("csrf_token", "{csrf}"))
    if dice.random() < 0.1:
        form += [(value(), value()) for _ in range(dice.randrange(1, 40))]
    return method, path, form


class Trainee:
    """Somebody at the practice page of one office, whose worker lives: what she begins goes on behind her back."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.client = office.app.test_client()
        self.practice = Practice(office.parts, office.app, office.clock, pace=timedelta(0))
        self._asked = 0

    def play(self, method: str, path: str, form: list[tuple[str, str]]) -> tuple[str, str | None]:
        """The status, and the fault of the answer or of the page after it, if any."""
        self._asked += 1
        page = self.client.get(ROOT + "/").get_data(as_text=True)
        if found := _fault_of_page(page):
            return "200", f"the page before: {found}"
        csrf = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
        phones = self.office.read(
            lambda session: [one.id for one in handsets.list_all(session, self.office.parts.desk)]
        )
        phone = phones[self._asked % len(phones)] if phones else "none"
        filled: dict[str, list[str]] = {}
        for name, value in form:
            filled.setdefault(name, []).append(value.replace("{csrf}", csrf))
        where = path.replace("{phone}", phone)
        answer = self.client.open(where, method=method, data=filled if method == "POST" else None)
        status, text = str(answer.status_code), answer.get_data(as_text=True)
        answer.close()  # what is sent from a file holds it open
        self.practice.tick()
        if status not in STATUSES:
            return status, f"status {status}"
        to = answer.headers.get("Location", ROOT)
        if not re.match(r"(http://localhost)?/simulator", to):
            return status, "sent elsewhere"
        if status in ("200", "303") and "default-src 'none'" not in answer.headers.get("Content-Security-Policy", ""):
            return status, "an answer without its policy"
        if TOKEN in text:
            return status, "the callbacks' token"
        if status == "200" and path == ROOT + "/":
            return status, _fault_of_page(text)
        return status, None


def _fault_of_page(text: str) -> str | None:
    if TOKEN in text:
        return "the callbacks' token"
    return None if text.rstrip().endswith("</html>") else "a page that is not whole"
