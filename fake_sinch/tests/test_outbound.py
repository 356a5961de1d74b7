"""The queue of outgoing messages and its rate, as properties."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fake_sinch import outbound
from fake_sinch.effects import Effect, Wake
from fake_sinch.state import Identity, Sending, StoredMessage
from fake_sinch.tests.stage import Stage, unlimited

STAGE = Stage()
STEPS = st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 30)), max_size=12)


def put(stage: Stage, message_id: str, now: int, *, urgent: bool = False) -> None:
    """Put a message into the queue of the stage's app."""
    sending = Sending((Identity("SMS", "46"),), high_priority=urgent)
    message = StoredMessage(message_id, stage.app_id, "TO_CONTACT", "SMS", "46", "", b"{}", now, sending=sending)
    outbound.enqueue(stage.service, message, now)


def due(timers: list[Effect]) -> int:
    """Return when the next turn is, or 0."""
    return timers[0].at if timers and isinstance(timers[0], Wake) else 0


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_rate_holds_order_holds_and_nothing_is_lost(steps: list[tuple[int, int]]) -> None:
    """However messages come, they leave in order, never faster than a second's burst plus the rate, and all of them."""
    STAGE.service.state.traffic.outbound.clear()
    start = now = STAGE.now
    wake, sent, count = 0, [], 0
    for pause, burst in [*steps, (100_000, 0)]:
        target = now + pause
        while wake and wake <= target:
            now, wake = wake, 0
            outbound.on_due(STAGE.service, STAGE.app_id)
            taken, timers = outbound.take(STAGE.service, STAGE.app_id, now)
            sent += taken
            wake = due(timers)
            assert len(sent) <= 20 + (now - start) * 20 / 1000 + 1e-6
        now = target
        for _ in range(burst):
            put(STAGE, f"{count:04}", now)
            count += 1
            taken, timers = outbound.take(STAGE.service, STAGE.app_id, now)
            sent += taken
            wake = due(timers) or wake
    assert sent == [f"{n:04}" for n in range(count)]
    assert outbound.size(STAGE.service, STAGE.app_id) == 0


def test_without_a_rate_everything_leaves_at_once() -> None:
    """A rate of 0 is no limit; the urgent ones leave first."""
    stage = Stage(rates=unlimited())
    for n in range(3):
        put(stage, f"n{n}", stage.now)
    put(stage, "urgent", stage.now, urgent=True)
    assert outbound.take(stage.service, stage.app_id, stage.now) == (["urgent", "n0", "n1", "n2"], [])


def test_app_without_a_queue() -> None:
    """An app that never sent anything has nothing waiting."""
    outbound.on_due(STAGE.service, "nobody")
    assert outbound.take(STAGE.service, "nobody", 0) == ([], [])
    assert outbound.size(STAGE.service, "nobody") == 0
