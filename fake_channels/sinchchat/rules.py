"""The chat's behaviour: entries in order, delivered when somebody takes them, callbacks that are signed and retried.

Every function takes the account, what happened and the surroundings, changes the account, and returns what is to be
done. No socket, no clock.
"""

from __future__ import annotations

from typing import Final

import msgspec
import orjson

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call, Effect, Wake
from fake_channels.core.handset import Item
from fake_channels.core.http import Piece
from fake_channels.core.instants import to_rfc3339
from fake_channels.core.media import Media, bare, family
from fake_channels.core.outbox import Parcel, Posted, Retry, RetryDue
from fake_channels.sinchchat import files, limits, screen, wire
from fake_channels.sinchchat.state import Account, ComposingOver, Customer, Fetched, Position

# As the SMS API does it; the chat's own schedule is not published.
RETRY: Final = Retry(
    delays_ms=limits.RETRY_DELAYS_MS, expire_ms=limits.RETRY_EXPIRE_MS, give_up=((300, 428), (430, 499))
)
_PIECE_ENTRIES: Final = 50
_SHOW_TYPING: Final = {"composing_event": True, "composing_end_event": False}


# --- from the business ------------------------------------------------------------------------------------------------


def app_send(account: Account, said: wire.Said, env: Env) -> tuple[str, list[Effect]]:
    """Take what the business sends; returns its id.

    Raises:
        wire.Refused: nobody has this uuid.
    """
    customer = account.customers.get(said.uuid)
    if customer is None:
        raise wire.Refused(limits.NOT_FOUND, f"recipient: nobody has the uuid {said.uuid!r}")
    message_id = said.message_id or env.ids.ulid(env.now)
    if customer.knows(message_id):
        return message_id, []
    if said.event is not None:
        return message_id, _on_app_event(customer, message_id, said, env)
    if env.failing is not None:
        return message_id, _report(account, customer, message_id, said.topic, env, env.failing.code, env.failing.text)
    return message_id, _on_app_message(account, customer, message_id, said, env)


def _on_app_message(account: Account, customer: Customer, message_id: str, said: wire.Said, env: Env) -> list[Effect]:
    message = said.message or {}
    entry = wire.render_entry(message_id, env.now, "app_message", message)
    kept = customer.keep(env.now, message_id, said.topic, entry)
    item = screen.shown(message, "business", message_id, env.now)
    item.vendor |= {"seq": str(kept.seq), "topic": said.topic}
    handset = customer.handset
    if handset.online:
        return arrive(account, customer, item, env)
    handset.waiting.append(item)
    if len(handset.waiting) <= limits.WAITING_MAX:
        return []
    lost = handset.waiting.pop(0)
    return _report(account, customer, lost.id, lost.vendor["topic"], env, "RECIPIENT_NOT_REACHABLE")


def _on_app_event(customer: Customer, event_id: str, said: wire.Said, env: Env) -> list[Effect]:
    event, handset = said.event or {}, customer.handset
    kind, _ = wire.content_of(event)
    entry = wire.render_entry(event_id, env.now, "app_event", event)
    customer.keep(env.now, event_id, said.topic, entry, fleeting=kind in _SHOW_TYPING)
    if kind not in _SHOW_TYPING:
        line = screen.announced(event, env.now, event_id)
        if line is not None:
            handset.show(line)
        return []
    handset.typing = _SHOW_TYPING[kind] and handset.online
    handset.changed()
    customer.answering_at = env.now
    over = ComposingOver(handset.identity, env.now)
    return [Wake(env.now + limits.COMPOSING_MS, over)] if handset.typing else []


def on_composing_over(account: Account, event: ComposingOver) -> None:
    """The indicator goes, unless it was shown anew."""
    customer = account.customers[event.uuid]
    if customer.answering_at == event.since and customer.handset.typing:
        customer.handset.typing = False
        customer.handset.changed()


def arrive(account: Account, customer: Customer, item: Item, env: Env) -> list[Effect]:
    """Somebody's screen shows the message now: it is delivered, and its file is loaded."""
    handset = customer.handset
    item.state = "delivered"
    handset.typing = False
    handset.show(item)
    effects = _report(account, customer, item.id, item.vendor["topic"], env)
    return [*effects, *_load(handset.identity, item)]


def stream(account: Account, position: Position, env: Env) -> Piece:
    """What follows in a stream; whatever it has written by now has reached the person."""
    customer = account.customers[position.uuid]
    handset, effects = customer.handset, list[Effect]()
    taken = [item for item in handset.waiting if _is_taken(item, position)]
    if taken:
        handset.waiting = [item for item in handset.waiting if not _is_taken(item, position)]
        effects = [effect for item in taken for effect in arrive(account, customer, item, env)]
    if position.expires_at <= env.now:
        return Piece(effects=effects)
    following = [kept for kept in customer.entries if kept.seq > position.after and kept.topic == position.topic]
    told = following[:_PIECE_ENTRIES]
    data = b"".join(
        wire.render_event(kept.seq, kept.entry)
        for kept in told
        if not (kept.fleeting and kept.at + limits.COMPOSING_MS <= env.now)
    )
    after = told[-1].seq if told else position.after
    return Piece(data, msgspec.structs.replace(position, after=after), effects)


def _is_taken(item: Item, position: Position) -> bool:
    written = position.since < int(item.vendor["seq"]) <= position.after
    return written and item.vendor["topic"] == position.topic


# --- files of the business --------------------------------------------------------------------------------------------


def _load(uuid: str, item: Item) -> list[Effect]:
    url = item.vendor.get(screen.FILE, "")
    return [_ask("HEAD", Fetched(uuid, item.id, url, item.vendor["filename"]))] if url else []


def _ask(method: str, then: Fetched) -> Call:
    return Call(
        method=method,
        url=then.url,
        target="media",
        name="media head" if method == "HEAD" else "fetch media",
        headers={"Accept": "*/*", "User-Agent": "SinchChat"},
        ids=(then.item,),
        then=then,
        timeout_s=limits.HEAD_TIMEOUT_S if method == "HEAD" else limits.FETCH_TIMEOUT_S,
        max_bytes=limits.MEDIA_MAX,
        max_redirects=limits.FETCH_REDIRECTS,
    )


def on_fetched(account: Account, event: Fetched, answer: Answer) -> list[Effect]:
    """The app asked for the head of a file, or has loaded it."""
    handset = account.customers[event.uuid].handset
    item = handset.shown(event.item)
    if item is None:
        return []
    if not answer.ok:
        item.problem = f"the file cannot be loaded: {answer.problem or f'status {answer.status}'}"
    elif not event.mime:
        mime = bare(answer.headers.get("content-type", ""))
        if mime in limits.MEDIA_TYPES:
            return [_ask("GET", msgspec.structs.replace(event, mime=mime))]
        item.problem = f"the app cannot show files of type {mime or 'unknown'}"
    else:
        name = event.name or event.url.partition("?")[0].rpartition("/")[2] or "file"
        media = Media(answer.body, event.mime, name)
        item.media = handset.keep(item.id, media.data, media.mime, name, media.digest.hex())
        if item.kind == "media":
            item.kind = _FAMILIES.get(family(event.mime), "document")
    handset.changed()
    return []


_FAMILIES: Final = {"image": "image", "video": "video", "audio": "audio"}


# --- from the customer ------------------------------------------------------------------------------------------------


def chat_send(account: Account, customer: Customer, said: wire.Said, env: Env) -> tuple[Item | None, str, list[Effect]]:
    """Somebody says something, on the phone or over the wire; returns what the screen shows of it, its id, effects."""
    message_id = env.ids.ulid(env.now)
    kind, content = ("contact_message", said.message) if said.message else ("contact_event", said.event)
    item: Item | None = None
    if content is not None:
        fleeting = said.event is not None
        entry = wire.render_entry(message_id, env.now, kind, content)
        customer.keep(env.now, message_id, said.topic, entry, fleeting=fleeting)
    if said.message is not None:
        item = _own(account, customer, message_id, said.message, env)
    parts = {"message_id": message_id, "metadata": said.metadata, kind: content}
    payload = wire.render_callback(account, customer, env.now, said.topic, **parts)
    name = "metadata" if content is None else kind.replace("_", " ")
    return item, message_id, _post(account, customer, name, payload, (message_id,), env)


def _own(account: Account, customer: Customer, message_id: str, message: wire.Json, env: Env) -> Item:
    item = screen.shown(message, "customer", message_id, env.now)
    handset, url = customer.handset, item.vendor.get(screen.FILE, "")
    media = files.by_url(account, url, env) if url else None
    if media is not None:
        item.media = handset.keep(message_id, media.data, media.mime, media.name, media.digest.hex())
        item.kind = _FAMILIES.get(family(media.mime), "document")
    return handset.show(item)


# --- callbacks --------------------------------------------------------------------------------------------------------


def _report(
    account: Account, customer: Customer, message_id: str, topic: str, env: Env, reason: str = "", text: str = ""
) -> list[Effect]:
    report = wire.render_report(message_id, reason, text)
    payload = wire.render_callback(account, customer, env.now, topic, message_delivery_report=report)
    return _post(account, customer, f"delivery report {report['status']}", payload, (message_id,), env)


def _post(
    account: Account, customer: Customer, name: str, payload: wire.Json, ids: tuple[str, ...], env: Env
) -> list[Effect]:
    if not account.callback_url:
        return []
    body = orjson.dumps(payload)
    nonce = env.ids.token("sinchchat.nonce", 16)
    proof = wire.signature_headers(body, account.callback_secret, nonce, str(env.now // 1000))
    headers = {"Content-Type": "application/json", **proof}
    return account.outbox.add(
        customer.handset.identity, Parcel(account.callback_url, headers, body, name, ids, env.now)
    )


def on_posted(account: Account, event: Posted, answer: Answer, env: Env) -> list[Effect]:
    """A callback was answered."""
    return account.outbox.on_answer(event, answer, RETRY, env.now)


def on_retry(account: Account, event: RetryDue) -> list[Effect]:
    """A callback may be tried again."""
    return account.outbox.on_event(event)


# --- history ----------------------------------------------------------------------------------------------------------


def history(customer: Customer, topic: str, before: int, size: int) -> tuple[list[bytes], str]:
    """A page of entries, the newest first, and the token of the next page; empty when there is none."""
    found = [
        kept
        for kept in reversed(customer.entries)
        if kept.topic == topic and not kept.fleeting and (not before or kept.seq < before)
    ]
    page = found[:size]
    return [kept.entry for kept in page], str(page[-1].seq) if len(found) > size else ""


def position_at(customer: Customer, topic: str, start: int | None) -> int:
    """After which entry a stream begins that wants everything since `start`; None wants what nobody has taken yet."""
    if start is None:
        waiting = [int(item.vendor["seq"]) for item in customer.handset.waiting if item.vendor["topic"] == topic]
        return waiting[0] - 1 if waiting else customer.seq
    earlier = [kept.seq for kept in customer.entries if kept.at < start]
    return earlier[-1] if earlier else 0


def accepted(message_id: str, env: Env) -> wire.Json:
    """The answer to a send of the business."""
    return {"message_id": message_id, "accepted_time": to_rfc3339(env.now)}
