"""Customer consents and reply templates for agents."""

from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from contactpro_bridge.agent.access import caller_of
from contactpro_bridge.agent.web_json import json_response, read_object
from contactpro_bridge.chats.channels import phone_key
from contactpro_bridge.clock import render_rfc3339
from contactpro_bridge.errors import bad_request, not_found
from contactpro_bridge.store import small
from contactpro_bridge.store.chats import CONSENT_PURPOSE
from contactpro_bridge.store.database import Database
from contactpro_bridge.tenants import Tenants

MAX_PURPOSE: Final = 32


@dataclass(frozen=True)
class ConsentRoutes:
    """The routes below /agent/v1/consents, and the templates."""

    db: Database
    tenants: Tenants

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/agent/v1/consents", self.list)
        app.router.add_get("/agent/v1/consents/{number}", self.show)
        app.router.add_put("/agent/v1/consents/{number}", self.put)
        app.router.add_delete("/agent/v1/consents/{number}", self.delete)
        app.router.add_get("/agent/v1/templates", self.templates)

    async def list(self, request: web.Request) -> web.Response:
        """List consents, searched by number, purpose and value."""
        caller = caller_of(request, self.tenants, "consents:view")
        wanted = request.query.get("consent", request.query.get("value", "")).lower()
        if wanted not in {"", "true", "false"}:
            raise bad_request("consent must be true or false.")
        value = None if not wanted else wanted == "true"
        number, purpose = phone_key(request.query.get("number", "")), request.query.get("purpose", "")
        if not (number + purpose).isprintable():
            raise bad_request("number and purpose must be printable texts.")
        rows = await self.db.read(
            lambda conn: small.find_consents(conn, caller.tenant.id, number=number, purpose=purpose, value=value)
        )
        return json_response({"consents": [_view(row) for row in rows]})

    async def show(self, request: web.Request) -> web.Response:
        """Show one consent."""
        caller = caller_of(request, self.tenants, "consents:view")
        number, purpose = _number(request), _purpose(request.query.get("purpose", CONSENT_PURPOSE))
        rows = await self.db.read(
            lambda conn: small.find_consents(conn, caller.tenant.id, number=number, purpose=purpose)
        )
        if not rows:
            raise not_found("consent")
        return json_response(_view(rows[0]))

    async def put(self, request: web.Request) -> web.Response:
        """Store a consent, or change it."""
        caller = caller_of(request, self.tenants, "consents:edit")
        number, body = _number(request), await read_object(request)
        value = body.get("consent", body.get("value"))
        if not isinstance(value, bool):
            raise bad_request("consent must be true or false.")
        purpose = _purpose(body.get("purpose", CONSENT_PURPOSE))
        tenant, now_us = caller.tenant, caller.tenant.clock.now()
        await self.db.write(lambda tx: small.save_consent(tx, tenant.id, number, purpose, value=value, now_us=now_us))
        rows = await self.db.read(lambda conn: small.find_consents(conn, tenant.id, number=number, purpose=purpose))
        return json_response(_view(rows[0]) if rows else {})

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a consent."""
        caller = caller_of(request, self.tenants, "consents:edit")
        number, purpose = _number(request), _purpose(request.query.get("purpose", CONSENT_PURPOSE))
        if not await self.db.write(lambda tx: small.delete_consent(tx, caller.tenant.id, number, purpose)):
            raise not_found("consent")
        return web.Response(status=204)

    async def templates(self, request: web.Request) -> web.Response:
        """List the reply templates for WhatsApp."""
        caller = caller_of(request, self.tenants, "templates:view")
        rows = [template.model_dump() for template in caller.tenant.settings.templates]
        return json_response({"templates": rows})


def _number(request: web.Request) -> str:
    number = phone_key(request.match_info["number"])
    if not number.isascii() or not number.isdigit() or not 3 <= len(number) <= 20:  # noqa: PLR2004 - short codes too
        raise bad_request("The number must be a telephone number in international form.", code="bad_number")
    return number


def _purpose(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_PURPOSE or not value.isprintable():
        raise bad_request(f"purpose must be a text of 1 to {MAX_PURPOSE} characters.")
    return value


def _view(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": row["number"],
        "purpose": row["purpose"],
        "consent": bool(row["value"]),
        "created_at": render_rfc3339(row["created_us"]),
        "updated_at": render_rfc3339(row["updated_us"]),
    }
