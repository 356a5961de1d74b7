"""An error that somebody orders from outside the rules, without the vendor's envelope around it."""

from __future__ import annotations

import msgspec


class Refusal(msgspec.Struct, frozen=True):
    """An error that a fault orders: the channel renders it in the vendor's own envelope."""

    status: int
    """The HTTP status; 0 for a failure that comes after an acceptance and has none."""
    code: str = ""
    retry_after_s: int | None = None
    text: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Retry-After, if there is something to say in it."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
