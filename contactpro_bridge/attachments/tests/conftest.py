"""Servers for the tests: real, on the loopback address, on whatever port is free."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

Serve = Callable[[web.Application], Awaitable[TestServer]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """A function that starts an application and returns its server, stopped after the test."""
    servers: list[TestServer] = []

    async def start(app: web.Application) -> TestServer:
        server = TestServer(app, host="127.0.0.1", port=0)
        servers.append(server)
        await server.start_server()
        return server

    yield start
    for server in servers:
        await server.close()
