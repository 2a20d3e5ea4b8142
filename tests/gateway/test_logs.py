import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway import logs, phones

HOUSE = Path(__file__).parent.parent.parent
PHONE = "+6281234567890"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Logging as in production, into memory; afterwards as it was."""
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning)
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    logs.configure("info", out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = hooks
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_a_sentence_and_ids(lines: Lines) -> None:
    case = "01a20a4b3c4d123456789012a3b4c5d6"
    structlog.get_logger("gateway.x").info("case accepted", case=case, count=3, provider="kannel", ms=1.5)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "case accepted",
        "level": "info",
        "logger": "gateway.x",
        "case": case,
        "count": 3,
        "provider": "kannel",
        "ms": 1.5,
    }


def test_unknown_fields_are_dropped(lines: Lines) -> None:
    structlog.get_logger().warning("kept", phone=PHONE, text="dipukul", name="Siti")
    assert lines()[0].keys() == {"event", "level", "timestamp", "logger"}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (PHONE, "[number]"),
        ("081234567890 x", "[number] x"),
        ("from=%2B6281234567890&x", "from=%2B[number]&x"),
        ("0812-3456-7890", "[number]"),
        ("(0542) 123-4567", "([number]"),
        ("resi 2345 6789 013.", "resi [number]."),
        ("/webhooks/africastalking/s3cret-T0ken/sms?x", "/webhooks/africastalking/[token]/sms?x"),
        ("'/webhooks/smsgate/s3cret'", "'/webhooks/smsgate/[token]'"),
        ("12345678", "12345678"),
        (6281234567890, "[number]"),
        (True, True),
        (None, None),
        ([1, PHONE], [1, "[number]"]),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
        (ValueError(PHONE), "ValueError"),
        ({"a": PHONE}, "dict"),
        ("x" * 10_000, "x" * logs.LONGEST),
    ],
)
def test_what_looks_personal_is_replaced(told: object, kept: object) -> None:
    assert logs.redacted(told) == kept


def test_an_exception_is_its_class_and_our_own_lines(lines: Lines) -> None:
    def normalise(raw: Any) -> None:
        try:
            phones.normalise(raw)
        except TypeError as fault:
            raise LookupError(PHONE) from fault

    try:
        normalise(6281234567890)
    except LookupError:
        structlog.get_logger().exception("reading failed", phone=PHONE)
    try:
        phones.normalise(None)  # type: ignore[arg-type]
    except TypeError:
        logging.getLogger("flask").exception("Exception on %s", "/webhooks/kannel/s3cret/sms")
    first, second = lines()
    assert (first["error"], first["cause"], first["frames"]) == ("LookupError", "TypeError", [])
    assert (second["event"], second["error"]) == ("Exception on %s", "TypeError")
    (frame,) = second["frames"]
    assert frame.startswith("gateway/phones.py:")
    assert frame.endswith(" normalise")


def test_of_other_libraries_only_the_sentence_is_told(lines: Lines) -> None:
    logging.getLogger("werkzeug").info("GET %s from %s", "/a?text=dipukul", PHONE)
    logging.getLogger("werkzeug").error(ValueError("dipukul"))
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\nValueError: dipukul")
    logging.getLogger("urllib3.connectionpool").debug("sendsms?text=dipukul")
    logging.getLogger("apscheduler").info("chatter")
    assert [line["event"] for line in lines()] == [
        "GET %s from %s",
        "ValueError",
        "Exception in ASGI application",
    ]


def test_python_itself_tells_no_message(lines: Lines) -> None:
    sys.excepthook(ValueError, ValueError(PHONE), None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    warnings.showwarning(UserWarning(PHONE), UserWarning, "/x/y.py", 3)
    first, second = lines()
    assert (first["event"], first["error"], first["level"]) == ("uncaught exception", "ValueError", "critical")
    assert (second["error"], second["place"]) == ("UserWarning", "y.py:3")


def test_a_dying_process_and_its_threads_tell_no_message() -> None:
    program = """
import threading, structlog
from gateway import logs
logs.configure("info")
def fail():
    raise ValueError("canary")
thread = threading.Thread(target=fail, name="canary"); thread.start(); thread.join()
fail()
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=HOUSE, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert [json.loads(line)["event"] for line in ended.stderr.splitlines()] == ["uncaught exception"] * 2
    assert "canary" not in ended.stderr


def test_the_level_is_kept(lines: Lines) -> None:
    structlog.get_logger().debug("not told")
    assert lines() == []


def test_a_terminal_gets_key_and_value(lines: Lines) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    logs.configure("info", out)
    structlog.get_logger("g").info("web listens", port=8000)
    assert out.getvalue().endswith("level='info' event='web listens' port=8000 logger='g'\n")
