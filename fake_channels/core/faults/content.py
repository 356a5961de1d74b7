"""An answer that brings something else than it should: a file of a wrong type, or of a wrong size."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from fake_channels.core.faults.plan import Kind, Plan, Side, Substitute

LARGEST_BYTES = 134_217_728


class Content(Kind, tag="content"):
    """Call the body `mime`, and cut it or fill it up with zeros to `size_bytes`; what is not given stays."""

    mime: Annotated[str, Meta(max_length=200, pattern=r"^[ -~]*\Z")] = ""
    size_bytes: Annotated[int, Meta(ge=0, le=LARGEST_BYTES)] | None = None

    def side(self) -> Side:
        """The answering side."""
        return Side.ANSWER

    def shape(self, plan: Plan, now: int) -> None:  # noqa: ARG002  as in `reset`
        """Order the other content."""
        plan.content = Substitute(self.mime, self.size_bytes)
