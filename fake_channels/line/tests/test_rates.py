"""Rate limits count one operation's requests in windows of the world's time."""

from __future__ import annotations

import pytest

from fake_channels.core.instants import HOUR
from fake_channels.line import limits, rates
from fake_channels.line.tests.calls import BOT, Owner, text


@pytest.mark.parametrize("operation", ["pushMessage", *limits.RATES])
def test_a_window_takes_so_many_and_no_more(operation: str) -> None:
    """The next window takes as many again; another operation has its own."""
    rate = limits.RATES.get(operation, limits.DEFAULT_RATE)
    windows: dict[str, rates.Window] = {}
    now = 10 * rate.window_ms
    assert all(rates.admits(windows, operation, now) for _ in range(rate.count))
    assert not rates.admits(windows, operation, now + rate.window_ms - 1)
    assert rates.admits(windows, "another", now)
    assert rates.admits(windows, operation, now + rate.window_ms)


def test_one_request_too_many_gets_the_vendors_answer() -> None:
    """And is not carried out; later ones are."""
    owner = Owner()
    friend = owner.friend()
    replies = [owner.call("POST", f"{BOT}/message/broadcast", {"messages": [text()]}) for _ in range(61)]
    assert [reply.status for reply in replies] == [200] * 60 + [429]
    assert replies[-1].body == b'{"message":"The API rate limit has been exceeded. Try again later."}'
    assert len(friend.screen) == 60
    owner.advance(HOUR)
    assert owner.ok("POST", "/message/broadcast", {"messages": [text()]}) == {}


def test_a_world_may_lift_the_limits() -> None:
    """The monthly one too: load tests send more than any plan has."""
    owner = Owner()
    owner.component._limited = False
    owner.component.change_settings({"quota": 1})
    owner.friend()
    for _ in range(70):
        owner.ok("POST", "/message/broadcast", {"messages": [text()]})
