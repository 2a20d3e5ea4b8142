"""What this system says about itself: constant sentences, ids and counts. Never a text, a phone or a name.

Three nets, one behind the other: only the fields of `FIELDS` get through; of other libraries' lines only the sentence
does, not what would be filled into it; and whatever is left loses all that looks like a phone, a receipt or a
callback's token. Of an exception only its class and our own lines are told: its message may quote a row.
"""

import logging
import re
import sys
import threading
import traceback
import warnings
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_NAMES = """
event level timestamp logger
error cause frames place
case message inbound session officer cadre agency run
job rule step carrier provider route method purpose kind code word reason status
count attempts segments ms seconds size port host pid processes signal version
"""
FIELDS: Final = frozenset(_NAMES.split())
"""The names a line may carry: an exception, our own ids, words of closed lists, figures. Whoever adds one has asked
whether it can name a person."""

LONGEST: Final = 300
MOST_FRAMES: Final = 12
_ROOT: Final = Path(__file__).parent.parent
_OUR_PACKAGES: Final = tuple(f"{_ROOT / name}/" for name in ("gateway", "menus", "models"))
_OUR_ID = re.compile(r"[0-9a-f]{32}\Z")
_TOKEN = re.compile(r"(/webhooks/[a-z]{1,20}/)[^/\s?#\"']+")
_DIGITS = re.compile(r"\+?\d(?:[ .()-]{0,2}\d){8,}", re.ASCII)
_CHATTY: Final = ("uvicorn", "asyncio", "apscheduler", "urllib3", "sqlalchemy", "alembic")

log = structlog.get_logger(__name__)


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send every line, ours and the libraries', to `stream` (standard error): JSON, or key=value on a terminal."""
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        tell_exception,
        keep_known_fields,
        redact,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            use_get_message=False,  # a library's sentence without what would be filled in
            foreign_pre_chain=[keep_sentence, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(out)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    _catch_the_uncaught()


def _renderer(out: TextIO) -> Processor:
    if out.isatty():
        return structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], drop_missing=True)
    return structlog.processors.JSONRenderer()


def _catch_the_uncaught() -> None:
    """Python's own words about a fault would hold its message."""

    def tell(kind: type[BaseException], fault: BaseException | None, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("uncaught exception", exc_info=(kind, fault, trace))

    sys.excepthook = tell
    sys.unraisablehook = lambda left: tell(left.exc_type, left.exc_value, left.exc_traceback)
    threading.excepthook = lambda left: tell(left.exc_type, left.exc_value, left.exc_traceback)

    def warn(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: object, **__: object
    ) -> None:
        log.warning("python warned", error=category.__name__, place=f"{Path(filename).name}:{lineno}")

    warnings.showwarning = warn


def keep_sentence(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Of a library's line its first: uvicorn appends whole tracebacks. Of an object in its place, the class."""
    message = event["_record"].msg
    event["event"] = message.partition("\n")[0] if isinstance(message, str) else type(message).__name__
    return event


def tell_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """`exc_info` becomes the class, the class of what caused it, and our own lines, the innermost last."""
    told = event.pop("exc_info", None)
    fault = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if not isinstance(fault, BaseException):
        return event
    event["error"] = type(fault).__name__
    cause = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if cause is not None:
        event["cause"] = type(cause).__name__
    event["frames"] = _our_frames(fault)
    return event


def _our_frames(fault: BaseException) -> list[str]:
    frames = [
        f"{Path(frame.f_code.co_filename).relative_to(_ROOT)}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(fault.__traceback__)
        if frame.f_code.co_filename.startswith(_OUR_PACKAGES)
    ]
    return frames[-MOST_FRAMES:]


def keep_known_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """`_record` and `_from_structlog` are the formatter's own and are removed by it."""
    return {name: value for name, value in event.items() if name in FIELDS or name.startswith("_")}


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {
        name: value if name == "timestamp" or name.startswith("_") else redacted(value) for name, value in event.items()
    }


def redacted(value: Any) -> Any:
    """A value that may be shown: texts without long numbers and tokens; of an unknown object only its class."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if abs(value) < 1e8 else "[number]"
    if isinstance(value, str):
        if _OUR_ID.match(value):
            return str(value)
        return _DIGITS.sub("[number]", _TOKEN.sub(r"\1[token]", value[: 2 * LONGEST]))[:LONGEST]
    if isinstance(value, list | tuple):
        return [redacted(entry) for entry in value[:MOST_FRAMES]]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return type(value).__name__
