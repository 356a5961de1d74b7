"""Memory: a crowd of customers in one world, and a long stream of messages under a capped history."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fake_channels.registry import CHANNELS
from harness.benchmark.control import Control
from harness.benchmark.effort import Effort
from harness.benchmark.programs import Program, cores, module
from harness.benchmark.rates import fire, shot
from harness.benchmark.result import Weight
from harness.outcomes import LabDefect

STEPS: Final = 5
STREAM: Final = "whatsapp"


def crowd(folder: Path, effort: Effort) -> Weight:
    """A lab with one world of every channel, and more and more customers in it."""
    program = Program("crowd", module("harness.lab", "--port", "0", "--die-with-parent"), folder / "crowd.log")
    try:
        control = Control(str(program.run(cores()[0])["control_url"]))
        world = control.world("crowd", channels=list(CHANNELS))
        steps = [(0, _resident(program))]
        for count in _steps(effort.customers):
            for _ in range(count - steps[-1][0]):
                control.customer(world)
            steps.append((count, _resident(program)))
    finally:
        program.stop()
    return Weight(name=f"world with {effort.customers:,} customers on {len(world['channels'])} channels", steps=steps)


def stream(folder: Path, effort: Effort) -> Weight:
    """One channel alone, with the usual cap of the history, and one message after another."""
    program = Program("stream", module("harness.benchmark.alone", STREAM), folder / "stream.log")
    try:
        target = shot(program.run(cores()[0]))
        steps = [(0, _resident(program))]
        for count in _steps(effort.stream_messages):
            fire(target, effort.connections[0], requests=count - steps[-1][0])
            steps.append((count, _resident(program)))
    finally:
        program.stop()
    return Weight(name=f"{effort.stream_messages:,} messages under a capped history", steps=steps)


def _steps(most: int) -> list[int]:
    return [most * step // STEPS for step in range(1, STEPS + 1)]


def _resident(program: Program) -> float:
    found = program.resident()
    if found is None:
        raise LabDefect("this system does not tell what a process weighs")
    return found
