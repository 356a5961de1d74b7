"""Randomised exponential back-off. Must not know: what is retried, clocks."""

from typing import Final

_DOUBLINGS: Final = 20
"""Where doubling stops; far beyond every limit that callers set."""


def delay_ms(first_s: float, failures: int, fraction: float) -> int:
    """Return the wait after so many failures in a row: doubled each time, give or take half by ``fraction``."""
    doubled = first_s * 2 ** min(max(failures - 1, 0), _DOUBLINGS)
    return int(doubled * (0.5 + fraction) * 1000)
