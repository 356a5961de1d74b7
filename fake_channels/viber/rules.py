"""The bot API's behaviour towards people: who may be written to, how often, what they see, and what the bot learns.

Every function takes the account, what was asked and the surroundings, changes the account, and returns the outcome.
No socket, no clock.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec
import orjson

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call, Effect
from fake_channels.core.handset import Item
from fake_channels.core.http import Outcome, json_reply
from fake_channels.core.media import GENERIC, Media, bare, real_type
from fake_channels.core.tables import VendorError
from fake_channels.viber import callbacks, limits, wire
from fake_channels.viber.limits import MEDIA_RULES
from fake_channels.viber.state import Account, Chat, Fetched

_HOLDER: Final = b"replace_me_with_"

# --- sends ------------------------------------------------------------------------------------------------------------


def send_message(account: Account, body: Any, env: Env) -> Outcome:
    """Send one message to one user.

    Raises:
        wire.Refused: as the API does.
    """
    sending = wire.parse_message("send_message", body)
    _need_webhook(account)
    chat = account.chats.get(sending.receivers[0])
    problem = _problem(chat)
    if chat is None or problem is not None:
        raise wire.Refused(problem or limits.NOT_REGISTERED)
    if env.limited and chat.unanswered_in(env.now) >= limits.UNANSWERED_MAX:
        raise wire.Refused(limits.TOO_MANY)
    token = account.new_token(env.ids)
    chat.count(env.now)
    effects = _deliver(account, chat, sending, token, env)
    answer = wire.render_ok(
        message_token=token,
        chat_hostname=wire.HOSTNAME,
        billing_status=limits.BILLED_IN_SESSION if env.now < chat.session_until else limits.BILLED_FREE,
    )
    return Outcome(json_reply(answer), effects, (str(token),))


def broadcast(account: Account, body: Any, env: Env) -> Outcome:
    """Send one message to many users; whom it did not reach is told in the answer.

    Raises:
        wire.Refused: as the API does.
    """
    sending = wire.parse_message("broadcast_message", body)
    _need_webhook(account)
    if env.limited:
        _count_broadcast(account, env.now)
    token = account.new_token(env.ids)
    raw = orjson.dumps(body)
    effects: list[Effect] = []
    failed = []
    for receiver in dict.fromkeys(sending.receivers):
        chat = account.chats.get(receiver)
        problem = _problem(chat)
        if chat is None or problem is not None:
            failed.append(wire.render_failed(receiver, problem or limits.NOT_REGISTERED))
            continue
        try:
            own = _filled(raw, chat) if _HOLDER in raw else sending
        except wire.Refused as refused:  # what fills a place makes it too long
            failed.append(wire.render_failed(receiver, refused.error))
            continue
        effects += _deliver(account, chat, own, token, env)
    answer = wire.render_ok(message_token=token, failed_list=failed, chat_hostname=wire.HOSTNAME)
    return Outcome(json_reply(answer), effects, (str(token),))


def _count_broadcast(account: Account, now: int) -> None:
    account.broadcasts = [at for at in account.broadcasts if now - at < limits.BROADCASTS_MS]
    if len(account.broadcasts) >= limits.BROADCASTS_MAX:
        raise wire.Refused(limits.TOO_MANY)
    account.broadcasts.append(now)


def _filled(raw: bytes, chat: Chat) -> wire.Sending:
    """The message for one receiver, its place holders filled.

    https://developers.viber.com/docs/api/rest-bot-api/#place-holders
    """
    identity = chat.handset.identity
    for holder, value in (
        ("url_encoded_receiver_id", quote(identity, safe="")),
        ("receiver_id", identity),
        ("user_name", chat.handset.name or wire.NAMELESS),
    ):
        raw = raw.replace(_HOLDER + holder.encode(), orjson.dumps(value)[1:-1])
    return wire.parse_message("broadcast_message", orjson.loads(raw))


def _need_webhook(account: Account) -> None:
    if not account.webhook:
        raise wire.Refused(limits.WEBHOOK_NOT_SET)


def _problem(chat: Chat | None) -> VendorError | None:
    """Why the bot may not write to this user."""
    if chat is None:
        return limits.NOT_REGISTERED
    return None if chat.handset.opted_in else limits.NOT_SUBSCRIBED


def welcome(account: Account, user: str, sending: wire.Sending, env: Env) -> list[Effect]:
    """Show the message that came as the answer to conversation_started."""
    chat = account.chats.get(user)
    if chat is None:
        return []
    return _deliver(account, chat, sending, account.new_token(env.ids), env, silent=True)


def _deliver(
    account: Account, chat: Chat, sending: wire.Sending, token: int, env: Env, *, silent: bool = False
) -> list[Effect]:
    item = msgspec.structs.replace(sending.item, id=str(token), at=env.now, vendor=dict(sending.item.vendor))
    if sending.tracking is not None:
        chat.tracking = sending.tracking
    if sending.media is not None:
        item.vendor |= {"type": sending.media.type, "url": sending.media.url, "name": sending.media.name}
    if silent:
        item.vendor["welcome"] = "yes"
    if env.failing is not None:
        return _failed(account, chat, token, env, env.failing.text or env.failing.code)
    if not chat.handset.online:
        chat.handset.waiting.append(item)
        del chat.handset.waiting[: -limits.WAITING_MAX]
        return []
    return arrive(account, chat, item, env)


def arrive(account: Account, chat: Chat, item: Item, env: Env) -> list[Effect]:
    """The message is on the phone; its file, if it has one, follows."""
    handset = chat.handset
    handset.typing = False
    handset.show(item)
    if "keyboard" in item.vendor:
        chat.keyboard = item.id
    url = item.vendor.get("url", "")
    if url:
        item.state = "sending"
        return [_fetch(chat, item, url)]
    return _arrived(account, chat, item, env)


def _arrived(account: Account, chat: Chat, item: Item, env: Env) -> list[Effect]:
    item.state = "delivered"
    if "welcome" in item.vendor:
        return []
    user = chat.handset.identity
    return callbacks.emit(account, chat, "delivered", env, int(item.id), user_id=user)


def _failed(account: Account, chat: Chat, token: int, env: Env, desc: str) -> list[Effect]:
    return callbacks.emit(account, chat, "failed", env, token, user_id=chat.handset.identity, desc=desc)


# --- media by URL -----------------------------------------------------------------------------------------------------


def _fetch(chat: Chat, item: Item, url: str) -> Call:
    kind = item.vendor["type"]
    return Call(
        method="GET",
        url=url,
        target="media",
        name="fetch media",
        headers={"User-Agent": "Viber/22.3.0", "Accept": "*/*"},
        ids=(item.id,),
        then=Fetched(chat.handset.identity, item.id, kind, item.vendor["name"]),
        timeout_s=limits.FETCH_TIMEOUT_S,
        max_bytes=MEDIA_RULES[kind].max_bytes,
        max_redirects=limits.FETCH_REDIRECTS,
    )


def on_fetched(account: Account, event: Fetched, answer: Answer, env: Env) -> list[Effect]:
    """The file of a message has come, or has not: then the message has failed."""
    chat = account.chats[event.user]
    handset = chat.handset
    item = handset.shown(event.token)
    if item is None:
        return []
    handset.changed()
    mime = real_type(answer.body, answer.headers.get("content-type", GENERIC))
    media = Media(answer.body, mime, event.name)
    problem = _file_problem(event.kind, media, ok=answer.ok)
    if problem:
        item.state, item.problem = "failed", problem
        return [] if "welcome" in item.vendor else _failed(account, chat, int(item.id), env, problem)
    item.media = handset.keep(f"{item.id}.file", media.data, media.mime, media.name, media.digest.hex())
    return _arrived(account, chat, item, env)


def _file_problem(kind: str, media: Media, *, ok: bool) -> str:
    rule = MEDIA_RULES[kind]
    if not ok or not media.data:
        return limits.BROKEN_MEDIA
    return limits.WRONG_MEDIA if rule.types and bare(media.mime) not in rule.types else ""


# --- receipts and subscriptions ---------------------------------------------------------------------------------------


def read_all(account: Account, chat: Chat, env: Env) -> list[Effect]:
    """The person opened the chat: one callback for all that was unread."""
    told = [item for item in chat.handset.read_all() if "welcome" not in item.vendor]
    if not told:
        return []
    return callbacks.emit(account, chat, "seen", env, int(told[-1].id), user_id=chat.handset.identity)


def start(account: Account, chat: Chat, env: Env, context: str = "") -> list[Effect]:
    """The person opens the conversation, perhaps by a link that carries a context."""
    chat.opened = True
    rest: wire.Json = {"context": context} if context else {}
    return callbacks.emit(
        account,
        chat,
        callbacks.STARTED,
        env,
        type="open",
        **rest,
        user=callbacks.user_of(account, chat, env),
        subscribed=chat.handset.opted_in,
    )


def subscribe(account: Account, chat: Chat, env: Env) -> list[Effect]:
    """The person subscribes, which wipes the tracking data."""
    if chat.handset.opted_in:
        return []
    chat.handset.opted_in, chat.tracking = True, None
    return callbacks.emit(account, chat, "subscribed", env, user=callbacks.user_of(account, chat, env))


def unsubscribe(account: Account, chat: Chat, env: Env) -> list[Effect]:
    """The person wants no messages any more."""
    if not chat.handset.opted_in:
        return []
    chat.handset.opted_in, chat.opened = False, False
    return callbacks.emit(account, chat, "unsubscribed", env, user_id=chat.handset.identity)


# --- look-ups ---------------------------------------------------------------------------------------------------------


def account_info(account: Account, body: Any, _env: Env) -> Outcome:
    """What the bot is."""
    wire.check("get_account_info", body)
    subscribers = sum(chat.handset.opted_in for chat in account.chats.values())
    answer = wire.render_ok(
        id=account.id,
        chat_hostname=wire.HOSTNAME,
        name=account.name,
        uri=account.uri,
        icon="",
        background="",
        category="Companies, Brands & Products",
        subcategory="Company",
        location={"lat": 40.7457, "lon": -73.9934},
        country="US",
        webhook=account.webhook,
        event_types=list(account.event_types) if account.webhook else [],
        subscribers_count=subscribers,
        members=[{"id": account.admin, "name": "Acme Admin", "avatar": "", "role": "admin"}],
    )
    return Outcome(json_reply(answer))


def user_details(account: Account, body: Any, env: Env) -> Outcome:
    """Who a subscriber is; twice in twelve hours.

    Raises:
        wire.Refused: as the API does.
    """
    chat = account.chats.get(wire.check("get_user_details", body)["id"])
    if chat is None:
        raise wire.Refused(limits.NOT_REGISTERED)
    if not chat.handset.opted_in:
        raise wire.Refused(limits.NOT_SUBSCRIBED)
    if env.limited:
        chat.looked_up = tuple(at for at in chat.looked_up if env.now - at < limits.DETAILS_MS)
        if len(chat.looked_up) >= limits.DETAILS_MAX:
            raise wire.Refused(limits.TOO_MANY)
        chat.looked_up += (env.now,)
    answer = wire.render_ok(
        message_token=account.new_token(env.ids),
        chat_hostname=wire.HOSTNAME,
        user=wire.render_details(callbacks.user_of(account, chat, env)),
    )
    return Outcome(json_reply(answer))


def online(account: Account, body: Any, _env: Env) -> Outcome:
    """Who is connected now.

    Raises:
        wire.Refused: as the API does.
    """
    ids = wire.check("get_online", body)["ids"]
    users = [_online(account.chats.get(identity), identity) for identity in ids]
    return Outcome(json_reply(wire.render_ok(users=users)))


_ONLINE, _OFFLINE, _UNAVAILABLE = 0, 1, 4


def _online(chat: Chat | None, identity: str) -> wire.Json:
    if chat is None or not chat.handset.opted_in:
        return wire.render_online(identity, _UNAVAILABLE)
    if chat.handset.online:
        return wire.render_online(identity, _ONLINE)
    return wire.render_online(identity, _OFFLINE, chat.seen_at)
