"""The rows of Viber Business Messages in the shared suite."""

from __future__ import annotations

from typing import Any

import orjson

from fake_channels.core.handset import Handset
from fake_channels.core.instants import MINUTE
from fake_channels.tests.receiver import Received
from fake_channels.tests.rows import Answered, Ask, Rows
from fake_channels.viberbm import limits, wire
from fake_channels.viberbm.state import Account

_PATH = "/vibersrvc/1/send_message"
_JSON = {"Content-Type": "application/json"}


def _post(body: bytes, path: str = _PATH) -> Ask:
    return Ask("POST", path, body, _JSON)


def _message(account: Account, customer: Handset, text: str, **rest: Any) -> dict[str, Any]:
    return {
        "service_id": account.service_id,
        "dest": customer.identity,
        "seq": 1,
        "type": 206,
        "label": "transaction",
        "message": {"#txt": text, "#tracking_data": ""},
        **rest,
    }


def _send(account: Account, customer: Handset, text: str) -> Ask:
    return _post(orjson.dumps(_message(account, customer, text)))


def _told(answered: Answered) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(answered.body)
    assert "status" in told
    return told


def _inbound_text(told: Any) -> str | None:
    return str(told["text"]) if told["event"] == "message" else None


def _is_genuine(account: Account, received: Received) -> bool:
    return bool(received.json()["service_id"] == account.service_id)


ROWS = Rows(
    send=_send,
    strangers={
        "no service": lambda _: _post(b'{"dest":"15550100","seq":1}'),
        "another service": lambda _: _post(b'{"service_id":1,"dest":"15550100","seq":1}'),
    },
    is_stranger_answer=lambda answered: answered.status == 200 and _told(answered)["status"] == 2,
    unknown_route=lambda account: _post(b'{"service_id":%d}' % account.service_id, "/vibersrvc/1/nonsense"),
    is_unknown_route_answer=lambda answered: answered.status == 404 and _told(answered)["status"] == 3,
    malformed={
        "no JSON": lambda account, _: _post(b'{"service_id":%d,"dest":' % account.service_id),
        "no UTF-8": lambda account, _: _post(b'{"service_id":%d,"message":{"#txt":"\xff\xfe"}}' % account.service_id),
        "no object": lambda _account, _: _post(b"[1]"),
        "empty": lambda _account, _: _post(b""),
        "nothing else": lambda account, _: _post(b'{"service_id":%d}' % account.service_id),
        "wrong types": lambda account, customer: _post(orjson.dumps(_message(account, customer, "x", message=[]))),
        "no such type": lambda account, customer: _post(orjson.dumps(_message(account, customer, "x", type=1))),
        "nobody": lambda account, customer: _post(orjson.dumps(_message(account, customer, "x", dest="15550000000"))),
        "too long": lambda account, customer: _send(account, customer, "x" * (limits.TEXT_MAX + 1)),
    },
    oversize=lambda _, body: _post(body),
    is_error=lambda answered: _told(answered)["status"] != 0,
    is_genuine=_is_genuine,
    accepts=wire.CALLBACK.accepts,
    inbound_text=_inbound_text,
    first_retries_ms=(MINUTE, 2 * MINUTE, 4 * MINUTE),
    signs_bytes=False,
    took=lambda answered: answered.status == 200 and _told(answered)["status"] == 0,
    refuses_with=range(200, 201),
)
