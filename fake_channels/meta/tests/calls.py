"""How a business calls the Send API, for the tests of the family and of its channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from fake_channels.core.contract import Channel
from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import Handset, Item, SendText
from fake_channels.core.http import HttpReply
from fake_channels.meta.inbox import Inbox
from fake_channels.registry import CHANNELS
from fake_channels.tests.rows import rows_of
from fake_channels.tests.scene import Scene

FAMILY: Final = {name: channel for name, channel in CHANNELS.items() if issubclass(channel.state_type, Inbox)}
"""The channels that this package serves."""

PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(40)
MP4: Final = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(40)
PDF: Final = b"%PDF-1.7\n" + bytes(40)


def serving(data: bytes, mime: str, **more: Any) -> Any:
    """Whoever is asked for a file gives this; every webhook is taken."""

    def answer(call: Call) -> Answer:
        if call.target != "media":
            return Answer(200)
        return Answer(more.get("status", 200), {"content-type": mime}, data, more.get("problem", ""))

    return answer


def multipart(fields: Mapping[str, str], data: bytes, mime: str, name: str) -> bytes:
    """A form with one file, boundary `b`."""
    parts = [f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{one}\r\n' for key, one in fields.items()]
    head = f'--b\r\nContent-Disposition: form-data; name="filedata"; filename="{name}"\r\nContent-Type: {mime}\r\n\r\n'
    return "".join(parts).encode() + head.encode() + data + b"\r\n--b--\r\n"


class Business(Scene):
    """A scene with the calls of somebody who holds the account."""

    def __init__(self, channel: Channel[Any]) -> None:
        super().__init__(channel)
        rows = rows_of(channel)
        assert rows is not None
        self.accepts = rows.accepts
        self.platform = channel.name
        self.token: str = self.account.token

    def call(self, method: str, path: str, value: Any = None, **query: str) -> tuple[int, Any]:
        """One authorised request."""
        headers = {"authorization": f"Bearer {self.token}"}
        return self.ask_json(method, f"/v23.0{path}", value, headers=headers, **query)

    def as_app(self, method: str, path: str, value: Any = None, **query: str) -> tuple[int, Any]:
        """One request with the app's own token."""
        return self.ask_json(
            method, path, value, headers={"authorization": f"Bearer {self.account.app_token}"}, **query
        )

    def post(self, to: Handset | str, message: Any, **more: Any) -> tuple[int, Any]:
        """A send request."""
        person = to if isinstance(to, str) else to.identity
        return self.call("POST", "/me/messages", {"recipient": {"id": person}, "message": message, **more})

    def send(self, to: Handset, message: Any, **more: Any) -> str:
        """A send that must be accepted; returns the message id."""
        status, answer = self.post(to, message, **more)
        assert status == 200, answer
        assert answer["recipient_id"] == to.identity
        return str(answer["message_id"])

    def text(self, to: Handset, text: str = "Hello", **more: Any) -> str:
        """An accepted text."""
        return self.send(to, {"text": text}, **more)

    def file(self, to: Handset | str, kind: str, url: str = "https://files.example/a.png", **payload: Any) -> Any:
        """A send of a file by URL."""
        return self.post(to, {"attachment": {"type": kind, "payload": {"url": url, **payload}}})

    def action(self, to: Handset, name: str, **more: Any) -> tuple[int, Any]:
        """A sender action."""
        return self.call("POST", "/me/messages", {"recipient": {"id": to.identity}, "sender_action": name, **more})

    def form(self, path: str, fields: Mapping[str, str], data: bytes, mime: str, name: str = "a") -> tuple[int, Any]:
        """A form with a file."""
        headers = {"authorization": f"Bearer {self.token}", "content-type": "multipart/form-data; boundary=b"}
        reply = self.ask("POST", path, body=multipart(fields, data, mime, name), headers=headers)
        return reply.status, orjson.loads(reply.body)

    def upload(self, kind: str, data: bytes, mime: str) -> tuple[int, Any]:
        """Upload an attachment that may be sent again."""
        message = orjson.dumps({"attachment": {"type": kind, "payload": {"is_reusable": True}}}).decode()
        fields = {"message": message, "platform": self.platform}
        return self.form("/v23.0/me/message_attachments", fields, data, mime)

    def download(self, url: str) -> HttpReply:
        """GET one of our own URLs, without a token."""
        path, _, query = url.removeprefix("http://vendor.example").partition("?")
        return self.ask("GET", path, headers={}, query=query)

    def writer(self, name: str | None = "") -> Handset:
        """A customer whose window is open; what led there is forgotten."""
        customer = self.enrol(name)
        self.act(customer, SendText(text="hello"))
        self.told()
        return customer

    def events(self) -> list[Any]:
        """The events told since the last time; every webhook must be valid."""
        told = self.told()
        assert [one for one in told if not self.accepts(one)] == []
        return [one["entry"][0]["messaging"][0] for one in told]

    def heard(self, kind: str) -> list[Any]:
        """What the events of this kind told since the last time."""
        return [event[kind] for event in self.events() if kind in event]


def shown(customer: Handset) -> list[Item]:
    """What the business sent, as the phone shows it."""
    return [item for item in customer.screen if item.author == "business"]


def code_of(answer: tuple[int, Any]) -> tuple[int, int, int | None]:
    """Status, code and subcode of a refusal."""
    status, body = answer
    error = body["error"]
    assert error["message"]
    return status, error["code"], error.get("error_subcode")
