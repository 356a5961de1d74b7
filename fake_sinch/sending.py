"""messages:send: what is refused at once, who gets the message over which channels, and what is remembered.

Channel-specific rules come later, in the pipeline, and surface as delivery reports.
Must not know: any channel in particular.
"""

from typing import Any, Final

import orjson

from fake_sinch import addressing, contacts, conversations, history, pipeline, receipts
from fake_sinch.asking import Asked, Handled
from fake_sinch.context import Context
from fake_sinch.contracts import refuse
from fake_sinch.effects import Effect
from fake_sinch.errors import NOT_FOUND, RESOURCE_EXHAUSTED, Refusal, Violation, invalid
from fake_sinch.limits import TTL_SECONDS
from fake_sinch.state import App, Contact, Sending, StoredMessage
from fake_sinch.times import duration_ms, to_text

NO_ROUTE: Final = {
    "CONTACT_NOT_FOUND": "The contact was not found.",
    "NO_CHANNEL_IDENTITY_FOR_CONTACT": "The contact has no identity on any of the channels to try.",
}
"""Why a message that was accepted can have nowhere to go; told by a FAILED delivery report."""


def send_message(ctx: Context, asked: Asked) -> Handled:
    """POST /messages:send."""
    body, now = asked.body, asked.now
    app = ctx.state.apps.get(body["app_id"])
    if app is None:
        raise Refusal(NOT_FOUND, f"App {body['app_id']!r} was not found.")
    found = _mistakes(app, body)
    if found:
        raise refuse(tuple(found))
    if pipeline.queued(ctx, app.id) >= ctx.settings.outbound_queue_limit:
        raise Refusal(RESOURCE_EXHAUSTED, "The queue of outgoing messages of the app is full.")
    metadata = _merged_metadata(ctx, app, body) if "conversation_metadata" in body else None
    dispatch = app.processing_mode == "DISPATCH" or body.get("processing_strategy") == "DISPATCH_ONLY"
    message = _message(ctx, app, body, now, dispatch=dispatch)
    effects = _address(ctx, app, message, body, metadata)
    history.store(ctx, message)
    sending = message.sending
    if sending is not None and sending.routes:
        effects += pipeline.submit(ctx, message, now)
    else:
        effects += _nowhere(ctx, message, body, now)
    return {"message_id": message.id, "accepted_time": to_text(now)}, effects


def _mistakes(app: App, body: dict[str, Any]) -> list[Violation]:
    found = addressing.mistakes_in_order(app, body)
    if "ttl" in body:
        low, high = TTL_SECONDS
        if not low * 1000 <= (duration_ms(body["ttl"]) or 0) <= high * 1000:
            found.append(Violation("ttl", f"{body['ttl']!r} is not between {low}s and {high}s"))
    return found


def _message(ctx: Context, app: App, body: dict[str, Any], now: int, *, dispatch: bool) -> StoredMessage:
    ttl = duration_ms(body["ttl"]) if "ttl" in body else None
    return StoredMessage(
        ctx.ids.ulid(now),
        app.id,
        "TO_CONTACT",
        "",
        "",
        "",
        orjson.dumps(body["message"]),
        now,
        metadata=body.get("message_metadata", ""),
        correlation_id=body.get("correlation_id", ""),
        processing_mode="DISPATCH" if dispatch else "CONVERSATION",
        sending=Sending(
            (),
            callback_url=body.get("callback_url", ""),
            expires_at=now + ttl if ttl else 0,
            properties=body.get("channel_properties", {}),
            high_priority=body.get("queue") == "HIGH_PRIORITY",
            content_type=body.get("message_content_type", "CONTENT_UNKNOWN"),
        ),
    )


def _merged_metadata(ctx: Context, app: App, body: dict[str, Any]) -> dict[str, Any]:
    """Return what the conversation's metadata will be; refused here, before anything has happened."""
    recipient = body["recipient"]
    contact = ctx.state.contacts.get(recipient.get("contact_id", ""))
    for given in recipient.get("identified_by", {}).get("channel_identities", []):
        contact = contact or contacts.find(ctx, given["channel"], given["identity"], app.id)
    conversation = conversations.active(ctx, app.id, contact.id) if contact else None
    strategy = body.get("conversation_metadata_update_strategy", "REPLACE")
    given = body["conversation_metadata"]
    return conversations.merged_metadata(conversation, given, strategy, "conversation_metadata")


# Who, and over which channels


def _address(
    ctx: Context, app: App, message: StoredMessage, body: dict[str, Any], metadata: dict[str, Any] | None
) -> list[Effect]:
    """Find contact, conversation and routes; note them in the message."""
    recipient, order = body["recipient"], body.get("channel_priority_order") or []
    given = addressing.given_identities(app, recipient)
    effects: list[Effect] = []
    if given:
        contact: Contact | None = None
        if message.processing_mode == "CONVERSATION":
            contact, effects = contacts.find_or_create(ctx, app, given, "", message.accept_time)
        routes = addressing.ordered(given, order) if order else given
    else:
        contact = ctx.state.contacts.get(recipient["contact_id"])
        routes = addressing.routes_of(ctx, app, contact, order) if contact else []
    if routes:
        first = routes[0]
        message.channel, message.identity, message.identity_app_id = first.channel, first.identity, first.app_id
    if message.sending is not None:
        message.sending.routes = tuple(routes)
    if contact is not None and message.processing_mode == "CONVERSATION":
        effects += _converse(ctx, app, contact, message, metadata)
    return effects


def _converse(
    ctx: Context, app: App, contact: Contact, message: StoredMessage, metadata: dict[str, Any] | None
) -> list[Effect]:
    conversation, effects = conversations.active_or_new(
        ctx,
        app,
        contact.id,
        message.channel or conversations.NO_CHANNEL,
        message.accept_time,
        metadata_json=metadata,
        correlation_id=message.correlation_id,
    )
    message.contact_id, message.conversation_id = contact.id, conversation.id
    return effects


def _nowhere(ctx: Context, message: StoredMessage, body: dict[str, Any], now: int) -> list[Effect]:
    asked_for = body["recipient"].get("contact_id")
    unknown = asked_for is not None and asked_for not in ctx.state.contacts
    code = "CONTACT_NOT_FOUND" if unknown else "NO_CHANNEL_IDENTITY_FOR_CONTACT"
    if message.sending is not None:
        message.sending.status = "FAILED"
    return receipts.report_delivery(ctx, message, "FAILED", {"code": code, "description": NO_ROUTE[code]}, now)


def transcode_message(ctx: Context, asked: Asked) -> Handled:
    """POST /messages:transcode."""
    body = asked.body
    if body["app_id"] not in ctx.state.apps:
        raise invalid("app_id", f"app {body['app_id']!r} was not found")
    transcoded = {
        channel: pipeline.transcode(ctx, channel, body["app_message"], body.get("from", ""), body.get("to", ""))
        for channel in body["channels"]
    }
    return {"transcoded_message": transcoded}, []
