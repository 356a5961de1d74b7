"""The SMS API's behaviour: batches that leave at their time, one report a recipient, callbacks that are retried.

Every function takes the account, what happened and the surroundings, changes the account, and returns what is to be
done. No socket, no clock.
"""

from __future__ import annotations

import math

from fake_channels.core.contract import Env
from fake_channels.core.effects import Effect, Wake
from fake_channels.core.handset import Handset, Item
from fake_channels.core.http import Outcome, json_reply
from fake_channels.core.instants import SECOND
from fake_channels.sms import callbacks, keywords, limits, wire
from fake_channels.sms.limits import Code
from fake_channels.sms.state import Account, Batch, ExpiryDue, Group, Inbound, Order, Report, SendDue, TurnDue


def create(account: Account, order: Order, env: Env) -> Outcome:
    """Take a batch.

    Raises:
        wire.Refused: reports are wanted and there is nowhere to send them.
    """
    _need_callback(account, order)
    _need_room(account, order, env)
    sweep(account, env.now)
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
        batch.recipients = tuple(dict.fromkeys((*batch.recipients, *expanded(account, order))))
        for msisdn in batch.recipients:
            if msisdn not in batch.reports:
                effects += _depart(account, batch, msisdn, env)
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
    batch.reports, batch.confirmed, batch.finals = {}, [], 0
    batch.round += 1
    batch.canceled = batch.started = batch.summarised = False
    effects = _launch(account, batch, env)
    return Outcome(json_reply(wire.render_batch(batch)), effects, (batch.id,))


def cancel(account: Account, batch: Batch, env: Env) -> Outcome:
    """Cancel a batch; what has left is not recalled."""
    effects: list[Effect] = []
    if not batch.canceled:
        batch.canceled, batch.modified_at = True, env.now
        if not batch.started:
            for msisdn in batch.recipients:
                effects += _report(account, batch, msisdn, limits.CANCELLED, env)
    return Outcome(json_reply(wire.render_batch(batch)), effects, (batch.id,))


def confirm(batch: Batch, recipients: tuple[str, ...]) -> None:
    """Keep the business's feedback that these recipients have the message."""
    for msisdn in recipients or batch.recipients:
        if msisdn not in batch.confirmed:
            batch.confirmed.append(msisdn)


def _need_callback(account: Account, order: Order) -> None:
    if order.delivery_report != "none" and not (order.callback_url or account.callback_url):
        raise wire.Refused(limits.MISSING_CALLBACK, limits.MISSING_CALLBACK.text)


# --- on its way -------------------------------------------------------------------------------------------------------


def _launch(account: Account, batch: Batch, env: Env) -> list[Effect]:
    if batch.send_at <= env.now:
        return _start(account, batch, env)
    _address(account, batch)
    effects: list[Effect] = [Wake(batch.send_at, SendDue(batch.id, batch.send_at))]
    for msisdn in batch.recipients:
        if msisdn not in batch.reports:
            effects += _report(account, batch, msisdn, limits.QUEUED, env)
    return effects


def _address(account: Account, batch: Batch) -> None:
    """Work out whom a batch is for by now; whoever it is no longer for has no report."""
    batch.recipients = expanded(account, batch.order)
    wanted = frozenset(batch.recipients)
    batch.reports = {msisdn: one for msisdn, one in batch.reports.items() if msisdn in wanted}
    batch.finals = sum(one.final for one in batch.reports.values())


def expanded(account: Account, order: Order) -> tuple[str, ...]:
    """Every number that an order means, each once: those of its groups, and of their groups, among them."""
    if not account.groups:
        return tuple(filter(str.isdecimal, order.to))  # of a group that was deleted, nobody is left
    found: dict[str, None] = {}
    for one in order.to:
        group = account.groups.get(one)
        if group is None:
            found[one] = None
        else:
            found |= members_of(account, group)
    return tuple(number for number in found if number.isdecimal())


def members_of(account: Account, group: Group) -> dict[str, None]:
    """The numbers of a group and of all groups in it."""
    found: dict[str, None] = {}
    seen, todo = set(), [group]
    while todo:
        one = todo.pop()
        if one.id in seen:
            continue
        seen.add(one.id)
        found |= one.members
        todo += [account.groups[child] for child in one.child_groups if child in account.groups]
    return found


def on_send_due(account: Account, event: SendDue, env: Env) -> list[Effect]:
    """The time of a batch has come."""
    batch = account.batches.get(event.batch_id)
    if batch is None or batch.started or batch.canceled or batch.send_at != event.at:
        return []
    return _start(account, batch, env)


def _start(account: Account, batch: Batch, env: Env) -> list[Effect]:
    batch.started = True
    _address(account, batch)
    return [effect for msisdn in batch.recipients for effect in _depart(account, batch, msisdn, env)]


def _depart(account: Account, batch: Batch, msisdn: str, env: Env) -> list[Effect]:
    """Send now, or when the plan's rate allows: what comes first leaves first."""
    rate = account.settings.per_second
    if not rate or not env.limited:
        return _send(account, batch, msisdn, env)
    at = max(account.free_at, float(env.now))
    account.free_at = at + SECOND / rate
    if at <= env.now:
        return _send(account, batch, msisdn, env)
    account.outstanding += 1
    queued = _report(account, batch, msisdn, limits.QUEUED, env)
    return [*queued, Wake(math.ceil(at), TurnDue(batch.id, msisdn, batch.round))]


def on_turn_due(account: Account, event: TurnDue, env: Env) -> list[Effect]:
    """A message may leave by now."""
    account.outstanding -= 1
    batch = account.batches.get(event.batch_id)
    if batch is None or batch.round != event.round or event.msisdn not in batch.recipients:
        return []
    if batch.canceled:
        return _report(account, batch, event.msisdn, limits.CANCELLED, env)
    return _send(account, batch, event.msisdn, env)


def _need_room(account: Account, order: Order, env: Env) -> None:
    settings = account.settings
    if settings.per_second and env.limited and account.outstanding + len(order.to) > settings.outstanding:
        raise wire.Refused(limits.TOO_MANY, "")


def sweep(account: Account, now: int) -> None:
    """Forget, once an hour, what is kept no longer; and the oldest when there is too much."""
    crowded = len(account.batches) >= limits.BATCHES_MAX or len(account.inbounds) >= limits.INBOUNDS_MAX
    if now < account.sweep_at and not crowded:
        return
    account.sweep_at = now + limits.SWEEP_MS
    account.batches = {
        key: batch
        for key, batch in account.batches.items()
        if now - max(batch.created_at, batch.send_at) < limits.KEPT_MS
    }
    account.inbounds = {key: one for key, one in account.inbounds.items() if now - one.at < limits.KEPT_MS}
    if len(account.batches) >= limits.BATCHES_MAX:
        account.batches = dict(list(account.batches.items())[limits.BATCHES_MAX // 10 :])
    if len(account.inbounds) >= limits.INBOUNDS_MAX:
        account.inbounds = dict(list(account.inbounds.items())[limits.INBOUNDS_MAX // 10 :])


def _send(account: Account, batch: Batch, msisdn: str, env: Env) -> list[Effect]:
    order = batch.order
    text, missing = wire.filled(order, msisdn)
    if order.truncate_concat:
        text = wire.shortened(text)
    parts = 1 if order.type == "mt_binary" else len(wire.split(text).parts)
    refused = _refused_at_once(account, batch, msisdn, missing, parts, env)
    if refused is not None:
        return _report(account, batch, msisdn, refused, env, parts)
    ordered = _ordered(account, batch, msisdn)
    if ordered is not None and not ordered.by_operator:
        return _report(account, batch, msisdn, ordered, env, parts)
    dispatched = _report(account, batch, msisdn, limits.DISPATCHED, env, parts)
    if ordered is not None:
        return dispatched + _report(account, batch, msisdn, ordered, env, parts)
    return dispatched + _carry(account, batch, msisdn, _item(account, batch, text, parts, env), env)


def _refused_at_once(account: Account, batch: Batch, msisdn: str, missing: str, parts: int, env: Env) -> Code | None:
    """Why a message does not leave at all."""
    if batch.expire_at <= env.now:
        return limits.EXPIRED
    if missing:
        return limits.UNMATCHED_PARAMETER
    if batch.order.max_parts is not None and parts > batch.order.max_parts:
        return limits.TOO_MANY_PARTS
    return limits.INTERNAL_REJECT if msisdn in account.stopped else None


def _ordered(account: Account, batch: Batch, msisdn: str) -> Code | None:
    """What becomes of a message by order of a fault, or by the settings of the plan."""
    if batch.failing:
        return limits.code_of(batch.failing)
    fate = account.settings.outcomes.get(msisdn) if account.settings.outcomes else None
    return None if fate is None else limits.code_of(str(fate))


def _carry(account: Account, batch: Batch, msisdn: str, item: Item, env: Env) -> list[Effect]:
    """What the operator makes of a message."""
    handset = account.handsets.get(msisdn)
    if handset is not None and handset.online and not handset.blocked:
        return arrive(account, handset, item, env)
    if handset is not None and not handset.blocked:
        handset.waiting.append(item)
        if len(handset.waiting) > limits.WAITING_MAX:
            return [_expiry(batch, msisdn), *_give_up(account, handset, handset.waiting.pop(0), env)]
        return [_expiry(batch, msisdn)]
    code = limits.UNKNOWN_SUBSCRIBER if handset is None else limits.BLOCKED_BY_DESTINATION
    return _report(account, batch, msisdn, code, env, int(item.vendor["parts"]))


def _give_up(account: Account, handset: Handset, item: Item, env: Env) -> list[Effect]:
    batch = account.batches.get(item.id)
    if batch is None:
        return []
    return _report(account, batch, handset.identity, limits.EXPIRED, env, int(item.vendor["parts"]))


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
    batch = account.batches.get(item.id)
    if batch is None:
        return []  # an answer of the platform's own, or a batch that is kept no longer
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
    from_operator = env.now if code.by_operator and batch.started else None
    before = batch.reports.get(msisdn)
    batch.finals += code.final - (before is not None and before.final)
    report = Report(code.code, code.status, env.now, code.final, from_operator, parts)
    batch.reports[msisdn] = report
    mode = batch.order.delivery_report
    if mode == "per_recipient" or (mode == "per_recipient_final" and code.final):
        payload = wire.render_recipient_report(batch, msisdn, report, account.number)
        return callbacks.post(account, msisdn, _url(account, batch), payload, batch.id, env)
    if mode in {"summary", "full"} and code.final:
        return _summarise(account, batch, env)
    return []


def _summarise(account: Account, batch: Batch, env: Env) -> list[Effect]:
    if batch.summarised or batch.finals < len(batch.recipients):
        return []
    batch.summarised = True
    payload = wire.render_batch_report(batch, full=batch.order.delivery_report == "full")
    return callbacks.post(account, batch.id, _url(account, batch), payload, batch.id, env)


def _url(account: Account, batch: Batch) -> str:
    return batch.order.callback_url or account.callback_url


def receive(account: Account, handset: Handset, item: Item, env: Env) -> list[Effect]:
    """A text from a customer has arrived, its parts joined."""
    sweep(account, env.now)
    inbound = Inbound(item.id, handset.identity, item.vendor["to"], item.text, env.now)
    account.inbounds[inbound.id] = inbound
    keywords.heard(account, inbound, env.now)
    if not account.callback_url:
        return []
    return callbacks.post(
        account, handset.identity, account.callback_url, wire.render_inbound(inbound), inbound.id, env
    )


def answer_by_itself(account: Account, handset: Handset, item: Item, env: Env) -> list[Effect]:
    """What the platform answers to a keyword, where it is set to; the business is not asked."""
    text = keywords.answer(account, item.text)
    if not text:
        return []
    vendor = {"from": item.vendor["to"], "parts": str(len(wire.split(text).parts))}
    told = Item(id=env.ids.ulid(env.now), at=env.now, author="business", kind="text", text=text, vendor=vendor)
    return arrive(account, handset, told, env)
