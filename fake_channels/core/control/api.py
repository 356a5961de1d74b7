"""The control API of a house: act as a customer, look at a screen, order faults, move the clock. Small on purpose.

The lab has a larger one, with worlds, snapshots and a gateway; calls of the same name take and answer the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from fake_channels.core.contract import ChannelComponent
from fake_channels.core.control.actions import Advance, CreateCustomer, Invalid, listed_actions
from fake_channels.core.control.calls import act, advance, answer, body, change_settings, number, screen, settings
from fake_channels.core.control.documents import Json, clock_document, fault_document, file_response
from fake_channels.core.control.errors import ApiError
from fake_channels.core.control.guard import GUARD, Guard, refusals
from fake_channels.core.faults import UnknownFault
from fake_channels.core.handset import Handset, Impossible, Person
from fake_channels.core.house import House, Unknown
from fake_channels.core.people import UnknownLocale
from fake_channels.core.presets import FaultWish, WrongOrder, listed, order_of

HOUSE: Final = web.AppKey("house", House)
MAX_BODY_BYTES: Final = 160_000_000
MAX_CUSTOMERS: Final = 10_000
MAX_FAULTS: Final = 1_000
TRACE_PAGE: Final = 1_000

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PHONE: Final = "/v1/phones/{channel}/{identity}"


def application(house: House, *, bind: str, token: str) -> web.Application:
    """The control API; every call wants `token` as a bearer."""
    app = web.Application(middlewares=[refusals, _translate], client_max_size=MAX_BODY_BYTES)
    app[HOUSE] = house
    app[GUARD] = Guard(bind, token, guarded=("/",), index="GET /v1")
    for method, path, _, handler in CALLS:
        app.router.add_route(method, path, handler)
    return app


@web.middleware
async def _translate(request: web.Request, handler: _Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (Invalid, UnknownLocale, WrongOrder) as error:
        raise ApiError(400, "invalid", str(error), "see GET /v1") from None
    except Unknown as error:
        raise ApiError(404, "unknown", str(error.args[0]), "list what there is with GET /v1") from None
    except UnknownFault as error:
        raise ApiError(404, "unknown_fault", f"there is no fault {error}", "list them with GET /v1/faults") from None
    except Impossible as error:
        raise ApiError(409, "impossible", str(error), "look at the phone's screen") from None


def house_document(house: House) -> Json:
    """Everything that a client needs to connect, secrets included, and who the customers are."""
    return {
        "clock": clock_document(house.world),
        "channels": {
            name: {
                "title": component.channel.title,
                "base_url": house.urls[component.channel.host.name],
                **component.channel.credentials(component.state),
            }
            for name, component in house.components.items()
        },
        "customers": [customer_document(house, person) for person in house.people],
    }


def customer_document(house: House, person: Person) -> Json:
    """A person and the phones in their hands."""
    phones = {
        name: {"identity": handset.identity}
        for name, component in house.components.items()
        for handset in component.handsets().values()
        if handset.person.id == person.id
    }
    return {"customer": person.id, "name": person.name, "locale": person.locale, "phones": phones}


def _house(request: web.Request) -> House:
    return request.app[HOUSE]


async def _index(request: web.Request) -> web.Response:
    calls = [{"method": method, "path": path, "does": does} for method, path, does, _ in CALLS]
    return answer({**house_document(_house(request)), "calls": calls, "actions": listed_actions()})


async def _customers(request: web.Request) -> web.Response:
    return answer({"customers": house_document(_house(request))["customers"]})


async def _add_customer(request: web.Request) -> web.Response:
    house, wish = _house(request), await body(request, CreateCustomer)
    if len(house.people) >= MAX_CUSTOMERS:
        raise ApiError(409, "full", f"there are {MAX_CUSTOMERS} customers already", "start anew")
    name = wish.name if isinstance(wish.name, str) or wish.name is None else ""
    person, _ = house.add_customer(name, wish.locale, tuple(wish.channels))
    return answer(customer_document(house, person), 201)


def _phone(request: web.Request) -> tuple[ChannelComponent[Any], Handset]:
    return _house(request).phone(request.match_info["channel"], request.match_info["identity"])


async def _act(request: web.Request) -> web.Response:
    component, handset = _phone(request)
    return answer(await act(request, component, handset, _house(request).world))


async def _screen(request: web.Request) -> web.Response:
    _, handset = _phone(request)
    return answer(await screen(request, handset, _house(request).world))


async def _file(request: web.Request) -> web.Response:
    _, handset = _phone(request)
    response = file_response(handset, request.match_info["media"])
    if response is None:
        raise Unknown(f"this phone has no file {request.match_info['media']!r}")
    return response


async def _settings(request: web.Request) -> web.Response:
    return answer(settings(_house(request).component(request.match_info["channel"])))


async def _set(request: web.Request) -> web.Response:
    component = _house(request).component(request.match_info["channel"])
    return answer(await change_settings(request, component))


async def _presets(request: web.Request) -> web.Response:
    tables = {name: component.channel.tables for name, component in _house(request).components.items()}
    return answer({"presets": [preset for name, table in tables.items() for preset in listed(name, table)]})


async def _add_fault(request: web.Request) -> web.Response:
    house, wish = _house(request), await body(request, FaultWish)
    faults = house.world.faults
    if len(faults.rules) >= MAX_FAULTS:
        raise ApiError(409, "full", f"there are {MAX_FAULTS} faults already", "take some back")
    order = order_of(wish, {name: component.channel.tables for name, component in house.components.items()})
    return answer(fault_document(faults.add(order, house.world.ids.hex("fault", 4))), 201)


async def _faults(request: web.Request) -> web.Response:
    return answer({"faults": [fault_document(rule) for rule in _house(request).world.faults.rules]})


async def _remove_fault(request: web.Request) -> web.Response:
    _house(request).world.faults.remove(request.match_info["fault"])
    return web.Response(status=204)


async def _clear_faults(request: web.Request) -> web.Response:
    _house(request).world.faults.rules.clear()
    return web.Response(status=204)


async def _clock(request: web.Request) -> web.Response:
    return answer(clock_document(_house(request).world))


async def _advance(request: web.Request) -> web.Response:
    wish = await body(request, Advance)
    return answer(await advance(wish, _house(request).world))


async def _trace(request: web.Request) -> web.Response:
    after = int(number(request, "after", 0, 1e15))
    limit = int(number(request, "limit", TRACE_PAGE, 100_000))
    events = _house(request).world.trace.after(after, about=request.query.get("message", ""), limit=limit)
    return answer({"events": events, "next": events[-1]["seq"] if events else after})


CALLS: Final[tuple[tuple[str, str, str, _Handler], ...]] = (
    ("GET", "/v1", "Credentials, customers, clock, this list, and what a customer can do", _index),
    ("GET", "/v1/customers", "Who there is, and their identities", _customers),
    ("POST", "/v1/customers", 'Invent somebody: {"name": "Ada", "locale": "en_US"}, both optional', _add_customer),
    ("POST", f"{_PHONE}/actions", 'Act: {"action": "send_text", "text": "Hi"}; the actions are listed below', _act),
    ("GET", f"{_PHONE}/screen", "What the person sees; ?after=VERSION&wait=SECONDS waits for news", _screen),
    ("GET", f"{_PHONE}/media/{{media}}", "A file on the screen", _file),
    ("GET", "/v1/channels/{channel}/settings", "What may be set about an account", _settings),
    ("PATCH", "/v1/channels/{channel}/settings", 'Set some of it, by name: {"receipts": false}', _set),
    ("GET", "/v1/presets", "The vendors' famous errors, by name", _presets),
    ("POST", "/v1/faults", 'Order a fault: {"preset": "telegram:429", "when": {"kind": "next"}}', _add_fault),
    ("GET", "/v1/faults", "The faults and how often each struck", _faults),
    ("DELETE", "/v1/faults", "Take all faults back", _clear_faults),
    ("DELETE", "/v1/faults/{fault}", "Take a fault back", _remove_fault),
    ("GET", "/v1/clock", "The time here", _clock),
    ("POST", "/v1/clock:advance", 'Move the clock: {"by": "24h1m"}', _advance),
    ("GET", "/v1/trace", "What happened, hop by hop; ?after=SEQ&message=ID", _trace),
)
"""Method, path, what it does, and who does it."""
