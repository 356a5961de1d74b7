"""A callback that is overtaken by the next one to the same receiver."""

from __future__ import annotations

from fake_channels.core.faults.plan import Kind, Plan, Side


class Reorder(Kind, tag="reorder"):
    """Hold it back until the next one has arrived; the sender believes it delivered."""

    def side(self) -> Side:
        """The sending side."""
        return Side.CARRY

    def shape(self, plan: Plan, now: int) -> None:  # noqa: ARG002  order knows no time
        """Order the swap."""
        plan.reorder = True
