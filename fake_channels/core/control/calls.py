"""Reading calls of a control API and answering them."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson
from aiohttp import web

from fake_channels.core.contract import ChannelComponent
from fake_channels.core.control.actions import Advance, Invalid, PhoneAction, decode, to_core
from fake_channels.core.control.documents import Json, clock_document, screen_document, shown
from fake_channels.core.handset import Handset
from fake_channels.core.instants import in_range, to_rfc3339
from fake_channels.core.world import World

MAX_WAIT_S = 30.0


def answer(value: Any, status: int = 200) -> web.Response:
    """`value` as JSON."""
    return web.Response(status=status, body=orjson.dumps(value), content_type="application/json")


async def body(request: web.Request, kind: Any) -> Any:
    """The body as `kind`, or `Invalid`."""
    return decode(await request.read(), kind)


def number(request: web.Request, name: str, default: float, most: float) -> float:
    """A query parameter from 0 to `most`, or `Invalid`."""
    text = request.query.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise Invalid(f"{name} must be a number from 0 to {most:g}, not {text[:40]!r}")
    return value


async def act(request: web.Request, component: ChannelComponent[Any], handset: Handset, world: World) -> Json:
    """Let the person do what the body says, and note it in the trace; returns what the screen shows of it."""
    action = await body(request, PhoneAction)
    name = action.__struct_config__.tag.replace("_", " ")
    acted = component.act(handset, to_core(action, component.channel.tables.files), world.now)
    ids = (acted.item.id,) if acted.item else ()
    note = acted.item.text[:200] if acted.item else ""
    world.trace.record(world.now, "phone", "phone", component.name, name, ids=ids, note=note)
    world.perform(component, acted.effects)
    return {"item": shown(acted.item) if acted.item else None}


def settings(component: ChannelComponent[Any]) -> Json:
    """What may be set about a channel's account, and how it is."""
    return {"settings": msgspec.to_builtins(component.settings) if component.settings is not None else {}}


async def change_settings(request: web.Request, component: ChannelComponent[Any]) -> Json:
    """Set what the body names, or `Invalid`."""
    changes = await body(request, dict[str, Any])
    try:
        component.change_settings(changes)
    except ValueError as error:
        raise Invalid(f"settings: {error}") from None
    return settings(component)


async def screen(request: web.Request, handset: Handset, world: World) -> Json:
    """What the person sees; with `after` and `wait`, as soon as the screen is newer or the time is up."""
    after = number(request, "after", -1, 1e15) if "after" in request.query else -1
    wait = number(request, "wait", 0, MAX_WAIT_S)
    if wait and after >= 0:
        await world.signal.wait(lambda: handset.version > after or world.closed, wait)
    return screen_document(handset)


async def advance(wish: Advance, world: World) -> Json:
    """Move the clock as told, or `Invalid`; returns where it is and what fired."""
    async with world.advancing:
        target = wish.target(world.now)
        try:
            fired = await world.advance(in_range(target))
        except ValueError as error:
            raise Invalid(f"{error}: it is {to_rfc3339(world.now)}") from None
    return {**clock_document(world), "fired": fired, "settled": world.is_quiet()}
