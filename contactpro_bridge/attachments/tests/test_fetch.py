"""Downloads: where they may lead, what they may cost, and what becomes of a broken one."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from contactpro_bridge.attachments.fetch import MAX_REDIRECTS, Fetched, Fetcher, FetchProblem, FetchRefused, parse_link
from contactpro_bridge.attachments.tests import samples
from contactpro_bridge.attachments.tests.conftest import Serve

LOCAL = frozenset({"127.0.0.1"})
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Names(AbstractResolver):
    """Resolves the names of the test, all to given addresses; knows no other."""

    def __init__(self, **addresses: list[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name, or fail like the DNS."""
        del family
        found = self._addresses.get(host.partition(".")[0])
        if found is None:
            raise OSError("no such name")
        return [
            ResolveResult(hostname=host, host=ip, port=port, family=socket.AF_INET, proto=0, flags=0) for ip in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    """A fetcher whose names are those of the tests."""
    names = Names(inside=["127.0.0.1"], metadata=["169.254.169.254"], twice=["10.0.0.1", "127.0.0.1"])
    async with Fetcher(resolver=names) as opened:
        yield opened


async def site(serve: Serve, **handlers: Handler) -> URL:
    """Start a server with a handler per path; return its root."""
    app = web.Application()
    for name, handler in handlers.items():
        app.router.add_get(f"/{name}", handler)
    return (await serve(app)).make_url("/")


def answering(**given: object) -> Handler:
    """Return a handler that always answers the same."""

    async def handle(_request: web.Request) -> web.Response:
        return web.Response(**given)  # type: ignore[arg-type]

    return handle


@asynccontextmanager
async def raw_server(talk: Talk) -> AsyncIterator[str]:
    """Serve bytes that no HTTP library would send; yield the URL."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/f"


def saying(answer: bytes) -> Talk:
    """Return a conversation: read the request, send the bytes, close."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return talk


async def refusal(
    fetcher: Fetcher, url: object, max_bytes: int = 1000, allowed: frozenset[str] = LOCAL
) -> FetchRefused:
    """Return why a link is refused."""
    with pytest.raises(FetchRefused) as caught:
        await fetcher.fetch(str(url), max_bytes=max_bytes, allow_internal_hosts=allowed)
    return caught.value


async def test_a_file_is_downloaded_with_type_and_name(serve: Serve, fetcher: Fetcher) -> None:
    """Bytes, media type and a name that fits it come back; the query does not become a name."""
    root = await site(serve, photo=answering(body=samples.JPEG, content_type="image/jpeg"))
    got = await fetcher.fetch(f"{root}photo?sig=s3cret#x", max_bytes=1000, allow_internal_hosts=LOCAL)
    assert got == Fetched(samples.JPEG, "image/jpeg", "photo.jpg")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a.pdf"', "a.pdf"),
        ("attachment; filename=\"x.pdf\"; filename*=UTF-8''%C3%BC.pdf", "ü.pdf"),
        ('attachment; filename="../../evil.pdf"', "evil.pdf"),
        ("attachment; filename*=UTF-8''a%E2%80%AEb.pdf", "ab.pdf"),
        ('attachment; filename="CON"', "_CON.pdf"),
        ("rubbish", "f.pdf"),
    ],
)
async def test_the_announced_name_is_made_safe(serve: Serve, fetcher: Fetcher, disposition: str, name: str) -> None:
    """A name in Content-Disposition is taken, without its tricks; else the path's last segment is."""
    root = await site(serve, f=answering(body=samples.PDF, headers={"Content-Disposition": disposition}))
    got = await fetcher.fetch(f"{root}f", max_bytes=1000, allow_internal_hosts=LOCAL)
    assert (got.name, got.mime) == (name, "application/pdf")


@pytest.mark.parametrize(
    ("host", "allowed", "code"),
    [
        ("127.0.0.1", frozenset(), FetchProblem.INSIDE_ADDRESS),
        ("0x7f.1", frozenset(), FetchProblem.INSIDE_ADDRESS),
        ("[::ffff:127.0.0.1]", frozenset(), FetchProblem.INSIDE_ADDRESS),
        ("[::ffff:7f00:1]", frozenset(), FetchProblem.INSIDE_ADDRESS),
        ("0.0.0.0", frozenset(), FetchProblem.INSIDE_ADDRESS),  # noqa: S104 - refused, nothing is bound
        ("127.0.0.1", frozenset({"127.0.0.2", "localhost"}), FetchProblem.INSIDE_ADDRESS),
        ("2130706433", frozenset(), FetchProblem.BAD_URL),
        ("127.1", frozenset(), FetchProblem.BAD_URL),
    ],
)
async def test_no_spelling_of_an_inside_address_is_reached(
    serve: Serve, host: str, allowed: frozenset[str], code: FetchProblem
) -> None:
    """However a link spells the loopback address, no connection is made."""
    asked = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    port = (await site(serve, f=handle)).port
    async with Fetcher() as fetcher:
        problem = await refusal(fetcher, f"http://{host}:{port}/f", allowed=allowed)
    assert (problem.code, problem.retryable) == (code, False)
    assert asked == []


@pytest.mark.parametrize(
    "host",
    [
        "inside.example",
        "metadata.example",
        "twice.example",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "224.0.0.1",
        "[fe80::1%25lo]",
    ],
)
async def test_names_and_wrapped_addresses_lead_nowhere_inside(fetcher: Fetcher, host: str) -> None:
    """A name that resolves inside is refused like the address itself, and so is every wrapping of one."""
    problem = await refusal(fetcher, f"http://{host}:9/f", allowed=frozenset())
    assert problem.code is FetchProblem.INSIDE_ADDRESS


@pytest.mark.parametrize("allowed", ["inside.example", "INSIDE.example.", "127.0.0.1"])
async def test_a_configured_host_or_address_is_reached(serve: Serve, fetcher: Fetcher, allowed: str) -> None:
    """A host is excepted by its name or by its address."""
    root = await site(serve, f=answering(body=b"x"))
    link = f"http://inside.example:{root.port}/f"
    got = await fetcher.fetch(link, max_bytes=10, allow_internal_hosts=frozenset({allowed}))
    assert got.data == b"x"


async def test_one_tenants_exception_opens_nothing_for_another(serve: Serve, fetcher: Fetcher) -> None:
    """No connection or permission is left over from a fetch that was allowed."""
    root = await site(serve, f=answering(body=b"x"))
    await fetcher.fetch(f"{root}f", max_bytes=10, allow_internal_hosts=LOCAL)
    problem = await refusal(fetcher, f"{root}f", allowed=frozenset())
    assert problem.code is FetchProblem.INSIDE_ADDRESS


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://127.0.0.2:9/x", FetchProblem.INSIDE_ADDRESS),
        ("http://metadata.example/latest", FetchProblem.INSIDE_ADDRESS),
        ("file:///etc/passwd", FetchProblem.BAD_SCHEME),
        ("ftp://inside.example/x", FetchProblem.BAD_SCHEME),
        ("http://me:pw@127.0.0.1/x", FetchProblem.CREDENTIALS_IN_URL),
        ("//[/x", FetchProblem.BAD_URL),
        ("", FetchProblem.BAD_RESPONSE),
    ],
)
async def test_every_hop_is_checked(serve: Serve, fetcher: Fetcher, location: str, code: FetchProblem) -> None:
    """A redirect is a link like any other: a forbidden target is refused after an allowed start."""
    root = await site(serve, f=answering(status=302, headers={"Location": location}))
    assert (await refusal(fetcher, f"{root}f")).code is code


@pytest.mark.parametrize("hops", [1, MAX_REDIRECTS, MAX_REDIRECTS + 1])
async def test_three_redirects_are_followed(serve: Serve, fetcher: Fetcher, hops: int) -> None:
    """Relative redirects are followed, three at most."""

    async def handle(request: web.Request) -> web.Response:
        left = int(request.query["left"])
        return web.Response(status=307, headers={"Location": f"?left={left - 1}"}) if left else web.Response(body=b"x")

    root = await site(serve, f=handle)
    if hops <= MAX_REDIRECTS:
        got = await fetcher.fetch(f"{root}f?left={hops}", max_bytes=10, allow_internal_hosts=LOCAL)
        assert got.data == b"x"
    else:
        assert (await refusal(fetcher, f"{root}f?left={hops}")).code is FetchProblem.TOO_MANY_REDIRECTS


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("ftp://x.example/f", FetchProblem.BAD_SCHEME),
        ("file:///etc/passwd", FetchProblem.BAD_SCHEME),
        ("data:text/plain,x", FetchProblem.BAD_SCHEME),
        ("javascript:x", FetchProblem.BAD_SCHEME),
        ("x.example/f", FetchProblem.BAD_SCHEME),
        ("", FetchProblem.BAD_SCHEME),
        ("http://me:secret@x.example/", FetchProblem.CREDENTIALS_IN_URL),
        ("http://me@x.example/", FetchProblem.CREDENTIALS_IN_URL),
        ("http:///f", FetchProblem.BAD_URL),
        ("http://x.example:99999/", FetchProblem.BAD_URL),
        ("http://[::1/", FetchProblem.BAD_URL),
        ("http://x.example/a b", FetchProblem.BAD_URL),
        ("http://x.example/\r\nX: y", FetchProblem.BAD_URL),
    ],
)
def test_malformed_and_foreign_links_are_refused(link: str, code: FetchProblem) -> None:
    """Only a well-formed http or https link without credentials is asked for."""
    with pytest.raises(FetchRefused) as caught:
        parse_link(link)
    assert caught.value.code is code
    assert not caught.value.retryable
    assert "secret" not in caught.value.message


def test_a_signed_link_is_used_letter_by_letter() -> None:
    """Nothing of an ASCII link is spelled anew, for its signature covers the spelling."""
    link = "https://x.example/a%2Fb%41?sig=a%2Bb+c%7E~&x=%20"
    assert str(parse_link(link)) == link


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (204, FetchProblem.UNEXPECTED_STATUS, False),
        (304, FetchProblem.UNEXPECTED_STATUS, False),
        (400, FetchProblem.CLIENT_ERROR, False),
        (403, FetchProblem.CLIENT_ERROR, False),
        (404, FetchProblem.CLIENT_ERROR, False),
        (408, FetchProblem.CLIENT_ERROR, True),
        (410, FetchProblem.CLIENT_ERROR, False),
        (425, FetchProblem.CLIENT_ERROR, True),
        (429, FetchProblem.CLIENT_ERROR, True),
        (500, FetchProblem.SERVER_ERROR, True),
        (503, FetchProblem.SERVER_ERROR, True),
    ],
)
async def test_statuses(serve: Serve, fetcher: Fetcher, status: int, code: FetchProblem, retryable: bool) -> None:  # noqa: FBT001 - a column of the table
    """A status other than 200 is refused; it says whether a retry may help, and nothing of path and query."""
    root = await site(serve, secret=answering(status=status))
    problem = await refusal(fetcher, f"{root}secret?token=secret")
    assert (problem.code, problem.status, problem.retryable) == (code, status, retryable)
    assert str(status) in problem.message
    assert "secret" not in problem.message


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("extra", [0, 1])
async def test_the_cap_is_exact(serve: Serve, fetcher: Fetcher, chunked: bool, extra: int) -> None:  # noqa: FBT001 - a column of the table
    """A file of the greatest size is taken and one byte more is refused, announced or not."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if chunked:
            response.enable_chunked_encoding()
        else:
            response.content_length = 100 + extra
        await response.prepare(request)
        await response.write(b"x" * (100 + extra))
        return response

    root = await site(serve, f=handle)
    if extra:
        problem = await refusal(fetcher, f"{root}f", max_bytes=100)
        assert (problem.code, problem.retryable) == (FetchProblem.TOO_LARGE, False)
    else:
        got = await fetcher.fetch(f"{root}f", max_bytes=100, allow_internal_hosts=LOCAL)
        assert len(got.data) == 100


async def test_an_announced_giant_is_refused_unread(fetcher: Fetcher) -> None:
    """Content-Length above the cap is enough: no byte of the body is waited for."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
    async with raw_server(saying(answer)) as url:
        assert (await refusal(fetcher, url)).code is FetchProblem.TOO_LARGE


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", FetchProblem.TRUNCATED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", FetchProblem.TRUNCATED),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf", FetchProblem.TRUNCATED),
        (b"", FetchProblem.DISCONNECTED),
        (b"SSH-2.0-OpenSSH\r\n\r\n", FetchProblem.BAD_RESPONSE),
    ],
)
async def test_broken_answers_are_noticed_and_retryable(fetcher: Fetcher, answer: bytes, code: FetchProblem) -> None:
    """Half a file is never taken for a file."""
    async with raw_server(saying(answer)) as url:
        problem = await refusal(fetcher, url)
    assert (problem.code, problem.retryable) == (code, True)


async def test_a_slow_body_runs_into_the_total_time() -> None:
    """A server that stops in the middle, or trickles, costs no more than the total time."""
    gone = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await writer.drain()
        await reader.read()  # returns when the client gives up
        gone.set()
        writer.close()

    async with raw_server(talk) as url, Fetcher(total_seconds=0.05) as fetcher:
        problem = await refusal(fetcher, url)
        await gone.wait()
    assert (problem.code, problem.retryable) == (FetchProblem.TIMEOUT, True)


async def test_an_unknown_name_is_a_dns_problem(fetcher: Fetcher) -> None:
    """A name that does not resolve may resolve later."""
    problem = await refusal(fetcher, "http://nowhere.example/f")
    assert (problem.code, problem.retryable) == (FetchProblem.DNS, True)


async def test_a_closed_port_refuses(fetcher: Fetcher) -> None:
    """A port on which nobody listens may be served later."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        problem = await refusal(fetcher, f"http://127.0.0.1:{bound.getsockname()[1]}/f")
    assert (problem.code, problem.retryable) == (FetchProblem.REFUSED, True)


async def test_no_tls_where_tls_was_promised(fetcher: Fetcher) -> None:
    """An https link to a server without TLS is refused for that reason."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with raw_server(talk) as url:
        problem = await refusal(fetcher, url.replace("http:", "https:"))
    assert (problem.code, problem.retryable) == (FetchProblem.TLS, False)


async def test_nothing_personal_is_sent(serve: Serve, fetcher: Fetcher) -> None:
    """No cookie that a server set comes back, and no proxy or account of this machine is used."""
    seen = []

    async def handle(request: web.Request) -> web.Response:
        seen.append(dict(request.headers))
        return web.Response(body=b"x", headers={"Set-Cookie": "a=b"})

    root = await site(serve, f=handle)
    for _ in range(2):
        link = f"http://inside.example:{root.port}/f"
        await fetcher.fetch(link, max_bytes=10, allow_internal_hosts=LOCAL)
    assert len(seen) == 2
    assert not any({"Cookie", "Authorization", "Referer"} & set(headers) for headers in seen)


async def test_a_closed_fetcher_says_so() -> None:
    """Forgetting ``async with`` is our mistake, not the link's."""
    with pytest.raises(RuntimeError, match="async with"):
        await Fetcher().fetch("http://x.example/", max_bytes=1, allow_internal_hosts=frozenset())
