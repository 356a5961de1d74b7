"""What the Send API does: who may be written to and when, how fast, and how a message reaches the phone.

Every function takes the inbox, what happened and the surroundings, changes the inbox, and returns what is to be done.
No socket, no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Effect, Wake
from fake_channels.core.handset import Handset, Item
from fake_channels.core.http import Fetching, Outcome, json_reply
from fake_channels.core.media import GENERIC, Media, bare, sniff
from fake_channels.meta import files, telling
from fake_channels.meta.inbox import Customer, Fetched, Inbox, Pictured, TypingOver, shown
from fake_channels.meta.platform import Platform, Refused
from fake_channels.meta.sending import Sending, Source

Json = dict[str, Any]

ALBUM_MARK: Final = "."
"""Stands before the number of every picture of an album but the first, which share one message id."""
RECORDINGS: Final = frozenset({"audio", "video"})
"""Kinds of attachment with a rate of their own."""


def send(inbox: Inbox, sending: Sending, platform: Platform, env: Env, kind: str = "") -> Outcome:
    """Send a message, or act: everything that is wrong is told in the answer, with errors of this `kind`.

    Raises:
        Refused: as the API does.
    """
    if env.limited:
        _throttle(inbox, sending.sources, platform, env)
    customer = _recipient(inbox, sending, platform, env)
    if sending.action:
        effects = _ACTIONS[sending.action](customer, sending, platform, env)
        return Outcome(json_reply({"recipient_id": sending.to}), effects)
    if sending.reply_to and shown(customer.handset, sending.reply_to) is None:
        raise Refused(platform.problems.no_message)
    return gather(inbox, Fetched(sending, sending.sources, kind=kind), platform, env)


def _throttle(inbox: Inbox, sources: tuple[Source, ...], platform: Platform, env: Env) -> None:
    recording = any(source.kind in RECORDINGS for source in sources)
    bucket, per_second = (
        (inbox.recordings, platform.recordings_per_second) if recording else (inbox.texts, platform.texts_per_second)
    )
    wait_ms = bucket.take(per_second, env.now)
    if wait_ms:
        raise Refused(platform.problems.rate, wait_ms=wait_ms, account=inbox.owner_id)


def _recipient(inbox: Inbox, sending: Sending, platform: Platform, env: Env) -> Customer:
    """Whom a request is about: somebody who wrote, did not block the business, and not too long ago."""
    customer = inbox.customers.get(sending.to)
    if customer is None or customer.wrote_at is None:
        raise Refused(platform.problems.no_user)
    if customer.handset.blocked:
        raise Refused(platform.problems.unavailable)
    if not customer.within(platform.tag_ms if sending.tag else platform.window_ms, env.now):
        raise Refused(platform.problems.window)
    return customer


# --- files first ------------------------------------------------------------------------------------------------------


def gather(inbox: Inbox, job: Fetched, platform: Platform, env: Env) -> Outcome:
    """Get the files that a request needs, one after the other, and then do what it asks.

    Raises:
        Refused: one of them cannot be had, or is not what it is sent as.
    """
    ready = list(job.ready)
    for source in job.sources[len(ready) :]:
        if source.url:
            waiting = msgspec.structs.replace(job, ready=tuple(ready))
            return Outcome(Fetching(files.fetch(source.url, source.kind, waiting, platform)))
        if source.upload is not None:
            kept = files.admit(inbox, source.kind, source.upload, platform, env, reusable=source.reusable)
            ready.append(kept)
        else:
            ready.append(files.uploaded(inbox, source, platform, env))
    if job.sending is None:
        return Outcome(json_reply({"attachment_id": ready[0]}), ids=(ready[0],))
    return _accept(inbox, job.sending, ready, platform, env)


def on_fetched(inbox: Inbox, event: Fetched, answer: Answer, platform: Platform, env: Env) -> Outcome:
    """A file arrived, or did not.

    Raises:
        Refused: it did not, or is not what it is sent as.
    """
    source = event.sources[len(event.ready)]
    media = files.fetched(source, answer, platform)
    kept = files.admit(inbox, source.kind, media, platform, env, reusable=source.reusable)
    return gather(inbox, msgspec.structs.replace(event, ready=(*event.ready, kept)), platform, env)


def _accept(inbox: Inbox, sending: Sending, ready: list[str], platform: Platform, env: Env) -> Outcome:
    customer = inbox.customers[sending.to]
    mid = platform.new_mid(env.ids)
    items = _items(inbox, customer.handset, sending, ready, mid, env)
    answer: Json = {"recipient_id": sending.to, "message_id": mid}
    if any(source.reusable for source in sending.sources):
        answer["attachment_id"] = ready[0]
    event = telling.from_business(
        inbox, sending.to, env.now, {"message": _echo(inbox, sending, ready, mid, platform, env)}
    )
    effects = telling.tell(inbox, platform.echo_field, sending.to, event, platform, env, (mid,))
    effects += deliver(inbox, customer, items, platform, env)
    if sending.picture:
        seen = Pictured(sending.to, mid, sending.picture)
        effects.append(files.fetch(sending.picture, "image", seen, platform, "fetch card image"))
    return Outcome(json_reply(answer), effects, (mid,))


def _items(inbox: Inbox, handset: Handset, sending: Sending, ready: list[str], mid: str, env: Env) -> list[Item]:
    """What the phone will show: one item, or one for each picture of an album."""
    first = sending.item
    if first is None:
        raise AssertionError("a message has something to show")
    first.id, first.at = mid, env.now
    items = [first]
    for number, asset_id in enumerate(ready):
        if number:
            items.append(Item(id=f"{mid}{ALBUM_MARK}{number}", at=env.now, author="business", kind=first.kind))
        _show_file(handset, items[-1], inbox.assets[asset_id].media)
    return items


def _echo(inbox: Inbox, sending: Sending, ready: list[str], mid: str, platform: Platform, env: Env) -> Json:
    message: Json = {"mid": mid, "is_echo": True, "app_id": int(inbox.app_id)}
    if sending.metadata:
        message["metadata"] = sending.metadata
    if sending.reply_to:
        message["reply_to"] = {"mid": sending.reply_to}
    if sending.template is not None:
        message["attachments"] = [{"title": "", "url": "", "type": "template", "payload": sending.template}]
    elif sending.shared is not None:
        message["attachments"] = [sending.shared]
    elif ready:
        message["attachments"] = [
            {"type": source.kind, "payload": {"url": files.url(inbox, asset_id, platform, env)}}
            for source, asset_id in zip(sending.sources, ready, strict=True)
        ]
    elif sending.item is not None:
        message["text"] = sending.item.text
    return message


# --- on the phone -----------------------------------------------------------------------------------------------------


def deliver(inbox: Inbox, customer: Customer, items: list[Item], platform: Platform, env: Env) -> list[Effect]:
    """Hand a message to the phone, or keep it until the phone is back."""
    handset = customer.handset
    if not handset.online:
        handset.waiting += items
        for gone in handset.waiting[: -handset.cap]:
            handset.media.pop(gone.id, None)
        del handset.waiting[: -handset.cap]
        return []
    return arrive(inbox, customer, items, platform, env)


def arrive(inbox: Inbox, customer: Customer, items: list[Item], platform: Platform, env: Env) -> list[Effect]:
    """Messages are on the phone: one delivery tells of all of them, where deliveries are told."""
    handset = customer.handset
    for item in items:
        item.state = "delivered"
        if "quick" in item.vendor:
            customer.quick = item.id
        handset.show(item)
    handset.typing = False
    mids = [item.id for item in items if ALBUM_MARK not in item.id]
    if not platform.delivery_field or not mids:
        return []
    told: Json = {"delivery": {"mids": mids, "watermark": max(item.at for item in items)}}
    event = telling.from_person(inbox, handset.identity, env.now, told)
    return telling.tell(inbox, platform.delivery_field, handset.identity, event, platform, env, tuple(mids))


def _show_file(handset: Handset, item: Item, media: Media) -> None:
    item.media = handset.keep(item.id, media.data, media.mime, media.name, media.digest.hex())


def on_pictured(inbox: Inbox, event: Pictured, answer: Answer, platform: Platform) -> None:
    """The picture of a card came; one that did not is simply not shown."""
    customer = inbox.customers.get(event.customer)
    item = None if customer is None else shown(customer.handset, event.mid)
    if customer is None or item is None or not answer.ok:
        return
    declared, found = bare(answer.headers.get("content-type", GENERIC)), sniff(answer.body)
    mime = declared if found == GENERIC else found
    if mime not in platform.files["image"].types:
        return
    name = event.url.partition("?")[0].rpartition("/")[2] or "picture"
    _show_file(customer.handset, item, Media(answer.body, mime, name))
    customer.handset.changed()


# --- sender actions ---------------------------------------------------------------------------------------------------


def _typing_on(customer: Customer, sending: Sending, platform: Platform, env: Env) -> list[Effect]:
    customer.handset.typing = True
    customer.answering_at = env.now
    customer.handset.changed()
    return [Wake(env.now + platform.typing_ms, TypingOver(sending.to, env.now))]


def _typing_off(customer: Customer, _: Sending, _platform: Platform, _env: Env) -> list[Effect]:
    customer.handset.typing = False
    customer.handset.changed()
    return []


def on_typing_over(inbox: Inbox, event: TypingOver) -> None:
    """The indicator goes, unless it was shown anew."""
    customer = inbox.customers[event.customer]
    if customer.answering_at == event.since and customer.handset.typing:
        customer.handset.typing = False
        customer.handset.changed()


def _mark_seen(customer: Customer, _: Sending, _platform: Platform, _env: Env) -> list[Effect]:
    for item in customer.handset.screen:
        if item.author == "customer":
            item.state = "read"
    customer.handset.changed()
    return []


def _react(customer: Customer, sending: Sending, platform: Platform, _: Env) -> list[Effect]:
    item = shown(customer.handset, sending.target)
    if item is None:
        raise Refused(platform.problems.no_message)
    item.vendor["reaction"] = sending.emoji if sending.action == "react" else ""
    customer.handset.changed()
    return []


_ACTIONS: Final[dict[str, Callable[[Customer, Sending, Platform, Env], list[Effect]]]] = {
    "typing_on": _typing_on,
    "typing_off": _typing_off,
    "mark_seen": _mark_seen,
    "react": _react,
    "unreact": _react,
}
