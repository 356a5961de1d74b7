"""A true rate limiter: a token bucket on the world's clock, answered with 429."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta

from fake_channels.core.faults.plan import Kind, Plan, Side
from fake_channels.core.refusal import Refusal

_TOO_MANY = 429


class Throttle(Kind, tag="throttle"):
    """Let `rate_per_second` requests pass, up to `burst` at once; refuse the rest and say when to come back."""

    rate_per_second: Annotated[float, Meta(ge=0.000_01, le=100_000)]
    burst: Annotated[int, Meta(ge=1, le=100_000)] = 1
    code: Annotated[str, Meta(max_length=200)] = ""
    tokens: float = -1.0
    """Left in the bucket; negative before the first use."""
    filled_at: int = 0

    def side(self) -> Side:
        """The answering side."""
        return Side.ANSWER

    def shape(self, plan: Plan, now: int) -> None:
        """Take a token, or refuse."""
        if self.tokens < 0:
            self.tokens = float(self.burst)
        else:
            refill = (now - self.filled_at) * self.rate_per_second / 1_000
            self.tokens = min(float(self.burst), self.tokens + refill)
        self.filled_at = now
        if self.tokens >= 1:
            self.tokens -= 1
        else:
            wait_s = math.ceil((1 - self.tokens) / self.rate_per_second)
            plan.refuse = Refusal(_TOO_MANY, self.code, max(1, wait_s))
