"""facebook-business, the vendor's own SDK, unmodified, against this server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

pytest.importorskip("facebook_business")

from facebook_business.adobjects.page import Page
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from fake_channels.core.handset import Block
from fake_channels.messenger import CHANNEL
from fake_channels.meta.tests.served import Served

pytestmark = [pytest.mark.client, pytest.mark.slow]


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """A Page with a customer; the SDK's host is this server's."""
    async with Served(CHANNEL) as stage:
        monkeypatch.setattr(FacebookSession, "GRAPH", stage.alone.url)
        yield stage


def _page(served: Served) -> Page:
    """The SDK's Page; it proves the token by itself."""
    account = served.alone.account
    api = FacebookAdsApi.init(account.app_id, account.app_secret, account.token)
    return Page(account.owner_id, api=api)


async def _send(served: Served, message: Any, **more: Any) -> Any:
    params = {"recipient": {"id": served.customer.identity}, "messaging_type": "RESPONSE", "message": message, **more}
    return await served.do(_page(served).create_message, params=params)


async def test_sends_of_every_kind(served: Served) -> None:
    """Texts, files by URL and by upload, templates, quick replies."""
    await _send(served, {"text": "Hello"})
    for kind, suffix in (("image", "png"), ("video", "mp4"), ("file", "pdf")):
        await _send(served, {"attachment": {"type": kind, "payload": {"url": served.file(suffix)}}})
    upload = {"attachment": {"type": "image", "payload": {"url": served.file("png"), "is_reusable": True}}}
    uploaded = await served.do(_page(served).create_message_attachment, params={"message": upload})
    again = {"attachment": {"type": "image", "payload": {"attachment_id": uploaded["attachment_id"]}}}
    sent = await _send(served, again)
    assert sent["message_id"].startswith("m_")
    buttons = [{"type": "postback", "title": "Yes", "payload": "Y"}]
    template = {"template_type": "button", "text": "Sure?", "buttons": buttons}
    await _send(served, {"attachment": {"type": "template", "payload": template}})
    await _send(served, {"text": "Which?", "quick_replies": [{"content_type": "text", "title": "A", "payload": "A"}]})
    assert served.shown() == [
        ("text", "Hello"),
        ("image", ""),
        ("video", ""),
        ("document", ""),
        ("image", ""),
        ("buttons", "Sure?"),
        ("buttons", "Which?"),
    ]


async def test_actions_profile_and_subscriptions(served: Served) -> None:
    """In the SDK's own spelling."""
    page, to = _page(served), {"id": served.customer.identity}
    await served.do(page.create_message, params={"recipient": to, "sender_action": Page.SenderAction.typing_on})
    assert served.customer.typing
    await served.do(page.create_messenger_profile, params={"get_started": {"payload": "GO"}})
    (profile,) = await served.do(page.get_messenger_profile, fields=["get_started"])
    assert dict(profile["get_started"]) == {"payload": "GO"}
    await served.do(page.create_subscribed_app, params={"subscribed_fields": ["messages", "message_reads"]})
    assert served.alone.account.fields == ("messages", "message_reads")
    assert (await served.do(page.api_get, fields=["name"]))["name"] == "Acme Support"


async def test_errors_are_the_sdks_own(served: Served) -> None:
    """With code, subcode and status."""
    served.alone.act(served.customer, Block())
    with pytest.raises(FacebookRequestError) as caught:
        await _send(served, {"text": "Hello"})
    error = caught.value
    assert (error.api_error_code(), error.api_error_subcode(), error.http_status()) == (551, 1545041, 400)
    assert error.api_error_type() == "OAuthException"
