"""How a business calls the Cloud API, for the tests of this channel."""

from __future__ import annotations

from typing import Any, Final

import orjson

from fake_channels.core.handset import Handset, SendText
from fake_channels.core.http import HttpReply
from fake_channels.tests.scene import Scene
from fake_channels.whatsapp import CHANNEL, wire

PNG: Final = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
MP4: Final = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(40)
OGG: Final = b"OggS" + b"\x00" * 40


class Business(Scene):
    """A scene with the calls of somebody who holds the number."""

    def __init__(self) -> None:
        super().__init__(CHANNEL)

    def headers(self) -> dict[str, str]:
        """With the account's token."""
        return {"authorization": f"Bearer {self.account.token}"}

    def call(self, method: str, path: str, value: Any = None, **query: str) -> tuple[int, Any]:
        """One authorised request."""
        return self.ask_json(method, f"/v23.0{path}", value, headers=self.headers(), **query)

    def post(self, to: Handset | str, content: Any) -> tuple[int, Any]:
        """A send request; `content` holds `type` and the part of that name."""
        number = to if isinstance(to, str) else to.identity
        body = {"messaging_product": "whatsapp", "to": number, **content}
        return self.call("POST", f"/{self.account.phone_number_id}/messages", body)

    def send(self, to: Handset | str, content: Any) -> str:
        """A send that must be accepted; returns its id."""
        status, answer = self.post(to, content)
        assert status == 200, answer
        return str(answer["messages"][0]["id"])

    def text(self, to: Handset | str, body: str = "Hello") -> str:
        """An accepted text."""
        return self.send(to, {"type": "text", "text": {"body": body}})

    def upload(self, data: bytes, mime: str, name: str = "file") -> tuple[int, Any]:
        """Upload a file as a form."""
        fields = (("messaging_product", "whatsapp"), ("type", mime))
        parts = [f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields]
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {mime}\r\n\r\n'
        body = "".join(parts).encode() + head.encode() + data + b"\r\n--b--\r\n"
        headers = {**self.headers(), "content-type": "multipart/form-data; boundary=b"}
        reply = self.ask("POST", f"/v23.0/{self.account.phone_number_id}/media", body=body, headers=headers)
        return reply.status, orjson.loads(reply.body)

    def download(self, url: str) -> HttpReply:
        """GET one of our own URLs, with the token."""
        path, _, query = url.removeprefix("http://vendor.example").partition("?")
        return self.ask("GET", path, headers=self.headers(), query=query)

    def writer(self) -> Handset:
        """A customer whose window is open; what led there is forgotten."""
        customer = self.enrol()
        self.act(customer, SendText(text="hello"))
        self.told()
        return customer

    def values(self) -> list[Any]:
        """The `value` of each webhook since the last time; all must be valid."""
        told = self.told()
        assert all(wire.WEBHOOK.accepts(one) for one in told)
        return [one["entry"][0]["changes"][0]["value"] for one in told]

    def statuses(self) -> list[str]:
        """The statuses told since the last time; a failure with its code."""
        told = [one for value in self.values() for one in value.get("statuses", [])]
        return [f"failed {one['errors'][0]['code']}" if "errors" in one else one["status"] for one in told]

    def messages(self) -> list[Any]:
        """The customers' messages told since the last time."""
        return [one for value in self.values() for one in value.get("messages", [])]
