"""The stage of one scenario: a fresh world, the subject configured for it, people, an agent, and time.

Steps are plain functions over this object. Every action brings lab and subject to rest before it returns, so
that a Then only has to look. Time is moved in lockstep, the subject first, from one lab timer to the next. It
knows no pytest, and no driver but the protocol.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from harness import callbacks
from harness.drivers.contract import (
    AgentName,
    AgentSetup,
    Chat,
    ChatId,
    ChatSettings,
    Entry,
    Message,
    Refused,
    Setup,
    SinchService,
    TemplateSetup,
    TenantId,
)
from harness.evidence import SUBJECT, last_message
from harness.outcomes import LabDefect, SubjectFailure, Untested
from harness.subject import rebase
from harness.wires import callback_mistakes
from harness.world import (
    SCENARIO_START,
    ChannelName,
    Customer,
    Identity,
    Item,
    Screen,
    TraceEvent,
    World,
    parse_time,
    render_time,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from harness.bench import Bench

T = TypeVar("T")

AGENT = AgentName("Agent")
BREATH = dt.timedelta(seconds=5)
"""How far the clock may move by itself after an action: past the channels' latencies, far from any window."""
SETTLE_SECONDS = 10.0
SETTLE_ROUNDS = 60
CLOCK_STEPS = 20_000


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as seen on one channel."""

    customer: Customer
    channel: ChannelName
    identity: Identity

    @property
    def name(self) -> str | None:
        """The display name, if the person has one."""
        return self.customer.name


@dataclass(frozen=True, slots=True)
class DeskNote:
    """Something that the agent did, for the trace."""

    at: str
    wall: str
    name: str
    note: str


class Stage:
    """One scenario's world; nothing exists before the first step that needs it."""

    def __init__(self, bench: Bench, seed: str) -> None:
        self.bench = bench
        self.seed = seed
        self.settings = ChatSettings(public_base_url=bench.subject.addresses.public_files)
        self.agents: tuple[AgentSetup, ...] = (AgentSetup(AGENT),)
        self.templates: tuple[TemplateSetup, ...] = ()
        """Set by a step that makes a template known to agents."""
        self.key_secret: str | None = None
        """Set by a step that gives the subject a wrong secret for the Conversation API."""
        self.notes: list[DeskNote] = []
        self.events: list[TraceEvent] = []
        self.raw_events: list[dict[str, Any]] = []
        self.world: World | None = None
        self.webhook_url = ""
        self.tenant = TenantId("")
        self._trace_seq = 0
        self._now = SCENARIO_START
        self._counter = 0
        self._seen: dict[object, Any] = {}
        """What was looked at since something last happened: at rest, a second look would find the same."""

    # -- opening and closing

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the bench's loop."""
        return self.bench.loop.run(work)

    @property
    def moves_time(self) -> bool:
        """Whether the subject's clock can be moved."""
        return self.bench.description.clock

    def open(self) -> World:
        """Return the scenario's world, made and configured on the first call."""
        if self.world is None:
            self.world = self.run(self._open())
        return self.world

    async def _open(self) -> World:
        bench, wires = self.bench, self.bench.subject.addresses
        claimed = [ChannelName(name) for name in sorted(bench.description.channels & bench.lab_channels)]
        world = await bench.lab.create_world(
            self.seed,
            channels=claimed,
            start=SCENARIO_START if self.moves_time else None,
            addresses=wires.lab_as_seen_outside,
        )
        self.world, self.tenant = world, TenantId(world.world)
        self._now = parse_time(world.clock.now)
        configured = await bench.driver.configure(self._setup(world))
        self.webhook_url = rebase(configured.webhook_url, wires.webhook)
        async with asyncio.TaskGroup() as together:
            together.create_task(bench.lab.point_at(world.world, self.webhook_url))
            if self.moves_time:
                together.create_task(bench.driver.set_clock(self.tenant, self._now))
        return world

    def _setup(self, world: World) -> Setup:
        sinch, subject = world.sinch, self.bench.subject
        token_url = rebase(sinch.token_url, subject.addresses.token or subject.addresses.sinch)
        service = SinchService(
            name="sinchconversation",
            service_connection=rebase(sinch.service_connection, subject.addresses.sinch),
            token_url=None if subject.basic_auth else token_url,
            key_id=sinch.key_id,
            key_secret=sinch.key_secret if self.key_secret is None else self.key_secret,
            app_id=sinch.app_id,
            webhook_secret=sinch.webhook.secret,
        )
        enums = {name: access.sinch_channel for name, access in world.channels.items()}
        return Setup(self.tenant, service, enums, self.agents, self.settings, self.templates, subject.media_hosts)

    def change_settings(self, **changes: Any) -> None:
        """Change the subject's chat settings; only before the world is open."""
        if self.world is not None:
            raise LabDefect("a step changes settings after the world was opened: move it to the front")
        self.settings = replace(self.settings, **changes)

    def close(self) -> None:
        """Keep the trace, then remove the tenant and the world."""
        if self.world is None:
            return
        try:
            self.look_at_trace()
        finally:
            self.run(self._remove())

    async def _remove(self) -> None:
        if self.world is None:
            return
        gone = await asyncio.gather(
            self.bench.driver.clean_up(self.tenant),
            self.bench.lab.delete_world(self.world.world),
            return_exceptions=True,
        )
        for trouble in gone:
            if isinstance(trouble, BaseException):
                raise trouble

    # -- time

    @property
    def now(self) -> dt.datetime:
        """The scenario's virtual instant."""
        return self._now

    def rest(self) -> None:
        """Bring lab and subject to rest, letting short latencies run out."""
        self.open()
        self.run(self._rest())

    def pass_time(self, period: dt.timedelta) -> None:
        """Move both clocks on in lockstep and return at rest."""
        self.open()
        if not self.moves_time:
            raise Untested("the subject's clock cannot be moved")
        self.run(self._advance(self._now + period))

    async def _rest(self) -> None:
        timer = await self._settle()
        limit = self._now + BREATH
        for _ in range(CLOCK_STEPS):
            if timer is None or timer > limit:
                return
            if self.moves_time:
                await self._move(max(timer, self._now))
            else:
                await self._real_pause(timer)
            timer = await self._settle()
        raise LabDefect(f"the lab fires timers without end within {BREATH.total_seconds():g} s")

    async def _real_pause(self, until: dt.datetime) -> None:
        """Let real time pass up to a timer, in a world whose subject offers no clock."""
        seconds = max(0.0, (until - self._now).total_seconds())
        try:
            await asyncio.wait_for(asyncio.Event().wait(), seconds + 0.01)
        except TimeoutError:
            return

    async def _move(self, to: dt.datetime) -> None:
        await self.bench.driver.advance_clock(self.tenant, to)
        await self.bench.lab.advance_to(self._world().world, render_time(to))
        self._now = to

    async def _advance(self, target: dt.datetime) -> None:
        timer = await self._settle()
        for _ in range(CLOCK_STEPS):
            to = target if timer is None else min(target, max(timer, self._now))
            await self._move(to)
            timer = await self._settle()
            if to == target:
                return
        raise LabDefect(f"the lab fires timers without end before {render_time(target)}")

    async def _settle(self) -> dt.datetime | None:
        """Bring lab and subject to rest; return the lab's next timer.

        They settle in turn until the subject has got no new input since it was last asked: then it has nothing to
        do, and the lab neither.
        """
        self._seen.clear()
        await self._settle_lab()
        await self._read_trace()
        for _ in range(SETTLE_ROUNDS):
            await self._settle_subject()
            timer = await self._settle_lab()
            if not any(event.target == SUBJECT for event in await self._read_trace()):
                return timer
        raise SubjectFailure(f"lab and subject keep each other busy for {SETTLE_ROUNDS} rounds")

    async def _settle_lab(self) -> dt.datetime | None:
        lab = await self.bench.lab.settle(self._world().world, SETTLE_SECONDS)
        if not lab.settled:
            raise LabDefect(f"the lab does not come to rest; in flight: {lab.in_flight}")
        if not self.moves_time:
            self._now = parse_time((await self.bench.lab.clock(self._world().world)).now)
        return parse_time(lab.next_timer) if lab.next_timer else None

    async def _settle_subject(self) -> None:
        subject = await self.bench.driver.settle(self.tenant, SETTLE_SECONDS)
        if not subject.settled:
            waiting = ", ".join(subject.waiting) or "it does not say what for"
            raise SubjectFailure(f"the subject does not come to rest: {waiting}")

    def _world(self) -> World:
        if self.world is None:
            raise LabDefect("the world is used before it is open")
        return self.world

    # -- the trace

    async def _read_trace(self) -> list[TraceEvent]:
        """Read on in the trace and return what is new."""
        page = await self.bench.lab.trace(self._world().world, after=self._trace_seq)
        self.events += page.events
        self.raw_events += page.raw
        self._trace_seq = page.next
        return page.events

    def look_at_trace(self) -> list[TraceEvent]:
        """Return the trace up to now."""
        self._look("trace", self._read_trace)
        return self.events

    def _look(self, at: object, look: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what a look finds, or what the last one found when nothing has happened since.

        Only a subject whose clock stands still can be at rest; with any other, every look is a new one.
        """
        if at not in self._seen or not self.moves_time:
            self._seen[at] = self.run(look())
        found: T = self._seen[at]
        return found

    def look_anew(self) -> None:
        """Have the next look at anything ask again: what a subject does behind its back is seen then."""
        self._seen.clear()

    def note(self, name: str, note: str = "") -> None:
        """Write down what the agent did, so that the trace tells the whole story."""
        wall = render_time(dt.datetime.now(dt.UTC))
        self.notes.append(DeskNote(render_time(self._now), wall, name, note))

    # -- the customer's side

    def customer(self, channel: str, *, named: bool = True, name: str | None = None) -> Person:
        """Return a new person with a phone on a channel."""
        world = self.open()
        where = ChannelName(channel)
        added = self.bench.lab.add_customer(world.world, named=named, name=name, channels=[where])
        customer = self.run(added)
        return Person(customer, where, customer.phones[channel].identity)

    def act(self, person: Person, action: str, **details: Any) -> Item | None:
        """Let the person do something and let its consequences happen."""
        item = self.do(person, action, **details)
        self.rest()
        return item

    def do(self, person: Person, action: str, **details: Any) -> Item | None:
        """Let the person do something without waiting for its consequences."""
        world = self.open()
        self._seen.clear()
        acted = self.bench.lab.act(world.world, person.channel, person.identity, action, **details)
        return self.run(acted)

    def screen(self, person: Person) -> Screen:
        """Return what the person sees."""
        world = self.open().world
        return self._look(
            (person.channel, person.identity), lambda: self.bench.lab.screen(world, person.channel, person.identity)
        )

    def phone_file(self, person: Person, media_id: str) -> bytes:
        """Return the bytes of a file on the person's phone."""
        world = self.open().world
        return self.run(self.bench.lab.phone_file(world, person.channel, person.identity, media_id))

    def fault(self, *, where: dict[str, Any], when: dict[str, Any], what: dict[str, Any]) -> str:
        """Plant a fault in the world and return its id."""
        world = self.open().world
        return str(self.run(self.bench.lab.add_fault(world, where=where, when=when, what=what))["id"])

    def callback_sender(self, person: Person) -> callbacks.Sender:
        """Return on whose behalf a hand-made callback speaks: the known contact, or a made-up one."""
        world = self.open()
        known = (last_message(self.look_at_trace()) or {}).get("message") or {}
        identity = (known.get("channel_identity") or {}).get("identity")
        same = identity == person.identity
        return callbacks.Sender(
            project_id=world.sinch.project_id,
            app_id=world.sinch.app_id,
            channel=world.channels[person.channel].sinch_channel,
            identity=person.identity,
            contact_id=known["contact_id"] if same else self.made_up("contact", person.identity),
            conversation_id=known["conversation_id"] if same else self.made_up("talk", person.identity),
        )

    def made_up(self, *parts: str) -> str:
        """Return a ULID-shaped id of this scenario's own."""
        return callbacks.made_up_ulid(self.seed, *parts)

    def serial(self) -> str:
        """Return a fresh number for ids."""
        self._counter += 1
        return str(self._counter)

    def post_callback(self, document: dict[str, Any], secret: str | None) -> int:
        """Post a hand-made callback to the subject's webhook; return its answer's status, at rest."""
        self.open()
        self._seen.clear()
        if wrong := callback_mistakes(document):
            raise LabDefect(f"a hand-made callback breaks its schema: {wrong[0]}")
        callback = callbacks.sealed(document, secret, self.made_up("nonce", self.serial()), self._now)
        status = self.run(callbacks.post(self.bench.session, self.webhook_url, callback))
        self.note("webhook MESSAGE_INBOUND by hand", f"answered {status}")
        self.rest()
        return status

    def fetch(self, url: str) -> tuple[int, bytes]:
        """Return status and bytes of a public URL, fetched as a stranger."""
        return self.run(_fetch(self.bench, url))

    # -- the agent's side

    def chats(self, agent: AgentName = AGENT) -> tuple[Chat, ...]:
        """Return the chats that the agent sees."""
        self.open()
        return self._look(("chats", agent), lambda: self.bench.driver.chats(self.tenant, agent))

    def chats_with(self, person: Person) -> list[Chat]:
        """Return the chats with a person, whatever their state."""
        enum = self.open().channels[person.channel].sinch_channel
        plain = person.identity.lstrip("+")
        return [chat for chat in self.chats() if chat.channel == enum and chat.identity.lstrip("+") == plain]

    def chat(self, person: Person) -> Chat:
        """Return the live chat with a person, accepted by the agent when it still waits."""
        live = [chat for chat in self.chats_with(person) if chat.state in {"in_queue", "in_process"}]
        if len(live) != 1:
            found = "no live chat" if not live else f"{len(live)} live chats"
            raise SubjectFailure(f"the agent has {found} with {person.identity} on {person.channel}")
        if live[0].state == "in_queue":
            self._seen.clear()
            self.run(self.bench.driver.accept(self.tenant, AGENT, live[0].id))
            self.note("accept chat")
        return live[0]

    def transcript(self, person: Person) -> tuple[Entry, ...]:
        """Return the transcript of the latest chat with a person."""
        chats = self.chats_with(person)
        if not chats:
            raise SubjectFailure(f"the agent has no chat with {person.identity} on {person.channel}")
        live = [chat for chat in chats if chat.state in {"in_queue", "in_process"}]
        chat = (live or chats)[-1]
        return self.run(self.bench.driver.transcript(self.tenant, AGENT, chat.id))

    def file(self, entry: Entry) -> bytes:
        """Return the internal copy of an entry's file."""
        if entry.attachment is None:
            raise SubjectFailure(f"the transcript entry {entry.kind!r} has no file")
        return self.run(self.bench.driver.attachment(self.tenant, AGENT, entry.attachment.id))

    def send(self, person: Person, message: Message) -> Entry | Refused:
        """Let the agent send; a refusal is a result. Lab and subject are at rest afterwards."""
        chat = self.chat(person)
        self._seen.clear()
        result = self.run(self._send(chat.id, message))
        said = f"refused: {result.message}" if isinstance(result, Refused) else "accepted"
        self.note(f"send {type(message).__name__}", said)
        self.rest()
        return result

    async def _send(self, chat: ChatId, message: Message) -> Entry | Refused:
        try:
            return await self.bench.driver.send(self.tenant, AGENT, chat, message)
        except Refused as refused:
            return refused

    def end_chat(self, person: Person) -> None:
        """Let the agent end the chat."""
        self.run(self.bench.driver.end_chat(self.tenant, AGENT, self.chat(person).id))
        self.note("end chat")
        self.rest()


async def _fetch(bench: Bench, url: str) -> tuple[int, bytes]:
    async with bench.session.get(url) as response:
        return response.status, await response.read()
