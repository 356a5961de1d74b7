"""A stream on a socket: what the rules say, piece by piece, until they, the world or the reader end it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from fake_channels.core.answer import clean_headers
from fake_channels.core.directory import Place
from fake_channels.core.effects import Event
from fake_channels.core.http import Streaming

IDLE_S: Final = 10.0
"""Real time between two signs of life; by then at the latest a reader who has left is noticed."""


async def stream(raw: web.BaseRequest, place: Place, reply: Streaming) -> web.StreamResponse:
    """Answer with a stream; whoever calls keeps the world busy, and a reader who is slow or idle does not."""
    response = web.StreamResponse(status=reply.head.status, headers=clean_headers(reply.head))
    try:
        with place.world.aside():
            await response.prepare(raw)
        await _write_pieces(raw, place, reply, response)
        with place.world.aside():
            await response.write_eof()
    except ConnectionError:
        pass  # the reader has left
    return response


async def _write_pieces(raw: web.BaseRequest, place: Place, reply: Streaming, response: web.StreamResponse) -> None:
    world, component = place.world, place.component
    position: Event | None = reply.position
    while position is not None and not world.closed and raw.transport is not None and not raw.transport.is_closing():
        piece = component.on_stream(position, world.now)
        position = piece.position
        if piece.effects:
            world.perform(component, piece.effects)
        ends = position is None
        if piece.data or ends or not await world.change(IDLE_S):
            with world.aside():
                await response.write(piece.data or (b"" if ends else reply.idle))
