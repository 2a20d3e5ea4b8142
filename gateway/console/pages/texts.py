"""Services and texts, to read: what every phone shows, so that nobody has to dial to know it."""

from flask import request
from flask_babel import lazy_gettext as _

from gateway.bootstrap import BUILT_IN_DISTRICT
from gateway.console import learn_words, shown_texts
from gateway.console.routes import Page
from gateway.console.visits import Answer, Visit
from menus.gsm import septets
from menus.wording import LANGUAGES

SERVICES = {
    "police": _("Polisi"),
    "sapa": _("SAPA, Kementerian PPPA"),
    "uptd": _("UPTD PPA"),
    "health": _("Puskesmas atau rumah sakit"),
    "legal": _("Bantuan hukum"),
}


def show(visit: Visit) -> Answer:
    asked = request.args.get("of", "")
    language = asked if asked in LANGUAGES else "id"
    district = visit.parts.settings.district or BUILT_IN_DISTRICT
    lessons = {
        name.removesuffix(f".{language}"): some
        for name, some in visit.desk.lessons.items()
        if name.endswith(f".{language}")
    }
    return visit.page(
        "texts.html",
        of=language,
        languages=LANGUAGES,
        screens=shown_texts.list_screens(district, language),
        sms_screens=shown_texts.list_sms_screens(district, language),
        sms=shown_texts.list_sms(visit.desk.texts, language),
        services={SERVICES.get(name, name): number for name, number in visit.parts.ussd.services.items()},
        lessons=lessons,
        cards=visit.desk.cards,
        septets=septets,
        say=learn_words,
        places={code: visit.desk.areas.name(code) for code in visit.desk.areas.kecamatans()},
        code=visit.parts.settings.at_service_code,
    )


PAGES = (Page("/texts", "texts", show, menu="70 Teks"),)
