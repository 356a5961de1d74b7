"""What the admin API's OpenAPI document says."""

from functools import cache
from typing import Any, Final

from contactpro_bridge.agent.openapi import Operation, Schema, a_list, an_object, document, reference
from contactpro_bridge.settings.tenant import TenantSettings

PATH: Final = "/admin/v1/openapi.json"

_TEXT: Final[Schema] = {"type": "string"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_CLOCK: Final = an_object(mode={"enum": ["real", "manual"]}, now=_TIME, next_timer={"type": ["string", "null"]})
_CONFIGURED: Final = an_object(tenant=_TEXT, webhook_urls={"type": "object"}, warnings=a_list(_TEXT))
_TENANT: Final = "/admin/v1/tenants/{tenant}"
_NONE: Final = {204: "Done."}

OPERATIONS: Final = (
    Operation("GET", "/admin/v1/tenants", "Names of the tenants.", result=an_object(tenants=a_list(_TEXT))),
    Operation(
        "PUT", _TENANT, "Create a tenant or replace its settings.", result=_CONFIGURED, body=reference("TenantSettings")
    ),
    Operation("GET", _TENANT, "A tenant's settings, without secrets.", result=_CONFIGURED),
    Operation("DELETE", _TENANT, "Delete a tenant with everything that belongs to it.", _NONE),
    Operation("GET", _TENANT + "/clock", "A tenant's time.", result=_CLOCK),
    Operation("PUT", _TENANT + "/clock", "Let a clock run, or stop it (labs only).", result=_CLOCK, body=_CLOCK),
    Operation(
        "POST",
        _TENANT + "/clock:advance",
        "Move a clock; timers on the way fire in order (labs only).",
        result=_CLOCK,
        body=an_object(seconds={"type": "number"}, to=_TIME),
    ),
    Operation(
        "POST",
        _TENANT + ":settle",
        "Wait until no job runs or could.",
        result=an_object(settled={"type": "boolean"}, waiting=a_list({"type": "object"})),
        body=an_object(timeout_seconds={"type": "number"}),
    ),
    Operation(
        "GET",
        _TENANT + "/dead-letters",
        "Jobs that were given up.",
        result=an_object(dead_letters=a_list({"type": "object"})),
    ),
    Operation("POST", _TENANT + "/dead-letters/{job}:replay", "Put a dead letter back into the queue.", _NONE),
)


@cache
def admin_document() -> dict[str, Any]:
    """Return the document."""
    settings = TenantSettings.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = {**settings.pop("$defs", {}), "TenantSettings": settings}
    return document("contactpro-bridge: admin API", OPERATIONS, schemas)
