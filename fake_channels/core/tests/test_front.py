"""The front: sockets to requests, worlds by credential, caps, faults, defects, records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp
import pytest

from fake_channels.core.contract import Host
from fake_channels.core.directory import CredentialTaken, Directory
from fake_channels.core.faults import Content, Delay, Drop, Reset, Status, Truncate, When, Where
from fake_channels.core.faults.engine import Order
from fake_channels.core.front import Front
from fake_channels.core.http import Broken, Fetching, HttpReply, HttpRequest, Later, Outcome, json_reply
from fake_channels.core.ids import Ids
from fake_channels.core.serving import PortInUse, Servers
from fake_channels.core.shell import Shell
from fake_channels.core.tasks import Tasks
from fake_channels.core.tests.scripted import Noted, Scripted, call
from fake_channels.core.world import World
from fake_channels.tests.receiver import Receiver

HOST = Host(
    name="host",
    port=0,
    locate=lambda request: request.headers.get("x-key"),
    unknown=lambda _: json_reply({"error": "who?"}, 401),
    too_large=lambda _: json_reply({"error": "too large"}, 413),
    max_body_bytes=lambda _: 1_000,
)


class House:
    """A served host, its directory, and one world with one component."""

    def __init__(self, url: str, shell: Shell, directory: Directory, session: aiohttp.ClientSession) -> None:
        self.url, self.shell, self.directory, self.session = url, shell, directory, session
        self.world, self.component = self.open("w", "key")

    def open(self, seed: str, key: str) -> tuple[World, Scripted]:
        """A further world."""
        world, component = World(seed, Ids(seed), self.shell, start=1_000, mode="manual"), Scripted(key=key)
        world.components[component.name] = component
        self.directory.open(world)
        return world, component

    async def ask(self, path: str = "/a", *, key: str = "key", data: bytes | None = None) -> tuple[int, bytes]:
        """One request."""
        method = "GET" if data is None else "POST"
        async with self.session.request(method, self.url + path, headers={"x-key": key}, data=data) as response:
            return response.status, await response.read()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """Everything open."""
    async with Tasks() as tasks, Shell(tasks) as shell, Servers() as servers, aiohttp.ClientSession() as session:
        directory = Directory()
        url = await servers.start(Front(HOST, directory, shell), 0)
        yield House(url, shell, directory, session)


async def test_a_request_reaches_its_world_by_its_credential(house: House) -> None:
    """And no other."""
    other, component = house.open("other", "other key")
    assert await house.ask("/x", key="other key") == (200, b'{"path":"/x"}')
    assert (len(component.requests), len(house.component.requests)) == (1, 0)
    assert (other.trace.seq, house.world.trace.seq) == (1, 0)


async def test_a_stranger_gets_the_vendors_answer_and_is_noted(house: House) -> None:
    """Not in any world's trace."""
    assert await house.ask(key="nobody's") == (401, b'{"error":"who?"}')
    assert [hop["status"] for hop in house.directory.strays.after()] == [401]
    assert house.world.trace.seq == 0


async def test_a_credential_made_later_is_found(house: House) -> None:
    """Components say what they own by now."""
    house.component.credentials.add("fresh")
    assert (await house.ask(key="fresh"))[0] == 200


async def test_a_closed_world_is_a_stranger_and_a_twin_is_refused(house: House) -> None:
    """Two worlds of one seed would share credentials."""
    with pytest.raises(CredentialTaken, match="seed"):
        house.open("twin", "key")
    house.directory.close(house.world)
    assert (await house.ask())[0] == 401


@pytest.mark.parametrize(("size", "status"), [(1_000, 200), (1_001, 413)])
async def test_a_body_beyond_the_cap_gets_the_vendors_answer(house: House, size: int, status: int) -> None:
    """Declared or chunked, before any rule sees it."""
    assert (await house.ask(data=b"x" * size))[0] == status

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x" * (size - 1)
        yield b"x"

    async with house.session.post(house.url, headers={"x-key": "key"}, data=chunks()) as response:
        assert response.status == status
    assert len(house.component.requests) == (2 if status == 200 else 0)


async def test_the_path_is_decoded_once_and_the_query_kept_raw(house: House) -> None:
    """`%25` is a percent sign and not an escape again."""
    async with asyncio.timeout(5):
        await _raw(house.url, "GET /a%252Fb%20c?x=%2B+1&x=2 HTTP/1.1\r\nHost: h\r\nx-key: key\r\nConnection: close")
    (request,) = house.component.requests
    assert (request.path, request.raw_query, request.query) == ("/a%2Fb c", "x=%2B+1&x=2", {"x": "2"})


async def test_an_absolute_target_is_understood(house: House) -> None:
    """As proxies send it."""
    for target, path in (("http://vendor.example/a/b?c=d", "/a/b"), ("http://vendor.example", "/")):
        await _raw(house.url, f"GET {target} HTTP/1.1\r\nHost: vendor.example\r\nx-key: key\r\nConnection: close")
        assert house.component.requests[-1].path == path
    assert house.component.requests[0].raw_query == "c=d"
    assert house.component.requests[0].base_url == "http://vendor.example"


async def test_an_exchange_is_recorded_with_secrets_masked(house: House) -> None:
    """Who, what, both bodies, the ids."""
    house.component.script = lambda _: Outcome(json_reply({"t": "top-secret"}), ids=("m1",))
    await house.ask("/send", data=b"top-secret")
    (hop,) = house.world.trace.after(about="m1")
    assert (hop["source"], hop["target"], hop["name"], hop["status"]) == ("subject", "scripted", "send", 200)
    assert (hop["request"]["body"], hop["response"]["body"]) == ("***", '{"t":"***"}')


async def test_our_own_defect_is_the_vendors_500_and_a_note(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """The caller never sees a traceback; the log does."""

    def broken(_: HttpRequest) -> Outcome:
        raise KeyError("ours")

    house.component.script = broken
    assert await house.ask() == (500, b'{"refused":""}')
    assert [hop["name"] for hop in house.world.trace.after()] == ["defect", "a"]
    assert "KeyError" in caplog.text


async def test_faults_act_before_the_rules(house: House) -> None:
    """An ordered status never reaches them."""
    house.world.faults.add(Order(Status(status=503, code="9"), Where(operation="a"), When("next", 1)), "1")
    assert await house.ask() == (503, b'{"refused":"9"}')
    assert house.component.requests == []
    assert (await house.ask())[0] == 200


async def test_a_dropped_or_broken_request_has_no_answer(house: House) -> None:
    """The connection is cut; the trace has it without status."""
    house.world.faults.add(Order(Drop(), when=When("next", 1)), "1")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await house.ask(data=b"x")
    house.component.script = lambda _: Outcome(Broken())
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await house.ask(data=b"x")
    assert [hop["status"] for hop in house.world.trace.after()] == [None, None]
    assert len(house.component.requests) == 1


async def test_a_delayed_answer_comes_when_the_clock_is_there(house: House) -> None:
    """And the world is quiet while it waits."""
    house.world.faults.add(Order(Delay(seconds=60)), "1")
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(house.ask())
        while house.world.clock.next_timer is None:
            await _turns()
        assert await house.world.quiet()
        assert not asked.done()
        await house.world.advance(61_000)
    assert asked.result()[0] == 200


async def test_a_long_poll_ends_with_a_change_or_its_time(house: House) -> None:
    """The rules are asked again, with `waited` set when the time is up."""

    def script(request: HttpRequest) -> Outcome:
        if request.waited or len(house.component.requests) > 2:
            return Outcome(json_reply(request.waited))
        return Outcome(Later(5_000))

    house.component.script = script
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(house.ask())
        while house.world.clock.next_timer is None:
            await _turns()
        assert await house.world.quiet()
        await house.world.advance(4_999)
        assert len(house.component.requests) in {1, 2}
        await house.world.advance(5_000)
    assert asked.result()[0] == 200


async def test_polls_that_find_nothing_do_not_wake_each_other(house: House) -> None:
    """Two of them park and stay parked: a change asks each once more, and they do not go round in circles."""
    house.component.script = lambda request: Outcome(json_reply(None) if request.waited else Later(5_000))
    async with asyncio.TaskGroup() as group:
        polls = [group.create_task(house.ask()) for _ in range(2)]
        while len(house.component.requests) < 2:
            await _turns()
        await _turns()
        assert await house.world.quiet()
        house.world.signal.bump()
        await _turns()
        assert len(house.component.requests) == 4
        await house.world.advance(5_000)
    assert [poll.result()[0] for poll in polls] == [200, 200]


async def test_a_change_keeps_the_world_busy_until_the_poll_is_answered(house: House) -> None:
    """Whoever settles after a change sees the answer of the poll that waited for it."""
    changed: list[bool] = []
    house.component.script = lambda _: Outcome(json_reply(None) if changed else Later(5_000))
    async with asyncio.TaskGroup() as group:
        group.create_task(house.ask())
        while house.world.clock.next_timer is None:
            await _turns()
        changed.append(True)
        house.world.perform(house.component, [])
        assert not house.world.is_quiet()
        assert await house.world.quiet()
        assert [hop["status"] for hop in house.world.trace.after()] == [200]


async def test_a_reply_can_wait_for_a_call(house: House) -> None:
    """`Fetching`: what is made of the answer is the reply."""
    async with Receiver() as receiver:
        fetch = call(receiver.url, then=Noted("fetched"), max_bytes=10)
        house.component.script = lambda _: Outcome(Fetching(fetch))
        assert await house.ask() == (200, b"")
    assert [hop["target"] for hop in house.world.trace.after()] == ["subject", "scripted"]


async def test_a_call_between_two_parts_of_the_lab_is_recorded_once_with_its_sender(house: House) -> None:
    """By the front that it reaches, and the mark stays out of the record."""
    inner = call(house.url + "/inner", target="scripted", headers={"x-key": "key"}, ids=("m1",))
    sender = Scripted("gateway")
    house.world.components["gateway"] = sender
    house.world.perform(sender, [inner])
    assert await house.world.quiet()
    (hop,) = house.world.trace.after(about="m1")
    assert (hop["source"], hop["target"]) == ("gateway", "scripted")
    assert "X-Bridgelab-Hop" not in hop["request"]["headers"]


async def test_replies_carry_their_headers_and_no_type_without_a_body_type(house: House) -> None:
    """An empty answer invents no content type of its own."""
    house.component.script = lambda _: Outcome(HttpReply(204, b"", "", {"X-Own": "1"}))
    async with house.session.get(house.url, headers={"x-key": "key"}) as response:
        assert (response.status, response.headers["X-Own"]) == (204, "1")


async def test_a_taken_port_is_refused_with_advice(house: House) -> None:
    """Which port, which host, what to do."""
    async with Servers() as servers:
        with pytest.raises(PortInUse, match=r"port \d+ for the host server"):
            await servers.start(Front(HOST, house.directory, house.shell), urlsplit(house.url).port or 0)


async def test_an_address_that_is_not_ours_is_not_called_in_use(house: House) -> None:
    """The system's own words say what is wrong with it."""
    async with Servers("203.0.113.1") as servers:
        with pytest.raises(PortInUse, match="cannot be listened on") as refused:
            await servers.start(Front(HOST, house.directory, house.shell), 0)
    assert "in use" not in str(refused.value)


async def _turns() -> None:
    for _ in range(50):
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0, future.set_result, None)
        await future


async def _raw(url: str, head: str) -> bytes:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(head.encode() + b"\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"Content-Length: 50\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Content-Length: -1\r\n\r\n",
    ],
)
async def test_a_body_that_cannot_be_read_is_the_callers_mistake(
    house: House, rest: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """400 or a closed connection, never a 500, and nothing of its bytes in the log."""
    answer = await _bytes(house.url, b"POST /secret HTTP/1.1\r\nHost: x\r\nx-key: key\r\n" + rest)
    assert answer == b"" or b" 400 " in answer.split(b"\r\n", 1)[0]
    assert (house.component.requests, caplog.records) == ([], [])


async def test_what_is_not_compressed_as_it_says_is_the_callers_mistake(house: House) -> None:
    """A 400, not a crash."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nx-key: key\r\nConnection: close\r\nContent-Encoding: gzip\r\n"
    assert b" 400 " in await _bytes(house.url, head + b"Content-Length: 3\r\n\r\nabc")


@pytest.mark.parametrize("target", [b"*", b"http://[::1/x", b"host:443", b"/\xff", b"/" + b"a" * 9_000])
async def test_odd_targets_are_answered_and_not_logged(
    house: House, target: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A request line may hold a token: it stays out of the log, as tracebacks do."""
    answer = await _bytes(house.url, b"OPTIONS " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b" 500 " not in answer.split(b"\r\n", 1)[0]
    assert caplog.records == []


async def test_an_odd_host_header_does_not_spoil_the_trace(house: House) -> None:
    """Every event can be written as UTF-8."""
    head = b"GET / HTTP/1.1\r\nHost: \xff\r\nx-key: key\r\nConnection: close\r\n\r\n"
    assert b" 200 " in await _bytes(house.url, head)
    assert house.world.trace.after()[0]["url"] == "http://\ufffd/"
    assert house.component.requests[0].base_url.encode()


async def test_a_reply_cannot_smuggle_a_header(house: House) -> None:
    """Control characters of a media type or file name are left out."""
    reply = HttpReply(200, b"x", "image/png\r\nX-Evil: 1", {"X-Name": "a\nX-Evil: 1\ud800"})
    house.component.script = lambda _: Outcome(reply)
    async with house.session.get(house.url, headers={"x-key": "key"}) as response:
        assert (response.status, "X-Evil" in response.headers) == (200, False)
        assert response.headers["X-Name"] == "aX-Evil: 1"


async def test_closing_a_world_ends_its_long_polls(house: House) -> None:
    """The connection is cut: nobody waits for a world that is gone."""
    house.component.script = lambda _: Outcome(Later(5_000))
    async with asyncio.TaskGroup() as group:
        poll = group.create_task(_bytes(house.url, b"GET / HTTP/1.1\r\nHost: x\r\nx-key: key\r\n\r\n"))
        while house.world.clock.next_timer is None:
            await _turns()
        house.directory.close(house.world)
    assert poll.result() == b""


async def test_closing_a_world_leaves_its_successor_alone(house: House) -> None:
    """Closed twice, the second time after another world took its id."""
    house.directory.close(house.world)
    house.open("w", "key")
    house.directory.close(house.world)
    assert (await house.ask())[0] == 200
    assert "w" in house.directory.worlds


async def _bytes(url: str, request: bytes) -> bytes:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(request)
    if b"Connection: close" not in request and not request.endswith(b"x-key: key\r\n\r\n"):
        writer.write_eof()
    try:
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_caller_that_holds_its_body_back_is_told_to_go_on(house: House) -> None:
    """`Expect: 100-continue`, as curl says it before large bodies; what is too large anyway is refused at once."""
    parts = urlsplit(house.url)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nx-key: key\r\nExpect: 100-continue\r\nContent-Length: "
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    async with asyncio.timeout(5):
        writer.write(head + b"2\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"{}")
        assert (await reader.readuntil(b"\r\n")).split()[1] == b"200"
    writer.close()
    assert house.component.requests[0].body == b"{}"
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    async with asyncio.timeout(5):
        writer.write(head + b"20000\r\n\r\n")
        assert (await reader.readuntil(b"\r\n")).split()[1] == b"413"
    writer.close()


@pytest.mark.parametrize("handled", [True, False])
async def test_a_reset_cuts_before_or_after_the_rules(house: House, *, handled: bool) -> None:
    """The caller cannot tell which it was; the next one is answered."""
    house.world.faults.add(Order(Reset(handled=handled), when=When("next", 1)), "1")
    with pytest.raises(aiohttp.ClientError):
        await house.ask(data=b"x")  # a GET the client would send again by itself
    assert len(house.component.requests) == int(handled)
    assert (await house.ask())[0] == 200
    assert [hop["status"] for hop in house.world.trace.after()] == [None, 200]


@pytest.mark.parametrize("keep", [0, 4, 1_000])
async def test_a_truncated_answer_breaks_off(house: House, keep: int) -> None:
    """The head announces more than comes, even when all of the body comes; the server goes on."""
    house.world.faults.add(Order(Truncate(after_bytes=keep), when=When("next", 1)), "1")
    async with house.session.get(house.url + "/a", headers={"x-key": "key"}) as response:
        whole = b'{"path":"/a"}'
        assert response.status == 200
        assert int(response.headers["Content-Length"]) > min(keep, len(whole))
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    assert await house.ask() == (200, whole)


async def test_an_answer_may_bring_something_else(house: House) -> None:
    """Another type, less of it, or more."""
    house.world.faults.add(Order(Content(mime="text/html", size_bytes=3), when=When("next", 1)), "1")
    house.world.faults.add(Order(Content(size_bytes=20), when=When("every", 2)), "2")
    async with house.session.get(house.url + "/a", headers={"x-key": "key"}) as response:
        assert (response.content_type, await response.read()) == ("text/html", b'{"p')
    assert await house.ask() == (200, b'{"path":"/a"}'.ljust(20, b"\0"))
