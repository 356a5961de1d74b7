"""The rows of Telegram in the shared suite."""

from __future__ import annotations

import hmac
from typing import Any

import orjson

from fake_channels.core.handset import Handset, OptIn
from fake_channels.telegram import limits, wire
from fake_channels.telegram.state import Account
from fake_channels.tests.receiver import Received
from fake_channels.tests.rows import Answered, Ask, Rows

_JSON = {"Content-Type": "application/json"}


def _post(account: Account, body: bytes) -> Ask:
    return Ask("POST", f"/bot{account.token}/sendMessage", body, _JSON)


def _send(account: Account, customer: Handset, text: str) -> Ask:
    return _post(account, orjson.dumps({"chat_id": customer.identity, "text": text}))


def _is(answered: Answered, status: int, description: str) -> bool:
    told = orjson.loads(answered.body)
    return answered.status == status and told == {"ok": False, "error_code": status, "description": description}


def _is_error(answered: Answered) -> bool:
    told = orjson.loads(answered.body)
    known = {"ok", "error_code", "description"} <= set(told) <= {"ok", "error_code", "description", "parameters"}
    waits = (answered.status == 429) <= ("retry_after" in told.get("parameters", {}))
    return known and told["ok"] is False and told["error_code"] == answered.status and waits


def _is_genuine(account: Account, received: Received) -> bool:
    return hmac.compare_digest(account.secret_token, received.headers["x-telegram-bot-api-secret-token"])


def _inbound_text(told: Any) -> str | None:
    text = told.get("message", {}).get("text")
    return None if text is None else str(text)


ROWS = Rows(
    send=_send,
    strangers={
        "wrong token": lambda account: Ask("GET", f"/bot{account.bot_id}:wrong/getMe"),
        "another bot": lambda _: Ask("GET", "/bot1:wrong/getMe"),
        "wrong token for a file": lambda account: Ask("GET", f"/file/bot{account.bot_id}:wrong/photos/file_0.jpg"),
        "encoded token": lambda account: Ask("GET", f"/bot{account.bot_id}%3Awrong/getMe"),
    },
    is_stranger_answer=lambda answered: _is(answered, 401, "Unauthorized"),
    unknown_route=lambda account: Ask("GET", f"/bot{account.token}/nonsense"),
    is_unknown_route_answer=lambda answered: _is(answered, 404, "Not Found: method not found"),
    malformed={
        "no JSON": lambda account, _: _post(account, b'{"chat_id":'),
        "no UTF-8": lambda account, customer: _post(
            account, b'{"chat_id":%s,"text":"\xff\xfe"}' % customer.identity.encode()
        ),
        "no object": lambda account, _: _post(account, b"[1]"),
        "empty": lambda account, _: _post(account, b""),
        "wrong types": lambda account, _: _post(account, b'{"chat_id":[],"text":"x"}'),
        "nobody": lambda account, _: _post(account, b'{"chat_id":1,"text":"x"}'),
        "half a pair": lambda account, customer: _post(
            account, b'{"chat_id":%s,"text":"\\ud83d"}' % customer.identity.encode()
        ),
        "too long": lambda account, customer: _send(account, customer, "x" * (limits.TEXT_MAX + 1)),
    },
    oversize=_post,
    is_error=_is_error,
    is_genuine=_is_genuine,
    accepts=wire.WEBHOOK.accepts,
    inbound_text=_inbound_text,
    first_retries_ms=(1, 2_000, 4_000, 8_000),
    signs_bytes=False,
    hello=OptIn(),
)
