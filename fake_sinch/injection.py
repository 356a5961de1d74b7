"""conversations:inject-message: put a past message into a conversation without sending or telling anybody.

Must not know: delivery, callbacks.
"""

from typing import Any

import orjson

from fake_sinch import conversations, history
from fake_sinch.asking import Asked, Handled, plain_identity
from fake_sinch.context import Context
from fake_sinch.contracts import refuse
from fake_sinch.errors import Violation
from fake_sinch.limits import APP_SCOPED_CHANNELS, INJECT_AGE_DAYS
from fake_sinch.state import Conversation, Identity, StoredMessage
from fake_sinch.times import DAY_MS, from_text


def inject_message(ctx: Context, asked: Asked) -> Handled:
    """POST /conversations/{id}:inject-message."""
    conversation = conversations.get(ctx, asked.ids[0])
    body = asked.body
    accepted = from_text(body["accept_time"]) or 0
    content = "app_message" if body["direction"] == "TO_CONTACT" else "contact_message"
    found = _mistakes(ctx, conversation, body, asked.now, accepted=accepted, content=content)
    if found:
        raise refuse(tuple(found))
    identity = _identity(ctx, conversation, body)
    message = StoredMessage(
        ctx.ids.ulid(asked.now),
        conversation.app_id,
        body["direction"],
        identity.channel,
        identity.identity,
        identity.app_id,
        orjson.dumps(body[content]),
        accepted,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        metadata=body.get("metadata", ""),
        sender_id=body.get("sender_id", ""),
        injected=True,
    )
    history.store(ctx, message)
    return {}, []


def _mistakes(
    ctx: Context, conversation: Conversation, body: dict[str, Any], now: int, *, accepted: int, content: str
) -> list[Violation]:
    found = []
    if accepted > now:
        found.append(Violation("accept_time", "accept_time must be in the past"))
    if accepted < now - INJECT_AGE_DAYS * DAY_MS:
        found.append(Violation("accept_time", f"accept_time is more than {INJECT_AGE_DAYS} days ago"))
    if content not in body:
        found.append(Violation(content, f"direction {body['direction']} needs {content}"))
    if body.get("contact_id", conversation.contact_id) != conversation.contact_id:
        found.append(Violation("contact_id", "the contact is not the one of the conversation"))
    if "channel_identity" not in body and conversation.contact_id not in ctx.state.contacts:
        found.append(Violation("channel_identity", "channel_identity must be given"))
    return found


def _identity(ctx: Context, conversation: Conversation, body: dict[str, Any]) -> Identity:
    given = body.get("channel_identity")
    if given is None:
        return ctx.state.contacts[conversation.contact_id].identities[0]
    channel = given["channel"]
    scope = conversation.app_id if channel in APP_SCOPED_CHANNELS else ""
    return Identity(channel, plain_identity(channel, given["identity"]), scope)
