"""The rows of LINE in the shared suite."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import orjson

from fake_channels.core.handset import Handset, OptIn
from fake_channels.line import limits, wire
from fake_channels.line.state import Account
from fake_channels.tests.receiver import Received
from fake_channels.tests.rows import Answered, Ask, Rows

_PUSH = "/v2/bot/message/push"


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def _post(account: Account, body: bytes) -> Ask:
    return Ask("POST", _PUSH, body, _headers(account.access_token))


def _send(account: Account, customer: Handset, text: str) -> Ask:
    return _post(account, orjson.dumps({"to": customer.identity, "messages": [{"type": "text", "text": text}]}))


def _is_error(answered: Answered) -> bool:
    told = orjson.loads(answered.body)
    known = {"message"} <= set(told) <= {"message", "details"} and bool(told["message"])
    return known and "X-Line-Request-Id" in answered.headers


def _is_genuine(account: Account, received: Received) -> bool:
    expected = base64.b64encode(hmac.digest(account.channel_secret.encode(), received.body, "sha256")).decode()
    return hmac.compare_digest(received.headers["x-line-signature"], expected)


def _inbound_text(told: Any) -> str | None:
    (event,) = told["events"]
    text = event.get("message", {}).get("text")
    return None if text is None else str(text)


def _as_first_told(body: bytes) -> bytes:
    return body.replace(b'"isRedelivery":true', b'"isRedelivery":false')


ROWS = Rows(
    send=_send,
    strangers={
        "no token": lambda _: Ask("GET", "/v2/bot/info"),
        "wrong token": lambda _: Ask("GET", "/v2/bot/info", headers=_headers("wrong")),
        "another scheme": lambda account: Ask(
            "GET", "/v2/bot/info", headers={"Authorization": f"Basic {account.access_token}"}
        ),
        "the channel id": lambda account: Ask("GET", "/v2/bot/info", headers=_headers(account.channel_id)),
        "a token in the query": lambda account: Ask("GET", f"/v2/bot/info?access_token={account.channel_id}"),
    },
    is_stranger_answer=lambda answered: answered.status == 401 and _is_error(answered),
    unknown_route=lambda account: Ask("GET", "/v2/bot/nonsense", headers=_headers(account.access_token)),
    is_unknown_route_answer=lambda answered: (
        answered.status == 404 and orjson.loads(answered.body) == {"message": "Not found"}
    ),
    malformed={
        "no JSON": lambda account, _: _post(account, b'{"to":'),
        "no UTF-8": lambda account, customer: _post(
            account, b'{"to":"%s","messages":[{"type":"text","text":"\xff\xfe"}]}' % customer.identity.encode()
        ),
        "no object": lambda account, _: _post(account, b"[1]"),
        "empty": lambda account, _: _post(account, b""),
        "wrong types": lambda account, _: _post(account, b'{"to":1,"messages":{}}'),
        "nobody": lambda account, _: _post(
            account, b'{"to":"U%s","messages":[{"type":"text","text":"x"}]}' % (b"0" * 32)
        ),
        "half a pair": lambda account, customer: _post(
            account, b'{"to":"%s","messages":[{"type":"text","text":"\\ud83d"}]}' % customer.identity.encode()
        ),
        "nested a thousand times": lambda account, _: _post(account, b'{"to":%s1%s}' % (b"[" * 1_000, b"]" * 1_000)),
        "too long": lambda account, customer: _send(account, customer, "x" * (limits.TEXT_MAX + 1)),
        "too long in UTF-16": lambda account, customer: _send(account, customer, "👋" * (limits.TEXT_MAX // 2 + 1)),
    },
    oversize=_post,
    is_error=_is_error,
    is_genuine=_is_genuine,
    accepts=wire.WEBHOOK.accepts,
    inbound_text=_inbound_text,
    first_retries_ms=limits.REDELIVERY_MS[:3],
    retries_in_order=False,
    as_first_told=_as_first_told,
    hello=OptIn(),
)
