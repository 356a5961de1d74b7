"""The front turns sockets into requests: read with a cap, find the world, ask its rules, perform, answer, record."""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec
from aiohttp import web
from aiohttp.http import HttpProcessingError

from fake_channels.core.answer import general, respond, tear
from fake_channels.core.contract import Host, Refusal
from fake_channels.core.directory import Directory, Place
from fake_channels.core.effects import Answer, Call
from fake_channels.core.faults import Plan, Side
from fake_channels.core.http import (
    Broken,
    Fetching,
    HttpReply,
    HttpRequest,
    Later,
    Outcome,
    Replying,
    Streaming,
    Torn,
    readable,
)
from fake_channels.core.shell import HOP_HEADER, Shell
from fake_channels.core.streaming import stream
from fake_channels.core.trace import MASK, Message, RawHeaders
from fake_channels.core.world import World

_LOG = logging.getLogger(__name__)
_HOP = HOP_HEADER.encode()
_UNREADABLE: Final = (HttpProcessingError, web.RequestPayloadError, ConnectionError)
"""What reading a body ends with when the caller hangs up, cuts a chunk short or sends what it did not compress."""


class _BodyTooLarge(Exception):
    """The request body passed its cap."""


class Front:
    """The server of one host, as a handler for `aiohttp.web.Server`."""

    def __init__(self, host: Host, directory: Directory, shell: Shell) -> None:
        self.host = host
        self._directory = directory
        self._shell = shell

    async def __call__(self, raw: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        started = time.perf_counter()
        request = _request(raw)
        try:
            request.body = await _body(raw, self.host.max_body_bytes(request))
        except _BodyTooLarge:
            return general(self.host.too_large(request))
        except _UNREADABLE:
            return web.Response(status=400, text="the body cannot be read")
        credential = self.host.locate(request)
        place = None if credential is None else self._directory.find(self.host.name, credential)
        if place is None:
            stranger = self.host.unknown(request)
            self._stray(raw, request, stranger, credential or "")
            return general(stranger)
        world, component = place.world, place.component
        mark = request.headers.get(HOP_HEADER)
        with world.busy(component.name):
            source, ids = self._shell.sender(mark) or (component.source(request), ())
            outcome = await self._ask(place, request, source)
            world.perform(component, outcome.effects)
            going_on = outcome.reply if isinstance(outcome.reply, Streaming) else None
            torn = outcome.reply if isinstance(outcome.reply, Torn) else None
            reply = outcome.reply if isinstance(outcome.reply, HttpReply) else _told(outcome.reply)
            about = tuple(dict.fromkeys((*ids, *outcome.ids))) if ids else outcome.ids
            kept = raw.raw_headers if mark is None else _unmarked(raw)
            received = Message.of(kept, request.body)
            _record(place, source, request, received, reply, raw_path=raw.raw_path, ids=about, started=started)
            if going_on is not None:
                return await stream(raw, place, going_on)
        if reply is None:
            _cut(raw)
            return web.Response(status=500)  # never reaches anybody: the connection is gone
        return respond(reply, raw) if torn is None else await tear(torn, raw)

    async def _ask(self, place: Place, request: HttpRequest, source: str) -> Outcome:
        world, component = place.world, place.component
        inside = source in world.components
        if world.faults:
            plan = self._plan(world, place, request, source, inside=inside)
            if plan.delay_ms:
                await world.sleep(plan.delay_ms, 2 if inside else 1)
            if plan.refuse is not None:
                return Outcome(component.refuse(plan.refuse))
            if plan.drop or plan.reset == "before":
                return Outcome(Broken())
            request.failing = plan.fail
            outcome = await self._settled(place, request, inside=inside)
            outcome.reply = _spoilt(outcome.reply, plan)
            return outcome
        return await self._settled(place, request, inside=inside)

    async def _settled(self, place: Place, request: HttpRequest, *, inside: bool) -> Outcome:
        """What the rules say in the end, once what they waited for is there."""
        outcome = self._handle(place, request)
        while not isinstance(outcome.reply, HttpReply | Streaming | Broken):
            outcome = await self._continue(place, request, outcome, outcome.reply, inside=inside)
        return outcome

    def _handle(self, place: Place, request: HttpRequest) -> Outcome:
        try:
            return place.component.handle(request, place.world.now)
        except Exception:  # noqa: BLE001  our own defect: log and trace it, and give the caller the vendor's own 500
            return self._defect(place, request.method)

    def _resume(self, place: Place, call: Call, answer: Answer) -> Outcome:
        try:
            resumed = place.component.on_answer(call.then, answer, place.world.now)
        except Exception:  # noqa: BLE001  as in `_handle`
            return self._defect(place, call.name)
        return resumed if isinstance(resumed, Outcome) else Outcome(Broken(), resumed)

    @staticmethod
    def _defect(place: Place, what: str) -> Outcome:
        world, component = place.world, place.component
        # The path is not told: some vendors' paths hold a token.
        _LOG.exception("%s failed on %s", component.name, what)
        world.trace.record(world.now, "note", "lab", component.name, "defect", note="see the lab's log")
        return Outcome(component.refuse(Refusal(500)))

    async def _continue(
        self, place: Place, request: HttpRequest, outcome: Outcome, reply: Replying, *, inside: bool
    ) -> Outcome:
        world, component = place.world, place.component
        if outcome.effects:  # a poll that found nothing changed nothing: it must not wake the other polls
            world.perform(component, outcome.effects)
        if isinstance(reply, Fetching):
            answer = await self._shell.run(world, component, reply.call)
            return self._resume(place, reply.call, answer)
        if isinstance(reply, Later):
            await world.change_or(reply.until, 2 if inside else 1)
            if world.closed:
                return Outcome(Broken())
            request.waited = world.now >= reply.until
            return self._handle(place, request)
        return outcome

    def _plan(self, world: World, place: Place, request: HttpRequest, source: str, *, inside: bool) -> Plan:
        sides = (Side.ANSWER,) if inside else (Side.ANSWER, Side.CARRY)
        name = place.component.name
        return world.faults.plan(sides, source, name, place.component.operation(request), world.now, world.ids)

    def _stray(self, raw: web.BaseRequest, request: HttpRequest, reply: HttpReply, credential: str) -> None:
        path, (_, _, secret) = raw.raw_path, credential.partition(":")
        if secret and credential in request.path:  # somebody's real token, perhaps: show whose, not what
            path = path.replace(secret, MASK)
        self._directory.strays.record(
            0,
            "http",
            "stranger",
            self.host.name,
            "unknown credential",
            method=request.method,
            url=f"{request.base_url}{path}",
            request=Message.of(_unmarked(raw), request.body),
            status=reply.status,
        )


def _told(replying: Replying) -> HttpReply | None:
    """What is answered by anything but a plain reply; None when nothing is."""
    if isinstance(replying, Streaming):
        return replying.head
    return replying.whole if isinstance(replying, Torn) else None


def _spoilt(replying: Replying, plan: Plan) -> Replying:
    """An answer as a fault leaves it; one that goes on and on is left alone."""
    if plan.reset:
        return Broken()
    if not isinstance(replying, HttpReply):
        return replying
    if plan.content is not None:
        body, mime = plan.content.of(replying.body), plan.content.mime or replying.content_type
        replying = msgspec.structs.replace(replying, body=body, content_type=mime)
    return replying if plan.keep_bytes is None else Torn(replying, plan.keep_bytes)


def _request(raw: web.BaseRequest) -> HttpRequest:
    target = raw.raw_path
    if not target.startswith("/"):  # absolute form, as proxies send it; `*` and CONNECT's authority are no paths
        parts = urlsplit(target) if "://" in target else urlsplit("/")
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    path, _, query = target.partition("?")
    return HttpRequest(
        raw.method,
        unquote(path) if "%" in path else path,
        raw_query=query,
        headers=raw.headers,
        base_url=f"http://{readable(raw.headers.get('Host', 'localhost'))}",
    )


async def _body(raw: web.BaseRequest, cap: int) -> bytes:
    if (raw.content_length or 0) > cap:
        raise _BodyTooLarge
    if raw.content.is_eof():  # all of it has arrived with the headers, as small bodies do
        body = raw.content.read_nowait()
        if len(body) > cap:
            raise _BodyTooLarge
        return body
    if raw.headers.get("Expect", "").lower() == "100-continue" and raw.transport is not None:
        raw.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")  # the caller holds the body back until it reads this
    chunks, size = [], 0
    async for chunk in raw.content.iter_any():
        size += len(chunk)
        if size > cap:
            raise _BodyTooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _unmarked(raw: web.BaseRequest) -> RawHeaders:
    return tuple(pair for pair in raw.raw_headers if pair[0] != _HOP)


def _record(
    place: Place,
    source: str,
    request: HttpRequest,
    received: Message,
    reply: HttpReply | None,
    *,
    raw_path: str,
    ids: tuple[str, ...],
    started: float,
) -> None:
    place.world.trace.record(
        place.world.now,
        "http",
        source,
        place.component.name,
        place.component.operation(request),
        method=request.method,
        url=f"{request.base_url}{raw_path}",
        request=received,
        status=None if reply is None else reply.status,
        response=None if reply is None else Message.of(_reply_headers(reply), reply.body),
        duration_ms=round((time.perf_counter() - started) * 1_000, 3),
        ids=ids,
    )


def _reply_headers(reply: HttpReply) -> RawHeaders:
    known = _type_alone(reply.content_type)
    if not reply.headers:
        return known
    return (*known, *[(_name(name), value.encode("utf-8", "replace")) for name, value in reply.headers.items()])


@lru_cache(maxsize=256)
def _name(name: str) -> bytes:
    return name.encode("utf-8", "replace")


@lru_cache(maxsize=256)
def _type_alone(content_type: str) -> RawHeaders:
    return ((b"content-type", content_type.encode("utf-8", "replace")),)


def _cut(raw: web.BaseRequest) -> None:
    if raw.transport is not None:
        raw.transport.abort()
