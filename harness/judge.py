"""One process's share of a run: its bench, the records it writes, and, for whoever is in control, the end.

The pytest plugin turns hooks into calls of this; nothing here knows pytest, so that it can be tested without.
The bench is opened at the first scenario that needs it, and once: what prevents it is remembered and given to
every scenario as the reason.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
from dataclasses import asdict, dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any

from harness import channels as known
from harness.bench import Bench, BenchSpec, spec_for
from harness.catalogue import ScenarioId
from harness.drivers.contract import Description
from harness.launch import LabAddress, Launcher
from harness.outcomes import ConfigurationProblem, ExitCode, Inapplicable, LabDefect, Outcome, Problem, Untested
from harness.runfile import PARTS, WAIVERS_FILE, Part, ScenarioRecord, read_parts, write_run
from harness.subject import REFERENCE_SUBJECT, Subject
from harness.verdicts import Result, counts, exit_code, verdicts
from harness.waivers import Waiver, apply_waivers
from harness.world import render_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.catalogue import Scenario
    from harness.requirements import Requirements


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is asked to do."""

    folder: Path
    subject: Subject = REFERENCE_SUBJECT
    lab: LabAddress | None = None
    """An existing lab to use instead of starting one."""
    waivers: tuple[Waiver, ...] = ()
    seed: str = "bridgelab"
    command: tuple[str, ...] = ()


def new_folder(parent: Path, now: dt.datetime) -> Path:
    """Return the folder for a run that starts now."""
    return parent / f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def applicable(
    scenario: Scenario, requirements: Requirements, subject: Description, lab_channels: frozenset[str]
) -> None:
    """Raise `Inapplicable` or `Untested` when the scenario cannot be asked of the subject in this lab."""
    if scenario.channel and scenario.channel not in subject.channels:
        raise Inapplicable(f"the subject does not claim the channel {scenario.channel}")
    missing = sorted(requirements.features_of(scenario) - subject.features)
    if missing:
        raise Inapplicable(f"the subject does not claim {', '.join(missing)}")
    if scenario.channel and scenario.channel not in lab_channels:
        raise Untested(f"the lab does not emulate the channel {scenario.channel}")
    if scenario.tags.clock and not subject.clock:
        raise Untested("the subject's clock cannot be moved")


def record_of(scenario: Scenario) -> ScenarioRecord:
    """Return the record of a scenario that has not run: an error until something is known."""
    tags = scenario.tags
    return ScenarioRecord(
        id=scenario.id,
        feature=scenario.feature,
        name=scenario.name,
        file=scenario.file,
        line=scenario.line,
        tags=[
            *tags.requirements,
            *tags.channels,
            *(f"feature:{feature}" for feature in tags.features),
            *(["clock"] if tags.clock else []),
        ],
        requirements=list(tags.requirements),
        channel=scenario.channel,
        reason="the process that ran it ended before it did",
    )


@dataclass
class Judge:
    """The run as one process sees it."""

    order: Order
    spec: BenchSpec | None = None
    """Given when another process started lab and subject."""
    trouble: Problem | None = None
    """What prevents the bench, once it is known."""
    worker: str = "main"
    _bench: Bench | None = None
    _launcher: Launcher | None = None
    _part: Part | None = None
    _started: float = field(default_factory=time.monotonic)
    _started_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    # -- the bench

    def open_spec(self) -> BenchSpec:
        """Return where lab and subject are, starting what has to be started."""
        if self.spec is None:
            self.order.folder.mkdir(parents=True, exist_ok=True)
            self._launcher = Launcher(self.order.folder)
            lab = self.order.lab or self._launcher.lab()
            bridge = self._launcher.bridge() if self.order.subject.start else None
            self.spec = spec_for(self.order.subject, lab, bridge)
        return self.spec

    def bench(self) -> Bench:
        """Return the bench, or raise what has prevented it the first time."""
        if self.trouble is not None:
            # A new exception each time: one that is raised again and again drags every traceback along.
            raise type(self.trouble)(self.trouble.sentence, self.trouble.hint)
        if self._bench is None:
            try:
                self._bench = Bench(self.open_spec())
            except Problem as trouble:
                self.trouble = self._blamed(trouble)
                raise self.trouble from trouble
        return self._bench

    def _blamed(self, trouble: Problem) -> Problem:
        """Return the trouble as a matter of configuration when somebody else's lab does not answer."""
        if self.order.lab is None or not isinstance(trouble, LabDefect):
            return trouble
        return ConfigurationProblem(trouble.sentence, "start a lab with `bridgelab up`, or correct --lab")

    def description(self) -> Description:
        """Return what the subject says about itself, or as much as is known without asking it."""
        try:
            return self.bench().description
        except Problem:
            nothing: frozenset[str] = frozenset()
            return Description(self.order.subject.name, "unknown", nothing, nothing, clock=False)

    def close(self) -> None:
        """Close the connections and end what this process started."""
        if self._bench is not None:
            self._bench.close()
            self._bench = None
        if self._launcher is not None:
            self._launcher.close()
            self._launcher = None

    # -- records

    def plan(self, scenarios: Sequence[Scenario]) -> None:
        """Write down what this process has been given to run, so that a crash cannot hide a scenario."""
        parts = self.order.folder / PARTS
        parts.mkdir(parents=True, exist_ok=True)
        planned = [record_of(scenario).line_of() for scenario in scenarios]
        (parts / f"{self.worker}.plan.json").write_text(json.dumps(planned), "utf-8")

    def write(self, record: ScenarioRecord) -> None:
        """Append a scenario to this process's part."""
        if self._part is None:
            self._part = Part(self.order.folder, self.worker)
        self._part.write(record)

    def _lines(self) -> list[dict[str, Any]]:
        """Return a line for every scenario that was planned, run or not."""
        ran = {line["id"]: line for line in read_parts(self.order.folder)}
        for path in sorted((self.order.folder / PARTS).glob("*.plan.json")):
            for line in json.loads(path.read_text("utf-8")):
                ran.setdefault(line["id"], line)
        return sorted(ran.values(), key=lambda line: (line["file"], line["line"], line["id"]))

    # -- the end

    def finish(self, requirements: Requirements, *, interrupted: bool) -> ExitCode | None:
        """Write `run.jsonl` from all parts; return the exit code, or None when nothing was to be run."""
        lines = self._lines()
        if not lines:
            return None
        results = [result_of(line) for line in lines]
        after = apply_waivers(verdicts(requirements, results), self.order.waivers, dt.datetime.now(dt.UTC).date())
        levels = {name: row.level for name, row in requirements.rows.items()}
        code = exit_code(after.verdicts, levels, broken_waivers=bool(after.broken))
        footer = {
            "finished_at": render_time(dt.datetime.now(dt.UTC)),
            "duration_ms": round((time.monotonic() - self._started) * 1000, 3),
            "counts": counts(results),
            "exit_code": int(code),
        }
        header = self._header(requirements)
        write_run(self.order.folder, header, lines, after.verdicts, None if interrupted else footer)
        (self.order.folder / WAIVERS_FILE).write_text("".join(f"{line}\n" for line in after.broken), "utf-8")
        return code

    def _header(self, requirements: Requirements) -> dict[str, Any]:
        subject = self.description()
        return {
            "run_id": self.order.folder.name,
            "started_at": render_time(self._started_at),
            "bridgelab": metadata.version("bridgelab"),
            "subject": {
                **asdict(subject),
                "channels": sorted(subject.channels),
                "features": sorted(subject.features),
            },
            "suite": {
                "revision": requirements.revision.revision,
                "requirements": [
                    {
                        "id": row.id,
                        "level": row.level.value,
                        "sentence": row.sentence,
                        "area": row.area,
                        "source": row.source,
                    }
                    for row in requirements.rows.values()
                ],
            },
            "channels": [{"name": name, "title": title} for name, title in known.TITLES.items()],
            "seed": self.order.seed,
            "command": list(self.order.command),
        }


def result_of(line: dict[str, Any]) -> Result:
    """Return what a verdict needs of a scenario's line."""
    try:
        return Result(
            id=ScenarioId(line["id"]),
            requirements=tuple(line["requirements"]),
            channel=line["channel"],
            outcome=Outcome(line["outcome"]),
            reason=line["reason"],
        )
    except (KeyError, ValueError) as wrong:
        raise LabDefect(f"a scenario line is not as the plugin writes it: {wrong}") from wrong
