"""What the keys of a USSD dialogue mean for a case. Pure: the same answers give the same details."""

from collections.abc import Mapping
from dataclasses import replace

from gateway.details import Contact, Details
from models.vocabulary import Age, ContactMode, Form, Sex

KINDS = {
    "words": Form.PSI,
    "hit": Form.FIS,
    "controlled": Form.KTR,
    "neglect": Form.TLT,
    "sexual": Form.SEK,
    "online": Form.KBG,
    "unknown": Form.TTU,
}
DANGERS = {"weapon": Form.ANC, "confined": Form.SKP, "hit": Form.FIS, "sexual": Form.SEK}
REPORTED = {
    "self_adult": (Age.ADULT, Sex.UNKNOWN),
    "self_child": (Age.CHILD, Sex.UNKNOWN),
    "child": (Age.CHILD, Sex.UNKNOWN),
    "woman": (Age.ADULT, Sex.FEMALE),
    "man": (Age.ADULT, Sex.MALE),
}
ENDANGERED = {"self_child": Age.CHILD, "child": Age.CHILD}
"""Said on a danger screen: herself and a child, or a child. `self` and `other` tell no age."""


def merge(details: Details, service: str, draft: Mapping[str, str]) -> Details:
    """The details with this dialogue's answers laid over them; a later answer to the same question wins.

    An empty answer takes an earlier one back: leave to call that she changed her mind about must not outlive it.
    """
    keys = {name: value for name, value in (details.keys | dict(draft)).items() if value or name in details.keys}
    details = replace(details, keys=keys)
    forms, age, sex = _forms(keys), *_victim(service, keys, details)
    return replace(
        details,
        forms=forms or details.forms,
        age=age,
        sex=sex,
        area_code=keys.get("place") or details.area_code,
        place_typed=keys.get("place_typed") or details.place_typed,
        landmark=keys.get("landmark") or details.landmark,
        now=details.now or service == "danger" or keys.get("now") == "1",
        withdrawn=keys.get("withdrawn") == "1",
        send_someone=keys.get("call") == "send",
        sexual_when=keys.get("sexual_when") or details.sexual_when,
        notice=keys.get("notice") or details.notice,
        cadre_may_know=keys.get("cadre") == "yes",
        ask_first=draft["ask_first"] == "1" if "ask_first" in draft else details.ask_first,
        contact=_contact(service, draft, details.contact),
    )


def _forms(keys: Mapping[str, str]) -> tuple[str, ...]:
    found = [KINDS[kind] for kind in keys.get("kinds", "").split(",") if kind in KINDS]
    if keys.get("control") == "confined":
        found = [Form.SKP if form is Form.KTR else form for form in found]
    if keys.get("what") in DANGERS:
        found.append(DANGERS[keys["what"]])
    known = [form for form in dict.fromkeys(found) if form is not Form.TTU]
    return tuple(str(form) for form in known or dict.fromkeys(found))


def _victim(service: str, keys: Mapping[str, str], details: Details) -> tuple[Age, Sex]:
    who = keys.get("who", "")
    if service != "danger" and who in REPORTED:
        return REPORTED[who]
    if service == "danger" and who in ENDANGERED:
        return ENDANGERED[who], details.sex
    return details.age, details.sex


def _contact(service: str, keys: Mapping[str, str], before: Contact) -> Contact:
    """Silence is no permission: an answer that was never given leaves the contact rule as it was.

    `keys` are this dialogue's only: what an earlier one allowed may have been taken back since, by her or an officer.
    """
    contact = replace(
        before,
        owner=keys.get("phone") or before.owner,
        other_answers=keys.get("other_answers") or before.other_answers,
        word=_word(keys.get("word")) or before.word,
    )
    if keys.get("when"):
        return _chosen_hours(contact, keys["when"])
    if service == "call_me" or keys.get("ask_first") == "1":
        return contact.allowing_one_call()
    if keys.get("call"):
        if keys["call"] == "now":
            return contact.allowing_one_call()
        return replace(contact, mode=ContactMode.NONE, hours=None, once=False)
    if keys.get("contact"):
        mode = ContactMode(keys["contact"])
        hours = keys.get("hours") if mode is not ContactMode.NONE else None
        return replace(contact, mode=mode, hours=hours, once=False)
    return contact


def _chosen_hours(contact: Contact, when: str) -> Contact:
    if when == "none":
        return replace(contact, mode=ContactMode.NONE, hours=None, once=False)
    if when == "now":  # one call now; no other hour was chosen
        return replace(contact, mode=ContactMode.CALL, hours=None, once=True)
    return replace(contact, mode=ContactMode.CALL, hours=when, once=False)


def _word(word: str | None) -> str | None:
    return None if word in (None, "none") else word
