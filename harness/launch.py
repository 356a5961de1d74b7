"""Start the lab and the reference bridge as processes of their own, and end them with us.

Each prints one JSON line when it is ready and ends when its standard input closes, so that nothing survives a
crash of ours. Their own output goes to log files in the run's folder. It knows commands, not APIs.
"""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Self

from harness.outcomes import ConfigurationProblem, LabDefect, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

READY_TIMEOUT_SECONDS = 30.0
STOP_TIMEOUT_SECONDS = 10.0
TAIL_LINES = 15


class Process:
    """One started program: ready when it said so, gone when we leave."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, timeout_seconds: float = READY_TIMEOUT_SECONDS) -> dict[str, Any]:
        """Return the ready line; raise with the end of the log when the program does not become ready."""
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - our own interpreter with our own modules
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
        line = self._first_line(timeout_seconds)
        try:
            ready = json.loads(line)
        except ValueError:
            ready = None
        if not isinstance(ready, dict) or not ready.get("ready"):
            self.stop()
            raise self._did_not_start(line)
        return ready

    def _first_line(self, timeout_seconds: float) -> bytes:
        """Wait for one line, then keep draining so that the program never blocks on its output."""
        output = self._running().stdout
        if output is None:  # pragma: no cover - Popen was asked for a pipe
            return b""
        arrived = threading.Event()
        lines: list[bytes] = []

        def drain(stream: IO[bytes]) -> None:
            with suppress(ValueError), self.log.open("ab") as log:
                for line in stream:
                    if not lines:
                        lines.append(line)
                        arrived.set()
                    log.write(line)
                    log.flush()
            arrived.set()

        threading.Thread(target=drain, args=(output,), name=f"{self.name}-output", daemon=True).start()
        arrived.wait(timeout_seconds)
        return lines[0] if lines else b""

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise LabDefect(f"{self.name} was used before it was started")
        return self._child

    def _did_not_start(self, line: bytes) -> Problem:
        said = line.decode("utf-8", "replace").strip()
        tail = self.log.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:]
        reason = "\n".join(tail) or said or "it said nothing"
        code = self._running().returncode
        return ConfigurationProblem(
            f"{self.name} did not become ready (exit code {code}):\n{reason}", f"its log is {self.log}"
        )

    def alive(self) -> bool:
        """Return whether the program still runs."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """End the program: close its input, then ask, then insist. A second call does nothing."""
        child = self._child
        if child is None:
            return
        if child.stdin is not None:
            with suppress(OSError):
                child.stdin.close()
        if child.poll() is None:
            child.terminate()
        try:
            child.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdout is not None:
            child.stdout.close()


@dataclass(frozen=True, slots=True)
class LabAddress:
    """Where a started or an existing lab is reached."""

    control_url: str
    control_token: str | None = None


@dataclass(frozen=True, slots=True)
class BridgeAddress:
    """Where a started reference bridge is reached, and with which right."""

    url: str
    admin_token: str


def lab_command(port: int = 0) -> list[str]:
    """Return the command that serves the lab."""
    return [sys.executable, "-m", "harness.lab", "--port", str(port), "--die-with-parent"]


def bridge_command(config: Path) -> list[str]:
    """Return the command that serves the reference bridge."""
    return [sys.executable, "-m", "contactpro_bridge", "--config", str(config), "--die-with-parent"]


def bridge_config(data: Path, admin_token: str, port: int = 0) -> str:
    """Return a reference bridge's TOML for the lab: everything in one folder, clocks that can be moved."""
    values: Mapping[str, Mapping[str, str | int | bool]] = {
        "server": {"host": "127.0.0.1", "port": port},
        "storage": {"data_dir": str(data)},
        "admin": {"token": admin_token},
        "lab": {"allow_clock_control": True},
    }
    lines: list[str] = []
    for table, keys in values.items():
        lines.append(f"[{table}]")
        # JSON's strings, integers and booleans are TOML's too.
        lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


class Launcher:
    """The processes of one run; leaving the context ends them, the bridge before the lab."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()

    def _start(self, name: str, command: Sequence[str]) -> dict[str, Any]:
        process = Process(name, command, self._folder / f"{name}.log")
        self._stack.callback(process.stop)
        return process.start()

    def lab(self, command: Sequence[str] | None = None) -> LabAddress:
        """Start the lab and return its address."""
        ready = self._start("lab", command or lab_command())
        return LabAddress(str(ready["control_url"]))

    def bridge(self, command: Sequence[str] | None = None, *, port: int = 0) -> BridgeAddress:
        """Start the reference bridge with a configuration and data of this run only."""
        token = secrets.token_hex(16)
        data = self._folder / "bridge-data"
        shutil.rmtree(data, ignore_errors=True)  # what a run before this one left
        data.mkdir()
        config = self._folder / "bridge.toml"
        config.write_text(bridge_config(data, token, port), "utf-8")
        config.chmod(0o600)
        ready = self._start("bridge", command or bridge_command(config))
        return BridgeAddress(str(ready["url"]), token)

    def close(self) -> None:
        """End what was started, last first."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
