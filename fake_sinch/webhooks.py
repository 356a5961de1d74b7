"""Webhooks: where callbacks of an app go, and the webhook operations.

Must not know: how callbacks are queued and sent.
"""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from fake_sinch.asking import Asked, Handled, changes
from fake_sinch.context import Context
from fake_sinch.contracts import refuse
from fake_sinch.errors import Violation, missing
from fake_sinch.limits import FORBIDDEN_WEBHOOK_HOST, WEBHOOKS_PER_APP
from fake_sinch.state import Webhook

UPDATABLE: Final = ("target", "target_type", "triggers", "secret", "client_credentials", "app_id")


def render(webhook: Webhook) -> dict[str, Any]:
    """Render the Webhook resource."""
    return {
        "id": webhook.id,
        "app_id": webhook.app_id,
        "target": webhook.target,
        "target_type": webhook.target_type,
        "secret": webhook.secret,
        "triggers": webhook.triggers,
        "client_credentials": webhook.client_credentials,
    }


def of_app(ctx: Context, app_id: str) -> list[Webhook]:
    """Return the webhooks of an app, oldest first."""
    return [w for w in ctx.state.webhooks.values() if w.app_id == app_id]


def _get(ctx: Context, webhook_id: str) -> Webhook:
    webhook = ctx.state.webhooks.get(webhook_id)
    if webhook is None:
        raise missing("Webhook", webhook_id)
    return webhook


def _mistakes_in_target(ctx: Context, app_id: str, target: str, own_id: str) -> list[Violation]:
    found = []
    try:
        host = urlsplit(target).hostname or ""
    except ValueError:
        host = ""
    if not host:
        found.append(Violation("target", "the target is not a URL with a host"))
    if re.fullmatch(FORBIDDEN_WEBHOOK_HOST, host):
        found.append(Violation("target", f"the host {host} is not allowed as a target"))
    if any(w.target == target and w.id != own_id for w in of_app(ctx, app_id)):
        found.append(Violation("target", "the app already has a webhook with this target"))
    return found


def build(ctx: Context, body: dict[str, Any], now: int) -> Webhook:
    """Return a new webhook from a valid request body and remember it, or refuse."""
    app_id = body["app_id"]
    if app_id not in ctx.state.apps:
        raise missing("App", app_id)
    found = _mistakes_in_target(ctx, app_id, body["target"], "")
    if len(of_app(ctx, app_id)) >= WEBHOOKS_PER_APP:
        found.append(Violation("app_id", f"an app has at most {WEBHOOKS_PER_APP} webhooks"))
    if found:
        raise refuse(tuple(found))
    webhook = Webhook(
        ctx.ids.ulid(now),
        app_id,
        body["target"],
        body.get("target_type", "HTTP"),
        list(dict.fromkeys(body["triggers"])),
        body.get("secret", ""),
        body.get("client_credentials"),
    )
    ctx.state.webhooks[webhook.id] = webhook
    return webhook


# Operations


def list_webhooks(ctx: Context, asked: Asked) -> Handled:
    """GET /apps/{app_id}/webhooks."""
    app_id = asked.ids[0]
    if app_id not in ctx.state.apps:
        raise missing("App", app_id)
    return {"webhooks": [render(w) for w in of_app(ctx, app_id)]}, []


def create_webhook(ctx: Context, asked: Asked) -> Handled:
    """POST /webhooks."""
    return render(build(ctx, asked.body, asked.now)), []


def get_webhook(ctx: Context, asked: Asked) -> Handled:
    """GET /webhooks/{id}."""
    return render(_get(ctx, asked.ids[0])), []


def update_webhook(ctx: Context, asked: Asked) -> Handled:
    """PATCH /webhooks/{id}; callbacks that wait already go to the new target."""
    webhook = _get(ctx, asked.ids[0])
    changed = changes(asked, UPDATABLE)
    found = [
        Violation(name, f"{name} cannot be emptied")
        for name in ("target", "triggers")
        if name in changed and not changed[name]
    ]
    if changed.pop("app_id", None) not in {None, webhook.app_id}:
        found.append(Violation("app_id", "the app of a webhook cannot be changed"))
    if changed.get("target"):
        found += _mistakes_in_target(ctx, webhook.app_id, changed["target"], webhook.id)
    if found:
        raise refuse(tuple(found))
    for name, value in changed.items():
        empty = {"secret": "", "target_type": "HTTP"}.get(name)
        setattr(webhook, name, empty if value is None else value)
    if "client_credentials" in changed:
        webhook.access_token, webhook.access_token_expires = "", 0
    return render(webhook), []


def delete_webhook(ctx: Context, asked: Asked) -> Handled:
    """DELETE /webhooks/{id}; callbacks that wait for it are dropped."""
    del ctx.state.webhooks[_get(ctx, asked.ids[0]).id]
    for lane in [name for name in ctx.state.lanes if name.startswith(f"{asked.ids[0]} ")]:
        del ctx.state.lanes[lane]
    return {}, []
