"""Kannel's two routes in a Flask app."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from gateway.errors import StoreDown
from gateway.providers.base import DeliveryReport, InboundSms
from gateway.providers.kannel.callbacks import blueprint
from models.vocabulary import MessageStatus
from tests.gateway.test_africastalking_callbacks import Desk

SMS = "id=3fa69822&from=%2B6281234567890&to=12345&text=LAPOR&epoch=1795718465&smsc=L&coding=0&charset=UTF-8"
QUERIES = {"sms": SMS, "delivery": "id=0a&d=1&a="}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def web(desk: Desk) -> Iterator[FlaskClient]:
    app = Flask(__name__)
    app.register_blueprint(blueprint(desk, ["s3cret", "older"]))
    with app.test_client() as client:
        yield client


def get(web: FlaskClient, route: str, query: str | None = None, token: str = "s3cret") -> TestResponse:
    return web.get(f"/webhooks/kannel/{token}/{route}", query_string=query or QUERIES[route])


def test_what_comes_in_reaches_the_inbox(web: FlaskClient, desk: Desk) -> None:
    for route in QUERIES:
        answer = get(web, route)
        assert (answer.status_code, answer.data) == (200, b"")
        assert answer.headers["Cache-Control"] == "no-store"
    sms, report = desk.seen
    assert isinstance(sms, InboundSms)
    assert (sms.sender, sms.text) == ("+6281234567890", "LAPOR")
    assert isinstance(report, DeliveryReport)
    assert (report.provider_id, report.status) == ("0a", MessageStatus.DELIVERED)


@pytest.mark.parametrize("route", QUERIES)
def test_each_route_has_the_guard(web: FlaskClient, desk: Desk, route: str) -> None:
    assert get(web, route, token="older").status_code == 200
    desk.seen.clear()
    assert get(web, route, token="wrong").status_code == 403
    assert get(web, route, query="x=" + "A" * 16384).status_code == 413
    assert get(web, route, query="&".join(["a=1"] * 101)).status_code == 400
    assert get(web, route, query="x=1").status_code == 400
    assert web.post(f"/webhooks/kannel/s3cret/{route}").status_code == 405
    assert desk.seen == []


@pytest.mark.parametrize("route", QUERIES)
@pytest.mark.parametrize("fault", [StoreDown(), RuntimeError("rahasia +6281234567890")])
def test_a_fault_of_ours_is_503_so_that_kannel_comes_again(
    web: FlaskClient, desk: Desk, route: str, fault: Exception
) -> None:
    desk.fault = fault
    with capture_logs() as logs:
        answer = get(web, route)
    assert answer.status_code == 503
    (line,) = logs
    assert (line["carrier"], line["route"], line["error"]) == ("kannel", f"kannel.{route}", type(fault).__name__)
    assert "rahasia" not in str(logs)


@pytest.mark.parametrize("status", ["3", "x", "%E2%98%82"])
def test_a_status_nobody_knows_is_taken_all_the_same(web: FlaskClient, desk: Desk, status: str) -> None:
    assert get(web, "delivery", f"id=0a&d={status}").status_code == 200
    assert desk.seen[0].status is None
