"""WhatsApp's behaviour: accept now, fail later; the 24-hour window; statuses; media that expires.

Every function takes the account, what happened and the surroundings, changes the account, and returns what is to be
done. No socket, no clock.
"""

from __future__ import annotations

import hmac
from typing import Final

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call, Effect, Wake
from fake_channels.core.handset import Button, Item
from fake_channels.core.http import Outcome, json_reply
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.core.media import GENERIC, Media, bare, sniff
from fake_channels.core.outbox import Parcel, Posted, Retry, RetryDue
from fake_channels.core.tables import VendorError
from fake_channels.meta import graph
from fake_channels.whatsapp import limits, wire
from fake_channels.whatsapp.state import Account, Customer, Fetched, Sent, Stored, Template, TypingOver, new_wamid

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
FETCH_TIMEOUT_S: Final = 20.0
FETCH_REDIRECTS: Final = 3
_RANK: Final = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}


def send(account: Account, sending: wire.Sending, env: Env) -> Outcome:
    """Accept a message for delivery; what goes wrong later is told by a status.

    Raises:
        wire.Refused: for what the API refuses at once.
    """
    if sending.to == account.display_phone_number:
        raise wire.Refused(limits.SAME_SENDER, "The recipient is the sending number itself.")
    item = sending.item
    if sending.template is not None:
        _fill_template(account, sending.template, item)
    if sending.media is not None and sending.media.media_id:
        _attach(item, account, sending.media, env)
    item.id = wamid = new_wamid(env.ids)
    item.at = env.now
    account.sent[wamid] = Sent(sending.to, "accepted", sending.opaque)
    effects = _dispatch(account, sending, item, env)
    return Outcome(json_reply(wire.render_accepted(sending, wamid)), effects, (wamid,))


def _dispatch(account: Account, sending: wire.Sending, item: Item, env: Env) -> list[Effect]:
    if env.failing is not None:
        return _fail(account, item.id, limits.error_of(env.failing.code), env, env.failing.text)
    customer = account.customers.get(sending.to)
    if customer is None:
        return _fail(account, item.id, limits.UNDELIVERABLE, env)
    if sending.template is None and not customer.window_open(env.now):
        return _fail(account, item.id, limits.WINDOW_CLOSED, env)
    if sending.media is not None and sending.media.link:
        return _fetch(account, sending.media, item, env)
    return _deliver(account, customer, item, env)


def _fill_template(account: Account, call: wire.TemplateCall, item: Item) -> None:
    template = account.templates.get(f"{call.name}/{call.language}")
    if template is None:
        raise wire.Refused(limits.TEMPLATE_MISSING, f"template name ({call.name}) does not exist in {call.language}")
    expected = template.body.count("{{")
    if len(call.parameters) != expected:
        raise wire.Refused(
            limits.TEMPLATE_PARAMETERS,
            f"body: number of localizable_params ({len(call.parameters)}) does not match the expected number "
            f"of params ({expected})",
        )
    item.text = _filled(template, call.parameters)
    item.buttons = tuple(Button(title, title) for title in template.buttons)
    item.vendor = {"template": template.name}


def _filled(template: Template, parameters: tuple[str, ...]) -> str:
    text = template.body
    for number, value in enumerate(parameters, 1):
        text = text.replace(f"{{{{{number}}}}}", value)
    return text


def _attach(item: Item, account: Account, source: wire.MediaSource, env: Env) -> None:
    stored = account.media.get(source.media_id)
    if stored is None or stored.expires_at <= env.now:
        raise wire.Refused(limits.PARAMETER_INVALID, f"Media ID {source.media_id} does not exist or has expired.")
    problem = file_problem(source.kind, stored.media)
    if problem:
        raise wire.Refused(limits.MEDIA_UPLOAD, problem)
    item.vendor = {"media_id": source.media_id, "filename": source.filename}


# --- media by link ----------------------------------------------------------------------------------------------------


def _fetch(account: Account, source: wire.MediaSource, item: Item, env: Env) -> list[Effect]:
    cached = account.links.get(source.link)
    if cached is not None and cached.expires_at > env.now:
        return _deliver_file(account, item, source.kind, cached.media, env)
    item.vendor = {"filename": source.filename}
    call = Call(
        method="GET",
        url=source.link,
        target="media",
        name="fetch media",
        headers={"User-Agent": "facebookexternalhit/1.1", "Accept": "*/*"},
        ids=(item.id,),
        then=Fetched(item.id, source.link, source.kind, item),
        timeout_s=FETCH_TIMEOUT_S,
        max_bytes=limits.MEDIA_RULES[source.kind].max_bytes,
        max_redirects=FETCH_REDIRECTS,
    )
    return [call]


def on_fetched(account: Account, event: Fetched, answer: Answer, env: Env) -> list[Effect]:
    """The business's file arrived, or did not."""
    if not answer.ok:
        return _fail(account, event.wamid, limits.MEDIA_UPLOAD, env, _fetch_problem(answer))
    declared = answer.headers.get("content-type", GENERIC)
    name = event.item.vendor.get("filename") or event.url.partition("?")[0].rpartition("/")[2] or "file"
    media = Media(answer.body, declared, name)
    account.links[event.url] = Stored(media, env.now + limits.LINK_CACHE_MS)
    return _deliver_file(account, event.item, event.kind, media, env)


def _fetch_problem(answer: Answer) -> str:
    if answer.status:
        return f"Downloading media from weblink failed with http code {answer.status}"
    return f"Downloading media from weblink failed: {answer.problem}"


def _deliver_file(account: Account, item: Item, kind: str, media: Media, env: Env) -> list[Effect]:
    problem = file_problem(kind, media)
    if problem:
        return _fail(account, item.id, limits.MEDIA_UPLOAD, env, problem)
    media_id = store(account, media, limits.UPLOADED_MEDIA_LIFE_MS, env)
    item.vendor = {"media_id": media_id, "filename": item.vendor.get("filename", "")}
    customer = account.customers[account.sent[item.id].wa_id]
    return _deliver(account, customer, item, env)


def file_problem(kind: str, media: Media) -> str:
    """Why a file cannot be sent as `kind`; empty when it can."""
    rule = limits.MEDIA_RULES[kind]
    declared, found = bare(media.mime), sniff(media.data)
    if not media.data:
        return "Media file is empty."
    if len(media.data) > rule.max_bytes:
        return f"Media file size too big. Max file size we currently support: {rule.max_bytes} bytes for {kind}."
    if rule.types and declared not in rule.types:
        return f"Unsupported {kind} mime type {declared}. Please use one of {', '.join(rule.types)}."
    if rule.types and found != GENERIC and found.partition("/")[0] != declared.partition("/")[0]:
        return f"Media file is of type {found} but was declared as {declared}."
    return ""


def store(account: Account, media: Media, life_ms: int, env: Env) -> str:
    """Keep a file and forget those whose time is over; returns its media id."""
    _drop_expired(account.media, env.now)
    _drop_expired(account.links, env.now)
    media_id = env.ids.digits("whatsapp.media_id", 16)
    account.media[media_id] = Stored(media, env.now + life_ms)
    return media_id


def _drop_expired(kept: dict[str, Stored], now: int) -> None:
    for name in [name for name, stored in kept.items() if stored.expires_at <= now]:
        del kept[name]


def media_url(account: Account, media_id: str, env: Env) -> str:
    """A fresh URL for a stored file, good for five minutes and only with the token."""
    expires = (env.now + limits.MEDIA_URL_LIFE_MS) // 1000
    proof = url_proof(account, media_id, expires)
    return f"{env.base_url}/whatsapp_business/attachments/?mid={media_id}&ext={expires}&hash={proof}"


def url_proof(account: Account, media_id: str, expires: int) -> str:
    """What makes a media URL unguessable."""
    return hmac.new(account.app_secret.encode(), f"{media_id}.{expires}".encode(), "sha256").hexdigest()[:40]


# --- delivery and statuses --------------------------------------------------------------------------------------------


def _deliver(account: Account, customer: Customer, item: Item, env: Env) -> list[Effect]:
    effects = _status(account, item.id, "sent", env)
    handset = customer.handset
    if handset.blocked:
        return effects  # a blocked business never learns it: the status stays at sent
    if not handset.online:
        handset.waiting.append(item)
        return effects
    return effects + arrive(account, customer, item, env)


def arrive(account: Account, customer: Customer, item: Item, env: Env) -> list[Effect]:
    """The message is on the phone."""
    handset = customer.handset
    if item.kind == "reaction":
        return []
    media_id = item.vendor.get("media_id", "")
    if media_id:
        media = account.media[media_id].media
        name = item.vendor.get("filename") or media.name
        item.media = handset.keep(media_id, media.data, media.mime, name, media.digest.hex())
    item.state = "delivered"
    handset.typing = False
    handset.show(item)
    return _status(account, item.id, "delivered", env)


def read_all(account: Account, customer: Customer, env: Env) -> list[Effect]:
    """The person opened the chat: whatever was delivered is read, oldest first."""
    effects: list[Effect] = []
    for item in customer.handset.screen:
        if item.author == "business" and item.state == "delivered":
            item.state = "read"
            effects += _status(account, item.id, "read", env)
    return effects


def _fail(account: Account, wamid: str, error: VendorError, env: Env, details: str = "") -> list[Effect]:
    known = limits.DETAILS.get(error.code, "") if isinstance(error.code, int) else ""
    return _status(account, wamid, "failed", env, error=error, details=details or known)


def _status(
    account: Account, wamid: str, status: str, env: Env, *, error: VendorError | None = None, details: str = ""
) -> list[Effect]:
    sent = account.sent.get(wamid)
    if sent is None or _RANK[status] <= _RANK[sent.status]:
        return []
    sent.status = status
    if status in {"read", "failed"}:
        del account.sent[wamid]
    if not account.callback_url:
        return []
    sender = sender_of(account, sent.wa_id)
    payload = wire.render_status(sender, wamid, env.now, status, opaque=sent.opaque, error=error, details=details)
    return post(account, sent.wa_id, f"status {status}", payload, (wamid,), env)


def sender_of(account: Account, wa_id: str) -> wire.Sender:
    """Who is who in a webhook about this customer."""
    customer = account.customers.get(wa_id)
    return wire.Sender(
        account.waba_id,
        account.phone_number_id,
        account.display_phone_number,
        wa_id,
        customer.user_id if customer else f"US.{wa_id}",
        (customer.handset.name or "") if customer else "",
    )


def post(account: Account, wa_id: str, name: str, payload: wire.Json, ids: tuple[str, ...], env: Env) -> list[Effect]:
    """Queue one signed webhook, in order for this customer."""
    if not account.callback_url:
        return []
    signed = graph.sign_webhook(payload, account.app_secret)
    parcel = Parcel(account.callback_url, signed.headers, signed.body, name, ids, env.now)
    return account.outbox.add(wa_id, parcel)


def on_posted(account: Account, event: Posted, answer: Answer, env: Env) -> list[Effect]:
    """A webhook was answered."""
    return account.outbox.on_answer(event, answer, RETRY, env.now)


def on_retry(account: Account, event: RetryDue) -> list[Effect]:
    """A webhook may be tried again."""
    return account.outbox.on_event(event)


def mark_read(account: Account, message_id: str, env: Env, *, typing: bool) -> list[Effect]:
    """The business has read a message and everything before it, and may show that it is `typing`.

    Raises:
        wire.Refused: the message is not one that a customer sent.
    """
    for customer in account.customers.values():
        handset = customer.handset
        if any(item.id == message_id and item.author == "customer" for item in handset.screen):
            for item in handset.screen:
                if item.author == "customer":
                    item.state = "read"
                if item.id == message_id:
                    break
            handset.typing = typing
            handset.changed()
            customer.answering_at = env.now
            over = TypingOver(handset.identity, env.now)
            return [Wake(env.now + limits.TYPING_MS, over)] if typing else []
    raise wire.Refused(limits.PARAMETER_INVALID, f"Message ID {message_id!r} is not one of an inbound message.")


def on_typing_over(account: Account, event: TypingOver) -> None:
    """The indicator goes, unless it was shown anew."""
    customer = account.customers[event.wa_id]
    if customer.answering_at == event.since and customer.handset.typing:
        customer.handset.typing = False
        customer.handset.changed()
