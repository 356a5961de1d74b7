"""python-facebook-api, unmodified, against this server: forms, and a file in one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

pytest.importorskip("pyfacebook")

from pyfacebook import FacebookError, GraphAPI

from fake_channels.messenger import CHANNEL
from fake_channels.meta.tests.calls import PDF
from fake_channels.meta.tests.served import Served

pytestmark = [pytest.mark.client, pytest.mark.slow]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A Page with a customer."""
    async with Served(CHANNEL) as stage:
        yield stage


def _graph(served: Served) -> GraphAPI:
    account = served.alone.account
    return GraphAPI(
        account.app_id, account.app_secret, access_token=account.token, base_url=f"{served.alone.url}/", version="v20.0"
    )


async def test_texts_files_profiles_and_errors(served: Served) -> None:
    """The whole exchange, as forms with JSON in their fields."""
    graph = _graph(served)
    to = json.dumps({"id": served.customer.identity})

    async def send(message: Any, **more: Any) -> Any:
        data = {"recipient": to, "messaging_type": "RESPONSE", "message": json.dumps(message)}
        return await served.do(graph.post_object, "me", "messages", data=data, **more)

    assert (await send({"text": "Hello"}))["recipient_id"] == served.customer.identity
    files = {"filedata": ("a.pdf", PDF, "application/pdf")}
    await send({"attachment": {"type": "file", "payload": {}}}, files=files)
    assert served.shown() == [("text", "Hello"), ("document", "")]
    media = served.customer.screen[-1].media
    assert media is not None
    assert (media.name, served.customer.media[media.id]) == ("a.pdf", PDF)
    profile = await served.do(graph.get_object, served.customer.identity, fields="first_name,profile_pic")
    assert profile["first_name"] == "Ada"
    with pytest.raises(FacebookError) as caught:
        await send({"text": "x" * 2_001})
    assert caught.value.code == 100
