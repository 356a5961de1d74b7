"""The rows of WhatsApp in the shared suite."""

from __future__ import annotations

import hmac
from typing import Any

import orjson

from fake_channels.core.handset import Handset, SendText
from fake_channels.tests.receiver import Received
from fake_channels.tests.rows import Answered, Ask, Rows
from fake_channels.whatsapp import limits, wire
from fake_channels.whatsapp.state import Account


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def _post(account: Account, body: bytes) -> Ask:
    return Ask("POST", f"/v23.0/{account.phone_number_id}/messages", body, _headers(account.token))


def _send(account: Account, customer: Handset, text: str) -> Ask:
    message = {"messaging_product": "whatsapp", "to": customer.identity, "type": "text", "text": {"body": text}}
    return _post(account, orjson.dumps(message))


def _error(answered: Answered) -> dict[str, Any]:
    error = orjson.loads(answered.body)["error"]
    return error if {"message", "type", "code", "fbtrace_id"} <= set(error) else {}


def _is_genuine(account: Account, received: Received) -> bool:
    expected = "sha256=" + hmac.digest(account.app_secret.encode(), received.body, "sha256").hex()
    return hmac.compare_digest(received.headers["x-hub-signature-256"], expected)


def _inbound_text(told: Any) -> str | None:
    (entry,) = told["entry"]
    for message in entry["changes"][0]["value"].get("messages", []):
        if message["type"] == "text":
            return str(message["text"]["body"])
    return None


ROWS = Rows(
    send=_send,
    strangers={
        "no token": lambda account: Ask("GET", f"/v23.0/{account.phone_number_id}"),
        "wrong token": lambda account: Ask("GET", f"/v23.0/{account.phone_number_id}", headers=_headers("EAAwrong")),
        "wrong token in the query": lambda account: Ask("GET", f"/{account.phone_number_id}?access_token=EAAwrong"),
    },
    is_stranger_answer=lambda answered: answered.status == 401 and _error(answered)["code"] in {104, 190},
    unknown_route=lambda account: Ask("GET", "/v23.0/non/sense", headers=_headers(account.token)),
    is_unknown_route_answer=lambda answered: answered.status == 400 and _error(answered)["code"] == 2500,
    malformed={
        "no JSON": lambda account, _: _post(account, b'{"to":'),
        "no UTF-8": lambda account, _: _post(account, b'{"type":"text","text":{"body":"\xff\xfe"}}'),
        "no object": lambda account, _: _post(account, b"[1]"),
        "empty": lambda account, _: _post(account, b""),
        "wrong types": lambda account, _: _post(account, b'{"to":1,"type":"text","text":[]}'),
        "too long": lambda account, customer: _send(account, customer, "x" * (limits.TEXT_MAX + 1)),
    },
    oversize=_post,
    is_error=lambda answered: bool(_error(answered)),
    is_genuine=_is_genuine,
    accepts=wire.WEBHOOK.accepts,
    inbound_text=_inbound_text,
    first_retries_ms=(2_000, 10_000, 30_000),
    hello=SendText(text="hello"),
)
