"""What may happen to the gateway later: the tagged union that timers and pending calls carry.

Every event is plain data, so that a world can be snapshotted while calls are in flight and timers are pending.
Must not know: what handles an event, the clock, the network.

To add one: a frozen Struct with ``tag=True`` and a place in the union at the end of this module.
"""

from typing import TypeAlias

from msgspec import Struct

# ------------------------------------------------------------------- callbacks (fake_sinch.callbacks)


class CallbackDue(Struct, frozen=True, tag=True):
    """The next attempt at the head of one callback lane is due."""

    lane: str
    callback: str


class CallbackAnswered(Struct, frozen=True, tag=True):
    """The subject answered (or did not answer) the callback at the head of a lane."""

    lane: str
    callback: str


class CallbackTokenAnswered(Struct, frozen=True, tag=True):
    """The customer's token endpoint answered a request made for a webhook with client credentials."""

    webhook: str


# ------------------------------------------------- delivery, inbound, capabilities (pipeline and friends)


CallbackEvent: TypeAlias = CallbackDue | CallbackAnswered | CallbackTokenAnswered

Event: TypeAlias = CallbackEvent
"""Every event of the gateway; msgspec decodes it by tag."""
