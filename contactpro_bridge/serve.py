"""The process: open what the settings name, serve until told to end, and close in order."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import aiohttp
import orjson
import sqlalchemy as sa
import structlog
from aiohttp import web
from obstore.exceptions import BaseError

from contactpro_bridge.app import Bridge, Parts, build
from contactpro_bridge.attachments.fetch import Fetcher
from contactpro_bridge.attachments.share import Share
from contactpro_bridge.clients.http import http_api_factory
from contactpro_bridge.jobs.dbos_engine import DbosEngine
from contactpro_bridge.jobs.lease import Lease
from contactpro_bridge.settings.report import ConfigError
from contactpro_bridge.settings.server import ServerSettings
from contactpro_bridge.store.database import Database
from contactpro_bridge.takeover import Takeover
from contactpro_bridge.tasks import Tasks

_log = structlog.get_logger(__name__)

_BACKLOG: Final = 512
_SWITCH_SECONDS: Final = 0.001


async def serve(settings: ServerSettings, *, die_with_parent: bool) -> None:
    """Serve until SIGTERM, SIGINT or, when asked for, the end of stdin."""
    listener = listen(settings.server.host, settings.server.port)
    port = listener.getsockname()[1]
    host = settings.server.host
    here = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    sys.setswitchinterval(_SWITCH_SECONDS)  # the store's thread gives the loop its turn sooner
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if die_with_parent:
        await _watch_stdin(ended)
    _make_folder(settings.storage.data_dir)
    async with contextlib.AsyncExitStack() as stack:
        bridge = await _open(settings, stack, settings.server.public_base_url or here)
        runner = web.AppRunner(
            bridge.app, access_log=None, handle_signals=False, shutdown_timeout=settings.server.shutdown_seconds
        )
        await runner.setup()
        stack.push_async_callback(_stop, bridge, runner)
        await web.SockSite(runner, listener, backlog=_BACKLOG).start()
        gc.collect()
        gc.freeze()
        sys.stdout.write(orjson.dumps({"ready": True, "url": here}).decode() + "\n")
        sys.stdout.flush()
        _log.info("serving", url=here, tenants=len(bridge.tenants.all()))
        await ended.wait()
        _log.info("ending")


async def _open(settings: ServerSettings, stack: contextlib.AsyncExitStack, own_url: str) -> Bridge:
    tasks = Tasks()
    stack.push_async_callback(tasks.close)
    db, lease = _open_database(settings)
    stack.callback(lease.release)
    with _own_errors(db.url.render_as_string(hide_password=True)):
        await db.start(tasks)
    stack.push_async_callback(db.close)
    session = await stack.enter_async_context(
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200, limit_per_host=100), trust_env=True)
    )
    fetcher = await stack.enter_async_context(Fetcher())
    engine = DbosEngine(db, lease, poll_s=settings.jobs.poll_milliseconds / 1000)
    bridge = build(
        Parts(
            settings=settings,
            db=db,
            share=_open_share(settings),
            make_api=http_api_factory(session),
            fetcher=fetcher,
            engine=engine,
            tasks=tasks,
            own_url=own_url,
            sender=lease.executor_id,
        )
    )
    await bridge.start()
    if not db.is_sqlite:
        tasks.spawn(Takeover(bridge, engine, lease).run(), "takeover")
    return bridge


async def _stop(bridge: Bridge, runner: web.AppRunner) -> None:
    """Close event streams and long polls, let requests finish, then end jobs."""
    bridge.hub.close()
    await runner.cleanup()
    await bridge.stop()


def _make_folder(folder: Path) -> None:
    """Make the data folder; raises ConfigError that names the option when it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        writable = os.access(folder, os.W_OK | os.X_OK)
        reason = "not writable"
    except OSError as problem:
        writable, reason = False, problem.strerror or str(problem)
    if not writable:
        raise ConfigError(
            f"[storage] data_dir = {str(folder)!r}: cannot be used ({reason}). Choose a folder this user may write to."
        )


def _open_database(settings: ServerSettings) -> tuple[Database, Lease]:
    """Connect; raises ConfigError that names the option, without the password, when the database cannot be had."""
    with _own_errors(sa.make_url(settings.storage.url).render_as_string(hide_password=True)):
        db = Database(settings.storage.url)
        lease = Lease(db, settings.storage.data_dir)
        lease.take()
    return db, lease


@contextlib.contextmanager
def _own_errors(shown_url: str) -> Iterator[None]:
    """Turn a database's errors into ConfigError."""
    try:
        yield
    except ImportError as problem:
        raise ConfigError(f"[storage] database_url: {problem}. Install psycopg[binary] for PostgreSQL.") from None
    except sa.exc.DBAPIError as problem:
        reason = str(problem.orig).splitlines()[0]
        raise ConfigError(
            f"[storage] database_url: cannot use {shown_url} ({reason}). Name a database that this user may use."
        ) from None


def _open_share(settings: ServerSettings) -> Share:
    """Open the share; raises ConfigError that names the option when there cannot be one."""
    url = settings.storage.share_url or str(settings.storage.data_dir / "share")
    try:
        return Share.from_url(url)
    except (OSError, ValueError, BaseError) as problem:
        reason = (str(problem).splitlines() or [type(problem).__name__])[0]
        raise ConfigError(
            f"[storage] share_url = {url!r}: cannot be used ({reason}). Choose a folder this user may write to, "
            "or s3://BUCKET/PREFIX."
        ) from None


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises ConfigError that names the option when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as problem:
        listener.close()
        raise ConfigError(
            f"[server] host = {host!r}, port = {port}: cannot listen there ({problem.strerror}). "
            "Choose another port with --port or [server] port; 0 takes a free one."
        ) from None
    listener.setblocking(False)  # noqa: FBT003 - the socket's own interface
    return listener


async def _watch_stdin(ended: asyncio.Event) -> None:
    """Set ``ended`` when stdin reaches its end: the parent is gone."""
    loop = asyncio.get_running_loop()

    class Watch(asyncio.Protocol):
        def connection_lost(self, _problem: Exception | None) -> None:
            ended.set()

        def eof_received(self) -> bool | None:
            ended.set()
            return None

    await loop.connect_read_pipe(Watch, sys.stdin)
