"""A tiny Conversation API on loopback, for tests: tokens, send, contacts, the list of messages, and told failures."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

PROJECT = "e2df3a34-a71b-4448-9db5-a8d2baad28e4"
KEY_ID = "key-id"
KEY_SECRET = "key-secret"
APP_ID = "01EB37HMH1M6SV18BSNS3G135H"


@dataclass
class Failure:
    """An answer that a call gets instead of its own."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    after_doing: bool = False
    """Whether the call had its effect all the same."""


@dataclass
class StubApi:
    """What the stub was asked, and what it answers."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    send_failures: list[Failure] = field(default_factory=list)
    file_failures: list[Failure] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    refuse_key: bool = False
    server: TestServer | None = None

    async def start(self) -> None:
        """Listen on a free loopback port."""
        app = web.Application()
        base = f"/v1/projects/{PROJECT}"
        app.router.add_post("/oauth2/token", self._token)
        app.router.add_post(f"{base}/messages:send", self._send)
        app.router.add_get(f"{base}/messages", self._list)
        app.router.add_get(base + "/contacts/{contact}", self._contact)
        app.router.add_get("/files/{name}", self._file)
        self.server = TestServer(app, host="127.0.0.1")
        await self.server.start_server()

    async def stop(self) -> None:
        """Stop listening."""
        if self.server is not None:
            await self.server.close()

    @property
    def url(self) -> str:
        """Where the stub listens."""
        assert self.server is not None
        return str(self.server.make_url("")).rstrip("/")

    @property
    def service_connection(self) -> str:
        """The send call's full URL."""
        return f"{self.url}/v1/projects/{PROJECT}/messages:send"

    def texts(self) -> list[str]:
        """Return the texts that were sent."""
        return [body["message"]["text_message"]["text"] for body in self.sent]

    async def _token(self, request: web.Request) -> web.Response:
        self.calls.append("token")
        if self.refuse_key:
            return web.json_response({"error": "invalid_client", "error_description": "Unknown key."}, status=401)
        form = await request.post()
        assert form["grant_type"] == "client_credentials"
        self.tokens.append(f"token-{len(self.tokens)}")
        answer = {"access_token": self.tokens[-1], "expires_in": 3599, "scope": "", "token_type": "bearer"}
        return web.json_response(answer)

    def _unknown_token(self, request: web.Request) -> web.Response | None:
        if self.tokens and request.headers.get("Authorization") == f"Bearer {self.tokens[-1]}":
            return None
        challenge = {"www-authenticate": 'Bearer error="invalid_token", error_description="Jwt expired"'}
        return web.json_response({"error": {"code": 401, "status": "UNAUTHENTICATED"}}, status=401, headers=challenge)

    async def _send(self, request: web.Request) -> web.Response:
        self.calls.append("send")
        if (refused := self._unknown_token(request)) is not None:
            return refused
        failure = self.send_failures.pop(0) if self.send_failures else None
        if failure is None or failure.after_doing:
            self.sent.append(orjson.loads(await request.read()))
        if failure is not None:
            return web.json_response(failure.body, status=failure.status, headers=failure.headers)
        return web.json_response({"message_id": f"MT{len(self.sent)}", "accepted_time": "2026-01-01T00:00:00Z"})

    async def _list(self, request: web.Request) -> web.Response:
        self.calls.append("list")
        if (refused := self._unknown_token(request)) is not None:
            return refused
        messages = [
            {"id": f"MT{number}", "metadata": body["message_metadata"]} for number, body in enumerate(self.sent, 1)
        ]
        return web.json_response({"messages": messages, "next_page_token": ""})

    async def _contact(self, request: web.Request) -> web.Response:
        self.calls.append("contact")
        if (refused := self._unknown_token(request)) is not None:
            return refused
        contact = request.match_info["contact"]
        return web.json_response({"id": contact, "display_name": self.names.get(contact, "Unknown")})

    async def _file(self, request: web.Request) -> web.Response:
        self.calls.append("file")
        if self.file_failures:
            return web.Response(status=self.file_failures.pop(0).status)
        data, mime = self.files[request.match_info["name"]]
        return web.Response(body=data, content_type=mime)
