"""The contract between the core and a service in it, and the descriptor by which a channel is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from fake_channels.core.effects import Answer, Call, Effect, Event
from fake_channels.core.handset import Action, Handset, Item, Person
from fake_channels.core.http import HttpReply, HttpRequest, Outcome, Piece
from fake_channels.core.ids import Ids
from fake_channels.core.refusal import Refusal as Refusal  # noqa: PLC0414  channels find it here
from fake_channels.core.tables import Tables

GATEWAY: Final = "gateway"
"""How a channel calls whoever serves its account; a world gives that participant its own name."""

S = TypeVar("S", bound=msgspec.Struct)
S_contra = TypeVar("S_contra", bound=msgspec.Struct, contravariant=True)


class Env(msgspec.Struct, frozen=True):
    """What rules may know of the world around them at one moment."""

    now: int
    ids: Ids
    base_url: str
    """Under which URL the outside reaches this channel's server."""
    failing: Refusal | None = None
    """How a fault orders what this request is about to fail, after it was accepted; see `Tables.fails_later`."""
    limited: bool = True
    """Whether the vendor's rate limits apply; a world may lift them, for load tests."""


class Component(Protocol):
    """One service of one world."""

    @property
    def name(self) -> str:
        """Its name as a participant of the trace."""

    def keys(self) -> Iterable[tuple[str, str]]:
        """(host, credential) pairs by which requests find this component."""

    def owns(self, credential: str) -> bool:
        """True for a credential that was made after the world was opened."""

    def secrets(self) -> Iterable[str]:
        """Strings that no log or trace may show."""

    def handle(self, request: HttpRequest, now: int) -> Outcome:
        """Answer one request."""

    def on_event(self, event: Event, now: int) -> list[Effect]:
        """A timer of this component fired."""

    def on_answer(self, event: Event, answer: Answer, now: int) -> list[Effect] | Outcome:
        """A call of this component was answered; an `Outcome` when a request waits for it (`Fetching`)."""

    def on_stream(self, position: Event, now: int) -> Piece:
        """What follows `position` in a stream of this component (`Streaming`)."""

    def operation(self, request: HttpRequest) -> str:
        """What this request is, in the vendor's words."""

    def source(self, request: HttpRequest) -> str:
        """Which participant calls."""

    def refuse(self, refusal: Refusal) -> HttpReply:
        """The vendor's own rendering of an ordered error."""

    def pending(self) -> list[str]:
        """What is queued and not yet delivered, a line each."""

    def dump(self) -> bytes:
        """The state for a snapshot."""

    def decode_event(self, raw: bytes) -> Event:
        """One of this component's events, read back from a snapshot."""


@dataclass(frozen=True)
class Host:
    """One server address: several channels may share it, as those of one vendor do."""

    name: str
    port: int
    """The port unless another is asked for."""
    locate: Callable[[HttpRequest], str | None]
    """The credential that a request carries, or None."""
    unknown: Callable[[HttpRequest], HttpReply]
    """The vendor's answer to a request whose credential nobody owns."""
    too_large: Callable[[HttpRequest], HttpReply]
    max_body_bytes: Callable[[HttpRequest], int]


@dataclass(frozen=True)
class Acted:
    """What an action leads to."""

    item: Item | None = None
    effects: list[Effect] = field(default_factory=list)


class PhoneApp(Protocol[S_contra]):
    """The person's app of one channel, as functions over the channel's state."""

    def enrol(self, state: S_contra, person: Person, env: Env) -> Handset:
        """Give a person the app; returns the new handset, already part of `state`."""

    def act(self, state: S_contra, handset: Handset, action: Action, env: Env) -> Acted:
        """Perform an action.

        Raises:
            Impossible: this channel or this screen does not offer it.
        """


@dataclass(frozen=True)
class Channel(Generic[S]):
    """A channel: the only public name of its folder."""

    name: str
    title: str
    host: Host
    tables: Tables
    state_type: type[S]
    event_type: Any
    """A tagged struct, or a union of them."""
    open: Callable[[Ids], S]
    """A new business account with credentials of its own."""
    credentials: Callable[[S], Mapping[str, str]]
    """What an integrator must know to connect; secrets included."""
    connect: Callable[[S, str, Env], list[Effect]]
    """Register the callback URL of whoever serves this account."""
    keys: Callable[[S], Iterable[str]]
    secrets: Callable[[S], Iterable[str]]
    handsets: Callable[[S], dict[str, Handset]]
    phone: PhoneApp[S]
    handle: Callable[[S, HttpRequest, Env], Outcome]
    on_event: Callable[[S, Any, Env], list[Effect]]
    on_answer: Callable[[S, Any, Answer, Env], list[Effect] | Outcome]
    operation: Callable[[HttpRequest], str]
    refuse: Callable[[Refusal], HttpReply]
    pending: Callable[[S], list[str]]
    on_stream: Callable[[S, Any, Env], Piece] = lambda _state, _position, _env: Piece()
    """For channels that answer with `Streaming`; what was before the position it gets has been written."""


class ChannelComponent(Generic[S]):
    """A channel in a world: descriptor, state and surroundings, seen as a `Component`."""

    def __init__(
        self,
        channel: Channel[S],
        state: S,
        ids: Ids,
        base_url: Callable[[], str],
        caller: str = GATEWAY,
        *,
        limited: bool = True,
    ) -> None:
        self.channel = channel
        self.state = state
        self._ids = ids
        self._base_url = base_url
        self._caller = caller
        self._limited = limited

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.channel.name

    def env(self, now: int, failing: Refusal | None = None) -> Env:
        """The surroundings at `now`."""
        return Env(now, self._ids, self._base_url(), failing, self._limited)

    def keys(self) -> Iterable[tuple[str, str]]:
        """The account's credentials on the channel's host."""
        return [(self.channel.host.name, key) for key in self.channel.keys(self.state)]

    def owns(self, credential: str) -> bool:
        """True when the account has this credential by now."""
        return credential in self.channel.keys(self.state)

    def secrets(self) -> Iterable[str]:
        """The account's secrets."""
        return self.channel.secrets(self.state)

    def handle(self, request: HttpRequest, now: int) -> Outcome:
        """Ask the channel's rules."""
        outcome = self.channel.handle(self.state, request, self.env(now, request.failing))
        outcome.effects = self._addressed(outcome.effects)
        return outcome

    def on_event(self, event: Event, now: int) -> list[Effect]:
        """Hand a timer's event to the rules."""
        return self._addressed(self.channel.on_event(self.state, event, self.env(now)))

    def on_answer(self, event: Event, answer: Answer, now: int) -> list[Effect] | Outcome:
        """Hand an answer to the rules."""
        result = self.channel.on_answer(self.state, event, answer, self.env(now))
        if not isinstance(result, Outcome):
            return self._addressed(result)
        result.effects = self._addressed(result.effects)
        return result

    def on_stream(self, position: Event, now: int) -> Piece:
        """Ask the rules how a stream goes on."""
        piece = self.channel.on_stream(self.state, position, self.env(now))
        return msgspec.structs.replace(piece, effects=self._addressed(piece.effects))

    def _addressed(self, effects: list[Effect]) -> list[Effect]:
        """Call whoever serves this account by the name it has in this world."""
        if self._caller == GATEWAY:
            return effects
        return [
            msgspec.structs.replace(effect, target=self._caller)
            if isinstance(effect, Call) and effect.target == GATEWAY
            else effect
            for effect in effects
        ]

    def operation(self, request: HttpRequest) -> str:
        """The vendor's name of a request."""
        return self.channel.operation(request)

    def source(self, request: HttpRequest) -> str:  # noqa: ARG002  a channel's callers are all alike
        """Whoever holds the account's credential."""
        return self._caller

    def refuse(self, refusal: Refusal) -> HttpReply:
        """The vendor's rendering of an ordered error."""
        return self.channel.refuse(refusal)

    def pending(self) -> list[str]:
        """Queued callbacks."""
        return self.channel.pending(self.state)

    def connect(self, callback_url: str, now: int) -> list[Effect]:
        """Register whoever serves this account."""
        return self.channel.connect(self.state, callback_url, self.env(now))

    def handset(self, identity: str) -> Handset | None:
        """The handset with this identity."""
        return self.channel.handsets(self.state).get(identity)

    def handsets(self) -> dict[str, Handset]:
        """All handsets by identity."""
        return self.channel.handsets(self.state)

    def enrol(self, person: Person, now: int) -> Handset:
        """Give a person this channel's app."""
        return self.channel.phone.enrol(self.state, person, self.env(now))

    def act(self, handset: Handset, action: Action, now: int) -> Acted:
        """Let a person act."""
        acted = self.channel.phone.act(self.state, handset, action, self.env(now))
        return Acted(acted.item, self._addressed(acted.effects))

    @property
    def settings(self) -> msgspec.Struct | None:
        """What may be set about the account, as the state's `settings`; None where there is nothing."""
        found: msgspec.Struct | None = getattr(self.state, "settings", None)
        return found

    def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Set some settings, by name.

        Raises:
            ValueError: an unknown name, or a value that is none; the message says which.
        """
        known = {} if self.settings is None else msgspec.to_builtins(self.settings)
        strange = [name for name in changes if name not in known]
        if strange:
            raise ValueError(f"{self.name} has no setting {strange[0]!r}; it has {', '.join(known) or 'none'}")
        if changes:
            self.state.settings = msgspec.convert({**known, **changes}, type(self.settings))  # type: ignore[attr-defined]

    def dump(self) -> bytes:
        """The state as MessagePack."""
        return msgspec.msgpack.encode(self.state)

    def decode_event(self, raw: bytes) -> Event:
        """An event of this channel."""
        event: Event = msgspec.msgpack.decode(raw, type=self.channel.event_type)
        return event
