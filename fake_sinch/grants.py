"""Access tokens that vendors grant: asked for by whoever needs one first, kept until shortly before they end.

A token belongs to one channel of one app and to the credential it was granted for; a changed credential has none.
Must not know: vendors' wires (adapters that are `Granting` do), what the token is needed for.
"""

from typing import Final

from fake_sinch.adapters.contract import Account, Granted, Rejected, RetryLater, VendorCall, grant_of
from fake_sinch.adapters.registry import REGISTRY
from fake_sinch.context import Context
from fake_sinch.effects import Answer
from fake_sinch.state import Credential
from fake_sinch.traffic import AccessToken

_SPARE_MS: Final = 120_000
"""How long before its end a token is no longer used."""


def held(ctx: Context, app_id: str, credential: Credential, now: int) -> str:
    """Return the token that is at hand for a channel of an app, or ""."""
    known = ctx.state.traffic.access_tokens.get(_key(app_id, credential.channel))
    if known is None or known.expires_at <= now or known.secret != credential.secret:
        return ""
    return known.value


def missing(channel: str, account: Account) -> VendorCall | None:
    """Return the call that has to come first, or None when no token is needed or one is at hand."""
    vendor = REGISTRY[channel].grants
    return None if vendor is None or account.access_token else vendor.grant(account)


def take(ctx: Context, app_id: str, credential: Credential, answer: Answer, now: int) -> Rejected | RetryLater | None:
    """Keep the token that an answer brings; return why there is none, or None when there is.

    However short its life, it is good at the time ``now``, so that whoever waits for it does not ask for ever.
    """
    vendor = REGISTRY[credential.channel].grants
    if vendor is None:
        raise AssertionError(f"{credential.channel} grants no tokens")
    told = grant_of(vendor, answer)
    if not isinstance(told, Granted):
        return told
    tokens = ctx.state.traffic.access_tokens
    for key in [key for key, known in tokens.items() if known.expires_at <= now]:
        del tokens[key]
    expires_at = now + max(1, told.life_s * 1000 - _SPARE_MS)
    tokens[_key(app_id, credential.channel)] = AccessToken(told.token, expires_at, dict(credential.secret))
    return None


def forget(ctx: Context, app_id: str, channel: str) -> None:
    """Drop a token that the vendor takes no longer."""
    ctx.state.traffic.access_tokens.pop(_key(app_id, channel), None)


def _key(app_id: str, channel: str) -> str:
    return f"{app_id} {channel}"
