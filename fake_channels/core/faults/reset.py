"""A connection that is cut instead of an answer."""

from __future__ import annotations

from fake_channels.core.faults.plan import Kind, Plan, Side


class Reset(Kind, tag="reset"):
    """Cut it; `handled` says whether the request is carried out before, so that only its answer is lost."""

    handled: bool = False

    def side(self) -> Side:
        """The answering side."""
        return Side.ANSWER

    def shape(self, plan: Plan, now: int) -> None:  # noqa: ARG002  a cut knows no time
        """Order the cut."""
        plan.reset = "after" if self.handled else "before"
