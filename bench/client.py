"""The load without wrk: `python -m bench.client JOURNEY.json PORT SECONDS CONNECTIONS RUN [PAUSE]`.

The same journeys, checked alike, over plain sockets in one loop. It is slower than wrk, so that fast servers seem
slower through it; what it prints is what `load.lua` prints. With PAUSE each connection rests that long (in seconds)
after every answer, which measures an idle server; then the client itself stays awake, or its own waking up would count.
"""

import json
import selectors
import socket
import sys
import time
from pathlib import Path
from typing import Any

from bench.figures import percentile
from bench.journeys import ID
from bench.processes import rest

HEADERS = "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"


class Phone:
    """One keep-alive connection that walks its journeys."""

    def __init__(self, number: int, run: int, port: int, journey: dict[str, Any]) -> None:
        self.number, self.run = number, run
        self.hops, self.path, self.fresh = journey["hops"], journey["path"], journey["fresh"]
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.session, self.hop, self.received, self.sent_at = 0, -1, b"", 0.0
        self.times: list[list[float]] = [[] for _ in self.hops]
        self.wrong, self.first_wrong = 0, ""

    def press(self) -> None:
        self.hop = (self.hop + 1) % len(self.hops)
        if self.hop == 0 or self.fresh:
            self.session += 1
            self.id = f"{self.run % 1000:03d}{self.number:02d}{self.session % 10000:04d}"
        body = self.hops[self.hop]["body"].replace(ID, self.id).encode()
        head = HEADERS.format(path=self.path) + f"Content-Length: {len(body)}\r\n\r\n"
        self.sent_at = time.perf_counter()
        self.socket.sendall(head.encode() + body)

    def hear(self) -> bool:
        """Read; true when the answer is whole."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server hung up")
        self.received += chunk
        head, ended, body = self.received.partition(b"\r\n\r\n")
        if not ended or len(body) < _length(head):
            return False
        self.times[self.hop].append(time.perf_counter() - self.sent_at)
        expected = self.hops[self.hop]["expected"].encode()
        if not (head.startswith(b"HTTP/1.1 200") and body.startswith(expected)):
            self.wrong += 1
            line = head.partition(b"\r\n")[0][9:12] + b" " + body[:60]
            self.first_wrong = self.first_wrong or f"hop {self.hop + 1}: " + line.decode(errors="replace")
            self.hop = -1
        self.received = b""
        return True


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def play(phones: list[Phone], seconds: float, pause: float) -> float:
    """Let the phones walk; returns how long it took."""
    began = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for phone in phones:
            selector.register(phone.socket, selectors.EVENT_READ, phone)
            phone.press()
        while time.perf_counter() - began < seconds:
            for key, _ in selector.select(0 if pause else 1):
                phone = key.data
                if phone.hear():
                    rest(pause)
                    phone.press()
    return time.perf_counter() - began


def measure(
    journey: dict[str, Any], port: int, seconds: float, connections: int, run: int, pause: float = 0.0
) -> tuple[list[Phone], float]:
    phones = [Phone(number, run, port, journey) for number in range(connections)]
    try:
        took = play(phones, seconds, pause)
    finally:
        for phone in phones:
            phone.socket.close()
    return phones, took


def main(argv: list[str]) -> None:
    file, port, seconds, connections, run, *pause = argv
    journey = json.loads(Path(file).read_text())
    phones, took = measure(journey, int(port), float(seconds), int(connections), int(run), float((pause or ["0"])[0]))
    times = [value for phone in phones for hop in phone.times for value in hop]
    wrong = sum(phone.wrong for phone in phones)
    first = next((phone.first_wrong for phone in phones if phone.first_wrong), "")
    p50, p99 = (int(percentile(times, part) * 1e6) for part in (0.5, 0.99))
    sys.stdout.write(f"BENCH {len(times) - wrong} {wrong} {int(took * 1e6)} {p50} {p99} {' '.join(first.split())}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
