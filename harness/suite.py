"""One run of the suite by pytest, in this process: the same arguments for `run`, `selftest` and whoever embeds it.

Only the plugins that the suite needs are loaded: other installed ones cost a second and have opinions of their own.
It prints nothing and judges nothing; what became of the run stands in its folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.runfile import clear

FEATURES = Path(__file__).resolve().parent.parent / "features"
SCENARIOS = "test_scenarios.py"
"""The module of a features folder that collects its scenarios."""
PLUGINS = ("pytest-bdd", "timeout", "harness.plugin")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is run, against whom, and where its evidence goes."""

    folder: Path
    features: Path = FEATURES
    subject: Path | None = None
    waivers: Path | None = None
    lab: str | None = None
    lab_token: str | None = None
    keyword: str | None = None
    channels: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    workers: int = 0

    def arguments(self) -> list[str]:
        """Return pytest's command line."""
        given = {
            "--subject": self.subject,
            "--waivers": self.waivers,
            "--lab": self.lab,
            "--lab-token": self.lab_token,
            "-k": self.keyword,
        }
        line = [str(self.features / SCENARIOS), f"--rootdir={self.features.parent}"]
        line += ["-c", str(FEATURES / "suite.ini")]
        line += ["--disable-plugin-autoload", "-p", "no:cacheprovider", "-p", "no:terminal"]
        for plugin in (*PLUGINS, *(["xdist"] if self.workers else [])):
            line += ["-p", plugin]
        line.append(f"--run-folder={self.folder.resolve()}")
        line += [f"--channel={name}" for name in self.channels]
        line += [f"--requirement={name}" for name in self.requirements]
        line += ["-n", str(self.workers)] if self.workers else []
        for option, value in given.items():
            line += [option, str(value)] if value is not None else []
        return line


def run_suite(choice: Choice, *watchers: object) -> int:
    """Run the chosen scenarios and return what pytest says; watchers are plugins that see its reports.

    What an earlier run left in the folder is removed first.
    """
    clear(choice.folder)
    return int(pytest.main(choice.arguments(), plugins=list(watchers)))
