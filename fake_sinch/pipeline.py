"""Carries an accepted message to its recipient: channel after channel, part after part, with retries and reports.

The states and their reports: MESSAGE_SUBMIT for each channel that is tried, then QUEUED_ON_CHANNEL once the channel
took every part, then DELIVERED, READ or FAILED as the channel tells. A failing channel gives SWITCHING_CHANNEL and the
next one is tried under the same message id; the last one gives FAILED with its reason.
Source: developers.sinch.com/docs/conversation/callbacks and keyconcepts.
Must not know: vendors' wires, requests, webhooks.
"""

from collections.abc import Mapping
from typing import Any, Final

from fake_sinch import app_events, calling, grants, outbound, statuses, watermarks
from fake_sinch.accounts import account_of
from fake_sinch.adapters.contract import Accepted, RetryLater, Ungranted, Unrenderable, Verdict
from fake_sinch.adapters.registry import REGISTRY
from fake_sinch.arrivals import InboundStatus
from fake_sinch.backoff import delay_ms
from fake_sinch.calling import sending_of
from fake_sinch.capabilities import Channel
from fake_sinch.context import Context
from fake_sinch.effects import Answer, Call, Effect, Wake
from fake_sinch.errors import invalid
from fake_sinch.events import (
    AppEventAnswered,
    AppEventGranted,
    Event,
    MediaProbed,
    MessageExpired,
    PartAnswered,
    PartDue,
    PartGranted,
    QueueDue,
    ReportMissing,
)
from fake_sinch.parts import Refused
from fake_sinch.planner import plan
from fake_sinch.reasons import Reason, ReasonCode, to_wire
from fake_sinch.state import App, StoredMessage
from fake_sinch.traffic import Attempt, lane_key, vendor_key

_RETRY_DURATION_S: Final = 3600
_EARLY_KEPT: Final = 1000
"""How many statuses of calls that are not answered yet are kept, over all channels."""
_SERVER_ERROR: Final = 500


# What the service calls


def submit(ctx: Context, message: StoredMessage, now: int) -> list[Effect]:
    """Start sending an accepted message that has at least one route."""
    effects: list[Effect] = []
    sending = sending_of(message)
    if sending.expires_at:
        effects.append(Wake(sending.expires_at, MessageExpired(message.id)))
    outbound.enqueue(ctx, message, now)
    return effects + _drain(ctx, message.app_id, now)


def queued(ctx: Context, app_id: str) -> int:
    """Return how many accepted messages of an app wait for their turn."""
    return outbound.size(ctx, app_id)


def transcode(ctx: Context, channel: str, message: Mapping[str, Any], sender: str, to: str) -> str:
    """Return a message as the channel's own JSON; refuse channels that are not emulated."""
    del ctx, sender
    registration = REGISTRY.get(channel)
    if registration is None:
        raise invalid("channels", f"transcoding for {channel} is not emulated")
    planned = plan(message, Channel(channel), message_id="")
    if isinstance(planned, Refused):
        raise invalid("app_message", planned.reason.description)
    try:
        bodies = [registration.adapter.transcode(part, to or "{{to}}") for part in planned.parts]
    except Unrenderable as error:
        raise invalid("app_message", error.reason.description) from error
    return bodies[0] if len(bodies) == 1 else f"[{','.join(bodies)}]"


def on_event(ctx: Context, event: Event, now: int) -> list[Effect]:
    """Take a timer of the pipeline."""
    if isinstance(event, QueueDue):
        outbound.on_due(ctx, event.app_id)
        return _drain(ctx, event.app_id, now)
    if isinstance(event, MessageExpired):
        return _expire(ctx, event.message_id, now)
    if isinstance(event, PartDue):
        message = _current(ctx, event.message_id, event.serial)
        return _send_part(ctx, message, now) if message else []
    if isinstance(event, ReportMissing):
        message = _current(ctx, event.message_id, event.serial)
        return _give_up_waiting(ctx, message, now) if message else []
    return []


def on_answer(ctx: Context, event: Event, answer: Answer, now: int) -> list[Effect]:
    """Take the answer to a call of the pipeline."""
    if isinstance(event, PartAnswered):
        message = _current(ctx, event.message_id, event.serial)
        return _answered(ctx, message, answer, now) if message else []
    if isinstance(event, PartGranted):
        message = _current(ctx, event.message_id, event.serial)
        return _granted(ctx, message, answer, now) if message else []
    if isinstance(event, MediaProbed):
        message = _current(ctx, event.message_id, event.serial)
        return _probed(ctx, message, event.url, answer, now) if message else []
    if isinstance(event, AppEventAnswered):
        return app_events.on_answer(ctx, event, answer, now)
    if isinstance(event, AppEventGranted):
        return app_events.on_granted(ctx, event, answer, now)
    return []


def on_status(ctx: Context, app_id: str, channel: str, status: InboundStatus, now: int) -> list[Effect]:
    """Take a channel's report on a part."""
    key = vendor_key(app_id, channel, status.vendor_id)
    message = ctx.state.messages.get(ctx.state.traffic.vendor_messages.get(key, ""))
    if message is None or message.sending is None:
        _remember_early(ctx, key, status)
        return []
    attempt = message.sending.attempt
    before = attempt.arrived.get(status.vendor_id)
    if before is None or not statuses.moves(before, status.status):
        return []
    if status.status == statuses.FAILED:
        if not statuses.moves(message.sending.status, statuses.FAILED):
            return []
        unexplained = Reason(ReasonCode.UNKNOWN, "The channel gave no reason")
        return _fail_channel(ctx, message, status.reason or unexplained, now)
    attempt.arrived[status.vendor_id] = status.status
    return _report_progress(ctx, message, now)


def idle_summary(ctx: Context) -> list[str]:
    """Say what is still on its way out, one sentence each."""
    waiting = [
        f"{outbound.size(ctx, app_id)} messages of app {app_id} wait for their turn"
        for app_id in ctx.state.traffic.outbound
        if outbound.size(ctx, app_id)
    ]
    under_way = (ctx.state.messages.get(message_id) for message_id in ctx.state.traffic.under_way)
    retrying = [
        f"message {message.id} is being sent to {message.channel} (failures so far: {message.sending.attempt.failures})"
        for message in under_way
        if message is not None and message.sending is not None
    ]
    return waiting + retrying


# Starting


def _current(ctx: Context, message_id: str, serial: int) -> StoredMessage | None:
    """Return the message an event is about, or None when the event is out of date."""
    message = ctx.state.messages.get(message_id)
    if message is None or message.sending is None or message.sending.attempt.serial != serial:
        return None
    return message


def _drain(ctx: Context, app_id: str, now: int) -> list[Effect]:
    taken, effects = outbound.take(ctx, app_id, now)
    for message_id in taken:
        message = ctx.state.messages.get(message_id)
        if message is not None and sending_of(message).status == statuses.QUEUED:
            effects += _start_route(ctx, message, now)
    return effects


def _start_route(ctx: Context, message: StoredMessage, now: int) -> list[Effect]:
    """Try the channel whose turn it is."""
    sending = sending_of(message)
    route = sending.routes[sending.route]
    message.channel, message.identity, message.identity_app_id = route.channel, route.identity, route.app_id
    sending.attempt = Attempt(serial=sending.attempt.serial + 1)
    ctx.state.traffic.under_way.setdefault(message.id, now)
    app = ctx.state.apps.get(message.app_id)
    if app is None:
        return _finish(ctx, message, Reason(ReasonCode.UNKNOWN_APP, "The app was removed meanwhile"), now)
    if account_of(ctx, app, route.channel, now) is None:
        missing = f"The app has no credentials for {route.channel}"
        return _fail_channel(ctx, message, Reason(ReasonCode.CHANNEL_CONFIGURATION_MISSING, missing), now)
    effects = ctx.report_submit(message, message.body, now)
    return effects + _send_part(ctx, message, now)


def _send_part(ctx: Context, message: StoredMessage, now: int) -> list[Effect]:
    """Call the channel with the part whose turn it is."""
    sending_of(message).attempt.sent_at = now
    call = calling.first_call(ctx, message, now)
    return [call] if isinstance(call, Call) else _fail_channel(ctx, message, call, now)


# Answers


def _probed(ctx: Context, message: StoredMessage, url: str, answer: Answer, now: int) -> list[Effect]:
    if answer.status in {405, 501}:
        told = "application/octet-stream"
    elif answer.status == 0 or answer.status >= 400:  # noqa: PLR2004 - HTTP's errors
        said = f"status {answer.status}" if answer.status else (answer.problem or "no answer")
        problem = f"The provided media [{url}] responded with [{said}]"
        return _fail_channel(ctx, message, Reason(ReasonCode.MEDIA_NOT_REACHABLE, problem), now)
    else:
        told = answer.headers.get("content-type", "") or "application/octet-stream"
    attempt = sending_of(message).attempt
    attempt.media_types[url] = told
    attempt.serial += 1
    return _send_part(ctx, message, now)


def _granted(ctx: Context, message: StoredMessage, answer: Answer, now: int) -> list[Effect]:
    """Go on with a part that waited for an access token."""
    refusal = calling.take_grant(ctx, message, answer, now)
    sending_of(message).attempt.serial += 1
    return _send_part(ctx, message, now) if refusal is None else _judged(ctx, message, refusal, now)


def _answered(ctx: Context, message: StoredMessage, answer: Answer, now: int) -> list[Effect]:
    sending_of(message).attempt.serial += 1
    told = calling.next_call(ctx, message, answer, now)
    return [told] if isinstance(told, Call) else _judged(ctx, message, told, now)


def _judged(ctx: Context, message: StoredMessage, verdict: Verdict, now: int) -> list[Effect]:
    if isinstance(verdict, Accepted):
        return _accepted(ctx, message, verdict, now)
    if isinstance(verdict, RetryLater):
        return _retry(ctx, message, verdict, now)
    attempt = sending_of(message).attempt
    if isinstance(verdict, Ungranted) and not attempt.renewed:
        attempt.renewed = True
        grants.forget(ctx, message.app_id, message.channel)
        return _send_part(ctx, message, now)
    return _fail_channel(ctx, message, verdict.reason, now)


def _accepted(ctx: Context, message: StoredMessage, verdict: Accepted, now: int) -> list[Effect]:
    attempt = sending_of(message).attempt
    vendor_id = verdict.vendor_id or f"part {attempt.part}"
    if verdict.vendor_id:
        ctx.state.traffic.vendor_messages[vendor_key(message.app_id, message.channel, vendor_id)] = message.id
    attempt.vendor_ids += (vendor_id,)
    attempt.arrived[vendor_id] = statuses.QUEUED_ON_CHANNEL
    if REGISTRY[message.channel].tells_by_time:
        lane = lane_key(message.app_id, message.channel, message.identity)
        watermarks.note(ctx, lane, attempt.sent_at, vendor_id)
    attempt.part += 1
    attempt.failures = attempt.first_failure = 0
    attempt.renewed = False
    if attempt.part < attempt.parts:
        return _send_part(ctx, message, now)
    ctx.state.traffic.under_way.pop(message.id, None)
    effects = _report_progress(ctx, message, now) + _await_report(ctx, message, now)
    for vendor_id in attempt.vendor_ids:
        for status in ctx.state.traffic.early.pop(vendor_key(message.app_id, message.channel, vendor_id), ()):
            effects += on_status(ctx, message.app_id, message.channel, status, now)
    return effects


def _remember_early(ctx: Context, key: str, status: InboundStatus) -> None:
    """Keep a status that may have overtaken the answer to its own call."""
    early = ctx.state.traffic.early
    early.setdefault(key, []).append(status)
    while len(early) > _EARLY_KEPT:
        del early[next(iter(early))]


def _retry(ctx: Context, message: StoredMessage, verdict: RetryLater, now: int) -> list[Effect]:
    """Try again after a wait; one last time when the retry duration is over, and then no more."""
    attempt = sending_of(message).attempt
    attempt.renewed = False
    attempt.failures += 1
    if attempt.failures == 1:
        attempt.first_failure = now
    cut_off = attempt.first_failure + _retry_duration_ms(ctx, message.app_id)
    if attempt.failures > 1 and now >= cut_off:
        return _fail_channel(ctx, message, verdict.reason, now)
    first, fraction = ctx.settings.channel_retry_first_s, ctx.ids.fraction("channel-retry")
    wait = delay_ms(first, attempt.failures, fraction)
    if verdict.after_s is not None:
        wait = max(wait, int(verdict.after_s * 1000))
    due = max(min(now + wait, cut_off), now + 1)
    return [Wake(due, PartDue(message.id, attempt.serial))]


def _extra(ctx: Context, app_id: str, name: str) -> Mapping[str, Any]:
    app: App | None = ctx.state.apps.get(app_id)
    found = app.extra.get(name) if app else None
    return found if isinstance(found, dict) else {}


def _retry_duration_ms(ctx: Context, app_id: str) -> int:
    told = _extra(ctx, app_id, "message_retry_settings").get("retry_duration", _RETRY_DURATION_S)
    return int(told) * 1000


# Reports


def _report_progress(ctx: Context, message: StoredMessage, now: int) -> list[Effect]:
    """Report how far the whole message has come, if that is further than before."""
    sending = sending_of(message)
    new = statuses.whole(sending.attempt.arrived.values())
    if not statuses.moves(sending.status, new):
        return []
    sending.status = new
    return ctx.report_delivery(message, new, None, now)


def _await_report(ctx: Context, message: StoredMessage, now: int) -> list[Effect]:
    """Set the timer of the fallback for messages whose delivery is never reported, where the app has it."""
    fallback = _extra(ctx, message.app_id, "delivery_report_based_fallback")
    if not fallback.get("enabled"):
        return []
    wait = int(fallback.get("delivery_report_waiting_time", 0)) * 1000
    return [Wake(now + wait, ReportMissing(message.id, sending_of(message).attempt.serial))]


def _give_up_waiting(ctx: Context, message: StoredMessage, now: int) -> list[Effect]:
    """Go to the next channel when neither DELIVERED nor READ came in time; without a next one, keep waiting."""
    sending = sending_of(message)
    if sending.status != statuses.QUEUED_ON_CHANNEL or sending.route + 1 >= len(sending.routes):
        return []
    late = Reason(ReasonCode.DELIVERY_TIMED_OUT, "No delivery report came within the waiting time")
    return _fail_channel(ctx, message, late, now)


def _fail_channel(ctx: Context, message: StoredMessage, reason: Reason, now: int) -> list[Effect]:
    """Give the current channel up: on to the next, or, after the last, to the end."""
    sending = sending_of(message)
    if sending.route + 1 >= len(sending.routes):
        return _finish(ctx, message, reason, now)
    effects = ctx.report_delivery(message, statuses.SWITCHING_CHANNEL, to_wire(reason), now)
    sending.route += 1
    sending.status = statuses.QUEUED
    return effects + _start_route(ctx, message, now)


def _finish(ctx: Context, message: StoredMessage, reason: Reason, now: int) -> list[Effect]:
    sending = sending_of(message)
    sending.status = statuses.FAILED
    sending.attempt.serial += 1
    ctx.state.traffic.under_way.pop(message.id, None)
    return ctx.report_delivery(message, statuses.FAILED, to_wire(reason), now)


def _expire(ctx: Context, message_id: str, now: int) -> list[Effect]:
    """End a message whose time to live is over before the channel took it; nothing else is tried."""
    message = ctx.state.messages.get(message_id)
    if message is None or sending_of(message).status != statuses.QUEUED:
        return []
    return _finish(ctx, message, Reason(ReasonCode.DELIVERY_TIMED_OUT, "The message's time to live is over"), now)
