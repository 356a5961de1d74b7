"""What the gateway wants done: calls over the network and wake-ups. Effects are returned, never performed.

Must not know: sockets, clocks, asyncio. The lab performs a `Call` and hands the `Answer` back with the call's
own ``then`` event; it fires a `Wake` by handing its event to ``Service.on_event`` once time has reached it.
"""

from typing import Final, TypeAlias

from msgspec import Struct, field

from fake_sinch.events import Event

MAX_BYTES: Final = 104_857_600
"""The most bytes of an answer that are read unless a call says otherwise."""
ANSWER_BYTES: Final = 1_048_576
"""The most of an answer of which only the status counts."""


class Call(Struct, frozen=True, tag=True):
    """One HTTP request to perform; ``then`` comes back with the answer."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    target: str
    """The participant it goes to: `subject`, `media`, or a channel by its name in the lab."""
    name: str
    """The operation, for traces and faults: a trigger or the vendor's own name of the operation."""
    ids: tuple[str, ...]
    """Ids that tie this hop to others in the trace."""
    then: Event
    timeout_s: float = 30.0
    max_bytes: int = MAX_BYTES


class Wake(Struct, frozen=True, tag=True):
    """A timer: hand ``event`` back when the world's time (ms since the epoch) reaches ``at``."""

    at: int
    event: Event


Effect: TypeAlias = Call | Wake


class Answer(Struct, frozen=True):
    """What came back from a `Call`."""

    status: int
    """The HTTP status, or 0 when there was no answer (refused, timed out, cut)."""
    headers: dict[str, str] = field(default_factory=dict)
    """Header names in lower case."""
    body: bytes = b""
    problem: str = ""
    """Why there was no answer, as a sentence; empty when there was one."""
