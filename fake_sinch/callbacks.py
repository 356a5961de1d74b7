"""Callbacks to the webhooks of an app: envelope, signature, one queue per lane, retries.

A lane is (webhook, lane given by the emitter, queue); inbound and delivery callbacks wait in separate queues.
The head of a lane is attempted until it is delivered or given up; only then does the next one leave. Every attempt
is signed anew. Must not know: channels, the network, the clock.

Envelope and signature: developers.sinch.com/docs/conversation/callbacks. The schedule of retries is not published
there; the default follows the vendor's SMS API.
"""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import orjson

from fake_sinch.context import Context
from fake_sinch.effects import ANSWER_BYTES, Answer, Call, Effect, Wake
from fake_sinch.events import CallbackAnswered, CallbackDue, CallbackTokenAnswered
from fake_sinch.limits import DELIVERY_QUEUE_TRIGGERS, NEVER_RETRIED_HOSTS, TOKEN_EXPIRES_IN, TRIGGERS
from fake_sinch.state import Bucket, Callback, Webhook
from fake_sinch.times import to_text

OVERRIDDEN: Final = "callback_url"
"""Stands for the webhook in the name of a lane whose target came with the message."""
_INTEGRAL_FLOAT: Final = re.compile(rb"\d\.0[,}\]]")
_EXPONENTIAL: Final = 1e16
"""From here on orjson writes a float with an exponent; as integers, some have no JSON there at all."""


def signature(secret: str, body: bytes, nonce: str, timestamp: str) -> str:
    """Return the value of ``x-sinch-webhook-signature``: HMAC-SHA256 over body, nonce and timestamp."""
    signed = b".".join((body, nonce.encode(), timestamp.encode()))
    return b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def compact(value: Any) -> bytes:
    """Render JSON that a JavaScript client re-serialises to the same bytes, so that signatures survive."""
    text = orjson.dumps(value)
    if _INTEGRAL_FLOAT.search(text):
        return orjson.dumps(_integral(orjson.loads(text)))
    return text


def _integral(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _integral(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_integral(v) for v in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXPONENTIAL:
        return int(value)
    return value


# What is said, and to whom


def emit(  # noqa: PLR0913 - the envelope has this many fields
    ctx: Context,
    trigger: str,
    app_id: str,
    content: Mapping[str, Any],
    now: int,
    *,
    lane: str = "",
    message_metadata: str = "",
    correlation_id: str = "",
    callback_url: str = "",
    event_time: int = 0,
    ids: tuple[str, ...] = (),
) -> list[Effect]:
    """Queue one callback per webhook that has the trigger (or one at ``callback_url``) and start idle lanes.

    Contact triggers belong to the project and reach the webhooks of all its apps.
    """
    targets = _targets(ctx, trigger, app_id, callback_url)
    if not targets:
        return []
    body = compact(
        {
            "app_id": app_id,
            "accepted_time": to_text(now),
            "event_time": to_text(event_time or now),
            "project_id": ctx.state.id,
            TRIGGERS[trigger]: content,
            "message_metadata": message_metadata,
            "correlation_id": correlation_id,
        }
    )
    queue = "delivery" if trigger in DELIVERY_QUEUE_TRIGGERS else "inbound"
    effects: list[Effect] = []
    for webhook_id, target in targets:
        waiting = Callback(ctx.ids.ulid(now), trigger, app_id, webhook_id, target, body, ids)
        name = f"{webhook_id or OVERRIDDEN} {lane} {queue}"
        queued = ctx.state.lanes.setdefault(name, [])
        queued.append(waiting)
        if len(queued) == 1:
            effects += _attempt(ctx, name, now)
    return effects


def _targets(ctx: Context, trigger: str, app_id: str, callback_url: str) -> list[tuple[str, str]]:
    if callback_url:
        return [("", callback_url)]
    everybody = trigger.startswith("CONTACT_")
    return [
        (webhook.id, "")
        for webhook in ctx.state.webhooks.values()
        if trigger in webhook.triggers and webhook.target_type == "HTTP" and (everybody or webhook.app_id == app_id)
    ]


# Attempts


def on_event(ctx: Context, event: CallbackDue, now: int) -> list[Effect]:
    """Make the attempt that is due, unless the lane has moved on meanwhile."""
    if _head(ctx, event.lane, event.callback) is None:
        return []
    return _attempt(ctx, event.lane, now)


def on_answer(ctx: Context, event: CallbackAnswered | CallbackTokenAnswered, answer: Answer, now: int) -> list[Effect]:
    """Take the answer of the subject (or of its token endpoint) to the head of a lane."""
    head = _head(ctx, event.lane, event.callback)
    if head is None:
        return []
    if isinstance(event, CallbackTokenAnswered):
        webhook = ctx.state.webhooks.get(head.webhook_id)
        if webhook is not None and _take_token(webhook, answer, now):
            return _attempt(ctx, event.lane, now)
        head.attempts += 1
        return _failed(ctx, event.lane, head, retried=True, now=now)
    if 200 <= answer.status < 300:  # noqa: PLR2004 - the documented "a 2xx ends it"
        return _next(ctx, event.lane, now)
    if answer.status == 401 and head.webhook_id in ctx.state.webhooks:  # noqa: PLR2004 - unauthorized
        ctx.state.webhooks[head.webhook_id].access_token = ""
    retried = answer.status not in range(400, 500) or answer.status in ctx.settings.callback_retried_statuses
    return _failed(ctx, event.lane, head, retried=retried, now=now)


def _head(ctx: Context, lane: str, callback: str) -> Callback | None:
    queued = ctx.state.lanes.get(lane)
    return queued[0] if queued and queued[0].id == callback else None


def _next(ctx: Context, lane: str, now: int) -> list[Effect]:
    queued = ctx.state.lanes[lane]
    queued.pop(0)
    if not queued:
        del ctx.state.lanes[lane]
        return []
    return _attempt(ctx, lane, now)


def _failed(ctx: Context, lane: str, head: Callback, *, retried: bool, now: int) -> list[Effect]:
    delays = ctx.settings.callback_retry_delays_s
    if not retried or head.attempts > len(delays) or _host(head, ctx) in NEVER_RETRIED_HOSTS:
        return _next(ctx, lane, now)
    return [Wake(now + int(delays[head.attempts - 1] * 1000), CallbackDue(lane, head.id))]


def _host(head: Callback, ctx: Context) -> str:
    webhook = ctx.state.webhooks.get(head.webhook_id)
    try:
        return urlsplit(webhook.target if webhook else head.target).hostname or ""
    except ValueError:  # half an IPv6 address
        return ""


def _attempt(ctx: Context, lane: str, now: int) -> list[Effect]:
    head = ctx.state.lanes[lane][0]
    webhook = ctx.state.webhooks.get(head.webhook_id)
    if head.webhook_id and (webhook is None or webhook.target_type != "HTTP"):
        del ctx.state.lanes[lane]  # all of a lane's callbacks belong to one webhook
        return []
    turn = _turn(ctx, head.app_id, now)
    if turn > now:
        return [Wake(turn, CallbackDue(lane, head.id))]
    if webhook is not None and _token_is_missing(webhook, now):
        return [_token_call(webhook, lane, head)]
    head.attempts += 1
    headers = _headers(ctx, head, webhook, now)
    url = webhook.target if webhook else head.target
    timeout = ctx.settings.callback_timeout_s
    then = CallbackAnswered(lane, head.id)
    return [Call("POST", url, headers, head.body, "subject", head.trigger, head.ids, then, timeout, ANSWER_BYTES)]


def _headers(ctx: Context, head: Callback, webhook: Webhook | None, now: int) -> dict[str, str]:
    headers = {"content-type": "application/json"}
    if webhook is not None and webhook.access_token:
        headers["authorization"] = f"Bearer {webhook.access_token}"
    secret = webhook.secret if webhook else _overridden_secret(ctx, head.app_id)
    if secret and ctx.settings.callback_signatures:
        nonce, timestamp = ctx.ids.ulid(now), str(now // 1000)
        headers["x-sinch-webhook-signature"] = signature(secret, head.body, nonce, timestamp)
        headers["x-sinch-webhook-signature-timestamp"] = timestamp
        headers["x-sinch-webhook-signature-nonce"] = nonce
        headers["x-sinch-webhook-signature-algorithm"] = "HmacSHA256"
    return headers


def _overridden_secret(ctx: Context, app_id: str) -> str:
    app = ctx.state.apps.get(app_id)
    if app is None:
        return ""
    return str(app.extra.get("callback_settings", {}).get("secret_for_overridden_callback_urls", ""))


def _turn(ctx: Context, app_id: str, now: int) -> int:
    """Return when this app may send its next callback, and take that turn if it is now."""
    rate = ctx.settings.rates.callbacks_per_second
    if not rate:
        return now
    bucket = ctx.state.callback_buckets.setdefault(app_id, Bucket(rate, now))
    bucket.level = min(rate, bucket.level + (now - bucket.at) * rate / 1000)
    bucket.at = now
    if bucket.level < 1:
        return now + max(1, round((1 - bucket.level) * 1000 / rate))
    bucket.level -= 1
    return now


# Webhooks with client credentials: a token of the customer's own endpoint comes first


def _token_is_missing(webhook: Webhook, now: int) -> bool:
    if webhook.client_credentials is None:
        return False
    return not webhook.access_token or webhook.access_token_expires <= now


def _token_call(webhook: Webhook, lane: str, head: Callback) -> Call:
    asked: dict[str, Any] = webhook.client_credentials or {}
    form = {"grant_type": "client_credentials"}
    form.update({name: asked[name] for name in ("scope", "response_type") if asked.get(name)})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    if asked.get("token_request_type", "BASIC") == "FORM":
        form.update(client_id=asked["client_id"], client_secret=asked["client_secret"])
    else:
        pair = f"{asked['client_id']}:{asked['client_secret']}".encode()
        headers["authorization"] = f"Basic {b64encode(pair).decode()}"
    then = CallbackTokenAnswered(lane, head.id)
    body = urlencode(form).encode()
    return Call("POST", asked["endpoint"], headers, body, "subject", "oauth2/token", head.ids, then, 10.0, ANSWER_BYTES)


def _take_token(webhook: Webhook, answer: Answer, now: int) -> bool:
    if answer.status != 200:  # noqa: PLR2004 - the one status with a token
        return False
    try:
        said = orjson.loads(answer.body)
        token, seconds = said["access_token"], said["expires_in"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return False
    low, high = TOKEN_EXPIRES_IN
    if not isinstance(token, str) or not isinstance(seconds, int) or not low <= seconds <= high:
        return False
    webhook.access_token, webhook.access_token_expires = token, now + seconds * 1000
    return True


def idle_summary(ctx: Context) -> list[str]:
    """Say what is still queued, one sentence per lane."""
    return [
        f"{len(queued)} callback(s) in lane {name!r}, next {queued[0].trigger} (attempt {queued[0].attempts})"
        for name, queued in ctx.state.lanes.items()
    ]
