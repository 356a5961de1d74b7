"""The business account behind a channel of an app. Must not know: what is done with it."""

from fake_sinch import grants
from fake_sinch.adapters.contract import Account
from fake_sinch.adapters.registry import REGISTRY
from fake_sinch.context import Context
from fake_sinch.state import App, Credential


def credential_of(app: App, channel: str) -> Credential | None:
    """Return an app's (first) credential for a channel."""
    return next((credential for credential in app.credentials if credential.channel == channel), None)


def account_of(ctx: Context, app: App, channel: str, now: int) -> Account | None:
    """Return the account to use, or None when the app or this lab has none for the channel."""
    credential = credential_of(app, channel)
    registration = REGISTRY.get(channel)
    if credential is None or registration is None:
        return None
    base_url = ctx.settings.channel_base_urls.get(channel, "").rstrip("/")
    callback = f"{ctx.settings.public_base_url.rstrip('/')}/adapter/v1/{channel}/{app.id}/callback"
    token = grants.held(ctx, app.id, credential, now) if registration.grants else ""
    return Account(credential, base_url, callback, token)
