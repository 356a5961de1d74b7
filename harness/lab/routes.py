"""The control API as a table: the router and the OpenAPI document are both made of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Operation:
    """One call of the control API."""

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    summary: str
    body: Any = None
    """The type of the request body; None when there is none."""
    query: tuple[tuple[str, str, str], ...] = ()
    """Query parameters: name, JSON type, meaning."""
    status: int = 200
    produces: str = "application/json"
    refuses: tuple[int, ...] = ()
    """Statuses besides the common ones."""
