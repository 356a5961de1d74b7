"""What a channel supplies to the shared suite: rows, not code.

A channel's own rows lie in `fake_channels/<channel>/tests/rows.py` under the name `ROWS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from fake_channels.core.contract import Channel
from fake_channels.core.handset import Action, Handset
from fake_channels.registry import CHANNELS
from fake_channels.tests.receiver import Received


@dataclass(frozen=True)
class Ask:
    """One request to a channel's server; `path` may carry a query."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answered:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Rows:
    """One channel. Every function over an account gets the channel's own state."""

    send: Callable[[Any, Handset, str], Ask]
    """A valid request that sends a text to a customer."""
    strangers: Mapping[str, Callable[[Any], Ask]]
    """Requests without, or with a wrong, credential, by name."""
    is_stranger_answer: Callable[[Answered], bool]
    """True for what the vendor answers to those."""
    unknown_route: Callable[[Any], Ask]
    is_unknown_route_answer: Callable[[Answered], bool]
    malformed: Mapping[str, Callable[[Any, Handset], Ask]]
    """Requests whose body is wrong, by name; among them one that is no JSON and one that is no UTF-8."""
    oversize: Callable[[Any, bytes], Ask]
    """A send request with these ten million bytes as its body."""
    is_error: Callable[[Answered], bool]
    """True for the vendor's own form of an error with this status."""
    is_genuine: Callable[[Any, Received], bool]
    """The check that the vendor documents for receivers."""
    accepts: Callable[[Any], bool]
    """The channel's own schema for callbacks."""
    inbound_text: Callable[[Any], str | None]
    """The customer's text in a callback; None when it is about something else."""
    first_retries_ms: tuple[int, ...]
    """The first waits of the vendor's retry schedule."""
    retries_in_order: bool = True
    """False when a callback that failed does not hold later ones back."""
    as_first_told: Callable[[bytes], bytes] = lambda body: body
    """A retried callback's body without what marks it as such."""
    signs_bytes: bool = True
    """False when the proof is a shared secret that does not depend on the body."""
    hello: Action | None = None
    """What a customer must do before the business may write."""
    took: Callable[[Answered], bool] = lambda answered: answered.status < HTTPStatus.MULTIPLE_CHOICES
    """True for the answer to a send that was accepted."""
    refuses_with: range = range(400, 500)
    """HTTP statuses of refusals; some vendors answer 200 and tell the error in the body alone."""
    read: Callable[[Received], Any] = Received.json
    """What a callback holds, decoded."""
    is_throttled: Callable[[Answered], bool] = lambda answered: answered.status == HTTPStatus.TOO_MANY_REQUESTS
    """True for the answer to one request too many."""


def rows_of(channel: Channel[Any]) -> Rows | None:
    """The rows of a channel; None while it has none."""
    name = f"fake_channels.{channel.name}.tests.rows"
    if find_spec(f"fake_channels.{channel.name}.tests") is None or find_spec(name) is None:
        return None
    rows: Rows = import_module(name).ROWS
    return rows


NAMES = tuple(name for name, channel in CHANNELS.items() if rows_of(channel) is not None)
