"""Callbacks on their way: signed, in order, retried for nearly a day."""

from __future__ import annotations

import base64
import hmac
from typing import Final

import orjson

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.instants import DAY
from fake_channels.core.outbox import Parcel, Posted, Retry, RetryDue
from fake_channels.sms import limits, wire
from fake_channels.sms.state import Account

# 2xx ends it, 5xx, 429 and silence are retried, every other 4xx is final:
# https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks
RETRY: Final = Retry(delays_ms=limits.RETRY_DELAYS_MS, expire_ms=3 * DAY, give_up=((300, 428), (430, 499)))


def post(account: Account, key: str, url: str, payload: wire.Json, about: str, env: Env) -> list[Effect]:
    """Queue one callback `about` a batch or a message, in order with those of the same `key`."""
    body = orjson.dumps(payload)
    headers = {"Content-Type": "application/json"}
    if account.callback_secret:
        nonce = env.ids.token("sms.nonce", 16)
        headers |= signature_headers(body, account.callback_secret, nonce, str(env.now // 1000))
    return account.outbox.add(key, Parcel(url, headers, body, str(payload["type"]), (about,), env.now))


def signature_headers(body: bytes, secret: str, nonce: str, timestamp: str) -> dict[str, str]:
    """What proves a callback: HMAC-SHA256 over body, nonce and timestamp, joined by dots.

    https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks
    """
    signed = b".".join((body, nonce.encode(), timestamp.encode()))
    return {
        "x-sinch-webhook-signature": base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode(),
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": timestamp,
    }


def on_posted(account: Account, event: Posted, answer: Answer, env: Env) -> list[Effect]:
    """A callback was answered."""
    return account.outbox.on_answer(event, answer, RETRY, env.now)


def on_retry(account: Account, event: RetryDue) -> list[Effect]:
    """A callback may be tried again."""
    return account.outbox.on_event(event)
