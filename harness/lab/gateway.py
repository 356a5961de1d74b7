"""The fake Conversation API as a component of a world: the two packages meet only here, as values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

import msgspec

import fake_sinch.effects as gateway
from fake_channels.core.contract import Host, Refusal
from fake_channels.core.effects import Answer, Call, Effect, Event, Wake
from fake_channels.core.http import HttpReply, HttpRequest, Outcome, Piece
from fake_sinch import errors, places
from fake_sinch.events import Event as GatewayEvent
from fake_sinch.limits import BODY_BYTES
from fake_sinch.ports import Reply
from fake_sinch.service import Service
from fake_sinch.state import Webhook
from fake_sinch.tokens import TOKEN_PATH
from harness.lab.pairing import PAIRS

NAME: Final = "sinch"
PORT: Final = 8601
TRIGGERS: Final = (
    "MESSAGE_INBOUND",
    "MESSAGE_DELIVERY",
    "MESSAGE_SUBMIT",
    "EVENT_INBOUND",
    "CONVERSATION_START",
    "CONVERSATION_STOP",
    "CONTACT_CREATE",
    "CONTACT_UPDATE",
    "OPT_IN",
    "OPT_OUT",
    "UNSUPPORTED",
)
"""What a world's webhook subscribes to: all that a contact centre can use."""
MAX_CALLBACK_BYTES: Final = 4_194_304

_TOO_LARGE: Final = errors.Row(413, "INVALID_ARGUMENT", f"Request body is larger than {BODY_BYTES} bytes.")
_ADAPTER = re.compile(rf"{places.ADAPTER_PATH}([A-Z_]+)/")
_OPERATION = re.compile(r"/v\d+/projects/[^/]+/([^/]+)")
_CHANNEL_OF: Final = {pair.sinch: name for name, pair in PAIRS.items()}


class GatewayComponent:
    """One project of the Conversation API in one world."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._vendor_ids: dict[str, str] = {}
        self._linked = 0

    @property
    def name(self) -> str:
        """Its name as a participant."""
        return NAME

    @property
    def app_id(self) -> str:
        """The app that the world started with."""
        return next(iter(self.service.state.apps))

    def keys(self) -> Iterable[tuple[str, str]]:
        """Project, access key and apps: whatever names this project in a request."""
        state = self.service.state
        named = [("project", state.id), ("key", state.key_id), *(("app", app_id) for app_id in state.apps)]
        return [(NAME, _key(kind, value)) for kind, value in named]

    def owns(self, credential: str) -> bool:
        """True for an app or a media link that came later."""
        kind, _, value = credential.partition(":")
        state = self.service.state
        return value in state.apps if kind == "app" else kind == "media" and value in state.traffic.media

    def secrets(self) -> Iterable[str]:
        """What no trace may show."""
        state = self.service.state
        return [state.key_secret, state.token_secret, *(webhook.secret for webhook in state.webhooks.values())]

    def handle(self, request: HttpRequest, now: int) -> Outcome:
        """Ask the gateway's rules."""
        outcome = self.service.request(request, now)
        effects = self._effects(outcome.effects)
        ids = {known: None for effect in effects if isinstance(effect, Call) for known in effect.ids}
        return Outcome(_reply(outcome.reply), effects, (*ids, *_message_id(request, outcome.reply)))

    def on_event(self, event: Event, now: int) -> list[Effect]:
        """A timer fired."""
        return self._effects(self.service.on_event(_own(event), now))

    def on_answer(self, event: Event, answer: Answer, now: int) -> list[Effect]:
        """A call was answered."""
        own = gateway.Answer(answer.status, answer.headers, answer.body, answer.problem)
        return self._effects(self.service.on_answer(_own(event), own, now))

    def on_stream(self, position: Event, now: int) -> Piece:
        """End at once: the gateway streams nothing."""
        del position, now
        return Piece()

    def _effects(self, effects: list[gateway.Effect]) -> list[Effect]:
        return [
            Wake(effect.at, effect.event) if isinstance(effect, gateway.Wake) else _call(effect, self._ties(effect.ids))
            for effect in effects
        ]

    def _ties(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """The ids of one message in both vocabularies; whole conversations and people tie nothing together."""
        state = self.service.state
        links = state.traffic.vendor_messages
        if len(links) != self._linked:
            fresh = islice(links.items(), self._linked if len(links) > self._linked else 0, None)
            self._vendor_ids.update((message, key.rpartition(" ")[2]) for key, message in fresh)
            self._linked = len(links)
        own = [one for one in ids if one not in state.conversations and one not in state.contacts]
        return (*own, *(self._vendor_ids[one] for one in own if one in self._vendor_ids))

    def operation(self, request: HttpRequest) -> str:
        """The Conversation API's word for a request, such as `messages:send`."""
        path = request.path
        if found := _OPERATION.match(path):
            return found[1]
        if path == TOKEN_PATH:
            return "token"
        return f"callback {found[1]}" if (found := _ADAPTER.match(path)) else path.split("/")[1]

    def source(self, request: HttpRequest) -> str:
        """A channel for its callbacks, the subject for everything else."""
        found = _ADAPTER.match(request.path)
        return _CHANNEL_OF.get(found[1], "stranger") if found else "subject"

    def refuse(self, refusal: Refusal) -> HttpReply:
        """An ordered error in the documented body."""
        return _refusal(refusal.status, refusal.text or refusal.code, refusal.retry_after_s)

    def pending(self) -> list[str]:
        """What is queued."""
        return self.service.idle_summary()

    def dump(self) -> bytes:
        """The project's state."""
        return msgspec.msgpack.encode(self.service.state)

    def decode_event(self, raw: bytes) -> Event:
        """One of the gateway's events."""
        event: Event = msgspec.msgpack.decode(raw, type=GatewayEvent)
        return event

    def webhook(self) -> Webhook | None:
        """The webhook at the subject; None before a subject is known."""
        return self.service.state.webhooks.get(self._webhook_id())

    def point(self, target: str, secret: str | None) -> None:
        """Point the world's webhook at a subject, keeping its secret unless another is given."""
        known = self.webhook()
        kept = known.secret if known else self.service.ids.token("webhook", 24)
        self.service.state.webhooks[self._webhook_id()] = Webhook(
            self._webhook_id(), self.app_id, target, "HTTP" if target else "DISMISS", list(TRIGGERS), secret or kept
        )

    def document(self) -> dict[str, Any]:
        """What a subject must know to use this project."""
        webhook = self.webhook()
        shown = None
        if webhook is not None:
            shown = {
                "id": webhook.id,
                "target": webhook.target or None,
                "secret": webhook.secret,
                "triggers": webhook.triggers,
            }
        return {**self.service.credentials_doc(), "webhook": shown}

    def _webhook_id(self) -> str:
        return f"01LABWEBHOOK{self.app_id[-14:]}"


def host() -> Host:
    """The gateway's server."""
    return Host(
        name=NAME,
        port=PORT,
        locate=_locate,
        unknown=lambda request: _reply(places.unknown(request)),
        too_large=lambda _: _reply(errors.render(_TOO_LARGE)),
        max_body_bytes=lambda request: MAX_CALLBACK_BYTES if _ADAPTER.match(request.path) else BODY_BYTES,
    )


def _locate(request: HttpRequest) -> str | None:
    found = places.locate(request)
    return None if found is None else _key(*found)


def _key(kind: str, value: str) -> str:
    return f"{kind}:{value}"


def _own(event: Event) -> GatewayEvent:
    return event  # type: ignore[return-value]  # the core hands back what this component gave it


def _message_id(request: HttpRequest, reply: Reply) -> tuple[str, ...]:
    if not request.path.endswith("messages:send") or reply.status != 200:  # noqa: PLR2004  accepted
        return ()
    return (str(msgspec.json.decode(reply.body)["message_id"]),)


def _reply(reply: Reply) -> HttpReply:
    headers = dict(reply.headers)
    return HttpReply(reply.status, reply.body, headers.pop("content-type", ""), headers)


_ROWS: Final = {
    row.code: row
    for row in (
        errors.INVALID_ARGUMENT,
        errors.UNAUTHENTICATED,
        errors.PERMISSION_DENIED,
        errors.NOT_FOUND,
        errors.RESOURCE_EXHAUSTED,
        errors.INTERNAL,
        errors.UNIMPLEMENTED,
    )
}


def _refusal(status: int, text: str, retry_after_s: int | None) -> HttpReply:
    row = _ROWS.get(status) or errors.Row(status, "UNAVAILABLE", "The service is unavailable.")
    reply = _reply(errors.render(row, text))
    if retry_after_s is None:
        return reply
    return HttpReply(reply.status, reply.body, reply.content_type, {**reply.headers, "retry-after": str(retry_after_s)})


def _call(call: gateway.Call, ids: tuple[str, ...]) -> Call:
    return Call(
        method=call.method,
        url=call.url,
        headers=call.headers,
        body=call.body,
        target=call.target,
        name=call.name,
        ids=ids,
        then=call.then,
        timeout_s=call.timeout_s,
        max_bytes=call.max_bytes,
    )
