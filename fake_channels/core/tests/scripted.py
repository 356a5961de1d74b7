"""A component that does as it is told: for tests of what surrounds components."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from fake_channels.core.contract import Refusal
from fake_channels.core.effects import Answer, Call, Effect, Event
from fake_channels.core.http import HttpReply, HttpRequest, Outcome, Piece, json_reply


class Noted(msgspec.Struct, frozen=True, tag="scripted.noted"):
    """The event of this component."""

    name: str = ""


class Scripted:
    """Answers by `script`, keeps what it is told."""

    def __init__(self, name: str = "scripted", key: str = "key") -> None:
        self.name = name
        self.credentials = {key}
        self.script: Callable[[HttpRequest], Outcome] = lambda request: Outcome(json_reply({"path": request.path}))
        self.requests: list[HttpRequest] = []
        self.answers: list[tuple[Event, Answer]] = []
        self.events: list[tuple[Event, int]] = []
        self.pieces: list[Piece] = []
        self.positions: list[Event] = []
        self.then: list[Effect] = []
        """What an event leads to."""

    def keys(self) -> Iterable[tuple[str, str]]:
        """As a host named `host` knows it."""
        return [("host", key) for key in self.credentials]

    def owns(self, credential: str) -> bool:
        """True for what is in `credentials` by now."""
        return credential in self.credentials

    def secrets(self) -> Iterable[str]:
        """One."""
        return ["top-secret"]

    def handle(self, request: HttpRequest, now: int) -> Outcome:
        """Follow the script."""
        del now
        self.requests.append(request)
        return self.script(request)

    def on_event(self, event: Event, now: int) -> list[Effect]:
        """Keep it."""
        self.events.append((event, now))
        return self.then

    def on_answer(self, event: Event, answer: Answer, now: int) -> list[Effect] | Outcome:
        """Keep it; a request that waits for it gets its body."""
        del now
        self.answers.append((event, answer))
        if event == Noted("fetched"):
            return Outcome(HttpReply(200, answer.body, "text/plain"))
        return []

    def on_stream(self, position: Event, now: int) -> Piece:
        """Whatever `pieces` holds next; nothing while it is empty."""
        del now
        self.positions.append(position)
        return self.pieces.pop(0) if self.pieces else Piece(position=position)

    def operation(self, request: HttpRequest) -> str:
        """The path's last part."""
        return request.path.rpartition("/")[2]

    def source(self, request: HttpRequest) -> str:
        """Always the subject."""
        del request
        return "subject"

    def refuse(self, refusal: Refusal) -> HttpReply:
        """An envelope of its own."""
        return json_reply({"refused": refusal.code}, refusal.status)

    def pending(self) -> list[str]:
        """Nothing."""
        return []

    def dump(self) -> bytes:
        """Nothing."""
        return b""

    def decode_event(self, raw: bytes) -> Event:
        """Its event."""
        return msgspec.msgpack.decode(raw, type=Noted)


def call(url: str, **fields: Any) -> Call:
    """A GET of `url` for the subject."""
    return Call(**{"method": "GET", "url": url, "then": Noted(), "target": "subject", "name": "call", **fields})
