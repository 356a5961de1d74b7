"""How much is measured: enough for numbers that repeat, or just enough to see that everything works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Effort:
    """The amounts of one run."""

    connections: tuple[int, ...]
    rounds: int
    seconds: float
    """Of one round of one server at one number of connections."""
    warm_up_requests: int
    whole_path_messages: int
    latency_messages: int
    starts: int
    customers: int
    """In one world, with a phone on every channel."""
    stream_messages: int
    scenarios: str
    """Which, as pytest's -k has it; empty for all."""


FULL: Final = Effort((16, 64), 5, 1.5, 2_000, 3_000, 200, 3, 10_000, 200_000, "")
QUICK: Final = Effort((4,), 1, 0.1, 50, 30, 5, 1, 20, 200, "TEXT")
