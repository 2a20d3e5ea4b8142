"""Starts the web server: granian, with one process or several, around the WSGI application of `gateway.wsgi`."""

import ctypes
import errno
import importlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from gateway.errors import Refused
from gateway.settings import Settings

APPLICATION: Final = "gateway.wsgi:app"
KILL_AFTER: Final = 8  # seconds: SIGTERM ends everything within 10
HEADERS_WITHIN: Final = 5_000  # milliseconds
PORT_FREE_WITHIN: Final = 5.0  # seconds: what a killed predecessor's last requests may take
_PR_SET_PDEATHSIG: Final = 1
_OUR_LOGGING: Final = {"handlers": {}, "formatters": {}, "loggers": {"_granian": {"propagate": True}}}
"""Granian's own handlers print to standard output, past `gateway.logs`."""

log = structlog.get_logger(__name__)


class PortTaken(Refused):
    """Somebody else answers at this address."""


def serve(settings: Settings, application: str = APPLICATION) -> None:
    """Answer requests until SIGTERM or SIGINT; requests under way are answered first. Raises PortTaken."""
    wait_for_port(settings.host, settings.port)
    server = Server(
        application,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.web_concurrency,
        blocking_threads=settings.blocking_threads,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN),
        log_level=LogLevels.error,  # below it, advice about numbers of threads
        log_dictconfig=_OUR_LOGGING,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER,
    )
    log.info("web listens", host=settings.host, port=settings.port, processes=settings.web_concurrency)
    server.serve(target_loader=partial(_load, application, os.getpid()), wrap_loader=False)
    log.info("web ended")


def wait_for_port(host: str, port: int, within: float = PORT_FREE_WITHIN) -> None:
    """Granian shares its port with whoever asks (SO_REUSEPORT): two servers would each get half of a conversation."""
    until = time.monotonic() + within
    while True:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return
            except OSError as fault:
                if time.monotonic() > until:
                    reason = (
                        "is taken: stop what listens there" if fault.errno == errno.EADDRINUSE else "can not be used"
                    )
                    raise PortTaken(f"{host}:{port} {reason}, or set PORT") from None
        time.sleep(0.1)


def _load(application: str, parent: int) -> Callable[..., Any]:
    """The application, loaded in the worker process."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until the server sets its own; the parent's would do nothing here
    end_with_parent(parent)
    module, _, name = application.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return loaded


def end_with_parent(parent: int) -> None:
    """Have this process asked to end when its parent dies: an orphan would go on answering at the same port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit("the parent process has ended")
