"""Who is told of changes, and what bounds what waits for them."""

from typing import Any

import orjson
import pytest

from contactpro_bridge.chats.hub import STREAM_BYTES, STREAM_LIMIT, Hub, Renderer, Stream
from contactpro_bridge.ids import ChatId, TenantId
from contactpro_bridge.store.chats import Chat

TENANT = TenantId("main")


def chat(number: int = 1) -> Chat:
    """Return some chat."""
    return Chat(ChatId(f"{number:032X}"), TENANT, "sinch", "APP", "SMS", "1", "in_queue", 0)


def everything(_chat: Chat) -> bool:
    """Want every chat."""
    return True


def nothing(_chat: Chat) -> bool:
    """Want no chat."""
    return False


def without_text(event: dict[str, Any]) -> bytes:
    """Render an event without its text."""
    return orjson.dumps({**event, "text": None})


async def test_a_stream_gets_what_its_agent_may_see() -> None:
    """Chats of others, and other tenants' chats, are not pushed."""
    hub = Hub()
    mine, other, blind = Stream(TENANT, everything), Stream(TenantId("other"), everything), Stream(TENANT, nothing)
    for stream in (mine, other, blind):
        hub.join(stream)
    hub.changed(chat(), [{"event": "entry"}])
    for stream in (mine, other, blind):
        stream.close()
    assert [await mine.next(), await mine.next()] == [b'{"event":"entry"}', None]
    assert [await other.next(), await blind.next()] == [None, None]


async def test_rendering_is_asked_for_every_message() -> None:
    """A right that is taken away while a stream is open shows at once."""
    hub = Hub()
    renderers: list[Renderer] = [orjson.dumps, without_text]
    stream = Stream(TENANT, everything, lambda: renderers.pop(0))
    hub.join(stream)
    for _ in range(2):
        hub.changed(chat(), [{"text": "x"}])
    assert [await stream.next(), await stream.next()] == [b'{"text":"x"}', b'{"text":null}']


@pytest.mark.parametrize(("count", "size"), [(STREAM_LIMIT + 1, 1), (5, STREAM_BYTES // 4)], ids=["number", "bytes"])
async def test_a_stream_that_does_not_keep_up_is_over_and_holds_nothing(count: int, size: int) -> None:
    """What waits for a slow reader is bounded in number and in bytes."""
    stream = Stream(TENANT, everything)
    for _ in range(count):
        stream.push(b"x" * size)
    assert stream.overflowed
    assert await stream.next() is None


async def test_a_reader_that_keeps_up_is_never_cut_off() -> None:
    """The bound is on what waits, not on what passes."""
    stream = Stream(TENANT, everything)
    for _ in range(8):
        stream.push(b"x" * (STREAM_BYTES // 2))
        await stream.next()
    assert not stream.overflowed


async def test_a_watch_hears_of_its_chat_only() -> None:
    """Long polls wake for their own chat, and leave nothing behind."""
    hub = Hub()
    with hub.watch(chat(1).id) as first, hub.watch(chat(2).id) as second:
        hub.changed(chat(1), [])
        assert (first.done(), second.done()) == (True, False)
    assert not hub._waiting


async def test_closing_ends_waits_and_streams() -> None:
    """At shutdown nobody is left waiting."""
    hub = Hub()
    stream = Stream(TENANT, everything)
    hub.join(stream)
    with hub.watch(chat().id) as waiting:
        hub.close()
        assert waiting.done()
    assert hub.closed
    assert await stream.next() is None
    hub.leave(stream)
    assert hub.streams() == 0
