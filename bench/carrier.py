"""A carrier on loopback that answers after a while, in Africa's Talking's words.

`python -m bench.carrier PORT DELAY LOG`, DELAY in seconds.

Each message that arrives whole is a line in LOG: monotonic time in nanoseconds (one clock for all processes of a
machine), phone, and text with its line ends as blanks. Any number of connections at once; they are kept alive.
"""

import asyncio
import itertools
import json
import sys
import time
from pathlib import Path
from typing import TextIO
from urllib.parse import parse_qs

_IDS = itertools.count(1)


class Line(asyncio.Protocol):
    """One connection: requests in, answers `delay` seconds later."""

    def __init__(self, delay: float, log: TextIO) -> None:
        self.delay, self.log, self.received = delay, log, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while True:
            head, ended, rest = self.received.partition(b"\r\n\r\n")
            size = _length(head)
            if not ended or len(rest) < size:
                return
            self.received = rest[size:]
            answer = self.take(rest[:size].decode())
            asyncio.get_running_loop().call_later(self.delay, self.answer, answer)

    def take(self, body: str) -> bytes:
        form = parse_qs(body)
        if "message" not in form:
            return json.dumps({"UserData": {"balance": "KES 1785.50"}}).encode()
        self.log.write(f"{time.monotonic_ns()} {form['to'][0]} {' '.join(form['message'][0].split())}\n")
        recipient = {"statusCode": 101, "number": form["to"][0], "status": "Success", "cost": "KES 0.8000"}
        recipient["messageId"] = f"ATXid_{next(_IDS)}"
        return json.dumps({"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [recipient]}}).encode()

    def answer(self, body: bytes) -> None:
        head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        if not self.transport.is_closing():
            self.transport.write(head.encode() + body)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def serve(port: int, delay: float, log: TextIO) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Line(delay, log), "127.0.0.1", port, backlog=512)
    async with server:
        await server.serve_forever()


def main(argv: list[str]) -> None:
    port, delay, log = argv
    with Path(log).open("a", buffering=1, encoding="utf-8") as file:
        asyncio.run(serve(int(port), float(delay), file))


if __name__ == "__main__":
    main(sys.argv[1:])
