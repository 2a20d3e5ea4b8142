"""Starts the web server: uvicorn, with one process or several, around the application of `gateway.wsgi`."""

import ctypes
import errno
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
from typing import Any, Final

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

from gateway.errors import Refused
from gateway.front import RESTS_FOR, Front
from gateway.settings import Settings

APPLICATION: Final = "gateway.wsgi:application"
KILL_AFTER: Final = 8  # seconds: SIGTERM ends everything within 10
LEAVES_WITHIN: Final = 1.0  # seconds after that
PORT_FREE_WITHIN: Final = 5.0  # seconds: what a killed predecessor's last requests may take
BACKLOG: Final = 2048
ENOUGH_FILES: Final = 65_536
_PR_SET_PDEATHSIG: Final = 1

log = structlog.get_logger(__name__)


class PortTaken(Refused):
    """Somebody else answers at this address."""


def serve(settings: Settings, application: str = APPLICATION) -> None:
    """Answer requests until SIGTERM or SIGINT; requests under way are answered first. Raises PortTaken."""
    listening = listen(settings.host, settings.port)
    _allow_many_sockets()
    config = configure(application, settings.web_concurrency)
    log.info("web listens", host=settings.host, port=settings.port, processes=settings.web_concurrency)
    if settings.web_concurrency > 1:
        Multiprocess(config, [listening]).run()
    else:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)  # uvicorn raises it again once it has ended in peace
        uvicorn.Server(config).run([listening])
    log.info("web ended")


def configure(application: Any, processes: int = 1) -> uvicorn.Config:
    """`application`: a `gateway.asgi.Application`, or where to find one."""
    return uvicorn.Config(
        application,
        loop="uvloop",
        http=Front,
        ws="none",
        lifespan="on",
        workers=processes,
        log_config=None,  # its lines pass `gateway.logs`
        log_level="error",
        access_log=False,
        proxy_headers=False,  # gateway.doors sees through ours
        server_header=False,
        timeout_keep_alive=int(RESTS_FOR),
        timeout_graceful_shutdown=KILL_AFTER,
    )


def _allow_many_sockets() -> None:
    """The system begins with a few, and who stalls holds one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH_FILES if most == resource.RLIM_INFINITY else min(most, ENOUGH_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def end_with_parent() -> None:
    """Have a process of several asked to end when its parent dies: an orphan would go on answering at the port."""
    parent = multiprocessing.parent_process()
    if parent is not None and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent.pid:
            sys.exit("the parent process has ended")


def leave_soon() -> None:
    """End the process, whatever its threads still do: one that waits for a silent database would hold it."""
    leave = threading.Timer(LEAVES_WITHIN, os._exit, args=[0])
    leave.daemon = True
    leave.start()


def listen(host: str, port: int, within: float = PORT_FREE_WITHIN) -> socket.socket:
    """The socket, which nobody else listens at. Raises PortTaken."""
    until = time.monotonic() + within
    while True:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # With the protocol's number, without which Python's own loop would leave Nagle on.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen(BACKLOG)
            return listening
        except OSError as fault:
            listening.close()
            if time.monotonic() > until:
                reason = "is taken: stop what listens there" if fault.errno == errno.EADDRINUSE else "can not be used"
                raise PortTaken(f"{host}:{port} {reason}, or set PORT") from None
        time.sleep(0.1)
