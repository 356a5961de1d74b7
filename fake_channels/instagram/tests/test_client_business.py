"""facebook-business, the vendor's own SDK, unmodified, against this server: the account's own way and its Page's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

pytest.importorskip("facebook_business")

from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.page import Page
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from fake_channels.core.instants import DAY
from fake_channels.instagram import CHANNEL
from fake_channels.meta.tests.served import Served

pytestmark = [pytest.mark.client, pytest.mark.slow]


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """An account with a customer; the SDK's host is this server's."""
    async with Served(CHANNEL) as stage:
        monkeypatch.setattr(FacebookSession, "GRAPH", stage.alone.url)
        yield stage


def _node(served: Served, kind: type[Any]) -> Any:
    account = served.alone.account
    node_id, token = (account.page_id, account.page_token) if kind is Page else (account.owner_id, account.token)
    return kind(node_id, api=FacebookAdsApi.init(account.app_id, account.app_secret, token))


@pytest.mark.parametrize("kind", [IGUser, Page])
async def test_sends_actions_and_errors(served: Served, kind: type[Any]) -> None:
    """Each flavour with its own node, token and type of error."""
    node, to = _node(served, kind), {"id": served.customer.identity}
    sent = await served.do(node.create_message, params={"recipient": to, "message": {"text": "Hello"}})
    assert sent["recipient_id"] == served.customer.identity
    album = [{"type": "image", "payload": {"url": served.file("png")}}] * 2
    await served.do(node.create_message, params={"recipient": to, "message": {"attachments": album}})
    heart = {"attachment": {"type": "like_heart"}}
    await served.do(node.create_message, params={"recipient": to, "message": heart})
    assert [kind for kind, _ in served.shown()] == ["text", "image", "image", "sticker"]
    await served.do(node.create_message, params={"recipient": to, "sender_action": "TYPING_ON"})
    assert served.customer.typing
    await served.alone.world.advance(served.alone.world.now + DAY)
    with pytest.raises(FacebookRequestError) as caught:
        await served.do(node.create_message, params={"recipient": to, "message": {"text": "late"}})
    error = caught.value
    assert (error.api_error_code(), error.api_error_subcode(), error.http_status()) == (10, 2534022, 403)
    assert error.api_error_type() == ("OAuthException" if kind is Page else "IGApiException")


async def test_an_upload_through_the_page(served: Served) -> None:
    """With the platform in the SDK's spelling."""
    message = {"attachment": {"type": "image", "payload": {"url": served.file("png"), "is_reusable": True}}}
    params = {"message": message, "platform": "INSTAGRAM"}
    uploaded = await served.do(_node(served, Page).create_message_attachment, params=params)
    again = {"attachment": {"type": "image", "payload": {"attachment_id": uploaded["attachment_id"]}}}
    to = {"id": served.customer.identity}
    await served.do(_node(served, Page).create_message, params={"recipient": to, "message": again})
    assert served.shown() == [("image", "")]
