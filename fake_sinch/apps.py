"""Apps: their credentials, settings and defaults, and the app operations.

Must not know: messages, delivery.
"""

from typing import Any, Final

from fake_sinch import pipeline
from fake_sinch.asking import Asked, Handled, changes
from fake_sinch.context import Context
from fake_sinch.contracts import refuse
from fake_sinch.errors import Violation, invalid, missing
from fake_sinch.history import DEFAULT_DISPATCH_RETENTION, DEFAULT_RETENTION
from fake_sinch.limits import CREDENTIAL_KEYS
from fake_sinch.state import App, Credential

EXTRA_DEFAULTS: Final[dict[str, Any]] = {
    "conversation_metadata_report_view": "NONE",
    "retention_policy": DEFAULT_RETENTION,
    "dispatch_retention_policy": DEFAULT_DISPATCH_RETENTION,
    "smart_conversation": {"enabled": False},
    "persist_message_status": {"enabled": False},
    "message_search": {"enabled": False},
    "callback_settings": {"secret_for_overridden_callback_urls": ""},
    "delivery_report_based_fallback": {"enabled": False, "delivery_report_waiting_time": 0},
    "message_retry_settings": {"retry_duration": 3600},
}
"""The other fields of an app, and what stands in them when the caller says nothing."""
UPDATABLE: Final = ("display_name", "channel_credentials", "processing_mode", *EXTRA_DEFAULTS)
RATE_LIMITS: Final = {"inbound": 100, "outbound": 20, "webhooks": 100}
DEFAULT_MODE: Final = "DISPATCH"


def render(ctx: Context, app: App) -> dict[str, Any]:
    """Render the App resource."""
    return {
        "id": app.id,
        "display_name": app.display_name,
        "channel_credentials": [_render_credential(n, c) for n, c in enumerate(app.credentials)],
        "processing_mode": app.processing_mode,
        "rate_limits": RATE_LIMITS,
        "queue_stats": {
            "outbound_size": pipeline.queued(ctx, app.id),
            "outbound_limit": ctx.settings.outbound_queue_limit,
        },
        **EXTRA_DEFAULTS,
        **app.extra,
    }


def _render_credential(ordinal: int, credential: Credential) -> dict[str, Any]:
    return {
        "channel": credential.channel,
        credential.key: credential.secret,
        "callback_secret": credential.callback_secret,
        "state": {"status": "ACTIVE", "description": ""},
        "channel_known_id": credential.known_id,
        "credential_ordinal_number": ordinal,
    }


def parse_credentials(given: list[dict[str, Any]]) -> list[Credential]:
    """Return the credentials in a request, or refuse all that do not fit their channel."""
    found: list[Credential] = []
    wrong: list[Violation] = []
    for n, entry in enumerate(given):
        channel = entry["channel"]
        keys = [key for key in CREDENTIAL_KEYS[channel] if key in entry]
        if len(keys) == 1:
            known = str(entry[keys[0]].get("claimed_identity", ""))
            secret = entry.get("callback_secret", "")
            found.append(Credential(channel, keys[0], entry[keys[0]], secret, known))
        else:
            expected = " or ".join(CREDENTIAL_KEYS[channel])
            wrong.append(Violation(f"channel_credentials[{n}]", f"{channel} needs exactly one {expected}"))
    channels = [entry["channel"] for entry in given if entry["channel"] != "LINE"]
    repeated = sorted({c for c in channels if channels.count(c) > 1})
    wrong += [Violation("channel_credentials", f"{channel} is given more than once") for channel in repeated]
    if wrong:
        raise refuse(tuple(wrong))
    return found


def build(ctx: Context, body: dict[str, Any], now: int) -> App:
    """Return a new app from a valid request body and remember it."""
    credentials = parse_credentials(body["channel_credentials"])
    extra = {name: body[name] for name in EXTRA_DEFAULTS if name in body}
    mode = body.get("processing_mode", DEFAULT_MODE)
    app = App(ctx.ids.ulid(now), body["display_name"], mode, credentials, extra)
    ctx.state.apps[app.id] = app
    return app


def get(ctx: Context, app_id: str) -> App:
    """Return an app, or refuse."""
    app = ctx.state.apps.get(app_id)
    if app is None:
        raise missing("App", app_id)
    return app


# Operations


def list_apps(ctx: Context, _: Asked) -> Handled:
    """GET /apps."""
    return {"apps": [render(ctx, app) for app in ctx.state.apps.values()]}, []


def create_app(ctx: Context, asked: Asked) -> Handled:
    """POST /apps."""
    return render(ctx, build(ctx, asked.body, asked.now)), []


def get_app(ctx: Context, asked: Asked) -> Handled:
    """GET /apps/{app_id}."""
    return render(ctx, get(ctx, asked.ids[0])), []


def update_app(ctx: Context, asked: Asked) -> Handled:
    """PATCH /apps/{app_id}; the array of credentials is replaced whole."""
    app = get(ctx, asked.ids[0])
    changed = changes(asked, UPDATABLE)
    for name in ("display_name", "channel_credentials"):
        if name in changed and not changed[name]:
            raise invalid(name, f"{name} cannot be emptied")
    if "channel_credentials" in changed:
        app.credentials = _with_vendor_side(app, parse_credentials(changed.pop("channel_credentials")))
    app.display_name = changed.pop("display_name", app.display_name)
    if "processing_mode" in changed:
        app.processing_mode = changed.pop("processing_mode") or DEFAULT_MODE
    for name, value in changed.items():
        if value is None:
            app.extra.pop(name, None)
        else:
            app.extra[name] = value
    return render(ctx, app), []


def _with_vendor_side(app: App, credentials: list[Credential]) -> list[Credential]:
    """Keep what the lab knows about a channel when its credential is given anew."""
    known = {c.channel: c.vendor for c in app.credentials}
    for credential in credentials:
        credential.vendor = known.get(credential.channel, {})
    return credentials


def delete_app(ctx: Context, asked: Asked) -> Handled:
    """DELETE /apps/{app_id}: its webhooks and conversations go with it, contacts stay."""
    app = get(ctx, asked.ids[0])
    state = ctx.state
    del state.apps[app.id]
    for webhook_id in [w.id for w in state.webhooks.values() if w.app_id == app.id]:
        del state.webhooks[webhook_id]
    for conversation in [c for c in state.conversations.values() if c.app_id == app.id]:
        state.active_conversations.pop(f"{app.id} {conversation.contact_id}", None)
        for message_id in conversation.messages:
            state.messages.pop(message_id, None)
        del state.conversations[conversation.id]
    return {}, []
