"""What a benchmark run found, as values, as JSON and as a table. It measures nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from harness.benchmark.programs import Memory

SCHEMA: Final = "bridgelab-bench/1"
FILE: Final = "bench.json"


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where it ran: numbers of different machines do not compare."""

    system: str
    python: str
    aiohttp: str
    uvloop: str
    """Empty when it is not installed."""
    cores: int
    pinned: bool
    """Servers on one core, client on another."""


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """Requests a second of one server at one number of connections: the median over rounds."""

    name: str
    connections: int
    per_second: float
    echo_per_second: float
    """Of the bare echo with the same request, in the same rounds."""
    ratio: float
    """The median of the rounds' own ratios."""
    p50_ms: float
    p99_ms: float
    cpu_us: float | None
    """Processor time of the server's process for one request: this hardly moves when the machine is busy."""
    cpu_ratio: float | None
    """The bare echo's processor time for a request, by this server's."""
    rounds: list[float]
    ratios: list[float]


class WholePath(msgspec.Struct, frozen=True, kw_only=True):
    """Sends that go all the way: accepted, carried to the channel, shown on the phone, every report back."""

    messages: int
    connections: int
    per_second: float
    requests_per_message: float
    """HTTP requests that the lab's one process serves for a message, the send itself included."""
    hops_per_second: float
    cpu_us: float | None
    """Processor time of the lab's process for one message."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """One direction through lab and reference bridge, one message at a time."""

    messages: int
    p50_ms: float
    p99_ms: float


class Scenarios(msgspec.Struct, frozen=True, kw_only=True):
    """How long scenarios take."""

    source: str
    count: int
    median_ms: float
    p95_ms: float


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """How resident memory grows with what a server holds."""

    name: str
    steps: list[tuple[int, float]]
    """How many there were, and MiB at that moment."""


class Report(msgspec.Struct, kw_only=True):
    """Everything one run found. What was left out is named in `skipped`, with a sentence."""

    schema: str = SCHEMA
    quick: bool
    machine: Machine
    rates: list[Rate] = []
    whole_path: WholePath | None = None
    phone_to_agent: Latency | None = None
    agent_to_phone: Latency | None = None
    scenarios: Scenarios | None = None
    start_seconds: dict[str, float] = {}
    memory_mib: dict[str, Memory] = {}
    weights: list[Weight] = []
    skipped: dict[str, str] = {}


def write(report: Report, folder: Path) -> Path:
    """Write `bench.json`; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    return path


def show(report: Report, console: Console) -> None:
    """Print what was found."""
    machine = report.machine
    console.print(
        f"Python {machine.python}, aiohttp {machine.aiohttp}, uvloop {machine.uvloop or 'not installed'}, "
        f"{machine.cores} cores{', servers and client on a core of their own' if machine.pinned else ''}"
        f"{' - quick: the numbers mean little' if report.quick else ''}"
    )
    if report.rates:
        console.print(_rates(report))
    console.print(_rest(report))
    for what, why in report.skipped.items():
        console.print(f"{what} skipped: {why}")


def _rates(report: Report) -> Table:
    table = Table(title="Requests a second, beside a bare aiohttp JSON echo given the same requests")
    table.add_column("what", no_wrap=True)
    for name in ("conn.", "requests/s", "bare echo/s", "ratio", "p50 ms", "p99 ms", "cpu us", "cpu ratio"):
        table.add_column(name, justify="right")
    for rate in report.rates:
        table.add_row(
            rate.name,
            str(rate.connections),
            f"{rate.per_second:,.0f}",
            f"{rate.echo_per_second:,.0f}",
            f"{rate.ratio:.2f}",
            f"{rate.p50_ms:.2f}",
            f"{rate.p99_ms:.2f}",
            "?" if rate.cpu_us is None else f"{rate.cpu_us:.0f}",
            "?" if rate.cpu_ratio is None else f"{rate.cpu_ratio:.2f}",
        )
    return table


def _rest(report: Report) -> Table:
    table = Table(title="The rest")
    table.add_column("what")
    table.add_column("value", justify="right")
    table.add_column("note")
    if (whole := report.whole_path) is not None:
        cpu = "" if whole.cpu_us is None else f", {whole.cpu_us / 1_000:.2f} ms of processor time each"
        note = f"{whole.requests_per_message:g} requests each, {whole.hops_per_second:,.0f}/s in one process{cpu}"
        table.add_row("whole path, messages/s", f"{whole.per_second:,.0f}", note)
    for name, latency in (("phone to agent", report.phone_to_agent), ("agent to phone", report.agent_to_phone)):
        if latency is not None:
            note = f"p99 {latency.p99_ms:.1f} ms, {latency.messages} messages"
            table.add_row(f"{name}, p50", f"{latency.p50_ms:.1f} ms", note)
    if (scenarios := report.scenarios) is not None:
        note = f"p95 {scenarios.p95_ms:.0f} ms, {scenarios.count} scenarios of {scenarios.source}"
        table.add_row("scenario, median", f"{scenarios.median_ms:.0f} ms", note)
    for name, seconds in report.start_seconds.items():
        table.add_row(f"{name} ready after", f"{seconds:.2f} s", "process start to ready line, median")
    for name, memory in report.memory_mib.items():
        ready = "?" if memory.when_ready is None else f"{memory.when_ready:.0f} MiB"
        after = "" if memory.after_the_run is None else f"{memory.after_the_run:.0f} MiB after the measurements"
        table.add_row(f"{name} memory when ready", ready, after)
    for weight in report.weights:
        steps = ", ".join(f"{count:,}: {mib:.0f}" for count, mib in weight.steps)
        table.add_row(weight.name, f"{weight.steps[-1][1]:.0f} MiB", f"MiB at {steps}")
    return table
