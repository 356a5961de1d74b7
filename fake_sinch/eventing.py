"""events:send: an event of the app (composing, agent joined ...) to one channel of the recipient.

Must not know: any channel in particular.
"""

from typing import Any

from fake_sinch import addressing, app_events, contacts, conversations
from fake_sinch.asking import Asked, Handled
from fake_sinch.context import Context
from fake_sinch.contracts import refuse
from fake_sinch.effects import Effect
from fake_sinch.errors import INVALID_ARGUMENT, NOT_FOUND, Refusal
from fake_sinch.events import AppEventAnswered
from fake_sinch.state import App, Contact, Identity
from fake_sinch.times import to_text


def send_event(ctx: Context, asked: Asked) -> Handled:
    """POST /events:send: one channel is tried; how that went is told by EVENT_DELIVERY."""
    body, now = asked.body, asked.now
    app = ctx.state.apps.get(body["app_id"])
    if app is None:
        raise Refusal(NOT_FOUND, f"App {body['app_id']!r} was not found.")
    found = addressing.mistakes_in_order(app, body)
    if found:
        raise refuse(tuple(found))
    routes = _routes(ctx, app, body)
    if not routes:
        raise Refusal(INVALID_ARGUMENT, "The recipient has no identity on any of the channels to try.")
    contact, effects = _person(ctx, app, body, now)
    if contact is not None:
        effects += conversations.active_or_new(ctx, app, contact.id, routes[0].channel, now)[1]
    event_id, to = ctx.ids.ulid(now), routes[0]
    about = AppEventAnswered(
        app.id,
        event_id,
        to.channel,
        to.identity,
        identity_app_id=to.app_id,
        contact_id=contact.id if contact else "",
        metadata=body.get("event_metadata", ""),
        processing_mode=app.processing_mode,
        callback_url=body.get("callback_url", ""),
    )
    effects += app_events.send(ctx, app, body["event"], to, about, now)
    return {"event_id": event_id, "accepted_time": to_text(now)}, effects


def _routes(ctx: Context, app: App, body: dict[str, Any]) -> list[Identity]:
    recipient, order = body["recipient"], body.get("channel_priority_order") or []
    given = addressing.given_identities(app, recipient)
    if given:
        return addressing.ordered(given, order) if order else given
    contact = ctx.state.contacts.get(recipient["contact_id"])
    return addressing.routes_of(ctx, app, contact, order) if contact else []


def _person(ctx: Context, app: App, body: dict[str, Any], now: int) -> tuple[Contact | None, list[Effect]]:
    if app.processing_mode != "CONVERSATION":
        return None, []
    given = addressing.given_identities(app, body["recipient"])
    if given:
        return contacts.find_or_create(ctx, app, given, "", now)
    return ctx.state.contacts.get(body["recipient"]["contact_id"]), []
