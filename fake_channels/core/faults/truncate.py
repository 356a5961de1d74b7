"""An answer whose body breaks off in the middle."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from fake_channels.core.faults.plan import Kind, Plan, Side


class Truncate(Kind, tag="truncate"):
    """Announce the whole body, send its first `after_bytes`, and close the connection."""

    after_bytes: Annotated[int, Meta(ge=0, le=134_217_728)] = 1

    def side(self) -> Side:
        """The answering side."""
        return Side.ANSWER

    def shape(self, plan: Plan, now: int) -> None:  # noqa: ARG002  as in `reset`
        """Order where it breaks off."""
        plan.keep_bytes = self.after_bytes
