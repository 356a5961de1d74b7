"""A bridge as a process of its own: started, spoken to, killed, started again."""

import os
import signal
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import orjson

from contactpro_bridge.settings.tenant import TenantSettings
from contactpro_bridge.tests.stage import ADMIN_TOKEN

START_SECONDS = 30


def bridge_command(*arguments: str) -> list[str]:
    """Return the command line of the bridge."""
    return [sys.executable, "-m", "contactpro_bridge", *arguments]


def run_command(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the bridge's command to its end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONTACTPRO_")}
    return subprocess.run(  # noqa: S603 - our own command
        bridge_command(*arguments), cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@dataclass
class BridgeProcess:
    """One process on one data folder."""

    folder: Path
    port: int = 0
    storage: str = ""
    url: str = ""
    process: "subprocess.Popen[bytes] | None" = None
    log: "IO[bytes]" = field(default_factory=tempfile.TemporaryFile)

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_error: object) -> None:
        """Kill what still runs."""
        self.kill()
        self.log.close()

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "bridge.toml"

    def start(self) -> Self:
        """Start the process and wait for its ready line."""
        self.config.write_text(
            f'[server]\nport = {self.port}\n[admin]\ntoken = "{ADMIN_TOKEN}"\n[lab]\nallow_clock_control = true\n'
            f"[jobs]\npoll_milliseconds = 10\n[storage]\n{self.storage}",
            encoding="utf-8",
        )
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            bridge_command("--config", str(self.config)), stdout=subprocess.PIPE, stderr=self.log, cwd=self.folder
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.logged()
        ready: dict[str, Any] = orjson.loads(line)
        assert ready["ready"] is True
        self.url = ready["url"]
        self.port = int(self.url.rpartition(":")[2])
        return self

    def kill(self) -> None:
        """End the process as a power cut does."""
        if self.process is not None:
            self.process.kill()
            self._reap()

    def end(self, number: int = signal.SIGTERM) -> int:
        """End the process in order; return its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout=20)
        self._reap()
        return code

    def logged(self) -> str:
        """Return what it wrote to stderr."""
        self.log.seek(0)
        return self.log.read().decode()

    def _reap(self) -> None:
        if self.process is not None:
            self.process.wait(timeout=20)
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None


def example_tenants(text: str) -> dict[str, TenantSettings]:
    """Return the tenants of a settings text."""
    return {name: TenantSettings.model_validate(body) for name, body in tomllib.loads(text)["tenants"].items()}
