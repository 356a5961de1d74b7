"""The rows of Instagram in the shared suite."""

from __future__ import annotations

import hmac
from typing import Any

import orjson

from fake_channels.core.handset import Handset, SendText
from fake_channels.instagram import limits, wire
from fake_channels.instagram.state import Account
from fake_channels.tests.receiver import Received
from fake_channels.tests.rows import Answered, Ask, Rows


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def _post(account: Account, body: bytes) -> Ask:
    return Ask("POST", f"/v23.0/{account.owner_id}/messages", body, _headers(account.token))


def _send(account: Account, customer: Handset, text: str) -> Ask:
    message = {"recipient": {"id": customer.identity}, "messaging_type": "RESPONSE", "message": {"text": text}}
    return _post(account, orjson.dumps(message))


def _error(answered: Answered) -> dict[str, Any]:
    error = orjson.loads(answered.body)["error"]
    return error if {"message", "type", "code", "fbtrace_id"} <= set(error) else {}


def _is_genuine(account: Account, received: Received) -> bool:
    secret = account.app_secret.encode()
    sha256, sha1 = (hmac.digest(secret, received.body, name).hex() for name in ("sha256", "sha1"))
    return received.headers["x-hub-signature-256"] == f"sha256={sha256}" and (
        received.headers["x-hub-signature"] == f"sha1={sha1}"
    )


def _inbound_text(told: Any) -> str | None:
    message = told["entry"][0]["messaging"][0].get("message", {})
    return None if message.get("is_echo") or "text" not in message else str(message["text"])


def _to(customer: Handset, rest: bytes) -> bytes:
    return b'{"recipient":{"id":"%s"},%s}' % (customer.identity.encode(), rest)


ROWS = Rows(
    send=_send,
    strangers={
        "no token": lambda account: Ask("GET", f"/v23.0/{account.owner_id}"),
        "wrong token": lambda account: Ask("GET", f"/v23.0/{account.owner_id}", headers=_headers("EAAwrong")),
        "wrong token in the query": lambda account: Ask("GET", f"/{account.owner_id}?access_token=EAAwrong"),
        "wrong token in the body": lambda account: Ask(
            "POST",
            f"/{account.owner_id}/messages",
            b'{"access_token":"EAAwrong"}',
            {"Content-Type": "application/json"},
        ),
    },
    is_stranger_answer=lambda answered: answered.status == 401 and _error(answered)["code"] in {104, 190},
    unknown_route=lambda account: Ask("GET", "/v23.0/non/sense", headers=_headers(account.token)),
    is_unknown_route_answer=lambda answered: answered.status == 400 and _error(answered)["code"] == 2500,
    malformed={
        "no JSON": lambda account, _: _post(account, b'{"recipient":'),
        "no UTF-8": lambda account, customer: _post(account, _to(customer, b'"message":{"text":"\xff\xfe"}')),
        "no object": lambda account, _: _post(account, b"[1]"),
        "empty": lambda account, _: _post(account, b""),
        "wrong types": lambda account, _: _post(account, b'{"recipient":1,"message":{"text":[]}}'),
        "no recipient": lambda account, _: _post(account, b'{"message":{"text":"x"}}'),
        "nobody": lambda account, _: _post(account, b'{"recipient":{"id":"1"},"message":{"text":"x"}}'),
        "no message": lambda account, customer: _post(account, _to(customer, b'"messaging_type":"RESPONSE"')),
        "half a pair": lambda account, customer: _post(account, _to(customer, b'"message":{"text":"\\ud83d"}')),
        "too deep": lambda account, customer: _post(
            account, _to(customer, b'"message":{"text":' + b"[" * 1_020 + b"]" * 1_020 + b"}")
        ),
        "too long": lambda account, customer: _send(account, customer, "é" * (limits.TEXT_MAX_BYTES // 2 + 1)),
    },
    oversize=_post,
    is_error=lambda answered: bool(_error(answered)),
    is_genuine=_is_genuine,
    accepts=wire.WEBHOOK.accepts,
    inbound_text=_inbound_text,
    first_retries_ms=(1_000, 1_000, 1_000, 60_000),
    hello=SendText(text="hello"),
)
