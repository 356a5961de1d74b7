"""How a business calls, for the tests of this channel."""

from __future__ import annotations

from typing import Any, Final

import orjson

from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import Handset
from fake_channels.core.http import HttpReply
from fake_channels.tests.scene import Scene
from fake_channels.viberbm import CHANNEL, wire

PATH: Final = "/vibersrvc/1/send_message"
PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
MP4: Final = b"\x00\x00\x00\x18ftypmp42" + bytes(60)
PDF: Final = b"%PDF-1.7\n%%EOF"


class Business(Scene):
    """A scene with the calls of somebody who has a service id."""

    def __init__(self, *, connected: bool = True) -> None:
        super().__init__(CHANNEL, connected=connected)
        self.pages: dict[str, Answer] = {}
        """What lies behind URLs."""
        self.answer = self._answer

    def _answer(self, call: Call) -> Answer:
        return self.pages.get(call.url, Answer(404)) if call.method == "GET" else Answer(200)

    def call(self, to: Handset | None, number: int = 206, /, message: Any = None, **rest: Any) -> Any:
        """One call; the HTTP status is always 200. What is None is left out."""
        body = {
            "service_id": self.account.service_id,
            "dest": None if to is None else to.identity,
            "seq": 7,
            "type": number,
            "label": "transaction",
            "message": message,
            **rest,
        }
        told = {key: value for key, value in body.items() if value is not None}
        status, answer = self.ask_json("POST", PATH, told, headers={})
        assert status == 200, answer
        return answer

    def send(self, to: Handset, number: int, /, message: Any = None, **rest: Any) -> str:
        """A message that must be taken; its token."""
        told = self.call(to, number, message, **rest)
        assert (told["status"], told["seq"]) == (0, 7), told
        return str(told["message_token"])

    def text(self, to: Handset, text: str = "Hello", number: int = 206, /, tracking: str = "", **rest: Any) -> str:
        """A text that must be taken; its token."""
        return self.send(to, number, {"#txt": text, "#tracking_data": tracking}, **rest)

    def refused(self, to: Handset | None, number: int = 206, /, message: Any = None, **rest: Any) -> int:
        """A message that must be refused; its status."""
        told = self.call(to, number, message, **rest)
        assert told["status"] != 0, told
        return int(told["status"])

    def page(self, url: str, body: bytes, content_type: str, status: int = 200) -> str:
        """Put a file behind a URL."""
        self.pages[url] = Answer(status, {"content-type": content_type}, body)
        return url

    def download(self, url: str) -> HttpReply:
        """A customer's file by its URL."""
        return self.ask("GET", url.removeprefix("http://vendor.example"), headers={})

    def heard(self) -> list[Any]:
        """The callbacks told since the last time; all must be valid."""
        calls, self.calls = self.calls, []
        told = [orjson.loads(call.body) for call in calls if call.method == "POST"]
        assert all(wire.CALLBACK.accepts(one) for one in told), told
        return told

    def receipts(self) -> list[tuple[str, str]]:
        """The receipts told since the last time: token and status."""
        return [(one["message_token"], one["status"]) for one in self.heard() if one["event"] == "receipt"]
