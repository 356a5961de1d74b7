"""What the control API takes, as types: msgspec checks bodies with them and the OpenAPI document is made of them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType


class ClockWish(Struct, frozen=True, forbid_unknown_fields=True):
    """How a world's clock runs. `manual` stands still until it is advanced."""

    mode: Literal["real", "manual"] = "real"
    start: str = ""
    """RFC 3339; empty starts now."""


class AppWish(Struct, frozen=True, forbid_unknown_fields=True):
    """The world's Conversation API app."""

    processing_mode: Literal["CONVERSATION", "DISPATCH"] = "CONVERSATION"


class SubjectWish(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the app's signed webhook points."""

    webhook_url: Annotated[str, Meta(pattern="^https?://", max_length=742)]
    webhook_secret: Annotated[str, Meta(min_length=1, max_length=256)] | UnsetType = UNSET


class CreateWorld(Struct, frozen=True, forbid_unknown_fields=True):
    """A new world; everything has a default."""

    seed: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    channels: list[str] | UnsetType = UNSET
    clock: ClockWish = ClockWish()
    app: AppWish = AppWish()
    subject: SubjectWish | UnsetType = UNSET
    addresses: dict[str, Annotated[str, Meta(pattern="^https?://")]] = {}
    """Host name to the base URL by which the outside shall reach it, for instance through a proxy."""
    history: Annotated[int, Meta(ge=1, le=10_000_000)] | UnsetType = UNSET
    rate_limits: bool = True
    """Whether the channels' own rate limits apply; false for load tests."""


class Settle(Struct, frozen=True, forbid_unknown_fields=True):
    """How long to wait for a world to fall quiet, in seconds of real time."""

    timeout_seconds: Annotated[float, Meta(ge=0, le=60)] = 10.0


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object."""
