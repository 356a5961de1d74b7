"""Webhooks and the store: what is promised by 200, and what is said when nothing can be stored."""

import orjson
import pytest
import sqlalchemy as sa
from aiohttp import web

from contactpro_bridge.agent.web_json import read_bounded
from contactpro_bridge.chats.attached import NO_ROOM
from contactpro_bridge.ids import TenantId
from contactpro_bridge.intake import server as webhook_server
from contactpro_bridge.store.tables import entries, raw_events
from contactpro_bridge.tests.stage import Stage, inbound


async def stored(stage: Stage) -> tuple[int, int]:
    """Return how many callbacks and entries are stored."""
    count = sa.select(
        sa.select(sa.func.count()).select_from(raw_events).scalar_subquery(),
        sa.select(sa.func.count()).select_from(entries).scalar_subquery(),
    )
    row = await stage.db.read(lambda conn: conn.execute(count).one())
    return row[0], row[1]


async def test_200_comes_after_the_commit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """When storing fails, the vendor is told, and delivers again."""
    callback = inbound()

    def fail(*_args: object) -> bool:
        raise OSError("disk full")

    monkeypatch.setattr(webhook_server, "apply_callback", fail)
    answer = await stage.webhook(callback)
    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"disk full" not in answer.raw
    monkeypatch.undo()
    assert (await stage.webhook(callback)).status == 200
    assert await stored(stage) == (1, 1)


async def test_a_database_that_is_away_is_503(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its trouble is no defect of ours, and is not told in detail."""

    def fail(*_args: object) -> bool:
        raise sa.exc.OperationalError("INSERT", {}, OSError("database or disk is full"))

    monkeypatch.setattr(webhook_server, "apply_callback", fail)
    answer = await stage.webhook(inbound())
    assert (answer.status, answer.code) == (503, "database_unavailable")
    assert b"disk" not in answer.raw


async def test_more_than_can_be_stored_is_503(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer's queue is bounded; the vendor delivers again."""
    monkeypatch.setattr(webhook_server, "MAX_BACKLOG", -1)
    answer = await stage.webhook(inbound())
    assert (answer.status, answer.code) == (503, "overloaded")


async def test_a_callback_that_arrives_while_its_tenant_is_deleted_leaves_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows would come back with the next tenant of that name."""

    async def delete_meanwhile(request: web.Request, max_bytes: int) -> bytes:
        assert stage.bridge is not None
        await stage.bridge.tenants.delete(TenantId(stage.tenant))
        return await read_bounded(request, max_bytes)

    monkeypatch.setattr(webhook_server, "read_bounded", delete_meanwhile)
    answer = await stage.webhook(inbound())
    assert (answer.status, answer.code) == (404, "not_found")
    assert await stored(stage) == (0, 0)


async def test_attached_data_that_finds_no_room_is_told(stage: Stage) -> None:
    """A customer who sends ever new keys does not make the list of chats ever larger."""
    for number in range(3):
        values = {f"k{number}_{key}": "x" * 4000 for key in range(15)}
        await stage.receive("m", metadata=orjson.dumps(values).decode(), seconds=number)
    chat = await stage.chat()
    assert 15 <= len(chat["attached_data"]) < 20
    assert {"key": "k2_0", "problem": NO_ROOM} in chat["attached_data_problems"]
    assert len(await stage.transcript(chat["id"])) == 3
