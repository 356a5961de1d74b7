"""The behaviour of Viber Business Messages: who can be written to, sessions, time to live, receipts.

Every function takes the account, what was asked and the surroundings, changes the account, and returns the outcome.
No socket, no clock.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call, Effect, Wake
from fake_channels.core.handset import Item
from fake_channels.core.http import Outcome, json_reply
from fake_channels.core.media import GENERIC, Media, family, real_type
from fake_channels.core.outbox import Parcel, Posted, Retry, RetryDue
from fake_channels.viberbm import limits, wire
from fake_channels.viberbm.limits import MEDIA_RULES
from fake_channels.viberbm.state import Account, Customer, Expired, Fetched, Template, new_token

RETRY: Final = Retry(limits.RETRIES_MS, expire_ms=limits.RETRY_LIFE_MS)


def send(account: Account, body: Any, env: Env) -> Outcome:
    """Take a message for one person; receipts tell the rest.

    Raises:
        wire.Refused: as the API does.
    """
    sending = wire.parse_send(body)
    if sending.rule.category == "session" and account.settings.kind != "session":
        raise wire.Refused(limits.BAD_TYPE, "this service has no sessions")
    customer = account.customers.get(sending.dest)
    if customer is None:
        raise wire.Refused(limits.NOT_A_USER)
    if customer.handset.blocked:
        raise wire.Refused(limits.USER_BLOCKED)
    item, session_id = sending.item, ""
    if sending.template is not None:
        item.text = _filled(account, sending.template)
    if sending.rule.category == "session":
        _count(account, customer, env)
        session_id = customer.session_id
    item.id, item.at = new_token(env.ids), env.now
    if sending.media is not None:
        item.vendor |= {"media": sending.media.kind, "url": sending.media.url, "name": sending.media.name}
    if sending.rule.tracking != "refused":
        item.vendor["replyable"] = "yes"
        customer.tracking = sending.tracking if sending.tracking is not None else customer.tracking
    effects = _dispatch(account, customer, item, sending.ttl_ms, env)
    return Outcome(json_reply(wire.render_accepted(sending.seq, item.id, session_id)), effects, (item.id,))


def _count(account: Account, customer: Customer, env: Env) -> None:
    """Take one of the session's messages."""
    if not customer.in_session(env.now):
        raise wire.Refused(limits.WAIT, "there is no session: the user must write first")
    if env.limited and customer.session_sent >= limits.SESSION_MAX:
        raise wire.Refused(limits.NO_MORE, f"{limits.SESSION_MAX} messages were sent in this session")
    if env.limited and customer.in_a_row >= account.settings.in_a_row_max:
        raise wire.Refused(limits.WAIT, f"{account.settings.in_a_row_max} messages in a row have no answer")
    customer.session_sent += 1
    customer.in_a_row += 1


def _filled(account: Account, call: wire.TemplateCall) -> str:
    template = account.templates.get(call.id)
    if template is None or call.language not in template.languages:
        raise wire.Refused(limits.NO_TEMPLATE, f"{call.id[:80]!r} in {call.language[:20]!r}")
    _check_parameters(template, call.parameters)
    text = template.body
    for name, value in call.parameters.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text


def _check_parameters(template: Template, given: dict[str, str]) -> None:
    if template.one_time_password and not given.get("pin"):
        raise wire.Refused(limits.TIMEOUT, "a one-time password needs its pin")
    if set(given) != set(template.parameters) or not all(value.strip() for value in given.values()):
        wanted = ", ".join(template.parameters)
        raise wire.Refused(limits.BAD_TEMPLATE, f"templateParams: the template needs {wanted}, none of them empty")


def _dispatch(account: Account, customer: Customer, item: Item, ttl_ms: int, env: Env) -> list[Effect]:
    handset = customer.handset
    if env.failing is not None:
        status = "expired" if env.failing.code == "expired" else "failed"
        return _receipt(account, customer, item.id, status, env, env.failing.text or None)
    if handset.online:
        return arrive(account, customer, item, env)
    handset.waiting.append(item)
    effects: list[Effect] = [Wake(env.now + ttl_ms, Expired(handset.identity, item.id))]
    if len(handset.waiting) > limits.WAITING_MAX:
        effects += _receipt(account, customer, handset.waiting.pop(0).id, "expired", env)
    return effects


def on_expired(account: Account, event: Expired, env: Env) -> list[Effect]:
    """A message's time is over: if it still waits for the phone, it never arrives."""
    customer = account.customers[event.msisdn]
    waiting = customer.handset.waiting
    left = [item for item in waiting if item.id != event.token]
    if len(left) == len(waiting):
        return []
    customer.handset.waiting = left
    return _receipt(account, customer, event.token, "expired", env)


def arrive(account: Account, customer: Customer, item: Item, env: Env) -> list[Effect]:
    """The message is on the phone; its file, if it has one, follows."""
    handset = customer.handset
    handset.show(item)
    if "url" not in item.vendor:
        return _delivered(account, customer, item, env)
    item.state = "sending"
    kind = item.vendor["media"]
    call = Call(
        method="GET",
        url=item.vendor["url"],
        target="media",
        name="fetch media",
        headers={"User-Agent": "Viber/22.3.0", "Accept": "*/*"},
        ids=(item.id,),
        then=Fetched(handset.identity, item.id, kind, item.vendor["name"]),
        timeout_s=limits.FETCH_TIMEOUT_S,
        max_bytes=MEDIA_RULES[kind].max_bytes,
        max_redirects=limits.FETCH_REDIRECTS,
    )
    return [call]


def _delivered(account: Account, customer: Customer, item: Item, env: Env) -> list[Effect]:
    item.state = "delivered"
    return _receipt(account, customer, item.id, "delivered", env)


def on_fetched(account: Account, event: Fetched, answer: Answer, env: Env) -> list[Effect]:
    """The file of a message has come, or has not: then the message has failed."""
    customer = account.customers[event.msisdn]
    handset = customer.handset
    item = handset.shown(event.token)
    if item is None:
        return []
    handset.changed()
    mime = real_type(answer.body, answer.headers.get("content-type", GENERIC))
    media = Media(answer.body, mime, event.name)
    problem = file_problem(event.kind, media) if answer.ok and answer.body else limits.BROKEN_MEDIA
    if problem:
        item.state, item.problem = "failed", problem
        return _receipt(account, customer, item.id, "failed", env, problem)
    item.media = handset.keep(f"{item.id}.file", media.data, media.mime, media.name, media.digest.hex())
    return _delivered(account, customer, item, env)


def file_problem(kind: str, media: Media) -> str:
    """Why a file cannot be sent as `kind`; empty when it can."""
    rule = MEDIA_RULES[kind]
    real = real_type(media.data, media.mime)
    if rule.family and family(real) != rule.family:
        return limits.WRONG_MEDIA
    most = limits.GIF_MAX if real == "image/gif" else rule.max_bytes
    return limits.BROKEN_MEDIA if len(media.data) > most else ""


def read_all(account: Account, customer: Customer, env: Env) -> list[Effect]:
    """The person opened the chat: whatever was delivered is seen, oldest first."""
    read = customer.handset.read_all()
    return [effect for item in read for effect in _receipt(account, customer, item.id, "seen", env)]


# --- callbacks --------------------------------------------------------------------------------------------------------


def _receipt(
    account: Account, customer: Customer, token: str, status: str, env: Env, reason: str | None = None
) -> list[Effect]:
    return emit(account, customer, "receipt", env, message_token=token, status=status, reason=reason)


def emit(account: Account, customer: Customer, event: str, env: Env, **rest: Any) -> list[Effect]:
    """Tell the business, in order for each person."""
    if not account.callback_url:
        return []
    msisdn = customer.handset.identity
    payload = wire.render_event(event, account.service_id, msisdn, env.now, **rest)
    name = f"{event} {rest['status']}" if event == "receipt" else event
    ids = (rest["message_token"],) if "message_token" in rest else ()
    headers = {"Content-Type": "application/json"}
    parcel = Parcel(account.callback_url, headers, orjson.dumps(payload), name, ids, env.now)
    return account.outbox.add(msisdn, parcel)


def on_posted(account: Account, event: Posted, answer: Answer, env: Env) -> list[Effect]:
    """A callback was answered."""
    return account.outbox.on_answer(event, answer, RETRY, env.now)


def on_retry(account: Account, event: RetryDue) -> list[Effect]:
    """A callback may be tried again."""
    return account.outbox.on_event(event)
