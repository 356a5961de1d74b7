"""What rules ask the world to do. Effects are values: rules return them and the shell performs them."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

Event: TypeAlias = msgspec.Struct
"""Whatever a component wants handed back to it later: a tagged struct of its own, so that a snapshot can keep it."""


class Answer(msgspec.Struct, frozen=True):
    """How an outgoing request ended. `status` 0 means that no answer came; `problem` then says why."""

    status: int
    headers: dict[str, str] = {}
    """Names in lower case."""
    body: bytes = b""
    problem: str = ""

    @property
    def ok(self) -> bool:
        """True for any 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004  the HTTP success class


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One outgoing HTTP request; its `Answer` comes back to the component together with `then`."""

    method: str
    url: str
    then: Event
    target: str
    """The participant that is called: another component by its name, or `subject` or `media` outside the lab."""
    name: str
    """What the call is for, in the vendor's words; faults and traces find it by this name."""
    headers: dict[str, str] = {}
    body: bytes = b""
    ids: tuple[str, ...] = ()
    timeout_s: float = 30.0
    max_bytes: int = 104_857_600
    max_redirects: int = 0


class Wake(msgspec.Struct, frozen=True):
    """Hand `event` back to the component when the world's clock reads `at`."""

    at: int
    event: Event


Effect: TypeAlias = Call | Wake
Json: TypeAlias = Any
