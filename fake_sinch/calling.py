"""The calls that carry one part of a message to a channel: a token or a file's type first where one is needed.

Most channels take a part in one call; on a channel with steps an answer may lead to a next call.
Must not know: what becomes of the message (`fake_sinch.pipeline` does), vendors' wires.
"""

import orjson

from fake_sinch import grants
from fake_sinch.accounts import account_of
from fake_sinch.adapters.contract import (
    Account,
    Rejected,
    RetryLater,
    Sent,
    Unrenderable,
    VendorCall,
    Verdict,
    as_call,
    step_of,
    verdict_of,
)
from fake_sinch.adapters.registry import REGISTRY
from fake_sinch.capabilities import Channel
from fake_sinch.context import Context
from fake_sinch.effects import Answer, Call
from fake_sinch.events import MediaProbed, PartAnswered, PartGranted
from fake_sinch.parts import Plan, Refused
from fake_sinch.planner import plan
from fake_sinch.reasons import Reason, ReasonCode
from fake_sinch.state import Sending, StoredMessage
from fake_sinch.traffic import Attempt


def sending_of(message: StoredMessage) -> Sending:
    """Return how a message of the app is to be delivered."""
    if message.sending is None:
        raise AssertionError(f"message {message.id} is not one to be sent")
    return message.sending


def first_call(ctx: Context, message: StoredMessage, now: int) -> Call | Reason:
    """Return the call with which the part whose turn it is begins, or why the channel cannot take the message."""
    sending, account = sending_of(message), _account(ctx, message, now)
    if account is None:
        return _unconfigured(message)
    attempt = sending.attempt
    planned = _plan(message, attempt)
    if isinstance(planned, Refused):
        return planned.reason
    registration = REGISTRY[message.channel]
    if registration.adapter.needs_media_types and (url := planned.undetermined_media()):
        return _probe(message, attempt, url)
    if registration.grants is not None and not account.access_token:
        first = registration.grants.grant(account)
        return as_call(first, registration.target, (message.id,), PartGranted(message.id, attempt.serial))
    attempt.parts = len(planned.parts)
    try:
        part = planned.parts[attempt.part]
        call = registration.adapter.render(part, message.identity, account, sending.properties, message.id)
    except Unrenderable as error:
        return error.reason
    return _part_call(message, attempt, call)


def next_call(ctx: Context, message: StoredMessage, answer: Answer, now: int) -> Call | Verdict:
    """Return what the answer to a part's call leads to: the part's next call, or the verdict on the part."""
    sending, registration = sending_of(message), REGISTRY[message.channel]
    attempt = sending.attempt
    if not attempt.step or registration.steps is None:
        return verdict_of(registration.adapter, answer)
    account, planned = _account(ctx, message, now), _plan(message, attempt)
    if account is None:
        return Rejected(_unconfigured(message))
    if isinstance(planned, Refused):
        return Rejected(planned.reason)
    sent = Sent(planned.parts[attempt.part], message.identity, account, sending.properties, message.id)
    told = step_of(registration.steps, attempt.step, sent, answer)
    return _part_call(message, attempt, told) if isinstance(told, VendorCall) else told


def take_grant(ctx: Context, message: StoredMessage, answer: Answer, now: int) -> Rejected | RetryLater | None:
    """Keep the token that a part waited for; return why there is none, or None when there is."""
    account = _account(ctx, message, now)
    if account is None:
        return Rejected(_unconfigured(message))
    return grants.take(ctx, message.app_id, account.credential, answer, now)


def _account(ctx: Context, message: StoredMessage, now: int) -> Account | None:
    app = ctx.state.apps.get(message.app_id)
    return account_of(ctx, app, message.channel, now) if app else None


def _unconfigured(message: StoredMessage) -> Reason:
    return Reason(ReasonCode.CHANNEL_CONFIGURATION_MISSING, f"No credentials for {message.channel}")


def _plan(message: StoredMessage, attempt: Attempt) -> Plan | Refused:
    content = orjson.loads(message.body)
    return plan(content, Channel(message.channel), message_id=message.id, media_types=attempt.media_types)


def _part_call(message: StoredMessage, attempt: Attempt, call: VendorCall) -> Call:
    attempt.step = call.step
    then = PartAnswered(message.id, attempt.serial)
    return as_call(call, REGISTRY[message.channel].target, (message.id,), then)


def _probe(message: StoredMessage, attempt: Attempt, url: str) -> Call:
    """Ask the business's server what a file is whose name does not tell."""
    return Call(
        method="HEAD",
        url=url,
        headers={"accept": "*/*"},
        body=b"",
        target="media",
        name="probe",
        ids=(message.id,),
        then=MediaProbed(message.id, attempt.serial, url),
    )
