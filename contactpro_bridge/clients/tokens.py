"""OAuth2 client credentials: a token is kept until shortly before it expires, and dropped when refused."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from contactpro_bridge.clients.api import ApiError
from contactpro_bridge.clock import SECOND_US, Clock

MARGIN_S: Final = 60


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and for how long it is good."""

    value: str
    lifetime_s: float


class TokenKeeper:
    """Keeps the token of one access key; many callers who need a new one share one request, and its failure."""

    def __init__(self, fetch: Callable[[], Awaitable[Token]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._value = ""
        self._until_us = 0
        self._lock = asyncio.Lock()
        self._asked = 0
        self._problem: ApiError | None = None

    async def token(self) -> str:
        """Return a token that is still good."""
        if self._value and self._clock.now() < self._until_us:
            return self._value
        asked = self._asked
        async with self._lock:
            if self._asked != asked and self._problem is not None:
                # Somebody asked while we waited. Asking again, one after another, would let the last wait for hours.
                raise self._problem.again()
            if not self._value or self._clock.now() >= self._until_us:
                await self._renew()
            return self._value

    async def _renew(self) -> None:
        try:
            token = await self._fetch()
        except ApiError as problem:
            self._problem = problem
            raise
        else:
            self._problem = None
        finally:
            self._asked += 1
        margin_s = min(MARGIN_S, token.lifetime_s / 10)
        self._value = token.value
        self._until_us = self._clock.now() + int((token.lifetime_s - margin_s) * SECOND_US)

    def refused(self, value: str) -> None:
        """Forget ``value``, which the API did not accept, unless it has been replaced already."""
        if value == self._value:
            self._value = ""
