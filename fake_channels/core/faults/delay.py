"""A late answer, late by the world's own clock."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from fake_channels.core.faults.plan import Kind, Plan, Side


class Delay(Kind, tag="delay"):
    """Answer `seconds` later. A clock that is held by hand holds the answer too, until it is advanced."""

    seconds: Annotated[float, Meta(gt=0, le=86_400)]

    def side(self) -> Side:
        """The answering side."""
        return Side.ANSWER

    def shape(self, plan: Plan, now: int) -> None:  # noqa: ARG002  the wait is relative
        """Add the delay."""
        plan.delay_ms += round(self.seconds * 1_000)
