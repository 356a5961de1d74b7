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


@dataclass(eq=False)
class Stream:
    """One agent's event stream: what is still to be sent."""

    tenant: TenantId
    wants: Callable[[Chat], bool]
    render: Callable[[dict[str, Any]], bytes] = orjson.dumps
    queue: "asyncio.Queue[bytes | None]" = field(default_factory=lambda: asyncio.Queue(STREAM_LIMIT))
    overflowed: bool = False

    def push(self, message: bytes) -> None:
        """Add a message; when there is no room the stream is over."""
        if self.overflowed:
            return
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.overflowed = True

    def close(self) -> None:
        """Let the stream end after what is queued."""
        if not self.queue.full():
            self.queue.put_nowait(None)
        else:
            self.overflowed = True


class Hub:
    """Tells the waiting."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._streams: dict[str, set[Stream]] = {}

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
        listeners = [stream for stream in self._streams.get(chat.tenant, ()) if stream.wants(chat)]
        for message in messages:
            rendered: dict[Callable[[dict[str, Any]], bytes], bytes] = {}
            for stream in listeners:
                if stream.render not in rendered:
                    rendered[stream.render] = stream.render(message)
                stream.push(rendered[stream.render])

    def woken(self, chat_id: str) -> None:
        """Wake those who wait for a chat that changed in another process."""
        for waiting in self._waiting.pop(chat_id, ()):
            if not waiting.done():
                waiting.set_result(None)

    def close(self) -> None:
        """End every stream and every wait."""
        for chat_id in list(self._waiting):
            self.woken(chat_id)
        for streams in list(self._streams.values()):
            for stream in list(streams):
                stream.close()

    def streams(self) -> int:
        """Return how many streams are open."""
        return sum(len(streams) for streams in self._streams.values())
