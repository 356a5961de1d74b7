"""The rows of Viber in the shared suite."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from fake_channels.core.handset import Handset, OptIn
from fake_channels.core.instants import MINUTE
from fake_channels.tests.receiver import Received
from fake_channels.tests.rows import Answered, Ask, Rows
from fake_channels.viber import limits, wire
from fake_channels.viber.state import Account


def _post(account: Account, body: bytes) -> Ask:
    return Ask("POST", "/pa/send_message", body, {"X-Viber-Auth-Token": account.token})


def _message(customer: Handset, text: str) -> dict[str, Any]:
    return {"receiver": customer.identity, "type": "text", "text": text, "sender": {"name": "Acme"}}


def _send(account: Account, customer: Handset, text: str) -> Ask:
    return _post(account, orjson.dumps(_message(customer, text)))


def _told(answered: Answered) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(answered.body)
    assert {"status", "status_message"} <= set(told)
    return told


def _is_genuine(account: Account, received: Received) -> bool:
    expected = hmac.digest(account.token.encode(), received.body, "sha256").hex()
    in_query = parse_qs(urlsplit(received.path).query)["sig"]
    return received.headers["x-viber-content-signature"] == expected and in_query == [expected]


def _inbound_text(told: Any) -> str | None:
    text = told.get("message", {}).get("text")
    return None if text is None else str(text)


ROWS = Rows(
    send=_send,
    strangers={
        "no token": lambda _: Ask("POST", "/pa/get_account_info", b"{}"),
        "no body": lambda _: Ask("POST", "/pa/get_account_info"),
        "wrong token": lambda _: Ask("POST", "/pa/get_account_info", b"{}", {"X-Viber-Auth-Token": "wrong"}),
        "wrong token in the body": lambda _: Ask("POST", "/pa/get_account_info", b'{"auth_token":"wrong"}'),
    },
    is_stranger_answer=lambda answered: answered.status == 200 and _told(answered)["status"] == 2,
    unknown_route=lambda account: Ask("POST", "/pa/nonsense", b"{}", {"X-Viber-Auth-Token": account.token}),
    is_unknown_route_answer=lambda answered: answered.status == 404 and _told(answered)["status"] == -1,
    malformed={
        "no JSON": lambda account, _: _post(account, b'{"receiver":'),
        "no UTF-8": lambda account, customer: _post(
            account, b'{"receiver":"%s","type":"text","text":"\xff\xfe"}' % customer.identity.encode()
        ),
        "half a pair": lambda account, customer: _post(
            account, b'{"receiver":"%s","type":"text","text":"\\ud83d"}' % customer.identity.encode()
        ),
        "no object": lambda account, _: _post(account, b"[1]"),
        "empty": lambda account, _: _post(account, b""),
        "wrong types": lambda account, _: _post(account, b'{"receiver":1,"type":"text","text":[]}'),
        "no such type": lambda account, customer: _post(
            account, orjson.dumps({**_message(customer, "x"), "type": "audio"})
        ),
        "type of a wrong type": lambda account, customer: _post(
            account, orjson.dumps({**_message(customer, "x"), "type": ["text"]})
        ),
        "nobody": lambda account, _: _post(account, b'{"receiver":"nobody","type":"text","text":"x"}'),
        "too long": lambda account, customer: _send(account, customer, "x" * (limits.TEXT_MAX + 1)),
    },
    oversize=_post,
    is_error=lambda answered: _told(answered)["status"] != 0,
    is_genuine=_is_genuine,
    accepts=wire.CALLBACK.accepts,
    inbound_text=_inbound_text,
    first_retries_ms=(MINUTE, 2 * MINUTE, 4 * MINUTE),
    hello=OptIn(),
    took=lambda answered: answered.status == 200 and _told(answered)["status"] == 0,
    refuses_with=range(200, 201),
    is_throttled=lambda answered: answered.status == 200 and _told(answered)["status"] == 12,
)
