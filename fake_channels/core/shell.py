"""The shell performs effects: outgoing HTTP with limits, faults on the way, and a record of every exchange."""

from __future__ import annotations

import asyncio
import secrets
import time
from io import BytesIO
from types import TracebackType
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

import aiohttp
import msgspec
from multidict import CIMultiDictProxy
from yarl import URL

from fake_channels.core.addresses import Network, socket_factory
from fake_channels.core.contract import Component, Refusal
from fake_channels.core.effects import Answer, Call, Effect
from fake_channels.core.faults import Plan, Side
from fake_channels.core.http import Outcome, readable
from fake_channels.core.tasks import Tasks
from fake_channels.core.trace import Message
from fake_channels.core.world import World

HOP_HEADER: Final = "X-Bridgelab-Hop"
"""Marks a call between two parts of one lab, so that the trace knows its sender; never sent anywhere else."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK: Final = 65_536
_AFTER_BASE: Final = frozenset({"", "/", "?", "#"})
_HARMLESS: Final = frozenset({"accept", "content-type", "user-agent"})
"""Headers that may follow a redirect to another server; all others may be credentials."""
_DELIVERED = Answer(200)
_NO_ANSWER: Final = (aiohttp.ClientError, OSError, ValueError, OverflowError)
"""What sending ends with when no answer comes; the last for a port beyond all ports."""


class _TooLarge(Exception):
    """The body passed its cap."""


class Shell:
    """One for a lab: it owns the client session and the background tasks."""

    def __init__(self, tasks: Tasks, *, allow_networks: tuple[Network, ...] = ()) -> None:
        self._tasks = tasks
        self._networks = allow_networks
        self._mark = secrets.token_urlsafe(16)
        self._inner: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0, socket_factory=socket_factory(self._networks))
        self._session = aiohttp.ClientSession(
            connector=connector, auto_decompress=True, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def sender(self, mark: str | None) -> tuple[str, tuple[str, ...]] | None:
        """Who sends the call that carries this mark, and what it is about; None for a call from outside."""
        return None if mark is None else self._inner.get(mark)

    def start(self, world: World, component: Component, call: Call) -> None:
        """Perform `call` in the background; its answer goes back to the component."""
        # The world is busy from this moment, not from the task's first step.
        ticket = world.enter(f"{component.name} → {call.target}: {call.name}")
        self._tasks.spawn(self._background(world, component, call, ticket))

    async def _background(self, world: World, component: Component, call: Call, ticket: int) -> None:
        try:
            answer = await self.run(world, component, call)
            if not world.closed:
                outcome = component.on_answer(call.then, answer, world.now)
                world.perform(component, _effects(outcome))
        finally:
            world.leave(ticket)

    async def run(self, world: World, component: Component, call: Call) -> Answer:
        """Perform `call`, faults included, and return how it ended."""
        plan = _plan(world, component, call)
        if plan.delay_ms:
            await world.sleep(plan.delay_ms, 1)
        if plan.refuse is not None:
            return self._refused(world, component, call, plan.refuse)
        if plan.drop:
            world.trace.record(world.now, "fault", component.name, call.target, call.name, note="dropped", ids=call.ids)
            return _DELIVERED
        if plan.reorder:
            self._hold(world, component, call)
            return _DELIVERED
        if plan.reset == "before":
            return self._lost(world, component, call, Answer(0, problem="the connection was reset"))
        answer = self._spoilt(world, component, call, plan, await self._exchange(world, component, call))
        for _ in range(plan.copies - 1):
            await self._exchange(world, component, call)
        self._release(world)
        return answer

    def _hold(self, world: World, component: Component, call: Call) -> None:
        world.trace.record(world.now, "fault", component.name, call.target, call.name, note="held back", ids=call.ids)

        def release() -> None:
            ticket = world.enter(f"{component.name} → {call.target}: {call.name} (held back)")
            self._tasks.spawn(self._late(world, component, call, ticket))

        world.held.append(release)

    async def _late(self, world: World, component: Component, call: Call, ticket: int) -> None:
        try:
            await self._exchange(world, component, call)
        finally:
            world.leave(ticket)

    @staticmethod
    def _release(world: World) -> None:
        held, world.held = world.held, []
        for release in held:
            release()

    @staticmethod
    def _refused(world: World, component: Component, call: Call, refusal: Refusal) -> Answer:
        headers = {} if refusal.retry_after_s is None else {"retry-after": str(refusal.retry_after_s)}
        world.trace.record(
            world.now, "fault", component.name, call.target, call.name, status=refusal.status, ids=call.ids
        )
        return Answer(refusal.status, headers)

    @staticmethod
    def _lost(world: World, component: Component, call: Call, answer: Answer) -> Answer:
        note, name = answer.problem, component.name
        world.trace.record(world.now, "fault", name, call.target, call.name, note=note, ids=call.ids)
        return answer

    def _spoilt(self, world: World, component: Component, call: Call, plan: Plan, answer: Answer) -> Answer:
        """An answer from outside as a fault leaves it."""
        if plan.reset:
            return self._lost(world, component, call, Answer(0, problem="the connection was reset"))
        if plan.content is not None and answer.status:
            body, mime = plan.content.of(answer.body), plan.content.mime
            if len(body) > call.max_bytes:
                return self._lost(world, component, call, Answer(0, problem=f"larger than {call.max_bytes} bytes"))
            headers = {**answer.headers, "content-type": mime} if mime else answer.headers
            answer = Answer(answer.status, headers, body)
        if plan.keep_bytes is not None and answer.status:
            problem = f"the answer broke off after {min(plan.keep_bytes, len(answer.body))} bytes"
            return self._lost(world, component, call, Answer(0, problem=problem))
        return answer

    async def _exchange(self, world: World, component: Component, call: Call) -> Answer:
        if world.closed:  # its credentials may be another world's by now
            return Answer(0, problem="the world is closed")
        if call.target in world.components and _is_ours(world, call.url):  # our fronts record what reaches them
            return await self._send_marked(component, call)
        started = time.perf_counter()
        answer = await self._send(call)
        self._record(world, component, call, answer, started)
        return answer

    async def _send_marked(self, component: Component, call: Call) -> Answer:
        mark = f"{self._mark}{len(self._inner)}.{id(call)}"
        self._inner[mark] = (component.name, call.ids)
        try:
            return await self._send(msgspec.structs.replace(call, headers={**call.headers, HOP_HEADER: mark}))
        finally:
            del self._inner[mark]

    @staticmethod
    def _record(world: World, component: Component, call: Call, answer: Answer, started: float) -> None:
        request = Message.of(_raw(call.headers), call.body)
        response = Message.of(_raw(answer.headers), answer.body)
        world.trace.record(
            world.now,
            "http",
            component.name,
            call.target,
            call.name,
            method=call.method,
            url=call.url,
            request=request,
            status=answer.status or None,
            response=response if answer.status else None,
            duration_ms=round((time.perf_counter() - started) * 1_000, 3),
            ids=call.ids,
            note=answer.problem,
        )

    async def _send(self, call: Call) -> Answer:
        try:
            async with asyncio.timeout(call.timeout_s):
                return await self._follow(call)
        except TimeoutError:
            return Answer(0, problem=f"no answer within {call.timeout_s:g} s")
        except _TooLarge:
            return Answer(0, problem=f"larger than {call.max_bytes} bytes")
        except _NO_ANSWER as error:
            return Answer(0, problem=_why(error))

    async def _follow(self, call: Call) -> Answer:
        url = call.url
        for hop in range(call.max_redirects + 1):
            answer = await self._once(call, url)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location or hop == call.max_redirects:
                return answer
            url, before = urljoin(url, location), url
            if _origin(url) != _origin(before):
                call = msgspec.structs.replace(call, headers=_without_secrets(call.headers))
        raise AssertionError("unreachable: the last hop returns")

    async def _once(self, call: Call, url: str) -> Answer:
        if self._session is None:
            raise RuntimeError("the shell is not open")
        target = URL(url, encoded=True)
        if target.scheme not in {"http", "https"} or not target.host:
            raise ValueError(f"not an http or https URL: {url!r}")
        async with self._session.request(
            call.method, target, data=_payload(call.body), headers=call.headers, allow_redirects=False
        ) as response:
            body = await _read(response, call.max_bytes)
            return Answer(response.status, _lower(response.headers), body)


def _plan(world: World, component: Component, call: Call) -> Plan:
    if not world.faults:
        return Plan()
    inside = call.target in world.components
    sides = (Side.CARRY,) if inside else (Side.CARRY, Side.ANSWER)
    return world.faults.plan(sides, component.name, call.target, call.name, world.now, world.ids)


def _effects(outcome: list[Effect] | Outcome) -> list[Effect]:
    return outcome.effects if isinstance(outcome, Outcome) else outcome


async def _read(response: aiohttp.ClientResponse, cap: int) -> bytes:
    if response.method != "HEAD" and (response.content_length or 0) > cap:
        raise _TooLarge
    chunks, size = [], 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > cap:
            raise _TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _payload(body: bytes) -> bytes | BytesIO | None:
    """As aiohttp wants it: large bodies as a stream."""
    return BytesIO(body) if len(body) > _CHUNK else body or None


def _lower(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    return {name.lower(): value if value.isascii() else readable(value) for name, value in headers.items()}


def _is_ours(world: World, url: str) -> bool:
    """True for a URL on one of the lab's own servers, whoever its participant is said to be."""
    return any(
        url.startswith(base) and url[len(base) : len(base) + 1] in _AFTER_BASE for base in world.addresses.values()
    )


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _without_secrets(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() in _HARMLESS}


def _raw(headers: dict[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode("latin-1", "replace"), value.encode()) for name, value in headers.items())


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):  # its own text hides what our socket factory says
        return f"cannot connect to {error.host}:{error.port}: {error.os_error}"
    return str(error) or type(error).__name__
