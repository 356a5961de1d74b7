"""OAuth2 client credentials: a token is kept until shortly before it expires, and dropped when refused."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from contactpro_bridge.clock import SECOND_US, Clock

MARGIN_S: Final = 60


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and for how long it is good."""

    value: str
    lifetime_s: float


class TokenKeeper:
    """Keeps the token of one access key; many callers who need a new one share one request."""

    def __init__(self, fetch: Callable[[], Awaitable[Token]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._value = ""
        self._until_us = 0
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """Return a token that is still good."""
        if self._value and self._clock.now() < self._until_us:
            return self._value
        async with self._lock:
            if not self._value or self._clock.now() >= self._until_us:
                token = await self._fetch()
                margin_s = min(MARGIN_S, token.lifetime_s / 10)
                self._value = token.value
                self._until_us = self._clock.now() + int((token.lifetime_s - margin_s) * SECOND_US)
            return self._value

    def refused(self, value: str) -> None:
        """Forget ``value``, which the API did not accept, unless it has been replaced already."""
        if value == self._value:
            self._value = ""
