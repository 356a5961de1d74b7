"""The Conversation API as the bridge uses it, and the one mapping of its errors.

Callers see ``ApiError`` only, never an HTTP library's exception. ``maybe_done`` says that the call may have had its
effect: whoever repeats a send must ask first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from contactpro_bridge.clock import Clock
from contactpro_bridge.intake.fields import text_of
from contactpro_bridge.settings.tenant import ServiceSettings


class ApiError(Exception):
    """The API refused, failed, or could not be reached."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retryable: bool,
        maybe_done: bool = False,
        retry_after_s: float | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.maybe_done = maybe_done
        self.retry_after_s = retry_after_s
        self.status = status

    def again(self) -> "ApiError":
        """Return the same error, to be raised for somebody else."""
        return ApiError(
            self.code,
            self.message,
            retryable=self.retryable,
            maybe_done=self.maybe_done,
            retry_after_s=self.retry_after_s,
            status=self.status,
        )


@dataclass(frozen=True, slots=True)
class SentQuery:
    """What finds a message that may have been sent: by whom it was to be received, and since when."""

    entry_id: str
    app_id: str
    channel: str
    identity: str
    contact_id: str
    since_us: int


class ConversationApi(Protocol):
    """The calls the bridge makes to one project."""

    async def send(self, body: Mapping[str, Any]) -> str:
        """Send a message; return its id."""

    async def contact_name(self, contact_id: str) -> str | None:
        """Return a contact's display name, None when it has none or does not exist."""

    async def find_sent(self, query: SentQuery) -> str | None:
        """Return the id of the message that carries our entry id, None when the API has no such message."""


class ApiFactory(Protocol):
    """Makes the client of a service; handed in, so that tests need no network."""

    def __call__(self, service: ServiceSettings, clock: Clock) -> ConversationApi:
        """Return a client that keeps its token until it expires by ``clock``."""


_BY_STATUS: Final = {
    400: ("INVALID_ARGUMENT", False),
    401: ("UNAUTHENTICATED", False),
    403: ("PERMISSION_DENIED", False),
    404: ("NOT_FOUND", False),
    408: ("DEADLINE_EXCEEDED", True),
    429: ("RESOURCE_EXHAUSTED", True),
    501: ("UNIMPLEMENTED", False),
}
_SERVER_ERROR: Final = 500
MAX_MESSAGE: Final = 500
MAX_ID: Final = 128
# A status name becomes a column and a label of a metric: what is no name is not taken over.
_STATUS_NAME: Final = re.compile(r"[A-Z][A-Z_]{1,63}")


def error_from_answer(status: int, body: Any, retry_after_s: float | None) -> ApiError:
    """Turn an error answer into an ApiError: the API's own status name and sentence where it gives them."""
    code, retryable = _BY_STATUS.get(status, ("UNAVAILABLE", True) if status >= _SERVER_ERROR else ("UNKNOWN", False))
    error = body.get("error") if isinstance(body, dict) else None
    details = error if isinstance(error, dict) else body if isinstance(body, dict) else {}
    name = details.get("status")
    sentence = details.get("message") or (body.get("error_description") if isinstance(body, dict) else None)
    return ApiError(
        name if isinstance(name, str) and _STATUS_NAME.fullmatch(name) else code,
        text_of({"": sentence}, "")[:MAX_MESSAGE] or f"The Conversation API answered {status}.",
        retryable=retryable,
        maybe_done=status >= _SERVER_ERROR,
        retry_after_s=retry_after_s,
        status=status,
    )
