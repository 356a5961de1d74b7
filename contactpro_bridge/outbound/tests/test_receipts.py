"""Receipts never move a message backwards."""

from itertools import permutations

import pytest

from contactpro_bridge.outbound.receipts import Delivery, moves, state_of

FORWARD = ["QUEUED_ON_CHANNEL", "DELIVERED", "READ"]


def after(statuses: tuple[str, ...]) -> Delivery:
    """Return the state after receipts in some order."""
    state = Delivery.SENDING
    for status in statuses:
        new = state_of(status)
        if new is not None and moves(state, new):
            state = new
    return state


@pytest.mark.parametrize("order", list(permutations(FORWARD)), ids="-".join)
def test_receipts_in_any_order_end_at_the_furthest(order: tuple[str, ...]) -> None:
    """They travel on other queues than messages and overtake each other."""
    assert after(order) is Delivery.READ


@pytest.mark.parametrize("final", ["READ", "FAILED"])
@pytest.mark.parametrize("later", ["QUEUED", "QUEUED_ON_CHANNEL", "DELIVERED", "READ", "FAILED"])
def test_a_final_state_stays(final: str, later: str) -> None:
    """FAILED and READ are final."""
    assert after((final, later)) is state_of(final)


def test_what_was_delivered_does_not_fail() -> None:
    """A failure after delivery is about another attempt."""
    assert after(("DELIVERED", "FAILED")) is Delivery.DELIVERED


def test_an_unknown_status_is_no_state() -> None:
    """The vendor may add statuses."""
    assert state_of("SOMETHING_NEW") is None
