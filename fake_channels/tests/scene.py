"""A channel without sockets: its rules, its phones, a clock by hand, and everything it would have called.

Tests of any channel read as a conversation: what arrives, what time passes, what must leave.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson

from fake_channels.core import people
from fake_channels.core.contract import Channel, ChannelComponent, Refusal
from fake_channels.core.effects import Answer, Call, Effect, Event, Wake
from fake_channels.core.handset import Action, Handset, Item
from fake_channels.core.http import Fetching, HttpReply, HttpRequest, Outcome
from fake_channels.core.ids import Ids

START = 1_700_000_000_000
CALLBACK = "http://subject.example/callback"


class Scene:
    """One account at work. `calls` is what left, oldest first; `answer` decides what each call is answered."""

    def __init__(self, channel: Channel[Any], *, connected: bool = True, seed: str = "scene") -> None:
        self.now = START
        self.ids = Ids(seed)
        self.component = ChannelComponent(channel, channel.open(self.ids), self.ids, lambda: "http://vendor.example")
        self.calls: list[Call] = []
        self.timers: list[tuple[int, Event]] = []
        self.answer: Callable[[Call], Answer] = lambda _: Answer(200)
        self.failing: Refusal | None = None
        """What a fault orders each request to fail with after its acceptance."""
        self._customers = 0
        if connected:
            self.run(self.component.connect(CALLBACK, self.now))

    @property
    def account(self) -> Any:
        """The channel's own state."""
        return self.component.state

    def enrol(self, name: str | None = "") -> Handset:
        """A new customer."""
        person = people.invent(self.ids, self._customers, name=name)
        self._customers += 1
        return self.component.enrol(person, self.now)

    def act(self, handset: Handset, action: Action) -> Item | None:
        """Let a customer act and everything that follows happen."""
        acted = self.component.act(handset, action, self.now)
        self.run(acted.effects)
        return acted.item

    def ask(self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str], query: str = "") -> HttpReply:
        """One request, with everything that follows from it."""
        request = HttpRequest(method, path, raw_query=query, headers=headers, body=body)
        request.failing = self.failing
        outcome = self.component.handle(request, self.now)
        while isinstance(outcome.reply, Fetching):
            self.run(outcome.effects)
            self.calls.append(outcome.reply.call)
            resumed = self.component.on_answer(outcome.reply.call.then, self.answer(outcome.reply.call), self.now)
            assert isinstance(resumed, Outcome)
            outcome = resumed
        assert isinstance(outcome.reply, HttpReply)
        self.run(outcome.effects)
        return outcome.reply

    def ask_json(
        self, method: str, path: str, value: Any = None, *, headers: dict[str, str], **query: str
    ) -> tuple[int, Any]:
        """One request with JSON both ways; an empty answer is None."""
        named = {**headers, "content-type": "application/json"}
        body = b"" if value is None else orjson.dumps(value)
        reply = self.ask(method, path, body=body, headers=named, query=urlencode(query))
        return reply.status, orjson.loads(reply.body) if reply.body else None

    def run(self, effects: list[Effect]) -> None:
        """Perform effects breadth first, as a world does."""
        queue = list(effects)
        while queue:
            effect = queue.pop(0)
            if isinstance(effect, Wake):
                self.timers.append((effect.at, effect.event))
                continue
            self.calls.append(effect)
            result = self.component.on_answer(effect.then, self.answer(effect), self.now)
            queue += result.effects if isinstance(result, Outcome) else result

    def advance(self, milliseconds: int) -> None:
        """Let time pass; what falls due on the way happens at its time."""
        target = self.now + milliseconds
        while due := [timer for timer in self.timers if timer[0] <= target]:
            at, event = timer = min(due, key=lambda one: one[0])
            self.timers.remove(timer)
            self.now = max(self.now, at)
            self.run(self.component.on_event(event, self.now))
        self.now = target

    def told(self) -> list[Any]:
        """The JSON of every callback so far; asking forgets them."""
        calls, self.calls = self.calls, []
        return [orjson.loads(call.body) for call in calls if call.body]
