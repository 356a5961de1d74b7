"""The lines of a run file as values.

Field names are those of ``schemas/run.schema.json``. Nothing here reads, judges or renders.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NewType, TypeAlias

import msgspec

ScenarioId = NewType("ScenarioId", str)
RequirementId = NewType("RequirementId", str)
ChannelName = NewType("ChannelName", str)
Participant = NewType("Participant", str)


class Outcome(StrEnum):
    """The six words a scenario or a requirement can end with."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    ERROR = "error"
    CONFIG = "config"
    UNTESTED = "untested"
    INAPPLICABLE = "inapplicable"


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class StepOutcome(StrEnum):
    """How one step ended."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    SKIPPED = "skipped"


class EventKind(StrEnum):
    """What a trace event tells of."""

    HTTP = "http"
    PHONE = "phone"
    CLOCK = "clock"
    FAULT = "fault"
    NOTE = "note"


class Subject(msgspec.Struct, frozen=True):
    """The bridge under test, as it describes itself."""

    name: str
    version: str
    channels: tuple[ChannelName, ...]
    features: tuple[str, ...]
    clock: bool


class Requirement(msgspec.Struct, frozen=True):
    """One sentence the bridge is held to."""

    id: RequirementId
    level: Level
    sentence: str
    area: str
    source: str | None


class Suite(msgspec.Struct, frozen=True):
    """The requirements the run was judged against."""

    revision: str
    requirements: tuple[Requirement, ...]


class Channel(msgspec.Struct, frozen=True):
    """A channel's name and how people call it."""

    name: ChannelName
    title: str


class Header(msgspec.Struct, frozen=True, tag_field="type", tag="header"):
    """The first line."""

    schema: str
    run_id: str
    started_at: str
    bridgelab: str
    subject: Subject
    suite: Suite
    channels: tuple[Channel, ...]
    seed: int | str
    command: tuple[str, ...]


class Step(msgspec.Struct, frozen=True):
    """One Gherkin step."""

    keyword: str
    text: str
    outcome: StepOutcome
    duration_ms: float
    message: str | None


class Message(msgspec.Struct, frozen=True):
    """A request or a response; ``bytes`` is the length before any cut."""

    headers: dict[str, str | list[str]]
    body: str | None
    encoding: Literal["text", "base64"]
    bytes: int
    sha256: str | None
    truncated: bool


class Event(msgspec.Struct, frozen=True):
    """One hop: ``at`` is virtual time, ``wall`` the machine's."""

    seq: int
    at: str
    wall: str
    kind: EventKind
    source: Participant
    target: Participant
    name: str
    method: str | None
    url: str | None
    request: Message | None
    status: int | None
    response: Message | None
    duration_ms: float | None
    ids: tuple[str, ...]
    note: str | None


class Scenario(msgspec.Struct, frozen=True, tag_field="type", tag="scenario"):
    """One scenario on one channel, with its steps and its wire exchange."""

    id: ScenarioId
    feature: str
    name: str
    file: str
    line: int
    tags: tuple[str, ...]
    requirements: tuple[RequirementId, ...]
    channel: ChannelName
    outcome: Outcome
    reason: str | None
    duration_ms: float
    steps: tuple[Step, ...]
    world: str | None
    trace: tuple[Event, ...]


class Verdict(msgspec.Struct, frozen=True, tag_field="type", tag="verdict"):
    """One requirement on one channel; an empty channel is the bridge as a whole."""

    requirement: RequirementId
    channel: ChannelName
    verdict: Outcome
    reason: str | None
    scenarios: tuple[ScenarioId, ...]


class Footer(msgspec.Struct, frozen=True, tag_field="type", tag="footer"):
    """The last line."""

    finished_at: str
    duration_ms: float
    counts: dict[Outcome, int]
    exit_code: int


Line: TypeAlias = Header | Scenario | Verdict | Footer


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run, in an order that does not depend on the order of its lines."""

    header: Header
    scenarios: tuple[Scenario, ...]
    verdicts: tuple[Verdict, ...]
    footer: Footer

    def channel_title(self, name: ChannelName) -> str:
        """What people call the channel; its name when the header does not list it."""
        if not name:
            return "Whole bridge"
        return next((channel.title for channel in self.header.channels if channel.name == name), name)
