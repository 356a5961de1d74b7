"""The same callback more than once, as at-least-once delivery allows."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from fake_channels.core.faults.plan import Kind, Plan, Side


class Duplicate(Kind, tag="duplicate"):
    """Send it `copies` times; the sender believes the first answer."""

    copies: Annotated[int, Meta(ge=2, le=10)] = 2

    def side(self) -> Side:
        """The sending side."""
        return Side.CARRY

    def shape(self, plan: Plan, now: int) -> None:  # noqa: ARG002  a copy knows no time
        """Ask for the copies."""
        plan.copies = max(plan.copies, self.copies)
