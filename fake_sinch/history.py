"""The messages an app can read back, and the operations on them; and how long they are kept.

Must not know: delivery, conversations' rules.
"""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from fake_sinch.asking import Asked, Handled, channel, choice, flag, moment, text
from fake_sinch.context import Context
from fake_sinch.errors import INVALID_ARGUMENT, Refusal, invalid, missing
from fake_sinch.limits import PAGES
from fake_sinch.paging import page, size
from fake_sinch.state import App, StoredMessage
from fake_sinch.times import DAY_MS, to_text

DEFAULT_RETENTION = {"retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": 180}
DEFAULT_DISPATCH_RETENTION = {"retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": 0}


def render(message: StoredMessage, *, metadata: bool = True) -> dict[str, Any]:
    """Render the ConversationMessage resource."""
    content = "app_message" if message.direction == "TO_CONTACT" else "contact_message"
    return {
        "id": message.id,
        "direction": message.direction,
        content: orjson.Fragment(message.body),
        **render_channel_identity(message),
        "conversation_id": message.conversation_id,
        "contact_id": message.contact_id,
        "metadata": message.metadata if metadata else "",
        "accept_time": to_text(message.accept_time),
        "sender_id": message.sender_id,
        "processing_mode": message.processing_mode,
        "injected": message.injected,
    }


def render_channel_identity(message: StoredMessage) -> dict[str, dict[str, str]]:
    """Render the identity a message came from or goes to; without the field when no route was found for it."""
    if not message.channel:
        return {}
    identity = {"channel": message.channel, "identity": message.identity, "app_id": message.identity_app_id}
    return {"channel_identity": identity}


def store(ctx: Context, message: StoredMessage) -> None:
    """Remember a message and list it in its conversation."""
    ctx.state.messages[message.id] = message
    conversation = ctx.state.conversations.get(message.conversation_id)
    if conversation is None:
        return
    conversation.messages.append(message.id)
    conversation.last_activity = max(conversation.last_activity, message.accept_time)
    if message.direction == "TO_APP" and not message.injected:
        conversation.last_received = message.accept_time
        conversation.active_channel = message.channel


# Operations


def _source(value: str) -> str:
    return "DISPATCH" if value == "DISPATCH_SOURCE" else "CONVERSATION"


def _asked_source(asked: Asked) -> str:
    return _source(choice(asked, "messages_source", "CONVERSATION_SOURCE", "DISPATCH_SOURCE"))


def _readable(ctx: Context, source: str) -> Iterable[StoredMessage]:
    """Yield the messages of a source; those that are kept for 0 days cannot be read."""
    for message in ctx.state.messages.values():
        if message.processing_mode == source and (source == "CONVERSATION" or _dispatch_days(ctx, message)):
            yield message


def _dispatch_days(ctx: Context, message: StoredMessage) -> int:
    app = ctx.state.apps.get(message.app_id)
    policy = app.extra.get("dispatch_retention_policy", DEFAULT_DISPATCH_RETENTION) if app else {}
    return int(policy.get("ttl_days", 0))


def _get(ctx: Context, asked: Asked) -> StoredMessage:
    source = _asked_source(asked)
    message = ctx.state.messages.get(asked.ids[0])
    if message is None or message.processing_mode != source:
        raise missing("Message", asked.ids[0])
    if source == "DISPATCH" and not _dispatch_days(ctx, message):
        raise missing("Message", asked.ids[0])
    return message


def get_message(ctx: Context, asked: Asked) -> Handled:
    """GET /messages/{id}."""
    return render(_get(ctx, asked)), []


def update_message(ctx: Context, asked: Asked) -> Handled:
    """PATCH /messages/{id}: only the metadata can be changed."""
    message = _get(ctx, asked)
    message.metadata = asked.body["metadata"]
    return render(message), []


def delete_message(ctx: Context, asked: Asked) -> Handled:
    """DELETE /messages/{id}."""
    del ctx.state.messages[_get(ctx, asked).id]
    return {}, []


def list_messages(ctx: Context, asked: Asked) -> Handled:
    """GET /messages, newest first."""
    source = _asked_source(asked)
    only_mo = flag(asked, "only_recipient_originated")
    if only_mo and source != "DISPATCH":
        raise invalid("only_recipient_originated", "only DISPATCH_SOURCE knows this filter")
    fields = {name: wanted for name in ("conversation_id", "contact_id", "app_id") if (wanted := text(asked, name))}
    fields["identity"] = text(asked, "channel_identity").strip(" +")
    fields["channel"] = channel(asked)
    fields["direction"] = "TO_APP" if only_mo else choice(asked, "direction", "", "TO_APP", "TO_CONTACT")
    fits = _filter(fields, text(asked, "start_time"), text(asked, "end_time"))
    conversation = ctx.state.conversations.get(fields.get("conversation_id", ""))
    if conversation is not None and source == "CONVERSATION":
        kept = ctx.state.messages
        candidates: Iterable[StoredMessage] = (kept[i] for i in conversation.messages if i in kept)
    else:
        candidates = _readable(ctx, source)
    view = choice(asked, "view", "WITH_METADATA", "WITHOUT_METADATA")
    return _answer([m for m in candidates if fits(m)], asked.request.query, view)


def _filter(fields: dict[str, str], start: str, end: str) -> Callable[[StoredMessage], bool]:
    since, until = moment(start, "start_time"), moment(end, "end_time")
    wanted = [(name, value) for name, value in fields.items() if value]

    def fits(message: StoredMessage) -> bool:
        if since is not None and message.accept_time < since:
            return False
        if until is not None and message.accept_time >= until:
            return False
        return all(getattr(message, name) == value for name, value in wanted)

    return fits


def _answer(found: list[StoredMessage], asked: Any, view: str) -> Handled:
    count = size(asked.get("page_size", ""), PAGES["messages"])
    token = asked.get("page_token", "")
    shown, after = page(found, lambda m: (m.accept_time, m.id), count, token, newest_first=True)
    messages = [render(m, metadata=view == "WITH_METADATA") for m in shown]
    return {"messages": messages, "next_page_token": after}, []


def fetch_last_message(ctx: Context, asked: Asked) -> Handled:
    """POST /messages:fetch-last-message: the newest message of each identity or contact asked for."""
    body = asked.body
    source = _source(body.get("messages_source", ""))
    if "contact_ids" in body and source == "DISPATCH":
        raise Refusal(INVALID_ARGUMENT, "contact_ids cannot be used with DISPATCH_SOURCE")
    by_contact = "contact_ids" in body
    asked_for = {i.strip(" +") for i in body.get("contact_ids") or body["channel_identities"]}
    fields = {name: body.get(name, "") for name in ("app_id", "channel", "direction")}
    fits = _filter(fields, body.get("start_time", ""), body.get("end_time", ""))
    last: dict[str, StoredMessage] = {}
    for message in _readable(ctx, source):
        key = message.contact_id if by_contact else message.identity
        if key in asked_for and fits(message):
            other = last.get(key)
            if other is None or (other.accept_time, other.id) < (message.accept_time, message.id):
                last[key] = message
    return _answer(list(last.values()), body, body.get("view", "WITH_METADATA"))


# Retention


def sweep(ctx: Context, now: int) -> None:
    """Forget the messages whose retention has ended; the vendor's clean-up runs once a day, so this is late."""
    for message in list(ctx.state.messages.values()):
        app = ctx.state.apps.get(message.app_id)
        if app is not None and now - _age_from(ctx, message, app) > _kept_ms(app, message):
            del ctx.state.messages[message.id]


def _policy(app: App, message: StoredMessage) -> dict[str, Any]:
    if message.processing_mode == "DISPATCH":
        found: dict[str, Any] = app.extra.get("dispatch_retention_policy", DEFAULT_DISPATCH_RETENTION)
        return found
    kept: dict[str, Any] = app.extra.get("retention_policy", DEFAULT_RETENTION)
    return kept


def _kept_ms(app: App, message: StoredMessage) -> float:
    policy = _policy(app, message)
    if policy.get("retention_type") == "PERSIST_RETENTION_POLICY":
        return float("inf")
    return max(1, int(policy.get("ttl_days", 0))) * DAY_MS


def _age_from(ctx: Context, message: StoredMessage, app: App) -> int:
    conversation = ctx.state.conversations.get(message.conversation_id)
    by_conversation = _policy(app, message).get("retention_type") == "CONVERSATION_EXPIRE_POLICY"
    return conversation.last_activity if conversation and by_conversation else message.accept_time
