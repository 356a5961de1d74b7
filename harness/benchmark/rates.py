"""Requests a second: each server's rounds alternate with the bare echo's, so that a slow moment hits both."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from fake_channels.registry import CHANNELS
from harness.benchmark.control import Control
from harness.benchmark.effort import Effort
from harness.benchmark.load import Order, Result, request_bytes
from harness.benchmark.programs import Program, cores, module
from harness.benchmark.result import Rate, WholePath
from harness.benchmark.texts import TEXT
from harness.outcomes import LabDefect

UNREACHABLE: Final = "http://127.0.0.1:9"
"""The discard port: nobody listens."""
JSON: Final = msgspec.json.encode({"to": "15550001", "type": "text", "text": {"body": TEXT, "preview_url": False}})
GIVE_UP_SECONDS: Final = 120.0
SEND: Final = "messages:send, accepted only"
TUNED: Final = "aiohttp echo with orjson and uvloop"


class Target(msgspec.Struct, frozen=True):
    """One request to one server."""

    url: str
    path: str
    headers: dict[str, str]
    body: bytes

    def at(self, url: str) -> Target:
        """The same request to another server."""
        return msgspec.structs.replace(self, url=url)


def fire(target: Target, connections: int, **how: Any) -> Result:
    """Run the load generator once, in a process of its own."""
    parts = urlsplit(target.url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    order = Order(
        host=host,
        port=port,
        request=request_bytes(host, port, target.path, target.headers, target.body),
        connections=connections,
        cpu=cores()[1],
        **how,
    )
    command = module("harness.benchmark.load")
    done = subprocess.run(  # noqa: S603 - our own module
        command, input=msgspec.json.encode(order), stdout=subprocess.PIPE, check=True, timeout=GIVE_UP_SECONDS
    )
    result = msgspec.json.decode(done.stdout, type=Result)
    if set(result.statuses) != {"200"}:
        raise LabDefect(f"{target.url}{target.path} answered {result.statuses} instead of 200 only")
    return result


@dataclass(frozen=True, slots=True)
class Shot:
    """One round of one server, with what it cost the server's process."""

    result: Result
    cpu_us: float | None


class Rates:
    """Measures rates; every server is a program of its own on the servers' core."""

    def __init__(self, folder: Path, effort: Effort) -> None:
        self._folder = folder
        self._effort = effort

    @contextmanager
    def program(self, name: str, *command: str) -> Iterator[tuple[Program, dict[str, Any]]]:
        """A running server and its ready line."""
        program = Program(name, module(*command), self._folder / f"{name}.log")
        try:
            yield program, program.run(cores()[0])
        finally:
            program.stop()

    def measure(self, name: str, program: Program, target: Target) -> Iterator[Rate]:
        """One rate for each number of connections, the bare echo's rounds in between."""
        with self.program("echo", "harness.benchmark.echo", "plain") as (echo, ready):
            bare = target.at(str(ready["url"]))
            for connections in self._effort.connections:
                pairs = [
                    (self._fire(echo, bare, connections), self._fire(program, target, connections))
                    for _ in range(self._effort.rounds)
                ]
                yield _rate(name, connections, pairs)

    def _fire(self, program: Program, target: Target, connections: int) -> Shot:
        effort = self._effort
        before = program.cpu_seconds()
        result = fire(target, connections, warm_up_requests=effort.warm_up_requests, seconds=effort.seconds)
        return Shot(result, _cpu_us(program, before, result.requests + effort.warm_up_requests))

    # The servers under measurement

    def tuned_echo(self) -> Iterator[Rate]:
        """What aiohttp itself can do at best."""
        with self.program("tuned-echo", "harness.benchmark.echo", "tuned") as (program, ready):
            yield from self.measure(TUNED, program, Target(str(ready["url"]), "/", {}, JSON))

    def channel(self, name: str) -> Iterator[Rate]:
        """A channel's send endpoint alone, every text shown on a phone."""
        with self.program(name, "harness.benchmark.alone", name) as (program, ready):
            yield from self.measure(f"{CHANNELS[name].title}, send", program, shot(ready))

    def accepting(self) -> Iterator[Rate]:
        """The Conversation API's send endpoint with time standing still: validated, stored, queued, never carried."""
        with self.program("lab", "harness.lab", "--port", "0", "--die-with-parent") as (program, ready):
            control = Control(str(ready["control_url"]))
            world = control.world("benchmark", addresses={"graph": UNREACHABLE}, clock={"mode": "manual"})
            yield from self.measure(SEND, program, send_target(control, world, control.customer(world)))

    def whole_path(self) -> WholePath:
        """Sends without a limit of the app's rate, until the last report has come back."""
        count, connections = self._effort.whole_path_messages, self._effort.connections[0]
        with self.program("unlimited-lab", "harness.benchmark.lab") as (program, ready):
            control = Control(str(ready["control_url"]))
            world = control.world("benchmark", history=20 * count)
            control.unlimited(world)
            identity = control.customer(world)
            control.write(world, identity, "hello")
            seq, cpu = control.trace(world)[-1]["seq"], program.cpu_seconds()
            fire(send_target(control, world, identity), connections, requests=count)
            control.settle(world)
            cpu_us = _cpu_us(program, cpu, count)
            hops = [hop for hop in control.trace(world, seq) if hop["kind"] == "http" and hop["name"] != "token"]
        shown = [hop for hop in hops if hop["target"] == "whatsapp" and hop["status"] == 200]  # noqa: PLR2004  accepted
        seconds = (control.instant(hops[-1]) - control.instant(hops[0])).total_seconds()
        return WholePath(
            messages=len(shown),
            connections=connections,
            per_second=round(len(shown) / seconds, 1),
            requests_per_message=round(len(hops) / len(shown), 2),
            hops_per_second=round(len(hops) / seconds, 1),
            cpu_us=cpu_us,
        )


def _cpu_us(program: Program, before: float | None, requests: int) -> float | None:
    after = program.cpu_seconds()
    return None if before is None or after is None else round((after - before) / requests * 1_000_000, 1)


def _rate(name: str, connections: int, pairs: list[tuple[Shot, Shot]]) -> Rate:
    """The medians of the rounds, each a pair of echo and server."""
    bare, own = [pair[0].result for pair in pairs], [pair[1].result for pair in pairs]
    ratios = [mine.per_second / echo.per_second for echo, mine in zip(bare, own, strict=True)]
    costs = [(echo.cpu_us, mine.cpu_us) for echo, mine in pairs if echo.cpu_us and mine.cpu_us]
    return Rate(
        name=name,
        connections=connections,
        per_second=round(median(one.per_second for one in own), 1),
        echo_per_second=round(median(one.per_second for one in bare), 1),
        ratio=round(median(ratios), 3),
        p50_ms=round(median(one.p50_ms for one in own), 3),
        p99_ms=round(median(one.p99_ms for one in own), 3),
        cpu_us=round(median(mine for _, mine in costs), 1) if costs else None,
        cpu_ratio=round(median(echo / mine for echo, mine in costs), 3) if costs else None,
        rounds=[round(one.per_second, 1) for one in own],
        ratios=[round(ratio, 3) for ratio in ratios],
    )


def shot(ready: dict[str, Any]) -> Target:
    """The request that a channel alone told in its ready line."""
    return Target(ready["url"], ready["path"], ready["headers"], base64.b64decode(ready["body"]))


def send_target(control: Control, world: dict[str, Any], identity: str) -> Target:
    """A text as the Conversation API takes it, with what a contact centre adds."""
    sinch = world["sinch"]
    parts = urlsplit(sinch["service_connection"])
    body = {
        "app_id": sinch["app_id"],
        "recipient": {"identified_by": {"channel_identities": [{"channel": "WHATSAPP", "identity": identity}]}},
        "message": {"text_message": {"text": TEXT}},
        "channel_priority_order": ["WHATSAPP"],
        "message_metadata": '{"chat":"01J9ZQ4S8C7N2B5T6W3E1R0Y9K","agent":"a17"}',
        "correlation_id": "4f1c2f7e-6c2b-4a9b-9b1e-2f8c1f0a7d11",
        "processing_strategy": "DEFAULT",
    }
    headers = {"Authorization": f"Bearer {control.token(world)}"}
    return Target(f"http://{parts.netloc}", parts.path, headers, msgspec.json.encode(body))
