"""The HTTP face of a miniature bridge: webhook, public files, driver protocol. It decides nothing."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from aiohttp import web

from harness.miniatures.bridge import MiniBridge, Refusal
from harness.miniatures.tenant import Json, MiniChat, Tenant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SERVICE = "sinchconversation"
MAX_BODY_BYTES = 64 * 1024 * 1024


class Face:
    """One miniature bridge behind routes."""

    def __init__(self, bridge: MiniBridge, name: str) -> None:
        self.bridge = bridge
        self.name = name

    def app(self) -> web.Application:
        """Return the application with every route."""
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[refusals])
        desk, root = "/driver/v1/tenants/{tenant}/agents/{agent}", "/driver/v1/tenants/{tenant}"
        routes: list[tuple[str, str, Handler]] = [
            ("POST", "/{tenant}/webhooks/{service}", self.webhook),
            ("GET", "/{tenant}/sms/richcontent/{token}/{name}", self.public_file),
            ("GET", "/driver/v1/description", self.description),
            ("PUT", root, self.configure),
            ("DELETE", root, self.forget),
            ("PUT", f"{root}/clock", self.set_clock),
            ("POST", f"{root}/clock/advance", self.advance),
            ("POST", f"{root}/settle", self.settle),
            ("GET", f"{desk}/chats", self.chats),
            ("POST", f"{desk}/chats/{{chat}}/accept", self.accept),
            ("GET", f"{desk}/chats/{{chat}}/transcript", self.transcript),
            ("POST", f"{desk}/chats/{{chat}}/messages", self.send),
            ("POST", f"{desk}/chats/{{chat}}/end", self.end),
            ("GET", f"{desk}/attachments/{{id}}", self.attachment),
            ("GET", f"{desk}/consents", self.consents),
            ("PUT", f"{desk}/consents", self.set_consent),
        ]
        for method, path, handler in routes:
            app.router.add_route(method, path, handler)
        return app

    def tenant(self, request: web.Request) -> Tenant:
        """Return the tenant that a path names."""
        found = self.bridge.tenants.get(request.match_info["tenant"])
        if found is None:
            raise Refusal(404, "unknown_tenant", "There is no such tenant.")
        return found

    def agent(self, request: web.Request) -> Json:
        """Return the agent that a path names."""
        found = self.tenant(request).agent(request.match_info["agent"])
        if found is None:
            raise Refusal(404, "unknown_agent", "There is no such agent.")
        return found

    def chat(self, request: web.Request) -> MiniChat:
        """Return the chat that a path names."""
        for chat in self.tenant(request).chats:
            if chat.id == request.match_info["chat"]:
                return chat
        raise Refusal(404, "unknown_chat", "There is no such chat.")

    async def webhook(self, request: web.Request) -> web.Response:
        """Take a callback when it is believed."""
        tenant, body = self.tenant(request), await request.read()
        if not self.bridge.believes(tenant, body, request.headers):
            raise Refusal(401, "bad_signature", "The callback is not signed with the secret.")
        await self.bridge.take(tenant, json.loads(body))
        return web.json_response({})

    async def public_file(self, request: web.Request) -> web.Response:
        """Serve a public file while it is public."""
        file = self.bridge.served(self.tenant(request), request.match_info["token"])
        if file is None:
            raise Refusal(404, "gone", "There is no such file.")
        return web.Response(body=file.content, headers={"Content-Type": file.mime})

    async def description(self, request: web.Request) -> web.Response:
        """Describe the miniature."""
        del request
        return web.json_response(
            {
                "name": self.name,
                "version": "0",
                "channels": ["sms", "telegram", "whatsapp"],
                "features": sorted(self.bridge.features),
                "clock": True,
            }
        )

    async def configure(self, request: web.Request) -> web.Response:
        """Make or replace a tenant."""
        name = request.match_info["tenant"]
        self.bridge.tenants[name] = Tenant(name, await request.json())
        return web.json_response({"webhook_url": f"{self.bridge.base_url}/{name}/webhooks/{SERVICE}"})

    async def forget(self, request: web.Request) -> web.Response:
        """Forget a tenant."""
        self.bridge.tenants.pop(request.match_info["tenant"], None)
        return web.json_response({})

    async def set_clock(self, request: web.Request) -> web.Response:
        """Stop the clock at an instant."""
        self.tenant(request).frozen = dt.datetime.fromisoformat((await request.json())["now"])
        return web.json_response({})

    async def advance(self, request: web.Request) -> web.Response:
        """Move the clock on."""
        await self.bridge.advance(self.tenant(request), dt.datetime.fromisoformat((await request.json())["to"]))
        return web.json_response({})

    async def settle(self, request: web.Request) -> web.Response:
        """Say that nothing runs: nothing ever runs outside a request."""
        self.tenant(request)
        return web.json_response({"settled": True})

    async def chats(self, request: web.Request) -> web.Response:
        """List the chats."""
        self.agent(request)
        return web.json_response({"chats": [chat.document() for chat in self.tenant(request).chats]})

    async def accept(self, request: web.Request) -> web.Response:
        """Take a chat."""
        self.chat(request).state = "in_process"
        return web.json_response({})

    async def end(self, request: web.Request) -> web.Response:
        """End a chat."""
        self.chat(request).state = "handled"
        return web.json_response({})

    async def transcript(self, request: web.Request) -> web.Response:
        """Return the transcript in the agent's order."""
        entries = self.bridge.in_order(self.chat(request))
        return web.json_response({"entries": [entry.document() for entry in entries]})

    async def send(self, request: web.Request) -> web.Response:
        """Send an agent's message."""
        tenant, chat = self.tenant(request), self.chat(request)
        entry = await self.bridge.send(tenant, chat, await request.json())
        return web.json_response(entry.document())

    async def attachment(self, request: web.Request) -> web.Response:
        """Return the internal copy of a file."""
        content = self.bridge.copy_of(self.tenant(request), request.match_info["id"])
        if content is None:
            raise Refusal(404, "unknown_file", "There is no such file.")
        return web.Response(body=content)

    async def consents(self, request: web.Request) -> web.Response:
        """List the consents for an agent with the right."""
        if not self.bridge.may_see_consents(self.agent(request)):
            raise Refusal(403, "forbidden", "The agent has no right to consents.")
        rows = self.tenant(request).consents.items()
        return web.json_response({"consents": [{"identity": who, "value": value} for who, value in rows]})

    async def set_consent(self, request: web.Request) -> web.Response:
        """Store a consent."""
        row = await request.json()
        self.tenant(request).consents[row["identity"]] = row["value"]
        return web.json_response({})


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Render a refusal in the protocol's envelope."""
    try:
        return await handler(request)
    except Refusal as refused:
        error = {"code": refused.code, "message": refused.message}
        return web.json_response({"error": error}, status=refused.status)
