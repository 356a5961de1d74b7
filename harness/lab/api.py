"""The control API `/lab/v1`: decode, ask the lab, encode. What a Gherkin step does, curl can do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import orjson
from aiohttp import web

from fake_channels.core.control.actions import Advance, CreateCustomer, Invalid, PhoneAction
from fake_channels.core.control.calls import act, advance, answer, body, change_settings, number, screen, settings
from fake_channels.core.control.documents import (
    clock_document,
    fault_document,
    file_response,
)
from fake_channels.core.control.errors import ApiError
from fake_channels.core.control.guard import GUARD, Guard, refusals
from fake_channels.core.directory import CredentialTaken
from fake_channels.core.faults import UnknownFault
from fake_channels.core.handset import Impossible
from fake_channels.core.people import UnknownLocale
from fake_channels.core.presets import FaultWish, WrongOrder, order_of
from fake_channels.core.trace import Hop
from harness.lab import documents, openapi
from harness.lab import requests as asked
from harness.lab.lab import Full, Lab, UnknownWorld, tables_document
from harness.lab.routes import Operation
from harness.lab.settings import MAX_CUSTOMERS, MAX_FAULTS
from harness.lab.worlds import LabWorld, UnknownChannel, UnreadableSnapshot

T = TypeVar("T")

LAB: Final = web.AppKey("lab", Lab)
MAX_BODY_BYTES: Final = 160_000_000
MAX_WAIT_S: Final = 30.0
TRACE_PAGE: Final = 1_000
_PING_S: Final = 15.0
_INDEX: Final = "/lab/v1/openapi.json"

_WORLD: Final = "/lab/v1/worlds/{world}"
_PHONE: Final = f"{_WORLD}/phones/{{channel}}/{{identity}}"
_SETTINGS: Final = _WORLD + "/channels/{channel}/settings"


def application(lab: Lab) -> web.Application:
    """The control API as an aiohttp application; pages and other parts may be added to it."""
    app = web.Application(middlewares=[refusals, _translate], client_max_size=MAX_BODY_BYTES)
    app[LAB] = lab
    app[GUARD] = Guard(
        lab.settings.bind, lab.settings.control_token, guarded=("/lab/", "/desk/", "/metrics"), index=_INDEX
    )
    for operation in OPERATIONS:
        app.router.add_route(operation.method, operation.path, operation.handler)
    return app


@web.middleware
async def _translate(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except Invalid as error:
        raise ApiError(400, "invalid", str(error), f"see {_INDEX}") from None
    except Full as error:
        raise ApiError(409, "full", str(error)) from None
    except (UnknownWorld, UnknownChannel) as error:
        raise ApiError(404, "unknown", str(error.args[0]), "list what there is with GET /lab/v1/worlds") from None
    except UnknownFault as error:
        raise ApiError(404, "unknown_fault", f"no fault {error} in this world", "list them with GET") from None
    except Impossible as error:
        raise ApiError(409, "impossible", str(error), "look at the phone's screen and the channel's table") from None
    except CredentialTaken as error:
        raise ApiError(409, "seed_taken", str(error), "delete that world, or use another seed") from None
    except UnreadableSnapshot as error:
        raise ApiError(400, "snapshot", str(error), "restore what GET …/snapshot gave") from None


def _world(request: web.Request) -> LabWorld:
    return request.app[LAB].world(request.match_info["world"])


# --- worlds -----------------------------------------------------------------------------------------------------------


async def _create_world(request: web.Request) -> web.Response:
    wish = await body(request, asked.CreateWorld)
    world = await request.app[LAB].create(wish)
    if isinstance(wish.subject, asked.SubjectWish):
        _point(world, wish.subject)
    return answer(documents.world_document(world), 201)


async def _list_worlds(request: web.Request) -> web.Response:
    listed = [
        {"world": world.id, "seed": world.plan.seed, "clock": clock_document(world.core)}
        for world in request.app[LAB].worlds.values()
    ]
    return answer({"worlds": listed})


async def _get_world(request: web.Request) -> web.Response:
    return answer(documents.world_document(_world(request)))


async def _delete_world(request: web.Request) -> web.Response:
    request.app[LAB].close(_world(request))
    return web.Response(status=204)


async def _reset_world(request: web.Request) -> web.Response:
    world = await request.app[LAB].reset(_world(request))
    return answer(documents.world_document(world))


async def _put_subject(request: web.Request) -> web.Response:
    world = _world(request)
    _point(world, await body(request, asked.SubjectWish))
    return answer(documents.world_document(world))


def _point(world: LabWorld, wish: asked.SubjectWish) -> None:
    secret = wish.webhook_secret if isinstance(wish.webhook_secret, str) else None
    world.gateway.point(wish.webhook_url, secret)


async def _snapshot(request: web.Request) -> web.Response:
    world = _world(request)
    if not await world.core.quiet():
        raise ApiError(409, "not_quiet", "the world does not fall quiet", "settle it first")
    return web.Response(body=world.snapshot(), content_type="application/octet-stream")


async def _restore(request: web.Request) -> web.Response:
    world = request.app[LAB].restore(await request.read())
    return answer(documents.world_document(world), 201)


# --- customers and phones ---------------------------------------------------------------------------------------------


async def _create_customer(request: web.Request) -> web.Response:
    wish = await body(request, CreateCustomer)
    name = wish.name if isinstance(wish.name, str) or wish.name is None else ""
    world = _world(request)
    if len(world.people) >= MAX_CUSTOMERS:
        raise Full(f"this world has {MAX_CUSTOMERS} customers: open another world")
    try:
        person, _ = world.add_customer(name, wish.locale, tuple(wish.channels))
    except UnknownLocale as error:
        raise Invalid(f"locale: {error}") from None
    return answer(documents.customer_document(world, person), 201)


async def _list_customers(request: web.Request) -> web.Response:
    world = _world(request)
    return answer({"customers": [documents.customer_document(world, person) for person in world.people]})


async def _act(request: web.Request) -> web.Response:
    world = _world(request)
    component, handset = world.handset(request.match_info["channel"], request.match_info["identity"])
    return answer(await act(request, component, handset, world.core))


async def _screen(request: web.Request) -> web.Response:
    world = _world(request)
    _, handset = world.handset(request.match_info["channel"], request.match_info["identity"])
    return answer(await screen(request, handset, world.core))


async def _phone_file(request: web.Request) -> web.Response:
    _, handset = _world(request).handset(request.match_info["channel"], request.match_info["identity"])
    wanted = request.match_info["media"]
    response = file_response(handset, wanted)
    if response is None:
        raise UnknownChannel(f"this phone has no file {wanted!r}")
    return response


# --- time, faults, trace ----------------------------------------------------------------------------------------------


async def _clock(request: web.Request) -> web.Response:
    return answer(clock_document(_world(request).core))


async def _advance(request: web.Request) -> web.Response:
    wish = await body(request, Advance)
    return answer(await advance(wish, _world(request).core))


async def _settle(request: web.Request) -> web.Response:
    wish = await body(request, asked.Settle)
    world = _world(request)
    settled = await world.core.quiet(wish.timeout_seconds)
    upcoming = clock_document(world.core)["next_timer"]
    return answer({"settled": settled, "in_flight": world.core.pending(), "next_timer": upcoming})


async def _add_fault(request: web.Request) -> web.Response:
    world = _world(request)
    wish = await body(request, FaultWish)
    if len(world.core.faults.rules) >= MAX_FAULTS:
        raise Full(f"this world has {MAX_FAULTS} faults: take some back")
    try:
        order = order_of(wish, {name: component.channel.tables for name, component in world.channels.items()})
    except WrongOrder as error:
        raise Invalid(str(error)) from None
    participants = {*world.core.components, "subject", "media", ""}
    for side in (order.where.source, order.where.target):
        if side not in participants:
            raise Invalid(
                f"where: there is no participant {side!r}; there are {', '.join(sorted(participants - {''}))}"
            )
    rule = world.core.faults.add(order, world.core.ids.hex("fault", 4))
    return answer(fault_document(rule), 201)


async def _list_faults(request: web.Request) -> web.Response:
    return answer({"faults": [fault_document(rule) for rule in _world(request).core.faults.rules]})


async def _clear_faults(request: web.Request) -> web.Response:
    _world(request).core.faults.rules.clear()
    return web.Response(status=204)


async def _remove_fault(request: web.Request) -> web.Response:
    _world(request).core.faults.remove(request.match_info["fault"])
    return web.Response(status=204)


async def _trace(request: web.Request) -> web.Response:
    world = _world(request)
    after = int(number(request, "after", 0, 1e15))
    limit = int(number(request, "limit", TRACE_PAGE, 100_000))
    events = world.core.trace.after(after, about=request.query.get("message", ""), limit=limit)
    return answer({"events": events, "next": events[-1]["seq"] if events else after})


async def _strays(request: web.Request) -> web.Response:
    return answer({"events": request.app[LAB].directory.strays.after()})


async def _events(request: web.Request) -> web.StreamResponse:
    world = _world(request)
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    queue: asyncio.Queue[Hop] = asyncio.Queue(maxsize=1_000)

    def listen(hop: Hop) -> None:
        if not queue.full():
            queue.put_nowait(hop)

    world.core.trace.listeners.append(listen)
    try:
        await response.write(_event("clock", clock_document(world.core)))
        await _stream(response, world, queue)
    except ConnectionResetError:
        pass  # the reader left
    finally:
        world.core.trace.listeners.remove(listen)
    return response


async def _stream(response: web.StreamResponse, world: LabWorld, queue: asyncio.Queue[Hop]) -> None:
    changes = world.core.signal
    seen = changes.version
    while not world.core.closed:
        moved = await changes.wait(lambda since=seen: changes.version > since, _PING_S)  # type: ignore[misc]
        seen = changes.version
        while not queue.empty():
            await response.write(_event("trace", world.core.trace.render(queue.get_nowait())))
        if moved:
            await response.write(_event("screen", {"version": seen}))
        else:
            await response.write(b": ping\n\n")


def _event(name: str, value: Any) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(value) + b"\n\n"


# --- the lab itself ---------------------------------------------------------------------------------------------------


async def _addresses(request: web.Request) -> web.Response:
    return answer({"addresses": request.app[LAB].addresses})


async def _channels(_: web.Request) -> web.Response:
    return answer({"channels": tables_document()})


async def _openapi(_: web.Request) -> web.Response:
    return answer(openapi.document(OPERATIONS))


async def _settings(request: web.Request) -> web.Response:
    return answer(settings(_world(request).channel(request.match_info["channel"])))


async def _set(request: web.Request) -> web.Response:
    return answer(await change_settings(request, _world(request).channel(request.match_info["channel"])))


async def _health(request: web.Request) -> web.Response:
    return answer({"status": "ok", "worlds": len(request.app[LAB].worlds)})


async def _metrics(request: web.Request) -> web.Response:
    lab = request.app[LAB]
    hops = sum(world.core.trace.seq for world in lab.worlds.values())
    lines = [
        "# TYPE bridgelab_worlds gauge",
        f"bridgelab_worlds {len(lab.worlds)}",
        "# TYPE bridgelab_worlds_created counter",
        f"bridgelab_worlds_created_total {lab.created}",
        "# TYPE bridgelab_open_world_hops gauge",
        f"bridgelab_open_world_hops {hops}",
    ]
    return web.Response(text="\n".join(lines) + "\n", content_type="text/plain")


OPERATIONS: Final = (
    Operation("POST", "/lab/v1/worlds", _create_world, "Open a world", asked.CreateWorld, status=201, refuses=(409,)),
    Operation("GET", "/lab/v1/worlds", _list_worlds, "List the open worlds"),
    Operation("POST", "/lab/v1/worlds:restore", _restore, "Open the world of a snapshot", status=201, refuses=(409,)),
    Operation("GET", _WORLD, _get_world, "A world with all credentials"),
    Operation("DELETE", _WORLD, _delete_world, "Close a world", status=204),
    Operation("POST", _WORLD + ":reset", _reset_world, "Replace a world by a new one of the same seed", asked.Nothing),
    Operation("PUT", _WORLD + "/subject", _put_subject, "Point the app's webhook at the subject", asked.SubjectWish),
    Operation(
        "GET",
        _WORLD + "/snapshot",
        _snapshot,
        "The whole world in one file",
        produces="application/octet-stream",
        refuses=(409,),
    ),
    Operation("POST", _WORLD + "/customers", _create_customer, "Invent a customer", CreateCustomer, status=201),
    Operation("GET", _WORLD + "/customers", _list_customers, "List the customers"),
    Operation("POST", _PHONE + "/actions", _act, "Let the person act on the phone", PhoneAction, refuses=(409,)),
    Operation(
        "GET",
        _PHONE + "/screen",
        _screen,
        "What the person sees",
        query=(
            ("after", "integer", "wait for a version above this"),
            ("wait", "number", "seconds to wait, at most 30"),
        ),
    ),
    Operation(
        "GET", _PHONE + "/media/{media}", _phone_file, "A file the phone has", produces="application/octet-stream"
    ),
    Operation("GET", _SETTINGS, _settings, "What may be set about a channel's account"),
    Operation("PATCH", _SETTINGS, _set, "Set some of it, by name", dict[str, Any]),
    Operation("GET", _WORLD + "/clock", _clock, "The world's time"),
    Operation("POST", _WORLD + "/clock:advance", _advance, "Move the clock, firing every timer on the way", Advance),
    Operation("POST", _WORLD + "/settle", _settle, "Wait until nothing is due or in flight", asked.Settle),
    Operation("POST", _WORLD + "/faults", _add_fault, "Order a fault, by what or by preset", FaultWish, status=201),
    Operation("GET", _WORLD + "/faults", _list_faults, "List the faults"),
    Operation("DELETE", _WORLD + "/faults", _clear_faults, "Take all faults back", status=204),
    Operation("DELETE", _WORLD + "/faults/{fault}", _remove_fault, "Take a fault back", status=204),
    Operation(
        "GET",
        _WORLD + "/trace",
        _trace,
        "What happened, hop by hop",
        query=(
            ("after", "integer", "events newer than this number"),
            ("limit", "integer", "how many at most"),
            ("message", "string", "only hops that carry this id"),
        ),
    ),
    Operation("GET", _WORLD + "/events", _events, "What happens, as server-sent events", produces="text/event-stream"),
    Operation("GET", "/lab/v1/addresses", _addresses, "Where the fake servers listen"),
    Operation("GET", "/lab/v1/channels", _channels, "The channels' tables, with their fault presets"),
    Operation("GET", "/lab/v1/strays", _strays, "Requests whose credential no world owns"),
    Operation("GET", "/lab/v1/openapi.json", _openapi, "This document"),
    Operation("GET", "/health", _health, "Whether the lab is up"),
    Operation("GET", "/metrics", _metrics, "Counters in Prometheus' text format", produces="text/plain"),
)
