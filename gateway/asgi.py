"""The application as the server sees it (ASGI): its beginning and end, its pages, and whose time is over."""

import asyncio
import resource
from collections.abc import Callable, MutableMapping
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, Final

from a2wsgi import WSGIMiddleware

from gateway.doors import MAX_REQUEST
from gateway.front import Front
from gateway.known_heads import KnownHeads
from gateway.lane import Lane
from gateway.server import end_with_parent

Message = MutableMapping[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Message], Any]

LOOKS_EVERY: Final = 1.0
MOST_READ: Final = 64 * MAX_REQUEST
"""Of all bodies that are being read, together: strangers' halves of them must not take the memory."""


class Application:
    """Pages by Flask in threads, once a request has come whole; callbacks by the lane, past this."""

    def __init__(
        self, flask: Any, threads: int, open_lane: Callable[[Executor], Lane | None], leave: Callable[[], None]
    ) -> None:
        """`flask`: a WSGI application. `leave` is called when the last request has been answered or given up."""
        self._pages: Any = WSGIMiddleware(flask, workers=threads)
        self._callbacks = ThreadPoolExecutor(threads, "callback")
        """Of their own: pages that wait for a silent database must not keep them from the spool."""
        self._open_lane, self._leave = open_lane, leave
        self.lane: Lane | None = None
        self._reading = 0
        self.connections: set[Front] = set()
        self.heads = KnownHeads()
        self.most_connections = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2
        """The other half is for files: the database and the spool need theirs when strangers have taken all."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            body = await self._read(receive)
            if body is not None:
                await self._pages(scope, _giving(body), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """A request's body, or as much of it as shows that it is too long.

        None: the sender hung up, or the bodies that are being read take too much together.
        """
        body = bytearray()
        try:
            while True:
                message: Message = await receive()
                if message["type"] != "http.request":
                    return None
                part = message.get("body", b"")
                body += part
                self._reading += len(part)
                if not message.get("more_body") or len(body) > MAX_REQUEST:
                    return bytes(body)
                if self._reading > MOST_READ:
                    return None  # 500 and the end
        finally:
            self._reading -= len(body)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        end_with_parent()
        self.lane = self._open_lane(self._callbacks)
        looking = asyncio.get_running_loop().create_task(self._look())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        looking.cancel()
        self._leave()
        await send({"type": "lifespan.shutdown.complete"})

    async def _look(self) -> None:
        """Let go of those whose time is over."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            for front in [front for front in self.connections if front.due < loop.time()]:
                front.transport.abort()


def _giving(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
