"""The route table: every page of the console and who may call it. What is not in it does not exist."""

from gateway.console.pages import (
    account,
    assets,
    audit,
    cadres,
    cards,
    case,
    channel,
    exports,
    log_in,
    new_case,
    officers,
    outreach,
    people,
    queue,
    rota,
    statistics,
    texts,
)
from gateway.console.routes import Page

TABLE: tuple[Page, ...] = (
    *assets.PAGES,
    *log_in.PAGES,
    *account.PAGES,
    *queue.PAGES,
    *case.PAGES,
    *new_case.PAGES,
    *rota.PAGES,
    *statistics.PAGES,
    *people.PAGES,
    *cadres.PAGES,
    *officers.PAGES,
    *channel.PAGES,
    *outreach.PAGES,
    *exports.PAGES,
    *audit.PAGES,
    *texts.PAGES,
    *cards.PAGES,
)
