"""Takes what customers do: vendors' callbacks in, conversations, messages and callbacks to the app out.

Per customer and channel everything is worked on in order, so that a text never overtakes the image before it: an image
is fetched from the channel, put into the gateway's own store and only then told. What a vendor sends twice is told
once. Must not know: vendors' wires (adapters read those), how calls are performed.
"""

from typing import Any, Final

import orjson

from fake_sinch import contacts, mediastore, pipeline, planner
from fake_sinch.accounts import account_of, credential_of
from fake_sinch.adapters.contract import Malformed, MediaFailed, MediaFile, VendorCall, split_choice
from fake_sinch.adapters.registry import REGISTRY
from fake_sinch.arrivals import (
    FromCustomer,
    Inbound,
    InboundEvent,
    InboundMessage,
    InboundOpt,
    InboundStatus,
    InboundUnsupported,
    MediaRef,
)
from fake_sinch.backoff import delay_ms
from fake_sinch.capabilities import Channel
from fake_sinch.context import Context, lane_of
from fake_sinch.effects import Answer, Call, Effect, Wake
from fake_sinch.errors import INVALID_ARGUMENT, JSON_HEADERS, NOT_FOUND, UNAUTHENTICATED, render
from fake_sinch.events import Acknowledged, Event, MediaAnswered, MediaDue
from fake_sinch.limits import APP_SCOPED_CHANNELS
from fake_sinch.parts import ChoicePart, ListPart, Plan
from fake_sinch.ports import Outcome, Reply, RequestLike
from fake_sinch.reasons import Reason, ReasonCode, to_wire
from fake_sinch.state import App, Contact, StoredMessage
from fake_sinch.times import to_text
from fake_sinch.traffic import Arrival, lane_key, vendor_key

_SEEN_KEPT: Final = 20_000
"""How many arrivals are remembered to recognise repeats."""
_FETCHES: Final = 6
"""How often a customer's file is asked for before the message goes without it; Sinch's number is not published."""
_FETCH_TIMEOUT_S: Final = 60.0


# The callback


def receive(ctx: Context, channel: str, app_id: str, request: RequestLike, now: int) -> Outcome:
    """Take a vendor's callback: check who calls, read what it tells, and start working on it."""
    app = ctx.state.apps.get(app_id)
    credential = credential_of(app, channel) if app else None
    registration = REGISTRY.get(channel)
    if app is None or credential is None or registration is None:
        return Outcome(render(NOT_FOUND, f"There is no {channel} callback for app {app_id[:40]!r}."))
    adapter = registration.adapter
    if (reply := adapter.handshake(request, credential)) is not None:
        return Outcome(reply)
    if not adapter.authenticate(request, credential):
        return Outcome(render(UNAUTHENTICATED, "The callback's signature or secret is wrong."))
    try:
        told = adapter.parse_callback(request.body, credential)
    except Malformed as error:
        return Outcome(render(INVALID_ARGUMENT, str(error)))
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        return Outcome(render(INVALID_ARGUMENT, f"The callback does not have the channel's shape: {error!r}"))
    effects: list[Effect] = []
    for one in told:
        effects += _take(ctx, app, channel, one, now)
    return Outcome(Reply(200, dict(JSON_HEADERS), b"{}"), effects)


def _take(ctx: Context, app: App, channel: str, one: Inbound, now: int) -> list[Effect]:
    if isinstance(one, InboundStatus):
        return pipeline.on_status(ctx, app.id, channel, one, now)
    if _is_repeat(ctx, vendor_key(app.id, channel, one.vendor_id), now):
        return []
    lane = lane_key(app.id, channel, one.identity)
    waiting = ctx.state.traffic.arrivals.setdefault(lane, [])
    waiting.append(Arrival(app.id, channel, one))
    return _work(ctx, lane, now) if len(waiting) == 1 else []


def _is_repeat(ctx: Context, key: str, now: int) -> bool:
    seen = ctx.state.traffic.seen
    if key in seen:
        return True
    seen[key] = now
    while len(seen) > _SEEN_KEPT:
        del seen[next(iter(seen))]
    return False


# Working on a customer's arrivals, one after the other


def _work(ctx: Context, lane: str, now: int) -> list[Effect]:
    """Work on the head of a lane until one has to wait for its file, or none is left."""
    effects: list[Effect] = []
    while waiting := ctx.state.traffic.arrivals.get(lane):
        arrival = waiting[0]
        if isinstance(arrival.what, InboundMessage) and arrival.what.media is not None:
            step = _fetch(ctx, lane, arrival)
            if step is not None:
                return [*effects, step]
            lost = Reason(ReasonCode.CHANNEL_CONFIGURATION_MISSING, f"No credentials for {arrival.channel}")
            effects += _lose_file(ctx, lane, arrival, lost, now)
        else:
            effects += _deliver(ctx, arrival, {}, now)
            del waiting[0]
    ctx.state.traffic.arrivals.pop(lane, None)
    return effects


def _next(ctx: Context, lane: str, now: int) -> list[Effect]:
    ctx.state.traffic.arrivals[lane].pop(0)
    return _work(ctx, lane, now)


def _media_of(arrival: Arrival) -> MediaRef:
    if isinstance(arrival.what, InboundMessage) and arrival.what.media is not None:
        return arrival.what.media
    raise AssertionError("only messages with a file are fetched")


def _fetch(ctx: Context, lane: str, arrival: Arrival) -> Call | None:
    app = ctx.state.apps.get(arrival.app_id)
    account = account_of(ctx, app, arrival.channel) if app else None
    if account is None:
        return None
    arrival.hop = 0
    call = REGISTRY[arrival.channel].adapter.fetch_media(_media_of(arrival), account)
    return _media_call(lane, arrival, call)


def _media_call(lane: str, arrival: Arrival, call: VendorCall) -> Call:
    arrival.serial += 1
    return Call(
        method=call.method,
        url=call.url,
        headers=dict(call.headers),
        body=call.body,
        target=REGISTRY[arrival.channel].target,
        name=call.name,
        ids=(arrival.what.vendor_id,),
        then=MediaAnswered(lane, arrival.serial),
        timeout_s=_FETCH_TIMEOUT_S,
    )


def _current(ctx: Context, lane: str, serial: int) -> Arrival | None:
    waiting = ctx.state.traffic.arrivals.get(lane)
    return waiting[0] if waiting and waiting[0].serial == serial else None


def on_event(ctx: Context, event: Event, now: int) -> list[Effect]:
    """Take a timer of the inbound side."""
    if isinstance(event, MediaDue) and _current(ctx, event.lane, event.serial) is not None:
        return _work(ctx, event.lane, now)
    return []


def on_answer(ctx: Context, event: Event, answer: Answer, now: int) -> list[Effect]:
    """Take the answer to a call of the inbound side."""
    if not isinstance(event, MediaAnswered):
        return []
    arrival = _current(ctx, event.lane, event.serial)
    app = ctx.state.apps.get(arrival.app_id) if arrival else None
    account = account_of(ctx, app, arrival.channel) if arrival and app else None
    if arrival is None or account is None:
        return []
    media = _media_of(arrival)
    step = REGISTRY[arrival.channel].adapter.read_media(arrival.hop, media, answer, account)
    if isinstance(step, VendorCall):
        arrival.hop += 1
        return [_media_call(event.lane, arrival, step)]
    if isinstance(step, MediaFile):
        url = mediastore.keep(ctx, media, step, now)
        return _deliver(ctx, arrival, _file_message(url, media), now) + _next(ctx, event.lane, now)
    return _file_failed(ctx, event.lane, arrival, step, now)


def _file_failed(ctx: Context, lane: str, arrival: Arrival, failed: MediaFailed, now: int) -> list[Effect]:
    arrival.failures += 1
    if failed.retry and arrival.failures < _FETCHES:
        arrival.serial += 1
        wait = delay_ms(ctx.settings.channel_retry_first_s, arrival.failures, ctx.ids.fraction("media-retry"))
        return [Wake(now + wait, MediaDue(lane, arrival.serial))]
    effects = _lose_file(ctx, lane, arrival, failed.reason, now)
    return effects + _work(ctx, lane, now)


def _lose_file(ctx: Context, lane: str, arrival: Arrival, reason: Reason, now: int) -> list[Effect]:
    """Tell the message without its file, as a fallback; the head of the lane is done with."""
    raw = arrival.what.raw if isinstance(arrival.what, InboundMessage) else ""
    fallback = {"fallback_message": {"raw_message": raw, "reason": to_wire(reason)}}
    ctx.state.traffic.arrivals[lane].pop(0)
    return _deliver(ctx, arrival, fallback, now)


def _file_message(url: str, media: MediaRef) -> dict[str, Any]:
    if media.caption:
        return {"media_card_message": {"url": url, "caption": media.caption}}
    message = {"url": url, "thumbnail_url": ""}
    if media.filename:
        message["filename_override"] = media.filename
    return {"media_message": message}


# Telling the app


def _deliver(ctx: Context, arrival: Arrival, content: dict[str, Any], now: int) -> list[Effect]:
    app = ctx.state.apps.get(arrival.app_id)
    if app is None:
        return []
    what = arrival.what
    if isinstance(what, InboundMessage):
        return _deliver_message(ctx, app, arrival, what, content or what.content, now)
    if isinstance(what, InboundEvent):
        return _deliver_event(ctx, app, arrival, what, now)
    if isinstance(what, InboundOpt):
        return _deliver_opt(ctx, app, arrival, what, now)
    return _deliver_unsupported(ctx, app, arrival, what, now)


class _Person:
    """A customer as callbacks name one; creates contact and conversation where the app's mode has them."""

    def __init__(self, ctx: Context, app: App, channel: str, what: FromCustomer, now: int) -> None:
        self.contact_id = self.conversation_id = ""
        self.effects: list[Effect] = []
        self.scope = app.id if channel in APP_SCOPED_CHANNELS else ""
        self.channel, self.identity, self.mode = channel, what.identity, app.processing_mode
        if app.processing_mode == "CONVERSATION":
            contact, self.effects = ctx.find_or_create_contact(app, channel, what.identity, what.display_name, now)
            self.contact_id = contact.id
            self.effects += _rename(ctx, contact, what.display_name, now)
            self._contact = contact

    def converse(self, ctx: Context, app: App, now: int) -> None:
        """Find or open the conversation."""
        if self.contact_id:
            conversation, effects = ctx.active_conversation(app, self._contact, self.channel, now)
            self.conversation_id = conversation.id
            self.effects += effects

    @property
    def channel_identity(self) -> dict[str, str]:
        """The identity as callbacks write it."""
        return {"channel": self.channel, "identity": self.identity, "app_id": self.scope}

    @property
    def lane(self) -> str:
        """The lane of callbacks about this customer."""
        return lane_of(self.contact_id, self.channel, self.identity)


def _rename(ctx: Context, contact: Contact, name: str, now: int) -> list[Effect]:
    """Take a channel's name over unless somebody gave the contact another one."""
    names = ctx.state.traffic.profile_names
    if not name or contact.display_name not in {"", "Unknown", names.get(contact.id)}:
        if contact.display_name == name:
            names[contact.id] = name
        return []
    names[contact.id] = name
    if contact.display_name == name:
        return []
    contact.display_name = name
    return ctx.emit("CONTACT_UPDATE", "", {"contact": contacts.render(contact)}, now, lane=contact.id)


def _deliver_message(
    ctx: Context, app: App, arrival: Arrival, what: InboundMessage, content: dict[str, Any], now: int
) -> list[Effect]:
    metadata = ""
    if what.choice is not None:
        content, metadata = _choice_response(ctx, arrival, what)
    elif what.refers_to and (quoted := _known(ctx, arrival, what.refers_to)):
        original = ctx.state.messages.get(quoted)
        content = {**content, "reply_to": {"message_id": quoted}}
        metadata = original.metadata if original and original.direction == "TO_CONTACT" else ""
    person = _Person(ctx, app, arrival.channel, what, now)
    person.converse(ctx, app, now)
    message = StoredMessage(
        id=ctx.ids.ulid(now),
        app_id=app.id,
        direction="TO_APP",
        channel=arrival.channel,
        identity=what.identity,
        identity_app_id=person.scope,
        body=orjson.dumps(content),
        accept_time=now,
        conversation_id=person.conversation_id,
        contact_id=person.contact_id,
        metadata=metadata,
        sender_id=_sender(app, arrival.channel),
        processing_mode=app.processing_mode,
    )
    conversation = ctx.state.conversations.get(person.conversation_id)
    message.correlation_id = conversation.correlation_id if conversation else ""
    ctx.store_message(message)
    _remember(ctx, arrival, what, message.id)
    acknowledgement = _acknowledge(ctx, app, arrival, what)
    return [*person.effects, *ctx.report_inbound(message, now), *acknowledgement]


def _sender(app: App, channel: str) -> str:
    credential = credential_of(app, channel)
    return credential.known_id if credential else ""


def _remember(ctx: Context, arrival: Arrival, what: InboundMessage, message_id: str) -> None:
    traffic = ctx.state.traffic
    traffic.vendor_messages[vendor_key(arrival.app_id, arrival.channel, what.vendor_id)] = message_id
    traffic.last_inbound[lane_key(arrival.app_id, arrival.channel, what.identity)] = what.vendor_id


def _known(ctx: Context, arrival: Arrival, vendor_id: str) -> str:
    """Return the message that a vendor's id stands for, or ""."""
    return ctx.state.traffic.vendor_messages.get(vendor_key(arrival.app_id, arrival.channel, vendor_id), "")


def _choice_response(ctx: Context, arrival: Arrival, what: InboundMessage) -> tuple[dict[str, Any], str]:
    """Return the answer to a choice, and the metadata of the message that offered it."""
    tapped = split_choice(what.choice or "")
    message_id = tapped.message_id or _known(ctx, arrival, what.refers_to)
    original = ctx.state.messages.get(message_id)
    postback = tapped.postback
    if tapped.place is not None and original is not None:
        postback = _postback_at(original, arrival.channel, tapped.place)
    answer = {"message_id": message_id, "postback_data": postback}
    return {"choice_response_message": answer}, original.metadata if original else ""


def _postback_at(message: StoredMessage, channel: str, place: int) -> str:
    """Return the postback of a button whose payload could only carry its place."""
    planned = planner.plan(orjson.loads(message.body), Channel(channel), message_id=message.id)
    parts = planned.parts if isinstance(planned, Plan) else ()
    buttons = [button for part in parts if isinstance(part, ChoicePart) for button in part.buttons]
    lists = [part for part in parts if isinstance(part, ListPart)]
    buttons += [row for part in lists for section in part.sections for row in section.rows]
    return buttons[place].postback if place < len(buttons) else ""


def _acknowledge(ctx: Context, app: App, arrival: Arrival, what: InboundMessage) -> list[Effect]:
    account = account_of(ctx, app, arrival.channel)
    registration = REGISTRY[arrival.channel]
    call = registration.adapter.acknowledge(what, account) if account else None
    if call is None:
        return []
    return [
        Call(
            method=call.method,
            url=call.url,
            headers=dict(call.headers),
            body=call.body,
            target=registration.target,
            name=call.name,
            ids=(what.vendor_id,),
            then=Acknowledged(call.name),
        )
    ]


def _deliver_event(ctx: Context, app: App, arrival: Arrival, what: InboundEvent, now: int) -> list[Effect]:
    person = _Person(ctx, app, arrival.channel, what, now)
    person.converse(ctx, app, now)
    content = {kind: dict(fields) for kind, fields in what.content.items()}
    if what.refers_to:
        for fields in content.values():
            fields["message_id"] = _known(ctx, arrival, what.refers_to)
    event_id = ctx.ids.ulid(now)
    event = {
        "id": event_id,
        "direction": "TO_APP",
        what.key: content,
        "channel_identity": person.channel_identity,
        "contact_id": person.contact_id,
        "conversation_id": person.conversation_id,
        "accept_time": to_text(now),
        "processing_mode": person.mode,
    }
    told = ctx.emit("EVENT_INBOUND", app.id, event, now, lane=person.lane, event_time=what.at, ids=(event_id,))
    return person.effects + told


def _deliver_opt(ctx: Context, app: App, arrival: Arrival, what: InboundOpt, now: int) -> list[Effect]:
    person = _Person(ctx, app, arrival.channel, what, now)
    trigger = "OPT_IN" if what.opted_in else "OPT_OUT"
    request_id = ctx.ids.ulid(now)
    content = {
        "request_id": request_id,
        "contact_id": person.contact_id,
        "channel": arrival.channel,
        "identity": what.identity,
        "status": f"{trigger}_SUCCEEDED",
        "processing_mode": person.mode,
    }
    told = ctx.emit(trigger, app.id, content, now, lane=person.lane, event_time=what.at, ids=(request_id,))
    return person.effects + told


def _deliver_unsupported(ctx: Context, app: App, arrival: Arrival, what: InboundUnsupported, now: int) -> list[Effect]:
    person = _Person(ctx, app, arrival.channel, what, now)
    person.converse(ctx, app, now)
    callback_id = ctx.ids.ulid(now)
    content = {
        "channel": arrival.channel,
        "payload": what.payload,
        "id": callback_id,
        "contact_id": person.contact_id,
        "conversation_id": person.conversation_id,
        "channel_identity": person.channel_identity,
        "processing_mode": person.mode,
    }
    told = ctx.emit("UNSUPPORTED", app.id, content, now, lane=person.lane, event_time=what.at, ids=(callback_id,))
    return person.effects + told


# Customers' files


def media(ctx: Context, request: RequestLike, now: int) -> Reply:
    """Serve a customer's file from the gateway's store."""
    return mediastore.serve(ctx, request, now)


def idle_summary(ctx: Context) -> list[str]:
    """Say which customers' messages still wait for a file, one sentence each."""
    return [
        f"{len(waiting)} arrivals of {lane} wait, the first for its file (failures so far: {waiting[0].failures})"
        for lane, waiting in ctx.state.traffic.arrivals.items()
        if waiting
    ]
