"""WhatsApp's behaviour: accept now, fail later; the 24-hour window; statuses; media that expires.

Every function takes the account, what happened and the surroundings, changes the account, and returns what is to be
done. No socket, no clock.
"""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Effect, Wake
from fake_channels.core.handset import Button, Impossible, Item
from fake_channels.core.http import Outcome, json_reply
from fake_channels.core.instants import HOUR
from fake_channels.core.media import Media
from fake_channels.core.tables import VendorError
from fake_channels.whatsapp import hooks, limits, media, templates, wire
from fake_channels.whatsapp.limiter import Pace
from fake_channels.whatsapp.state import Account, Customer, Fetched, Sent, Template, TypingOver, new_wamid, owner_of

PLAY: Final = Button("play", "Play", "url")
"""What a voice message shows: listening is told, and sends nothing."""
_RANK: Final = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4, "failed": 5}


def send(account: Account, sending: wire.Sending, env: Env) -> Outcome:
    """Accept a message for delivery; what goes wrong later is told by a status.

    Raises:
        wire.Refused: for what the API refuses at once.
    """
    if not account.registered:
        raise wire.Refused(limits.NOT_REGISTERED, "The phone number is not registered.")
    if sending.to == account.display_phone_number:
        raise wire.Refused(limits.SAME_SENDER, "The recipient is the sending number itself.")
    customer = account.customer(sending.to)
    if env.limited:
        _check_rates(account, customer, env.now)
    item, source, template = sending.item, sending.media, None
    if sending.template is not None:
        template, source = templates.fill(account, sending.template, item, sending.to)
    if source is not None and source.media_id:
        media.attach(item, account, source, env)
    to = sending.to if customer is None else customer.handset.identity
    item.id = wamid = new_wamid(env.ids, to)
    item.at = env.now
    _remember(account, to, sending, customer, template, env.now)
    effects = _dispatch(account, customer, item, template, source, env)
    return Outcome(json_reply(wire.render_accepted(sending, wamid)), effects, (wamid,))


def _check_rates(account: Account, customer: Customer | None, now: int) -> None:
    if not account.rates.may_send(now, account.settings.throughput):
        most = account.settings.throughput
        raise wire.Refused(limits.RATE_LIMIT, f"Message failed to send: more than {most} messages a second.")
    if customer is None:
        return
    if customer.pace is None:
        customer.pace = Pace()
    if not customer.pace.take(now):
        says = "Message failed to send because there were too many messages sent from this phone number to this user."
        raise wire.Refused(limits.PAIR_RATE_LIMIT, says)


def _remember(
    account: Account, to: str, sending: wire.Sending, customer: Customer | None, template: Template | None, now: int
) -> None:
    """Keep what statuses will need."""
    if now >= account.forget_at or len(account.sent) >= limits.SENT_MAX:
        _forget(account, now)
    kept = account.sent[sending.item.id] = Sent(to, "accepted", now, sending.opaque)
    kept.voice = sending.item.kind == "voice"
    if template is not None:
        kept.category = template.category.lower()
        is_open = customer is not None and customer.window_open(now)
        kept.billable = not (is_open and kept.category == "utility")


def _forget(account: Account, now: int) -> None:
    """Once an hour drop what is a month old; when there is too much, also the oldest tenth."""
    fresh = {wamid: sent for wamid, sent in account.sent.items() if now - sent.at < limits.MESSAGE_LIFE_MS}
    if len(fresh) >= limits.SENT_MAX:
        fresh = dict(list(fresh.items())[limits.SENT_MAX // 10 :])
    account.sent, account.forget_at = fresh, now + HOUR


def _dispatch(
    account: Account,
    customer: Customer | None,
    item: Item,
    template: Template | None,
    source: wire.MediaSource | None,
    env: Env,
) -> list[Effect]:
    if env.failing is not None:
        return _fail(account, item.id, limits.error_of(env.failing.code), env, env.failing.text)
    if customer is None:
        return _fail(account, item.id, limits.UNDELIVERABLE, env)
    problem = _late_problem(account, customer, item, template, env)
    if problem is not None:
        return _fail(account, item.id, problem, env)
    if source is None or not source.link:
        return _deliver(account, customer, item, env)
    known = media.cached(account, source.link, env.now)
    if known is None:
        return [media.fetch(source, item)]
    return _deliver_file(account, item, source.kind, known, env, voice=source.voice)


def _late_problem(
    account: Account, customer: Customer, item: Item, template: Template | None, env: Env
) -> VendorError | None:
    """What the business learns only after the 200."""
    if customer.blocked:
        return limits.BLOCKED_BY_BUSINESS
    if customer.window_open(env.now):
        stopped = template is not None and template.category == "MARKETING" and not customer.marketing
        return limits.MARKETING_STOPPED if stopped else _reaction_problem(customer, item)
    if template is None:
        return limits.WINDOW_CLOSED
    if template.category == "MARKETING" and not customer.marketing:
        return limits.MARKETING_STOPPED
    tier = account.settings.tier
    if env.limited and not account.rates.may_reach(customer.handset.identity, env.now, tier):
        return limits.SPAM_LIMIT
    return None


def _reaction_problem(customer: Customer, item: Item) -> VendorError | None:
    if item.kind != "reaction":
        return None
    return None if _target(customer, item.vendor["target"]) is not None else limits.PARAMETER_INVALID


def _target(customer: Customer, item_id: str) -> Item | None:
    """A message of this chat, wherever it is."""
    try:
        return customer.handset.find(item_id)
    except Impossible:
        return next((item for item in customer.handset.waiting if item.id == item_id), None)


def on_fetched(account: Account, event: Fetched, answer: Answer, env: Env) -> list[Effect]:
    """The business's file arrived, or did not."""
    taken = media.take(account, event, answer, env)
    if isinstance(taken, str):
        return _fail(account, event.wamid, limits.MEDIA_UPLOAD, env, taken)
    return _deliver_file(account, event.item, event.kind, taken, env, voice="voice" in event.item.vendor)


def _deliver_file(account: Account, item: Item, kind: str, file: Media, env: Env, *, voice: bool) -> list[Effect]:
    problem = media.file_problem(kind, file, voice=voice)
    if problem:
        return _fail(account, item.id, limits.MEDIA_UPLOAD, env, problem)
    sent = account.sent.get(item.id)
    if sent is None:
        return []  # a file that took longer than a message lives
    media_id = media.store(account, file, limits.UPLOADED_MEDIA_LIFE_MS, env)
    item.vendor |= {"media_id": media_id, "filename": item.vendor.get("filename", "")}
    return _deliver(account, account.customers[sent.to], item, env)


# --- delivery and statuses --------------------------------------------------------------------------------------------


def _deliver(account: Account, customer: Customer, item: Item, env: Env) -> list[Effect]:
    effects = _status(account, item.id, "sent", env)
    handset = customer.handset
    if handset.blocked:
        return effects  # a blocked business never learns it: the status stays at sent
    if not handset.online:
        handset.waiting.append(item)
        if len(handset.waiting) > limits.WAITING_MAX:
            handset.waiting.pop(0)
        return effects
    return effects + arrive(account, customer, item, env)


def arrive(account: Account, customer: Customer, item: Item, env: Env) -> list[Effect]:
    """The message is on the phone; one whose life is over never gets there, and nobody is told."""
    handset = customer.handset
    sent = account.sent.get(item.id)
    if sent is None or sent.expired(env.now):
        return []
    if item.kind == "reaction":
        target = _target(customer, item.vendor["target"])
        if target is not None:
            target.vendor["reaction"] = item.text
            handset.changed()
        return []
    stored = account.media.get(item.vendor.get("media_id", ""))
    if stored is not None:
        file = stored.media
        name = item.vendor.get("filename") or file.name
        item.media = handset.keep(item.vendor["media_id"], file.data, file.mime, name, file.digest.hex())
    if item.reply_to and _target(customer, item.reply_to) is None:
        item.reply_to = ""
    if item.kind == "voice":
        item.buttons = (PLAY,)
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
            if account.settings.receipts:
                effects += _status(account, item.id, "read", env)
    return effects


def played(account: Account, item: Item, env: Env) -> list[Effect]:
    """The person listened to a voice message."""
    return _status(account, item.id, "played", env) if account.settings.receipts else []


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
    if status in {"played", "failed"} or (status == "read" and not sent.voice):
        del account.sent[wamid]
    url = account.callback()
    if not url:
        return []
    payload = wire.render_status(
        hooks.sender_of(account, sent.to),
        wamid,
        env.now,
        status,
        opaque=sent.opaque,
        error=error,
        details=details,
        price=wire.Price(sent.category, sent.billable),
    )
    return hooks.post(account, url, sent.to, f"status {status}", payload, (wamid,), env)


# --- what a business does besides sending -----------------------------------------------------------------------------


def mark_read(account: Account, message_id: str, env: Env, *, typing: bool) -> list[Effect]:
    """The business has read a message and everything before it, and may show that it is `typing`.

    Raises:
        wire.Refused: the message is not one that a customer sent.
    """
    customer = account.customers.get(owner_of(message_id))
    items = [] if customer is None else customer.handset.screen
    if customer is None or not any(item.id == message_id and item.author == "customer" for item in items):
        raise wire.Refused(limits.PARAMETER_INVALID, f"Message ID {message_id!r} is not one of an inbound message.")
    for item in items:
        if item.author == "customer":
            item.state = "read"
        if item.id == message_id:
            break
    customer.handset.typing = typing
    customer.handset.changed()
    customer.answering_at = env.now
    over = TypingOver(customer.handset.identity, env.now)
    return [Wake(env.now + limits.TYPING_MS, over)] if typing else []


def on_typing_over(account: Account, event: TypingOver) -> None:
    """The indicator goes, unless it was shown anew."""
    customer = account.customers[event.wa_id]
    if customer.answering_at == event.since and customer.handset.typing:
        customer.handset.typing = False
        customer.handset.changed()


def block(account: Account, users: list[str], env: Env) -> tuple[list[str], list[tuple[str, VendorError]]]:
    """Block people who wrote within a day; returns who is blocked now, and who cannot be and why."""
    added, failed = [], []
    count = sum(customer.blocked for customer in account.customers.values())
    for user in users:
        customer = account.customer(wire.address(user))
        if customer is None:
            failed.append((user, limits.PARAMETER_INVALID))
        elif not customer.window_open(env.now) and not customer.blocked:
            failed.append((user, limits.WINDOW_CLOSED))
        elif count >= limits.BLOCKED_MAX and not customer.blocked:
            failed.append((user, limits.BLOCK_LIST_FULL))
        else:
            count += not customer.blocked
            customer.blocked = True
            added.append(user)
    return added, failed


def unblock(account: Account, users: list[str]) -> list[str]:
    """Take blocks back; returns those that there were."""
    removed = []
    for user in users:
        customer = account.customer(wire.address(user))
        if customer is not None and customer.blocked:
            customer.blocked = False
            removed.append(user)
    return removed
