"""What an account can ask about: itself, its people, its quota, and where its webhook goes.

Source: https://developers.line.biz/en/reference/messaging-api/
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from fake_channels.core import portraits
from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call
from fake_channels.core.http import Fetching, HttpReply, Outcome, json_reply
from fake_channels.core.instants import to_rfc3339
from fake_channels.line import callbacks, limits, rules, tokens, wire
from fake_channels.line.state import Account, Tested
from fake_channels.line.wire import Ask, Json, Refused

_EMPTY: Final = HttpReply(200, b"{}")
_DATE: Final = re.compile(r"[0-9]{8}")
_URL: Final = re.compile(wire.URL_PATTERN)
_COUNTED: Final = frozenset({"reply", "push", "multicast", "broadcast"})


def bot_info(account: Account, _ask: Ask, _env: Env) -> Outcome:
    """The account itself."""
    told: Json = {
        "userId": account.bot_user_id,
        "basicId": account.basic_id,
        "displayName": account.display_name,
        "chatMode": "bot",
        "markAsReadMode": "auto",
    }
    return Outcome(json_reply(told))


def profile(account: Account, ask: Ask, env: Env) -> Outcome:
    """What a friend, or a stranger who wrote, shows of themselves.

    Raises:
        Refused: nobody, or somebody who shows nothing to this account.
    """
    (user_id,) = ask.args
    customer = account.customers.get(user_id)
    if customer is None or not customer.profile_open():
        raise Refused(limits.NOT_FOUND)
    proof = tokens.seal(account.channel_secret, tokens.PICTURE, user_id, "0")
    url = f"{env.base_url}/profile/{account.channel_id}/{proof}"
    handset = customer.handset
    return Outcome(json_reply(wire.render_profile(user_id, handset.name, handset.person.locale[:2], url)))


def picture(account: Account, ask: Ask, _env: Env) -> Outcome:
    """The picture that a profile names; whoever has the URL may see it.

    Raises:
        Refused: nobody's.
    """
    _, proof = ask.args
    about = tokens.unseal(account.channel_secret, tokens.PICTURE, proof)
    if about is None or about[0] not in account.customers:
        raise Refused(limits.NOT_FOUND)
    person = account.customers[about[0]].handset.person
    return Outcome(HttpReply(200, portraits.portrait(person.id), portraits.MIME))


def followers(account: Account, ask: Ask, _env: Env) -> Outcome:
    """The ids of all friends, page by page.

    Raises:
        Refused: a wrong limit or continuation token.
    """
    query = ask.request.query
    size, start = query.get("limit", str(limits.FOLLOWERS_PAGE)), query.get("start", "")
    if not _small_number(size) or not 0 < int(size) <= limits.FOLLOWERS_PAGE_MAX:
        raise Refused(limits.BAD_PARAMETER, name="limit")
    if start and not _small_number(start):
        raise Refused(limits.BAD_PARAMETER, name="start")
    found = [one.handset.identity for one in rules.friends(account)]
    first = int(start or 0)
    last = first + int(size)
    told: Json = {"userIds": found[first:last]}
    if last < len(found):
        told["next"] = str(last)
    return Outcome(json_reply(told))


def _small_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10  # noqa: PLR2004  more than any account has


# --- quota and statistics ---------------------------------------------------------------------------------------------


def quota(account: Account, _ask: Ask, _env: Env) -> Outcome:
    """What the plan includes."""
    most = account.settings.quota
    return Outcome(json_reply({"type": "none"} if most is None else {"type": "limited", "value": most}))


def consumption(account: Account, _ask: Ask, env: Env) -> Outcome:
    """What was used this month."""
    rules.turn(account, env.now)
    return Outcome(json_reply({"totalUsage": account.used}))


def delivery(account: Account, ask: Ask, env: Env) -> Outcome:
    """How many messages of one kind were sent on a day; today is not counted yet.

    Raises:
        Refused: no such kind, or no date.
    """
    (kind,) = ask.args
    date = ask.request.query.get("date", "")
    if kind not in _COUNTED:
        raise Refused(limits.NOT_FOUND)
    if not date.isascii() or not _DATE.fullmatch(date):
        raise Refused(limits.BAD_PARAMETER, name="date")
    if date >= rules.day_of(env.now):
        return Outcome(json_reply({"status": "unready"}))
    rules.turn(account, env.now)
    return Outcome(json_reply({"status": "ready", "success": account.counts.get(f"{kind}/{date}", 0)}))


def narrowcast_progress(account: Account, ask: Ask, _env: Env) -> Outcome:
    """How a narrowcast went.

    Raises:
        Refused: there was none.
    """
    found = account.narrowcasts.get(ask.request.query.get("requestId", ""))
    if found is None:
        raise Refused(limits.NOT_FOUND)
    told: Json = {
        "phase": "succeeded",
        "successCount": found.success,
        "failureCount": 0,
        "targetCount": found.success,
        "acceptedTime": to_rfc3339(found.at),
        "completedTime": to_rfc3339(found.at),
    }
    return Outcome(json_reply(told))


def _units(account: Account, now: int) -> list[str]:
    month = rules.day_of(now)[:6]
    return [unit for unit, used in account.units.items() if used == month]


def unit_usage(account: Account, _ask: Ask, env: Env) -> Outcome:
    """How many aggregation units were used this month."""
    return Outcome(json_reply({"numOfCustomAggregationUnits": len(_units(account, env.now))}))


def unit_names(account: Account, _ask: Ask, env: Env) -> Outcome:
    """Which aggregation units were used this month."""
    return Outcome(json_reply({"customAggregationUnits": _units(account, env.now)}))


def no_access(_account: Account, _ask: Ask, _env: Env) -> Outcome:
    """What takes a contract of its own.

    Raises:
        Refused: always.
    """
    raise Refused(limits.NO_ACCESS)


# --- the webhook endpoint ---------------------------------------------------------------------------------------------


def get_webhook(account: Account, _ask: Ask, _env: Env) -> Outcome:
    """Where events go.

    Raises:
        Refused: nowhere.
    """
    if not account.webhook_url:
        raise Refused(limits.NO_WEBHOOK)
    return Outcome(json_reply({"endpoint": account.webhook_url, "active": account.settings.use_webhook}))


def set_webhook(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Send events to another URL from now on.

    Raises:
        Refused: it is none.
    """
    body = wire.check("setWebhook", wire.decode(ask.request))
    account.webhook_url = _checked_url(body["endpoint"])
    return Outcome(_EMPTY)


def _checked_url(url: str) -> str:
    try:
        usable = bool(_URL.match(url)) and bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        usable = False
    if not usable:
        raise Refused(limits.BAD_WEBHOOK_URL)
    return url


def try_webhook(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Post a webhook without events and tell how it was answered.

    Raises:
        Refused: there is no URL to post to.
    """
    body = wire.check("testWebhook", wire.decode(ask.request)) if ask.request.body else {}
    url = _checked_url(body["endpoint"]) if body.get("endpoint") else account.webhook_url
    if not url:
        raise Refused(limits.NO_WEBHOOK)
    content, headers = callbacks.signed(account, [])
    call = Call(
        method="POST",
        url=url,
        target="gateway",
        name="webhook test",
        headers=headers,
        body=content,
        then=Tested(ask.request_id),
        timeout_s=limits.WEBHOOK_TEST_TIMEOUT_S,
        max_bytes=limits.MEGABYTE,
    )
    return Outcome(Fetching(call))


def tested(answer: Answer, env: Env) -> Outcome:
    """What became of a test."""
    if answer.ok:
        reason, detail = "OK", str(answer.status)
    elif answer.status:
        reason, detail = "ERROR_STATUS_CODE", str(answer.status)
    elif answer.problem.startswith("no answer within"):
        reason, detail = "REQUEST_TIMEOUT", answer.problem
    else:
        reason, detail = "COULD_NOT_CONNECT", answer.problem
    told: Json = {
        "success": answer.ok,
        "timestamp": to_rfc3339(env.now),
        "statusCode": answer.status,
        "reason": reason,
        "detail": detail,
    }
    return Outcome(json_reply(told))
