"""The trace: every hop of a world as one event, kept compact and rendered with secrets masked.

Recording stores a few scalars and raw bytes (no object graph); masking, decoding and capping happen when somebody
reads. The simulator, reports and `bridgelab trace` all read this one stream.
"""

from __future__ import annotations

import base64
import json
import re
from collections import deque
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

import msgspec

from fake_channels.core.clock import wall_now
from fake_channels.core.instants import to_rfc3339

MASK: Final = "***"
BODY_CAP: Final = 65_536
DEFAULT_HISTORY: Final = 10_000
MOST_BYTES: Final = 134_217_728
"""What a trace's large bodies may weigh together: beyond it the oldest hops make room before their time."""
_LIGHT: Final = 8_192
_SECRET_HEADER: Final = re.compile(r"(.+-)?(authorization|cookie|token|secret)", re.IGNORECASE)
"""Names under which vendors and clients send what nobody else may read."""

_TOKEN_FIELD: Final = re.compile(r'("access_token"\s*:\s*"|access_token=)[^"&\s]+')

RawHeaders = tuple[tuple[bytes, bytes], ...]


class Message(msgspec.Struct, frozen=True, gc=False):
    """One direction of an exchange."""

    headers: RawHeaders
    body: bytes
    size_bytes: int
    digest_of_cut: str = ""
    """The hash of the whole body, where only its start is kept."""

    @classmethod
    def of(cls, headers: RawHeaders, body: bytes) -> Message:
        """Keep the start of `body` and its full length; its hash can be told either way."""
        if len(body) <= BODY_CAP:
            return cls(headers, body, len(body))
        return cls(headers, body[:BODY_CAP], len(body), sha256(body).hexdigest())

    @property
    def digest(self) -> str:
        """The hash of the whole body."""
        return self.digest_of_cut or sha256(self.body).hexdigest()


class Hop(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One event of the trace, as it is kept."""

    seq: int
    at: int
    wall: int
    kind: str
    source: str
    target: str
    name: str
    method: str = ""
    url: str = ""
    request: Message | None = None
    status: int | None = None
    response: Message | None = None
    duration_ms: float = 0.0
    ids: tuple[str, ...] = ()
    note: str = ""


class Trace:
    """The newest `cap` hops of one world, numbered from 1."""

    def __init__(self, cap: int = DEFAULT_HISTORY, secrets: Callable[[], Iterable[str]] = tuple) -> None:
        self._hops: deque[Hop] = deque(maxlen=cap)
        self._secrets = secrets
        self.seq = 0
        self._heavy = 0
        """Bytes of the large bodies recorded since the last slimming, and of those it kept."""
        self.listeners: list[Callable[[Hop], None]] = []

    def record(self, at: int, kind: str, source: str, target: str, name: str, **rest: Any) -> Hop:
        """Append one hop at virtual time `at`; `rest` are further fields of `Hop`."""
        self.seq += 1
        hop = Hop(seq=self.seq, at=at, wall=wall_now(), kind=kind, source=source, target=target, name=name, **rest)
        self._hops.append(hop)
        if (weight := _weight(hop)) > _LIGHT:
            self._heavy += weight
            if self._heavy > MOST_BYTES:
                self._slim()
        for listener in self.listeners:
            listener(hop)
        return hop

    def _slim(self) -> None:
        kept = sum(map(_weight, self._hops))
        while kept > MOST_BYTES // 2:
            kept -= _weight(self._hops.popleft())
        self._heavy = kept

    def tie(self, hop: Hop, known: str) -> None:
        """Say that a recorded hop was about the message `known`, once that is found out."""
        for index in range(len(self._hops) - 1, -1, -1):
            if self._hops[index].seq == hop.seq:
                self._hops[index] = msgspec.structs.replace(hop, ids=(*hop.ids, known))
                return

    def after(self, seq: int = 0, *, about: str = "", limit: int | None = None) -> list[dict[str, Any]]:
        """Rendered hops newer than `seq`, oldest first; `about` keeps those tied to this id, directly or not."""
        tied = self._tied(about) if about else frozenset()
        chosen: list[dict[str, Any]] = []
        for hop in self._hops:
            if limit is not None and len(chosen) >= limit:
                break
            if hop.seq > seq and (not about or not tied.isdisjoint(hop.ids)):
                chosen.append(self.render(hop))
        return chosen

    def _tied(self, about: str) -> frozenset[str]:
        tied, before = {about}, 0
        while len(tied) > before:
            before = len(tied)
            for hop in self._hops:
                if not tied.isdisjoint(hop.ids):
                    tied.update(hop.ids)
        return frozenset(tied)

    def render(self, hop: Hop) -> dict[str, Any]:
        """One hop as JSON-ready data, secrets masked."""
        secrets = [secret for secret in self._secrets() if secret]
        return {
            "seq": hop.seq,
            "at": to_rfc3339(hop.at),
            "wall": to_rfc3339(hop.wall),
            "kind": hop.kind,
            "source": hop.source,
            "target": hop.target,
            "name": hop.name,
            "method": hop.method,
            "url": mask(hop.url, secrets),
            "request": _render_message(hop.request, secrets),
            "status": hop.status,
            "response": _render_message(hop.response, secrets),
            "duration_ms": hop.duration_ms,
            "ids": list(hop.ids),
            "note": mask(hop.note, secrets),
        }


def _weight(hop: Hop) -> int:
    request, response = hop.request, hop.response
    return (0 if request is None else len(request.body)) + (0 if response is None else len(response.body))


def mask(text: str, secrets: Iterable[str]) -> str:
    """`text` with every secret, also in its percent-encoded and JSON spellings, replaced; always writable as UTF-8."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # a lone surrogate would spoil the whole page
    if "access_token" in text:
        text = _TOKEN_FIELD.sub(rf"\g<1>{MASK}", text)
    for secret in secrets:
        for spelling in _spellings(secret):
            text = text.replace(spelling, MASK)
    return text


@lru_cache(maxsize=1_024)
def _spellings(secret: str) -> tuple[str, ...]:
    in_json = (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (False, True))
    return tuple(dict.fromkeys((secret, secret.replace(":", "%3A"), quote(secret, safe=""), *in_json)))


def _render_message(message: Message | None, secrets: list[str]) -> dict[str, Any] | None:
    if message is None:
        return None
    headers: dict[str, str] = {}
    for raw_name, raw_value in message.headers:
        name = raw_name.decode("latin-1")
        value = MASK if _SECRET_HEADER.fullmatch(name) else mask(raw_value.decode("utf-8", "replace"), secrets)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    truncated = message.size_bytes > len(message.body)
    text = _decode(message.body, cut=truncated)
    body = base64.b64encode(_masked(message.body, secrets)).decode() if text is None else mask(text, secrets)
    return {
        "headers": headers,
        "body": body,
        "encoding": "base64" if text is None else "text",
        "bytes": message.size_bytes,
        "sha256": message.digest,
        "truncated": truncated,
    }


def _masked(body: bytes, secrets: list[str]) -> bytes:
    for secret in secrets:
        body = body.replace(secret.encode(), MASK.encode())
    return body


def _decode(body: bytes, *, cut: bool) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        at_the_cut = cut and error.start >= len(body) - 3
        return body[: error.start].decode() if at_the_cut else None
