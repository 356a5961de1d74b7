"""`run.jsonl`, the evidence of a run: header, scenarios, verdicts, footer, one JSON object a line.

Every process writes the scenarios that it ran to a part of its own; whoever is in control puts the parts
together at the end. The footer comes last: without it the run is known to be truncated.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from harness.verdicts import Verdict

SCHEMA = "bridgelab-run/1"
PARTS = "parts"
RUN_FILE = "run.jsonl"
WAIVERS_FILE = "waivers.txt"

EVENT_KEYS = (
    "seq",
    "at",
    "wall",
    "kind",
    "source",
    "target",
    "name",
    "method",
    "url",
    "request",
    "status",
    "response",
    "duration_ms",
    "ids",
    "note",
)


@dataclass(slots=True)
class StepRecord:
    """One step as it went."""

    keyword: str
    text: str
    outcome: str = "skipped"
    duration_ms: float = 0.0
    message: str = ""


@dataclass(slots=True)
class ScenarioRecord:
    """One scenario as it went."""

    id: str
    feature: str
    name: str
    file: str
    line: int
    tags: list[str]
    requirements: list[str]
    channel: str
    outcome: str = "error"
    reason: str = ""
    duration_ms: float = 0.0
    steps: list[StepRecord] = field(default_factory=list)
    world: str = ""
    trace: list[dict[str, Any]] = field(default_factory=list)

    def line_of(self) -> dict[str, Any]:
        """Return the record as the run file writes it."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__}
        own["steps"] = [{name: getattr(step, name) for name in step.__dataclass_fields__} for step in self.steps]
        own["duration_ms"] = round(self.duration_ms, 3)
        return {"type": "scenario", **own}


def told_events(lab: Iterable[Mapping[str, Any]], desk: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the lab's events and the agent's notes as one story: by wall time, numbered anew."""
    merged = sorted([*lab, *desk], key=lambda event: (event["wall"], event.get("seq", 0)))
    return [
        {key: event.get(key) for key in EVENT_KEYS} | {"seq": number, "ids": list(event.get("ids") or ())}
        for number, event in enumerate(merged, 1)
    ]


def desk_event(at: str, wall: str, name: str, note: str) -> dict[str, Any]:
    """Return an action of the agent as a trace event."""
    return {
        "at": at,
        "wall": wall,
        "kind": "note",
        "source": "desk",
        "target": "subject",
        "name": name,
        "note": note or None,
        "ids": [],
    }


def clear(folder: Path) -> None:
    """Remove the evidence of an earlier run from a folder, so that nothing old is taken for new."""
    shutil.rmtree(folder / PARTS, ignore_errors=True)
    (folder / RUN_FILE).unlink(missing_ok=True)
    (folder / WAIVERS_FILE).unlink(missing_ok=True)


def encode(line: Mapping[str, Any]) -> str:
    """Return one line of a run file, without its end."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


class Part:
    """The scenarios of one process, each line complete on the disk before the next begins."""

    def __init__(self, folder: Path, worker: str) -> None:
        parts = folder / PARTS
        parts.mkdir(parents=True, exist_ok=True)
        self._path = parts / f"{worker}.jsonl"
        self._path.touch()

    def write(self, record: ScenarioRecord) -> None:
        """Append a scenario."""
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(encode(record.line_of()) + "\n")


def read_parts(folder: Path) -> list[dict[str, Any]]:
    """Return every scenario line of every part, by file, line and id; a torn last line is left out."""
    lines: list[dict[str, Any]] = []
    for path in sorted((folder / PARTS).glob("*.jsonl")):
        for text in path.read_text("utf-8").splitlines():
            try:
                lines.append(json.loads(text))
            except ValueError:
                continue
    return sorted(lines, key=lambda line: (line["file"], line["line"], line["id"]))


def verdict_line(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as the run file writes it."""
    return {
        "type": "verdict",
        "requirement": verdict.requirement,
        "channel": verdict.channel,
        "verdict": verdict.outcome.value,
        "reason": verdict.reason,
        "scenarios": list(verdict.scenarios),
    }


def write_run(
    folder: Path,
    header: Mapping[str, Any],
    scenarios: Iterable[Mapping[str, Any]],
    verdicts: Iterable[Verdict],
    footer: Mapping[str, Any] | None,
) -> Path:
    """Write `run.jsonl` whole and return its path; without a footer the run counts as truncated."""
    lines = [{"type": "header", "schema": SCHEMA, **header}, *scenarios]
    lines += [verdict_line(verdict) for verdict in verdicts]
    if footer is not None:
        lines.append({"type": "footer", **footer})
    path = folder / RUN_FILE
    path.write_text("".join(encode(line) + "\n" for line in lines), "utf-8")
    return path
