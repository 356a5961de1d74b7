"""One HTTP exchange with a subject or its driver server, with the subject's errors as `Refused`.

Shared by the `reference` and `http` drivers. It knows the error envelope `{"error": {code, message, hint}}`
and nothing else of either API.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import msgspec

from harness.drivers.contract import Refused
from harness.outcomes import ConfigurationProblem

JsonObject = dict[str, Any]

CALL_TIMEOUT_SECONDS = 60.0
REFUSAL = 400
UNAUTHORISED = 401


class Wire:
    """Calls to one base URL."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, what: str) -> None:
        self._session = session
        self.base_url = base_url.rstrip("/")
        self._what = what

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        """Return the body of a success; raise `Refused`, or `ConfigurationProblem` if nobody answers."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            data, sent["Content-Type"] = msgspec.json.encode(body), "application/json"
        call = f"{method} {path}"
        try:
            async with self._session.request(
                method,
                f"{self.base_url}{path}",
                data=data,
                headers=sent,
                timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT_SECONDS),
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError) as broken:
            raise ConfigurationProblem(
                f"{self._what} at {self.base_url} does not answer {call}: {broken}",
                "start it, or correct `url` in subject.toml",
            ) from broken
        if response.status >= REFUSAL:
            raise _refusal(call, response.status, content)
        return content

    async def json(self, method: str, path: str, **arguments: Any) -> Any:
        """Return the decoded JSON of a successful answer, {} for an empty one."""
        content = await self.exchange(method, path, **arguments)
        if not content:
            return {}
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError as wrong:
            raise ConfigurationProblem(
                f"{self._what} answered {method} {path} with something that is not JSON: {wrong}"
            ) from wrong


def _refusal(call: str, status: int, content: bytes) -> Refused:
    try:
        body = msgspec.json.decode(content)
    except msgspec.DecodeError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        error = {"message": content[:300].decode("utf-8", "replace")}
    return Refused(
        call,
        status,
        str(error.get("code") or ""),
        str(error.get("message") or ""),
        str(error.get("hint") or ""),
    )
