"""Waits between tries."""

from hypothesis import given
from hypothesis import strategies as st

from fake_sinch.backoff import delay_ms


@given(st.integers(1, 60), st.floats(0, 1, exclude_max=True))
def test_waits_double_give_or_take_half(failures: int, fraction: float) -> None:
    """The wait doubles with each failure, lies within half around it, and stays finite."""
    middle = 1000 * 2 ** min(failures - 1, 20)
    assert middle // 2 <= delay_ms(1.0, failures, fraction) <= middle * 3 // 2


def test_same_fraction_same_wait() -> None:
    """Nothing but the arguments decides."""
    assert delay_ms(2.0, 3, 0.25) == delay_ms(2.0, 3, 0.25) == 6000
