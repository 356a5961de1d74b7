"""A bridge on a real loopback port with a stub Conversation API, and the people around it: vendor, agent, operator."""

import asyncio
import io
import itertools
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

import aiohttp
import orjson
import sqlalchemy as sa
from aiohttp import web

from contactpro_bridge.app import Bridge, Parts, build
from contactpro_bridge.attachments.fetch import Fetcher
from contactpro_bridge.attachments.share import Share
from contactpro_bridge.clients.http import http_api_factory
from contactpro_bridge.clock import SECOND_US, parse_rfc3339, render_rfc3339
from contactpro_bridge.intake.signature import ALGORITHM, NONCE, SIGNATURE, TIMESTAMP, sign
from contactpro_bridge.jobs.memory_engine import MemoryEngine
from contactpro_bridge.serve import listen
from contactpro_bridge.settings.server import AdminSettings, JobSettings, LabSettings, ListenSettings, ServerSettings
from contactpro_bridge.store.database import Database
from contactpro_bridge.store.migrate import migrate
from contactpro_bridge.tasks import Tasks
from contactpro_bridge.tests.stub_api import APP_ID, KEY_ID, KEY_SECRET, StubApi

ADMIN_TOKEN = "admin-token-of-the-tests"
AGENT_TOKEN = "agent-token-of-the-tests"
OTHER_TOKEN = "other-token-of-the-tests"
SECRET = "foo_secret1234"
START = "2026-01-01T12:00:00.000000Z"
ALL_RIGHTS = ["chats", "files", "consents:view", "consents:edit", "templates:view"]
PHONE = "358401234567"
CONTACT = "01CONTACT0000000000000000A"
CONVERSATION = "01CONVERSATION000000000000"

_counter = itertools.count(1)


def start_us() -> int:
    """Return the moment at which every stage's clock stands at first."""
    moment = parse_rfc3339(START)
    assert moment is not None
    return moment


def at(seconds: float) -> str:
    """Return the time ``seconds`` after the start, as the API writes it."""
    return render_rfc3339(start_us() + int(seconds * SECOND_US))


def message_id() -> str:
    """Return a fresh message id, a ULID greater than all before it."""
    return f"01MESSAGE{next(_counter):017d}"


def inbound(
    content: Any = "Hello",
    *,
    channel: str = "WHATSAPP",
    identity: str = PHONE,
    seconds: float = 0,
    contact: str = CONTACT,
    **message: Any,
) -> dict[str, Any]:
    """Return a MESSAGE_INBOUND callback; a text may be given instead of a whole contact_message."""
    envelope_metadata = message.pop("message_metadata", "")
    app_id = message.pop("app_id", APP_ID)
    return {
        "app_id": app_id,
        "project_id": "p",
        "accepted_time": at(seconds),
        "event_time": at(seconds),
        "message_metadata": envelope_metadata,
        "message": {
            "id": message_id(),
            "direction": "TO_APP",
            "contact_message": {"text_message": {"text": content}} if isinstance(content, str) else content,
            "channel_identity": {"channel": channel, "identity": identity, "app_id": ""},
            "conversation_id": CONVERSATION,
            "contact_id": contact,
            "metadata": "",
            "accept_time": at(seconds),
            "processing_mode": "CONVERSATION",
            **message,
        },
    }


def receipt(mt_id: str, status: str, **report: Any) -> dict[str, Any]:
    """Return a MESSAGE_DELIVERY callback."""
    identity = {"channel": "WHATSAPP", "identity": PHONE, "app_id": ""}
    part = {"message_id": mt_id, "status": status, "channel_identity": identity, "metadata": "", **report}
    return {"app_id": APP_ID, "accepted_time": at(0), "message_metadata": "", "message_delivery_report": part}


@cache
def new_database() -> bytes:
    """Return a SQLite file with all tables; made once, because migrating takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "new.db")
        engine = sa.create_engine(f"sqlite:///{path}")
        with engine.begin() as conn:
            migrate(conn)
        engine.dispose()
        return path.read_bytes()


@cache
def compiler() -> sa.Engine:
    """Return the engine whose compiled statements all stages share."""
    engine = sa.create_engine("sqlite://", query_cache_size=2000)
    engine.connect().close()
    return engine


def _do_not_wait_for_the_disk(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@dataclass
class Answer:
    """An HTTP answer, read."""

    status: int
    body: Any
    headers: dict[str, str]
    raw: bytes

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.body["error"]["code"])


@dataclass
class Stage:
    """The bridge and those around it."""

    folder: Path
    api: StubApi = field(default_factory=StubApi)
    lab: bool = True
    max_websockets: int = 3
    max_downloads: int = 2
    bridge: Bridge | None = None
    url: str = ""
    tenant: str = "main"

    async def __aenter__(self) -> Self:
        """Start stub and bridge."""
        await self.api.start()
        await self.start_bridge()
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Stop both."""
        await self.stop_bridge()
        await self.api.stop()

    async def start_bridge(self) -> None:
        """Start the bridge on the stage's folder."""
        self.tasks = Tasks()
        if not (file := self.folder / "bridge.db").exists():
            file.write_bytes(new_database())
        self.db = Database(f"sqlite:///{file}")
        for engine in {self.db.engine, self.db._reader_engine}:
            sa.event.listen(engine, "connect", _do_not_wait_for_the_disk)
            # Compiled statements are kept per dialect and engine; compiling them anew would be most of a test's time.
            engine.dialect, engine._compiled_cache = compiler().dialect, compiler()._compiled_cache
        await self.db.start(self.tasks)
        self.session = aiohttp.ClientSession()
        self.fetcher = Fetcher()
        await self.fetcher.__aenter__()
        self.share = Share.local(self.folder / "share")
        self.engine = MemoryEngine(self.tasks)
        socket = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        settings = ServerSettings(
            server=ListenSettings(max_websockets=self.max_websockets),
            admin=AdminSettings(token=ADMIN_TOKEN),
            jobs=JobSettings(max_downloads=self.max_downloads),
            lab=LabSettings(allow_clock_control=self.lab),
        )
        parts = Parts(
            settings=settings,
            db=self.db,
            share=self.share,
            make_api=http_api_factory(self.session),
            fetcher=self.fetcher,
            engine=self.engine,
            tasks=self.tasks,
            own_url=self.url,
        )
        self.bridge = build(parts)
        await self.bridge.start()
        self.runner = web.AppRunner(self.bridge.app, access_log=None, shutdown_timeout=1)
        await self.runner.setup()
        await web.SockSite(self.runner, socket).start()

    async def stop_bridge(self) -> None:
        """Stop the bridge in order, as the process does."""
        assert self.bridge is not None
        self.bridge.hub.close()
        await self.runner.cleanup()
        await self.bridge.stop()
        await self.fetcher.__aexit__(None, None, None)
        await self.session.close()
        await self.db.close()
        await self.tasks.close()

    def files(self) -> list[Path]:
        """Return what is on the share, unfinished files too."""
        return [path for path in (self.folder / "share").rglob("*") if path.is_file()]

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str = "", data: Any = None, **headers: str
    ) -> Answer:
        """Make one request to the bridge."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            data, headers["Content-Type"] = orjson.dumps(body), "application/json"
        async with self.session.request(method, self.url + path, data=data, headers=headers) as answer:
            raw = await answer.read()
            decoded = orjson.loads(raw) if answer.content_type == "application/json" and raw else None
            return Answer(answer.status, decoded, dict(answer.headers), raw)

    async def admin(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask as the operator."""
        return await self.call(method, f"/admin/v1/tenants/{self.tenant}{path}", body, token=ADMIN_TOKEN)

    async def agent(self, method: str, path: str, body: Any = None, *, token: str = AGENT_TOKEN) -> Answer:
        """Ask as the agent."""
        return await self.call(method, f"/agent/v1/{path}", body, token=token)

    def tenant_body(self, **changes: Any) -> dict[str, Any]:
        """Return the settings of the stage's tenant."""
        return {
            "services": [
                {
                    "name": "sinch",
                    "service_connection": self.api.service_connection,
                    "token_url": f"{self.api.url}/oauth2/token",
                    "key_id": KEY_ID,
                    "key_secret": KEY_SECRET,
                    "app_id": APP_ID,
                    "webhook_secret": SECRET,
                }
            ],
            "queues": [{"name": "General", "address": "chat.queue@bridge.example"}, {"name": "Other"}],
            "routes": [],
            "catch_all_queue": "General",
            "agents": [
                {
                    "id": "AGENT1",
                    "name": "Agent One",
                    "token": AGENT_TOKEN,
                    "rights": ALL_RIGHTS,
                    "queues": ["General"],
                },
                {"id": "AGENT2", "name": "Agent Two", "token": OTHER_TOKEN, "rights": ["chats"], "queues": ["Other"]},
            ],
            "chat_settings": {},
            "allow_internal_hosts": ["127.0.0.1"],
            **changes,
        }

    async def configure(self, **changes: Any) -> Answer:
        """Create the tenant, its clock standing still."""
        answer = await self.admin("PUT", "", self.tenant_body(**changes))
        assert answer.status == 200, answer.body
        stopped = await self.admin("PUT", "/clock", {"mode": "manual", "now": START})
        assert stopped.status == 200, stopped.body
        return answer

    async def advance(self, seconds: float) -> Answer:
        """Move the tenant's clock."""
        answer = await self.admin("POST", "/clock:advance", {"seconds": seconds})
        assert answer.status == 200, answer.body
        return answer

    async def settle(self) -> None:
        """Wait until nothing runs."""
        answer = await self.admin("POST", ":settle", {"timeout_seconds": 10})
        assert answer.body["settled"], answer.body

    async def webhook(self, callback: Any, *, secret: str = SECRET, nonce: str = "01NONCE", age: float = 0) -> Answer:
        """Deliver a callback, signed."""
        body = callback if isinstance(callback, bytes) else orjson.dumps(callback)
        timestamp = str(start_us() // SECOND_US - int(age))
        headers = {
            SIGNATURE: sign(secret, body, nonce, timestamp),
            NONCE: nonce,
            TIMESTAMP: timestamp,
            ALGORITHM: "HmacSHA256",
            "Content-Type": "application/json",
        }
        return await self.call("POST", f"/{self.tenant}/webhooks/sinch", data=io.BytesIO(body), **headers)

    async def receive(self, content: Any = "Hello", **parts: Any) -> dict[str, Any]:
        """Let a customer's message arrive; return the callback."""
        callback = inbound(content, **parts)
        answer = await self.webhook(callback)
        assert answer.status == 200, answer.raw
        return callback

    async def chats(self, query: str = "", *, token: str = AGENT_TOKEN) -> list[dict[str, Any]]:
        """Return the chats an agent sees."""
        answer = await self.agent("GET", f"chats{query}", token=token)
        assert answer.status == 200, answer.body
        return list(answer.body["chats"])

    async def chat(self) -> dict[str, Any]:
        """Return the only chat."""
        (chat,) = await self.chats()
        return chat

    async def open_chat(self, content: Any = "Hello", **parts: Any) -> str:
        """Let a customer write and the agent take the chat; return its id."""
        await self.receive(content, **parts)
        chat = (await self.chats("?state=in_queue"))[-1]
        answer = await self.agent("POST", f"chats/{chat['id']}:accept", {})
        assert answer.status == 200, answer.body
        return str(chat["id"])

    async def transcript(self, chat_id: str, query: str = "?after=0", **how: Any) -> list[dict[str, Any]]:
        """Return a transcript's entries."""
        answer = await self.agent("GET", f"chats/{chat_id}/transcript{query}", **how)
        assert answer.status == 200, answer.body
        return list(answer.body["entries"])

    async def say(self, chat_id: str, body: Any) -> Answer:
        """Let the agent send; a text may be given instead of a body."""
        return await self.agent("POST", f"chats/{chat_id}/messages", {"text": body} if isinstance(body, str) else body)

    async def upload(self, name: str, mime: str, data: bytes, *, token: str = AGENT_TOKEN) -> Answer:
        """Let the agent upload a file."""
        headers = {"Content-Type": mime}
        return await self.call("POST", f"/agent/v1/attachments?filename={name}", data=data, token=token, **headers)


def texts(entries: list[dict[str, Any]], direction: str = "in") -> list[str | None]:
    """Return the texts of one direction, in order."""
    return [entry["text"] for entry in entries if entry["direction"] == direction]


async def soon(awaitable: Any) -> Any:
    """Wait for something that must come at once, with a bound."""
    async with asyncio.timeout(10):
        return await awaitable
