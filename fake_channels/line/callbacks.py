"""Webhook events on their way: rendered, signed, delivered in order, and redelivered out of it.

Every function takes the account, what happened and the surroundings, changes the account, and returns what is to be
done. Sources: https://developers.line.biz/en/docs/messaging-api/receiving-messages/ and
https://developers.line.biz/en/reference/messaging-api/#webhooks
"""

from __future__ import annotations

import base64
import hmac
from functools import lru_cache
from typing import Any, Final

import msgspec
import orjson

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Effect, Wake
from fake_channels.core.instants import DAY
from fake_channels.core.outbox import Parcel, Posted, Retry, RetryDue
from fake_channels.line import limits
from fake_channels.line.state import Account, Customer, Reply

Json = dict[str, Any]

_ONCE: Final = Retry(delays_ms=())
_AGAIN: Final = "again:"
_TAKEN: Final = Answer(200)


def sign(body: bytes, secret: str) -> str:
    """`x-line-signature`: base64 of the HMAC-SHA256 of exactly these bytes."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def signed(account: Account, events: list[Json]) -> tuple[bytes, dict[str, str]]:
    """A webhook's body and headers."""
    body = orjson.dumps({"destination": account.bot_user_id, "events": events})
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "LineBotWebhook/2.0",
        "x-line-signature": sign(body, account.channel_secret),
    }
    return body, headers


def emit(
    account: Account, customer: Customer, event: Json, env: Env, *, ids: tuple[str, ...] = (), replies: bool = True
) -> list[Effect]:
    """Tell of an event of this customer's chat; `replies` gives it a reply token."""
    if not account.webhook_url or not account.settings.use_webhook:
        return []
    user_id = customer.handset.identity
    whole: Json = {
        **event,
        "mode": "active",
        "timestamp": env.now,
        "source": {"type": "user", "userId": user_id},
        "webhookEventId": env.ids.ulid(env.now),
        "deliveryContext": {"isRedelivery": False},
    }
    if replies:
        whole["replyToken"] = _reply_token(account, user_id, env)
    body, headers = signed(account, [whole])
    name = f"message {event['message']['type']}" if "message" in event else event["type"]
    parcel = Parcel(account.webhook_url, headers, body, name, ids, env.now)
    return account.outbox.add(user_id, parcel)


def _reply_token(account: Account, user_id: str, env: Env) -> str:
    _forget_replies(account, env.now)
    token = env.ids.hex("line.reply_token", 16)
    account.replies[token] = Reply(user_id, env.now, env.now + limits.REPLY_TOKEN_MS)
    return token


def _forget_replies(account: Account, now: int) -> None:
    while account.replies:
        oldest = next(iter(account.replies))
        if now - account.replies[oldest].at <= limits.REPLY_EVENT_MS:
            return
        del account.replies[oldest]


# --- delivery ---------------------------------------------------------------------------------------------------------


def on_posted(account: Account, event: Posted, answer: Answer, env: Env) -> list[Effect]:
    """A webhook was answered. One that failed goes aside to be redelivered, and the next one leaves."""
    outbox = account.outbox
    if event.key.startswith(_AGAIN):
        return outbox.on_answer(event, answer, _schedule(account.settings.redelivery_ms), env.now)
    if answer.ok or not account.settings.redelivery or event.key not in outbox.queues:
        return outbox.on_answer(event, answer, _ONCE, env.now)
    failed = outbox.queues[event.key][0]
    event_id, again = _redelivered(account, failed)
    key = f"{_AGAIN}{event_id}"
    outbox.queues[key] = [again]
    outbox.last_problem, outbox.last_problem_at = answer.problem or f"status {answer.status}", env.now
    following = outbox.on_answer(event, _TAKEN, _ONCE, env.now)
    return [*following, Wake(env.now + account.settings.redelivery_ms[0], RetryDue(key))]


@lru_cache(maxsize=64)
def _schedule(delays_ms: tuple[int, ...]) -> Retry:
    return Retry(delays_ms=delays_ms, expire_ms=2 * sum(delays_ms) + DAY)


def _redelivered(account: Account, failed: Parcel) -> tuple[str, Parcel]:
    events = orjson.loads(failed.body)["events"]
    for event in events:
        event["deliveryContext"]["isRedelivery"] = True
    body, headers = signed(account, events)
    again = msgspec.structs.replace(failed, body=body, headers=headers)
    return events[0]["webhookEventId"], again


def on_retry(account: Account, event: RetryDue, env: Env) -> list[Effect]:
    """A webhook is redelivered; its reply token, unless used or too old, is good for another minute."""
    queue = account.outbox.queues.get(event.key, [])
    for told in orjson.loads(queue[0].body)["events"] if queue else []:
        token = told.get("replyToken", "")
        reply = account.replies.get(token)
        if reply is not None and env.now - reply.at <= limits.REPLY_EVENT_MS:
            account.replies[token] = msgspec.structs.replace(reply, until=env.now + limits.REPLY_TOKEN_MS)
    return account.outbox.on_event(event)
