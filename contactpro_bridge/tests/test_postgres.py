"""Several bridge processes on one PostgreSQL; skipped where its server is not installed."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from contactpro_bridge.tests.process import BridgeProcess
from contactpro_bridge.tests.stage import Stage, inbound, texts
from contactpro_bridge.tests.stub_api import StubApi

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (shutil.which("initdb") and shutil.which("postgres")), reason="needs PostgreSQL's server"),
]


@pytest.fixture
def database_url() -> Iterator[str]:
    """Give a PostgreSQL of our own on a free port; its server refuses to run as root."""
    pytest.importorskip("psycopg")
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="bridge-pg-"))
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    make = ["initdb", "-D", str(data), "-A", "trust", "-U", "bridge", "-N"]
    subprocess.run(make, check=True, capture_output=True, user=user, cwd=folder)  # noqa: S603 - PostgreSQL's own command
    serve = ["postgres", "-D", str(data), "-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(serve, stdout=log, stderr=log, user=user, cwd=folder)  # noqa: S603 - as above
    yield f"postgresql+psycopg://bridge@127.0.0.1:{port}/postgres"
    server.send_signal(signal.SIGQUIT)
    server.wait(timeout=20)
    shutil.rmtree(folder)


class Two(Stage):
    """Everybody around two processes that share one database and one folder of files."""

    processes: list[BridgeProcess]

    def at(self, number: int) -> "Two":
        """Speak to one of them."""
        self.url = self.processes[number].url
        return self

    async def knows_all(self, number: int) -> bool:
        """Whether a process has read the tenant and, what is set last, its standing clock."""
        answer = await self.at(number).admin("GET", "/clock")
        return answer.status == 200 and answer.body["mode"] == "manual"


@pytest.fixture
async def two(tmp_path: Path, database_url: str) -> AsyncIterator[Two]:
    """Give two processes, one of them configured."""
    stage = Two(tmp_path, api=StubApi())
    await stage.api.start()
    storage = f'database_url = "{database_url}"\nshare_url = "file://{tmp_path}/share"\n'
    stage.processes = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        process = BridgeProcess(folder, storage=storage)
        stage.processes.append(process)
        await asyncio.to_thread(process.start)
    async with aiohttp.ClientSession() as stage.session:
        await stage.at(0).configure()
        async with asyncio.timeout(20):
            while not await stage.knows_all(1):
                pass  # the other process reads what has changed every few seconds
        yield stage
    for process in stage.processes:
        process.__exit__()
    await stage.api.stop()


async def test_two_processes_share_the_work_and_one_outlives_the_other(two: Two) -> None:
    """A callback that both get is one entry; what the killed one left is done by the other, once."""
    chat_id = await two.at(0).open_chat("0")
    callbacks = [inbound(str(number), seconds=number) for number in range(1, 20)]
    for callback in callbacks:
        answers = [await two.at(number).webhook(callback) for number in (0, 1)]
        assert [answer.status for answer in answers] == [200, 200]
    assert texts(await two.at(1).transcript(chat_id)) == [str(number) for number in range(20)]
    two.api.files["p.png"] = (b"\x89PNG\r\n\x1a\n" + b"\0" * 90, "image/png")
    await two.at(0).receive({"media_message": {"url": f"{two.api.url}/files/p.png"}}, seconds=30)
    await asyncio.to_thread(two.processes[0].kill)
    async with asyncio.timeout(30):
        while (await two.at(1).transcript(chat_id))[-1]["attachment"]["state"] != "stored":
            pass  # taken over within seconds
    assert (await two.at(1).say(chat_id, "still here")).status == 201
    assert two.api.texts() == ["still here"]
    assert await asyncio.to_thread(two.processes[1].end) == 0
