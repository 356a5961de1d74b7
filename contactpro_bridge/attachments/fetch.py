"""Downloads of customers' files from the links that the Conversation API hands on.

Whoever writes to the contact centre chooses the link, so nothing about it is trusted: neither where it
leads (only public addresses, checked when the socket is made, at every redirect), nor how much comes back,
nor how long it takes, nor what it says the file is called. It knows no chat and no store, and decides no
retry; it says whether one may help.

Messages name scheme, host and port of a link only: paths and query strings carry the channels' tokens.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self
from urllib.parse import unquote

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from contactpro_bridge.attachments.addresses import may_connect
from contactpro_bridge.attachments.mimes import SNIFF_BYTES, decide_mime, extension_for
from contactpro_bridge.attachments.names import name_from_disposition, with_extension

MAX_REDIRECTS: Final = 3
_READ_BYTES: Final = 64 * 1024
_LEAST_PRINTABLE: Final = "!"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RETRYABLE_STATUSES = frozenset({408, 425, 429})


class FetchProblem(StrEnum):
    """Why a file could not be downloaded; the values are stable."""

    BAD_URL = "bad_url"
    BAD_SCHEME = "bad_scheme"
    CREDENTIALS_IN_URL = "credentials_in_url"
    INSIDE_ADDRESS = "inside_address"
    DNS = "dns"
    REFUSED = "refused"
    TLS = "tls"
    TIMEOUT = "timeout"
    DISCONNECTED = "disconnected"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    CLIENT_ERROR = "http_client_error"
    SERVER_ERROR = "http_server_error"
    UNEXPECTED_STATUS = "http_unexpected_status"
    BAD_RESPONSE = "bad_response"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"


class FetchRefused(Exception):
    """A file could not be downloaded: a stable code, a sentence without secrets, whether a retry may help.

    ``status`` is the HTTP status when that is the reason.
    """

    def __init__(self, code: FetchProblem, message: str, *, retryable: bool, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.status = status


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as it came: its bytes, its media type, and a safe name that fits the type."""

    data: bytes = field(repr=False)
    mime: str
    name: str


@dataclass(slots=True)
class _Guard:
    """What one request may connect to, and what it tried: filled in while the sockets are made."""

    host: str
    allowed_hosts: frozenset[str]
    inside: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


# The socket factory belongs to the connector; this says for which request it works. Without one it refuses.
_guard: ContextVar[_Guard | None] = ContextVar("_guard", default=None)


class Fetcher:
    """Downloads files. One per process: ``async with`` opens the session that all fetches share."""

    def __init__(
        self,
        *,
        total_seconds: float = 60.0,
        connect_seconds: float = 10.0,
        user_agent: str = "contactpro-bridge",
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._total_seconds = total_seconds
        self._connect_seconds = connect_seconds
        self._user_agent = user_agent
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            socket_factory=_guarded_socket,
            resolver=self._resolver,
            # A kept connection would serve a later request that may not open it: exceptions differ by tenant.
            force_close=True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent, "Accept": "*/*", "Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_seconds),
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch(self, url: str, *, max_bytes: int, allow_internal_hosts: frozenset[str]) -> Fetched:
        """Return the file at ``url``, or raise FetchRefused.

        ``allow_internal_hosts`` are the configured host names and addresses that may lie inside.
        """
        target = parse_link(url)
        try:
            async with asyncio.timeout(self._total_seconds):
                for _ in range(MAX_REDIRECTS + 1):
                    answer = await self._hop(target, max_bytes, allow_internal_hosts)
                    if isinstance(answer, Fetched):
                        return answer
                    target = answer
        except TimeoutError:
            message = f"{_origin(target)} did not deliver the file in time."
            raise FetchRefused(FetchProblem.TIMEOUT, message, retryable=True) from None
        raise FetchRefused(
            FetchProblem.TOO_MANY_REDIRECTS,
            f"The link was redirected more than {MAX_REDIRECTS} times, last to {_origin(target)}.",
            retryable=False,
        )

    async def _hop(self, url: URL, max_bytes: int, allowed_hosts: frozenset[str]) -> Fetched | URL:
        """Ask for one URL; return the file, or where it is said to be."""
        if self._session is None:
            raise RuntimeError("Open the Fetcher with 'async with' before it fetches.")
        guard = _Guard(url.host or "", allowed_hosts)
        token = _guard.set(guard)
        try:
            with _own_errors(url, guard):
                async with self._session.get(url, allow_redirects=False) as response:
                    if response.status in _REDIRECTS:
                        return _redirect_target(url, response.headers.get("Location"))
                    _check_status(url, response.status)
                    data = await _read(url, response, max_bytes)
                    return _describe(url, response, data)
        finally:
            _guard.reset(token)


def parse_link(link: str) -> URL:
    """Return a link as a URL that may be asked for, before any name is resolved; or raise FetchRefused."""
    if any(char < _LEAST_PRINTABLE or char == "\x7f" for char in link):
        raise _bad_link(FetchProblem.BAD_URL, "The link contains spaces or control characters.")
    try:
        # Signed links are valid letter by letter: an ASCII one is used as it stands.
        url = URL(link, encoded=link.isascii()).with_fragment(None)
        scheme, host, port = url.scheme, url.host, url.port
    except ValueError:
        raise _bad_link(FetchProblem.BAD_URL, "The link is not a well-formed URL.") from None
    if scheme not in {"http", "https"}:
        raise _bad_link(FetchProblem.BAD_SCHEME, "Only http and https links are downloaded.")
    if url.user is not None or url.password is not None:
        raise _bad_link(FetchProblem.CREDENTIALS_IN_URL, "The link contains a user name or password.")
    if not host or not port:
        raise _bad_link(FetchProblem.BAD_URL, "The link names no host or no valid port.")
    return url


def _bad_link(code: FetchProblem, message: str) -> FetchRefused:
    """Return the refusal of a link that no retry mends."""
    return FetchRefused(code, message, retryable=False)


def _guarded_socket(info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
    """Make the socket for one resolved address, unless that address is inside and not excepted.

    This is the last step before a connection, after literals (``0x7f.1``), names and rebinding have all
    become the address that would really be used.
    """
    family, kind, protocol, _, address = info
    guard, ip = _guard.get(), str(address[0])
    if guard is None or not may_connect(ip, guard.host, guard.allowed_hosts):
        if guard is not None:
            guard.inside.append(ip)
        raise PermissionError(f"{ip} is not a public address")
    guard.outside.append(ip)
    return socket.socket(family, kind, protocol)


@contextmanager
def _own_errors(url: URL, guard: _Guard) -> Iterator[None]:
    """Turn the client library's errors into FetchRefused."""
    try:
        yield
    except (FetchRefused, TimeoutError):
        raise
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise _refusal(url, guard, error) from error


def _refusal(url: URL, guard: _Guard, error: Exception) -> FetchRefused:
    """Return what an error of the client library means."""
    if guard.inside and not guard.outside:
        message = f"{_origin(url)} is not a public address, and downloads from inside are not allowed."
        return FetchRefused(FetchProblem.INSIDE_ADDRESS, message, retryable=False)
    for kinds, code, what, retryable in _MEANINGS:
        if isinstance(error, kinds):
            return FetchRefused(code, f"{_origin(url)} {what}.", retryable=retryable)
    return FetchRefused(FetchProblem.BAD_URL, f"{_origin(url)} cannot be asked for.", retryable=False)


# The first row that fits counts: the library's classes overlap.
_MEANINGS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], FetchProblem, str, bool], ...] = (
    (aiohttp.ClientConnectorDNSError, FetchProblem.DNS, "cannot be found in the DNS", True),
    ((aiohttp.ClientSSLError, ssl.SSLError), FetchProblem.TLS, "offers no valid TLS connection", False),
    (aiohttp.ClientConnectorError, FetchProblem.REFUSED, "does not accept connections", True),
    (aiohttp.ClientPayloadError, FetchProblem.TRUNCATED, "sent only a part of the file", True),
    (aiohttp.ClientResponseError, FetchProblem.BAD_RESPONSE, "does not answer in HTTP", True),
    (aiohttp.InvalidURL, FetchProblem.BAD_URL, "cannot be asked for", False),
    ((aiohttp.ClientError, OSError), FetchProblem.DISCONNECTED, "closed the connection", True),
)


def _redirect_target(url: URL, location: str | None) -> URL:
    """Return where a redirect leads, checked like a link of its own."""
    if not location:
        message = f"{_origin(url)} redirected to nowhere."
        raise FetchRefused(FetchProblem.BAD_RESPONSE, message, retryable=False)
    try:
        absolute = str(url.join(URL(location, encoded=location.isascii())))
    except ValueError:
        raise _bad_link(FetchProblem.BAD_URL, f"{_origin(url)} redirected to a malformed URL.") from None
    return parse_link(absolute)


def _check_status(url: URL, status: int) -> None:
    """Raise unless the status announces the whole file."""
    if status == HTTPStatus.OK:
        return
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        code, retryable = FetchProblem.CLIENT_ERROR, status in _RETRYABLE_STATUSES
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        code, retryable = FetchProblem.SERVER_ERROR, True
    else:
        code, retryable = FetchProblem.UNEXPECTED_STATUS, False
    raise FetchRefused(code, f"{_origin(url)} answered {status}.", retryable=retryable, status=status)


async def _read(url: URL, response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """Return the body, all of it, and never hold more than the cap and one piece."""
    announced = response.content_length
    if announced is not None and announced > max_bytes:
        raise _too_large(url, max_bytes)
    data = bytearray()
    async for piece in response.content.iter_chunked(_READ_BYTES):
        data += piece
        if len(data) > max_bytes:
            raise _too_large(url, max_bytes)
    return bytes(data)


def _too_large(url: URL, max_bytes: int) -> FetchRefused:
    """Return the refusal of a file above the cap."""
    message = f"The file at {_origin(url)} has more than {max_bytes} bytes."
    return FetchRefused(FetchProblem.TOO_LARGE, message, retryable=False)


def _describe(url: URL, response: aiohttp.ClientResponse, data: bytes) -> Fetched:
    """Return the file with its media type and a name from its header, else from its URL, that suits the type."""
    mime = decide_mime(response.headers.get("Content-Type"), data[:SNIFF_BYTES])
    raw = name_from_disposition(response.headers.get("Content-Disposition"))
    last_segment = unquote(url.raw_path.rpartition("/")[2])
    return Fetched(data, mime, with_extension(raw or last_segment, extension_for(mime)))


def _origin(url: URL) -> str:
    """Return what of a URL may be told to anyone."""
    return str(url.origin())
