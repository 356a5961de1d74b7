"""The doors of the gateway: what the lab hands in and what it gets back.

Must not know: any implementation of these.
"""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct, field

from fake_sinch.effects import Effect


class RequestLike(Protocol):
    """An HTTP request as the lab's server read it."""

    @property
    def method(self) -> str:
        """The method, in upper case."""

    @property
    def path(self) -> str:
        """The path, percent-decoded."""

    @property
    def raw_query(self) -> str:
        """The query string as it was sent, without the question mark."""

    @property
    def query(self) -> Mapping[str, str]:
        """The query, decoded; the first value of a repeated name."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; look-ups ignore case."""

    @property
    def body(self) -> bytes:
        """The whole body."""

    @property
    def base_url(self) -> str:
        """The origin under which the caller reached us, e.g. ``http://127.0.0.1:8601``."""


class Ids(Protocol):
    """The world's seeded source of identifiers: same seed and same questions, same answers."""

    def ulid(self, now: int) -> str:
        """Return a ULID for the time ``now`` (ms), greater than all before it."""

    def hex(self, stream: str, n_bytes: int) -> str:
        """Return 2 * ``n_bytes`` hexadecimal digits from the named stream."""

    def digits(self, stream: str, n: int) -> str:
        """Return ``n`` decimal digits, the first not zero."""

    def token(self, stream: str, n_bytes: int) -> str:
        """Return a URL-safe token of ``n_bytes`` of entropy."""

    def fraction(self, stream: str) -> float:
        """Return a number in [0, 1)."""


class Reply(Struct):
    """The answer to an HTTP request."""

    status: int
    headers: dict[str, str]
    body: bytes


class Outcome(Struct):
    """The answer to a request, and what else is to be done."""

    reply: Reply
    effects: list[Effect] = field(default_factory=list)
