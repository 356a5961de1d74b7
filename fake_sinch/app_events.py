"""Sends an app's event (composing, agent joined ...) over one channel and reports how that went.

Where a channel has nothing like the event, its report is FAILED with UNSUPPORTED_OPERATION; events are tried once.
Must not know: vendors' wires, requests. Source: developers.sinch.com/docs/conversation/callbacks (EVENT_DELIVERY).
"""

from collections.abc import Mapping
from typing import Any, Final

from fake_sinch import grants, statuses
from fake_sinch.accounts import account_of, credential_of
from fake_sinch.adapters.contract import Accepted, Ungranted, as_call, verdict_of
from fake_sinch.adapters.registry import REGISTRY
from fake_sinch.context import Context, lane_of
from fake_sinch.effects import Answer, Effect
from fake_sinch.events import AppEventAnswered, AppEventGranted
from fake_sinch.reasons import Reason, ReasonCode, to_wire
from fake_sinch.state import App, Identity
from fake_sinch.traffic import lane_key

_OK: Final = 200


def send(
    ctx: Context, app: App, event: Mapping[str, Any], to: Identity, about: AppEventAnswered, now: int
) -> list[Effect]:
    """Send an event; ``about`` is what its report will say, and comes back with the channel's answer."""
    account = account_of(ctx, app, to.channel, now)
    if account is None:
        missing = Reason(ReasonCode.CHANNEL_CONFIGURATION_MISSING, f"The app has no credentials for {to.channel}")
        return _report(ctx, about, statuses.FAILED, missing, now)
    registration = REGISTRY[to.channel]
    if (first := grants.missing(to.channel, account)) is not None:
        return [as_call(first, registration.target, (about.event_id,), AppEventGranted(dict(event), about))]
    last = ctx.state.traffic.last_inbound.get(lane_key(app.id, to.channel, to.identity), "")
    call = registration.adapter.render_event(event, to.identity, account, last)
    if call is None:
        lacking = Reason(ReasonCode.UNSUPPORTED_OPERATION, f"{to.channel} has nothing like {next(iter(event), 'it')}")
        return _report(ctx, about, statuses.FAILED, lacking, now)
    return [as_call(call, registration.target, (about.event_id,), about)]


def on_granted(ctx: Context, waiting: AppEventGranted, answer: Answer, now: int) -> list[Effect]:
    """Go on with an event that waited for an access token."""
    about = waiting.about
    app = ctx.state.apps.get(about.app_id)
    credential = credential_of(app, about.channel) if app else None
    if app is None or credential is None:
        return []
    refusal = grants.take(ctx, app.id, credential, answer, now)
    if refusal is not None:
        return _report(ctx, about, statuses.FAILED, refusal.reason, now)
    to = Identity(about.channel, about.identity, about.identity_app_id)
    return send(ctx, app, waiting.event, to, about, now)


def on_answer(ctx: Context, about: AppEventAnswered, answer: Answer, now: int) -> list[Effect]:
    """Report what the channel's answer means for the event."""
    registration = REGISTRY[about.channel]
    verdict = verdict_of(registration.adapter, answer)
    if isinstance(verdict, Accepted) or (answer.status == _OK and not registration.refuses_with_200):
        return _report(ctx, about, statuses.QUEUED_ON_CHANNEL, None, now)
    if isinstance(verdict, Ungranted):
        grants.forget(ctx, about.app_id, about.channel)
    return _report(ctx, about, statuses.FAILED, verdict.reason, now)


def _report(ctx: Context, about: AppEventAnswered, status: str, reason: Reason | None, now: int) -> list[Effect]:
    content: dict[str, Any] = {
        "event_id": about.event_id,
        "status": status,
        "channel_identity": {
            "channel": about.channel,
            "identity": about.identity,
            "app_id": about.identity_app_id,
        },
        "contact_id": about.contact_id,
    }
    if reason is not None:
        content["reason"] = to_wire(reason)
    content["metadata"] = about.metadata
    content["processing_mode"] = about.processing_mode
    return ctx.emit(
        "EVENT_DELIVERY",
        about.app_id,
        content,
        now,
        lane=lane_of(about.contact_id, about.channel, about.identity),
        callback_url=about.callback_url,
        ids=(about.event_id,),
    )
