"""Updates on their way to the bot's owner: by webhook with retries, or kept for getUpdates.

Every function takes the account, what happened and the surroundings, changes the account, and returns what is to be
done. Source: https://core.telegram.org/bots/api#getting-updates and the server at
https://github.com/tdlib/telegram-bot-api (WebhookActor).
"""

from __future__ import annotations

import base64
import functools
import re
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

import orjson

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Effect, Wake
from fake_channels.core.http import HttpReply, HttpRequest, Later, Outcome, json_reply
from fake_channels.core.instants import SECOND
from fake_channels.core.outbox import Parcel, Posted, Retry, RetryDue
from fake_channels.telegram import limits, wire
from fake_channels.telegram.state import Account, PollReplaced, Update, Webhook
from fake_channels.telegram.wire import Refused

_AT_ONCE_MS: Final = 1
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]*")
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_LIVES_MS: Final = {"callback_query": limits.QUERY_LIFE_MS}


@functools.lru_cache(maxsize=64)
def retry(cap_ms: int, asked_s: int = 0) -> Retry:
    """At once, then after 2, 4, 8, ... seconds up to the cap, for a day; never sooner than the receiver asked for."""
    growing = (min(2**step * SECOND, cap_ms) for step in range(1, 7))
    delays_ms = tuple(max(delay, asked_s * SECOND) for delay in (_AT_ONCE_MS, *growing, cap_ms))
    return Retry(delays_ms=delays_ms, repeat_last=True, expire_ms=limits.UPDATE_LIFE_MS)


def _asked_s(answer: Answer) -> int:
    """The seconds of a Retry-After; 0 when there is none that can be read."""
    asked = answer.headers.get("retry-after", "").strip()
    return min(int(asked), limits.RETRY_AFTER_MAX_S) if _SECONDS.fullmatch(asked) else 0


def emit(
    account: Account, kind: str, chat: str, payload: wire.Json, env: Env, ids: tuple[str, ...] = ()
) -> list[Effect]:
    """Tell the bot's owner, unless they do not want this kind of update."""
    if not wanted(account, kind):
        return []
    number = account.next_update_id()
    update = Update(number, kind, chat, env.now, orjson.dumps({"update_id": number, kind: payload}))
    if account.webhook.url:
        return _queue(account, update, ids)
    _forget_old(account, env.now)
    account.updates.append(update)
    return []


def wanted(account: Account, kind: str) -> bool:
    """True when `allowed_updates` lets this kind through."""
    return kind in account.allowed_updates if account.allowed_updates else kind not in limits.OPT_IN_UPDATES


def waiting(account: Account) -> int:
    """How many updates nobody has taken yet."""
    return len(account.updates) + sum(len(queue) for queue in account.outbox.queues.values())


def _forget_old(account: Account, now: int) -> None:
    if account.updates and now - account.updates[0].at > limits.UPDATE_LIFE_MS:
        account.updates = [one for one in account.updates if now - one.at <= limits.UPDATE_LIFE_MS]
    if len(account.updates) > limits.UPDATES_MAX:
        del account.updates[: len(account.updates) - limits.UPDATES_MAX]


# --- by webhook -------------------------------------------------------------------------------------------------------


def _queue(account: Account, update: Update, ids: tuple[str, ...] = ()) -> list[Effect]:
    url, headers = _address(account.webhook)
    life = _LIVES_MS.get(update.kind)
    parcel = Parcel(url, headers, update.body, update.kind, ids, update.at, life)
    return account.outbox.add(f"{update.chat}#{account.era}", parcel)


def _address(webhook: Webhook) -> tuple[str, dict[str, str]]:
    headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate"}
    if webhook.secret:
        headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
    parts = urlsplit(webhook.url)
    if parts.username is None:
        return webhook.url, headers
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    headers["Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), headers


def on_posted(account: Account, event: Posted, answer: Answer, env: Env) -> list[Effect]:
    """An update was answered."""
    if event.key not in account.outbox.queues:
        return []
    if answer.ok:
        account.gone_since = None
    else:
        account.last_error, account.last_error_at = _problem(answer), env.now
        if _is_gone_for_good(account, answer, env.now):
            _remove(account)
            return []
    return account.outbox.on_answer(event, answer, retry(account.retry_cap_ms, _asked_s(answer)), env.now)


def on_retry(account: Account, event: RetryDue) -> list[Effect]:
    """An update may be tried again."""
    return account.outbox.on_event(event)


def _problem(answer: Answer) -> str:
    if not answer.status:
        return answer.problem or "Connection closed"
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = ""
    return f"Wrong response from the webhook: {answer.status} {phrase}".strip()


def _is_gone_for_good(account: Account, answer: Answer, now: int) -> bool:
    if answer.status != HTTPStatus.GONE:
        account.gone_since = None
        return False
    if account.gone_since is None:
        account.gone_since = now
    return now - account.gone_since > limits.GONE_LIFE_MS


def set_webhook(account: Account, args: dict[str, Any], env: Env, *, certificate: bool) -> Outcome:
    """Send updates to a URL from now on, those that wait included.

    Raises:
        Refused: the URL or the secret is wrong, or the webhook was changed within the last second.
    """
    url = args.get("url", "").strip()
    if not url:
        return delete_webhook(account, args, env)
    webhook = Webhook(
        _checked_url(url),
        _checked_secret(args.get("secret_token", "")),
        min(max(args.get("max_connections", limits.CONNECTIONS), 1), limits.CONNECTIONS_MAX),
        certificate,
        args.get("ip_address", ""),
    )
    allowed = account.allowed_updates
    if "allowed_updates" in args:
        allowed = tuple(dict.fromkeys(args["allowed_updates"]))
    drop = args.get("drop_pending_updates", False)
    if (webhook, allowed) == (account.webhook, account.allowed_updates) and not drop:
        return _true("Webhook is already set")
    _pause(account, env)
    if drop:
        _drop(account)
    account.allowed_updates = allowed
    return _true("Webhook was set", point(account, webhook))


def point(account: Account, webhook: Webhook) -> list[Effect]:
    """Make `webhook` the receiver of everything that waits and that will come."""
    account.webhook, account.gone_since = webhook, None
    account.last_error, account.last_error_at = "", 0
    url, headers = _address(webhook)
    for queue in account.outbox.queues.values():
        for parcel in queue:
            parcel.url, parcel.headers = url, headers
    kept, account.updates = account.updates, []
    return [effect for update in kept for effect in _queue(account, update)]


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in url):
        raise Refused(limits.BAD_WEBHOOK_URL)
    return url


def _checked_secret(secret: str) -> str:
    if len(secret) > limits.SECRET_MAX:
        raise Refused(limits.SECRET_TOO_LONG)
    if not _SECRET.fullmatch(secret):
        raise Refused(limits.BAD_SECRET)
    return secret


def _pause(account: Account, env: Env) -> None:
    changed = account.webhook_changed_at
    if changed is not None and env.now - changed < limits.WEBHOOK_PAUSE_MS:
        raise Refused(limits.TOO_MANY, 1, seconds=1)
    account.webhook_changed_at = env.now


def delete_webhook(account: Account, args: dict[str, Any], env: Env) -> Outcome:
    """Keep updates for getUpdates from now on."""
    if args.get("drop_pending_updates", False):
        _drop(account)
    if not account.webhook.url:
        return _true("Webhook is already deleted")
    account.webhook_changed_at = env.now
    _remove(account)
    return _true("Webhook was deleted")


def _remove(account: Account) -> None:
    parcels = [(key, parcel) for key, queue in account.outbox.queues.items() for parcel in queue]
    _drop(account)
    account.webhook = Webhook()
    for key, parcel in parcels:
        number = orjson.loads(parcel.body)["update_id"]
        account.updates.append(Update(number, parcel.name, key.partition("#")[0], parcel.since, parcel.body))
    account.updates.sort(key=lambda one: one.id)


def _drop(account: Account) -> None:
    account.outbox.clear()
    account.updates.clear()
    account.era += 1


def _true(description: str, effects: list[Effect] | None = None) -> Outcome:
    return Outcome(json_reply({"ok": True, "result": True, "description": description}), effects or [])


# --- by getUpdates ----------------------------------------------------------------------------------------------------

_PARKED: Final[WeakKeyDictionary[HttpRequest, tuple[int, int]]] = WeakKeyDictionary()
"""Requests that wait: their number and until when. They die with their connection, so no snapshot needs them."""


def get_updates(account: Account, request: HttpRequest, args: dict[str, Any], env: Env) -> Outcome:
    """Give out what waits, or wait for it.

    Raises:
        Refused: a webhook is set, or another request took this one's place.
    """
    effects: list[Effect] = []
    parked = _PARKED.get(request)
    if parked is None:
        parked = _arrive(account, args, env)
        effects = [Wake(env.now, PollReplaced())] if account.polling else []
        _PARKED[request] = parked
    elif account.webhook.url:
        raise Refused(limits.WEBHOOK_SET)
    elif parked[0] != account.poll:
        raise Refused(limits.OTHER_POLL)
    _forget_old(account, env.now)
    most = min(max(args.get("limit", limits.POLL_MAX), 1), limits.POLL_MAX)
    found = account.updates[:most]
    account.polling = not found and env.now < parked[1]
    if account.polling:
        return Outcome(Later(parked[1]), effects)
    return Outcome(_render_updates(found), effects)


def _arrive(account: Account, args: dict[str, Any], env: Env) -> tuple[int, int]:
    if account.webhook.url:
        raise Refused(limits.WEBHOOK_ACTIVE)
    if "allowed_updates" in args:
        account.allowed_updates = tuple(dict.fromkeys(args["allowed_updates"]))
    offset = args.get("offset", 0)
    if offset > 0:
        account.updates = [one for one in account.updates if one.id >= offset]
    elif offset < 0:
        account.updates = account.updates[offset:]
    account.poll += 1
    wait = min(max(args.get("timeout", 0), 0), limits.POLL_TIMEOUT_MAX_S) * SECOND
    before, account.polled = account.polled, (offset, env.now)
    if account.settings.slow_repeats and before[0] == offset and env.now < before[1] + limits.REPEAT_MS:
        wait = max(wait, limits.REPEAT_MS)
    return account.poll, env.now + wait


def _render_updates(found: list[Update]) -> HttpReply:
    return HttpReply(200, b'{"ok":true,"result":[%s]}' % b",".join(one.body for one in found))
