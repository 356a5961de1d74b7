"""What may happen to the gateway later: the tagged union that timers and pending calls carry.

Every event is plain data, so that a snapshot keeps calls in flight and pending timers.
Must not know: what handles an event, the clock, the network.

To add one: a frozen Struct with ``tag=True`` and a place in the union at the end of this module.
"""

from typing import TypeAlias

from msgspec import Struct

# Callbacks


class CallbackDue(Struct, frozen=True, tag=True):
    """The next attempt at the head of one callback lane is due."""

    lane: str
    callback: str


class CallbackAnswered(Struct, frozen=True, tag=True):
    """The subject answered (or did not answer) the callback at the head of a lane."""

    lane: str
    callback: str


class CallbackTokenAnswered(Struct, frozen=True, tag=True):
    """The customer's token endpoint answered; the callback at the head of the lane was waiting for it."""

    lane: str
    callback: str


# Delivery, inbound and capabilities add theirs here.


CallbackEvent: TypeAlias = CallbackDue | CallbackAnswered | CallbackTokenAnswered

Event: TypeAlias = CallbackEvent
"""Every event of the gateway; msgspec decodes it by tag."""
