"""`/healthz`, `/readyz`, `/metrics`: does it live, can it work, and in figures how well.

None of them waits for a database that does not answer.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway import vitals
from gateway.bootstrap import Parts
from gateway.doors import is_from_here
from gateway.errors import StoreDown
from gateway.glance import Glance
from gateway.outbox import pulse
from gateway.spool import Spool
from models.case import CaseFile
from models.lifecycle import OPEN
from models.outbound import OutboundMessage
from models.throttle import Pulse

T = TypeVar("T")


def blueprint(parts: Parts) -> Blueprint:
    pages = Blueprint("health", __name__)
    sick_ones = Glance(lambda: find_sick(parts))
    all_figures = Glance(lambda: _read_figures(parts))

    @pages.get("/healthz")
    def healthz() -> Response:
        return Response("ok", mimetype="text/plain")

    @pages.get("/readyz")
    def readyz() -> Response:
        sick = _ask(parts, sick_ones, ["database"])
        body = "ok\n" if not sick else "\n".join(sick) + "\n"
        return Response(body, 503 if sick else 200, mimetype="text/plain")

    @pages.get("/metrics")
    def metrics() -> Response:
        if not _may_see_figures(parts):
            return Response("forbidden\n", 403, mimetype="text/plain")
        figures = _ask(parts, all_figures, b"")
        return Response(figures or "database\n", 200 if figures else 503, mimetype="text/plain")

    return pages


def _ask(parts: Parts, glance: Glance[T], silent: T) -> T:
    """What the glance saw, or `silent` where the database is down, or does not answer now."""
    if parts.breaker.is_open:
        return silent
    try:
        return glance.take()
    except StoreDown:
        return silent


def find_sick(parts: Parts) -> list[str]:
    """Names of the parts that cannot work now; empty when all is well. Raises StoreDown."""
    machine, carriers = _machine(parts), parts.settings.provider
    return parts.store.read(lambda session: vitals.find_sick(session, parts.clock(), machine, carriers))


def _read_figures(parts: Parts) -> bytes:
    """Raises StoreDown."""
    machine, carriers = _machine(parts), parts.settings.provider
    return parts.store.read(lambda session: _figures(session, parts.clock(), machine, carriers))


def _machine(parts: Parts) -> vitals.Machine:
    spool = Spool(parts.settings.spool, parts.desk.keyring)
    return vitals.look_at_machine(parts.settings.var, spool.list_waiting)


def _may_see_figures(parts: Parts) -> bool:
    token = parts.settings.metrics_token
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), b"Bearer " + token.get_secret_value().encode()):
        return True
    return is_from_here(request)


def _figures(session: Session, now: datetime, machine: vitals.Machine, carriers: Sequence[str]) -> bytes:
    registry = CollectorRegistry()
    messages = Gauge("beliperak_messages", "Outbound messages by status", ["status"], registry=registry)
    counted = select(OutboundMessage.status, func.count()).group_by(OutboundMessage.status)
    for word, count in session.execute(counted):
        messages.labels(word).set(count)
    cases = Gauge(
        "beliperak_open_cases", "Open cases by priority and status", ["priority", "status"], registry=registry
    )
    open_ones = select(CaseFile.priority, CaseFile.status, func.count()).where(CaseFile.status.in_(OPEN))
    for priority, status, count in session.execute(open_ones.group_by(CaseFile.priority, CaseFile.status)):
        cases.labels(priority, status).set(count)
    age = Gauge("beliperak_worker_heartbeat_age_seconds", "Since the worker's last heartbeat", registry=registry)
    beat = session.get(Pulse, "worker")
    age.set((now - beat.at).total_seconds() if beat else float("inf"))
    _tell_holds(registry, carriers, pulse.find_holds(session, carriers))
    sick = Gauge(
        "beliperak_sick", "1 for each part that cannot work now, as /readyz names it", ["part"], registry=registry
    )
    for part in vitals.find_sick(session, now, machine, carriers):
        sick.labels(part).set(1)
    spooled = Gauge("beliperak_spooled", "Callbacks that wait on this machine for the database", registry=registry)
    spooled.set(len(machine.spooled))
    free = Gauge("beliperak_disk_free_bytes", "Left where local state lies", registry=registry)
    free.set(machine.free)
    return generate_latest(registry)


def _tell_holds(registry: CollectorRegistry, carriers: Sequence[str], holds: Mapping[str, str]) -> None:
    held = Gauge("beliperak_carrier_held", "1 while a carrier takes nothing", ["carrier", "why"], registry=registry)
    for carrier in carriers:
        held.labels(carrier, holds.get(carrier, "")).set(carrier in holds)
