"""The vendor's answers to requests it refuses: a table of rows and the documented nested error body.

Must not know: routes, state. Our own defects are ordinary exceptions and never pass through here.
Body: developers.sinch.com/docs/conversation/api-reference, as the Python and .NET SDKs parse it.
"""

from collections.abc import Sequence
from typing import Final

import orjson
from msgspec import Struct

from fake_sinch.ports import Reply

JSON_HEADERS: Final = {"content-type": "application/json"}


class Row(Struct, frozen=True):
    """One kind of refusal: HTTP status, gRPC status name, and the usual message."""

    code: int
    status: str
    message: str


class Violation(Struct, frozen=True):
    """One mistake in a request: where, and a sentence saying what."""

    field: str
    description: str


INVALID_ARGUMENT: Final = Row(400, "INVALID_ARGUMENT", "Invalid argument")
UNAUTHENTICATED: Final = Row(401, "UNAUTHENTICATED", "Request had invalid credentials.")
PERMISSION_DENIED: Final = Row(403, "PERMISSION_DENIED", "You do not have access to the requested resource.")
NOT_FOUND: Final = Row(404, "NOT_FOUND", "The requested resource was not found.")
RESOURCE_EXHAUSTED: Final = Row(429, "RESOURCE_EXHAUSTED", "Too many requests.")
INTERNAL: Final = Row(500, "INTERNAL", "Internal error.")
UNIMPLEMENTED: Final = Row(501, "UNIMPLEMENTED", "This operation is documented but not emulated.")
UNAVAILABLE: Final = Row(503, "UNAVAILABLE", "The service is currently unavailable.")

BY_STATUS: Final = {
    row.code: row
    for row in (
        INVALID_ARGUMENT,
        UNAUTHENTICATED,
        PERMISSION_DENIED,
        NOT_FOUND,
        RESOURCE_EXHAUSTED,
        INTERNAL,
        UNIMPLEMENTED,
        UNAVAILABLE,
    )
}
"""The documented statuses; a fault that forces one is rendered from its row."""


class Refusal(Exception):
    """Raised while handling a request that the vendor would refuse; carries the answer."""

    def __init__(self, row: Row, message: str = "", violations: Sequence[Violation] = ()) -> None:
        super().__init__(message or row.message)
        self.row = row
        self.message = message or row.message
        self.violations = tuple(violations)

    def reply(self) -> Reply:
        """Render this refusal as the vendor's reply."""
        return render(self.row, self.message, self.violations)


def render(row: Row, message: str = "", violations: Sequence[Violation] = ()) -> Reply:
    """Render the documented nested error body; violations become one google.rpc.BadRequest detail."""
    details = []
    if violations:
        found = [{"field": v.field, "description": v.description} for v in violations]
        details.append({"type": "BadRequest", "field_violations": found})
    error = {
        "code": row.code,
        "message": message or row.message,
        "status": row.status,
        "details": details,
    }
    return Reply(row.code, dict(JSON_HEADERS), orjson.dumps({"error": error}))


def invalid(field: str, description: str, message: str = "") -> Refusal:
    """Return the refusal of one wrong field."""
    return Refusal(INVALID_ARGUMENT, message or f"Invalid argument: {description}", [Violation(field, description)])


def missing(what: str, name: str) -> Refusal:
    """Return the refusal of a look-up that found nothing."""
    return Refusal(NOT_FOUND, f"{what} {name!r} was not found.")
