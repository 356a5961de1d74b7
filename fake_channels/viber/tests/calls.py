"""How a bot's owner calls the API, for the tests of this channel."""

from __future__ import annotations

from typing import Any, Final

import orjson

from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import Handset, OptIn
from fake_channels.core.http import HttpReply
from fake_channels.tests.scene import Scene
from fake_channels.viber import CHANNEL, wire

PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
GIF: Final = b"GIF89a\x20\x00\x10\x00" + bytes(20)
MP4: Final = b"\x00\x00\x00\x18ftypmp42" + bytes(60)
PDF: Final = b"%PDF-1.7\n%%EOF"


def keyboard(*buttons: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """A keyboard of these buttons."""
    return {"Type": "keyboard", "Buttons": list(buttons), **rest}


def button(body: str, text: str = "", action: str = "reply", **rest: Any) -> dict[str, Any]:
    """One button."""
    return {"Columns": 6, "Rows": 1, "ActionType": action, "ActionBody": body, "Text": text or body, **rest}


class Bot(Scene):
    """A scene with the calls of somebody who holds the token."""

    def __init__(self, *, connected: bool = True) -> None:
        super().__init__(CHANNEL, connected=connected)
        self.pages: dict[str, Answer] = {}
        """What lies behind URLs."""
        self.greeting: Any = None
        """What the owner answers to conversation_started."""
        self.answer = self._answer

    def _answer(self, call: Call) -> Answer:
        if call.method == "GET":
            return self.pages.get(call.url, Answer(404))
        if self.greeting is not None and call.name == "conversation_started":
            return Answer(200, {}, orjson.dumps(self.greeting))
        return Answer(200)

    def call(self, name: str, /, **body: Any) -> Any:
        """One call; the HTTP status is always 200."""
        status, told = self.ask_json("POST", f"/pa/{name}", body, headers={"x-viber-auth-token": self.account.token})
        assert status == 200, told
        return told

    def ok(self, name: str, /, **body: Any) -> Any:
        """A call that must succeed."""
        told = self.call(name, **body)
        assert (told["status"], told["status_message"]) == (0, "ok"), told
        return told

    def send(self, to: Handset, /, **message: Any) -> str:
        """A message that must be taken; its token."""
        return str(self.ok("send_message", receiver=to.identity, **message)["message_token"])

    def text(self, to: Handset, text: str = "Hello", /, **rest: Any) -> str:
        """A text that must be taken; its token."""
        return self.send(to, type="text", text=text, **rest)

    def refused(self, to: Handset, /, **message: Any) -> int:
        """A message that must be refused; its status."""
        told = self.call("send_message", receiver=to.identity, **message)
        assert told["status"] != 0, told
        return int(told["status"])

    def page(self, url: str, body: bytes, content_type: str, status: int = 200) -> str:
        """Put a file behind a URL."""
        self.pages[url] = Answer(status, {"content-type": content_type}, body)
        return url

    def subscriber(self, name: str | None = "") -> Handset:
        """A customer who has subscribed; what led there is forgotten."""
        customer = self.enrol(name)
        self.act(customer, OptIn())
        self.told()
        return customer

    def download(self, url: str) -> HttpReply:
        """A customer's file by its URL."""
        return self.ask("GET", url.removeprefix("http://vendor.example"), headers={})

    def heard(self) -> list[Any]:
        """The callbacks told since the last time; all must be valid."""
        calls, self.calls = self.calls, []
        told = [orjson.loads(call.body) for call in calls if call.method == "POST"]
        assert all(wire.CALLBACK.accepts(one) for one in told), told
        return told

    def events(self) -> list[str]:
        """The names of the callbacks told since the last time."""
        return [one["event"] for one in self.heard()]

    def messages(self) -> list[Any]:
        """The customers' messages told since the last time."""
        return [one["message"] for one in self.heard() if one["event"] == "message"]
