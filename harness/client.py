"""`LabClient`: the lab's control API `/lab/v1`, call by call.

Asynchronous, one aiohttp session, no retries: the lab is on the same machine and a refusal is a defect. It
knows URLs and JSON of the control API, nothing of subjects, scenarios or channels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec

from harness.outcomes import LabDefect
from harness.world import (
    ChannelName,
    Clock,
    Customer,
    Identity,
    Item,
    Screen,
    Settled,
    Trace,
    TraceEvent,
    World,
    WorldId,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

T = TypeVar("T")
JsonObject = dict[str, Any]

TRACE_PAGE = 1000
CALL_TIMEOUT_SECONDS = 60.0


class LabRefused(LabDefect):
    """The control API answered 4xx or 5xx; `code` is its stable code."""

    def __init__(self, call: str, status: int, error: Mapping[str, Any]) -> None:
        message = str(error.get("message") or "without a reason")
        super().__init__(f"the lab answered {status} to {call}: {message}", str(error.get("hint") or ""))
        self.status = status
        self.code = str(error.get("code") or "")


def _decoded(value: Any, kind: type[T], call: str) -> T:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as wrong:
        raise LabDefect(f"the lab's answer to {call} is not what its contract says: {wrong}") from wrong


class LabClient:
    """One lab, seen through its control API."""

    def __init__(self, session: aiohttp.ClientSession, control_url: str, control_token: str | None = None) -> None:
        self._session = session
        self.control_url = control_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {control_token}"} if control_token else {}

    async def _call(self, method: str, path: str, body: object = None, **query: object) -> aiohttp.ClientResponse:
        call = f"{method} {path}"
        arguments: JsonObject = {"headers": self._headers}
        if body is not None:
            arguments["json"] = body
        if query := {key: str(value) for key, value in query.items() if value is not None}:
            arguments["params"] = query
        try:
            response = await self._session.request(
                method,
                f"{self.control_url}{path}",
                timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT_SECONDS),
                **arguments,
            )
            await response.read()
        except (aiohttp.ClientError, TimeoutError) as broken:
            raise LabDefect(f"the lab at {self.control_url} does not answer {call}: {broken}") from broken
        if response.status >= 400:  # noqa: PLR2004 - HTTP's own border between success and refusal
            raise LabRefused(call, response.status, await _error_of(response))
        return response

    async def _json(self, method: str, path: str, body: object = None, **query: object) -> Any:
        response = await self._call(method, path, body, **query)
        content = await response.read()
        try:
            return msgspec.json.decode(content) if content else {}
        except msgspec.DecodeError as wrong:
            raise LabDefect(f"the lab's answer to {method} {path} is not JSON: {wrong}") from wrong

    async def health(self) -> None:
        """Return when the lab answers its health check."""
        await self._call("GET", "/health")

    async def channels(self) -> dict[str, JsonObject]:
        """Return the channel tables that the lab serves, by channel name."""
        answer = await self._json("GET", "/lab/v1/channels")
        return _decoded(answer.get("channels"), dict[str, JsonObject], "GET /lab/v1/channels")

    async def addresses(self) -> JsonObject:
        """Return the base URLs of the lab's servers."""
        return _decoded(await self._json("GET", "/lab/v1/addresses"), JsonObject, "GET /lab/v1/addresses")

    async def create_world(
        self,
        seed: str,
        *,
        channels: Sequence[ChannelName] | None = None,
        start: dt.datetime | None = None,
        addresses: Mapping[str, str] | None = None,
        rate_limits: bool = True,
    ) -> World:
        """Create a world; with `start` its clock is manual and stands there."""
        body: JsonObject = {"seed": seed, "rate_limits": rate_limits}
        if channels is not None:
            body["channels"] = list(channels)
        if start is not None:
            body["clock"] = {"mode": "manual", "start": start.isoformat().replace("+00:00", "Z")}
        if addresses:
            body["addresses"] = dict(addresses)
        answer = await self._json("POST", "/lab/v1/worlds", body)
        return _decoded(answer, World, "POST /lab/v1/worlds")

    async def worlds(self) -> list[JsonObject]:
        """Return what the lab lists about its worlds."""
        answer = await self._json("GET", "/lab/v1/worlds")
        listed = answer.get("worlds", []) if isinstance(answer, dict) else answer
        return _decoded(listed, list[JsonObject], "GET /lab/v1/worlds")

    async def delete_world(self, world: WorldId) -> None:
        """Remove a world and everything in it."""
        await self._call("DELETE", f"/lab/v1/worlds/{world}")

    async def point_at(self, world: WorldId, webhook_url: str, webhook_secret: str | None = None) -> None:
        """Point the app's signed webhook at the subject."""
        body: JsonObject = {"webhook_url": webhook_url}
        if webhook_secret is not None:
            body["webhook_secret"] = webhook_secret
        await self._call("PUT", f"/lab/v1/worlds/{world}/subject", body)

    async def add_customer(
        self, world: WorldId, *, named: bool, name: str | None = None, channels: Sequence[ChannelName] = ()
    ) -> Customer:
        """Create a person; without a name the seed gives one, and `named=False` makes one without."""
        body: JsonObject = {"channels": list(channels)}
        if not named:
            body["name"] = None
        elif name is not None:
            body["name"] = name
        path = f"/lab/v1/worlds/{world}/customers"
        return _decoded(await self._json("POST", path, body), Customer, f"POST {path}")

    def _phone(self, world: WorldId, channel: ChannelName, identity: Identity) -> str:
        return f"/lab/v1/worlds/{world}/phones/{channel}/{quote(identity, safe='')}"

    async def act(
        self, world: WorldId, channel: ChannelName, identity: Identity, action: str, **details: Any
    ) -> Item | None:
        """Let the person do something; return what appeared on the screen by it."""
        path = f"{self._phone(world, channel, identity)}/actions"
        answer = await self._json("POST", path, {"action": action, **details})
        item = answer.get("item")
        return None if item is None else _decoded(item, Item, f"POST {path}")

    async def screen(
        self,
        world: WorldId,
        channel: ChannelName,
        identity: Identity,
        *,
        after: int | None = None,
        wait: float | None = None,
    ) -> Screen:
        """Return what the person sees; with `after` and `wait`, as soon as it differs from that version."""
        path = f"{self._phone(world, channel, identity)}/screen"
        return _decoded(await self._json("GET", path, after=after, wait=wait), Screen, f"GET {path}")

    async def phone_file(self, world: WorldId, channel: ChannelName, identity: Identity, media_id: str) -> bytes:
        """Return the bytes that the phone has of a file."""
        path = f"{self._phone(world, channel, identity)}/media/{quote(media_id, safe='')}"
        return await (await self._call("GET", path)).read()

    async def clock(self, world: WorldId) -> Clock:
        """Return the world's clock and its next timer."""
        path = f"/lab/v1/worlds/{world}/clock"
        return _decoded(await self._json("GET", path), Clock, f"GET {path}")

    async def advance_to(self, world: WorldId, instant: str) -> Clock:
        """Move the manual clock to an instant, firing every timer on the way in order."""
        path = f"/lab/v1/worlds/{world}/clock:advance"
        answer = await self._json("POST", path, {"to": instant})
        return Clock(mode="manual", now=str(answer.get("now", instant)))

    async def settle(self, world: WorldId, timeout_seconds: float = 10.0) -> Settled:
        """Wait until no timer is due and nothing is in flight, or the time is up."""
        path = f"/lab/v1/worlds/{world}/settle"
        answer = await self._json("POST", path, {"timeout_seconds": timeout_seconds})
        return _decoded(answer, Settled, f"POST {path}")

    async def add_fault(self, world: WorldId, *, where: JsonObject, when: JsonObject, what: JsonObject) -> JsonObject:
        """Plant a fault on a hop; return it with its id."""
        path = f"/lab/v1/worlds/{world}/faults"
        answer = await self._json("POST", path, {"where": where, "when": when, "what": what})
        return _decoded(answer, JsonObject, f"POST {path}")

    async def faults(self, world: WorldId) -> list[JsonObject]:
        """Return the world's faults with their hits."""
        path = f"/lab/v1/worlds/{world}/faults"
        answer = await self._json("GET", path)
        listed = answer.get("faults", []) if isinstance(answer, dict) else answer
        return _decoded(listed, list[JsonObject], f"GET {path}")

    async def trace(self, world: WorldId, *, after: int = 0, message: str | None = None) -> Trace:
        """Return every event of the trace after a sequence number, page by page."""
        path = f"/lab/v1/worlds/{world}/trace"
        raw: list[JsonObject] = []
        while True:
            page = await self._json("GET", path, after=after, limit=TRACE_PAGE, message=message)
            events, after = page["events"], max(int(page.get("next") or 0), after)
            raw += events
            if len(events) < TRACE_PAGE:
                return Trace(_decoded(raw, list[TraceEvent], f"GET {path}"), raw, after)


async def _error_of(response: aiohttp.ClientResponse) -> JsonObject:
    """Return the error object of a refusal, whatever shape the refusal has."""
    text = (await response.read()).decode("utf-8", "replace")
    try:
        body = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {"message": text[:300]}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {"message": text[:300]}
