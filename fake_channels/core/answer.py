"""The common answer, a JSON 200 with at most a vendor's own X- headers, written to the socket in one piece.

aiohttp's general response costs as much as the rules behind it: header objects, checks, a writer. What is special in
any way (another status or header, HTTP/1.0, HEAD, a connection that shall close, a large body) goes that general way.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from typing import Final

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import SERVER_SOFTWARE

from fake_channels.core.http import JSON_TYPE, HttpReply, Torn

_MAX_BYTES: Final = 65_536
"""Larger bodies need the general way's back-pressure."""


def respond(reply: HttpReply, raw: web.BaseRequest) -> web.StreamResponse:
    """The response object for a reply, the quick one where it will do."""
    if (
        (not reply.headers or _are_plain(reply.headers))
        and reply.status == 200  # noqa: PLR2004  the quick answer's status line says so
        and reply.content_type == JSON_TYPE
        and len(reply.body) <= _MAX_BYTES
        and raw.version == HttpVersion11
        and raw.method != "HEAD"
        and raw.keep_alive
    ):
        return _JsonAnswer(reply)
    return general(reply)


def _are_plain(headers: dict[str, str]) -> bool:
    """True for headers that touch nothing of HTTP's own and can be written as they are."""
    return all(_is_own(name) and value.isascii() and value.isprintable() for name, value in headers.items())


@lru_cache(maxsize=256)
def _is_own(name: str) -> bool:
    return name.startswith("X-") and name.isascii() and name.isprintable()


def general(reply: HttpReply) -> web.Response:
    """The response object for a reply, for any client."""
    return web.Response(status=reply.status, body=reply.body, headers=clean_headers(reply))


async def tear(torn: Torn, raw: web.BaseRequest) -> web.StreamResponse:
    """Write the head and a part of the body, and close the connection as somebody who falls over does."""
    whole = torn.whole
    response = web.StreamResponse(status=whole.status, headers=clean_headers(whole))
    response.content_length = max(len(whole.body), torn.keep_bytes + 1)  # even the last byte may be missing
    await response.prepare(raw)
    await response.write(whole.body[: torn.keep_bytes])
    response.force_close()
    if raw.transport is not None:
        raw.transport.close()
    return response


def clean_headers(reply: HttpReply) -> dict[str, str]:
    """A reply's headers, its content type among them, fit to be written."""
    headers = {"Content-Type": reply.content_type, **reply.headers} if reply.content_type else reply.headers
    return {name: value if value.isprintable() else _printable(value) for name, value in headers.items()}


def _printable(value: str) -> str:
    """A header's value without what could end its line: media types and file names come from strangers."""
    return "".join(char for char in value if char.isprintable())


class _JsonAnswer(web.StreamResponse):
    def __init__(self, reply: HttpReply) -> None:
        super().__init__()
        self._reply = reply

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send everything."""
        if not self._eof_sent:
            self._eof_sent = self._keep_alive = True
            if request.transport is None or request.transport.is_closing():
                raise ConnectionResetError("the caller has hung up")
            head, body = _head(int(time.monotonic())), self._reply.body
            own = "".join([f"{name}: {value}\r\n" for name, value in self._reply.headers.items()]).encode()
            request.transport.write(b"%s%sContent-Length: %d\r\n\r\n%s" % (head, own, len(body), body))
        return None


@lru_cache(maxsize=1)
def _head(_second: int) -> bytes:
    """The head's constant part, made once a second because of its date."""
    date = formatdate(usegmt=True)
    return f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\nDate: {date}\r\nServer: {SERVER_SOFTWARE}\r\n".encode()
