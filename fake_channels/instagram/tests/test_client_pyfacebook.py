"""python-facebook-api, unmodified, against this server: both flavours."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

pytest.importorskip("pyfacebook")

from pyfacebook import BasicDisplayAPI, FacebookError, GraphAPI

from fake_channels.core.handset import Block, MentionInStory, Read, ReplyToStory, SendMedia, Tap
from fake_channels.core.instants import DAY
from fake_channels.instagram import CHANNEL
from fake_channels.meta.tests.calls import PNG
from fake_channels.meta.tests.served import Served

pytestmark = [pytest.mark.client, pytest.mark.slow]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A professional account with a customer."""
    async with Served(CHANNEL) as stage:
        yield stage


def _graph(served: Served, token: str) -> GraphAPI:
    return GraphAPI(access_token=token, base_url=f"{served.alone.url}/", version="v20.0")


@pytest.mark.parametrize("flavour", ["token", "page_token"])
async def test_a_conversation(served: Served, flavour: str) -> None:
    """Texts, files, quick replies, profiles, reads and stories, as forms with JSON in their fields."""
    graph = _graph(served, getattr(served.alone.account, flavour))
    to = json.dumps({"id": served.customer.identity})

    async def send(message: Any) -> str:
        data = {"recipient": to, "message": json.dumps(message)}
        sent = await served.do(graph.post_object, "me", "messages", data=data)
        return str(sent["message_id"])

    await send({"text": "Hello"})
    await send({"attachment": {"type": "image", "payload": {"url": served.file("png")}}})
    choices = [{"content_type": "text", "title": "Yes", "payload": "Y"}]
    mid = await send({"text": "Sure?", "quick_replies": choices})
    assert served.shown() == [("text", "Hello"), ("image", ""), ("buttons", "Sure?")]
    await served.told()
    served.alone.act(served.customer, Read())
    served.alone.act(served.customer, Tap(item=mid, button="Yes"))
    served.alone.act(served.customer, ReplyToStory(text="Nice"))
    served.alone.act(served.customer, MentionInStory())
    served.alone.act(served.customer, SendMedia(kind="image", data=PNG, mime="image/png", name="a.png"))
    events = [one["entry"][0]["messaging"][0] for one in await served.told()]
    assert [next(key for key in ("read", "message") if key in event) for event in events] == ["read"] * 3 + [
        "message"
    ] * 4
    profile = await served.do(graph.get_object, served.customer.identity, fields="name,username,profile_pic")
    assert profile["name"] == "Ada Lovelace"
    picture = events[-1]["message"]["attachments"][0]["payload"]["url"]
    assert (await served.do(graph.session.get, picture)).content == PNG
    served.alone.act(served.customer, Block())
    with pytest.raises(FacebookError) as caught:
        await send({"text": "x"})
    assert caught.value.code == 551


async def test_a_token_is_refreshed(served: Served) -> None:
    """By the library's class for user tokens."""
    token = served.alone.account.token
    graph = BasicDisplayAPI(access_token=token, base_url=f"{served.alone.url}/", version="v20.0")
    assert (await served.do(graph.get_object, "me", fields="username"))["username"] == served.alone.account.username
    await served.alone.world.advance(served.alone.world.now + DAY)
    fresh = await served.do(graph.refresh_access_token, token)
    assert fresh["expires_in"] == 5_184_000
    again = _graph(served, fresh["access_token"])
    assert (await served.do(again.get_object, "me"))["id"] == served.alone.account.owner_id
