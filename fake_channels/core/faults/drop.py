"""A callback that gets lost although its sender believes it delivered."""

from __future__ import annotations

from fake_channels.core.faults.plan import Kind, Plan, Side


class Drop(Kind, tag="drop"):
    """Lose it."""

    def side(self) -> Side:
        """The sending side."""
        return Side.CARRY

    def shape(self, plan: Plan, now: int) -> None:  # noqa: ARG002  a loss knows no time
        """Order the loss."""
        plan.drop = True
