"""Webhooks on their way: signed, in order for each customer, retried for a week."""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.core.outbox import Parcel, Posted, Retry, RetryDue
from fake_channels.meta import graph
from fake_channels.whatsapp import wire
from fake_channels.whatsapp.state import Account

# "Decreasing frequency over the next 7 days" is all that is published:
# https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
RETRY: Final = Retry(
    delays_ms=(
        *(step * SECOND for step in (2, 10, 30)),
        *(step * MINUTE for step in (1, 5, 15, 30)),
        *(step * HOUR for step in (1, 2, 4, 8, 12)),
    ),
    repeat_last=True,
    expire_ms=7 * DAY,
    accept=(200, 200),
)


def post(
    account: Account, url: str, key: str, name: str, payload: wire.Json, ids: tuple[str, ...], env: Env
) -> list[Effect]:
    """Queue one signed webhook to `url`, in order with those of the same `key`; nobody is called without a URL."""
    if not url:
        return []
    signed = graph.sign_webhook(payload, account.app_secret)
    return account.outbox.add(key, Parcel(url, signed.headers, signed.body, name, ids, env.now))


def tell(account: Account, key: str, name: str, payload: wire.Json, ids: tuple[str, ...], env: Env) -> list[Effect]:
    """Tell of something that concerns the number."""
    return post(account, account.callback(), key, name, payload, ids, env)


def sender_of(account: Account, key: str) -> wire.Sender:
    """Who is who in a webhook about this customer, by handset, or by a number that nobody has."""
    customer = account.customers.get(key)
    if customer is None:
        return _sender(account, "" if wire.USER_ID.fullmatch(key) else key, _user_id(key))
    hides = account.settings.usernames
    handset = customer.handset
    username = handset.person.username if hides else ""
    return _sender(account, "" if hides else customer.wa_id, customer.user_id, handset.name or "", username)


def _user_id(key: str) -> str:
    return key if wire.USER_ID.fullmatch(key) else f"US.{key}"


def _sender(account: Account, wa_id: str, user_id: str, name: str = "", username: str = "") -> wire.Sender:
    number = account.phone_number_id, account.display_phone_number
    return wire.Sender(account.waba_id, *number, wa_id, user_id, name, username)


def on_posted(account: Account, event: Posted, answer: Answer, env: Env) -> list[Effect]:
    """A webhook was answered."""
    return account.outbox.on_answer(event, answer, RETRY, env.now)


def on_retry(account: Account, event: RetryDue) -> list[Effect]:
    """A webhook may be tried again."""
    return account.outbox.on_event(event)
