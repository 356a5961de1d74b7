"""A person on WeChat and the Conversation API in one world: over the vendor's wire, both ways."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from harness.lab.tests.conftest import Control, Subject

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
AMR = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50
FILES = {
    "/cat.png": (PNG, "image/png"),
    "/cat": (PNG, "image/png"),
    "/note.amr": (AMR, "audio/amr"),
    "/huge.png": (PNG + bytes(10 * 1_048_576), "image/png"),
    "/fake.png": (AMR, "image/png"),
}
Json = dict[str, Any]


@pytest.fixture
async def shop() -> AsyncIterator[str]:
    """The origin of a business's server with a picture and a recording."""

    async def give(request: web.BaseRequest) -> web.Response:
        if request.path not in FILES:
            return web.Response(status=404)
        data, mime = FILES[request.path]
        return web.Response(body=data, content_type=mime)

    runner = web.ServerRunner(web.Server(give))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@dataclass
class Chat:
    """One person on WeChat and the app they write to."""

    control: Control
    subject: Subject
    world: Json = field(default_factory=dict)
    person: Json = field(default_factory=dict)

    async def open(self) -> None:
        """Make a world with one follower who has just written."""
        self.world = await self.control.world(channels=["wechat"], subject={"webhook_url": self.subject.url})
        self.person = await self.control.customer(self.world)
        await self.act(action="opt_in")

    async def settle(self) -> list[Json]:
        """Let everything happen; what the webhook was told."""
        await self.control.call("POST", f"/lab/v1/worlds/{self.world['world']}/settle")
        told = [json.loads(body) for body in self.subject.bodies]
        self.subject.bodies.clear()
        return told

    async def act(self, **action: Any) -> list[Json]:
        """Do something on the phone; what the webhook was told."""
        path = self.control.phone(self.world, self.person, "wechat") + "/actions"
        status, told = await self.control.call("POST", path, action)
        assert status == 200, told
        return await self.settle()

    async def says(self, **action: Any) -> Json:
        """Send something from the phone; the contact message that the webhook was told."""
        (message,) = [told["message"] for told in await self.act(**action) if "message" in told]
        content: Json = message["contact_message"]
        return content

    async def send(self, message: Json) -> list[tuple[str, str]]:
        """Send with messages:send; status and reason of the delivery reports."""
        sinch = self.world["sinch"]
        identity = {"channel": "WECHAT", "identity": self.person["phones"]["wechat"]["identity"]}
        body = {
            "app_id": sinch["app_id"],
            "recipient": {"identified_by": {"channel_identities": [identity]}},
            "message": message,
        }
        url = f"{sinch['base_url']}/v1/projects/{sinch['project_id']}/messages:send"
        async with self.control.session.post(url, json=body, headers=self.auth()) as response:
            assert response.status == 200
        reports = [one["message_delivery_report"] for one in await self.settle() if "message_delivery_report" in one]
        return [(report["status"], report.get("reason", {}).get("code", "")) for report in reports]

    def auth(self) -> dict[str, str]:
        """The header that opens the Conversation API."""
        pair = f"{self.world['sinch']['key_id']}:{self.world['sinch']['key_secret']}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    async def screen(self) -> list[Json]:
        """What the business put on the phone's screen."""
        _, screen = await self.control.call("GET", self.control.phone(self.world, self.person, "wechat") + "/screen")
        return [item for item in screen["items"] if item["author"] != "customer"]

    async def mode(self, mode: str) -> None:
        """Set how callbacks are written, as on the console's page."""
        account = self.world["channels"]["wechat"]
        body = {"appid": account["app_id"], "secret": account["app_secret"], "mode": mode}
        async with self.control.session.post(f"{account['base_url']}/console/server", json=body) as response:
            assert (await response.json())["errcode"] == 0


@pytest.fixture
async def chat(control: Control, subject: Subject) -> Chat:
    """A follower and an app."""
    made = Chat(control, subject)
    await made.open()
    return made


@pytest.mark.parametrize("mode", ["plaintext", "compatible", "safe"])
async def test_what_a_person_sends_reaches_the_webhook(chat: Chat, mode: str) -> None:
    """Text, image and voice note arrive in every mode, and the phone shows no complaint of the account's server."""
    await chat.mode(mode)
    assert await chat.says(action="send_text", text="hi <b> 你好 😀") == {"text_message": {"text": "hi <b> 你好 😀"}}
    for action, suffix in (("send_image", ".jpg"), ("send_voice_note", ".amr"), ("send_video", ".mp4")):
        content = await chat.says(action=action)
        url = content["media_message"]["url"]
        assert url.endswith(suffix)
        async with chat.control.session.get(url) as file:
            assert file.status == 200
            assert await file.read()
    assert await chat.screen() == []


async def test_what_the_app_sends_is_on_the_phone(chat: Chat, shop: str) -> None:
    """Text, picture, recording; a file of another kind as its link; a choice as lines of text."""
    choice: Json = {"text_message": {"text": "Sure?"}, "choices": [{"text_message": {"text": "Yes"}}]}
    first: list[Json] = [
        {"text_message": {"text": "你好"}},
        {"media_message": {"url": f"{shop}/cat.png"}},
        {"media_message": {"url": f"{shop}/note.amr"}},
    ]
    for message in first:
        assert await chat.send(message) == [("QUEUED_ON_CHANNEL", "")]
    await chat.act(action="send_text", text="go on")
    second: list[Json] = [{"media_message": {"url": "https://shop.example/menu.pdf"}}, {"choice_message": choice}]
    for message in second:
        assert await chat.send(message) == [("QUEUED_ON_CHANNEL", "")]
    text, image, voice, link, lines = await chat.screen()
    assert (text["kind"], text["text"]) == ("text", "你好")
    assert (image["kind"], image["media"]["bytes"]) == ("image", len(PNG))
    assert (voice["kind"], voice["media"]["bytes"]) == ("voice", len(AMR))
    assert (link["kind"], link["text"]) == ("text", "https://shop.example/menu.pdf")
    assert (lines["kind"], lines["text"]) == ("text", "Sure?\n\n> YES")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/cat", ("QUEUED_ON_CHANNEL", "")),
        ("/huge.png", ("FAILED", "MEDIA_TOO_LARGE")),
        ("/fake.png", ("FAILED", "MEDIA_TYPE_UNSUPPORTED")),
        ("/none.png", ("FAILED", "MEDIA_NOT_REACHABLE")),
    ],
)
async def test_files_are_what_their_server_gives(chat: Chat, shop: str, path: str, told: tuple[str, str]) -> None:
    """A name that tells no type is asked for; a file that is too large, another one or none fails for its reason."""
    assert await chat.send({"media_message": {"url": f"{shop}{path}"}}) == [told]


async def test_following_and_unfollowing(chat: Chat) -> None:
    """Unfollowing opts out and closes the window, following opts in again."""
    told = await chat.act(action="opt_out")
    assert [one["opt_out_notification"]["status"] for one in told] == ["OPT_OUT_SUCCEEDED"]
    assert await chat.send({"text_message": {"text": "come back"}}) == [("FAILED", "OUTSIDE_ALLOWED_SENDING_WINDOW")]
    await chat.control.call("POST", f"/lab/v1/worlds/{chat.world['world']}/clock:advance", {"by": "1s"})
    told = await chat.act(action="opt_in")
    assert [one["opt_in_notification"]["status"] for one in told if "opt_in_notification" in one] == [
        "OPT_IN_SUCCEEDED"
    ]


async def test_the_window_is_the_vendors(chat: Chat) -> None:
    """Three messages after following, five after a message; then no more."""
    await chat.act(action="send_text", text="hi")
    told = [await chat.send({"text_message": {"text": str(number)}}) for number in range(9)]
    assert told == [[("QUEUED_ON_CHANNEL", "")]] * 8 + [[("FAILED", "RATE_LIMITED")]]


async def test_a_token_ends_on_the_worlds_clock(chat: Chat) -> None:
    """Hours later the next message asks for a new token and gets through; so it does in a restored world."""
    await chat.act(action="send_text", text="hi")
    assert await chat.send({"text_message": {"text": "now"}}) == [("QUEUED_ON_CHANNEL", "")]
    path = f"/lab/v1/worlds/{chat.world['world']}"
    await chat.control.call("POST", f"{path}/clock:advance", {"by": "3h"})
    assert await chat.send({"text_message": {"text": "later"}}) == [("QUEUED_ON_CHANNEL", "")]
    _, raw = await chat.control.call("GET", f"{path}/snapshot")
    await chat.control.call("DELETE", path)
    octets = {"Content-Type": "application/octet-stream"}
    _, chat.world = await chat.control.call("POST", "/lab/v1/worlds:restore", data=raw, headers=octets)
    assert await chat.send({"text_message": {"text": "restored"}}) == [("QUEUED_ON_CHANNEL", "")]
    assert [item["text"] for item in await chat.screen()] == ["now", "later", "restored"]
    (component,) = chat.control.lab.worlds[chat.world["world"]].channels.values()
    assert len(component.state.tokens) == 2


async def test_a_token_that_is_refused_once_is_replaced(chat: Chat) -> None:
    """The famous 40001, ordered for one call, costs nobody a message."""
    path = f"/lab/v1/worlds/{chat.world['world']}/faults"
    fault = {"preset": "wechat:40001", "where": {"operation": "message/custom/send"}, "when": {"kind": "next", "n": 1}}
    status, told = await chat.control.call("POST", path, fault)
    assert status == 201, told
    assert await chat.send({"text_message": {"text": "hi"}}) == [("QUEUED_ON_CHANNEL", "")]
