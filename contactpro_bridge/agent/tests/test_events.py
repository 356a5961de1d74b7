"""The event stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import WSCloseCode, WSMsgType

from contactpro_bridge.agent.events import MAX_INCOMING
from contactpro_bridge.chats import hub
from contactpro_bridge.tests.stage import AGENT_TOKEN, OTHER_TOKEN, Stage, soon

PDF = b"%PDF-1.7\n" + b"x" * 1000


@asynccontextmanager
async def listening(
    stage: Stage, token: str = AGENT_TOKEN, **how: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a stream."""
    how = how or {"headers": {"Authorization": f"Bearer {token}"}}
    async with stage.session.ws_connect(f"{stage.url}/agent/v1/events", **how) as socket:
        yield socket


async def event(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """Return the next event."""
    message = await soon(socket.receive())
    assert message.type is WSMsgType.TEXT, message
    decoded: dict[str, Any] = orjson.loads(message.data)
    return decoded


async def closing(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    """Return the code the stream is closed with."""
    while (message := await soon(socket.receive())).type is WSMsgType.TEXT:
        pass
    return message.data if message.type is WSMsgType.CLOSE else socket.close_code


async def test_a_message_is_pushed_at_once(stage: Stage) -> None:
    """The new chat, then its entry, as they are in the transcript."""
    async with listening(stage) as socket:
        await stage.receive("Hello")
        chat, entry = await event(socket), await event(socket)
        assert (chat["event"], chat["state"]) == ("chat", "in_queue")
        assert (entry["event"], entry["chat_id"]) == ("entry", chat["chat_id"])
        assert [entry["entry"]] == await stage.transcript(chat["chat_id"])


async def test_the_token_may_come_as_subprotocol(stage: Stage) -> None:
    """Browsers cannot set headers."""
    async with listening(stage, protocols=[f"bearer.{AGENT_TOKEN}"]) as socket:
        await stage.receive("Hello")
        assert (await event(socket))["event"] == "chat"


@pytest.mark.parametrize(
    "how",
    [
        {"headers": {}},
        {"headers": {"Authorization": "Bearer x"}},
        {"protocols": ["bearer.x"]},
        {"protocols": ["bearer."]},
    ],
    ids=str,
)
async def test_nobody_listens_without_a_token(stage: Stage, how: dict[str, Any]) -> None:
    """401 before the connection is switched."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with listening(stage, **how):
            pass
    assert refused.value.status == 401


async def test_a_plain_request_is_told_to_speak_websocket(stage: Stage) -> None:
    """426."""
    answer = await stage.agent("GET", "events")
    assert (answer.status, answer.code) == (426, "websocket_expected")


async def test_chats_of_other_queues_and_tenants_are_not_pushed(stage: Stage) -> None:
    """The next thing the agent hears is of a chat of their own."""
    await stage.configure(routes=[{"channel": "SMS", "queue": "Other"}])
    async with listening(stage, OTHER_TOKEN) as socket:
        await stage.receive("not theirs")
        await stage.receive("theirs", channel="SMS")
        assert (await event(socket))["chat"]["channel"] == "SMS"


async def test_a_token_that_is_taken_away_hears_nothing_more(stage: Stage) -> None:
    """Although its stream is open."""
    agents = stage.tenant_body()["agents"]
    async with listening(stage) as socket:
        await stage.configure(agents=[{**agents[0], "token": "another-long-enough-token"}, agents[1]])
        await stage.receive("secret")
        await stage.configure(agents=agents)
        await stage.receive("shown", seconds=1)
        assert (await event(socket))["entry"]["text"] == "shown"


async def test_links_vanish_with_the_right_to_files(stage: Stage) -> None:
    """Also from streams that are open."""
    chat_id = await stage.open_chat()
    uploaded = (await stage.upload("f.pdf", "application/pdf", PDF)).body
    body = {"attachment_id": uploaded["attachment_id"]}
    agents = stage.tenant_body()["agents"]
    async with listening(stage) as socket:
        await stage.say(chat_id, body)
        assert (await event(socket))["entry"]["attachment"]["public_url"] is not None
        await event(socket)
        await stage.configure(agents=[{**agents[0], "rights": ["chats"]}, agents[1]])
        await stage.configure(agents=agents)
        await stage.configure(agents=[{**agents[0], "rights": ["chats"]}, agents[1]])
        await stage.webhook(
            {"message_delivery_report": {"message_id": "MT1", "status": "READ", "channel_identity": {}}}
        )
        assert (await event(socket))["entry"]["attachment"]["public_url"] is None


async def test_a_hostile_frame_ends_the_stream_alone(stage: Stage) -> None:
    """Larger than allowed: closed; others go on, and so does the bridge."""
    async with listening(stage) as hostile, listening(stage) as friendly:
        await hostile.send_str("x" * (MAX_INCOMING + 1))
        assert await closing(hostile) == WSCloseCode.MESSAGE_TOO_BIG
        await friendly.send_str("{")
        await friendly.send_bytes(b"\0")
        await stage.receive("Hello")
        assert (await event(friendly))["event"] == "chat"


async def test_bytes_that_are_no_frame_end_the_stream(stage: Stage) -> None:
    """A reserved opcode is a protocol error."""
    async with listening(stage) as socket:
        transport = socket._response.connection.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.write(b"\xff\xff\xff\xff\xff\xff")
        assert await closing(socket) in {WSCloseCode.PROTOCOL_ERROR, WSCloseCode.ABNORMAL_CLOSURE}
    assert (await stage.call("GET", "/health")).status == 200


async def test_streams_are_limited_in_number(stage: Stage) -> None:
    """One too many is told to try again later."""
    assert stage.bridge is not None
    async with listening(stage):
        assert stage.bridge.hub.streams() == 1
        for number in range(1, stage.max_websockets):
            stage.bridge.hub.join(hub.Stream(stage.bridge.tenants.all()[0].id, lambda _chat: False))
            assert stage.bridge.hub.streams() == number + 1
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with listening(stage):
                pass
    assert refused.value.status == 503


async def test_a_reader_that_does_not_keep_up_is_closed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """And told to read the transcripts again."""
    monkeypatch.setattr(hub, "STREAM_BYTES", 10)
    async with listening(stage) as socket:
        await stage.receive("Hello")
        assert await closing(socket) == WSCloseCode.TRY_AGAIN_LATER


async def test_streams_end_with_the_bridge_and_with_their_tenant(stage: Stage) -> None:
    """Nobody is left on a dead stream."""
    assert stage.bridge is not None
    async with listening(stage) as socket:
        await stage.admin("DELETE", "")
        assert await closing(socket) == WSCloseCode.GOING_AWAY
    await stage.configure()
    async with listening(stage) as socket:
        stage.bridge.hub.close()
        assert await closing(socket) == WSCloseCode.GOING_AWAY
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with listening(stage):
                pass


async def test_what_a_stream_held_is_given_back(stage: Stage) -> None:
    """A client that vanishes leaves no stream behind."""
    assert stage.bridge is not None
    async with listening(stage):
        pass
    async with asyncio.timeout(10):
        while stage.bridge.hub.streams():
            await stage.call("GET", "/health")
