"""heyoo, unmodified, against this server: an older client with an older Graph version."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from fake_channels.core import handset as acts
from fake_channels.core.alone import Alone
from fake_channels.tests.receiver import Receiver
from fake_channels.whatsapp import CHANNEL
from fake_channels.whatsapp.tests.calls import PNG

heyoo = pytest.importorskip("heyoo")
pytestmark = [pytest.mark.client, pytest.mark.slow]


class Desk:
    """A business with heyoo in hand, and one customer who has just written."""

    def __init__(self, alone: Alone, receiver: Receiver) -> None:
        self.alone, self.receiver = alone, receiver
        number = alone.account.phone_number_id
        self.client = heyoo.WhatsApp(alone.account.token, number)
        self.client.base_url, self.client.v15_base_url = f"{alone.url}/v14.0", f"{alone.url}/v15.0"
        self.client.url = f"{self.client.base_url}/{number}/messages"
        self.customer = alone.enrol("Mia Berg")

    async def ask(self, call: Callable[..., Any], *args: Any, **fields: Any) -> Any:
        """A blocking call of the library, off the loop."""
        return await asyncio.to_thread(lambda: call(*args, **fields))

    async def say(self, action: acts.Action) -> Any:
        """Let the customer act; the callback that comes of it."""
        self.receiver.received.clear()
        self.alone.act(self.customer, action)
        assert await self.alone.world.quiet()
        return self.receiver.received[-1].json()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A callback is registered."""
    async with Receiver() as receiver, Alone(CHANNEL, start=1_700_000_000_000) as alone:
        alone.connect(receiver.url)
        yield Desk(alone, receiver)


async def test_messages_are_read_by_its_helpers(desk: Desk, tmp_path: Path) -> None:
    """Name, number, text, type; a picture is downloaded."""
    client = desk.client
    told = await desk.say(acts.SendText(text="Grüße"))
    assert client.is_message(told)
    assert (client.get_name(told), client.get_mobile(told)) == ("Mia Berg", desk.customer.identity)
    assert (client.get_message(told), client.get_message_type(told)) == ("Grüße", "text")
    assert client.changed_field(told) == "messages"
    told = await desk.say(acts.SendLocation(latitude=1, longitude=2))
    assert client.get_location(told)["latitude"] == 1
    told = await desk.say(acts.SendMedia(kind="image", data=PNG, mime="image/png", name="a.png"))
    image = client.get_image(told)
    url = await desk.ask(client.query_media_url, image["id"])
    saved = await desk.ask(client.download_media, url, image["mime_type"], str(tmp_path / "got"))
    assert await asyncio.to_thread(Path(saved).read_bytes) == PNG


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it leaves its file open
async def test_sends_reach_the_phone(desk: Desk, tmp_path: Path) -> None:
    """Text, reply, link, upload, place, buttons, template, reaction, read mark."""
    client, customer, ask = desk.client, desk.customer, desk.ask
    await desk.say(acts.SendText(text="hello"))
    first = customer.screen[0].id
    assert (await ask(client.mark_as_read, first)) == {"success": True}
    await ask(client.send_message, "Hello", customer.identity)
    await ask(client.reply_to_message, first, customer.identity, "Hello to you")
    await ask(client.send_reaction, "👍", first, customer.identity)
    await ask(client.send_location, "59.5", "18.25", "Hotel", "Road 1", customer.identity)
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    uploaded = await ask(client.upload_media, str(picture))
    await ask(client.send_image, uploaded["id"], customer.identity, caption="by id", link=False)
    async with Receiver() as files:
        files.respond = lambda _: web.Response(body=PNG, content_type="image/png")
        await ask(client.send_image, files.url, customer.identity, caption="by link")
        assert await desk.alone.world.quiet()
    reply = {"type": "reply", "reply": {"id": "y", "title": "Yes"}}
    button = {"type": "button", "body": {"text": "Sure?"}, "action": {"buttons": [reply]}}
    await ask(client.send_reply_button, button, customer.identity)
    await ask(client.send_template, "hello_world", customer.identity, [])
    shown = [(item.kind, item.text, item.reply_to) for item in customer.screen[1:]]
    assert shown == [
        ("text", "Hello", ""),
        ("text", "Hello to you", first),
        ("location", "Hotel", ""),
        ("image", "by id", ""),
        ("image", "by link", ""),
        ("buttons", "Sure?", ""),
        ("template", "Hello World", ""),
    ]
    assert customer.screen[0].vendor["reaction"] == "👍"
    told = await desk.say(acts.Tap(item=customer.screen[-2].id, button="Yes"))
    assert client.get_interactive_response(told)["button_reply"]["id"] == "y"
    assert (await ask(client.delete_media, uploaded["id"])) == {"success": True}


async def test_errors_come_as_the_library_gives_them(desk: Desk) -> None:
    """As the decoded body."""
    told = await desk.ask(desk.client.send_template, "none", desk.customer.identity, [])
    assert told["error"]["code"] == 132001
