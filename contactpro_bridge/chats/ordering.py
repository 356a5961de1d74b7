"""Where an entry stands in the transcript. Pure.

Customers' messages stand in the order in which the API accepted them, equal times in order of arrival; what agents send
and the system says stays where it appeared. A message that comes late is put right before the first customer's message
that is younger. Positions leave room between them, so nothing that already stands has to move.
"""

from typing import Final

STEP: Final = 1 << 20


def after(last_seq: int) -> int:
    """Return the position behind the last entry."""
    return last_seq + STEP


def between(before_seq: int, next_seq: int) -> int | None:
    """Return a position between two entries, None when there is no room left."""
    middle = (before_seq + next_seq) // 2
    return middle if before_seq < middle < next_seq else None
