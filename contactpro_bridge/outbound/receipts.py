"""Delivery states and how receipts move them: never backwards. Pure.

https://developers.sinch.com/docs/conversation/callbacks : FAILED and READ are final, READ may come without DELIVERED.
Receipts travel on another queue than messages and may overtake each other.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Delivery(StrEnum):
    """How far a message of ours has come."""

    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


_RANK: Final = {Delivery.SENDING: 0, Delivery.SENT: 1, Delivery.DELIVERED: 2, Delivery.READ: 3, Delivery.FAILED: 3}

_STATUS: Final = {
    "QUEUED": Delivery.SENT,
    "QUEUED_ON_CHANNEL": Delivery.SENT,
    "DELIVERED": Delivery.DELIVERED,
    "READ": Delivery.READ,
    "FAILED": Delivery.FAILED,
}

SWITCHING: Final = "SWITCHING_CHANNEL"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A MESSAGE_DELIVERY callback."""

    app_id: str
    message_id: str
    status: str
    channel: str
    identity: str
    code: str
    description: str
    entry_id: str


def state_of(status: str) -> Delivery | None:
    """Return the state a receipt's status stands for, None for a status that is none of them."""
    return _STATUS.get(status)


def moves(current: Delivery, new: Delivery) -> bool:
    """Say whether a message in ``current`` may go on to ``new``: forward only, and a final state stays.

    A failure after the customer got the message is no news about that message either.
    """
    if current is Delivery.DELIVERED and new is Delivery.FAILED:
        return False
    return _RANK[new] > _RANK[current]
