"""The Messaging API's behaviour towards people: who can be reached, what they are shown, what it costs.

Every function takes the account, what was asked and the surroundings, changes the account, and returns the outcome.
No socket, no clock.
"""

from __future__ import annotations

import re
from typing import Any, Final

from fake_channels.core.contract import Env
from fake_channels.core.effects import Effect
from fake_channels.core.handset import Item
from fake_channels.core.http import HttpReply, Outcome
from fake_channels.core.instants import DAY, HOUR, to_rfc3339
from fake_channels.line import limits, objects, screen, tokens, wire
from fake_channels.line.state import Accepted, Account, Customer, Narrowcast
from fake_channels.line.wire import Ask, Json, Refused

RETRY_KEY: Final = "x-line-retry-key"
ACCEPTED_ID: Final = "X-Line-Accepted-Request-Id"
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TOKYO_MS: Final = 9 * HOUR
_EMPTY: Final = HttpReply(200, b"{}")


# --- sends ------------------------------------------------------------------------------------------------------------


def push(account: Account, ask: Ask, env: Env) -> Outcome:
    """Send up to five messages to one user.

    Raises:
        Refused: as the API does.
    """
    body = wire.decode(ask.request)
    messages = wire.check_send("push", body)
    key = _retry_key(account, ask, env.now)
    customer = account.customers.get(body["to"])
    if customer is None:
        raise Refused(limits.NOT_SENT)
    items = _items(account, messages, body["to"])
    reached = customer.reachable(env.now)
    _spend(account, 1 if reached else 0, env)
    _note_units(account, body, env.now)
    sent = _sent(account, messages, items, body["to"], env)
    _count(account, "push", len(items) if reached else 0)
    if key:
        account.accepted[key] = Accepted(ask.request_id, env.now, sent)
    effects = screen.deliver(customer, items) if reached else []
    return Outcome(HttpReply(200, b'{"sentMessages":[%s]}' % sent), effects, tuple([item.id for item in items]))


def reply(account: Account, ask: Ask, env: Env) -> Outcome:
    """Answer an event by its reply token, once and in time; it costs nothing.

    Raises:
        Refused: as the API does.
    """
    no_retry_key(ask)
    body = wire.decode(ask.request)
    messages = wire.check_send("reply", body)
    token = body["replyToken"]
    found = account.replies.get(token)
    if found is None or env.now > found.until:
        raise Refused(limits.BAD_REPLY_TOKEN)
    items = _items(account, messages, found.user_id)
    del account.replies[token]
    customer = account.customers[found.user_id]
    sent = _sent(account, messages, items, found.user_id, env)
    reached = not customer.handset.blocked
    turn(account, env.now)
    _count(account, "reply", len(items) if reached else 0)
    effects = screen.deliver(customer, items) if reached else []
    return Outcome(HttpReply(200, b'{"sentMessages":[%s]}' % sent), effects, tuple([item.id for item in items]))


def multicast(account: Account, ask: Ask, env: Env) -> Outcome:
    """Send the same messages to up to 500 users; whom it cannot reach it leaves out.

    Raises:
        Refused: as the API does.
    """
    body = wire.decode(ask.request)
    messages = wire.check_send("multicast", body)
    for place, user_id in enumerate(body["to"]):
        if user_id[0] != "U":  # groups and rooms take pushes only
            raise Refused(limits.BAD_PROPERTY, name=f"to[{place}]")
    found = [account.customers.get(user_id) for user_id in dict.fromkeys(body["to"])]
    return _to_many(account, ask, "multicast", messages, [one for one in found if one is not None], env, body)


def broadcast(account: Account, ask: Ask, env: Env) -> Outcome:
    """Send the same messages to all friends.

    Raises:
        Refused: as the API does.
    """
    body = wire.decode(ask.request)
    messages = wire.check_send("broadcast", body)
    return _to_many(account, ask, "broadcast", messages, friends(account), env, body)


def narrowcast(account: Account, ask: Ask, env: Env) -> Outcome:
    """Send to all friends, or to so many of them; it is done before anybody can ask for its progress.

    Raises:
        Refused: as the API does, and for audiences and filters, which are not emulated.
    """
    body = wire.decode(ask.request)
    messages = wire.check_send("narrowcast", body)
    for name in ("recipient", "filter"):
        if body.get(name):
            raise Refused(limits.BAD_PROPERTY, name=name)
    most = body.get("limit", {}).get("max")
    chosen = friends(account)[: None if most is None else int(most)]  # JSON's 3.0 is an integer too
    outcome = _to_many(account, ask, "narrowcast", messages, chosen, env, body)
    account.narrowcasts[ask.request_id] = Narrowcast(env.now, len(chosen))
    _cap(account.narrowcasts, limits.NARROWCASTS_KEPT)
    outcome.reply = HttpReply(202, b"{}")
    return outcome


def friends(account: Account) -> list[Customer]:
    """Those who added the account and have not blocked it."""
    return [one for one in account.customers.values() if one.handset.opted_in and not one.handset.blocked]


def _to_many(
    account: Account, ask: Ask, kind: str, messages: list[Json], found: list[Customer], env: Env, body: Json
) -> Outcome:
    key = _retry_key(account, ask, env.now)
    reached = [one for one in found if one.reachable(env.now)]
    _spend(account, len(reached), env)
    _note_units(account, body, env.now)
    effects: list[Effect] = []
    shown: list[str] = []
    for customer in reached:
        items = _items(account, messages, customer.handset.identity)
        _number(account, items, env)
        shown += [item.id for item in items]
        effects += screen.deliver(customer, items)
    _count(account, kind, len(messages) * len(reached))
    if key:
        account.accepted[key] = Accepted(ask.request_id, env.now, b"")
    return Outcome(_EMPTY, effects, tuple(shown))


def validate(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Check messages without sending them.

    Raises:
        Refused: as a send would.
    """
    no_retry_key(ask)
    for index, message in enumerate(wire.check_send("validate", wire.decode(ask.request))):
        token = message.get("quoteToken")
        if token and tokens.unseal(account.channel_secret, tokens.QUOTE, token) is None:
            raise _bad_quote(index)
    return Outcome(_EMPTY)


def _items(account: Account, messages: list[Json], user_id: str) -> list[Item]:
    items = []
    for index, message in enumerate(messages):
        item = objects.item_of(message)
        token = message.get("quoteToken")
        if token:
            about = tokens.unseal(account.channel_secret, tokens.QUOTE, token)
            if about is None or about[0] != user_id:
                raise _bad_quote(index)
            item.reply_to = about[1]
        items.append(item)
    return items


def _bad_quote(index: int) -> Refused:
    return Refused(limits.BODY_ERRORS, (("invalid quote token", f"messages[{index}].quoteToken"),), count=1)


def _number(account: Account, items: list[Item], env: Env) -> None:
    for item in items:
        item.id, item.at = account.next_message_id(), env.now


def _sent(account: Account, messages: list[Json], items: list[Item], user_id: str, env: Env) -> bytes:
    """Give the messages their ids; returns `sentMessages` as JSON without its brackets."""
    secret, told = account.channel_secret, []
    for message, item in zip(messages, items, strict=True):
        item.id, item.at = account.next_message_id(), env.now
        if message["type"] in limits.QUOTABLE:
            token = tokens.seal(secret, tokens.QUOTE, user_id, item.id)
            told.append(f'{{"id":"{item.id}","quoteToken":"{token}"}}')
        else:
            told.append(f'{{"id":"{item.id}"}}')
    return ",".join(told).encode()


def no_retry_key(ask: Ask) -> None:
    """Refuse a retry key where the API takes none.

    Raises:
        Refused: there is one.
    """
    if RETRY_KEY in ask.request.headers:
        raise Refused(limits.NO_RETRY_KEY_HERE)


class Conflict(Refused):
    """The retry key was accepted before."""

    def __init__(self, accepted: Accepted) -> None:
        super().__init__(limits.KEY_ACCEPTED)
        self.accepted = accepted


def _retry_key(account: Account, ask: Ask, now: int) -> str:
    key = ask.request.headers.get(RETRY_KEY)
    if key is None:
        return ""
    if not _UUID.fullmatch(key):
        raise Refused(limits.BAD_RETRY_KEY)
    key = key.lower()
    while account.accepted:
        oldest = next(iter(account.accepted))
        old = now - account.accepted[oldest].at > limits.RETRY_KEY_MS
        if not old and len(account.accepted) < limits.RETRY_KEYS_KEPT:
            break
        del account.accepted[oldest]
    if key in account.accepted:
        raise Conflict(account.accepted[key])
    return key


# --- what it costs ----------------------------------------------------------------------------------------------------


def day_of(now: int) -> str:
    """The day in Japan, `yyyymmdd`: statistics and months are counted there."""
    return _day_named((now + _TOKYO_MS) // DAY)


def _day_named(number: int) -> str:
    return to_rfc3339(number * DAY)[:10].replace("-", "")


def turn(account: Account, now: int) -> None:
    """Begin a new day, and perhaps a new month, when there is one."""
    number = (now + _TOKYO_MS) // DAY
    if number == account.day:
        return
    before, today = _day_named(account.day), _day_named(number)
    account.counts |= {f"{kind}/{before}": count for kind, count in account.today.items()}
    _cap(account.counts, limits.DAYS_COUNTED)
    account.today = {}
    if before[:6] != today[:6]:
        account.used = 0
    account.day = number


def _spend(account: Account, recipients: int, env: Env) -> None:
    turn(account, env.now)
    quota, spent = account.settings.quota, account.used + recipients
    if quota is not None and spent > quota and env.limited:
        raise Refused(limits.MONTHLY_LIMIT)
    account.used = spent


def _count(account: Account, kind: str, messages: int) -> None:
    account.today[kind] = account.today.get(kind, 0) + messages


def _note_units(account: Account, body: Json, now: int) -> None:
    if "customAggregationUnits" not in body:
        return
    for unit in body["customAggregationUnits"]:
        account.units.pop(unit, None)
        account.units[unit] = day_of(now)[:6]
        _cap(account.units, limits.UNITS_KEPT)


def _cap(kept: dict[str, Any], most: int) -> None:
    while len(kept) > most:
        del kept[next(iter(kept))]
