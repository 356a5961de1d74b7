"""The control APIs' one error shape."""

from __future__ import annotations

import orjson
from aiohttp import web


class ApiError(Exception):
    """A refusal: a stable code, a sentence that says what and where, and what to do."""

    def __init__(self, status: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint

    def response(self) -> web.Response:
        """The refusal as JSON."""
        body = {"error": {"code": self.code, "message": self.message, "hint": self.hint}}
        return web.Response(status=self.status, body=orjson.dumps(body), content_type="application/json")
