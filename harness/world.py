"""What the lab's control API says about a world, as frozen values.

Names are the control API's own. Unknown fields are ignored on purpose: a newer lab may say more. Nothing here
talks to the lab (that is `client`) or to a subject.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NewType

import msgspec

WorldId = NewType("WorldId", str)
CustomerId = NewType("CustomerId", str)
ChannelName = NewType("ChannelName", str)
Identity = NewType("Identity", str)

SCENARIO_START = dt.datetime(2026, 3, 2, 9, 0, 0, tzinfo=dt.UTC)
"""Where the virtual clock of a scenario starts: a Monday morning."""


def parse_time(text: str) -> dt.datetime:
    """Return the instant that an RFC 3339 text names."""
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def render_time(instant: dt.datetime) -> str:
    """Return the RFC 3339 form with milliseconds and Z, rounded down."""
    utc = instant.astimezone(dt.UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


class Clock(msgspec.Struct, frozen=True):
    """A world's clock: mode is "real" or "manual"."""

    mode: str
    now: str
    next_timer: str | None = None


class Webhook(msgspec.Struct, frozen=True):
    """The app's signed webhook at the subject."""

    id: str
    target: str | None
    secret: str
    triggers: list[str] = []


class SinchAccess(msgspec.Struct, frozen=True):
    """Everything that a subject needs to use the world's Conversation API project."""

    base_url: str
    token_url: str
    project_id: str
    key_id: str
    key_secret: str
    app_id: str
    service_connection: str
    webhook: Webhook
    region: str = "eu"
    processing_mode: str = "CONVERSATION"


class ChannelAccess(msgspec.Struct, frozen=True):
    """One business account at one channel."""

    sinch_channel: str
    base_url: str
    token: str = ""


class World(msgspec.Struct, frozen=True):
    """One isolated tenant of the lab."""

    world: WorldId
    seed: str
    clock: Clock
    sinch: SinchAccess
    channels: dict[str, ChannelAccess]


class Phone(msgspec.Struct, frozen=True):
    """One handset of a customer on one channel."""

    identity: Identity


class Customer(msgspec.Struct, frozen=True):
    """A person in a world; `name` is None for somebody without a display name."""

    customer: CustomerId
    name: str | None
    phones: dict[str, Phone]


class Media(msgspec.Struct, frozen=True):
    """A file as the phone has it."""

    id: str
    mime: str
    name: str | None = None
    bytes: int = 0
    sha256: str = ""


class Place(msgspec.Struct, frozen=True):
    """A position as the phone shows it."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class Button(msgspec.Struct, frozen=True):
    """Something on an item that can be tapped."""

    id: str
    title: str
    kind: str = "reply"


class Item(msgspec.Struct, frozen=True):
    """One thing on a phone's screen."""

    id: str
    author: str
    kind: str
    n: int = 0
    at: str = ""
    text: str | None = None
    media: Media | None = None
    location: Place | None = None
    buttons: list[Button] = []
    state: str | None = None
    reply_to: str | None = None
    problem: str | None = None


class Screen(msgspec.Struct, frozen=True):
    """What the person sees, in order."""

    version: int
    items: list[Item]
    online: bool = True
    blocked: bool = False
    name: str | None = None


class Body(msgspec.Struct, frozen=True):
    """One direction of a traced exchange."""

    headers: dict[str, str | list[str]] = {}
    body: str | None = None
    encoding: str = "text"
    bytes: int = 0
    sha256: str | None = None
    truncated: bool = False


class TraceEvent(msgspec.Struct, frozen=True):
    """One hop in the world's trace."""

    seq: int
    at: str
    kind: str
    source: str
    target: str
    name: str
    wall: str = ""
    method: str | None = None
    url: str | None = None
    request: Body | None = None
    status: int | None = None
    response: Body | None = None
    duration_ms: float | None = None
    ids: list[str] = []
    note: str | None = None


class Trace(msgspec.Struct, frozen=True):
    """A page of the trace: the events decoded, and the same events as the lab wrote them."""

    events: list[TraceEvent]
    raw: list[dict[str, Any]]
    next: int


class Settled(msgspec.Struct, frozen=True):
    """Whether the lab has come to rest, and what still moves."""

    settled: bool
    in_flight: list[Any] = []
    next_timer: str | None = None
