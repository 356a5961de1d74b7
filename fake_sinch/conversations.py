"""Conversations: the one active thread between an app and a contact, and the conversation operations.

Must not know: delivery, channels' rules.
"""

from collections.abc import Iterable
from typing import Any, Final

from fake_sinch import callbacks, history
from fake_sinch.asking import Asked, Handled, changes, choice, flag, merge_patch, text, too_long
from fake_sinch.asking import channel as asked_channel
from fake_sinch.context import Context
from fake_sinch.contracts import refuse
from fake_sinch.effects import Effect
from fake_sinch.errors import invalid, missing
from fake_sinch.limits import CONVERSATION_METADATA_BYTES, PAGES
from fake_sinch.paging import page, size
from fake_sinch.state import App, Conversation
from fake_sinch.times import EPOCH_TEXT, to_text

UPDATABLE: Final = (
    "active",
    "active_channel",
    "app_id",
    "contact_id",
    "metadata",
    "metadata_json",
    "correlation_id",
)
NO_CHANNEL: Final = "CHANNEL_UNSPECIFIED"


def render(conversation: Conversation) -> dict[str, Any]:
    """Render the Conversation resource."""
    received = conversation.last_received
    return {
        "id": conversation.id,
        "app_id": conversation.app_id,
        "contact_id": conversation.contact_id,
        "last_received": to_text(received) if received else EPOCH_TEXT,
        "active_channel": conversation.active_channel,
        "active": conversation.active,
        "metadata": conversation.metadata,
        "metadata_json": conversation.metadata_json,
        "correlation_id": conversation.correlation_id,
    }


# The active conversation


def active(ctx: Context, app_id: str, contact_id: str) -> Conversation | None:
    """Return the active conversation of an app with a contact."""
    found = ctx.state.active_conversations.get(f"{app_id} {contact_id}")
    return ctx.state.conversations[found] if found else None


def active_or_new(
    ctx: Context,
    app: App,
    contact_id: str,
    channel: str,
    now: int,
    *,
    metadata_json: dict[str, Any] | None = None,
    correlation_id: str = "",
) -> tuple[Conversation, list[Effect]]:
    """Return the active conversation, or a new one (then told by CONVERSATION_START).

    Metadata and correlation id of the send that asks are noted in it, if there are any.
    """
    found = active(ctx, app.id, contact_id)
    conversation = found or Conversation(ctx.ids.ulid(now), app.id, contact_id, active_channel=channel)
    if metadata_json is not None:
        conversation.metadata_json = metadata_json
    if correlation_id:
        conversation.correlation_id = correlation_id
    if found is not None:
        return found, []
    _add(ctx, conversation)
    return conversation, _tell(ctx, "CONVERSATION_START", conversation, now)


def _add(ctx: Context, conversation: Conversation) -> None:
    ctx.state.conversations[conversation.id] = conversation
    if conversation.active:
        key = f"{conversation.app_id} {conversation.contact_id}"
        ctx.state.active_conversations[key] = conversation.id


def _end(ctx: Context, conversation: Conversation) -> None:
    conversation.active = False
    key = f"{conversation.app_id} {conversation.contact_id}"
    if ctx.state.active_conversations.get(key) == conversation.id:
        del ctx.state.active_conversations[key]


def _tell(ctx: Context, trigger: str, conversation: Conversation, now: int) -> list[Effect]:
    return callbacks.emit(
        ctx,
        trigger,
        conversation.app_id,
        {"conversation": render(conversation)},
        now,
        lane=conversation.contact_id,
        correlation_id=conversation.correlation_id,
        ids=(conversation.id,),
    )


def remove(ctx: Context, conversation: Conversation) -> None:
    """Forget a conversation and its messages."""
    _end(ctx, conversation)
    for message_id in conversation.messages:
        ctx.state.messages.pop(message_id, None)
    del ctx.state.conversations[conversation.id]


def move(ctx: Context, source_id: str, destination_id: str) -> None:
    """Give the conversations of a merged contact to the one that stays; its active ones stay the active ones."""
    for conversation in ctx.state.conversations.values():
        if conversation.contact_id != source_id:
            continue
        was_active = conversation.active
        _end(ctx, conversation)
        conversation.contact_id = destination_id
        for message_id in conversation.messages:
            if message_id in ctx.state.messages:
                ctx.state.messages[message_id].contact_id = destination_id
        if was_active and active(ctx, conversation.app_id, destination_id) is None:
            conversation.active = True
            _add(ctx, conversation)


def merged_metadata(
    conversation: Conversation | None, given: dict[str, Any], strategy: str, name: str
) -> dict[str, Any]:
    """Return a conversation's JSON metadata after REPLACE or MERGE_PATCH; refuse a result that is too long."""
    before = conversation.metadata_json if conversation else {}
    merged: dict[str, Any] = merge_patch(before, given) if strategy == "MERGE_PATCH" else given
    found = too_long(name, merged, CONVERSATION_METADATA_BYTES)
    if found:
        raise refuse(tuple(found))
    return merged


# Operations


def get(ctx: Context, conversation_id: str) -> Conversation:
    """Return a conversation, or refuse."""
    conversation = ctx.state.conversations.get(conversation_id)
    if conversation is None:
        raise missing("Conversation", conversation_id)
    return conversation


def create_conversation(ctx: Context, asked: Asked) -> Handled:
    """POST /conversations: an active one ends the active one before it."""
    body = asked.body
    if body["app_id"] not in ctx.state.apps:
        raise invalid("app_id", f"app {body['app_id']!r} was not found")
    if body["contact_id"] not in ctx.state.contacts:
        raise invalid("contact_id", f"contact {body['contact_id']!r} was not found")
    found = too_long("metadata_json", body.get("metadata_json", {}), CONVERSATION_METADATA_BYTES)
    if found:
        raise refuse(tuple(found))
    conversation = Conversation(
        ctx.ids.ulid(asked.now),
        body["app_id"],
        body["contact_id"],
        active=body.get("active", True),
        active_channel=body.get("active_channel", NO_CHANNEL),
        metadata=body.get("metadata", ""),
        metadata_json=body.get("metadata_json", {}),
        correlation_id=body.get("correlation_id", ""),
    )
    effects = _stop_other(ctx, conversation, asked.now) if conversation.active else []
    _add(ctx, conversation)
    return render(conversation), [*effects, *_tell(ctx, "CONVERSATION_START", conversation, asked.now)]


def _stop_other(ctx: Context, conversation: Conversation, now: int) -> list[Effect]:
    other = active(ctx, conversation.app_id, conversation.contact_id)
    if other is None or other is conversation:
        return []
    _end(ctx, other)
    return _tell(ctx, "CONVERSATION_STOP", other, now)


def list_conversations(ctx: Context, asked: Asked) -> Handled:
    """GET /conversations: of an app or of a contact, newest first."""
    app_id, contact_id = text(asked, "app_id"), text(asked, "contact_id")
    if not app_id and not contact_id:
        raise invalid("app_id", "app_id or contact_id must be given")
    channel = asked_channel(asked, "active_channel")
    found = [
        c
        for c in _of(ctx, app_id, only_active=flag(asked, "only_active"))
        if contact_id in {"", c.contact_id} and channel in {"", c.active_channel}
    ]
    count = size(text(asked, "page_size"), PAGES["conversations"])
    shown, after = page(found, lambda c: (0, c.id), count, text(asked, "page_token"), newest_first=True)
    shown_as = [render(c) for c in shown]
    return {"conversations": shown_as, "next_page_token": after, "total_size": len(found)}, []


def _of(ctx: Context, app_id: str, *, only_active: bool) -> Iterable[Conversation]:
    return (c for c in ctx.state.conversations.values() if app_id in {"", c.app_id} and (c.active or not only_active))


def list_recent(ctx: Context, asked: Asked) -> Handled:
    """GET /conversations:recent: by the time of the last message, with that message."""
    app_id = text(asked, "app_id")
    if not app_id:
        raise invalid("app_id", "app_id must be given")
    newest_first = choice(asked, "order", "DESC", "ASC") == "DESC"
    found = list(_of(ctx, app_id, only_active=flag(asked, "only_active")))
    count = size(text(asked, "page_size"), PAGES["recent"])
    shown, after = page(
        found, lambda c: (c.last_activity, c.id), count, text(asked, "page_token"), newest_first=newest_first
    )
    entries = [{"conversation": render(c), "last_message": _last_message(ctx, c)} for c in shown]
    return {"conversations": entries, "next_page_token": after, "total_size": len(found)}, []


def _last_message(ctx: Context, conversation: Conversation) -> dict[str, Any] | None:
    kept = (ctx.state.messages.get(i) for i in reversed(conversation.messages))
    last = next((m for m in kept if m is not None), None)
    return history.render(last) if last else None


def get_conversation(ctx: Context, asked: Asked) -> Handled:
    """GET /conversations/{id}."""
    return render(get(ctx, asked.ids[0])), []


def update_conversation(ctx: Context, asked: Asked) -> Handled:
    """PATCH /conversations/{id}; ``metadata_update_strategy`` is about ``metadata_json``."""
    conversation = get(ctx, asked.ids[0])
    strategy = choice(asked, "metadata_update_strategy", "REPLACE", "MERGE_PATCH")
    changed = changes(asked, UPDATABLE)
    for name in ("app_id", "contact_id"):
        if changed.get(name, getattr(conversation, name)) not in {None, getattr(conversation, name)}:
            raise invalid(name, f"{name} of a conversation cannot be changed")
    if "metadata_json" in changed:
        given = changed["metadata_json"] or {}
        conversation.metadata_json = merged_metadata(conversation, given, strategy, "metadata_json")
    for name in ("metadata", "correlation_id"):
        if name in changed:
            setattr(conversation, name, changed[name] or "")
    if "active_channel" in changed:
        conversation.active_channel = changed["active_channel"] or NO_CHANNEL
    if "active" in changed:
        return _set_active(ctx, conversation, asked.now, wanted=bool(changed["active"]))
    return render(conversation), []


def _set_active(ctx: Context, conversation: Conversation, now: int, *, wanted: bool) -> Handled:
    if wanted == conversation.active:
        return render(conversation), []
    if not wanted:
        _end(ctx, conversation)
        return render(conversation), _tell(ctx, "CONVERSATION_STOP", conversation, now)
    effects = _stop_other(ctx, conversation, now)
    conversation.active = True
    _add(ctx, conversation)
    return render(conversation), [*effects, *_tell(ctx, "CONVERSATION_START", conversation, now)]


def delete_conversation(ctx: Context, asked: Asked) -> Handled:
    """DELETE /conversations/{id}: its messages go with it."""
    conversation = get(ctx, asked.ids[0])
    remove(ctx, conversation)
    return {}, _tell(ctx, "CONVERSATION_DELETE", conversation, asked.now)


def stop_conversation(ctx: Context, asked: Asked) -> Handled:
    """POST /conversations/{id}:stop; the next message opens a new one."""
    conversation = get(ctx, asked.ids[0])
    if not conversation.active:
        return {}, []
    _end(ctx, conversation)
    return {}, _tell(ctx, "CONVERSATION_STOP", conversation, asked.now)
