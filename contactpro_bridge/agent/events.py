"""The event stream: a WebSocket that tells an agent of every chat and entry they may see, as it is committed.

Nothing is repeated: a client that was away reads transcripts from the revision it knows. A client that does not keep up
is closed (1013) and does the same.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiohttp import WSCloseCode, WSMsgType, hdrs, web

from contactpro_bridge.agent.access import SUBPROTOCOL, bearer_token, may_see, unauthenticated
from contactpro_bridge.chats.hub import Hub, Renderer, Stream
from contactpro_bridge.errors import Refusal, missing_right
from contactpro_bridge.metrics import Metrics
from contactpro_bridge.store.chats import Chat
from contactpro_bridge.tasks import Tasks
from contactpro_bridge.tenants import Tenants

MAX_INCOMING: Final = 4096
HEARTBEAT_SECONDS: Final = 30.0


@dataclass(frozen=True)
class EventRoutes:
    """The route /agent/v1/events."""

    hub: Hub
    tenants: Tenants
    tasks: Tasks
    metrics: Metrics
    limit: int

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/agent/v1/events", self.stream)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Serve one stream until either side ends it."""
        offered = [part.strip() for part in request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "").split(",")]
        chosen = next((part for part in offered if part.startswith(SUBPROTOCOL)), None)
        token = bearer_token(request) or (chosen or "").removeprefix(SUBPROTOCOL)
        caller = self.tenants.caller(token) if token else None
        if caller is None:
            raise unauthenticated()
        if not caller.may("chats"):
            raise missing_right("chats")
        if self.hub.closed or self.hub.streams() >= self.limit:
            raise Refusal(
                503, "too_many_streams", "There are too many event streams.", "Close one, or try again later."
            )
        socket = web.WebSocketResponse(
            protocols=[chosen] if chosen else (), max_msg_size=MAX_INCOMING, heartbeat=HEARTBEAT_SECONDS
        )
        if not socket.can_prepare(request):
            raise Refusal(
                426, "websocket_expected", "This address speaks WebSocket.", "Connect with a WebSocket client."
            )
        await socket.prepare(request)
        owner = _Owner(self.tenants, token)
        stream = Stream(caller.tenant.id, owner.sees, owner.rendering)
        self.hub.join(stream)
        self.metrics.streams.inc()
        sender = self.tasks.spawn(_send(socket, stream), "event-stream")
        try:
            async for message in socket:
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    break
        finally:
            self.hub.leave(stream)
            self.metrics.streams.dec()
            if not stream.ending:
                sender.cancel()
            await asyncio.wait({sender})  # who ends a stream says why, and is not cut off while saying it
        return socket


class _Owner:
    """Who reads a stream. Asked anew each time what they may see: rights and tokens change."""

    def __init__(self, tenants: Tenants, token: str) -> None:
        self._tenants = tenants
        self._token = token

    def rendering(self) -> Renderer:
        """Return how the owner is shown an event."""
        caller = self._tenants.caller(self._token)
        return render_all if caller is not None and caller.may("files") else render_without_links

    def sees(self, chat: Chat) -> bool:
        """Say whether the owner may see a chat."""
        caller = self._tenants.caller(self._token)
        return caller is not None and caller.tenant.id == chat.tenant and caller.may("chats") and may_see(caller, chat)


async def _send(socket: web.WebSocketResponse, stream: Stream) -> None:
    """Send what is pushed; close when the client does not keep up, or the bridge ends."""
    while True:
        message = await stream.next()
        stream.ending = message is None
        if stream.overflowed:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow: read the transcripts again")
            return
        if message is None:
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the bridge ends")
            return
        try:
            await socket.send_str(message.decode())
        except ConnectionError:
            return


def render_all(message: dict[str, Any]) -> bytes:
    """Render an event for agents with the right to files."""
    return orjson.dumps(message)


def render_without_links(message: dict[str, Any]) -> bytes:
    """Render an event without public links."""
    entry = message.get("entry")
    if entry is not None and entry["attachment"] is not None:
        message = {**message, "entry": {**entry, "attachment": {**entry["attachment"], "public_url": None}}}
    return orjson.dumps(message)
