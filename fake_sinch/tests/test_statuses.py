"""The order of delivery states."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sinch.statuses import RANK, TERMINAL, moves, whole

STATES = [*RANK, "FAILED"]


@pytest.mark.parametrize(
    ("current", "new", "allowed"),
    [
        ("QUEUED", "QUEUED_ON_CHANNEL", True),
        ("QUEUED_ON_CHANNEL", "DELIVERED", True),
        ("QUEUED_ON_CHANNEL", "READ", True),
        ("DELIVERED", "READ", True),
        ("DELIVERED", "DELIVERED", False),
        ("READ", "DELIVERED", False),
        ("QUEUED_ON_CHANNEL", "FAILED", True),
        ("DELIVERED", "FAILED", False),
        ("FAILED", "DELIVERED", False),
        ("READ", "FAILED", False),
    ],
)
def test_moves(current: str, new: str, allowed: bool) -> None:  # noqa: FBT001 - a row
    """States go forward only; the end is the end; what arrived cannot fail."""
    assert moves(current, new) is allowed


@given(st.lists(st.sampled_from(STATES), max_size=20))
def test_no_order_of_reports_goes_back(reports: list[str]) -> None:
    """Whatever the order of reports, the state's rank never falls and nothing follows the end."""
    current, path = "QUEUED", ["QUEUED"]
    for new in reports:
        if moves(current, new):
            assert current not in TERMINAL
            current = new
            path.append(new)
    ranks = [RANK[state] for state in path if state in RANK]
    assert ranks == sorted(set(ranks))


def test_whole_is_the_slowest() -> None:
    """A message of several parts has come as far as its slowest part."""
    assert whole(["READ", "QUEUED_ON_CHANNEL", "DELIVERED"]) == "QUEUED_ON_CHANNEL"
