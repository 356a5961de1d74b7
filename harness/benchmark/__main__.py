"""`python -m harness.benchmark`: measure everything, or a part, print a table and write `bench.json`."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

from rich.console import Console

from harness.benchmark import latency, result, scenarios, weight
from harness.benchmark.effort import FULL, QUICK, Effort
from harness.benchmark.latency import Pair, start_bridge
from harness.benchmark.programs import Program, cores, module
from harness.benchmark.rates import Rates
from harness.benchmark.result import Machine, Report
from harness.outcomes import Problem

SENDING: Final = ("whatsapp", "telegram", "line")
"""Whose send endpoint is measured: those of the bots and gateways that send most."""


class Run:
    """One run: each part writes into the report; a part that cannot be measured is named there with the reason."""

    def __init__(self, folder: Path, effort: Effort, evidence: Path | None, *, quick: bool) -> None:
        self.report = Report(quick=quick, machine=_machine())
        self._folder, self._effort, self._evidence = folder, effort, evidence
        self._rates = Rates(folder, effort)

    def part(self, name: str) -> None:
        """Measure one part."""
        try:
            PARTS[name](self)
        except Problem as problem:
            self.report.skipped[name] = str(problem)

    def echo(self) -> None:
        """What aiohttp can do at best."""
        self.report.rates += self._rates.tuned_echo()

    def channels(self) -> None:
        """The channels' own send endpoints."""
        for name in SENDING:
            self.report.rates += self._rates.channel(name)

    def send(self) -> None:
        """The Conversation API's send endpoint."""
        self.report.rates += self._rates.accepting()

    def path(self) -> None:
        """The whole path of a message in one process."""
        self.report.whole_path = self._rates.whole_path()

    def weight(self) -> None:
        """What many customers and many messages weigh."""
        self.report.weights += [weight.crowd(self._folder, self._effort), weight.stream(self._folder, self._effort)]

    def start(self) -> None:
        """Start-up times, and memory when ready."""
        for name, once in (("lab", self._start_lab), ("bridge", self._start_bridge)):
            programs = []
            for number in range(self._effort.starts):
                program = once(f"start-{name}-{number}")
                program.stop()
                programs.append(program)
            self.report.start_seconds[name] = round(median(program.start_seconds for program in programs), 3)

    def _start_lab(self, name: str) -> Program:
        program = Program(name, module("harness.lab", "--port", "0", "--die-with-parent"), self._folder / f"{name}.log")
        program.run()
        return program

    def _start_bridge(self, name: str) -> Program:
        return start_bridge(self._folder, name)[0]

    def latency(self) -> None:
        """Both directions through lab and bridge, and what the two weigh before and after."""
        with Pair(self._folder) as pair:
            self.report.phone_to_agent, self.report.agent_to_phone = latency.measure(pair, self._effort)
            self.report.memory_mib = {"lab": pair.lab.memory(), "bridge": pair.bridge.memory()}

    def scenarios(self) -> None:
        """The median scenario."""
        if self._evidence is None:
            self.report.scenarios = scenarios.run_some(self._folder, self._effort.scenarios)
        else:
            self.report.scenarios = scenarios.from_run(self._evidence)


PARTS: Final[dict[str, Callable[[Run], None]]] = {
    "echo": Run.echo,
    "channels": Run.channels,
    "send": Run.send,
    "path": Run.path,
    "weight": Run.weight,
    "start": Run.start,
    "latency": Run.latency,
    "scenarios": Run.scenarios,
}


WIDTH: Final = 116
"""The table needs this much, also where output goes to a file."""


def _machine() -> Machine:
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        aiohttp=importlib.metadata.version("aiohttp"),
        uvloop=_version("uvloop"),
        cores=os.cpu_count() or 1,
        pinned=cores()[0] is not None,
    )


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(
        prog="python -m harness.benchmark",
        description="Measure what the lab costs, beside a bare aiohttp echo; close other programs first.",
    )
    made.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for bench.json")
    made.add_argument("--quick", action="store_true", help="see that everything works; the numbers mean little")
    made.add_argument(
        "--only", action="append", choices=tuple(PARTS), metavar="PART", help=f"one of {', '.join(PARTS)}; repeatable"
    )
    made.add_argument("--run", type=Path, metavar="RUN.JSONL", help="take the scenarios' durations from this run")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write; returns the exit code."""
    options = parser().parse_args(arguments)
    console = Console()
    console = Console(width=max(console.width, WIDTH))
    with tempfile.TemporaryDirectory(prefix="bridgelab-bench-") as folder:
        effort = QUICK if options.quick else FULL
        run = Run(Path(folder), effort, options.run, quick=options.quick)
        for name in options.only or PARTS:
            console.print(f"measuring {name} ...", style="dim")
            run.part(name)
    result.show(run.report, console)
    console.print(f"written: {result.write(run.report, options.out)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
