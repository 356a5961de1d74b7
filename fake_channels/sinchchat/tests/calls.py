"""How a business and a customer's page call the chat, for the tests of this channel."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import orjson

from fake_channels.core.handset import Handset
from fake_channels.core.http import HttpReply, HttpRequest, Streaming
from fake_channels.sinchchat import CHANNEL, wire
from fake_channels.tests.scene import Scene

PNG: Final = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


class Chat(Scene):
    """A scene with the calls of both sides."""

    def __init__(self, *, connected: bool = True) -> None:
        super().__init__(CHANNEL, connected=connected)

    @property
    def base(self) -> str:
        """Where the project's calls are."""
        return f"/v1/projects/{self.account.project_id}"

    def business(self, method: str, path: str, value: Any = None) -> tuple[int, Any]:
        """One call of the business."""
        headers = {"authorization": f"Bearer {self.account.app_token}"}
        return self.ask_json(method, self.base + path, value, headers=headers)

    def send(self, to: Handset | str, message: Any, **rest: Any) -> str:
        """A message that must be taken; returns its id."""
        uuid = to if isinstance(to, str) else to.identity
        body = {"recipient": {"uuid": uuid}, "app_message": message, **rest}
        status, answer = self.business("POST", "/app:send", body)
        assert status == 200, answer
        return str(answer["message_id"])

    def text(self, to: Handset | str, text: str = "Hello", **rest: Any) -> str:
        """A text that must be taken."""
        return self.send(to, {"text_message": {"text": text}}, **rest)

    def event(self, to: Handset, kind: str, content: Any = None) -> None:
        """An event that must be taken."""
        body = {"recipient": {"uuid": to.identity}, "app_event": {kind: content or {}}}
        assert self.business("POST", "/app:send", body)[0] == 200

    def issue(self, uuid: str = "") -> str:
        """An access token; without a uuid an anonymous one."""
        path = f"{self.base}/clients/{self.account.client_id}"
        if not uuid:
            status, answer = self.ask_json("POST", f"{path}:issueAnonymousToken", {}, headers={})
        else:
            signed = {"uuid": uuid, "uuid_hash": wire.uuid_hash(uuid, self.account.client_secret)}
            status, answer = self.ask_json("POST", f"{path}:issueTokenWithSignedUuid", signed, headers={})
        assert status == 200, answer
        return str(answer["access_token"])

    def page(self, token: str, method: str, path: str, value: Any = None, **query: str) -> tuple[int, Any]:
        """One call of a customer's page."""
        return self.ask_json(method, self.base + path, value, headers={"authorization": token}, **query)

    def say(self, token: str, **body: Any) -> str:
        """Something that a customer's page sends and that must be taken; returns its id."""
        status, answer = self.page(token, "POST", "/chat:send", body)
        assert status == 200, answer
        return str(answer["message_id"])

    def upload(self, token: str, data: bytes, mime: str, name: str = "file.png") -> tuple[int, Any]:
        """Upload a file as a form."""
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {mime}\r\n\r\n'
        headers = {"authorization": token, "content-type": "multipart/form-data; boundary=b"}
        body = head.encode() + data + b"\r\n--b--\r\n"
        reply = self.ask("POST", f"{self.base}/chat/media", body=body, headers=headers)
        return reply.status, orjson.loads(reply.body)

    def entries(self, token: str, **query: str) -> list[Any]:
        """The first page of the history, all of it valid."""
        status, answer = self.page(token, "GET", "/chat/history", **query)
        assert status == 200, answer
        assert all(wire.ENTRY.accepts(entry) for entry in answer["entries"])
        return list(answer["entries"])

    def subscribe(self, token: str, last: str = "", **query: str) -> Stream:
        """Open a stream that must be granted."""
        headers = {"authorization": token} | ({"last-event-id": last} if last else {})
        path, raw = f"{self.base}/chat/stream", urlencode(query)
        outcome = self.component.handle(HttpRequest("GET", path, raw_query=raw, headers=headers), self.now)
        assert isinstance(outcome.reply, Streaming), outcome.reply
        return Stream(self, outcome.reply)

    def refused(self, token: str, **query: str) -> HttpReply:
        """The refusal of a stream."""
        headers = {"authorization": token} if token else {}
        return self.ask("GET", f"{self.base}/chat/stream", headers=headers, query=urlencode(query))

    def callbacks(self) -> list[Any]:
        """What the business was told since the last time; all must be valid."""
        told = self.told()
        assert all(wire.CALLBACK.accepts(one) for one in told), told
        return told

    def reports(self) -> list[str]:
        """The delivery reports since the last time; a failure with its reason."""
        told = [one["message_delivery_report"] for one in self.callbacks() if "message_delivery_report" in one]
        return [f"{one['status']} {one['reason']['code']}" if "reason" in one else one["status"] for one in told]


class Stream:
    """An open stream: `read` is what it has to say by now."""

    def __init__(self, chat: Chat, reply: Streaming) -> None:
        self._chat = chat
        self.reply = reply
        self.position = reply.position
        self.last = ""
        self.over = False

    def read(self) -> list[Any]:
        """Everything until it falls silent, as a server would write it; each entry must be valid."""
        entries: list[Any] = []
        while not self.over:
            piece = self._chat.component.on_stream(self.position, self._chat.now)
            self._chat.run(piece.effects)
            for event in piece.data.split(b"\n\n")[:-1]:
                number, kind, data = event.split(b"\n")
                assert kind == b"event: entry"
                self.last = number.removeprefix(b"id: ").decode()
                entries.append(orjson.loads(data.removeprefix(b"data: ")))
            if piece.position is None:
                self.over = True
            elif not piece.data:
                break
            else:
                self.position = piece.position
        assert all(wire.ENTRY.accepts(entry) for entry in entries)
        return entries
