"""What operators see: health, readiness, metrics, housekeeping, shutdown."""

import os
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
import sqlalchemy as sa

from contactpro_bridge.chats.channels import CHANNELS
from contactpro_bridge.clock import DAY_US, wall_now_us
from contactpro_bridge.serve import listen
from contactpro_bridge.settings.report import ConfigError
from contactpro_bridge.store.tables import jobs, raw_events
from contactpro_bridge.tests.stage import Stage, soon, start_us
from contactpro_bridge.tests.stub_api import Failure


def leave_behind(file: Path) -> None:
    """Make a file that a crash left two days ago."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"x")
    long_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(file, (long_ago, long_ago))


async def test_health_and_readiness(stage: Stage) -> None:
    """Alive as long as it answers; ready while database and jobs work."""
    health = (await stage.call("GET", "/health")).body
    assert health == {"status": "ok", "version": version("bridgelab"), "channels": list(CHANNELS)}
    assert (await stage.call("GET", "/ready")).body == {"status": "ready", "database": True, "jobs": True}
    await stage.engine.stop()
    answer = await stage.call("GET", "/ready")
    assert (answer.status, answer.body["jobs"]) == (503, False)


async def test_metrics_count_and_name_no_customer(stage: Stage) -> None:
    """Tenants, triggers, results, routes: labels that cannot grow."""
    chat_id = await stage.open_chat()
    stage.api.send_failures.append(Failure(503))
    await stage.say(chat_id, "x")
    await stage.settle()
    for path in ("/nothing/here", "/agent/v1/chats/x"):
        await stage.call("GET", path)
    text = (await stage.call("GET", "/metrics")).raw.decode()
    for line in (
        'contactpro_webhooks_total{result="accepted",tenant="main",trigger="MESSAGE_INBOUND"} 1.0',
        'contactpro_sends_total{result="UNAVAILABLE",tenant="main"} 1.0',
        'contactpro_jobs{standing="waiting"} 1.0',
        'route="/agent/v1/chats/{chat_id}/messages",status="201"',
        'route="unknown",status="404"',
    ):
        assert line in text
    assert chat_id not in text
    assert "358401234567" not in text


async def test_unknown_addresses_and_methods_are_told_in_the_one_form(stage: Stage) -> None:
    """With the methods that are possible."""
    answer = await stage.call("GET", "/nothing")
    assert (answer.status, answer.code) == (404, "not_found")
    answer = await stage.call("DELETE", "/agent/v1/chats")
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET,HEAD,POST"


async def test_housekeeping_deletes_what_is_kept_no_longer(stage: Stage) -> None:
    """Old callbacks, old dead letters, and what crashes left on the share; nothing younger."""
    assert stage.bridge is not None
    await stage.receive("old")
    stage.api.file_failures.append(Failure(404))
    await stage.receive({"media_message": {"url": f"{stage.api.url}/files/x"}}, seconds=1)
    await stage.settle()
    leave_behind(stage.folder / "share" / ".staging" / "left")
    assert start_us() + 31 * DAY_US < wall_now_us()
    await stage.bridge.tidy()
    for table in (raw_events, jobs):
        query = sa.select(sa.func.count()).select_from(table)
        assert await stage.db.read(lambda conn, query=query: conn.execute(query).scalar_one()) == 0  # type: ignore[misc]
    assert stage.files() == []
    assert (await stage.chat())["state"] == "in_queue"


async def test_young_callbacks_stay(stage: Stage) -> None:
    """Thirty days by default."""
    assert stage.bridge is not None
    await stage.admin("PUT", "/clock", {"mode": "real"})
    await stage.call("POST", "/main/webhooks/sinch")
    await stage.db.write(
        lambda tx: tx.conn.execute(
            sa.insert(raw_events).values(
                tenant="main", service="s", dedup_key="k", kind="k", body=b"", received_us=wall_now_us() - 29 * DAY_US
            )
        )
    )
    await stage.bridge.tidy()
    assert await stage.db.read(lambda conn: conn.execute(sa.select(sa.func.count(raw_events.c.id))).scalar_one()) == 1


async def test_a_callback_that_would_still_be_believed_is_kept(stage: Stage) -> None:
    """Else its replay would happen a second time."""
    assert stage.bridge is not None
    await stage.configure(chat_settings={"webhook_max_age_seconds": 50 * 365 * 86_400})
    await stage.receive("old")
    await stage.bridge.tidy()
    assert await stage.db.read(lambda conn: conn.execute(sa.select(sa.func.count(raw_events.c.id))).scalar_one()) == 1


async def test_what_another_process_has_done_is_forgotten_here(stage: Stage) -> None:
    """Its job's row is gone; nothing here waits for it for ever."""
    assert stage.bridge is not None
    board = stage.bridge.jobs.board
    board.queued("0" * 32, "main", "send:x", "send x")
    assert board.busy("main")
    await stage.bridge.jobs.forget_done_elsewhere()
    assert not board.busy("main")


async def test_stopping_with_jobs_that_wait_loses_none(stage: Stage) -> None:
    """The next start takes them up where they were."""
    chat_id = await stage.open_chat()
    stage.api.send_failures.append(Failure(503))
    await stage.say(chat_id, "x")
    await stage.settle()
    await soon(stage.stop_bridge())
    await stage.start_bridge()
    assert stage.bridge is not None
    assert len(stage.bridge.jobs.board.waits("main")) == 1


def test_a_port_in_use_names_the_option() -> None:
    """And the way out."""
    taken = listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    with pytest.raises(ConfigError, match=rf"port = {port}.*--port"):
        listen("127.0.0.1", port)
    taken.close()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1"])
def test_an_address_that_is_not_ours_names_the_option(host: str) -> None:
    """Not a traceback."""
    with pytest.raises(ConfigError, match="host = "):
        listen(host, 0)
