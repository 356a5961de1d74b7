"""The rows of SMS in the shared suite."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import orjson

from fake_channels.core.handset import Handset
from fake_channels.sms import limits, wire
from fake_channels.sms.state import Account
from fake_channels.tests.receiver import Received
from fake_channels.tests.rows import Answered, Ask, Rows


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def _post(account: Account, body: bytes) -> Ask:
    return Ask("POST", f"/xms/v1/{account.service_plan_id}/batches", body, _headers(account.token))


def _send(account: Account, customer: Handset, text: str) -> Ask:
    batch = {"to": [customer.identity], "body": text, "delivery_report": "per_recipient"}
    return _post(account, orjson.dumps(batch))


def _is_error(answered: Answered) -> bool:
    if not answered.body:
        return True
    told = orjson.loads(answered.body)
    return set(told) == {"code", "text"} and bool(told["text"])


def _is_genuine(account: Account, received: Received) -> bool:
    parts = [received.headers[f"x-sinch-webhook-signature-{name}"].encode() for name in ("nonce", "timestamp")]
    signed = b".".join((received.body, *parts))
    digest = hmac.digest(account.callback_secret.encode(), signed, "sha256")
    return hmac.compare_digest(base64.b64encode(digest).decode(), received.headers["x-sinch-webhook-signature"])


def _inbound_text(told: Any) -> str | None:
    return str(told["body"]) if told["type"] == "mo_text" else None


ROWS = Rows(
    send=_send,
    strangers={
        "no token": lambda account: Ask("GET", f"/xms/v1/{account.service_plan_id}/batches"),
        "wrong token": lambda account: Ask(
            "GET", f"/xms/v1/{account.service_plan_id}/batches", headers=_headers("0" * 32)
        ),
        "wrong plan": lambda account: Ask("GET", f"/xms/v1/{'0' * 32}/batches", headers=_headers(account.token)),
    },
    is_stranger_answer=lambda answered: (answered.status, answered.body) == (401, b""),
    unknown_route=lambda account: Ask(
        "GET", f"/xms/v1/{account.service_plan_id}/nonsense", headers=_headers(account.token)
    ),
    is_unknown_route_answer=lambda answered: (answered.status, answered.body) == (404, b""),
    malformed={
        "no JSON": lambda account, _: _post(account, b'{"to":'),
        "no UTF-8": lambda account, customer: _post(
            account, b'{"to":["%s"],"body":"\xff\xfe"}' % customer.identity.encode()
        ),
        "no object": lambda account, _: _post(account, b"[1]"),
        "empty": lambda account, _: _post(account, b""),
        "wrong types": lambda account, _: _post(account, b'{"to":1,"body":[]}'),
        "nobody": lambda account, _: _post(account, b'{"to":["nobody"],"body":"x"}'),
        "too long": lambda account, customer: _send(account, customer, "x" * (limits.BODY_MAX + 1)),
    },
    oversize=_post,
    is_error=_is_error,
    is_genuine=_is_genuine,
    accepts=wire.WEBHOOK.accepts,
    inbound_text=_inbound_text,
    first_retries_ms=(5_000, 10_000, 20_000),
)
