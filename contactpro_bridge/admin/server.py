"""The admin API's routes."""

from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from contactpro_bridge.admin.parsing import parse_tenant
from contactpro_bridge.agent.access import bearer_token, same_secret, unauthenticated
from contactpro_bridge.agent.web_json import json_response, read_object
from contactpro_bridge.attachments.share import ShareError
from contactpro_bridge.clock import SECOND_US, ClockMode, parse_rfc3339, render_rfc3339, wall_now_us
from contactpro_bridge.errors import Refusal, bad_request, not_found
from contactpro_bridge.ids import TenantId, is_tenant_name
from contactpro_bridge.jobs.room import Jobs
from contactpro_bridge.settings.report import explain
from contactpro_bridge.tenants import Tenant, Tenants

MAX_BODY: Final = 4 * 1024 * 1024
MAX_SETTLE_SECONDS: Final = 120.0
MAX_ADVANCE_SECONDS: Final = 100 * 366 * 86_400
ADVANCE_SETTLE_SECONDS: Final = 30.0
# Whatever is dated from such a clock can be written as a time, too.
EARLIEST: Final = "1970-01-02T00:00:00Z"
LATEST: Final = "9000-01-01T00:00:00Z"


@dataclass(frozen=True)
class AdminRoutes:
    """The routes below /admin/v1."""

    tenants: Tenants
    jobs: Jobs
    token: str
    own_url: str
    clock_control: bool

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        base = "/admin/v1/tenants"
        app.router.add_get(base, self.list)
        app.router.add_put(base + "/{tenant:[^/:]+}", self.put)
        app.router.add_get(base + "/{tenant:[^/:]+}", self.show)
        app.router.add_delete(base + "/{tenant:[^/:]+}", self.delete)
        app.router.add_get(base + "/{tenant:[^/:]+}/clock", self.clock)
        app.router.add_put(base + "/{tenant:[^/:]+}/clock", self.set_clock)
        app.router.add_post(base + "/{tenant:[^/:]+}/clock:advance", self.advance)
        app.router.add_post(base + "/{tenant:[^/:]+}:settle", self.settle)
        app.router.add_get(base + "/{tenant:[^/:]+}/dead-letters", self.dead_letters)
        app.router.add_post(base + "/{tenant:[^/:]+}/dead-letters/{job:[0-9A-F]{32}}:replay", self.replay)

    async def list(self, request: web.Request) -> web.Response:
        """List the tenants' names."""
        self._check(request)
        return json_response({"tenants": [tenant.id for tenant in self.tenants.all()]})

    async def put(self, request: web.Request) -> web.Response:
        """Create a tenant, or replace its settings."""
        self._check(request)
        name = request.match_info["tenant"]
        if not is_tenant_name(name):
            raise bad_request(
                f"{name!r} cannot name a tenant.",
                "Up to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit and not ending with '.'; "
                "some are taken.",
                code="bad_tenant_name",
            )
        try:
            settings, ignored = parse_tenant(await read_object(request, MAX_BODY))
        except ValidationError as problem:
            raise Refusal(400, "bad_settings", explain("body", problem), "Mend every line and send it again.") from None
        known = self.tenants.get(name)
        now_us = wall_now_us() if known is None else known.clock.now()
        tenant = await self.tenants.put(TenantId(name), settings, now_us)
        warnings = [*settings.warnings(), *(f"Ignored an unknown setting: {key}." for key in ignored)]
        return json_response({"tenant": name, "webhook_urls": self._webhooks(tenant), "warnings": warnings})

    async def show(self, request: web.Request) -> web.Response:
        """Show a tenant, without secrets."""
        tenant = self._tenant(request)
        body = {
            "tenant": tenant.id,
            "webhook_urls": self._webhooks(tenant),
            "warnings": tenant.settings.warnings(),
            "queues": [{"id": q.queue_id, "name": q.name, "address": q.address} for q in tenant.settings.queues],
            "agents": [
                {"id": a.agent_id, "name": a.name, "rights": a.rights, "queues": a.queues}
                for a in tenant.settings.agents
            ],
            "chat_settings": tenant.settings.chat_settings.model_dump(),
        }
        return json_response(body)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a tenant with everything that belongs to it."""
        self._check(request)
        try:
            deleted = await self.tenants.delete(TenantId(request.match_info["tenant"]))
        except ShareError as problem:
            raise Refusal(
                503, problem.code.value, "The share cannot delete the tenant's files now.", "Try again."
            ) from None
        if not deleted:
            raise not_found("tenant")
        return web.Response(status=204)

    async def clock(self, request: web.Request) -> web.Response:
        """Tell a tenant's time."""
        return json_response(_clock_view(self._tenant(request)))

    async def set_clock(self, request: web.Request) -> web.Response:
        """Let a tenant's clock run, or stop it."""
        tenant = self._tenant(request)
        self._check_clock_control()
        body = await read_object(request)
        now_us = _moment(body, "now")
        match body.get("mode"):
            case ClockMode.MANUAL.value:
                tenant.clock.set_manual(now_us)
            case ClockMode.REAL.value:
                tenant.clock.set_real(now_us)
            case _:
                raise bad_request("mode must be real or manual.")
        await self.tenants.save_clock(tenant)
        return json_response(_clock_view(tenant))

    async def advance(self, request: web.Request) -> web.Response:
        """Move a tenant's clock; every timer on the way fires in order, and what it starts settles."""
        tenant = self._tenant(request)
        self._check_clock_control()
        body = await read_object(request)
        target = _moment(body, "to")
        if target is None:
            seconds = _seconds(body, "seconds", None, MAX_ADVANCE_SECONDS)
            target = _within(tenant.clock.now() + int(seconds * SECOND_US))
        if target < tenant.clock.now():
            raise Refusal(
                409, "clock_goes_forward", "A clock is not turned back by advancing it.", "PUT the clock instead."
            )

        async def settle() -> None:
            await self.jobs.board.settle(tenant.id, ADVANCE_SETTLE_SECONDS)

        fired = await tenant.clock.advance_to(target, settle)
        await self.tenants.save_clock(tenant)
        return json_response({**_clock_view(tenant), "fired": fired})

    async def settle(self, request: web.Request) -> web.Response:
        """Return when no job of a tenant runs or could; jobs that wait for the clock do not count."""
        tenant = self._tenant(request)
        timeout_s = _seconds(await read_object(request), "timeout_seconds", 5.0, MAX_SETTLE_SECONDS)
        settled = await self.jobs.board.settle(tenant.id, timeout_s)
        return json_response({"settled": settled, "waiting": self.jobs.board.waits(tenant.id)})

    async def dead_letters(self, request: web.Request) -> web.Response:
        """List the jobs that were given up."""
        tenant = self._tenant(request)
        return json_response({"dead_letters": await self.jobs.dead_letters(tenant.id)})

    async def replay(self, request: web.Request) -> web.Response:
        """Put a job that was given up back into the queue."""
        tenant = self._tenant(request)
        await self.jobs.replay(tenant, request.match_info["job"])
        return web.Response(status=204)

    def _check(self, request: web.Request) -> None:
        if not self.token:
            raise Refusal(403, "admin_api_off", "The admin API is off.", "Set [admin] token in the configuration.")
        if not same_secret(bearer_token(request), self.token):
            raise unauthenticated()

    def _check_clock_control(self) -> None:
        if not self.clock_control:
            raise Refusal(
                403,
                "clock_control_off",
                "Clocks are not controlled here.",
                "A lab sets [lab] allow_clock_control = true.",
            )

    def _tenant(self, request: web.Request) -> Tenant:
        self._check(request)
        tenant = self.tenants.get(request.match_info["tenant"])
        if tenant is None:
            raise not_found("tenant")
        return tenant

    def _webhooks(self, tenant: Tenant) -> dict[str, str]:
        return {name: f"{self.own_url}/{tenant.id}/webhooks/{name}" for name in tenant.services}


def _clock_view(tenant: Tenant) -> dict[str, Any]:
    next_due = tenant.clock.next_due()
    return {
        "mode": tenant.clock.mode.value,
        "now": render_rfc3339(tenant.clock.now()),
        "next_timer": None if next_due is None else render_rfc3339(next_due),
    }


def _moment(body: dict[str, Any], name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    moment = parse_rfc3339(value) if isinstance(value, str) else None
    if moment is None:
        raise bad_request(f"{name} must be an RFC 3339 time such as 2026-01-31T12:00:00Z.")
    return _within(moment)


def _within(moment_us: int) -> int:
    """Return a moment that a clock may be set to, or refuse it."""
    if not (parse_rfc3339(EARLIEST) or 0) <= moment_us <= (parse_rfc3339(LATEST) or 0):
        raise bad_request(f"A clock goes from {EARLIEST} to {LATEST}.")
    return moment_us


def _seconds(body: dict[str, Any], name: str, default: float | None, most: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise bad_request(f"{name} must be a number of seconds from 0 to {most:g}.")
    return float(value)
