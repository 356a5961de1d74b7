"""What the matching faults make of one exchange."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from fake_channels.core.refusal import Refusal


class Side(StrEnum):
    """Who acts a fault out."""

    ANSWER = "answer"
    """Whoever answers the request."""
    CARRY = "carry"
    """Whoever sends it."""


class Plan(msgspec.Struct):
    """The default plan: nothing unusual happens."""

    refuse: Refusal | None = None
    fail: Refusal | None = None
    """How what is accepted now shall fail later."""
    delay_ms: int = 0
    copies: int = 1
    drop: bool = False
    reorder: bool = False


class Kind(msgspec.Struct, tag_field="kind", forbid_unknown_fields=True, kw_only=True):
    """The base of all fault kinds."""

    def side(self) -> Side:
        """Who acts it out."""
        raise NotImplementedError

    def shape(self, plan: Plan, now: int) -> None:
        """Change the plan of an exchange at `now`."""
        raise NotImplementedError
