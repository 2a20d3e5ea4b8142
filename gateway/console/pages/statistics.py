"""Statistics of whole months, as everybody may see them; the head may ask for the true counts, and that is noted."""

import re
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from gateway.console import charts, learn_words, statistic_words
from gateway.console.routes import Page
from gateway.console.visits import Answer, Visit
from gateway.errors import Refused
from gateway.statistics import months as by_month
from gateway.statistics import report
from gateway.statistics.notes import month_of
from gateway.statistics.tallies import DIMENSIONS, Tally
from models.vocabulary import OfficerRole

HEAD = frozenset({OfficerRole.HEAD})
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])\Z")
ASKED = 12
"""Months shown unless others are asked for."""

Row = dict[str, Any]


def show(visit: Visit) -> Answer:
    return _page(visit, request.args.get("from", ""), request.args.get("to", ""))


def show_true(visit: Visit) -> Answer:
    """Each look is a row of the access record; reloading the page is a look of its own."""
    return _page(visit, request.form.get("from", ""), request.form.get("to", ""), true=True)


def _page(visit: Visit, first: str, last: str, *, true: bool = False) -> Answer:
    running = month_of(visit.desk, visit.now)
    usual = (by_month.before(running, ASKED - 1), running)
    asked = (first if MONTH.match(first) else usual[0], last if MONTH.match(last) else usual[1])
    try:
        told, refusal = _build(visit, *asked, true=true), None
    except Refused as fault:
        told, refusal = _build(visit, *usual, true=False), fault
    return visit.page(
        "statistics.html",
        409 if refusal else 200,
        told=told,
        asked=asked,
        running=running,
        refusal=refusal,
        is_true=true and refusal is None,
        may_see_true=visit.caller.role in HEAD,
        labels=[statistic_words.month(row["month"], short=True) for row in told["months"]],
        say=statistic_words,
        topics=learn_words,
        terms={term.code: term.id_term for term in visit.parts.lexicon.terms if term.group == "form"},
        chart=charts,
    )


def _build(visit: Visit, first: str, last: str, *, true: bool) -> Row:
    """Raises Refused."""
    start, end = (date.fromisoformat(f"{month}-01") for month in (first, last))

    def work(session: Session) -> Row:
        told = report.build(session, visit.desk, visit.now, start, end)
        if not true:
            return told
        names = [row["month"] for row in told["months"]]
        return with_true(told, by_month.read_true(session, visit.desk, visit.now, visit.actor, names))

    return visit.write(work) if true else visit.read(work)


def with_true(told: Row, tallies: dict[str, Tally]) -> Row:
    """The same report with true counts in its months; a year is then the sum of the months that are shown."""
    months = [{**row, **_true_month(row, tallies[row["month"]])} for row in told["months"]]
    return {**told, "months": months, "years": [_true_year(row, months) for row in told["years"]]}


def _true_month(row: Row, tally: Tally) -> Row:
    return {
        **{name: {entry: tally.of(name, entry) for entry in row[name]} for name in DIMENSIONS},
        "cases": tally.cases,
        "minutes_to_accept": asdict(tally.accepted),
        "minutes_to_first_action": asdict(tally.acted),
        "ladder_climbs": tally.climbs,
        "unmet_duties": {duty: tally.unmet.get(duty, 0) for duty in row["unmet_duties"]},
    }


def _true_year(year: Row, months: list[Row]) -> Row:
    mine = [row for row in months if row["month"].startswith(str(year["year"]))]
    sums = {name: {entry: sum(row[name].get(entry, 0) for row in mine) for entry in year[name]} for name in DIMENSIONS}
    return {**year, **sums, "cases": sum(row["cases"] for row in mine)}


PAGES = (
    Page("/statistics", "statistics", show, menu="30 Statistik"),
    Page("/statistics/true", "statistics_true", show_true, may=HEAD, post=True),
)
