"""What agents are shown of chats and entries: rows to JSON. Pure."""

from collections.abc import Mapping
from typing import Any

import orjson

from contactpro_bridge.chats.channels import channel_of
from contactpro_bridge.clock import render_rfc3339
from contactpro_bridge.settings.tenant import QueueSettings
from contactpro_bridge.store.chats import Chat, ChatFacts
from contactpro_bridge.store.entries import Attachment, FullEntry, PublicFile
from contactpro_bridge.whatsapp.window import NO_WINDOW, Window, window_of


def window_for(facts: ChatFacts, *, manage_opt_ins: bool, now_us: int) -> Window:
    """Return the window of a chat; only channels that have one do."""
    if not channel_of(facts.chat.channel).window:
        return NO_WINDOW
    return window_of(facts.last_in_us, opted_in=facts.opted_in, manage_opt_ins=manage_opt_ins, now_us=now_us)


def chat_view(facts: ChatFacts, queues: Mapping[str, QueueSettings], window: Window) -> dict[str, Any]:
    """Return a chat as agents see it."""
    chat = facts.chat
    return {
        **chat_summary(chat, queues),
        "attached_data": {key: value for key, (value, _at) in orjson.loads(chat.attached).items()},
        "attached_data_problems": orjson.loads(chat.problems),
        "window": {
            "state": window.state.value,
            "expires_at": None if window.expires_us is None else render_rfc3339(window.expires_us),
        },
        "contact_id": chat.contact_id,
        "conversation_id": chat.conversation_id,
        "created_at": render_rfc3339(chat.created_us),
        "ended_at": None if chat.ended_us is None else render_rfc3339(chat.ended_us),
    }


def chat_summary(chat: Chat, queues: Mapping[str, QueueSettings]) -> dict[str, Any]:
    """Return the part of a chat that event streams carry."""
    return {
        "id": chat.id,
        "state": chat.state,
        "channel": chat.channel,
        "sub_channel": channel_of(chat.channel).sub_channel,
        "app_id": chat.app_id,
        "service": chat.service,
        "identity": chat.identity,
        "customer_name": chat.customer_name or chat.identity,
        "queue": queue_view(chat.queue, queues),
        "agent_id": chat.agent_id,
        "last_rev": chat.last_rev,
    }


def queue_view(name: str | None, queues: Mapping[str, QueueSettings]) -> dict[str, Any] | None:
    """Return a queue as agents see it; one that is no longer configured keeps its name."""
    if name is None:
        return None
    queue = queues.get(name) or QueueSettings(name=name)
    return {"id": queue.queue_id, "name": name, "address": queue.address}


def entry_view(full: FullEntry, *, show_receipts: bool = True) -> dict[str, Any]:
    """Return an entry as agents see it."""
    entry = full.entry
    content = orjson.loads(entry.content)
    return {
        "id": entry.id,
        "seq": entry.seq,
        "rev": entry.rev,
        "at": render_rfc3339(entry.at_us),
        "direction": entry.direction,
        "kind": entry.kind,
        "text": entry.text,
        "attachment": None if full.attachment is None else attachment_view(full.attachment, full.public),
        "location": content.get("location"),
        "choice": content.get("choice"),
        "choices": content.get("choices"),
        "template": content.get("template"),
        "message_id": entry.message_id,
        "client_id": entry.client_id,
        "reply_to": content.get("reply_to"),
        "delivery": _delivery_view(full, show_receipts=show_receipts),
    }


def attachment_view(attachment: Attachment, public: PublicFile | None = None) -> dict[str, Any]:
    """Return a file as agents see it."""
    return {
        "id": attachment.id,
        "name": attachment.name,
        "mime": attachment.mime,
        "size": attachment.size_bytes,
        "sha256": attachment.sha256,
        "state": attachment.state,
        "problem": attachment.problem,
        "public_url": None if public is None else public.url,
        "public_expires_at": None if public is None else render_rfc3339(public.expires_us),
    }


def _delivery_view(full: FullEntry, *, show_receipts: bool) -> dict[str, Any] | None:
    """Return the delivery state; without receipts only what an agent must know: on its way, out, or failed."""
    state = full.entry.delivery
    if state is None:
        return None
    if not show_receipts and state in {"delivered", "read"}:
        state = "sent"
    return {
        "state": state,
        "code": full.entry.delivery_code,
        "description": full.entry.delivery_description,
    }
