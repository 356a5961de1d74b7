"""The gateway of one world: requests, timers and answers in; replies and effects out.

It routes, checks callers and bodies, and hands on; the rules live in the modules it calls. Must not know: sockets,
clocks, asyncio.
"""

from collections.abc import Mapping
from typing import Any, Final, Self

import orjson
from msgspec import Struct, field

from fake_sinch import (
    apps,
    callbacks,
    contacts,
    contracts,
    conversations,
    eventing,
    history,
    inbound,
    injection,
    pipeline,
    receipts,
    routes,
    sending,
    tokens,
    webhooks,
)
from fake_sinch.asking import Asked, Handler
from fake_sinch.effects import Answer, Effect
from fake_sinch.errors import INVALID_ARGUMENT, JSON_HEADERS, NOT_FOUND, UNIMPLEMENTED, Refusal
from fake_sinch.events import (
    CallbackAnswered,
    CallbackDue,
    CallbackTokenAnswered,
    Event,
    MediaAnswered,
    MediaDue,
    MediaGranted,
)
from fake_sinch.limits import BODY_BYTES
from fake_sinch.places import ADAPTER_PATH, MEDIA_PATH, unknown
from fake_sinch.ports import Ids, Outcome, Reply, RequestLike
from fake_sinch.settings import Settings
from fake_sinch.state import (
    App,
    Bucket,
    Contact,
    Conversation,
    Credential,
    Identity,
    Project,
    StoredMessage,
    Webhook,
)
from fake_sinch.times import DAY_MS

_MODULES: Final = (sending, eventing, apps, webhooks, contacts, conversations, history, injection)
HANDLERS: Final[dict[str, Handler]] = {
    operation.name: next(getattr(m, operation.name) for m in _MODULES if hasattr(m, operation.name))
    for operation in routes.V1
    if operation.emulated
}
"""Operation -> the function of that name that handles it."""


TRIGGERS: Final = (
    "MESSAGE_INBOUND",
    "MESSAGE_SUBMIT",
    "MESSAGE_DELIVERY",
    "EVENT_INBOUND",
    "CONVERSATION_START",
    "CONVERSATION_STOP",
    "CONTACT_CREATE",
    "CONTACT_UPDATE",
    "CONTACT_DELETE",
    "CONTACT_MERGE",
    "OPT_IN",
    "OPT_OUT",
    "UNSUPPORTED",
)
"""What a subject is told of unless it asks for something else."""


class NewApp(Struct, frozen=True):
    """The app that a new project starts with."""

    credentials: tuple[Credential, ...]
    processing_mode: str = "CONVERSATION"
    display_name: str = "Contact centre"
    extra: dict[str, Any] = field(default_factory=lambda: {"conversation_metadata_report_view": "FULL"})


class Service:
    """One Sinch project, driven by requests, timers and answers."""

    def __init__(self, state: Project, ids: Ids, settings: Settings) -> None:
        self.state = state
        self.ids = ids
        self.settings = settings
        self._send = f"/v1/projects/{state.id}/messages:send"

    @classmethod
    def open(cls, ids: Ids, now: int, settings: Settings, app: NewApp) -> Self:
        """Return the service of a new project with one app."""
        raw = ids.hex("project", 16)
        project_id = f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-8{raw[17:20]}-{raw[20:]}"
        raw = ids.hex("key", 16)
        key_id = f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-8{raw[17:20]}-{raw[20:]}"
        bucket = Bucket(settings.rates.token_capacity, now)
        state = Project(project_id, key_id, ids.token("key", 24), ids.hex("token", 32), bucket)
        state.swept_at = now
        service = cls(state, ids, settings)
        first = App(ids.ulid(now), app.display_name, app.processing_mode, list(app.credentials), app.extra)
        state.apps[first.id] = first
        return service

    def credentials_doc(self) -> dict[str, Any]:
        """Return what a subject needs to call this project."""
        base, project = self.settings.public_base_url, self.state.id
        app = next(iter(self.state.apps.values()), None)
        hooks = webhooks.of_app(self, app.id) if app else []
        return {
            "base_url": base,
            "token_url": f"{base}{tokens.TOKEN_PATH}",
            "project_id": project,
            "key_id": self.state.key_id,
            "key_secret": self.state.key_secret,
            "app_id": app.id if app else "",
            "region": self.settings.region,
            "processing_mode": app.processing_mode if app else "",
            "service_connection": f"{base}/v1/projects/{project}/messages:send",
            "webhook": webhooks.render(hooks[0]) if hooks else None,
        }

    def owns(self, kind: str, value: str) -> bool:
        """Say whether what `places.locate` found in a request names this project."""
        state = self.state
        return {
            "project": value == state.id,
            "key": value == state.key_id,
            "app": value in state.apps,
            "media": value in state.traffic.media,
        }.get(kind, False)

    def subscribe(self, target: str, secret: str, now: int, triggers: tuple[str, ...] = TRIGGERS) -> Webhook:
        """Point the first app's first webhook at the subject, or register it there; the lab's short cut."""
        app_id = next(iter(self.state.apps))
        found = webhooks.of_app(self, app_id)
        if not found:
            body = {"app_id": app_id, "target": target, "triggers": list(triggers), "secret": secret}
            return webhooks.build(self, body, now)
        found[0].target, found[0].secret, found[0].triggers = target, secret, list(triggers)
        return found[0]

    def keys(self) -> dict[str, Any]:
        """Return by what a request may be recognised as this project's; compare `places.locate`."""
        return {"project": self.state.id, "key": self.state.key_id, "app": list(self.state.apps)}

    # In: requests, timers, answers

    def request(self, request: RequestLike, now: int) -> Outcome:
        """Answer a request; nothing the caller sends makes this raise."""
        if now - self.state.swept_at >= DAY_MS:
            self.state.swept_at = now
            history.sweep(self, now)
        path = request.path
        if path.startswith("/v"):
            try:
                return self._operate(request, path, now)
            except Refusal as refusal:
                return Outcome(refusal.reply())
        if path == tokens.TOKEN_PATH:
            return Outcome(tokens.issue(self, request, now))
        if path.startswith(ADAPTER_PATH):
            channel, _, rest = path[len(ADAPTER_PATH) :].partition("/")
            app_id, _, tail = rest.partition("/")
            if tail == "callback":
                return inbound.receive(self, channel, app_id, request, now)
        if path.startswith(MEDIA_PATH):
            return Outcome(inbound.media(self, request, now))
        return Outcome(unknown(request))

    def _operate(self, request: RequestLike, path: str, now: int) -> Outcome:
        if path == self._send and request.method == "POST":
            found: routes.Found = (routes.SEND, ())
        else:
            found = self._route(request, path)
        refused = tokens.refuse_caller(self, request, now)
        if refused is not None:
            return Outcome(refused)
        if found is None:
            raise Refusal(NOT_FOUND, f"There is no {request.method} {path[:200]}.")
        operation, ids = found
        if not operation.emulated:
            raise Refusal(UNIMPLEMENTED, f"{operation.name} is documented but not emulated.")
        body = self._body(request, operation.body) if operation.body else {}
        said, effects = HANDLERS[operation.name](self, Asked(request, now, ids, body))
        return Outcome(Reply(200, dict(JSON_HEADERS), orjson.dumps(said)), effects)

    def _route(self, request: RequestLike, path: str) -> routes.Found:
        match = routes.PROJECT_PATH.fullmatch(path)
        if match is None or match[2] != self.state.id:
            return None
        return routes.find(match[1], request.method, match[3] or "/")

    def _body(self, request: RequestLike, name: str) -> dict[str, Any]:
        kind = request.headers.get("content-type", "")
        if self.settings.require_content_type and not kind.lower().startswith("application/json"):
            raise Refusal(INVALID_ARGUMENT, "The Content-Type header must be application/json.")
        if len(request.body) > BODY_BYTES:
            raise Refusal(INVALID_ARGUMENT, f"The body is longer than {BODY_BYTES} bytes.")
        try:
            value = orjson.loads(request.body)
        except orjson.JSONDecodeError as problem:
            raise Refusal(INVALID_ARGUMENT, f"Malformed request: {problem}") from problem
        brackets = request.body.count(b"{") + request.body.count(b"[")
        if brackets > contracts.DEPTH and contracts.too_deep(value):
            raise Refusal(INVALID_ARGUMENT, f"Malformed request: nested deeper than {contracts.DEPTH}.")
        return contracts.accept(name, value)

    def on_event(self, event: Event, now: int) -> list[Effect]:
        """Take a timer that is due."""
        if isinstance(event, CallbackDue):
            return callbacks.on_event(self, event, now)
        if isinstance(event, MediaDue):
            return inbound.on_event(self, event, now)
        return pipeline.on_event(self, event, now)

    def on_answer(self, event: Event, answer: Answer, now: int) -> list[Effect]:
        """Take the answer to a call that was asked for with ``event``."""
        if isinstance(event, CallbackAnswered | CallbackTokenAnswered):
            return callbacks.on_answer(self, event, answer, now)
        if isinstance(event, MediaAnswered | MediaGranted):
            return inbound.on_answer(self, event, answer, now)
        return pipeline.on_answer(self, event, answer, now)

    def idle_summary(self) -> list[str]:
        """Say what is still queued, one sentence each."""
        return [*callbacks.idle_summary(self), *pipeline.idle_summary(self), *inbound.idle_summary(self)]

    # What pipeline and inbound ask of the service (see `context.Context`)

    def find_contact(self, channel: str, identity: str, app_id: str = "") -> Contact | None:
        """Return the (oldest) contact that has this identity."""
        return contacts.find(self, channel, identity, app_id)

    def find_or_create_contact(
        self, app: App, channel: str, identity: str, display_name: str, now: int
    ) -> tuple[Contact, list[Effect]]:
        """Return the contact with this identity, new if nobody has it."""
        return contacts.find_or_create(self, app, [Identity(channel, identity)], display_name, now)

    def active_conversation(
        self, app: App, contact: Contact, channel: str, now: int
    ) -> tuple[Conversation, list[Effect]]:
        """Return the one active conversation, new if none is."""
        return conversations.active_or_new(self, app, contact.id, channel, now)

    def store_message(self, message: StoredMessage) -> None:
        """Remember a message and list it in its conversation."""
        history.store(self, message)

    def emit(  # noqa: PLR0913 - the envelope has this many fields
        self,
        trigger: str,
        app_id: str,
        content: Mapping[str, Any],
        now: int,
        *,
        lane: str = "",
        message_metadata: str = "",
        correlation_id: str = "",
        callback_url: str = "",
        event_time: int = 0,
        ids: tuple[str, ...] = (),
    ) -> list[Effect]:
        """Queue one callback per webhook that has the trigger."""
        return callbacks.emit(
            self,
            trigger,
            app_id,
            content,
            now,
            lane=lane,
            message_metadata=message_metadata,
            correlation_id=correlation_id,
            callback_url=callback_url,
            event_time=event_time,
            ids=ids,
        )

    def report_delivery(
        self, message: StoredMessage, status: str, reason: dict[str, str] | None, now: int
    ) -> list[Effect]:
        """Emit MESSAGE_DELIVERY for a message."""
        return receipts.report_delivery(self, message, status, reason, now)

    def report_submit(self, message: StoredMessage, submitted: bytes, now: int) -> list[Effect]:
        """Emit MESSAGE_SUBMIT for a message."""
        return receipts.report_submit(self, message, submitted, now)

    def report_inbound(self, message: StoredMessage, now: int) -> list[Effect]:
        """Emit MESSAGE_INBOUND for a message."""
        return receipts.report_inbound(self, message, now)
