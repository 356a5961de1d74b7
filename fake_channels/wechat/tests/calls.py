"""How whoever serves a service account calls its API, for the tests of this channel."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import orjson

from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import Handset, SendText
from fake_channels.core.http import HttpReply
from fake_channels.tests.scene import Scene
from fake_channels.wechat import CHANNEL, cipher, markup, wire
from fake_channels.wechat.markup import Json

PNG: Final = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 40
GIF: Final = b"GIF89a\x20\x00\x10\x00" + bytes(20)
MP4: Final = b"\x00\x00\x00\x18ftypmp42" + bytes(60)
OGG: Final = b"OggS" + bytes(40)


def amr(frames: int = 50) -> bytes:
    """An AMR recording of so many 20 ms frames."""
    return b"#!AMR\n" + (b"\x3c" + bytes(31)) * frames


class Owner(Scene):
    """A scene with the calls of somebody who holds appid and secret."""

    def __init__(self, *, connected: bool = True, limited: bool = True) -> None:
        super().__init__(CHANNEL, connected=connected)
        self.component._limited = limited
        self.replies: list[bytes] = []
        """Answers to callbacks, first come; then `success`."""
        self.answer = self._answer
        self.token = self.fetch_token()

    def _answer(self, _: Call) -> Answer:
        return Answer(200, body=self.replies.pop(0) if self.replies else b"success")

    def fetch_token(self) -> str:
        """A new access token."""
        account = self.account
        told = self.get("token", grant_type="client_credential", appid=account.appid, secret=account.secret)
        return str(told["access_token"])

    def _path(self, path: str) -> str:
        return path if path.startswith("/") else f"/cgi-bin/{path}"

    def get(self, path: str, **query: str) -> Any:
        """One GET; its JSON."""
        return self._told("GET", path, None, query)

    def post(self, path: str, value: Any, **query: str) -> Any:
        """One POST; its JSON."""
        return self._told("POST", path, value, query)

    def _told(self, method: str, path: str, value: Any, query: dict[str, str]) -> Any:
        if hasattr(self, "token"):
            query = {"access_token": self.token, **query}
        status, told = self.ask_json(method, self._path(path), value, headers={}, **query)
        assert status == 200, told
        return told

    def raw(self, method: str, path: str, body: bytes = b"") -> Any:
        """One request with any body; its JSON."""
        reply = self.ask(method, self._path(path), body=body, headers={}, query=f"access_token={self.token}")
        assert reply.status == 200
        return orjson.loads(reply.body)

    def send(self, to: Handset | str, kind: str, part: Any = None, **rest: Any) -> Any:
        """A customer-service message; the answer."""
        openid = to if isinstance(to, str) else to.identity
        content = {} if part is None else {kind: part}
        return self.post("message/custom/send", {"touser": openid, "msgtype": kind, **content, **rest})

    def text(self, to: Handset | str, text: str = "Hello") -> int:
        """A text; the errcode."""
        return int(self.send(to, "text", {"content": text})["errcode"])

    def code(self, to: Handset | str, kind: str, part: Any = None, **rest: Any) -> int:
        """A message of any kind; the errcode."""
        return int(self.send(to, kind, part, **rest)["errcode"])

    def upload(self, kind: str, data: bytes, name: str = "file.bin", path: str = "media/upload", part: str = "") -> Any:
        """Upload a file as a form."""
        disposition = f'form-data; name="{part or "media"}"' + (f'; filename="{name}"' if name else "")
        body = f"--b\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + data + b"\r\n--b--\r\n"
        headers = {"content-type": "multipart/form-data; boundary=b"}
        query = f"access_token={self.token}&type={kind}"
        return orjson.loads(self.ask("POST", self._path(path), body=body, headers=headers, query=query).body)

    def media_id(self, kind: str, data: bytes) -> str:
        """The id of an accepted upload."""
        told = self.upload(kind, data)
        return str(told["thumb_media_id" if kind == "thumb" else "media_id"])

    def fetch(self, url: str) -> HttpReply:
        """GET one of our own URLs."""
        return self.ask("GET", url.removeprefix("http://vendor.example"), headers={})

    def follower(self, name: str | None = "") -> Handset:
        """A customer who has just written; what led there is forgotten."""
        customer = self.enrol(name)
        self.act(customer, SendText(text="hello"))
        self.calls.clear()
        return customer

    def told(self) -> list[Json]:
        """The callbacks since the last time, read and decrypted; all must be valid."""
        calls, self.calls = self.calls, []
        found = [self.opened(call) for call in calls if call.method == "POST"]
        assert all(wire.accepts_callback(one) for one in found), found
        return found

    def opened(self, call: Call) -> Json:
        """The fields of one callback."""
        fields = markup.parse(call.body)
        if "MsgType" in fields:
            return {name: value for name, value in fields.items() if name != "Encrypt"}
        return markup.parse(cipher.decrypt(fields["Encrypt"], self.account.aes_key, self.account.appid))

    def reply(self, customer: Handset, **fields: Any) -> bytes:
        """A passive reply in plain text."""
        return markup.render(
            {
                "ToUserName": customer.identity,
                "FromUserName": self.account.original_id,
                "CreateTime": self.now // 1000,
                **fields,
            }
        )

    def sealed(self, plain: bytes, nonce: str = "7") -> bytes:
        """A passive reply, encrypted."""
        sealed = cipher.encrypt(plain, self.account.aes_key, self.account.appid, b"0123456789abcdef")
        stamp = str(self.now // 1000)
        proof = cipher.signature(self.account.token, stamp, nonce, sealed)
        return markup.render(
            {"Encrypt": sealed, "MsgSignature": proof, "TimeStamp": markup.Number(stamp), "Nonce": nonce}
        )

    def restart(self) -> None:
        """Go on from a snapshot."""
        self.component.state = msgspec.msgpack.decode(self.component.dump(), type=CHANNEL.state_type)


def shown(customer: Handset) -> list[tuple[str, str]]:
    """Kind and text of everything that others put on a screen."""
    return [(item.kind, item.text) for item in customer.screen if item.author != "customer"]
