"""How an account's owner calls the Messaging API, for the tests of this channel."""

from __future__ import annotations

import struct
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from fake_channels.core.effects import Answer
from fake_channels.core.handset import Handset, Item, OptIn
from fake_channels.core.http import HttpReply
from fake_channels.line import CHANNEL, wire
from fake_channels.tests.scene import Scene

BOT: Final = "/v2/bot"
NOBODY: Final = "U" + "0" * 32
JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(40)
MP4: Final = b"\x00\x00\x00\x18ftypmp42" + bytes(60)
MP3: Final = b"ID3\x03\x00" + bytes(60)
PDF: Final = b"%PDF-1.7\n%%EOF"
KEY: Final = "123e4567-e89b-12d3-a456-426614174000"


def png(width: int = 800, height: int = 300) -> bytes:
    """A PNG as far as anybody looks."""
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + bytes(20)


def text(said: str = "Hello", **more: Any) -> dict[str, Any]:
    """A text message object."""
    return {"type": "text", "text": said, **more}


def menu(*actions: dict[str, Any]) -> dict[str, Any]:
    """A rich menu of 800 by 300 pixels, an area each action."""
    bounds = {"x": 0, "y": 0, "width": 100, "height": 100}
    return {
        "size": {"width": 800, "height": 300},
        "selected": True,
        "name": "menu",
        "chatBarText": "Menu",
        "areas": [{"bounds": bounds, "action": action} for action in actions],
    }


class Owner(Scene):
    """A scene with the calls of somebody who holds the channel access token."""

    def __init__(self, *, connected: bool = True, seed: str = "scene") -> None:
        super().__init__(CHANNEL, connected=connected, seed=seed)
        self.pages: dict[str, Answer] = {}
        """What lies behind URLs."""
        self.answer = lambda call: self.pages.get(call.url, Answer(404 if call.method == "GET" else 200))

    def headers(self, **more: str) -> dict[str, str]:
        """With the token."""
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"authorization": f"Bearer {self.account.access_token}", **named}

    def call(self, method: str, path: str, value: Any = None, headers: dict[str, str] | None = None) -> HttpReply:
        """One call; a value is sent as JSON."""
        path, _, query = path.partition("?")
        named = {**self.headers(), **(headers or {})}
        if value is not None:
            named["content-type"] = "application/json"
        body = b"" if value is None else orjson.dumps(value)
        return self.ask(method, path, body=body, headers=named, query=query)

    def ok(self, method: str, path: str, value: Any = None, *, status: int = 200) -> Any:
        """A call that must succeed; what it answers."""
        reply = self.call(method, BOT + path, value)
        assert reply.status == status, reply
        return orjson.loads(reply.body)

    def refused(self, method: str, path: str, value: Any = None, headers: dict[str, str] | None = None) -> Any:
        """A call that must be refused: its status and its body."""
        reply = self.call(method, BOT + path, value, headers)
        assert reply.status >= 400, reply
        return reply.status, orjson.loads(reply.body)

    def push(self, to: Handset, *messages: dict[str, Any]) -> Any:
        """A push that must be accepted; what was sent."""
        return self.ok("POST", "/message/push", {"to": to.identity, "messages": list(messages)})["sentMessages"]

    def mistakes(self, *messages: dict[str, Any]) -> Any:
        """What is told of wrong messages."""
        status, told = self.refused("POST", "/message/validate/push", {"messages": list(messages)})
        assert status == 400
        return told

    def form(self, path: str, **fields: str) -> tuple[int, Any]:
        """One OAuth call; an empty answer is None."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        reply = self.ask("POST", path, body=urlencode(fields).encode(), headers=headers)
        return reply.status, orjson.loads(reply.body) if reply.body else None

    def friend(self, name: str | None = "") -> Handset:
        """A customer who has added the account; what led there is forgotten."""
        customer = self.enrol(name)
        self.act(customer, OptIn())
        self.told()
        return customer

    def events(self) -> list[Any]:
        """The events told since the last time; all webhooks must be valid."""
        calls, self.calls = self.calls, []
        told = [orjson.loads(call.body) for call in calls if call.method == "POST"]
        assert all(wire.WEBHOOK.accepts(one) for one in told), told
        return [event for one in told for event in one["events"]]

    def event(self) -> Any:
        """The one event told since the last time."""
        (event,) = self.events()
        return event

    def menu(self, *actions: dict[str, Any]) -> str:
        """A rich menu with its picture; its id."""
        menu_id: str = self.ok("POST", "/richmenu", menu(*actions))["richMenuId"]
        headers = self.headers(content_type="image/png")
        assert self.ask("POST", f"{BOT}/richmenu/{menu_id}/content", body=png(), headers=headers).status == 200
        return menu_id


def shown(customer: Handset) -> list[Item]:
    """What the account sent, as it is on the screen."""
    return [item for item in customer.screen if item.author == "business"]


def texts(customer: Handset) -> list[str]:
    """The account's texts on the screen."""
    return [item.text for item in shown(customer)]
