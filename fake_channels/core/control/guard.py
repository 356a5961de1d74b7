"""Who may use the control API: this machine's own pages and programs, not a hostile page in the same browser.

A page of another origin can send a browser here, and a name it owns can be made to point here. So: the Host header must
be one of ours, a foreign Origin is refused, and whatever changes state needs `application/json`, which no foreign page
can send without asking first (and nobody here says yes).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http import HttpProcessingError

from fake_channels.core.control.errors import ApiError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_JSON_FREE: Final = frozenset({"application/octet-stream"})
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Guard:
    """One for a control API; `token` is empty where only this machine can connect."""

    def __init__(self, bind: str, token: str, *, guarded: tuple[str, ...], index: str) -> None:
        self._names = _LOCAL_NAMES | {bind}
        self._token = token
        self._guarded = guarded
        """Beginnings of the paths that want the token."""
        self.index = index
        """Where a caller who is lost should look."""

    def check(self, request: web.Request) -> None:
        """Let a request pass, or raise the refusal."""
        host = _host_name(request.headers.get("Host", ""))
        if not self._token and host not in self._names:
            raise ApiError(403, "foreign_host", f"nothing here answers to the name {host!r}", "use 127.0.0.1")
        self._check_origin(request)
        if self._token and request.path.startswith(self._guarded):
            self._check_token(request)
        if (request.content_length or 0) > request.client_max_size:
            raise _too_large()
        if request.method not in _SAFE and not _has_honest_type(request):
            raise ApiError(
                415, "content_type", "a call that changes something must be JSON", "send Content-Type: application/json"
            )

    @staticmethod
    def _check_origin(request: web.Request) -> None:
        origin = request.headers.get("Origin")
        own = f"{request.scheme}://{request.headers.get('Host', '')}"
        if origin is not None and origin != own:
            raise ApiError(
                403, "foreign_origin", "another site's page may not use this API", "use a page of this server"
            )
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            raise ApiError(
                403, "foreign_origin", "another site's page may not use this API", "use a page of this server"
            )

    def _check_token(self, request: web.Request) -> None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        offered = given if scheme.lower() == "bearer" else request.cookies.get("bridgelab_token", "")
        if not hmac.compare_digest(offered.encode("utf-8", "surrogateescape"), self._token.encode()):
            raise ApiError(
                401, "token", "this API wants its control token", "send Authorization: Bearer <control token>"
            )


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # half an IPv6 address
        return host


def _has_honest_type(request: web.Request) -> bool:
    """True for a type that no foreign page can send unasked; no type at all it can send, so only DELETE may lack it."""
    given = request.method == "DELETE" or "Content-Type" in request.headers
    return given and request.content_type in {"application/json", *_JSON_FREE}


def _too_large() -> ApiError:
    return ApiError(413, "too_large", "the body is larger than this call takes", "send less")


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal in one shape, and nothing ever as a traceback."""
    try:
        request.app[GUARD].check(request)
        return await handler(request)
    except ApiError as error:
        return error.response()
    except (HttpProcessingError, web.RequestPayloadError):
        return ApiError(
            400, "unreadable", "the body is cut short or not compressed as it says", "send it again"
        ).response()
    except web.HTTPRequestEntityTooLarge:
        return _too_large().response()
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        return ApiError(405, "method", f"{request.method} is not offered here", f"use {allowed}").response()
    except web.HTTPNotFound:
        return ApiError(
            404, "unknown_path", f"there is nothing at {request.path}", f"see {request.app[GUARD].index}"
        ).response()


GUARD: Final = web.AppKey("guard", Guard)
