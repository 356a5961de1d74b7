"""The bridge as its own process, with its durable queue: killed, restarted, ended in order."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from contactpro_bridge.tests.process import BridgeProcess, run_command
from contactpro_bridge.tests.stage import AGENT_TOKEN, Stage, inbound, soon, texts
from contactpro_bridge.tests.stub_api import Failure, StubApi

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


class Outside(Stage):
    """Everybody around a bridge that is a process of its own."""

    process: BridgeProcess

    async def restart(self) -> None:
        """Kill it with -9 and start it again."""
        self.process.kill()
        await asyncio.to_thread(self.process.start)


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    """Give a configured bridge process."""
    stage = Outside(tmp_path, api=StubApi())
    await stage.api.start()
    stage.process = BridgeProcess(tmp_path)
    await asyncio.to_thread(stage.process.start)
    stage.url = stage.process.url
    async with aiohttp.ClientSession() as stage.session:
        await stage.configure()
        yield stage
    stage.process.__exit__()
    await stage.api.stop()


def photo(stage: Stage) -> dict[str, Any]:
    """Return a media message."""
    stage.api.files["p.png"] = (PNG, "image/png")
    return {"media_message": {"url": f"{stage.api.url}/files/p.png"}}


async def test_kill_9_loses_nothing_that_was_acknowledged_and_doubles_nothing(outside: Outside) -> None:
    """Two kills under load; the vendor delivers again what was not acknowledged, and some of what was."""
    callbacks = [inbound(str(number), identity=f"100{number % 5}", seconds=number) for number in range(120)]
    acknowledged: set[int] = set()

    async def deliver(number: int) -> None:
        try:
            answer = await outside.webhook(callbacks[number])
        except aiohttp.ClientError:
            return
        if answer.status == 200:
            acknowledged.add(number)

    for part in range(2):
        sending = [asyncio.ensure_future(deliver(n)) for n in range(part * 60, part * 60 + 60)]  # noqa: TID251 - killed half-way
        await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
        await outside.restart()
        await asyncio.gather(*sending)
        kept = {text for chat in await outside.chats() for text in texts(await outside.transcript(chat["id"]))}
        assert {str(number) for number in acknowledged} <= kept
    for number in range(120):
        await outside.webhook(callbacks[number])
    chats = await outside.chats()
    shown = {chat["identity"]: texts(await outside.transcript(chat["id"])) for chat in chats}
    assert shown == {f"100{n}": [str(number) for number in range(120) if number % 5 == n] for n in range(5)}


async def test_what_waited_is_done_once_after_kill_9(outside: Outside) -> None:
    """Pending files are fetched; messages are sent in order, one of them after asking; dead letters can be replayed."""
    chat_id = await outside.open_chat()
    outside.api.file_failures += [Failure(503), Failure(404)]
    await outside.receive(photo(outside), seconds=1)
    await outside.settle()
    await outside.receive(photo(outside), seconds=2, identity="1001")
    outside.api.send_failures += [Failure(502, after_doing=True), Failure(503)]
    await outside.say(chat_id, "first")
    await outside.say(chat_id, "second")
    await outside.settle()
    await outside.restart()
    await outside.advance(60)
    entries = await outside.transcript(chat_id)
    assert [entry["delivery"]["state"] for entry in entries if entry["direction"] == "out"] == ["sent", "sent"]
    assert outside.api.texts() == ["first", "second"]
    (file,) = [entry["attachment"] for entry in entries if entry["attachment"]]
    assert file["state"] == "stored"
    assert (await outside.agent("GET", f"attachments/{file['id']}")).raw == PNG
    (letter,) = (await outside.admin("GET", "/dead-letters")).body["dead_letters"]
    assert (await outside.admin("POST", f"/dead-letters/{letter['id']}:replay")).status == 204
    await outside.settle()
    (other,) = [chat for chat in await outside.chats() if chat["identity"] == "1001"]
    assert (await outside.transcript(other["id"]))[0]["attachment"]["state"] == "stored"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
async def test_it_ends_in_order_although_clients_wait(outside: Outside, number: int) -> None:
    """Long polls and streams are ended, well before requests are cut off; exit code 0, and no error is logged."""
    chat_id = await outside.open_chat()
    headers = {"Authorization": f"Bearer {AGENT_TOKEN}"}
    async with (
        outside.session.ws_connect(f"{outside.url}/agent/v1/events", headers=headers) as socket,
        outside.session.get(f"{outside.url}/agent/v1/me", headers=headers),
        asyncio.TaskGroup() as group,
    ):
        poll = group.create_task(outside.agent("GET", f"chats/{chat_id}/transcript?after=99&wait=30"))
        await outside.say(chat_id, "x")
        await soon(socket.receive())
        code = await asyncio.to_thread(outside.process.end, number)
        assert code == 0
        assert (await soon(poll)).status == 200
    assert '"level": "error"' not in outside.process.logged()


async def test_a_second_bridge_on_the_same_data_is_refused(outside: Outside) -> None:
    """With the folder and the way out."""
    config = outside.folder / "second.toml"
    config.write_text("[server]\nport = 0\n", encoding="utf-8")
    second = await asyncio.to_thread(run_command, "--config", str(config), folder=outside.folder)
    assert (second.returncode, second.stdout) == (2, "")
    assert "data_dir" in second.stderr
    assert "Traceback" not in second.stderr


async def test_the_queues_rows_are_cleaned(outside: Outside) -> None:
    """Successes of more than a day ago; the housekeeping asks for it."""
    await outside.receive(photo(outside))
    await outside.settle()
    await asyncio.to_thread(outside.process.end)
    assert _age_rows(outside.folder) >= 1
    await asyncio.to_thread(_tidy, outside.folder)
    assert _age_rows(outside.folder) == 0


def _age_rows(folder: Path) -> int:
    """Let every row of the queue have ended long ago; return how many there are."""
    database = sqlite3.connect(folder / "data" / "bridge.db")
    with database:
        rows = database.execute("UPDATE workflow_status SET completed_at = 1, created_at = 1, updated_at = 1").rowcount
    database.close()
    return rows


def _tidy(folder: Path) -> None:
    """Start the queue alone on the data of a bridge that has ended, and let it tidy."""
    from contactpro_bridge.jobs.dbos_engine import DbosEngine  # noqa: PLC0415 - see above
    from contactpro_bridge.jobs.lease import Lease  # noqa: PLC0415 - see above
    from contactpro_bridge.store.database import Database  # noqa: PLC0415 - see above
    from contactpro_bridge.tasks import Tasks  # noqa: PLC0415 - see above

    async def ignore(_job_id: str) -> None:
        """Do nothing."""

    async def run() -> None:
        tasks, db = Tasks(), Database(f"sqlite:///{folder / 'data' / 'bridge.db'}")
        lease = Lease(db, folder / "data")
        lease.take()
        await db.start(tasks)
        engine = DbosEngine(db, lease, poll_s=0.02)
        await engine.start(ignore)
        await engine.tidy(0)
        await engine.stop()
        await db.close()
        lease.release()
        await tasks.close()

    asyncio.run(run())
