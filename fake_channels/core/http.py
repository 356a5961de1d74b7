"""HTTP as values: what a front hands to rules and what rules give back. No socket in sight."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

import msgspec
import orjson

from fake_channels.core.effects import Call, Effect, Event, Json
from fake_channels.core.refusal import Refusal

JSON_TYPE = "application/json"
MAX_DEPTH: Final = 200
"""More than any vendor's body has, and less than what writing or describing a value can follow."""


def parse_json(raw: bytes | str) -> Json:
    """A document that somebody sent.

    Raises:
        ValueError: it is not JSON or not UTF-8, or its objects and arrays are nested too deeply.
    """
    value = orjson.loads(raw)
    opened = raw.count(b"{") + raw.count(b"[") if isinstance(raw, bytes) else raw.count("{") + raw.count("[")
    if opened > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise ValueError(f"objects and arrays are nested more than {MAX_DEPTH} deep")
    return value


def _depth(value: Json) -> int:
    depth, level = 0, [value]
    while level := [part for part in level if isinstance(part, dict | list)]:
        depth += 1
        level = [inner for part in level for inner in (part.values() if isinstance(part, dict) else part)]
    return depth


class HttpRequest:
    """One request as its rules see it."""

    def __init__(
        self,
        method: str,
        path: str,
        *,
        raw_query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        base_url: str = "http://localhost",
        waited: bool = False,
    ) -> None:
        self.method = method
        self.path = path
        """Percent-decoded once, with its leading slash."""
        self.raw_query = raw_query
        self.headers: Mapping[str, str] = {} if headers is None else headers
        """Case-insensitive on a real socket; write names in lower case elsewhere."""
        self.body = body
        self.base_url = base_url
        """Scheme, host and port under which the caller reached this server."""
        self.waited = waited
        """True when this request was parked by `Later` and its time is up."""
        self.failing: Refusal | None = None
        """How a fault orders what is accepted now to fail later."""

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters; of a repeated one, the last."""
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty when absent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Json:
        """The decoded body; `ValueError` when it is not JSON, or nested too deeply. Read once, however often asked."""
        return self._decoded

    @cached_property
    def _decoded(self) -> Json:
        return parse_json(self.body)


class HttpReply(msgspec.Struct, frozen=True):
    """One answer."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = {}


class Fetching(msgspec.Struct, frozen=True):
    """The answer is not known yet: perform `call`; what the component makes of its answer is the reply."""

    call: Call


class Later(msgspec.Struct, frozen=True):
    """A long poll: ask again when anything changed in the world, or at `until` with `waited` set."""

    until: int


class Streaming(msgspec.Struct, frozen=True):
    """An answer that goes on: `head` now, then piece after piece of what the component makes of `position`."""

    head: HttpReply
    position: Event
    idle: bytes = b""
    """What keeps the connection warm while there is nothing to say; empty sends nothing."""


class Piece(msgspec.Struct, frozen=True):
    """The next part of a stream. Without `data`, there is nothing more until something changes in the world."""

    data: bytes = b""
    position: Event | None = None
    """Handed back once `data` is on its way; None ends the stream."""
    effects: list[Effect] = []


class Broken(msgspec.Struct, frozen=True):
    """No answer at all: the connection is cut."""


class Torn(msgspec.Struct, frozen=True):
    """An answer that breaks off: the whole is announced, and only its first `keep_bytes` come."""

    whole: HttpReply
    keep_bytes: int


Replying: TypeAlias = HttpReply | Fetching | Later | Streaming | Broken | Torn


class Outcome(msgspec.Struct):
    """What rules make of a request: the reply, what else shall happen, and the ids it was about."""

    reply: Replying
    effects: list[Effect] = []
    ids: tuple[str, ...] = ()


def readable(header: str) -> str:
    """A header's value as text that can be written anywhere; bytes that are not UTF-8 are replaced."""
    return header if header.isascii() else header.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def json_reply(value: Json, status: int = 200, headers: dict[str, str] | None = None) -> HttpReply:
    """`value` as compact UTF-8 JSON."""
    return HttpReply(status, orjson.dumps(value), JSON_TYPE, headers or {})
