"""Webhooks of an inbox: their shapes, in order for each person, retried, and given up after an hour of failures.

Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks
"""

from __future__ import annotations

from typing import Any, Final

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Effect, Wake
from fake_channels.core.instants import HOUR, MINUTE, SECOND
from fake_channels.core.outbox import Parcel, Posted, Retry, RetryDue
from fake_channels.meta import graph
from fake_channels.meta.inbox import Inbox, Unheard
from fake_channels.meta.platform import Platform

Json = dict[str, Any]

UNSUBSCRIBED_AFTER_MS: Final = HOUR
# "A few immediate retries", then unspecified, and after an hour of failures the app is unsubscribed. While others of
# its webhooks are taken, one goes on for 36 hours, as Graph's webhooks do:
# https://developers.facebook.com/docs/graph-api/webhooks/getting-started
RETRY: Final = Retry(
    delays_ms=(SECOND, SECOND, SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE),
    repeat_last=True,
    expire_ms=36 * HOUR,
    accept=(200, 200),
)


def render(platform_object: str, owner_id: str, now: int, event: Json) -> Json:
    """One webhook; `messaging` holds a single event, as it does in practice."""
    return {"object": platform_object, "entry": [{"id": owner_id, "time": now, "messaging": [event]}]}


def from_person(inbox: Inbox, person: str, now: int, content: Json) -> Json:
    """An event that a person caused."""
    return {"sender": {"id": person}, "recipient": {"id": inbox.owner_id}, "timestamp": now, **content}


def from_business(inbox: Inbox, person: str, now: int, content: Json) -> Json:
    """An event that the business caused: an echo."""
    return {"sender": {"id": inbox.owner_id}, "recipient": {"id": person}, "timestamp": now, **content}


def tell(
    inbox: Inbox, field: str, person: str, event: Json, platform: Platform, env: Env, ids: tuple[str, ...] = ()
) -> list[Effect]:
    """Queue one signed webhook, in order for this person, if the app and the account are subscribed to its field."""
    if not inbox.callback_url or field not in inbox.fields or field not in inbox.app_fields:
        return []
    payload = render(platform.object, inbox.owner_id, env.now, event)
    signed = graph.sign_webhook(payload, inbox.app_secret, legacy=True)
    parcel = Parcel(inbox.callback_url, signed.headers, signed.body, field, ids, env.now)
    return inbox.outbox.add(person, parcel)


def on_posted(inbox: Inbox, event: Posted, answer: Answer, env: Env) -> list[Effect]:
    """A webhook was answered, or not."""
    watch: list[Effect] = []
    if answer.status == RETRY.accept[0]:
        inbox.failing_since = None
    elif inbox.failing_since is None:
        inbox.failing_since = env.now
        watch = [Wake(env.now + UNSUBSCRIBED_AFTER_MS, Unheard(env.now))]
    return watch + inbox.outbox.on_answer(event, answer, RETRY, env.now)


def on_retry(inbox: Inbox, event: RetryDue) -> list[Effect]:
    """A webhook may be tried again."""
    return inbox.outbox.on_event(event)


def on_unheard(inbox: Inbox, event: Unheard) -> None:
    """Nothing was taken for an hour: the app hears no more of this account until it subscribes again."""
    if inbox.failing_since == event.since:
        inbox.fields, inbox.failing_since = (), None
        inbox.outbox.clear()
