"""Callbacks on their way to the bot's owner: the webhook, the proof, the retries, and the welcome that comes back.

Every function takes the account, what happened and the surroundings, changes the account, and returns what is to be
done. Source: https://developers.viber.com/docs/api/rest-bot-api/#webhooks
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call, Effect
from fake_channels.core.http import Fetching, HttpReply, Outcome, json_reply, parse_json
from fake_channels.core.outbox import Parcel, Posted, Retry, RetryDue
from fake_channels.viber import limits, wire
from fake_channels.viber.state import Account, Chat, Verified

_OK: Final = 200
RETRY: Final = Retry(limits.RETRIES_MS, expire_ms=limits.RETRY_LIFE_MS, accept=(_OK, _OK))
STARTED: Final = "conversation_started"


def emit(account: Account, chat: Chat, event: str, env: Env, token: int | None = None, **rest: Any) -> list[Effect]:
    """Tell the bot's owner, unless they do not want this kind of event."""
    if not account.webhook or (event not in limits.ALWAYS_SENT and event not in account.event_types):
        return []
    number = account.new_token(env.ids) if token is None else token
    payload = wire.render_event(event, env.now, number, **rest)
    url, headers, body = wire.sign(account.token, account.webhook, payload)
    parcel = Parcel(url, headers, body, event, (str(number),), env.now)
    return account.outbox.add(f"{chat.handset.identity}#{account.era}", parcel)


def user_of(account: Account, chat: Chat, env: Env) -> wire.Json:
    """The user as callbacks show them."""
    picture = f"{env.base_url}/dl/{account.media_key}/avatar/{chat.handset.person.id}"
    return wire.render_user(chat.handset, named=account.send_name, avatar=picture if account.send_photo else "")


def on_posted(account: Account, event: Posted, answer: Answer, env: Env) -> tuple[list[Effect], wire.Sending | None]:
    """A callback was answered; a welcome message is returned when the answer to conversation_started holds one."""
    queue = account.outbox.queues.get(event.key)
    started = bool(queue) and queue[0].name == STARTED if queue else False
    effects = account.outbox.on_answer(event, answer, RETRY, env.now)
    if not started or answer.status != _OK or not answer.body:
        return effects, None
    try:
        return effects, wire.parse_message("welcome", parse_json(answer.body))
    except (ValueError, wire.Refused):
        return effects, None  # many answer `ok` or nothing that means anything: no welcome, then


def on_retry(account: Account, event: RetryDue) -> list[Effect]:
    """A callback may be tried again."""
    return account.outbox.on_event(event)


# --- the webhook ------------------------------------------------------------------------------------------------------


def set_webhook(account: Account, body: Any, env: Env) -> Outcome:
    """Send callbacks to a URL from now on, once it has answered a first one with 200.

    Raises:
        wire.Refused: the request is malformed, or that is no URL.
    """
    asked = wire.check("set_webhook", body)
    url = asked["url"].strip()
    if not url:
        point(account, "")
        return Outcome(_done(()))
    if not _is_url(url):
        raise wire.Refused(limits.INVALID_URL)
    given = asked.get("event_types")
    wanted = limits.EVENTS if given is None else tuple(one for one in limits.EVENTS if one in given)
    named, pictured = (wire.flag_of(asked, "send_name", default=True), wire.flag_of(asked, "send_photo", default=False))
    payload = wire.render_event("webhook", env.now, account.new_token(env.ids))
    signed, headers, raw = wire.sign(account.token, url, payload)
    call = Call(
        method="POST",
        url=signed,
        headers=headers,
        body=raw,
        target="gateway",
        name="webhook",
        then=Verified(url, wanted, named, pictured),
        timeout_s=limits.WEBHOOK_TIMEOUT_S,
        max_bytes=limits.ANSWER_MAX,
    )
    return Outcome(Fetching(call))


def on_verified(account: Account, event: Verified, answer: Answer) -> Outcome:
    """The URL has answered its first callback, or not."""
    if answer.status != _OK:
        return Outcome(json_reply(wire.render_error(limits.INVALID_URL)))
    point(account, event.url, event.event_types)
    account.send_name, account.send_photo = event.send_name, event.send_photo
    return Outcome(_done(account.event_types))


def point(account: Account, url: str, event_types: tuple[str, ...] = limits.EVENTS) -> None:
    """Make `url` the webhook; callbacks that wait for an old one are lost with it."""
    account.outbox.clear()
    account.era += 1
    account.webhook = url
    account.event_types = tuple(one for one in limits.EVENTS if one in event_types or one in limits.ALWAYS_SENT)


def _done(event_types: tuple[str, ...]) -> HttpReply:
    return json_reply(wire.render_ok(chat_hostname=wire.HOSTNAME, event_types=list(event_types)))


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return usable and not any(character.isspace() for character in url)
