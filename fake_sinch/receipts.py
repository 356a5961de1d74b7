"""What an app is told about its messages: submitted, delivered or failed, received.

Must not know: how messages travel.
"""

from typing import Any

import orjson

from fake_sinch import callbacks, history
from fake_sinch.context import Context, lane_of
from fake_sinch.effects import Effect
from fake_sinch.state import StoredMessage


def _emit(
    ctx: Context, trigger: str, message: StoredMessage, content: dict[str, Any], now: int, *, metadata: str = ""
) -> list[Effect]:
    return callbacks.emit(
        ctx,
        trigger,
        message.app_id,
        content,
        now,
        lane=lane_of(message.contact_id, message.channel, message.identity),
        message_metadata=metadata,
        correlation_id=message.correlation_id,
        callback_url=message.sending.callback_url if message.sending else "",
        ids=tuple(filter(None, (message.id, message.conversation_id, message.contact_id))),
    )


def report_submit(ctx: Context, message: StoredMessage, submitted: bytes, now: int) -> list[Effect]:
    """Emit MESSAGE_SUBMIT for the attempt on the message's current channel."""
    content = {
        "message_id": message.id,
        "conversation_id": message.conversation_id,
        **history.render_channel_identity(message),
        "contact_id": message.contact_id,
        "submitted_message": orjson.Fragment(submitted),
        "metadata": message.metadata,
        "processing_mode": message.processing_mode,
    }
    return _emit(ctx, "MESSAGE_SUBMIT", message, content, now)


def report_delivery(
    ctx: Context, message: StoredMessage, status: str, reason: dict[str, str] | None, now: int
) -> list[Effect]:
    """Emit MESSAGE_DELIVERY; ``reason`` goes with FAILED and SWITCHING_CHANNEL."""
    content: dict[str, Any] = {
        "message_id": message.id,
        "conversation_id": message.conversation_id,
        "status": status,
        **history.render_channel_identity(message),
        "contact_id": message.contact_id,
    }
    if reason is not None:
        content["reason"] = {"sub_code": "UNSPECIFIED_SUB_CODE", **reason}
    content["metadata"] = message.metadata
    content["processing_mode"] = message.processing_mode
    return _emit(ctx, "MESSAGE_DELIVERY", message, content, now)


def report_inbound(ctx: Context, message: StoredMessage, now: int) -> list[Effect]:
    """Emit MESSAGE_INBOUND with the conversation's metadata as ``message_metadata``."""
    return _emit(
        ctx,
        "MESSAGE_INBOUND",
        message,
        history.render(message),
        now,
        metadata=conversation_metadata(ctx, message.app_id, message.conversation_id),
    )


def conversation_metadata(ctx: Context, app_id: str, conversation_id: str) -> str:
    """Return a conversation's JSON metadata as callbacks carry it: a string, "" when there is none.

    An app whose ``conversation_metadata_report_view`` is NONE (the API's default) does not get any.
    """
    conversation = ctx.state.conversations.get(conversation_id)
    app = ctx.state.apps.get(app_id)
    if conversation is None or app is None or not conversation.metadata_json:
        return ""
    if app.extra.get("conversation_metadata_report_view", "NONE") != "FULL":
        return ""
    return orjson.dumps(conversation.metadata_json).decode()
