"""A call that is accepted and fails afterwards, as vendors tell it: by a status, a receipt or a report."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from fake_channels.core.faults.plan import Kind, Plan, Side
from fake_channels.core.refusal import Refusal


class Failure(Kind, tag="failure"):
    """Accept it, then tell of the failure with the vendor's error `code`; only rules that fail later act on it."""

    code: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Annotated[str, Meta(max_length=1_000)] = ""
    """The vendor's details; empty takes the usual ones."""

    def side(self) -> Side:
        """The answering side."""
        return Side.ANSWER

    def shape(self, plan: Plan, now: int) -> None:  # noqa: ARG002  when the failure comes, the vendor's rules know
        """Order the failure."""
        plan.fail = Refusal(0, self.code, text=self.text)
