"""Over real sockets: fetching files as they come, and handing them out."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from fake_channels.core.handset import SendMedia
from fake_channels.meta.tests.calls import FAMILY, PNG
from fake_channels.meta.tests.served import Served
from fake_channels.tests.receiver import Received, Receiver

_LARGE = PNG.ljust(8 * 1_048_576 + 1, b"\0")


@pytest.fixture(params=FAMILY)
async def served(request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    """Each channel of the family, served."""
    async with Served(FAMILY[request.param]) as stage:
        yield stage


async def _send(served: Served, url: str) -> int | None:
    """Send a picture by URL; the subcode of the refusal, or None."""
    body = {
        "recipient": {"id": served.customer.identity},
        "message": {"attachment": {"type": "image", "payload": {"url": url}}},
    }
    headers = {"Authorization": f"Bearer {served.alone.account.token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{served.alone.url}/v23.0/me/messages", json=body, headers=headers) as response,
    ):
        answer = await response.json()
        subcode: int | None = answer.get("error", {}).get("error_subcode")
        return subcode


def _respond(received: Received) -> web.Response:
    if received.path.startswith("/moved"):
        return web.Response(status=302, headers={"Location": "/a.png"})
    body = _LARGE if received.path.startswith("/large") else PNG
    return web.Response(body=body, content_type="image/png")


@pytest.mark.parametrize(
    ("path", "subcode"),
    [("/a.png", None), ("/moved.png", None), ("/large.png", 2018109), ("", 2018008)],
)
async def test_a_picture_is_fetched_as_it_is(served: Served, path: str, subcode: int | None) -> None:
    """Redirects are followed; too large and unreachable ones are told apart."""
    async with Receiver() as place:
        place.respond = _respond
        base = place.url.removesuffix("/callback") if path else "http://127.0.0.1:1/a.png"
        assert await _send(served, base + path) == subcode
    assert len(served.shown()) == (subcode is None)


async def test_a_customers_picture_is_handed_out(served: Served) -> None:
    """Without a token, by its URL alone; a stranger's URL gives nothing."""
    served.alone.act(served.customer, SendMedia(kind="image", data=PNG, mime="image/png", name="a.png"))
    (told,) = await served.told()
    url = told["entry"][0]["messaging"][0]["message"]["attachments"][0]["payload"]["url"]
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            assert (response.status, await response.read()) == (200, PNG)
        async with session.get(url.replace(served.alone.account.owner_id, "42")) as response:
            assert response.status == 404
