"""Chats for agents: list, take, follow, write, end, and begin."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from contactpro_bridge.agent.access import caller_of, may_see, visible_chat, visible_to
from contactpro_bridge.agent.web_json import json_response, read_object, whole_number
from contactpro_bridge.chats.changes import Announcer, end_chat, system_entry
from contactpro_bridge.chats.channels import CHANNELS, channel_of, identity_key
from contactpro_bridge.chats.hub import Hub
from contactpro_bridge.chats.views import chat_view, entry_view, window_for
from contactpro_bridge.errors import Refusal, bad_request, missing_right, not_found
from contactpro_bridge.ids import ChatId, hex32
from contactpro_bridge.outbound.compose import Composer, check_owner
from contactpro_bridge.outbound.content import read_outgoing
from contactpro_bridge.outbound.outbox import Outbox
from contactpro_bridge.store.chats import (
    Chat,
    ChatFacts,
    ChatKey,
    ChatState,
    chat_facts,
    insert_chat,
    list_chats,
    live_chat,
    locked_chat,
)
from contactpro_bridge.store.database import Database, Tx
from contactpro_bridge.store.entries import FullEntry, add_entry, changed_since, entry_by_id
from contactpro_bridge.tenants import Caller, Tenant, Tenants

MAX_CHATS: Final = 500
MAX_ENTRIES: Final = 1000
MAX_WAIT_SECONDS: Final = 30
_APP_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class ChatRoutes:
    """The routes below /agent/v1/chats."""

    db: Database
    hub: Hub
    tenants: Tenants
    composer: Composer
    outbox: Outbox

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/agent/v1/me", self.me)
        app.router.add_get("/agent/v1/chats", self.list)
        app.router.add_post("/agent/v1/chats", self.begin)
        app.router.add_get("/agent/v1/chats/{chat_id:[0-9A-F]{32}}", self.show)
        app.router.add_post("/agent/v1/chats/{chat_id:[0-9A-F]{32}}:accept", self.accept)
        app.router.add_post("/agent/v1/chats/{chat_id:[0-9A-F]{32}}:end", self.end)
        app.router.add_get("/agent/v1/chats/{chat_id:[0-9A-F]{32}}/transcript", self.transcript)
        app.router.add_post("/agent/v1/chats/{chat_id:[0-9A-F]{32}}/messages", self.write)

    async def me(self, request: web.Request) -> web.Response:
        """Tell agents who they are."""
        caller = caller_of(request, self.tenants)
        agent = caller.agent
        queues = list(caller.tenant.queues) if agent.queues is None else agent.queues
        body = {
            "id": caller.id,
            "name": agent.name,
            "tenant": caller.tenant.id,
            "rights": agent.rights,
            "queues": queues,
        }
        return json_response(body)

    async def list(self, request: web.Request) -> web.Response:
        """List the chats that the agent may see."""
        caller = caller_of(request, self.tenants, "chats")
        wanted = [state for text in request.query.getall("state", []) for state in text.split(",")]
        known = [state.value for state in ChatState]
        if any(state not in known for state in wanted):
            raise bad_request(f"state must be one of {', '.join(known)}.")
        limit = whole_number(request, "limit", MAX_CHATS, 1, MAX_CHATS)
        found = await self.db.read(
            lambda conn: list_chats(conn, caller.tenant.id, wanted or known, visible_to(caller), limit)
        )
        return json_response({"chats": [_view(caller.tenant, facts) for facts in found]})

    async def show(self, request: web.Request) -> web.Response:
        """Show one chat."""
        caller = caller_of(request, self.tenants, "chats")
        facts = await visible_chat(self.db, caller, request.match_info["chat_id"])
        return json_response(_view(caller.tenant, facts))

    async def accept(self, request: web.Request) -> web.Response:
        """Take a chat from its queue; taking one's own again changes nothing."""
        caller = caller_of(request, self.tenants, "chats")
        facts = await self.db.write(lambda tx: self._accept(tx, caller, request.match_info["chat_id"]))
        return json_response(_view(caller.tenant, facts))

    async def end(self, request: web.Request) -> web.Response:
        """End one's own chat."""
        caller = caller_of(request, self.tenants, "chats")
        facts = await self.db.write(lambda tx: self._end(tx, caller, request.match_info["chat_id"]))
        return json_response(_view(caller.tenant, facts))

    async def transcript(self, request: web.Request) -> web.Response:
        """Return what changed after a revision; with ``wait``, return as soon as something does."""
        caller_of(request, self.tenants, "chats")
        chat_id = request.match_info["chat_id"]
        after = whole_number(request, "after", 0, 0, 2**31 - 1)
        wait_s = whole_number(request, "wait", 0, 0, MAX_WAIT_SECONDS)
        limit = whole_number(request, "limit", MAX_ENTRIES, 1, MAX_ENTRIES)
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while True:
            caller = caller_of(request, self.tenants, "chats")  # rights and tokens change while somebody waits
            with self.hub.watch(chat_id) as changed:
                found = await _changes(self.db, caller, chat_id, after, limit)
                if found or loop.time() >= until or self.hub.closed:
                    return json_response(_transcript(caller, found, after))
                try:
                    async with asyncio.timeout_at(until):
                        await changed
                except TimeoutError:
                    continue

    async def write(self, request: web.Request) -> web.Response:
        """Send a message to the customer."""
        caller = caller_of(request, self.tenants, "chats")
        outgoing = read_outgoing(await read_object(request))
        if outgoing.attachment_id and not caller.may("files"):
            raise missing_right("files")
        if outgoing.template is not None and not caller.may("templates:view"):
            raise missing_right("templates:view")
        chat_id = request.match_info["chat_id"]
        async with caller.tenant.send_lock(chat_id):
            composed = await self.composer.compose(caller, chat_id, outgoing)
            if not composed.repeated:
                for entry_id in composed.entry_ids:
                    await self.outbox.send_now(caller.tenant, entry_id)
        full = await self.db.read(lambda conn: entry_by_id(conn, caller.tenant.id, composed.entry_ids[0]))
        if full is None:
            raise not_found("message", "The tenant was deleted while the message was sent.")
        return json_response({"entry": _entry(caller, full)}, 201)

    async def begin(self, request: web.Request) -> web.Response:
        """Begin a chat; channels where the customer must write first refuse it."""
        caller = caller_of(request, self.tenants, "chats")
        body = await read_object(request)
        facts = await self.db.write(lambda tx: self._begin(tx, caller, body))
        return json_response(_view(caller.tenant, facts), 201)

    def _accept(self, tx: Tx, caller: Caller, chat_id: str) -> ChatFacts:
        chat = locked_chat(tx.conn, caller.tenant.id, chat_id)
        if chat is None or not may_see(caller, chat):
            raise not_found("chat")
        if chat.state == ChatState.IN_QUEUE:
            chat.state, chat.agent_id = ChatState.IN_PROCESS.value, caller.id
            Announcer(self.hub, caller.tenant, chat, chat_changed=True).save(tx)
        elif not chat.live or chat.agent_id != caller.id:
            raise Refusal(409, "chat_not_in_queue", f"The chat is {chat.state}.", "Choose a chat that is in a queue.")
        return _facts(tx, caller.tenant, chat)

    def _end(self, tx: Tx, caller: Caller, chat_id: str) -> ChatFacts:
        chat = locked_chat(tx.conn, caller.tenant.id, chat_id)
        if chat is None or not may_see(caller, chat):
            raise not_found("chat")
        if chat.state == ChatState.HANDLED and chat.agent_id == caller.id:
            return _facts(tx, caller.tenant, chat)
        check_owner(chat, caller)
        tenant = caller.tenant
        announcer = Announcer(self.hub, tenant, chat)
        end_chat(tx, announcer, chat, f"{caller.agent.name} ended the chat.", tenant.clock.now())
        return _facts(tx, tenant, chat)

    def _begin(self, tx: Tx, caller: Caller, body: dict[str, Any]) -> ChatFacts:
        tenant = caller.tenant
        key = _key(tenant, body)
        known = live_chat(tx.conn, key)
        if known is not None:
            hint = f"Its id is {known.id}." if may_see(caller, known) else "Another agent or queue has it."
            raise Refusal(409, "chat_exists", "There is a live chat with this customer on this channel.", hint)
        now_us = tenant.clock.now()
        queue = tenant.queue_for(key.service, key.app_id, key.channel)
        chat = Chat(
            id=ChatId(hex32()),
            tenant=key.tenant,
            service=key.service,
            app_id=key.app_id,
            channel=key.channel,
            identity=key.identity,
            state=ChatState.IN_PROCESS.value,
            created_us=now_us,
            queue=queue,
            agent_id=caller.id,
        )
        insert_chat(tx, chat)
        announcer = Announcer(self.hub, tenant, chat, chat_changed=True)
        line = system_entry(chat, f"{caller.agent.name} began the chat.", now_us)
        add_entry(tx, chat, line)
        announcer.entry(line)
        announcer.save(tx)
        return _facts(tx, tenant, chat)


async def _changes(db: Database, caller: Caller, chat_id: str, after: int, limit: int) -> list[FullEntry]:
    """Return what changed in a chat that the agent may see."""
    facts = await visible_chat(db, caller, chat_id)
    if facts.chat.last_rev <= after:
        return []
    return await db.read(lambda conn: changed_since(conn, caller.tenant.id, chat_id, after, limit))


def _key(tenant: Tenant, body: dict[str, Any]) -> ChatKey:
    """Read whom an agent wants to write to."""
    unknown = set(body) - {"channel", "sub_channel", "to", "identity", "service", "app_id"}
    if unknown:
        raise bad_request(f"Unknown fields: {', '.join(sorted(unknown))}.")
    wanted, to = body.get("channel") or body.get("sub_channel"), body.get("to") or body.get("identity")
    if not isinstance(wanted, str) or not isinstance(to, str) or not to.strip():
        raise bad_request("Give channel (SMS or WHATSAPP) and to (the customer's number).")
    channel = next((row for row in CHANNELS.values() if wanted in {row.name, row.sub_channel}), channel_of(wanted))
    if not channel.agent_may_start:
        raise Refusal(
            422,
            "customer_must_write_first",
            f"An agent cannot begin a chat on {channel.sub_channel}.",
            "Use SMS or WhatsApp.",
        )
    number = identity_key(channel.name, to)
    if not number.isascii() or not number.isdigit() or not 5 <= len(number) <= 15:  # noqa: PLR2004 - E.164
        raise bad_request("to must be a telephone number in international form.", code="bad_number")
    name = body.get("service")
    service = tenant.services.get(name) if isinstance(name, str) else next(iter(tenant.services.values()), None)
    if service is None:
        raise bad_request("There is no such messaging service.", code="unknown_service")
    app_id = body.get("app_id") or service.app_id
    if not isinstance(app_id, str) or _APP_ID.fullmatch(app_id) is None:
        raise bad_request("The service has no app id; give one, of letters and digits.", code="unknown_app")
    return ChatKey(tenant.id, service.name, app_id, channel.name, number)


def _facts(tx: Tx, tenant: Tenant, chat: Chat) -> ChatFacts:
    return chat_facts(tx.conn, tenant.id, chat.id) or ChatFacts(chat)


def _view(tenant: Tenant, facts: ChatFacts) -> dict[str, Any]:
    manage = tenant.settings.chat_settings.manage_whatsapp_opt_ins
    window = window_for(facts, manage_opt_ins=manage, now_us=tenant.clock.now())
    return chat_view(facts, tenant.queues, window)


def _entry(caller: Caller, full: FullEntry) -> dict[str, Any]:
    return without_link(entry_view(full, show_receipts=caller.tenant.settings.chat_settings.show_receipts), caller)


def without_link(view: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Return an entry without its public link, which would give the file to an agent who has no right to files."""
    if view["attachment"] is not None and not caller.may("files"):
        view["attachment"] = {**view["attachment"], "public_url": None}
    return view


def _transcript(caller: Caller, found: list[FullEntry], after: int) -> dict[str, Any]:
    following = max((full.entry.rev for full in found), default=after)
    found.sort(key=lambda full: full.entry.seq)
    return {"entries": [_entry(caller, full) for full in found], "next": following}
