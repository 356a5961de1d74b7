"""The page's files: served as they lie there, with headers that keep everything else out."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from aiohttp import web

_TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def add_routes(app: web.Application) -> None:
    """Serve the page at `/` and its files below `/static/`. The set of names is fixed at start."""
    folder = files("harness.simulator").joinpath("static")
    pages = {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}

    async def static(request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        if name not in pages:
            raise web.HTTPNotFound
        kind = _TYPES.get(f".{name.rpartition('.')[2]}", "application/octet-stream")
        return web.Response(body=pages[name], content_type=kind, charset="utf-8", headers=_HEADERS)

    app.router.add_get("/", static)
    app.router.add_get("/static/{name}", static)
