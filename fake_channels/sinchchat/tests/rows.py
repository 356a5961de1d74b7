"""The rows of Sinch Chat in the shared suite."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import orjson

from fake_channels.core.handset import Handset
from fake_channels.sinchchat import limits, wire
from fake_channels.sinchchat.state import Account
from fake_channels.tests.receiver import Received
from fake_channels.tests.rows import Answered, Ask, Rows


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def _post(account: Account, body: bytes) -> Ask:
    return Ask("POST", f"/v1/projects/{account.project_id}/app:send", body, _headers(account.app_token))


def _send(account: Account, customer: Handset, text: str) -> Ask:
    message = {"recipient": {"uuid": customer.identity}, "app_message": {"text_message": {"text": text}}}
    return _post(account, orjson.dumps(message))


def _is_error(answered: Answered) -> bool:
    told = orjson.loads(answered.body)
    return set(told) == {"code", "message", "details"} and isinstance(told["code"], int) and bool(told["message"])


def _is_genuine(account: Account, received: Received) -> bool:
    parts = [received.headers[f"x-sinch-webhook-signature-{name}"].encode() for name in ("nonce", "timestamp")]
    signed = b".".join((received.body, *parts))
    digest = hmac.digest(account.callback_secret.encode(), signed, "sha256")
    return hmac.compare_digest(base64.b64encode(digest).decode(), received.headers["x-sinch-webhook-signature"])


def _inbound_text(told: Any) -> str | None:
    text = told.get("contact_message", {}).get("text_message", {}).get("text")
    return None if text is None else str(text)


ROWS = Rows(
    send=_send,
    strangers={
        "no token": lambda account: Ask("GET", f"/v1/projects/{account.project_id}/app/callback"),
        "wrong token": lambda account: Ask(
            "GET", f"/v1/projects/{account.project_id}/app/callback", headers=_headers("0" * 32)
        ),
        "no customer's token": lambda account: Ask("GET", f"/v1/projects/{account.project_id}/chat/history"),
        "forged token": lambda account: Ask(
            "GET", f"/v1/projects/{account.project_id}/chat/stream", headers={"Authorization": "a.b.c"}
        ),
    },
    is_stranger_answer=lambda answered: answered.status == 401 and orjson.loads(answered.body)["code"] == 16,
    unknown_route=lambda account: Ask(
        "GET", f"/v1/projects/{account.project_id}/nonsense", headers=_headers(account.app_token)
    ),
    is_unknown_route_answer=lambda answered: (
        answered.status == 404 and orjson.loads(answered.body) == {"code": 5, "message": "Not Found", "details": []}
    ),
    malformed={
        "no JSON": lambda account, _: _post(account, b'{"recipient":'),
        "no UTF-8": lambda account, customer: _post(
            account,
            b'{"recipient":{"uuid":"%s"},"app_message":{"text_message":{"text":"\xff\xfe"}}}'
            % customer.identity.encode(),
        ),
        "no object": lambda account, _: _post(account, b"[1]"),
        "empty": lambda account, _: _post(account, b""),
        "no content": lambda account, customer: _post(
            account, b'{"recipient":{"uuid":"%s"},"app_message":{}}' % customer.identity.encode()
        ),
        "nobody": lambda account, _: _post(
            account, b'{"recipient":{"uuid":"nobody"},"app_message":{"text_message":{"text":"x"}}}'
        ),
        "too long": lambda account, customer: _send(account, customer, "x" * (limits.TEXT_MAX + 1)),
    },
    oversize=_post,
    is_error=_is_error,
    is_genuine=_is_genuine,
    accepts=wire.CALLBACK.accepts,
    inbound_text=_inbound_text,
    first_retries_ms=(5_000, 10_000, 20_000),
)
