"""How long scenarios take: read from the evidence of a run, or from a run made for the purpose."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from harness.benchmark.programs import module
from harness.benchmark.result import Scenarios
from harness.outcomes import ConfigurationProblem
from harness.runfile import RUN_FILE

GIVE_UP_SECONDS: Final = 300.0
_RAN: Final = frozenset({"pass", "fail"})


def from_run(path: Path) -> Scenarios:
    """The durations in a `run.jsonl`, or in the folder of one; scenarios that did not run do not count.

    Raises:
        ConfigurationProblem: there is no such file, or nothing ran in it.
    """
    file = path / RUN_FILE if path.is_dir() else path
    try:
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise ConfigurationProblem(f"{file} is no evidence of a run: {error}", "give the run.jsonl of a run") from error
    found = sorted(
        float(line["duration_ms"]) for line in lines if line.get("type") == "scenario" and line["outcome"] in _RAN
    )
    if not found:
        raise ConfigurationProblem(f"no scenario ran in {file}", "give the run.jsonl of a run of the suite")
    p95 = quantiles(found, n=20)[-1] if len(found) > 1 else found[0]
    return Scenarios(source=file.name, count=len(found), median_ms=round(median(found), 1), p95_ms=round(p95, 1))


def run_some(folder: Path, matching: str) -> Scenarios:
    """Run the suite on WhatsApp against the reference bridge, in one process; `matching` is pytest's -k.

    Raises:
        ConfigurationProblem: nothing ran.
    """
    out = folder / "scenarios"
    chosen = ("-k", matching) if matching else ()
    command = module("harness.cli", "run", "--channel", "whatsapp", *chosen, "--out", str(out))
    log = folder / "scenarios.log"
    with log.open("wb") as stream:
        subprocess.run(  # noqa: S603 - our own module
            command, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL, check=False, timeout=GIVE_UP_SECONDS
        )
    return from_run(out)
