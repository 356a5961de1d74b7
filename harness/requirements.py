"""The requirements as data, and the check that scenarios and requirements cover each other.

A requirement is a row in `features/requirements/*.toml`; a scenario names it by tag. `revision.toml` beside
them freezes a released set: scenarios that it does not list run, but do not count. Files in, values out.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import pydantic

from harness import channels as known
from harness.catalogue import RequirementId, Scenario, ScenarioId
from harness.drivers.contract import Feature
from harness.outcomes import LabDefect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

REVISION_FILE = "revision.toml"


class Level(StrEnum):
    """How much a requirement weighs: only a MUST decides the exit code."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class _Row(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


def _known(name: str) -> str:
    if name not in known.NAMES:
        raise ValueError(f"there is no channel {name!r}: write one of {', '.join(known.NAMES)}")
    return name


class Requirement(_Row):
    """One sentence that a bridge can be held to."""

    id: Annotated[RequirementId, pydantic.StringConstraints(pattern=r"^CP-[A-Z]+-\d{3}$")]
    level: Level
    sentence: Annotated[str, pydantic.StringConstraints(min_length=20, pattern=r"\.$")]
    channels: tuple[Annotated[str, pydantic.AfterValidator(_known)], ...] = ()
    """Channels on which it is judged one by one; none means once, whatever the channel."""
    needs: tuple[str, ...] = ()
    """What a channel must carry for it, such as `image:MO`; given instead of `channels`, which then follow."""
    features: tuple[Feature, ...] = ()
    """Claims without which it is inapplicable."""
    source: Annotated[str, pydantic.StringConstraints(pattern=r"^(https://|project decision)")]

    @pydantic.model_validator(mode="before")
    @classmethod
    def _channels_by_need(cls, row: Any) -> Any:
        if not isinstance(row, dict) or "needs" not in row:
            return row
        if "channels" in row:
            raise ValueError("give channels or needs, not both")
        found = known.able(tuple(row["needs"]))
        if not found:
            raise ValueError(f"no channel carries {', '.join(row['needs'])}")
        return row | {"channels": found}

    @property
    def area(self) -> str:
        """The middle part of the id."""
        return self.id.split("-")[1]


class _File(_Row):
    requirement: tuple[Requirement, ...]


class Revision(_Row):
    """A named state of the set; once it is released only its scenarios (ids without the row) count."""

    revision: str
    released: bool
    scenarios: tuple[ScenarioId, ...] = ()

    def counts(self, scenario: ScenarioId) -> bool:
        """Return whether a scenario takes part in the verdict."""
        return not self.released or scenario.split("[")[0] in self.scenarios


class Requirements:
    """The whole set, by id, with its revision."""

    def __init__(self, rows: Iterable[Requirement], revision: Revision) -> None:
        self.rows: Mapping[RequirementId, Requirement] = {row.id: row for row in rows}
        self.revision = revision

    def features_of(self, scenario: Scenario) -> frozenset[Feature]:
        """Return every feature that a scenario needs: its own tags and its requirements' claims."""
        needed = set(scenario.tags.features)
        for name in scenario.tags.requirements:
            needed.update(self.rows[name].features)
        return frozenset(needed)


def load_requirements(folder: Path) -> Requirements:
    """Return the set in a folder; raise `LabDefect` with every mistake in its files."""
    rows: list[Requirement] = []
    mistakes: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        if path.name == REVISION_FILE:
            continue
        try:
            rows += _File.model_validate(tomllib.loads(path.read_text("utf-8"))).requirement
        except pydantic.ValidationError as wrong:
            mistakes += [
                f"{path.name}: {'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
                for error in wrong.errors()
            ]
    names = [row.id for row in rows]
    mistakes += [f"{name} is defined twice" for name in sorted(set(names)) if names.count(name) > 1]
    if mistakes:
        raise LabDefect(f"the requirements in {folder} are wrong: " + "; ".join(mistakes))
    return Requirements(rows, _load_revision(folder / REVISION_FILE))


def _load_revision(path: Path) -> Revision:
    try:
        return Revision.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, pydantic.ValidationError, tomllib.TOMLDecodeError) as wrong:
        raise LabDefect(f"{path} does not name a revision: {wrong}") from wrong


def check(requirements: Requirements, scenarios: Iterable[Scenario]) -> list[str]:
    """Return every sentence about what does not fit between requirements and scenarios."""
    scenarios = list(scenarios)
    problems: list[str] = []
    covered: set[tuple[RequirementId, str]] = set()
    seen: set[ScenarioId] = set()
    for scenario in scenarios:
        where = f"{scenario.file}:{scenario.line} ({scenario.id})"
        problems += [f"{where}: the tag @{tag} is in no vocabulary" for tag in scenario.tags.unknown]
        if not scenario.tags.requirements:
            problems.append(f"{where}: no requirement is named by a tag")
        if scenario.id in seen:
            problems.append(f"{where}: another scenario has the same id")
        seen.add(scenario.id)
        problems += _shape_problems(scenario, where)
        for name in scenario.tags.requirements:
            if name not in requirements.rows:
                problems.append(f"{where}: @{name} is not a requirement")
            elif problem := _channel_problem(requirements.rows[name], scenario):
                problems.append(f"{where}: {problem}")
            covered.add((name, scenario.channel))
    problems += _uncovered(requirements, covered)
    problems += [
        f"{REVISION_FILE} lists {name}, which is no scenario"
        for name in requirements.revision.scenarios
        if name not in {scenario.id.split("[")[0] for scenario in scenarios}
    ]
    return problems


def _shape_problems(scenario: Scenario, where: str) -> list[str]:
    whens = sum(1 for step in scenario.steps if step.kind == "when")
    # "And" after a When is a second When: one scenario, one event.
    return [] if whens == 1 else [f"{where}: has {whens} When steps instead of one"]


def _channel_problem(requirement: Requirement, scenario: Scenario) -> str | None:
    if scenario.channel and scenario.channel not in known.NAMES:
        return f"{scenario.channel} is not a channel of the lab"
    if requirement.channels and scenario.channel not in requirement.channels:
        return f"{requirement.id} does not apply to the channel {scenario.channel or '(none)'}"
    return None


def _uncovered(requirements: Requirements, covered: set[tuple[RequirementId, str]]) -> list[str]:
    named = {name for name, _ in covered}
    problems = []
    for row in requirements.rows.values():
        if row.id not in named:
            problems.append(f"{row.id} has no scenario")
            continue
        problems += [
            f"{row.id} has no scenario on {channel}" for channel in row.channels if (row.id, channel) not in covered
        ]
    return problems
