"""Pocket cards to print, eight on a sheet of A4: for residents and for cadres, in the words of the phones."""

from flask import request

from gateway.casework.outreach import WAYS
from gateway.console.routes import Page
from gateway.console.visits import Answer, Visit
from menus.codes import KEYWORDS
from menus.wording import LANGUAGES

ON_A_SHEET = 8
FOR = ("resident", "cadre")
CADRE_WORDS = {
    "report": ("FIS SENAKEN", "jenis, desa"),
    "emergencyword": ("SENAKEN", "bahaya sekarang"),
    "outreach": ("SENAKEN 25 PEREMPUAN PSI", "penyuluhan"),
    "accompany": ("7K3Q", "mendampingi"),
    "info": ("FIS", "bertanya"),
    "stopword": ("", "tanpa SMS lagi"),
}
"""Keywords of the grammar that a cadre uses, with an example and what it is for. Cadres work in Indonesian."""


def show(visit: Visit) -> Answer:
    whose = request.args.get("for", "")
    language = request.args.get("of", "")
    tongue = language if language in LANGUAGES else "id"
    title, *options = visit.desk.texts.raw("home", tongue).split("\n")
    terms = [term for term in visit.parts.lexicon.terms if term.group == "form"]
    return visit.page(
        "cards.html",
        whose=whose if whose in FOR else "resident",
        of=tongue,
        languages=LANGUAGES,
        title=title,
        options=[option.split(" ", 1) for option in options],
        code=visit.parts.settings.at_service_code,
        police=visit.parts.ussd.services.get("police"),
        keywords=[(f"{KEYWORDS[tag]} {example}".strip(), use) for tag, (example, use) in CADRE_WORDS.items()],
        kinds=[(term.code, term.short_label) for term in terms],
        ways=WAYS,
        copies=range(ON_A_SHEET),
    )


PAGES = (Page("/cards", "cards", show, menu="75 Kartu"),)
