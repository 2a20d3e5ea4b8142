"""The door of every callback, told by requests as the wire brings them."""

import hmac
from collections.abc import Mapping, Sequence
from io import BytesIO
from urllib.parse import parse_qs, urlencode
from wsgiref.types import WSGIEnvironment

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from gateway.providers import guard

TOKENS = ["old-token", "new-token"]


def a_post(body: bytes = b"text=1", changes: Mapping[str, str | None] | None = None) -> WSGIEnvironment:
    """A form POST; a header given as None is left out."""
    headers = {"Content-Length": str(len(body)), "Content-Type": guard.FORM, **(changes or {})}
    environ = EnvironBuilder(method="POST", input_stream=BytesIO(body)).get_environ()
    for name in ("CONTENT_LENGTH", "CONTENT_TYPE"):
        environ.pop(name, None)
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        if value is not None:
            environ[key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"] = value
    return environ


def status_of(environ: WSGIEnvironment, token: str = "new-token", tokens: Sequence[str] = TOKENS) -> int:
    try:
        guard.read_form(environ, token, tokens)
    except guard.Denied as denied:
        return denied.status
    return 200


@pytest.mark.parametrize("token", TOKENS)
def test_both_tokens_are_good_while_they_are_changed(token: str) -> None:
    assert status_of(a_post(), token) == 200


@pytest.mark.parametrize("token", ["", "new", "new-token ", "NEW-TOKEN", "n\u00e9w-token", "\ud800", "x" * 10_000])
def test_a_wrong_token_is_403(token: str) -> None:
    assert status_of(a_post(), token) == 403


def test_without_tokens_nobody_comes_in() -> None:
    assert status_of(a_post(), tokens=[]) == 403


def test_every_token_is_compared_whatever_the_first_says(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    real = hmac.compare_digest

    def compare(offered: bytes, token: bytes) -> bool:
        compared.append(token)
        return real(offered, token)

    monkeypatch.setattr(hmac, "compare_digest", compare)  # how long it takes cannot be asserted, this can
    guard.check_token("old-token", TOKENS)
    assert compared == [b"old-token", b"new-token"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Content-Type": None}, 200),
        ({"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}, 200),
        ({"Content-Type": "APPLICATION/X-WWW-FORM-URLENCODED"}, 200),
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Length": None}, 411),
        ({"Content-Length": "six"}, 411),
        ({"Content-Length": "+6"}, 411),
        ({"Content-Length": None, "Transfer-Encoding": "chunked"}, 411),
        ({"Transfer-Encoding": "chunked"}, 411),
        ({"Transfer-Encoding": "identity"}, 411),
        ({"Content-Length": "16385"}, 413),
        ({"Content-Length": "16385", "Content-Type": "text/plain"}, 413),
        ({"Content-Length": "99999999999999999999"}, 413),
        ({"Content-Length": "7"}, 400),  # the sender hung up
    ],
)
def test_length_size_and_type(headers: dict[str, str | None], status: int) -> None:
    assert status_of(a_post(changes=headers)) == status


def test_who_has_no_token_learns_nothing_else() -> None:
    assert status_of(a_post(changes={"Content-Length": None, "Content-Type": "text/plain"}), token="guess") == 403


def test_sixteen_kibibytes_are_the_most() -> None:
    assert status_of(a_post(b"text=" + b"A" * (16 * 1024 - 5))) == 200
    assert status_of(a_post(b"text=" + b"A" * (16 * 1024 - 4))) == 413


def test_a_server_that_ends_the_stream_itself_is_held_to_the_declared_length() -> None:
    environ = a_post(b"text=123456", {"Content-Length": "6"})
    environ["wsgi.input_terminated"] = True
    assert status_of(environ) == 400


def test_more_than_a_hundred_fields_are_no_callback() -> None:
    assert status_of(a_post(b"&".join([b"a=1"] * 101))) == 400


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"text=", [""]),
        (b"text", [""]),
        (b"other=1", []),
        (b"text=1&text=2", ["1", "2"]),
        (b"text=A%2BB+%26+C%3D10%25+%C3%A9", ["A+B & C=10% é"]),
        (b"text=%F0%9F%98%80", ["😀"]),
        (b"text=%ff1", ["\ufffd1"]),
        (b"text=\xff1", ["\ufffd1"]),
        (b"text=%zz", ["%zz"]),
        (b"text=%ED%A0%80", ["\ufffd\ufffd\ufffd"]),  # half a surrogate pair
        (b"", []),
    ],
)
def test_fields_are_decoded_once_and_bad_bytes_replaced(body: bytes, text: list[str]) -> None:
    assert guard.read_form(a_post(body), "new-token", TOKENS).getlist("text") == text


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_of_encodable_text(body: bytes) -> None:
    fields = guard.read_form(a_post(body), "new-token", TOKENS)
    for name, values in fields.items():
        "".join([name, *values]).encode()


PIECES = st.sampled_from([*"ab=&+% ", "%2B", "%2A", "%2a", "2A", "%2", "%E9", "%C3%A9", "\u00e9", "%zz", "\udcff"])


@given(st.lists(PIECES, max_size=20).map("".join))
def test_fields_are_those_of_the_standard_library(text: str) -> None:
    body = text.encode("utf-8", "surrogateescape")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")
    assert guard.read_form(a_post(body), "new-token", TOKENS) == fields


def test_another_media_type_for_a_carrier_that_signs() -> None:
    environ = a_post(b"{}", {"Content-Type": "application/json; charset=utf-8"})
    assert guard.read_body(environ, "new-token", TOKENS, "application/json") == b"{}"


def a_get(query: bytes) -> WSGIEnvironment:
    return {**EnvironBuilder().get_environ(), "QUERY_STRING": query.decode("latin-1")}


@pytest.mark.parametrize(
    ("query", "octets"),
    [
        (b"text=", [b""]),
        (b"text=1&text=2", [b"1", b"2"]),
        (b"text=A%2BB+%26+C%3D10%25+%C3%A9", "A+B & C=10% é".encode()),
        (b"text=%00L%00A", b"\x00L\x00A"),
        (b"text=%D8%3D%DE%00", b"\xd8=\xde\x00"),
        (b"text=\xff", b"\xff"),
    ],
)
def test_the_fields_of_a_get_keep_every_octet(query: bytes, octets: bytes | list[bytes]) -> None:
    found = guard.read_query(a_get(query), "new-token", TOKENS).getlist("text")
    assert [value.encode("utf-8", "surrogateescape") for value in found] == (
        octets if isinstance(octets, list) else [octets]
    )


@pytest.mark.parametrize(
    ("query", "token", "status"),
    [
        (b"a=1", "guess", 403),
        (b"a=" + b"x" * 16384, "guess", 403),
        (b"a=" + b"x" * 16384, "new-token", 413),
        (b"&".join([b"a=1"] * 101), "new-token", 400),
    ],
)
def test_a_get_has_the_same_door(query: bytes, token: str, status: int) -> None:
    with pytest.raises(guard.Denied) as denied:
        guard.read_query(a_get(query), token, TOKENS)
    assert denied.value.status == status


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"5", b"{", b"\xff", b"[" * 16000])
def test_what_is_no_json_object_is_400(body: bytes) -> None:
    with pytest.raises(guard.Denied) as denied:
        guard.read_json(body)
    assert denied.value.status == 400


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_denied(body: bytes) -> None:
    try:
        assert isinstance(guard.read_json(body), dict)
    except guard.Denied as denied:
        assert denied.status == 400


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=9))
def test_a_form_is_read_again_as_it_was_the_first_time(pairs: list[tuple[str, str]]) -> None:
    body = urlencode(pairs, errors="replace").encode()
    first, second = (guard.read_form(a_post(body), "new-token", TOKENS) for _ in range(2))
    assert first == second == parse_qs(body.decode(), keep_blank_values=True)
