"""The quick answer and the general one: the same to any client, each where it belongs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import parsedate_to_datetime

import pytest
from aiohttp import web

from fake_channels.core.answer import respond
from fake_channels.core.http import HttpReply, json_reply

Ask = Callable[..., Awaitable[bytes]]
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


@pytest.fixture
async def ask() -> AsyncIterator[Ask]:
    """Send raw requests to a server that answers with one reply; returns all that came back."""
    replies: list[HttpReply] = []

    async def handler(raw: web.BaseRequest) -> web.StreamResponse:
        await raw.read()
        return respond(replies[-1], raw)

    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]

    async def send(reply: HttpReply, *requests: bytes) -> bytes:
        replies.append(reply)
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"".join(requests))
        async with asyncio.timeout(5):
            answered = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answered

    yield send
    await runner.cleanup()


async def test_a_kept_connection_gets_the_quick_answer_again_and_again(ask: Ask) -> None:
    """Status line, type, length, date and server are there, and the next answer starts where the body ends."""
    said = await ask(json_reply({"a": 1}), GET, GET, LAST)
    assert said.count(b"HTTP/1.1 200 OK\r\n") == 3
    first = said.split(b'{"a":1}')[0].decode()
    headers = dict(re.findall(r"([\w-]+): (.+)\r\n", first))
    assert {name: headers[name] for name in ("Content-Type", "Content-Length")} == {
        "Content-Type": "application/json",
        "Content-Length": "7",
    }
    assert parsedate_to_datetime(headers["Date"]).tzinfo is not None
    assert "aiohttp" in headers["Server"]
    assert "Connection: close" in said.decode()


async def test_a_vendors_own_headers_do_not_slow_the_answer(ask: Ask) -> None:
    """They stand in the quick answer, each on its line."""
    said = await ask(json_reply({}, headers={"X-Own": "1", "X-Id": "a b"}), GET, LAST)
    assert said.count(b"\r\nX-Own: 1\r\nX-Id: a b\r\nContent-Length: 2\r\n\r\n{}") == 1
    assert said.count(b"X-Own: 1\r\n") == 2


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (json_reply({}, 404), b"HTTP/1.1 404 Not Found"),
        (json_reply({}, headers={"Retry-After": "1"}), b"Retry-After: 1"),
        (json_reply({}, headers={"X-Own": "1\r\nX-Sly: 2"}), b"X-Own: 1X-Sly: 2\r\n"),
        (HttpReply(200, b"hi", "text/plain"), b"Content-Type: text/plain"),
        (HttpReply(200, b"x" * 70_000), b"Content-Length: 70000"),
        (HttpReply(204, b"", ""), b"HTTP/1.1 204 No Content"),
    ],
)
async def test_what_is_special_goes_the_general_way(ask: Ask, reply: HttpReply, wanted: bytes) -> None:
    """Other statuses, headers, types and large bodies are answered in full."""
    said = await ask(reply, GET, LAST)
    assert said.count(wanted) == 2
    assert said.endswith(reply.body)


async def test_old_clients_and_head_are_understood(ask: Ask) -> None:
    """HTTP/1.0 is told the connection's fate; HEAD gets the length and no body."""
    old = await ask(json_reply({"a": 1}), b"GET / HTTP/1.0\r\n\r\n")
    assert old.startswith(b"HTTP/1.0 200 OK")
    assert old.endswith(b'{"a":1}')
    head = await ask(json_reply({"a": 1}), b"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert b"Content-Length: 7" in head
