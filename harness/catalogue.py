"""The scenarios of a features folder, read from the Gherkin text without running anything.

Gives every scenario its stable id, its line, its tags sorted by kind, and its steps. It knows the tag
vocabulary; what the requirement ids mean is `requirements`' business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NewType

from gherkin.parser import Parser

from harness import channels as known
from harness.drivers.contract import Feature
from harness.outcomes import LabDefect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

ScenarioId = NewType("ScenarioId", str)
RequirementId = NewType("RequirementId", str)

CLOCK_TAG = "clock"
FEATURE_PREFIX = "feature:"
REQUIREMENT = re.compile(r"CP-[A-Z]+-\d{3}")


@dataclass(frozen=True, slots=True)
class Tags:
    """A scenario's tags by kind; `unknown` has those that are in no vocabulary."""

    requirements: tuple[RequirementId, ...]
    channels: tuple[str, ...]
    features: tuple[Feature, ...]
    clock: bool
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step as written, with its keyword resolved to given, when or then."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario, or one row of an outline."""

    id: ScenarioId
    feature: str
    name: str
    file: str
    line: int
    tags: Tags
    steps: tuple[Step, ...]
    channel: str


def sort_tags(names: Iterable[str]) -> Tags:
    """Return the tags (without @) by kind."""
    requirements, channels, features, unknown, clock = [], [], [], [], False
    known_features = {FEATURE_PREFIX + feature.value: feature for feature in Feature}
    for name in sorted(set(names)):
        if REQUIREMENT.fullmatch(name):
            requirements.append(RequirementId(name))
        elif name in known.NAMES:
            channels.append(name)
        elif name in known_features:
            features.append(known_features[name])
        elif name == CLOCK_TAG:
            clock = True
        else:
            unknown.append(name)
    return Tags(tuple(requirements), tuple(channels), tuple(features), clock, tuple(unknown))


def scenario_id(file: str, name: str, example: Mapping[str, str]) -> ScenarioId:
    """Return the id that survives edits of the steps: file, name and the row's values."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    row = f"[{','.join(example.values())}]" if example else ""
    return ScenarioId(f"{file.removesuffix('.feature')}/{slug}{row}")


def channel_of(tags: Tags, example: Mapping[str, str]) -> str:
    """Return the channel that a scenario is about: the row's, else its only channel tag, else none."""
    if "channel" in example:
        return example["channel"]
    return tags.channels[0] if len(tags.channels) == 1 else ""


def read_features(folder: Path) -> list[Scenario]:
    """Return every scenario below a folder, in file and line order."""
    found: list[Scenario] = []
    for path in sorted(folder.rglob("*.feature")):
        try:
            document = Parser().parse(path.read_text("utf-8"))
        except Exception as wrong:
            raise LabDefect(f"{path} is not Gherkin: {wrong}") from wrong
        found += _scenarios_of(document["feature"], path.relative_to(folder).as_posix())
    return found


def _scenarios_of(feature: Mapping[str, Any], file: str) -> Iterator[Scenario]:
    background: list[Any] = []
    for child, inherited in _flattened(feature["children"], []):
        if "background" in child:
            background += child["background"]["steps"]
            continue
        scenario = child["scenario"]
        tags = sort_tags(tag["name"].removeprefix("@") for tag in [*feature["tags"], *inherited, *scenario["tags"]])
        for example, line in _rows(scenario):
            name = _fill(scenario["name"], example)
            yield Scenario(
                id=scenario_id(file, scenario["name"], example),
                feature=feature["name"],
                name=name,
                file=file,
                line=line,
                tags=tags,
                steps=_steps([*background, *scenario["steps"]], example),
                channel=channel_of(tags, example),
            )


def _flattened(children: Iterable[Any], tags: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
    for child in children:
        if "rule" in child:
            yield from _flattened(child["rule"]["children"], [*tags, *child["rule"]["tags"]])
        else:
            yield child, tags


def _rows(scenario: Mapping[str, Any]) -> Iterator[tuple[dict[str, str], int]]:
    if not scenario["examples"]:
        yield {}, scenario["location"]["line"]
    for examples in scenario["examples"]:
        names = [cell["value"] for cell in examples["tableHeader"]["cells"]]
        for row in examples["tableBody"]:
            values = [cell["value"] for cell in row["cells"]]
            yield dict(zip(names, values, strict=True)), row["location"]["line"]


def _steps(steps: Iterable[Any], example: Mapping[str, str]) -> tuple[Step, ...]:
    kinds = {"Context": "given", "Action": "when", "Outcome": "then"}
    kind, read = "given", []
    for step in steps:
        kind = kinds.get(step["keywordType"], kind)
        read.append(Step(kind, _fill(step["text"], example), step["location"]["line"]))
    return tuple(read)


def _fill(text: str, example: Mapping[str, str]) -> str:
    for name, value in example.items():
        text = text.replace(f"<{name}>", value)
    return text
