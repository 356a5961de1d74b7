"""The shell: outgoing HTTP with limits, faults on the way, and a record."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from fake_channels.core.faults import Content, Delay, Drop, Duplicate, Reorder, Reset, Status, Truncate, When
from fake_channels.core.faults.engine import Order, What
from fake_channels.core.ids import Ids
from fake_channels.core.shell import HOP_HEADER, Shell
from fake_channels.core.tasks import Tasks
from fake_channels.core.tests.scripted import Noted, Scripted, call
from fake_channels.core.world import World
from fake_channels.tests.receiver import Received, Receiver


class Desk:
    """A shell, a world by hand, a component in it, and somebody to call."""

    def __init__(self, shell: Shell, receiver: Receiver) -> None:
        self.shell, self.receiver, self.component = shell, receiver, Scripted()
        self.world = World("w", Ids("w"), shell, start=1_000, mode="manual")
        self.world.components[self.component.name] = self.component

    def fault(self, what: What, when: When | None = None) -> None:
        """Order a fault."""
        self.world.faults.add(Order(what, when=when or When()), str(len(self.world.faults.rules)))

    def bodies(self) -> list[bytes]:
        """What the receiver got."""
        return [received.body for received in self.receiver.received]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Everything open."""
    async with Tasks() as tasks, Shell(tasks) as shell, Receiver() as receiver:
        yield Desk(shell, receiver)


async def test_a_call_brings_its_answer_back_to_the_component(desk: Desk) -> None:
    """Status, headers in lower case, body; recorded with ids; the world is busy meanwhile."""
    desk.receiver.respond = lambda _: web.Response(status=201, body=b"made", headers={"X-Own": "1"})
    sent = call(desk.receiver.url, method="POST", body=b"x", headers={"A": "1"}, ids=("m1",))
    desk.world.perform(desk.component, [sent])
    assert not desk.world.is_quiet()
    assert await desk.world.quiet()
    ((event, answer),) = desk.component.answers
    assert (event, answer.status, answer.headers["x-own"], answer.body) == (Noted(), 201, "1", b"made")
    assert answer.ok
    (hop,) = desk.world.trace.after(about="m1")
    assert (hop["source"], hop["target"], hop["status"], hop["request"]["body"]) == ("scripted", "subject", 201, "x")


async def test_the_labs_own_mark_never_leaves_the_lab(desk: Desk) -> None:
    """Whoever is outside sees no header of ours."""
    await desk.shell.run(desk.world, desk.component, call(desk.receiver.url))
    assert HOP_HEADER.lower() not in desk.receiver.received[0].headers


async def test_redirects_are_followed_as_far_as_the_call_allows(desk: Desk) -> None:
    """Relative ones too; the one beyond is the answer."""

    def respond(received: Received) -> web.Response:
        hop = int(received.path.rpartition("=")[2] or 0) if "=" in received.path else 0
        return web.Response(status=302, headers={"Location": f"/next?hop={hop + 1}"}) if hop < 3 else web.Response()

    desk.receiver.respond = respond
    run = desk.shell.run
    assert (await run(desk.world, desk.component, call(desk.receiver.url, max_redirects=3))).status == 200
    assert (await run(desk.world, desk.component, call(desk.receiver.url, max_redirects=2))).status == 302
    assert (await run(desk.world, desk.component, call(desk.receiver.url))).status == 302


async def test_a_redirect_to_an_inside_address_is_not_followed(desk: Desk) -> None:
    """The guard is at the socket: it sees every hop."""
    desk.receiver.respond = lambda _: web.Response(status=302, headers={"Location": "http://10.0.0.1/"})
    answer = await desk.shell.run(desk.world, desk.component, call(desk.receiver.url, max_redirects=3))
    assert (answer.status, "inside address" in answer.problem) == (0, True)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://10.0.0.1/", "inside address"),
        ("http://169.254.169.254/latest", "inside address"),
        ("http://[::ffff:10.0.0.1]/", "inside address"),
        ("ftp://127.0.0.1/", "not an http"),
        ("file:///etc/passwd", "not an http"),
        ("nonsense", "not an http"),
        ("http://", ""),
        ("http://127.0.0.1:1/", ""),
        ("http://127.0.0.1:99999/", ""),
        ("http://127.0.0.1:99999999999999999999/", ""),
    ],
)
async def test_what_cannot_be_called_is_an_answer_with_a_problem(desk: Desk, url: str, problem: str) -> None:
    """No exception reaches the rules."""
    answer = await desk.shell.run(desk.world, desk.component, call(url))
    assert answer.status == 0
    assert problem in answer.problem
    assert answer.problem


async def test_a_network_can_be_allowed() -> None:
    """By configuration of the shell, and that network alone."""
    async with Tasks() as tasks, Shell(tasks, allow_networks=(ipaddress.ip_network("10.0.0.0/30"),)) as shell:
        world = World("w", Ids("w"), shell, start=0, mode="manual")
        answer = await shell.run(world, Scripted(), call("http://10.0.0.1/", timeout_s=0.01))
        assert "inside address" not in answer.problem


@pytest.mark.parametrize(("size", "status"), [(100, 200), (101, 0)])
@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_beyond_the_cap_is_a_problem(desk: Desk, size: int, status: int, *, declared: bool) -> None:
    """With and without a declared length."""

    def respond(_: Received) -> web.Response:
        response = web.Response(body=b"x" * size)
        if not declared:
            response.enable_chunked_encoding()
        return response

    desk.receiver.respond = respond
    answer = await desk.shell.run(desk.world, desk.component, call(desk.receiver.url, max_bytes=100))
    assert answer.status == status
    assert answer.problem == ("" if status else "larger than 100 bytes")


async def test_a_head_may_tell_of_any_length(desk: Desk) -> None:
    """The bytes do not come, so there is nothing to be too large."""
    desk.receiver.respond = lambda _: web.Response(body=b"x" * 1_000)
    answer = await desk.shell.run(desk.world, desk.component, call(desk.receiver.url, method="HEAD", max_bytes=100))
    assert (answer.status, answer.problem, answer.headers["content-length"]) == (200, "", "1000")


async def test_a_large_body_is_sent_whole(desk: Desk) -> None:
    """Also beyond what the client library likes to get in one piece."""
    body = bytes(range(256)) * 8_192
    answer = await desk.shell.run(desk.world, desk.component, call(desk.receiver.url, method="POST", body=body))
    assert (answer.status, desk.bodies() == [body]) == (200, True)


async def test_silence_ends_at_the_time_out(desk: Desk) -> None:
    """And is told as such."""
    async with _silent_server() as url:
        answer = await desk.shell.run(desk.world, desk.component, call(url, timeout_s=0.02))
    assert (answer.status, answer.problem) == (0, "no answer within 0.02 s")


async def test_a_dropped_call_is_believed_delivered(desk: Desk) -> None:
    """Nothing arrives; the trace says why."""
    desk.fault(Drop())
    assert (await desk.shell.run(desk.world, desk.component, call(desk.receiver.url))).status == 200
    assert desk.bodies() == []
    assert [(hop["kind"], hop["note"]) for hop in desk.world.trace.after()] == [("fault", "dropped")]


async def test_a_duplicated_call_arrives_as_often_as_ordered(desk: Desk) -> None:
    """And is answered once."""
    desk.fault(Duplicate(copies=3))
    desk.world.perform(desk.component, [call(desk.receiver.url, method="POST", body=b"x")])
    assert await desk.world.quiet()
    assert desk.bodies() == [b"x"] * 3
    assert len(desk.component.answers) == 1


async def test_a_reordered_call_is_overtaken_by_the_next(desk: Desk) -> None:
    """Exactly once, after it."""
    desk.fault(Reorder(), When("next", 1))
    for body in (b"first", b"second", b"third"):
        await desk.shell.run(desk.world, desk.component, call(desk.receiver.url, method="POST", body=body))
        if body != b"first":
            await desk.world.quiet()
    assert desk.bodies() == [b"second", b"first", b"third"]


async def test_a_reordered_call_that_nothing_follows_still_arrives(desk: Desk) -> None:
    """Quiet lets it go."""
    desk.fault(Reorder())
    desk.world.perform(desk.component, [call(desk.receiver.url, method="POST", body=b"only")])
    assert await desk.world.quiet()
    assert desk.bodies() == [b"only"]


async def test_an_ordered_status_answers_a_call_to_outside(desk: Desk) -> None:
    """The subject is spared; Retry-After comes along."""
    desk.fault(Status(status=429, retry_after_s=7))
    answer = await desk.shell.run(desk.world, desk.component, call(desk.receiver.url))
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")
    assert desk.bodies() == []


async def test_an_ordered_delay_waits_for_the_worlds_clock(desk: Desk) -> None:
    """The world is quiet meanwhile, and goes on when the clock is advanced."""
    desk.fault(Delay(seconds=60))
    desk.world.perform(desk.component, [call(desk.receiver.url)])
    assert await desk.world.quiet()
    assert desk.bodies() == []
    await desk.world.advance(60_999)
    assert desk.bodies() == []
    await desk.world.advance(61_000)
    assert len(desk.bodies()) == 1


async def test_an_answer_for_a_world_that_is_closed_is_dropped(desk: Desk) -> None:
    """It is not disturbed, and does nothing more: a new world may have its credentials by now."""
    answer = await desk.shell.run(desk.world, desk.component, call(desk.receiver.url))
    desk.world.perform(desk.component, [call(desk.receiver.url)])
    desk.world.close()
    desk.world.perform(desk.component, [call(desk.receiver.url)])
    assert len(desk.world.in_flight) == 1
    while desk.world.in_flight:
        await desk.world._rest.changed()
    assert (answer.status, desk.component.answers, len(desk.receiver.received)) == (200, [], 1)


class _silent_server:  # noqa: N801  a context manager that reads as a function
    """Accepts connections and says nothing."""

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._hold, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()


async def test_a_mark_goes_to_our_own_servers_only(desk: Desk) -> None:
    """Not to whatever URL was registered for a participant: it is foreign, and the exchange is recorded here."""
    await desk.shell.run(desk.world, desk.component, call(desk.receiver.url, target="scripted"))
    assert HOP_HEADER.lower() not in desk.receiver.received[0].headers
    assert [hop["status"] for hop in desk.world.trace.after()] == [200]
    desk.world.addresses["own"] = desk.receiver.url.removesuffix("/callback")
    await desk.shell.run(desk.world, desk.component, call(desk.receiver.url, target="scripted"))
    assert HOP_HEADER.lower() in desk.receiver.received[1].headers


async def test_credentials_do_not_follow_a_redirect_to_another_server(desk: Desk) -> None:
    """They go on at the same one, and what is harmless goes along."""
    async with Receiver() as other:
        targets = ["/same", other.url]
        desk.receiver.respond = lambda _: web.Response(status=302, headers={"Location": targets.pop(0)})
        headers = {"Authorization": "Bearer x", "Cookie": "y", "User-Agent": "z"}
        await desk.shell.run(desk.world, desk.component, call(desk.receiver.url, headers=headers, max_redirects=3))
        assert desk.receiver.received[1].headers["authorization"] == "Bearer x"
        assert {"authorization", "cookie"}.isdisjoint(other.received[0].headers)
        assert other.received[0].headers["user-agent"] == "z"


async def test_odd_bytes_in_an_answers_header_harm_nobody(desk: Desk) -> None:
    """They are replaced, before a component keeps them or the trace is written."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nX-Odd: \xff\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        told = await desk.shell.run(desk.world, desk.component, call(f"http://127.0.0.1:{port}/"))
    assert told.headers["x-odd"] == "\ufffd"
    assert desk.world.trace.after()[0]["response"]["headers"]["x-odd"] == "\ufffd"


@pytest.mark.parametrize(
    ("what", "problem", "received"),
    [
        (Reset(), "the connection was reset", 0),
        (Reset(handled=True), "the connection was reset", 1),
        (Truncate(after_bytes=2), "the answer broke off after 2 bytes", 1),
        (Content(size_bytes=5_000), "larger than 1000 bytes", 1),
    ],
)
async def test_an_answer_from_outside_may_be_lost(desk: Desk, what: What, problem: str, received: int) -> None:
    """The component hears why there is none, the trace too."""
    desk.receiver.respond = lambda _: web.Response(body=b"whole")
    desk.fault(what)
    answer = await desk.shell.run(desk.world, desk.component, call(desk.receiver.url, max_bytes=1_000))
    assert (answer.status, answer.problem, len(desk.receiver.received)) == (0, problem, received)
    assert (desk.world.trace.after()[-1]["kind"], desk.world.trace.after()[-1]["note"]) == ("fault", problem)


async def test_an_answer_from_outside_may_bring_something_else(desk: Desk) -> None:
    """As from a server that calls a page a picture."""
    desk.receiver.respond = lambda _: web.Response(body=b"whole", content_type="image/png")
    desk.fault(Content(mime="text/html", size_bytes=7))
    answer = await desk.shell.run(desk.world, desk.component, call(desk.receiver.url))
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "text/html", b"whole\0\0")
