"""Callbacks to the account's server: signed, encrypted, tried three times; and what their answers show the person.

Every function takes the account, what happened and the surroundings, changes the account, and returns what is to be
done. https://developers.weixin.qq.com/doc/service/guide/product/message/Passive_user_reply_message.html
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call, Effect
from fake_channels.core.handset import Item
from fake_channels.core.outbox import Parcel, Posted, Retry, RetryDue
from fake_channels.wechat import cipher, delivery, limits, markup, wire
from fake_channels.wechat.errors import Refused
from fake_channels.wechat.markup import Json
from fake_channels.wechat.state import Account, Checked, Customer

_HEADERS: Final = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Accept": "*/*", "Pragma": "no-cache"}
_NOTHING: Final = frozenset({b"", b"success"})
_UNSEEN: Final = frozenset({"event unsubscribe", "event VIEW", "event LOCATION", "event TEMPLATESENDJOBFINISH"})
"""Callbacks whose failure no person is told of: none of them waits for an answer."""


def post(account: Account, openid: str, kind: str, parts: Json, env: Env, ids: tuple[str, ...] = ()) -> list[Effect]:
    """Tell the account's server of a message or an event of this person; nobody is told when there is no server."""
    if not account.callback_url:
        return []
    fields = {**wire.render_head(account.original_id, openid, env.now, kind), **parts}
    body, query = _written(account, openid, fields, env)
    glue = "&" if "?" in account.callback_url else "?"
    name = f"event {parts['Event']}" if kind == "event" else f"message {kind}"
    parcel = Parcel(f"{account.callback_url}{glue}{urlencode(query)}", _HEADERS, body, name, ids, env.now)
    return _noted(account, account.outbox.add(openid, parcel), env.now)


def _written(account: Account, openid: str, fields: Json, env: Env) -> tuple[bytes, dict[str, str]]:
    """The body in the account's mode, and the query that proves where it comes from."""
    stamp, nonce = str(env.now // 1000), env.ids.digits("wechat.nonce", 10)
    query = {"signature": cipher.signature(account.token, stamp, nonce), "timestamp": stamp, "nonce": nonce}
    query["openid"] = openid
    plain = markup.render(fields)
    if account.mode == "plaintext":
        return plain, query
    salt = env.ids.hex("wechat.salt", 8).encode()
    sealed = cipher.encrypt(plain, account.aes_key, account.appid, salt)
    query |= {"encrypt_type": "aes", "msg_signature": cipher.signature(account.token, stamp, nonce, sealed)}
    shown = fields if account.mode == "compatible" else {"ToUserName": account.original_id}
    return markup.render({**shown, "Encrypt": sealed}), query


def _noted(account: Account, effects: list[Effect], now: int) -> list[Effect]:
    """Note when each callback left: the next try counts from there."""
    for effect in effects:
        if isinstance(effect, Call) and isinstance(effect.then, Posted):
            account.customers[effect.then.key].posted_at = now
    return effects


def on_retry(account: Account, event: RetryDue, env: Env) -> list[Effect]:
    """A callback may be tried again."""
    return _noted(account, account.outbox.on_event(event), env.now)


def on_posted(account: Account, event: Posted, answer: Answer, env: Env) -> list[Effect]:
    """A callback was answered, or was not."""
    queue = account.outbox.queues.get(event.key)
    if not queue:
        return []
    customer, head, lost = account.customers[event.key], queue[0], account.outbox.lost
    effects: list[Effect] = []
    if answer.ok:
        effects = _reply(account, customer, head, answer.body, env)
    pause = max(1, customer.posted_at + limits.REPLY_TIMEOUT_MS - env.now)
    retry = Retry(delays_ms=(pause,) * (limits.TRIES - 1))
    effects += _noted(account, account.outbox.on_answer(event, answer, retry, env.now), env.now)
    if account.outbox.lost > lost:
        _apologize(customer, head, env)
    return effects


# --- passive replies --------------------------------------------------------------------------------------------------


def _reply(account: Account, customer: Customer, head: Parcel, body: bytes, env: Env) -> list[Effect]:
    stripped = body.strip()
    if stripped in _NOTHING:
        return []
    try:
        content = wire.parse_reply(_opened(account, customer.handset.identity, stripped))
        if content is not None:
            delivery.check_media(account, content, env.now)
    except (markup.Malformed, cipher.Undecipherable, wire.BadReply, Refused) as problem:
        account.outbox.last_problem, account.outbox.last_problem_at = f"{head.name}: {problem}", env.now
        _apologize(customer, head, env)
        return []
    if content is not None and customer.handset.opted_in:
        delivery.deliver(account, customer, content, env)
    return []


def _opened(account: Account, openid: str, body: bytes) -> Json:
    """The fields of a passive reply, decrypted where the account's mode wants or allows it."""
    fields = markup.parse(body)
    sealed = fields.get("Encrypt")
    if sealed is None and account.mode == "safe":
        raise wire.BadReply("Encrypt: in safe mode a reply is encrypted")
    if sealed is not None and account.mode != "plaintext":
        parts = [fields.get(name) for name in ("MsgSignature", "TimeStamp", "Nonce", "Encrypt")]
        texts = [part for part in parts if isinstance(part, str)]
        if len(texts) != len(parts) or not cipher.matches(texts[0], account.token, *texts[1:]):
            raise wire.BadReply("MsgSignature: it is not that of Token, TimeStamp, Nonce and Encrypt")
        fields = markup.parse(cipher.decrypt(str(sealed), account.aes_key, account.appid))
    if (fields.get("ToUserName"), fields.get("FromUserName")) != (openid, account.original_id):
        raise wire.BadReply("ToUserName, FromUserName: a reply swaps those of the callback")
    return fields


def _apologize(customer: Customer, head: Parcel, env: Env) -> None:
    """Show the person that the account does not work."""
    handset = customer.handset
    if head.name in _UNSEEN:
        return
    notice = Item(
        id=f"notice:{env.ids.hex('wechat.notice', 8)}",
        at=env.now,
        author="system",
        kind="notice",
        text=limits.UNAVAILABLE,
    )
    delivery.hand_over(handset, notice)


# --- the console's check ----------------------------------------------------------------------------------------------


def check(wanted: Checked, env: Env) -> Call:
    """Ask a server whether it knows the Token: it must send `echostr` back.

    https://developers.weixin.qq.com/doc/service/guide/dev/push/
    """
    stamp, nonce = str(env.now // 1000), env.ids.digits("wechat.nonce", 10)
    query = {
        "signature": cipher.signature(wanted.token, stamp, nonce),
        "echostr": wanted.echostr,
        "timestamp": stamp,
        "nonce": nonce,
    }
    glue = "&" if "?" in wanted.url else "?"
    return Call(
        method="GET",
        url=f"{wanted.url}{glue}{urlencode(query)}",
        headers={name: value for name, value in _HEADERS.items() if name != "Content-Type"},
        target="gateway",
        name="check server",
        then=wanted,
        timeout_s=limits.REPLY_TIMEOUT_MS / 1000,
        max_bytes=65_536,
    )
