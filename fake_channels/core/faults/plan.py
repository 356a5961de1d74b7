"""What the matching faults make of one exchange."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from fake_channels.core.refusal import Refusal


class Side(StrEnum):
    """Who acts a fault out."""

    ANSWER = "answer"
    """Whoever answers the request."""
    CARRY = "carry"
    """Whoever sends it."""


class Substitute(msgspec.Struct, frozen=True):
    """What an answer brings instead: another type when it is given, another size when it is given."""

    mime: str = ""
    size_bytes: int | None = None

    def of(self, body: bytes) -> bytes:
        """The body in the size that was ordered."""
        if self.size_bytes is None:
            return body
        return body[: self.size_bytes] + bytes(max(0, self.size_bytes - len(body)))


class Plan(msgspec.Struct):
    """The default plan: nothing unusual happens."""

    refuse: Refusal | None = None
    fail: Refusal | None = None
    """How what is accepted now shall fail later."""
    delay_ms: int = 0
    copies: int = 1
    drop: bool = False
    reorder: bool = False
    reset: Literal["", "before", "after"] = ""
    """Cut the connection, before or after the request was carried out."""
    keep_bytes: int | None = None
    """How much of the answer's body arrives before the connection breaks."""
    content: Substitute | None = None


class Kind(msgspec.Struct, tag_field="kind", forbid_unknown_fields=True, kw_only=True):
    """The base of all fault kinds."""

    def side(self) -> Side:
        """Who acts it out."""
        raise NotImplementedError

    def shape(self, plan: Plan, now: int) -> None:
        """Change the plan of an exchange at `now`."""
        raise NotImplementedError
