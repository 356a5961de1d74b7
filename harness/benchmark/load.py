"""The load generator: keep-alive connections that send one prepared request again and again and time each answer.

A program of its own (`python -m harness.benchmark.load`, an order on standard input, a result on standard output), so
that it competes with no server for the interpreter. It reads no more of an answer than it must: status and length.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections import Counter
from contextlib import suppress
from typing import Final, cast

import msgspec

from fake_channels.core.serving import loop_factory

_LENGTH: Final = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)
_STATUS: Final = slice(9, 12)
"""Where the three digits stand in `HTTP/1.1 200 OK`."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to do: send `request` over `connections` connections, for so many seconds or so many times."""

    host: str
    port: int
    request: bytes
    connections: int
    warm_up_requests: int = 0
    seconds: float = 0.0
    requests: int = 0
    """Stop after this many answers instead of after a time."""
    cpu: int | None = None
    """Run on this core only."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How it went, without the warm-up."""

    requests: int
    seconds: float
    statuses: dict[str, int]
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def request_bytes(host: str, port: int, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """One POST request with a JSON body, ready for the socket."""
    named = {"Host": f"{host}:{port}", "Content-Type": "application/json", **headers, "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


class Tally:
    """What all connections count together; the warm-up's answers are not counted."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.done = asyncio.get_running_loop().create_future()
        self._skipping = order.warm_up_requests
        self._latencies: list[float] = []
        self._statuses: Counter[bytes] = Counter()
        self._begin(time.perf_counter())

    def _begin(self, now: float) -> None:
        self._began = self._ended = now
        self._deadline = now + self.order.seconds if self.order.seconds else float("inf")

    def take(self, status: bytes, seconds: float, now: float) -> bool:
        """Note one answer; False when there is nothing more to send."""
        if self._skipping:
            self._skipping -= 1
            if not self._skipping:
                self._begin(now)
            return True
        if self.done.done():
            return False
        self._latencies.append(seconds)
        self._statuses[status] += 1
        if now < self._deadline and (not self.order.requests or len(self._latencies) < self.order.requests):
            return True
        self._ended = now
        self.done.set_result(None)
        return False

    def result(self) -> Result:
        """The numbers."""
        ordered = sorted(self._latencies)
        return Result(
            requests=len(ordered),
            seconds=self._ended - self._began,
            statuses={status.decode(): count for status, count in self._statuses.items()},
            p50_ms=_quantile(ordered, 0.50),
            p99_ms=_quantile(ordered, 0.99),
        )


class Connection(asyncio.Protocol):
    """One keep-alive connection with one request under way at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._missing = -1
        self._sent = 0.0
        self._status = b""
        self._tally: Tally | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without inheriting from it

    def start(self, tally: Tally) -> None:
        """Send the first request."""
        self._tally = tally
        self._send()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """A server that hangs up spoils the measurement: say so."""
        if self._tally is not None and not self._tally.done.done():
            self._tally.done.set_exception(exc or ConnectionError("the server closed a connection"))

    def _send(self) -> None:
        if self._transport is not None and self._tally is not None:
            self._sent = time.perf_counter()
            self._transport.write(self._tally.order.request)

    def data_received(self, data: bytes) -> None:
        """Count bytes until the answer is whole, then ask again."""
        if self._missing < 0:
            self._buffer += data
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            found = _LENGTH.search(self._buffer, 0, end + 2)
            self._status = self._buffer[_STATUS]
            self._missing = (int(found[1]) if found else 0) - (len(self._buffer) - end - 4)
            self._buffer = b""
        else:
            self._missing -= len(data)
        if self._missing <= 0:
            self._missing = -1
            now = time.perf_counter()
            if self._tally is not None and self._tally.take(self._status, now - self._sent, now):
                self._send()


async def run(order: Order) -> Result:
    """Carry an order out."""
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(Connection, order.host, order.port))[1] for _ in range(order.connections)
    ]
    tally = Tally(order)
    try:
        for connection in connections:
            connection.start(tally)
        await tally.done
    finally:
        for connection in connections:
            connection.close()
    return tally.result()


def _quantile(ordered: list[float], share: float) -> float:
    if not ordered:
        return 0.0
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1_000, 4)


def main() -> None:
    """Read an order, carry it out, write the result."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    if order.cpu is not None:
        with suppress(AttributeError, OSError):
            os.sched_setaffinity(0, {order.cpu})
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        result = runner.run(run(order))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
