"""fbmessenger, unmodified, against this server: it sends, and reads what the server tells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

pytest.importorskip("fbmessenger")

from fbmessenger import BaseMessenger, attachments, elements, quick_replies

from fake_channels.core.handset import Read, SendMedia, SendText, Tap
from fake_channels.messenger import CHANNEL
from fake_channels.meta.tests.calls import PNG
from fake_channels.meta.tests.served import Served

pytestmark = [pytest.mark.client, pytest.mark.slow]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A Page with a customer."""
    async with Served(CHANNEL) as stage:
        yield stage


class Bot(BaseMessenger):  # type: ignore[misc]  # the library has no types
    """Notes what it hears."""

    def __init__(self, served: Served) -> None:
        account = served.alone.account
        super().__init__(account.token, app_secret=account.app_secret)
        self.client.graph_url = f"{served.alone.url}/v2.12"
        self.heard: list[tuple[str, Any]] = []

    def message(self, message: Any) -> None:
        """Note a message that is no echo of one's own."""
        if not message["message"].get("is_echo"):
            self.heard.append(("message", message["message"]))

    def delivery(self, message: Any) -> None:
        """Note a delivery."""
        self.heard.append(("delivery", message["delivery"]))

    def read(self, message: Any) -> None:
        """Note a read."""
        self.heard.append(("read", message["read"]))

    def postback(self, message: Any) -> None:
        """Note a postback."""
        self.heard.append(("postback", message["postback"]))


async def _hear(bot: Bot, served: Served) -> list[tuple[str, Any]]:
    """What the bot makes of everything that has come in."""
    for told in await served.told():
        bot.handle(told)
    heard, bot.heard = bot.heard, []
    return heard


async def test_a_conversation(served: Served) -> None:
    """Both ways: texts, a picture each way, quick replies, postbacks, deliveries and reads."""
    bot = Bot(served)
    served.alone.act(served.customer, SendText(text="Hi"))
    ((_, message),) = await _hear(bot, served)
    assert message["text"] == "Hi"
    choices = quick_replies.QuickReplies([quick_replies.QuickReply(title="Yes", payload="Y")])
    answer = await served.do(bot.send, elements.Text("Sure?", quick_replies=choices).to_dict())
    assert answer["recipient_id"] == served.customer.identity
    served.alone.act(served.customer, Tap(item=answer["message_id"], button="Yes"))
    served.alone.act(served.customer, Read())
    heard = await _hear(bot, served)
    assert [kind for kind, _ in heard] == ["delivery", "message", "read"]
    assert heard[0][1]["mids"] == [answer["message_id"]]
    assert heard[1][1]["quick_reply"] == {"payload": "Y"}
    await served.do(bot.send, attachments.Image(url=served.file("png")).to_dict())
    assert served.shown()[-1] == ("image", "")
    served.alone.act(served.customer, SendMedia(kind="image", data=PNG, mime="image/png", name="a.png"))
    (_, (_, picture)) = await _hear(bot, served)
    url = picture["attachments"][0]["payload"]["url"]
    assert (await served.do(bot.client.session.get, url)).content == PNG


async def test_a_postback_a_profile_and_an_error(served: Served) -> None:
    """What else the library knows."""
    bot = Bot(served)
    button = elements.Button(button_type="postback", title="More", payload="M").to_dict()
    template = {"template_type": "button", "text": "Well?", "buttons": [button]}
    bot.last_message = {"sender": {"id": served.customer.identity}}
    sent = await served.do(bot.send, {"attachment": {"type": "template", "payload": template}})
    served.alone.act(served.customer, Tap(item=sent["message_id"], button="More"))
    assert ("postback", "M") in [(kind, told.get("payload")) for kind, told in await _hear(bot, served)]
    user = await served.do(bot.get_user, fields="first_name,last_name,profile_pic")
    assert (user["first_name"], user["last_name"]) == ("Ada", "Lovelace")
    assert (await served.do(bot.send_action, "typing_on"))["recipient_id"] == served.customer.identity
    assert (await served.do(bot.set_messenger_profile, {"get_started": {"payload": "GO"}})) == {"result": "success"}
    assert (await served.do(bot.delete_get_started)) == {"result": "success"}
    uploaded = await served.do(bot.upload_attachment, attachments.Image(url=served.file("png"), is_reusable=True))
    assert uploaded["attachment_id"].isdecimal()
    bot.last_message = {"sender": {"id": "12345"}}
    refused = await served.do(bot.send, {"text": "x"})
    assert (refused["error"]["code"], refused["error"]["error_subcode"]) == (100, 2018001)
