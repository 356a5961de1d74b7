"""How a bot's owner calls the Bot API, for the tests of this channel."""

from __future__ import annotations

import struct
from typing import Any, Final

import orjson

from fake_channels.core.effects import Answer
from fake_channels.core.handset import Handset, OptIn
from fake_channels.core.http import HttpReply
from fake_channels.telegram import CHANNEL, wire
from fake_channels.tests.scene import Scene


def png(width: int = 1_000, height: int = 500) -> bytes:
    """A PNG as far as anybody looks."""
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + bytes(20)


def ogg(seconds: int = 3) -> bytes:
    """An Ogg Opus file of this length, as far as anybody looks."""
    return b"OggS\x00\x02" + bytes(8) + b"body OggS\x00\x04" + struct.pack("<q", seconds * 48_000) + bytes(20)


PDF: Final = b"%PDF-1.7\n%%EOF"
MP4: Final = b"\x00\x00\x00\x18ftypmp42" + bytes(60)
GIF: Final = b"GIF89a\x20\x00\x10\x00" + bytes(20)


class Bot(Scene):
    """A scene with the calls of somebody who holds the token."""

    def __init__(self, *, connected: bool = True) -> None:
        super().__init__(CHANNEL, connected=connected)
        self.pages: dict[str, Answer] = {}
        """What lies behind URLs."""
        self.answer = lambda call: self.pages.get(call.url, Answer(404 if call.method == "GET" else 200))

    def path(self, method: str) -> str:
        """Under the token."""
        return f"/bot{self.account.token}/{method}"

    def call(self, method: str, to: Handset | None = None, /, **args: Any) -> tuple[int, Any]:
        """One call with a JSON body."""
        if to is not None:
            args["chat_id"] = int(to.identity)
        return self.ask_json("POST", self.path(method), args, headers={})

    def ok(self, method: str, to: Handset | None = None, /, **args: Any) -> Any:
        """A call that must succeed; its result."""
        status, told = self.call(method, to, **args)
        assert (status, told["ok"]) == (200, True), told
        return told["result"]

    def refused(self, method: str, to: Handset | None = None, /, **args: Any) -> str:
        """A call that must be refused; the description."""
        status, told = self.call(method, to, **args)
        assert (told["ok"], told["error_code"]) == (False, status), told
        return str(told["description"])

    def form(self, method: str, fields: dict[str, str], files: dict[str, tuple[str, str, bytes]]) -> tuple[int, Any]:
        """One call as a multipart form; a file is name, type and bytes."""
        parts = [
            f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        for key, (name, mime, data) in files.items():
            head = f'--b\r\nContent-Disposition: form-data; name="{key}"; filename="{name}"\r\nContent-Type: {mime}'
            parts.append(head.encode() + b"\r\n\r\n" + data + b"\r\n")
        headers = {"content-type": "multipart/form-data; boundary=b"}
        reply = self.ask("POST", self.path(method), body=b"".join(parts) + b"--b--\r\n", headers=headers)
        return reply.status, orjson.loads(reply.body)

    def download(self, path: str) -> HttpReply:
        """A file by its path."""
        return self.ask("GET", f"/file/bot{self.account.token}/{path}", headers={})

    def starter(self, name: str | None = "") -> Handset:
        """A customer who has started the bot; what led there is forgotten."""
        customer = self.enrol(name)
        self.act(customer, OptIn())
        self.told()
        return customer

    def updates(self) -> list[Any]:
        """The updates told since the last time; all must be valid."""
        calls, self.calls = self.calls, []
        told = [orjson.loads(call.body) for call in calls if call.method == "POST"]
        assert all(wire.WEBHOOK.accepts(one) for one in told), told
        return told

    def messages(self) -> list[Any]:
        """The customers' messages told since the last time."""
        return [one["message"] for one in self.updates() if "message" in one]
