"""Who wants to hear of changes: long polls waiting for a chat, and event streams of a tenant's agents.

In memory, in one process; called after a commit. A stream that does not keep up is closed, and its reader starts anew.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contactpro_bridge.ids import TenantId
from contactpro_bridge.store.chats import Chat

STREAM_LIMIT: Final = 2000
STREAM_BYTES: Final = 4 * 1024 * 1024

Renderer = Callable[[dict[str, Any]], bytes]


@dataclass(eq=False)
class Stream:
    """One agent's event stream: what is still to be sent."""

    tenant: TenantId
    wants: Callable[[Chat], bool]
    rendering: Callable[[], Renderer] = lambda: orjson.dumps
    """Says, for each message anew, how its agent is shown it: rights change."""
    overflowed: bool = False
    ending: bool = False
    """Whether the reader is being told that the stream is over."""
    _queue: "asyncio.Queue[bytes | None]" = field(default_factory=asyncio.Queue)
    _bytes: int = 0

    def push(self, message: bytes) -> None:
        """Add a message; when there is no room, what waits is dropped and the stream is over."""
        if self.overflowed:
            return
        if self._queue.qsize() >= STREAM_LIMIT or self._bytes + len(message) > STREAM_BYTES:
            self._overflow()
            return
        self._bytes += len(message)
        self._queue.put_nowait(message)

    async def next(self) -> bytes | None:
        """Return the next message, None when the stream is over."""
        message = await self._queue.get()
        self._bytes -= len(message or b"")
        return message

    def close(self) -> None:
        """Let the stream end after what is queued."""
        self._queue.put_nowait(None)

    def _overflow(self) -> None:
        self.overflowed = True
        self._bytes = 0
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)


class Hub:
    """Tells the waiting."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._streams: dict[str, set[Stream]] = {}
        self.closed = False

    @contextmanager
    def watch(self, chat_id: str) -> Iterator["asyncio.Future[None]"]:
        """Give a future that is done when the chat changes; begun before reading, no change is missed."""
        changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(chat_id, set()).add(changed)
        try:
            yield changed
        finally:
            waiting = self._waiting.get(chat_id, set())
            waiting.discard(changed)
            if not waiting:
                self._waiting.pop(chat_id, None)

    def join(self, stream: Stream) -> None:
        """Let a stream hear of its tenant's changes."""
        self._streams.setdefault(stream.tenant, set()).add(stream)

    def leave(self, stream: Stream) -> None:
        """Stop telling a stream."""
        streams = self._streams.get(stream.tenant, set())
        streams.discard(stream)
        if not streams:
            self._streams.pop(stream.tenant, None)

    def changed(self, chat: Chat, messages: list[dict[str, Any]]) -> None:
        """Wake everybody who waits for ``chat`` and push ``messages`` to the streams that may see it."""
        self.woken(chat.id)
        listeners = [(s, s.rendering()) for s in self._streams.get(chat.tenant, ()) if s.wants(chat)]
        for message in messages:
            rendered: dict[Renderer, bytes] = {}
            for stream, render in listeners:
                if render not in rendered:
                    rendered[render] = render(message)
                stream.push(rendered[render])

    def woken(self, chat_id: str) -> None:
        """Wake those who wait for a chat; they read what changed."""
        for waiting in self._waiting.pop(chat_id, ()):
            if not waiting.done():
                waiting.set_result(None)

    def close(self) -> None:
        """End every stream and every wait, also those that only begin."""
        self.closed = True
        for chat_id in list(self._waiting):
            self.woken(chat_id)
        for tenant in list(self._streams):
            self.close_tenant(tenant)

    def close_tenant(self, tenant: str) -> None:
        """End every stream of a tenant."""
        for stream in list(self._streams.get(tenant, ())):
            stream.close()

    def streams(self) -> int:
        """Return how many streams are open."""
        return sum(len(streams) for streams in self._streams.values())
