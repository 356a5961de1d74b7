"""The programs under measurement: started, pinned to one core, and weighed.

Where the system offers no pinning or no /proc, the measurement goes on without.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.launch import Process

_USER_TICKS: Final = 11
"""Where `utime` stands in /proc/PID/stat, counted from after the name; `stime` is next."""
_RESIDENT: Final = re.compile(r"VmRSS:\s+(\d+) kB")


class Memory(msgspec.Struct, frozen=True):
    """Resident memory in MiB; None where the system does not tell."""

    when_ready: float | None
    after_the_run: float | None = None


class Program(Process):
    """A started program that knows how long it took to be ready, and what it weighs."""

    start_seconds: float = 0.0
    resident_when_ready: float | None = None

    def run(self, cpu: int | None = None) -> dict[str, Any]:
        """Start it, on one core if asked; returns its ready line."""
        began = time.perf_counter()
        ready = self.start()
        self.start_seconds = time.perf_counter() - began
        self.resident_when_ready = self.resident()
        if cpu is not None:
            with suppress(AttributeError, OSError):
                os.sched_setaffinity(self._running().pid, {cpu})
        return ready

    def resident(self) -> float | None:
        """Resident memory in MiB."""
        try:
            text = Path(f"/proc/{self._running().pid}/status").read_text("ascii")
        except OSError:
            return None
        found = _RESIDENT.search(text)
        return round(int(found[1]) / 1_024, 1) if found else None

    def cpu_seconds(self) -> float | None:
        """Processor time it has used so far; None where the system does not tell."""
        try:
            text = Path(f"/proc/{self._running().pid}/stat").read_text("ascii")
        except OSError:
            return None
        fields = text.rpartition(")")[2].split()
        return (int(fields[_USER_TICKS]) + int(fields[_USER_TICKS + 1])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> Memory:
        """What it weighed when it was ready, and weighs now."""
        return Memory(self.resident_when_ready, self.resident())


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs one of our own modules."""
    return [sys.executable, "-m", name, *arguments]


def cores() -> tuple[int | None, int | None]:
    """One core for servers and another for the client; None for both where there are not two to choose from."""
    allowed: Sequence[int] = []
    with suppress(AttributeError, OSError):
        allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[1]) if len(allowed) > 1 else (None, None)
