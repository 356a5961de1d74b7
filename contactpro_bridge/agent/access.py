"""Who asks, and what they may see: tokens, rights, queues."""

import hmac

import sqlalchemy as sa
from aiohttp import hdrs, web

from contactpro_bridge.errors import Refusal, missing_right, not_found
from contactpro_bridge.settings.tenant import Right
from contactpro_bridge.store.chats import Chat, ChatFacts, chat_facts
from contactpro_bridge.store.database import Database
from contactpro_bridge.store.tables import chats
from contactpro_bridge.tenants import Caller, Tenants

SUBPROTOCOL = "bearer."


def bearer_token(request: web.Request) -> str:
    """Return the token of the Authorization header, empty when there is none."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def same_secret(given: str, expected: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def unauthenticated() -> Refusal:
    """Build the 401: no token, or one that nobody has."""
    return Refusal(
        401,
        "unauthenticated",
        "The request carries no token that is known here.",
        "Send the header Authorization: Bearer TOKEN.",
    )


def caller_of(request: web.Request, tenants: Tenants, *rights: Right) -> Caller:
    """Return the agent who asks; raises 401 for nobody, 403 when a right is missing."""
    token = bearer_token(request)
    caller = tenants.caller(token) if token else None
    if caller is None:
        raise unauthenticated()
    for right in rights:
        if not caller.may(right):
            raise missing_right(right)
    return caller


def may_see(caller: Caller, chat: Chat) -> bool:
    """Say whether a chat is the agent's business: their own, or waiting in, or coming from, a queue they serve."""
    return chat.agent_id == caller.id or caller.serves(chat.queue)


def visible_to(caller: Caller) -> sa.ColumnElement[bool]:
    """Say the same as ``may_see`` in SQL, for lists."""
    queues = caller.agent.queues
    if queues is None:
        return sa.true()
    return (chats.c.agent_id == caller.id) | chats.c.queue.is_(None) | chats.c.queue.in_(queues)


async def visible_chat(db: Database, caller: Caller, chat_id: str) -> ChatFacts:
    """Return a chat that the agent may see; any other does not exist for them."""
    facts = await db.read(lambda conn: chat_facts(conn, caller.tenant.id, chat_id))
    if facts is None or not may_see(caller, facts.chat):
        raise not_found("chat")
    return facts
