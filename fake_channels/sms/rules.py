"""The SMS API's behaviour: batches that leave at their time, one report a recipient, callbacks that are retried.

Every function takes the account, what happened and the surroundings, changes the account, and returns what is to be
done. No socket, no clock.
"""

from __future__ import annotations

import base64
import hmac
from typing import Final

import orjson

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Effect, Wake
from fake_channels.core.handset import Handset, Item
from fake_channels.core.http import Outcome, json_reply
from fake_channels.core.instants import DAY
from fake_channels.core.outbox import Parcel, Posted, Retry, RetryDue
from fake_channels.sms import limits, wire
from fake_channels.sms.limits import Code
from fake_channels.sms.state import Account, Batch, ExpiryDue, Inbound, Order, Report, SendDue

# 2xx ends it, 5xx, 429 and silence are retried, every other 4xx is final:
# https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks
RETRY: Final = Retry(delays_ms=limits.RETRY_DELAYS_MS, expire_ms=3 * DAY, give_up=((300, 428), (430, 499)))


def create(account: Account, order: Order, env: Env) -> Outcome:
    """Take a batch.

    Raises:
        wire.Refused: reports are wanted and there is nowhere to send them.
    """
    _need_callback(account, order)
    batch = Batch(env.ids.ulid(env.now), order, env.now, env.now)
    batch.failing = "" if env.failing is None else env.failing.code
    account.batches[batch.id] = batch
    effects = _launch(account, batch, env)
    return Outcome(json_reply(wire.render_batch(batch), 201), effects, (batch.id,))


def update(account: Account, batch: Batch, order: Order, env: Env) -> Outcome:
    """Change a batch: all of it while it waits; once it has left, further recipients only.

    Raises:
        wire.Refused: as for a new batch.
    """
    _need_callback(account, order)
    batch.order, batch.modified_at = order, env.now
    if batch.canceled:
        effects: list[Effect] = []
    elif batch.started:
        effects = _watch(account, batch)
        for msisdn in order.to:
            if msisdn not in batch.reports:
                effects += _send(account, batch, msisdn, env)
    else:
        effects = _launch(account, batch, env)
    return Outcome(json_reply(wire.render_batch(batch)), effects, (batch.id,))


def replace(account: Account, batch: Batch, order: Order, env: Env) -> Outcome:
    """Start a batch anew under its id; what no phone has got yet is withdrawn.

    Raises:
        wire.Refused: as for a new batch.
    """
    _need_callback(account, order)
    for handset in account.handsets.values():
        handset.waiting = [item for item in handset.waiting if item.id != batch.id]
    batch.order, batch.created_at, batch.modified_at = order, env.now, env.now
    batch.reports, batch.confirmed = {}, []
    batch.canceled = batch.started = batch.summarised = False
    effects = _launch(account, batch, env)
    return Outcome(json_reply(wire.render_batch(batch)), effects, (batch.id,))


def cancel(account: Account, batch: Batch, env: Env) -> Outcome:
    """Cancel a batch; what has left is not recalled."""
    effects: list[Effect] = []
    if not batch.canceled:
        batch.canceled, batch.modified_at = True, env.now
        if not batch.started:
            for msisdn in batch.order.to:
                effects += _report(account, batch, msisdn, limits.CANCELLED, env)
    return Outcome(json_reply(wire.render_batch(batch)), effects, (batch.id,))


def confirm(batch: Batch, recipients: tuple[str, ...]) -> None:
    """Keep the business's feedback that these recipients have the message."""
    for msisdn in recipients or batch.order.to:
        if msisdn not in batch.confirmed:
            batch.confirmed.append(msisdn)


def _need_callback(account: Account, order: Order) -> None:
    if order.delivery_report != "none" and not (order.callback_url or account.callback_url):
        raise wire.Refused(limits.MISSING_CALLBACK, limits.MISSING_CALLBACK.text)


# --- on its way -------------------------------------------------------------------------------------------------------


def _launch(account: Account, batch: Batch, env: Env) -> list[Effect]:
    if batch.send_at <= env.now:
        return _start(account, batch, env)
    batch.reports = {msisdn: one for msisdn, one in batch.reports.items() if msisdn in batch.order.to}
    effects: list[Effect] = [Wake(batch.send_at, SendDue(batch.id, batch.send_at))]
    for msisdn in batch.order.to:
        if msisdn not in batch.reports:
            effects += _report(account, batch, msisdn, limits.QUEUED, env)
    return effects


def on_send_due(account: Account, event: SendDue, env: Env) -> list[Effect]:
    """The time of a batch has come."""
    batch = account.batches.get(event.batch_id)
    if batch is None or batch.started or batch.canceled or batch.send_at != event.at:
        return []
    return _start(account, batch, env)


def _start(account: Account, batch: Batch, env: Env) -> list[Effect]:
    batch.started = True
    batch.reports = {msisdn: one for msisdn, one in batch.reports.items() if msisdn in batch.order.to}
    return [effect for msisdn in batch.order.to for effect in _send(account, batch, msisdn, env)]


def _send(account: Account, batch: Batch, msisdn: str, env: Env) -> list[Effect]:
    order = batch.order
    text, missing = wire.filled(order, msisdn)
    if order.truncate_concat:
        text = wire.shortened(text)
    parts = 1 if order.type == "mt_binary" else len(wire.split(text).parts)
    if batch.expire_at <= env.now:
        return _report(account, batch, msisdn, limits.EXPIRED, env, parts)
    if missing:
        return _report(account, batch, msisdn, limits.UNMATCHED_PARAMETER, env, parts)
    if order.max_parts is not None and parts > order.max_parts:
        return _report(account, batch, msisdn, limits.TOO_MANY_PARTS, env, parts)
    ordered = limits.code_of(batch.failing) if batch.failing else None
    if ordered is not None and not ordered.by_operator:
        return _report(account, batch, msisdn, ordered, env, parts)
    dispatched = _report(account, batch, msisdn, limits.DISPATCHED, env, parts)
    if ordered is not None:
        return dispatched + _report(account, batch, msisdn, ordered, env, parts)
    return dispatched + _carry(account, batch, msisdn, _item(account, batch, text, parts, env), env)


def _carry(account: Account, batch: Batch, msisdn: str, item: Item, env: Env) -> list[Effect]:
    """What the operator makes of a message."""
    handset = account.handsets.get(msisdn)
    if handset is not None and handset.online and not handset.blocked:
        return arrive(account, handset, item, env)
    if handset is not None and not handset.blocked:
        handset.waiting.append(item)
        return [_expiry(batch, msisdn)]
    code = limits.UNKNOWN_SUBSCRIBER if handset is None else limits.BLOCKED_BY_DESTINATION
    return _report(account, batch, msisdn, code, env, int(item.vendor["parts"]))


def _expiry(batch: Batch, msisdn: str) -> Wake:
    return Wake(batch.expire_at, ExpiryDue(batch.id, msisdn, batch.expire_at))


def _watch(account: Account, batch: Batch) -> list[Effect]:
    """Wait for the expiry of what lies before phones that are off: it may have been moved."""
    return [
        _expiry(batch, msisdn)
        for msisdn in batch.reports
        if msisdn in account.handsets and any(item.id == batch.id for item in account.handsets[msisdn].waiting)
    ]


def _item(account: Account, batch: Batch, text: str, parts: int, env: Env) -> Item:
    order = batch.order
    vendor = {"from": order.sender or account.number, "parts": str(parts)}
    if order.flash_message:
        vendor["flash"] = "true"
    kind = "text" if order.type == "mt_text" else "binary"
    return Item(id=batch.id, at=env.now, author="business", kind=kind, text=text, vendor=vendor)


def arrive(account: Account, handset: Handset, item: Item, env: Env) -> list[Effect]:
    """The message is on the phone; a binary one leaves its screen as it was."""
    item.state = "delivered"
    if item.kind == "text":
        handset.show(item)
    batch = account.batches[item.id]
    return _report(account, batch, handset.identity, limits.DELIVERED, env, int(item.vendor["parts"]))


def on_expiry_due(account: Account, event: ExpiryDue, env: Env) -> list[Effect]:
    """A message has waited for its phone as long as it may."""
    batch, handset = account.batches.get(event.batch_id), account.handsets.get(event.msisdn)
    if batch is None or handset is None or batch.expire_at != event.at:
        return []
    waiting = [item for item in handset.waiting if item.id == batch.id]
    if not waiting:
        return []
    handset.waiting = [item for item in handset.waiting if item.id != batch.id]
    return _report(account, batch, event.msisdn, limits.EXPIRED, env, int(waiting[0].vendor["parts"]))


# --- reports and callbacks --------------------------------------------------------------------------------------------


def _report(account: Account, batch: Batch, msisdn: str, code: Code, env: Env, parts: int = 1) -> list[Effect]:
    from_operator = env.now if code.final and batch.started else None
    report = Report(code.code, code.status, env.now, code.final, from_operator, parts)
    batch.reports[msisdn] = report
    mode = batch.order.delivery_report
    if mode == "per_recipient" or (mode == "per_recipient_final" and code.final):
        payload = wire.render_recipient_report(batch, msisdn, report, account.number)
        return _post(account, msisdn, _url(account, batch), payload, batch.id, env)
    if mode in {"summary", "full"} and code.final:
        return _summarise(account, batch, env)
    return []


def _summarise(account: Account, batch: Batch, env: Env) -> list[Effect]:
    reports = batch.reports
    if batch.summarised or len(reports) < len(batch.order.to) or not all(one.final for one in reports.values()):
        return []
    batch.summarised = True
    payload = wire.render_batch_report(batch, full=batch.order.delivery_report == "full")
    return _post(account, batch.id, _url(account, batch), payload, batch.id, env)


def _url(account: Account, batch: Batch) -> str:
    return batch.order.callback_url or account.callback_url


def receive(account: Account, handset: Handset, item: Item, env: Env) -> list[Effect]:
    """A text from a customer has arrived, its parts joined."""
    inbound = Inbound(item.id, handset.identity, item.vendor["to"], item.text, env.now)
    account.inbounds[inbound.id] = inbound
    if not account.callback_url:
        return []
    return _post(account, handset.identity, account.callback_url, wire.render_inbound(inbound), inbound.id, env)


def _post(account: Account, key: str, url: str, payload: wire.Json, about: str, env: Env) -> list[Effect]:
    body = orjson.dumps(payload)
    headers = {"Content-Type": "application/json"}
    if account.callback_secret:
        nonce = env.ids.token("sms.nonce", 16)
        headers |= signature_headers(body, account.callback_secret, nonce, str(env.now // 1000))
    return account.outbox.add(key, Parcel(url, headers, body, str(payload["type"]), (about,), env.now))


def signature_headers(body: bytes, secret: str, nonce: str, timestamp: str) -> dict[str, str]:
    """What proves a callback: HMAC-SHA256 over body, nonce and timestamp, joined by dots.

    https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks
    """
    signed = b".".join((body, nonce.encode(), timestamp.encode()))
    return {
        "x-sinch-webhook-signature": base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode(),
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": timestamp,
    }


def on_posted(account: Account, event: Posted, answer: Answer, env: Env) -> list[Effect]:
    """A callback was answered."""
    return account.outbox.on_answer(event, answer, RETRY, env.now)


def on_retry(account: Account, event: RetryDue) -> list[Effect]:
    """A callback may be tried again."""
    return account.outbox.on_event(event)
