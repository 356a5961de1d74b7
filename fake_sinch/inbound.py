"""Takes what customers do: vendors' callbacks in, conversations, messages and callbacks to the app out.

Per customer and channel everything is worked on in order, so that a text never overtakes the image before it: an image
is fetched from the channel, put into the gateway's own store and only then told. What a vendor sends twice is told
once. Must not know: vendors' wires (adapters read those), how calls are performed.
"""

from typing import Any, Final

from fake_sinch import grants, mediastore, pipeline, watermarks
from fake_sinch.accounts import account_of, credential_of
from fake_sinch.adapters.contract import (
    Account,
    Malformed,
    MediaFailed,
    MediaFile,
    Rejected,
    RetryLater,
    Ungranted,
    VendorCall,
    arrivals_of,
    as_call,
    media_step,
)
from fake_sinch.adapters.registry import REGISTRY
from fake_sinch.arrivals import Inbound, InboundMessage, InboundStatus, InboundWatermark, MediaRef
from fake_sinch.backoff import delay_ms
from fake_sinch.context import Context
from fake_sinch.effects import Answer, Call, Effect, Wake
from fake_sinch.errors import INVALID_ARGUMENT, NOT_FOUND, UNAUTHENTICATED, render
from fake_sinch.events import Event, MediaAnswered, MediaDue, MediaGranted
from fake_sinch.ports import Outcome, Reply, RequestLike
from fake_sinch.reasons import Reason, ReasonCode, to_wire
from fake_sinch.state import App
from fake_sinch.telling import deliver
from fake_sinch.traffic import Arrival, lane_key, vendor_key

_SEEN_KEPT: Final = 20_000
"""How many arrivals are remembered to recognise repeats."""
_FETCHES: Final = 6
"""How often a customer's file is asked for before the message goes without it; Sinch's number is not published."""
_FETCH_TIMEOUT_S: Final = 60.0


# The callback


def receive(ctx: Context, channel: str, app_id: str, request: RequestLike, now: int) -> Outcome:
    """Take a vendor's callback: check who calls, read what it tells, and start working on it."""
    app = ctx.state.apps.get(app_id)
    credential = credential_of(app, channel) if app else None
    registration = REGISTRY.get(channel)
    if app is None or credential is None or registration is None:
        return Outcome(render(NOT_FOUND, f"There is no {channel} callback for app {app_id[:40]!r}."))
    adapter = registration.adapter
    if (reply := adapter.handshake(request, credential)) is not None:
        return Outcome(reply)
    if not adapter.authenticate(request, credential):
        return Outcome(render(UNAUTHENTICATED, "The callback's signature or secret is wrong."))
    try:
        told = arrivals_of(adapter, request.body, credential)
    except Malformed as error:
        return Outcome(render(INVALID_ARGUMENT, str(error)))
    effects: list[Effect] = []
    for one in told:
        effects += _take(ctx, app, channel, one, now)
    content_type, thanks = registration.taken
    return Outcome(Reply(200, {"content-type": content_type}, thanks), effects)


def _take(ctx: Context, app: App, channel: str, one: Inbound, now: int) -> list[Effect]:
    if isinstance(one, InboundStatus):
        return pipeline.on_status(ctx, app.id, channel, one, now)
    if isinstance(one, InboundWatermark):
        return _take_watermark(ctx, app, channel, one, now)
    if _is_repeat(ctx, vendor_key(app.id, channel, one.vendor_id), now):
        return []
    lane = lane_key(app.id, channel, one.identity)
    waiting = ctx.state.traffic.arrivals.setdefault(lane, [])
    waiting.append(Arrival(app.id, channel, one))
    return _work(ctx, lane, now) if len(waiting) == 1 else []


def _take_watermark(ctx: Context, app: App, channel: str, mark: InboundWatermark, now: int) -> list[Effect]:
    effects: list[Effect] = []
    for vendor_id in watermarks.passed(ctx, app.id, channel, mark):
        status = InboundStatus(vendor_id, mark.status, mark.at)
        effects += pipeline.on_status(ctx, app.id, channel, status, now)
    return effects


def _is_repeat(ctx: Context, key: str, now: int) -> bool:
    seen = ctx.state.traffic.seen
    if key in seen:
        return True
    seen[key] = now
    while len(seen) > _SEEN_KEPT:
        del seen[next(iter(seen))]
    return False


# Working on a customer's arrivals, one after the other


def _work(ctx: Context, lane: str, now: int) -> list[Effect]:
    """Work on the head of a lane until one has to wait for its file, or none is left."""
    effects: list[Effect] = []
    while waiting := ctx.state.traffic.arrivals.get(lane):
        arrival = waiting[0]
        if isinstance(arrival.what, InboundMessage) and arrival.what.media is not None:
            step = _fetch(ctx, lane, arrival, now)
            if step is not None:
                return [*effects, step]
            lost = Reason(ReasonCode.CHANNEL_CONFIGURATION_MISSING, f"No credentials for {arrival.channel}")
            effects += _lose_file(ctx, lane, arrival, lost, now)
        else:
            effects += deliver(ctx, arrival, {}, now)
            del waiting[0]
    ctx.state.traffic.arrivals.pop(lane, None)
    return effects


def _next(ctx: Context, lane: str, now: int) -> list[Effect]:
    ctx.state.traffic.arrivals[lane].pop(0)
    return _work(ctx, lane, now)


def _media_of(arrival: Arrival) -> MediaRef:
    if isinstance(arrival.what, InboundMessage) and arrival.what.media is not None:
        return arrival.what.media
    raise AssertionError("only messages with a file are fetched")


def _account(ctx: Context, arrival: Arrival, now: int) -> Account | None:
    app = ctx.state.apps.get(arrival.app_id)
    return account_of(ctx, app, arrival.channel, now) if app else None


def _fetch(ctx: Context, lane: str, arrival: Arrival, now: int) -> Call | None:
    account = _account(ctx, arrival, now)
    if account is None:
        return None
    arrival.hop = 0
    registration = REGISTRY[arrival.channel]
    if (first := grants.missing(arrival.channel, account)) is not None:
        arrival.serial += 1
        return as_call(first, registration.target, (arrival.what.vendor_id,), MediaGranted(lane, arrival.serial))
    return _media_call(lane, arrival, registration.adapter.fetch_media(_media_of(arrival), account))


def _media_call(lane: str, arrival: Arrival, call: VendorCall) -> Call:
    arrival.serial += 1
    target, then = REGISTRY[arrival.channel].target, MediaAnswered(lane, arrival.serial)
    return as_call(call, target, (arrival.what.vendor_id,), then, _FETCH_TIMEOUT_S)


def _current(ctx: Context, lane: str, serial: int) -> Arrival | None:
    waiting = ctx.state.traffic.arrivals.get(lane)
    return waiting[0] if waiting and waiting[0].serial == serial else None


def on_event(ctx: Context, event: Event, now: int) -> list[Effect]:
    """Take a timer of the inbound side."""
    if isinstance(event, MediaDue) and _current(ctx, event.lane, event.serial) is not None:
        return _work(ctx, event.lane, now)
    return []


def on_answer(ctx: Context, event: Event, answer: Answer, now: int) -> list[Effect]:
    """Take the answer to a call of the inbound side."""
    if not isinstance(event, MediaAnswered | MediaGranted):
        return []
    arrival = _current(ctx, event.lane, event.serial)
    if arrival is None:
        return []
    account = _account(ctx, arrival, now)
    if account is None:
        return _work(ctx, event.lane, now)
    if isinstance(event, MediaGranted):
        return _granted(
            ctx, event.lane, arrival, grants.take(ctx, arrival.app_id, account.credential, answer, now), now
        )
    return _answered(ctx, event.lane, arrival, account, answer, now)


def _granted(
    ctx: Context, lane: str, arrival: Arrival, refusal: Rejected | RetryLater | None, now: int
) -> list[Effect]:
    """Go on with a file that waited for an access token."""
    if refusal is None:
        return _work(ctx, lane, now)
    failed = MediaFailed(refusal.reason, retry=isinstance(refusal, RetryLater))
    return _file_failed(ctx, lane, arrival, failed, now)


def _answered(ctx: Context, lane: str, arrival: Arrival, account: Account, answer: Answer, now: int) -> list[Effect]:
    media = _media_of(arrival)
    step = media_step(REGISTRY[arrival.channel].adapter, arrival.hop, media, answer, account)
    if isinstance(step, VendorCall):
        arrival.hop += 1
        return [_media_call(lane, arrival, step)]
    if isinstance(step, MediaFile):
        url = mediastore.keep(ctx, media, step, now)
        return deliver(ctx, arrival, _file_message(url, media), now) + _next(ctx, lane, now)
    if isinstance(step, Ungranted):
        grants.forget(ctx, arrival.app_id, arrival.channel)
        step = MediaFailed(step.reason, retry=True)
    return _file_failed(ctx, lane, arrival, step, now)


def _file_failed(ctx: Context, lane: str, arrival: Arrival, failed: MediaFailed, now: int) -> list[Effect]:
    arrival.failures += 1
    if failed.retry and arrival.failures < _FETCHES:
        arrival.serial += 1
        wait = delay_ms(ctx.settings.channel_retry_first_s, arrival.failures, ctx.ids.fraction("media-retry"))
        return [Wake(now + wait, MediaDue(lane, arrival.serial))]
    effects = _lose_file(ctx, lane, arrival, failed.reason, now)
    return effects + _work(ctx, lane, now)


def _lose_file(ctx: Context, lane: str, arrival: Arrival, reason: Reason, now: int) -> list[Effect]:
    """Tell the message without its file, as a fallback; the head of the lane is done with."""
    raw = arrival.what.raw if isinstance(arrival.what, InboundMessage) else ""
    fallback = {"fallback_message": {"raw_message": raw, "reason": to_wire(reason)}}
    ctx.state.traffic.arrivals[lane].pop(0)
    return deliver(ctx, arrival, fallback, now)


def _file_message(url: str, media: MediaRef) -> dict[str, Any]:
    if media.caption:
        return {"media_card_message": {"url": url, "caption": media.caption}}
    message = {"url": url, "thumbnail_url": ""}
    if media.filename:
        message["filename_override"] = media.filename
    return {"media_message": message}


# Customers' files


def media(ctx: Context, request: RequestLike, now: int) -> Reply:
    """Serve a customer's file from the gateway's store."""
    return mediastore.serve(ctx, request, now)


def idle_summary(ctx: Context) -> list[str]:
    """Say which customers' messages still wait for a file, one sentence each."""
    return [
        f"{len(waiting)} arrivals of {lane} wait, the first for its file (failures so far: {waiting[0].failures})"
        for lane, waiting in ctx.state.traffic.arrivals.items()
        if waiting
    ]
