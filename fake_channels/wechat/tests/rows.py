"""The rows of WeChat in the shared suite."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from fake_channels.core.handset import Handset, SendText
from fake_channels.core.instants import SECOND
from fake_channels.tests.receiver import Received
from fake_channels.tests.rows import Answered, Ask, Rows
from fake_channels.wechat import cipher, limits, markup, wire
from fake_channels.wechat.state import Account, Token

_NEVER = 2**53


def token_of(account: Account) -> str:
    """An access token of this account that never expires."""
    value = f"97_{account.secret}{account.appid}"
    if all(token.value != value for token in account.tokens):
        account.add_token(Token(value, _NEVER, _NEVER))
    return value


def _post(account: Account, body: bytes) -> Ask:
    path = f"/cgi-bin/message/custom/send?access_token={token_of(account)}"
    return Ask("POST", path, body, {"Content-Type": "application/json"})


def _message(customer: Handset, text: str) -> dict[str, Any]:
    return {"touser": customer.identity, "msgtype": "text", "text": {"content": text}}


def _send(account: Account, customer: Handset, text: str) -> Ask:
    return _post(account, orjson.dumps(_message(customer, text)))


def _code(answered: Answered) -> int:
    told = orjson.loads(answered.body)
    assert {"errcode", "errmsg"} <= set(told)
    return int(told["errcode"])


def _is_genuine(account: Account, received: Received) -> bool:
    query = {name: values[0] for name, values in parse_qs(urlsplit(received.path).query).items()}
    sealed = markup.parse(received.body)["Encrypt"]
    stamp, nonce = query["timestamp"], query["nonce"]
    return cipher.matches(query["signature"], account.token, stamp, nonce) and cipher.matches(
        query["msg_signature"], account.token, stamp, nonce, sealed
    )


def read(received: Received) -> dict[str, Any]:
    """The fields of a callback."""
    assert received.headers["content-type"] == "text/xml"
    return markup.parse(received.body)


ROWS = Rows(
    read=read,
    send=_send,
    strangers={
        "no token": lambda _: Ask("GET", "/cgi-bin/user/get"),
        "empty token": lambda _: Ask("GET", "/cgi-bin/user/get?access_token="),
        "a word": lambda _: Ask("GET", "/cgi-bin/user/get?access_token=wrong"),
        "wrong token": lambda _: Ask("GET", f"/cgi-bin/user/get?access_token={'x' * 60}"),
        "wrong appid": lambda _: Ask("GET", "/cgi-bin/token?grant_type=client_credential&appid=wx0&secret=x"),
        "wrong secret": lambda account: Ask(
            "GET", f"/cgi-bin/token?grant_type=client_credential&appid={account.appid}&secret=wrong"
        ),
        "no body": lambda _: Ask("POST", "/cgi-bin/stable_token"),
        "no UTF-8": lambda _: Ask("POST", "/cgi-bin/stable_token", b'{"appid":"\xff"}'),
    },
    is_stranger_answer=lambda answered: (
        answered.status == 200 and _code(answered) in {40001, 40013, 40014, 40125, 41001, 44002, 47001}
    ),
    unknown_route=lambda account: Ask("GET", f"/cgi-bin/nonsense?access_token={token_of(account)}"),
    is_unknown_route_answer=lambda answered: answered.status == 200 and _code(answered) == 40066,
    malformed={
        "no JSON": lambda account, _: _post(account, b'{"touser":'),
        "no UTF-8": lambda account, customer: _post(
            account, b'{"touser":"%s","msgtype":"text","text":{"content":"\xff\xfe"}}' % customer.identity.encode()
        ),
        "half a pair": lambda account, customer: _post(
            account, b'{"touser":"%s","msgtype":"text","text":{"content":"\\ud83d"}}' % customer.identity.encode()
        ),
        "no object": lambda account, _: _post(account, b"[1]"),
        "empty": lambda account, _: _post(account, b""),
        "wrong types": lambda account, _: _post(account, b'{"touser":1,"msgtype":"text","text":[]}'),
        "type of a wrong type": lambda account, customer: _post(
            account, orjson.dumps({**_message(customer, "x"), "msgtype": ["text"]})
        ),
        "no such type": lambda account, customer: _post(
            account, orjson.dumps({**_message(customer, "x"), "msgtype": "location"})
        ),
        "nobody": lambda account, _: _post(account, b'{"touser":"o","msgtype":"text","text":{"content":"x"}}'),
        "empty text": lambda account, customer: _send(account, customer, ""),
        "too long": lambda account, customer: _send(account, customer, "x" * (limits.TEXT_MAX_BYTES + 1)),
    },
    oversize=_post,
    is_error=lambda answered: _code(answered) != 0,
    is_genuine=_is_genuine,
    accepts=wire.accepts_callback,
    inbound_text=lambda told: str(told["Content"]) if told["MsgType"] == "text" else None,
    first_retries_ms=(5 * SECOND, 5 * SECOND),
    signs_bytes=False,
    hello=SendText(text="hello"),
    took=lambda answered: answered.status == 200 and _code(answered) == 0,
    refuses_with=range(200, 201),
    is_throttled=lambda answered: answered.status == 200 and _code(answered) == 45011,
)
