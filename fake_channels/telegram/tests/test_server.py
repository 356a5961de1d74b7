"""The Bot API on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from fake_channels.core.alone import Alone
from fake_channels.core.contract import Refusal
from fake_channels.core.effects import Answer
from fake_channels.core.handset import OptIn, SendMedia, SendText
from fake_channels.core.instants import SECOND
from fake_channels.telegram import CHANNEL, limits, server
from fake_channels.telegram.state import PollReplaced
from fake_channels.telegram.tests.calls import PDF, Bot, png
from fake_channels.tests.receiver import Receiver

_START = 1_700_000_000_000


class Caller:
    """A bot alone in the house, and whoever holds its token."""

    def __init__(self, alone: Alone, session: aiohttp.ClientSession) -> None:
        self.alone, self.session = alone, session
        self.customer = alone.enrol("Ada")
        alone.act(self.customer, OptIn())

    def url(self, method: str, token: str = "") -> str:
        """Under the token."""
        return f"{self.alone.url}/bot{token or self.alone.account.token}/{method}"

    async def call(self, method: str, /, *, verb: str = "POST", token: str = "", **how: Any) -> Any:
        """One request; the JSON of its answer, whose code is the status."""
        async with self.session.request(verb, self.url(method, token), **how) as response:
            told = orjson.loads(await response.read())
            assert told.get("error_code", 200) == response.status
            return told

    async def say(self, text: str) -> None:
        """The customer writes, and all that follows happens."""
        self.alone.act(self.customer, SendText(text=text))
        await self.alone.world.quiet()

    async def parked(self) -> None:
        """Return when a poll waits."""
        while not self.alone.account.polling:
            await _turn()


async def _turn() -> None:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0, future.set_result, None)
    await future


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    """Nobody is connected."""
    async with Alone(CHANNEL, start=_START) as alone, aiohttp.ClientSession() as session:
        yield Caller(alone, session)


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("method", ["getMe", "GETME", "test/getme"])
async def test_methods_are_found_by_any_spelling(caller: Caller, verb: str, method: str) -> None:
    """GET or POST, any case, no body, the test environment too."""
    told = await caller.call(method, verb=verb)
    assert told["result"]["username"] == caller.alone.account.bot_username
    assert told["result"]["can_join_groups"] is True


async def test_the_token_may_be_percent_encoded(caller: Caller) -> None:
    """As some clients write its colon."""
    told = await caller.call("getMe", token=caller.alone.account.token.replace(":", "%3A"))
    assert told["ok"] is True


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/", 404, "Not Found"),
        ("/nonsense", 404, "Not Found"),
        ("/bot", 404, "Not Found"),
        ("/botnonsense/getMe", 404, "Not Found"),
        ("/bot1:/getMe", 404, "Not Found"),
        ("/bot1:x/getMe", 401, "Unauthorized"),
    ],
)
async def test_strangers(caller: Caller, path: str, status: int, description: str) -> None:
    """A malformed token leads nowhere; a well-formed one is refused."""
    async with caller.session.get(caller.alone.url + path) as response:
        told = orjson.loads(await response.read())
    assert (response.status, told) == (status, {"ok": False, "error_code": status, "description": description})


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH"])
async def test_other_verbs_lead_nowhere(caller: Caller, verb: str) -> None:
    """There is GET and POST."""
    assert (await caller.call("getMe", verb=verb))["error_code"] == 404


_ENCODINGS: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
    "query": lambda fields: {"params": fields},
    "form": lambda fields: {"data": fields},
    "JSON": lambda fields: {"json": fields},
    "multipart": lambda fields: {"data": _multipart(fields)},
}


def _multipart(fields: dict[str, str]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    for name, value in fields.items():
        form.add_field(name, value)
    return form


@pytest.mark.parametrize("encoding", _ENCODINGS)
async def test_every_encoding_is_understood(caller: Caller, encoding: str) -> None:
    """To the letter, with a keyboard as JSON text."""
    keyboard = '{"inline_keyboard":[[{"text":"Ja","callback_data":"1"}]]}'
    fields = {"chat_id": caller.customer.identity, "text": "Åäö & 👋 = +", "reply_markup": keyboard}
    told = await caller.call("sendMessage", **_ENCODINGS[encoding](fields))
    assert told["ok"] is True, told
    assert (caller.customer.screen[-1].text, len(caller.customer.screen[-1].buttons)) == ("Åäö & 👋 = +", 1)


async def test_an_upload_comes_back_by_its_path(caller: Caller) -> None:
    """Sent as a form, shown on the phone, downloaded by getFile."""
    form = _multipart({"chat_id": caller.customer.identity, "caption": "c"})
    form.add_field("document", PDF, filename="räkning.pdf", content_type="application/pdf")
    told = await caller.call("sendDocument", data=form)
    document = told["result"]["document"]
    assert document["file_name"] == "räkning.pdf"
    found = await caller.call("getFile", params={"file_id": document["file_id"]})
    path = f"/file/bot{caller.alone.account.token.replace(':', '%3A')}/{found['result']['file_path']}"
    async with caller.session.get(caller.alone.url + path) as response:
        assert (response.status, await response.read()) == (200, PDF)
    assert caller.alone.world.trace.after()[-1]["name"] == "file"


async def test_uploads_are_taken_up_to_fifty_megabytes(caller: Caller) -> None:
    """One more is refused with 413."""
    form = _multipart({"chat_id": caller.customer.identity})
    form.add_field("document", BytesIO(bytes(limits.UPLOAD_MAX + limits.FORM_SLACK)), filename="a.bin")
    told = await caller.call("sendDocument", data=form)
    assert told == {"ok": False, "error_code": 413, "description": "Request Entity Too Large"}


async def test_a_file_by_url_is_fetched_while_the_caller_waits(caller: Caller) -> None:
    """The answer comes after the file."""
    async with Receiver() as files:
        files.respond = lambda _: web.Response(body=png(), content_type="image/png")
        fields = {"chat_id": caller.customer.identity, "photo": files.url}
        told = await caller.call("sendPhoto", json=fields)
        assert told["result"]["photo"][-1]["width"] == 1_000
        files.respond = lambda _: web.Response(body=b"<html>", content_type="text/html")
        told = await caller.call("sendPhoto", json=fields)
    assert told["description"] == "Bad Request: wrong type of the web page content"
    told = await caller.call("sendPhoto", json=fields)
    assert told["description"] == "Bad Request: failed to get HTTP URL content"


async def test_people_are_looked_up(caller: Caller) -> None:
    """Chat and photos, of those the bot knows."""
    chat = await caller.call("getChat", json={"chat_id": caller.customer.identity})
    assert (chat["result"]["type"], chat["result"]["first_name"]) == ("private", "Ada")
    photos = await caller.call("getUserProfilePhotos", json={"user_id": int(caller.customer.identity)})
    assert (photos["result"]["total_count"], photos["result"]["photos"][0][-1]["width"]) == (1, 160)
    unknown = await caller.call("getUserProfilePhotos", json={"user_id": 5})
    assert unknown["description"] == "Bad Request: user not found"


# --- long polls -------------------------------------------------------------------------------------------------------


async def test_a_long_poll_ends_with_an_update(caller: Caller) -> None:
    """At the moment it happens, without any time passing."""
    await caller.call("getUpdates", json={"offset": -1})
    offset = caller.alone.account.last_update_id + 1
    async with asyncio.TaskGroup() as group:
        poll = group.create_task(caller.call("getUpdates", json={"offset": offset, "timeout": 50}))
        await caller.parked()
        await caller.say("now")
    assert [update["message"]["text"] for update in poll.result()["result"]] == ["now"]
    assert caller.alone.world.now == _START


async def test_a_long_poll_ends_with_its_time(caller: Caller) -> None:
    """On the world's clock, and empty."""
    offset = caller.alone.account.last_update_id + 1
    async with asyncio.TaskGroup() as group:
        poll = group.create_task(caller.call("getUpdates", json={"offset": offset, "timeout": 30}))
        await caller.parked()
        assert await caller.alone.world.quiet()
        await caller.alone.world.advance(_START + 30 * SECOND - 1)
        assert not poll.done()
        await caller.alone.world.advance(_START + 30 * SECOND)
    assert poll.result() == {"ok": True, "result": []}


async def test_a_second_poll_ends_the_first(caller: Caller) -> None:
    """At once, not when the first would have ended."""
    how: Any = {"json": {"offset": caller.alone.account.last_update_id + 1, "timeout": 50}}
    async with asyncio.TaskGroup() as group:
        first = group.create_task(caller.call("getUpdates", **how))
        await caller.parked()
        second = group.create_task(caller.call("getUpdates", **how))
        told = await first
        assert told["description"].startswith("Conflict: terminated by other getUpdates request")
        assert not second.done()
        await caller.say("now")
    assert len(second.result()["result"]) == 1


async def test_a_webhook_ends_a_poll(caller: Caller) -> None:
    """And takes its place."""
    async with Receiver() as receiver, asyncio.TaskGroup() as group:
        how: Any = {"json": {"offset": caller.alone.account.last_update_id + 1, "timeout": 50}}
        poll = group.create_task(caller.call("getUpdates", **how))
        await caller.parked()
        await caller.call("setWebhook", json={"url": receiver.url})
        assert (await poll)["description"] == "Conflict: terminated by setWebhook request"
        await caller.say("now")
        assert receiver.received[-1].json()["message"]["text"] == "now"


# --- webhooks ---------------------------------------------------------------------------------------------------------


async def test_the_answer_to_an_update_is_performed(caller: Caller) -> None:
    """Even one that needs a file first."""

    def respond(received: Any) -> web.Response:
        if received.method == "GET":
            return web.Response(body=png(), content_type="image/png")
        if b"picture?" not in received.body:
            return web.Response()
        call = {"method": "sendPhoto", "chat_id": caller.customer.identity, "photo": receiver.url, "caption": "here"}
        return web.json_response(call)

    async with Receiver() as receiver:
        receiver.respond = respond
        caller.alone.connect(receiver.url)
        await caller.say("picture?")
    assert [(item.kind, item.text) for item in caller.customer.screen[-2:]] == [("text", "picture?"), ("image", "here")]


async def test_a_customers_photo_travels(caller: Caller) -> None:
    """From the phone by an update and a download."""
    async with Receiver() as receiver:
        caller.alone.connect(receiver.url)
        caller.alone.act(caller.customer, SendMedia(kind="image", data=png(), mime="image/png", name="a.png"))
        await caller.alone.world.quiet()
        message = receiver.received[-1].json()["message"]
    found = await caller.call("getFile", json={"file_id": message["photo"][-1]["file_id"]})
    path = f"/file/bot{caller.alone.account.token}/{found['result']['file_path']}"
    async with caller.session.get(caller.alone.url + path) as response:
        assert await response.read() == png()


def test_an_answer_to_nothing_is_nothing() -> None:
    """Only updates and fetched files are waited for."""
    bot = Bot()
    assert bot.component.on_answer(PollReplaced(), Answer(200), bot.now) == []


# --- errors that are ordered ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (Refusal(500), {"error_code": 500, "description": "Internal Server Error"}),
        (Refusal(502), {"error_code": 502, "description": "Bad Gateway"}),
        (Refusal(418), {"error_code": 418, "description": "Error 418"}),
        (
            Refusal(403, "Forbidden: user is deactivated"),
            {"error_code": 403, "description": "Forbidden: user is deactivated"},
        ),
        (
            Refusal(429),
            {"error_code": 429, "description": "Too Many Requests: retry after 1", "parameters": {"retry_after": 1}},
        ),
        (
            Refusal(429, retry_after_s=9),
            {"error_code": 429, "description": "Too Many Requests: retry after 9", "parameters": {"retry_after": 9}},
        ),
    ],
)
def test_an_ordered_error_is_in_the_vendors_envelope(refusal: Refusal, told: dict[str, Any]) -> None:
    """A fault's code is its description; 429 says when to come back, in the header too."""
    reply = server.refuse(refusal)
    assert (reply.status, orjson.loads(reply.body)) == (refusal.status, {"ok": False, **told})
    waits = told.get("parameters", {}).get("retry_after")
    assert reply.headers.get("Retry-After") == (None if waits is None else str(waits))
