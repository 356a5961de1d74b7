"""An app's queue of outgoing messages: first the high priority, then the normal, at the app's rate.

Must not know: how messages are sent.
Source: developers.sinch.com/docs/conversation/keyconcepts (500,000 messages an app, drained at 20 a second).
"""

from typing import Final

from fake_sinch.context import Context
from fake_sinch.effects import Effect, Wake
from fake_sinch.events import QueueDue
from fake_sinch.state import StoredMessage
from fake_sinch.traffic import Outbound

_MS: Final = 1000


def size(ctx: Context, app_id: str) -> int:
    """Return how many messages of an app wait."""
    queue = ctx.state.traffic.outbound.get(app_id)
    return len(queue.high) + len(queue.normal) if queue else 0


def enqueue(ctx: Context, message: StoredMessage, now: int) -> None:
    """Put a message at the end of its queue."""
    rate = ctx.settings.rates.outbound_per_second
    queue = ctx.state.traffic.outbound.setdefault(message.app_id, Outbound(level=rate, at=now))
    urgent = message.sending is not None and message.sending.high_priority
    (queue.high if urgent else queue.normal).append(message.id)


def take(ctx: Context, app_id: str, now: int) -> tuple[list[str], list[Effect]]:
    """Return the messages whose turn it is, and the timer for the next turn.

    An idle app may send one second's worth at once; a rate of 0 is no limit.
    """
    queue = ctx.state.traffic.outbound.get(app_id)
    if queue is None or queue.waking:  # before that timer nobody has a turn
        return [], []
    waiting = len(queue.high) + len(queue.normal)
    rate = ctx.settings.rates.outbound_per_second
    if rate <= 0:
        turns = waiting
    else:
        queue.level = min(max(rate, 1.0), queue.level + (now - queue.at) * rate / _MS)
        queue.at = now
        turns = min(waiting, int(queue.level + 1e-9))
        queue.level -= turns
    taken = _cut(queue.high, turns)
    taken += _cut(queue.normal, turns - len(taken))
    if turns == waiting:
        return taken, []
    queue.waking = True
    missing = max(1.0 - queue.level, 0.0)
    return taken, [Wake(now + max(int(missing * _MS / rate), 1), QueueDue(app_id))]


def on_due(ctx: Context, app_id: str) -> None:
    """Note that the timer for the next turn went off."""
    queue = ctx.state.traffic.outbound.get(app_id)
    if queue is not None:
        queue.waking = False


def _cut(waiting: list[str], count: int) -> list[str]:
    taken = waiting[:count]
    del waiting[:count]
    return taken
