"""viberbot, unmodified, against this server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import aiohttp
import pytest

pytest.importorskip("viberbot")

import orjson
from aiohttp import web
from viberbot import Api, BotConfiguration
from viberbot.api.messages import (
    ContactMessage,
    FileMessage,
    KeyboardMessage,
    LocationMessage,
    PictureMessage,
    RichMediaMessage,
    StickerMessage,
    TextMessage,
    URLMessage,
    VideoMessage,
)
from viberbot.api.messages.data_types.contact import Contact
from viberbot.api.messages.data_types.location import Location
from viberbot.api.viber_requests import (
    ViberConversationStartedRequest,
    ViberDeliveredRequest,
    ViberFailedRequest,
    ViberMessageRequest,
    ViberSeenRequest,
    ViberSubscribedRequest,
    ViberUnsubscribedRequest,
)

from fake_channels.core.alone import Alone
from fake_channels.core.handset import (
    Block,
    Handset,
    OptIn,
    Read,
    SendContact,
    SendLocation,
    SendMedia,
    SendText,
    Tap,
)
from fake_channels.tests.receiver import Received, Receiver
from fake_channels.viber import CHANNEL
from fake_channels.viber.tests.calls import MP4, PDF, PNG, button, keyboard

pytestmark = [pytest.mark.client, pytest.mark.slow]

T = TypeVar("T")
_START = 1_700_000_000_000


class Owner:
    """A bot's owner: the vendor's client, and a server that reads callbacks with it."""

    def __init__(self, alone: Alone, receiver: Receiver) -> None:
        self.alone, self.receiver = alone, receiver
        self.api = Api(BotConfiguration(auth_token=alone.account.token, name="Acme", avatar="https://a.example/a.png"))
        self.api._request_sender._viber_bot_api_url = f"{alone.url}/pa"
        self.customer: Handset = alone.enrol("Ada Lovelace")
        self.heard: list[Any] = []
        self.files: dict[str, tuple[bytes, str]] = {}
        self.welcome: TextMessage | None = None
        receiver.respond = self._respond

    def _respond(self, received: Received) -> web.Response:
        path = received.path.partition("?")[0]
        if path in self.files:
            body, mime = self.files[path]
            return web.Response(body=body, content_type=mime)
        assert self.api.verify_signature(received.body, received.headers["x-viber-content-signature"])
        told = self.api.parse_request(received.body)
        self.heard.append(told)
        if isinstance(told, ViberConversationStartedRequest) and self.welcome is not None:
            return web.Response(body=orjson.dumps(self.welcome.to_dict()))
        return web.Response()

    def file(self, name: str, body: bytes, mime: str) -> str:
        """A URL with a file behind it."""
        base, _, _ = self.receiver.url.rpartition("/")
        self.files[f"/{name}"] = (body, mime)
        return f"{base}/{name}"

    async def do(self, call: Callable[..., T], *args: Any) -> T:
        """A call of the client, which knows no asyncio."""
        result = await asyncio.to_thread(call, *args)
        assert await self.alone.world.quiet()
        return result

    async def act(self, *actions: Any) -> None:
        """The customer acts."""
        for action in actions:
            self.alone.act(self.customer, action)
            assert await self.alone.world.quiet()

    def kinds(self) -> list[type]:
        """What was heard since the last time."""
        heard, self.heard = self.heard, []
        return [type(one) for one in heard]


@pytest.fixture
async def owner() -> AsyncIterator[Owner]:
    """Its webhook is set by the client itself."""
    async with Receiver() as receiver, Alone(CHANNEL, start=_START) as alone:
        owner = Owner(alone, receiver)
        events = await owner.do(owner.api.set_webhook, receiver.url)
        assert "message" in events
        owner.heard.clear()
        yield owner


async def test_every_type_of_message_is_sent_and_shown(owner: Owner) -> None:
    """Each with its own model; the tokens come back as receipts."""
    await owner.act(OptIn())
    assert owner.kinds() == [ViberConversationStartedRequest, ViberSubscribedRequest]
    messages = [
        TextMessage(text="Hello", tracking_data="td"),
        PictureMessage(media=owner.file("a.png", PNG, "image/png"), text="Look"),
        VideoMessage(media=owner.file("a.mp4", MP4, "video/mp4"), size=len(MP4)),
        FileMessage(media=owner.file("a.pdf", PDF, "application/pdf"), size=len(PDF), file_name="a.pdf"),
        ContactMessage(contact=Contact(name="Bo", phone_number="+15550100")),
        LocationMessage(location=Location(lat=1.5, lon=-2.5)),
        URLMessage(media="https://a.example/page"),
        StickerMessage(sticker_id=46105),
        RichMediaMessage(
            rich_media={"Type": "rich_media", "Buttons": [button("buy", "<b>Buy</b>")]}, min_api_version=7, alt_text="x"
        ),
        KeyboardMessage(keyboard=keyboard(button("yes", "Yes"))),
    ]
    tokens = await owner.do(owner.api.send_messages, owner.customer.identity, messages)
    assert [item.id for item in owner.customer.screen] == [str(token) for token in tokens]
    assert [item.kind for item in owner.customer.screen] == [
        "text", "image", "video", "document", "contact", "location", "text", "sticker", "buttons", "buttons",
    ]  # fmt: skip
    assert sorted(one.message_token for one in owner.heard) == sorted(tokens)
    assert set(owner.kinds()) == {ViberDeliveredRequest}
    await owner.act(Read())
    assert owner.kinds() == [ViberSeenRequest]


async def test_everything_a_person_does_is_understood(owner: Owner) -> None:
    """Its parser reads every callback; files can be fetched."""
    await owner.act(
        SendText(text="Hi"),
        SendMedia(kind="image", data=PNG, mime="image/png", name="a.png", caption="Look"),
        SendMedia(kind="video", data=MP4, mime="video/mp4", name="a.mp4"),
        SendMedia(kind="document", data=PDF, mime="application/pdf", name="a.pdf"),
        SendMedia(kind="sticker", data=PNG, mime="image/png", name="s.png"),
        SendLocation(latitude=1.5, longitude=2.5),
        SendContact(name="Bo", phone="+15550100"),
        SendText(text="https://a.example"),
    )
    heard = list(owner.heard)
    assert set(owner.kinds()) == {ViberMessageRequest}
    assert [type(one.message) for one in heard] == [
        TextMessage,
        PictureMessage,
        VideoMessage,
        FileMessage,
        StickerMessage,
        LocationMessage,
        ContactMessage,
        URLMessage,
    ]
    assert (heard[0].sender.id, heard[0].sender.name) == (owner.customer.identity, "Ada Lovelace")
    async with aiohttp.ClientSession() as session, session.get(heard[1].message.media) as response:
        assert await response.read() == PNG
    keys = keyboard(button("yes", "Yes"))
    await owner.do(owner.api.send_messages, owner.customer.identity, TextMessage(text="Sure?", keyboard=keys))
    owner.heard.clear()
    await owner.act(Tap(item=owner.customer.screen[-1].id, button="Yes"), Block())
    assert owner.heard[0].message.text == "yes"
    assert owner.kinds() == [ViberMessageRequest, ViberUnsubscribedRequest]


async def test_a_welcome_message_is_the_answer_to_a_conversation(owner: Owner) -> None:
    """In the body of the answer, before the person has subscribed."""
    owner.welcome = TextMessage(text="Welcome!", tracking_data="w")
    await owner.act(Read(), SendText(text="Hi"))
    assert [item.text for item in owner.customer.screen] == ["Welcome!", "Hi"]
    assert owner.heard[1].message.tracking_data == "w"


async def test_errors_are_the_clients_own(owner: Owner) -> None:
    """With the vendor's number; a file that is not there fails later."""
    with pytest.raises(Exception, match="status: 6, message: notSubscribed"):
        await owner.do(owner.api.send_messages, owner.customer.identity, TextMessage(text="x"))
    await owner.act(OptIn())
    owner.heard.clear()
    missing = PictureMessage(media=owner.file("b.png", b"", "image/png"), text="")
    (token,) = await owner.do(owner.api.send_messages, owner.customer.identity, missing)
    (failed,) = owner.heard
    assert isinstance(failed, ViberFailedRequest)
    assert (failed.message_token, failed.user_id) == (token, owner.customer.identity)
    with pytest.raises(Exception, match="status: 1"):
        await owner.do(owner.api.set_webhook, "http://127.0.0.1:1/nobody")
    owner.api._bot_configuration._auth_token = "wrong"
    with pytest.raises(Exception, match="status: 2"):
        await owner.do(owner.api.send_messages, owner.customer.identity, TextMessage(text="x"))


async def test_look_ups(owner: Owner) -> None:
    """The account, a user, who is online; and the webhook can be taken away."""
    await owner.act(OptIn())
    info = await owner.do(owner.api.get_account_info)
    assert (info["status"], info["webhook"], info["subscribers_count"]) == (0, owner.receiver.url, 1)
    details = await owner.do(owner.api.get_user_details, owner.customer.identity)
    assert details["name"] == "Ada Lovelace"
    (status,) = await owner.do(owner.api.get_online, [owner.customer.identity])
    assert status["online_status"] == 0
    assert await owner.do(owner.api.unset_webhook) == []
