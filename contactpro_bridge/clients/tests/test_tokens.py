"""Access tokens: kept, renewed, and asked for by one at a time."""

import asyncio

import pytest

from contactpro_bridge.clients.api import ApiError
from contactpro_bridge.clients.tokens import Token, TokenKeeper
from contactpro_bridge.clock import SECOND_US, ClockMode, TenantClock


class Endpoint:
    """A token endpoint that counts, and fails while it is told to."""

    def __init__(self) -> None:
        """Nobody has asked."""
        self.asked = 0
        self.fails = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self) -> Token:
        """Answer once the gate is open."""
        self.asked += 1
        await self.gate.wait()
        if self.fails:
            raise ApiError("UNAVAILABLE", "Down.", retryable=True)
        return Token(f"T{self.asked}", 3600)


async def test_a_token_is_kept_until_shortly_before_it_expires() -> None:
    """By the tenant's clock, with a minute to spare."""
    clock, endpoint = TenantClock(mode=ClockMode.MANUAL), Endpoint()
    keeper = TokenKeeper(endpoint.fetch, clock)
    assert [await keeper.token(), await keeper.token()] == ["T1", "T1"]
    clock.set_manual(3539 * SECOND_US)
    assert await keeper.token() == "T1"
    clock.set_manual(3540 * SECOND_US)
    assert await keeper.token() == "T2"


async def test_a_refused_token_is_dropped_once() -> None:
    """A late refusal of the old token does not cost the new one."""
    keeper = TokenKeeper((endpoint := Endpoint()).fetch, TenantClock(mode=ClockMode.MANUAL))
    assert await keeper.token() == "T1"
    keeper.refused("T1")
    assert await keeper.token() == "T2"
    keeper.refused("T1")
    assert await keeper.token() == "T2"
    assert endpoint.asked == 2


@pytest.mark.parametrize("fails", [False, True])
async def test_many_callers_share_one_request_and_its_failure(fails: bool) -> None:  # noqa: FBT001 - a parameter
    """When the endpoint is down, a hundred waiting messages do not ask one after another."""
    endpoint = Endpoint()
    endpoint.fails = fails
    endpoint.gate.clear()
    keeper = TokenKeeper(endpoint.fetch, TenantClock(mode=ClockMode.MANUAL))
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(_outcome(keeper)) for _ in range(20)]
        group.create_task(_open(endpoint))
    assert {call.result() for call in calls} == {"UNAVAILABLE" if fails else "T1"}
    assert endpoint.asked == 1


async def test_after_a_failure_the_next_caller_asks_again() -> None:
    """A failure is shared with those who waited for it, not remembered."""
    endpoint = Endpoint()
    endpoint.fails = True
    keeper = TokenKeeper(endpoint.fetch, TenantClock(mode=ClockMode.MANUAL))
    assert await _outcome(keeper) == "UNAVAILABLE"
    endpoint.fails = False
    assert await _outcome(keeper) == "T2"


async def _outcome(keeper: TokenKeeper) -> str:
    try:
        return await keeper.token()
    except ApiError as problem:
        return problem.code


async def _open(endpoint: Endpoint) -> None:
    endpoint.gate.set()
