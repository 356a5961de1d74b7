"""JSON over HTTP, as every API of the bridge speaks it: bodies read with bounds, answers, and errors in one form."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

import orjson
import sqlalchemy as sa
import structlog
from aiohttp import web

from contactpro_bridge.errors import Refusal, bad_request
from contactpro_bridge.metrics import Metrics

_log = structlog.get_logger(__name__)

MAX_JSON: Final = 256 * 1024
MAX_BODY_SECONDS: Final = 30.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def json_response(body: Any, status: int = 200) -> web.Response:
    """Answer with JSON."""
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


async def read_json(request: web.Request, max_bytes: int = MAX_JSON) -> Any:
    """Return the decoded body; raises a Refusal when it is too large, of another type, or no JSON."""
    if request.content_type != "application/json":
        raise Refusal(
            415, "unsupported_media_type", "The body must be application/json.", "Set the Content-Type header."
        )
    body = await read_bounded(request, max_bytes)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise bad_request(f"The body is not valid JSON: {problem}.", code="malformed_json") from None


async def read_object(request: web.Request, max_bytes: int = MAX_JSON) -> dict[str, Any]:
    """Return the body, which must be a JSON object; an absent body is an empty one."""
    if not request.can_read_body:
        return {}
    body = await read_json(request, max_bytes)
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object.")
    return body


async def read_bounded(request: web.Request, max_bytes: int) -> bytes:
    """Return the raw body of at most ``max_bytes``."""
    too_large = Refusal(413, "too_large", f"The body has more than {max_bytes} bytes.")
    if request.content_length is not None and request.content_length > max_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(MAX_BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > max_bytes:
                    raise too_large
    except TimeoutError:
        raise Refusal(408, "too_slow", f"The body took more than {MAX_BODY_SECONDS:g} seconds.") from None
    return bytes(body)


def whole_number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    """Return a query parameter that is a whole number, limited to ``most``."""
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < least:  # noqa: PLR2004 - fits 63 bits
        raise bad_request(f"{name} must be a whole number from {least}.")
    return min(int(text), most)


def errors_as_json(metrics: Metrics) -> Any:
    """Return the middleware that gives every error the one form, and times every request."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        began_s = time.perf_counter()
        try:
            response = await _answer(request, handler)
        finally:
            resource = request.match_info.route.resource
            route = "unknown" if resource is None else resource.canonical
        metrics.requests.labels(route, str(response.status)).observe(time.perf_counter() - began_s)
        return response

    return middleware


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        response = json_response(refusal.body(), refusal.status)
        if refusal.status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response
    except web.RequestPayloadError:
        broken = bad_request("The body is not what its headers say.", "Check Content-Encoding.", code="bad_body")
        return json_response(broken.body(), broken.status)
    except web.HTTPException as problem:
        return _from_aiohttp(request, problem)
    except sa.exc.OperationalError as problem:
        _log.error("database_unavailable", problem=str(problem.orig))
        away = Refusal(503, "database_unavailable", "The bridge's database cannot be used now.", "Try again.")
        return json_response(away.body(), away.status)
    except ConnectionError:
        raise
    except Exception:  # noqa: BLE001 - a defect becomes a 500 without details; the log has them
        number = secrets.token_hex(8)
        resource = request.match_info.route.resource
        _log.exception("request_failed", error_id=number, route=None if resource is None else resource.canonical)
        body = {"code": "internal_error", "message": "The bridge failed.", "hint": f"The log tells more: {number}."}
        return json_response({"error": body}, 500)


def _from_aiohttp(request: web.Request, problem: web.HTTPException) -> web.StreamResponse:
    if problem.status < HTTPStatus.BAD_REQUEST:
        raise problem
    sentences = {
        404: ("not_found", "There is nothing at this address.", "GET /agent/v1/openapi.json lists the agent API."),
        405: ("method_not_allowed", f"{request.method} is not possible here.", "See the Allow header."),
        413: ("too_large", "The body is too large.", "Send less."),
    }
    code, message, hint = sentences.get(problem.status, ("bad_request", problem.reason, ""))
    response = json_response({"error": {"code": code, "message": message, "hint": hint}}, problem.status)
    if "Allow" in problem.headers:
        response.headers["Allow"] = problem.headers["Allow"]
    return response
