"""The order of delivery states: forward only, and the end is the end.

Source: developers.sinch.com/docs/conversation/callbacks. Must not know: channels, messages.
"""

from collections.abc import Iterable
from typing import Final

QUEUED: Final = "QUEUED"
QUEUED_ON_CHANNEL: Final = "QUEUED_ON_CHANNEL"
DELIVERED: Final = "DELIVERED"
READ: Final = "READ"
FAILED: Final = "FAILED"
SWITCHING_CHANNEL: Final = "SWITCHING_CHANNEL"

_FORWARD: Final = (QUEUED, QUEUED_ON_CHANNEL, DELIVERED, READ)
RANK: Final = {status: rank for rank, status in enumerate(_FORWARD)}
TERMINAL: Final = frozenset({READ, FAILED})


def moves(current: str, new: str) -> bool:
    """Tell whether a message may go from one status to another; READ may come without DELIVERED."""
    if current in TERMINAL:
        return False
    if new == FAILED:
        return RANK[current] < RANK[DELIVERED]
    return RANK[new] > RANK[current]


def whole(parts: Iterable[str]) -> str:
    """Return the status of a message from those of its parts: as far as the slowest has come."""
    return min(parts, key=RANK.__getitem__)
