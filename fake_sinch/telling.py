"""Tells the app what a customer did: contact, conversation and message are made, callbacks leave.

A message is told as MESSAGE_INBOUND, other things as EVENT_INBOUND, OPT_IN, OPT_OUT or UNSUPPORTED.
Source: developers.sinch.com/docs/conversation/callbacks. Must not know: vendors' wires, files, the order of arrivals.
"""

from typing import Any

import orjson

from fake_sinch import contacts, planner
from fake_sinch.accounts import account_of, credential_of
from fake_sinch.adapters.contract import as_call, split_choice
from fake_sinch.adapters.registry import REGISTRY
from fake_sinch.arrivals import FromCustomer, InboundEvent, InboundMessage, InboundOpt, InboundUnsupported
from fake_sinch.capabilities import Channel
from fake_sinch.context import Context, lane_of
from fake_sinch.effects import Effect
from fake_sinch.events import Acknowledged
from fake_sinch.limits import APP_SCOPED_CHANNELS
from fake_sinch.parts import ChoicePart, ListPart, Plan
from fake_sinch.state import App, Contact, StoredMessage
from fake_sinch.times import to_text
from fake_sinch.traffic import Arrival, lane_key, vendor_key


def deliver(ctx: Context, arrival: Arrival, content: dict[str, Any], now: int) -> list[Effect]:
    """Tell an arrival; ``content`` is the contact message when a file was fetched (or lost) for it."""
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
    acknowledgement = _acknowledge(ctx, app, arrival, what, now)
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


def _acknowledge(ctx: Context, app: App, arrival: Arrival, what: InboundMessage, now: int) -> list[Effect]:
    account = account_of(ctx, app, arrival.channel, now)
    registration = REGISTRY[arrival.channel]
    call = registration.adapter.acknowledge(what, account) if account else None
    if call is None:
        return []
    return [as_call(call, registration.target, (what.vendor_id,), Acknowledged(call.name))]


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
