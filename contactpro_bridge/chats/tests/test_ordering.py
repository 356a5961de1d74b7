"""Positions in a transcript."""

from hypothesis import given
from hypothesis import strategies as st

from contactpro_bridge.chats.ordering import STEP, after, between


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_a_position_between_two_lies_between_them(one: int, other: int) -> None:
    """Either there is room and the position is strictly between, or None says that there is none."""
    low, high = sorted((one, other))
    middle = between(low, high)
    assert (middle is None) == (high - low < 2)
    assert middle is None or low < middle < high


def test_twenty_late_messages_find_room_before_anything_moves() -> None:
    """The step between neighbours is halved by every late message at the same place."""
    low, high = after(0), after(after(0))
    halvings = 0
    while (middle := between(low, high)) is not None:
        high, halvings = middle, halvings + 1
    assert halvings == STEP.bit_length() - 1 == 20
