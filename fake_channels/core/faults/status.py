"""An error status in the vendor's own envelope, instead of the real answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from fake_channels.core.faults.plan import Kind, Plan, Side
from fake_channels.core.refusal import Refusal


class Status(Kind, tag="status"):
    """Answer with `status`; `code` is the vendor's error code, `text` what it says beside it."""

    status: Annotated[int, Meta(ge=400, le=599)]
    code: Annotated[str, Meta(max_length=200)] = ""
    retry_after_s: Annotated[int, Meta(ge=0, le=86_400)] | None = None
    text: Annotated[str, Meta(max_length=1_000)] = ""

    def side(self) -> Side:
        """The answering side."""
        return Side.ANSWER

    def shape(self, plan: Plan, now: int) -> None:  # noqa: ARG002  an error knows no time
        """Order the refusal."""
        plan.refuse = Refusal(self.status, self.code, self.retry_after_s, self.text)
