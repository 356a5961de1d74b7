"""The public links of agents' files: what the channels fetch, for the retention time and not a millisecond longer.

Whoever holds the link may have the file, so the link cannot be guessed, no cache may answer in our place
once it has expired, and an unknown token, another tenant's token and nonsense are told the same. It knows
records and the share, no chat and no setting. The file name in the path is for people only; it is not
compared, since gateways respell it.

A transfer that began in time is completed.
"""

import hmac
import re
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final, Literal, Protocol
from urllib.parse import quote

import structlog
from aiohttp import web
from yarl import URL

from contactpro_bridge.attachments.mimes import OCTET_STREAM, canonical_mime
from contactpro_bridge.attachments.names import content_disposition, safe_filename
from contactpro_bridge.attachments.ranges import (
    Part,
    Selection,
    Unsatisfiable,
    Whole,
    none_matches,
    parse_range,
    range_applies,
)
from contactpro_bridge.attachments.share import Share, ShareError, ShareProblem

__all__ = ["Clock", "PublicFile", "PublicLinks", "PublicRecords", "new_token", "safe_filename", "url_for"]

PATH: Final = "/{tenant}/sms/richcontent/{token}/{filename}"
_MOUNT: Final = "/sms/richcontent"
_TOKEN_BYTES: Final = 32
_ALLOW: Final = "GET, HEAD"

# no-cache: a cache may keep the file but must ask before each use, whatever clock the tenant lives by.
_CACHE_WHILE_PUBLIC: Final = "private, no-cache, no-transform"
_CACHE_NEVER: Final = "no-store"

# Drawn, played or paged by a browser, and unable to run anything. Whatever is XML (SVG too) is a document with scripts
# (https://mimesniff.spec.whatwg.org/#xml-mime-type).
_INLINE_KINDS = ("image/", "audio/", "video/")
_INLINE = frozenset({"application/pdf"})
_DOCUMENT_SUFFIX = "+xml"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A published file: ``sha256`` in lower-case hex, both times aware; it is gone from ``expires_at`` on."""

    token: str
    tenant: str
    attachment_id: str
    name: str
    mime: str
    size_bytes: int
    sha256: str
    published_at: datetime
    expires_at: datetime

    @property
    def etag(self) -> str:
        """The entity tag, quoted."""
        return f'"{self.sha256}"'


class PublicRecords(Protocol):
    """Where published files are recorded."""

    async def get(self, token: str) -> PublicFile | None:
        """Return the record of a token, expired or not, of any tenant."""


class Clock(Protocol):
    """A tenant's time."""

    def now(self) -> datetime:
        """Return the present, aware of its zone."""


def new_token() -> str:
    """Return a token of 256 random bits in URL-safe letters."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def url_for(base_url: str, tenant: str, token: str, filename: str) -> str:
    """Return the public URL of a file.

    ``base_url`` is where this process is reached from outside, or, as Contact Pro's setting has it, the
    same with ``/{tenant}/sms/richcontent`` behind it.
    """
    base = URL(base_url)
    usable = base.scheme in {"http", "https"} and base.host and not base.user
    if not usable or set("?#") & set(base_url):
        raise ValueError("The public base URL is http or https, with a host, without user, query and fragment.")
    root = base_url.rstrip("/")
    mount = root if root.endswith(_MOUNT) else f"{root}/{quote(tenant, safe='')}{_MOUNT}"
    return f"{mount}/{quote(token, safe='')}/{quote(safe_filename(filename), safe='')}"


# What is looked up and compared when there is nothing to compare with, so that every miss does the same work.
_NO_TOKEN = new_token()
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{len(_NO_TOKEN)}}}")


class PublicLinks:
    """The request handler for ``PATH``; ``clock_for`` names a tenant's clock."""

    def __init__(self, records: PublicRecords, share: Share, clock_for: Callable[[str], Clock]) -> None:
        self._records = records
        self._share = share
        self._clock_for = clock_for

    def routes(self) -> list[web.RouteDef]:
        """Return the route to add to an application; every method comes here, to be told what is allowed."""
        return [web.route("*", PATH, self.handle)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request for a published file."""
        if request.method not in {"GET", "HEAD"}:
            answer = _refusal(_NOT_ALLOWED)
            answer.headers["Allow"] = _ALLOW
            return answer
        file = await self._find(request.match_info["tenant"], request.match_info["token"])
        if file is None:
            return _refusal(_UNKNOWN)
        if self._clock_for(file.tenant).now() >= file.expires_at:
            return _refusal(_EXPIRED)
        if not none_matches(request.headers.get("If-None-Match"), file.etag):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=_validators(file))
        return await self._serve(request, file)

    async def _find(self, tenant: str, token: str) -> PublicFile | None:
        """Return the record that token and tenant name together; how they fail does not show in the time taken."""
        plausible = _TOKEN.fullmatch(token) is not None
        file = await self._records.get(token if plausible else _NO_TOKEN)
        known_token, known_tenant = (file.token, file.tenant) if file else (_NO_TOKEN, "")
        same_token = hmac.compare_digest(known_token.encode(), token.encode(errors="surrogatepass"))
        same_tenant = hmac.compare_digest(known_tenant.encode(), tenant.encode(errors="surrogatepass"))
        return file if same_token and same_tenant else None

    async def _serve(self, request: web.Request, file: PublicFile) -> web.StreamResponse:
        """Send the file, or the part of it that was asked for."""
        wanted = _selection(request, file)
        if isinstance(wanted, Unsatisfiable):
            answer = _refusal(_NO_SUCH_RANGE)
            answer.headers["Content-Range"] = f"bytes */{file.size_bytes}"
            return answer
        start, end = (wanted.start, wanted.end) if isinstance(wanted, Part) else (0, file.size_bytes)
        try:
            pieces = await self._open(file, start, end)
        except ShareError as error:
            _log.error("public_file_unreadable", attachment_id=file.attachment_id, code=error.code)
            return _refusal(_UNAVAILABLE if error.retryable else _LOST)
        response = web.StreamResponse(headers=_headers(file))
        if isinstance(wanted, Part):
            response.set_status(HTTPStatus.PARTIAL_CONTENT)
            response.headers["Content-Range"] = wanted.content_range(file.size_bytes)
        response.content_length = end - start
        await response.prepare(request)
        if request.method == "GET":
            await send_pieces(request, response, pieces)
        return response

    async def _open(self, file: PublicFile, start: int, end: int) -> AsyncIterator[bytes]:
        """Return a part of the file on the share, provided that it is the recorded file."""
        size = await self._share.size(file.tenant, file.attachment_id)
        if size != file.size_bytes:
            what = f"{file.attachment_id} has {size} bytes on the share, {file.size_bytes} on record."
            raise ShareError(ShareProblem.DIFFERENT_CONTENT, what)
        return await self._share.open(file.tenant, file.attachment_id, start, end)


async def send_pieces(request: web.Request, response: web.StreamResponse, pieces: AsyncIterator[bytes]) -> None:
    """Send the pieces; when the share fails half-way, cut the connection, so that the receiver sees it."""
    try:
        async for piece in pieces:
            await response.write(piece)
    except ShareError as error:
        _log.error("public_file_cut_off", code=error.code)
        if request.transport is not None:
            request.transport.abort()
        raise


def _selection(request: web.Request, file: PublicFile) -> Selection:
    """Return what the request asks for; Range means something with GET only (RFC 9110, 14.2)."""
    applies = request.method == "GET" and range_applies(request.headers.get("If-Range"), file.etag)
    return parse_range(request.headers.get("Range"), file.size_bytes) if applies else Whole()


def _validators(file: PublicFile) -> dict[str, str]:
    """Return the headers that a 304 repeats."""
    return {"ETag": file.etag, "Cache-Control": _CACHE_WHILE_PUBLIC}


def _headers(file: PublicFile) -> dict[str, str]:
    """Return the headers of a served file."""
    mime = canonical_mime(file.mime) or OCTET_STREAM
    return {
        **_validators(file),
        "Accept-Ranges": "bytes",
        "Content-Type": mime,
        "Content-Disposition": content_disposition(_presentation(mime), file.name),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


def _presentation(mime: str) -> Literal["inline", "attachment"]:
    """Return whether a browser may show such a file in place."""
    shown = mime.startswith(_INLINE_KINDS) or mime in _INLINE
    return "inline" if shown and not mime.endswith(_DOCUMENT_SUFFIX) else "attachment"


@dataclass(frozen=True, slots=True)
class _Answer:
    """A refusal: its status, and code, message and hint of its body."""

    status: HTTPStatus
    code: str
    message: str
    hint: str


_UNKNOWN = _Answer(HTTPStatus.NOT_FOUND, "file_unknown", "There is no such file.", "Check the link.")
_EXPIRED = _Answer(HTTPStatus.GONE, "file_expired", "The file is no longer public.", "Ask the sender to send it again.")
_NO_SUCH_RANGE = _Answer(
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    "range_not_satisfiable",
    "The file has no such bytes.",
    "Ask for a range within the size that Content-Range gives, or for the whole file.",
)
_NOT_ALLOWED = _Answer(
    HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "Files are only read here.", "Use GET or HEAD."
)
_LOST = _Answer(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "file_lost",
    "The file is on record but not on the share.",
    "Tell the operator of the bridge.",
)
_UNAVAILABLE = _Answer(
    HTTPStatus.SERVICE_UNAVAILABLE, "share_unavailable", "The file cannot be read at present.", "Try again."
)


def _refusal(answer: _Answer) -> web.Response:
    """Render a refusal, which nobody may keep."""
    error = {"code": answer.code, "message": answer.message, "hint": answer.hint}
    headers = {"Cache-Control": _CACHE_NEVER, "X-Content-Type-Options": "nosniff"}
    return web.json_response({"error": error}, status=answer.status, headers=headers)
