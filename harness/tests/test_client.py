"""The control API's client: what it sends, what it makes of answers, whose fault a refusal is."""

from __future__ import annotations

import aiohttp
import pytest

from harness.client import TRACE_PAGE, LabClient, LabRefused
from harness.loop import LoopThread
from harness.outcomes import LabDefect, Outcome
from harness.tests.conftest import StubServer
from harness.world import SCENARIO_START, ChannelName, Identity, WorldId

W = WorldId("w1")
PHONE = "/lab/v1/worlds/w1/phones/sms/+49 1"
WORLD = {
    "world": "w1",
    "seed": "s",
    "clock": {"mode": "manual", "now": "2026-03-02T09:00:00.000Z"},
    "sinch": {
        "base_url": "u",
        "token_url": "t",
        "project_id": "p",
        "key_id": "k",
        "key_secret": "s",
        "app_id": "a",
        "service_connection": "c",
        "webhook": {"id": "h", "target": None, "secret": "x"},
        "something": "new",
    },
    "channels": {"sms": {"sinch_channel": "SMS", "base_url": "b"}},
}


@pytest.fixture
def lab(stub: StubServer, session: aiohttp.ClientSession) -> LabClient:
    """A client of the stub, with a control token."""
    return LabClient(session, f"{stub.url}/", "secret")


def event(seq: int) -> dict[str, object]:
    """A trace event as the lab writes it."""
    return {"seq": seq, "at": "t", "wall": "t", "kind": "http", "source": "a", "target": "b", "name": "n"}


def test_a_world_is_asked_for_with_a_stopped_clock(stub: StubServer, lab: LabClient, loop_thread: LoopThread) -> None:
    """Seed, channels, clock and addresses go out; fields that are unknown are ignored; the token is shown."""
    stub.answer("POST", "/lab/v1/worlds", WORLD, 201)
    made = loop_thread.run(
        lab.create_world(
            "s",
            channels=[ChannelName("sms")],
            start=SCENARIO_START,
            addresses={"sinch": "http://proxy"},
            rate_limits=False,
        )
    )
    assert (made.world, made.channels["sms"].sinch_channel) == ("w1", "SMS")
    assert stub.asked[0].headers["Authorization"] == "Bearer secret"
    assert stub.asked[0].body == {
        "seed": "s",
        "rate_limits": False,
        "channels": ["sms"],
        "clock": {"mode": "manual", "start": "2026-03-02T09:00:00Z"},
        "addresses": {"sinch": "http://proxy"},
    }


@pytest.mark.parametrize(
    ("named", "name", "sent"), [(True, None, {}), (True, "Ada", {"name": "Ada"}), (False, None, {"name": None})]
)
def test_a_customer_is_nameless_only_when_asked_for(
    stub: StubServer, lab: LabClient, loop_thread: LoopThread, *, named: bool, name: str | None, sent: dict[str, object]
) -> None:
    """No name at all leaves the choice to the seed; null makes a person without one."""
    stub.answer("POST", "/lab/v1/worlds/w1/customers", {"customer": "c", "name": name, "phones": {}}, 201)
    made = loop_thread.run(lab.add_customer(W, named=named, name=name))
    assert made.name == name
    assert stub.asked[0].body == {"channels": [], **sent}


def test_an_action_goes_to_the_phone_and_may_show_nothing(
    stub: StubServer, lab: LabClient, loop_thread: LoopThread
) -> None:
    """The identity is quoted in the path; an action without an item gives None."""
    stub.answer("POST", f"{PHONE}/actions", {"item": None})
    acted = lab.act(W, ChannelName("sms"), Identity("+49 1"), "send_text", text="x")
    assert loop_thread.run(acted) is None
    assert stub.asked[0].body == {"action": "send_text", "text": "x"}


def test_the_screen_is_asked_for_with_its_query(stub: StubServer, lab: LabClient, loop_thread: LoopThread) -> None:
    """Absent values leave no trace in the query."""
    stub.answer("GET", f"{PHONE}/screen", {"version": 3, "items": [{"id": "i", "author": "business", "kind": "text"}]})
    screen = loop_thread.run(lab.screen(W, ChannelName("sms"), Identity("+49 1"), after=2))
    assert (screen.version, screen.items[0].author) == (3, "business")
    assert stub.asked[0].query == {"after": "2"}


def test_a_long_trace_is_read_page_by_page(stub: StubServer, lab: LabClient, loop_thread: LoopThread) -> None:
    """A full page is followed by another question, a page that is not full ends it."""
    stub.answer("GET", "/lab/v1/worlds/w1/trace", {"events": [event(1)], "next": 7})
    trace = loop_thread.run(lab.trace(W, after=3))
    assert ([found.seq for found in trace.events], trace.raw, trace.next) == ([1], [event(1)], 7)
    assert stub.asked[0].query == {"after": "3", "limit": str(TRACE_PAGE)}


def test_a_refusal_is_our_defect_with_code_and_hint(stub: StubServer, lab: LabClient, loop_thread: LoopThread) -> None:
    """Never held against the subject."""
    assert stub.asked == []
    with pytest.raises(LabRefused) as refused:
        loop_thread.run(lab.worlds())
    assert (refused.value.status, refused.value.code, refused.value.hint) == (404, "unknown", "ask less")
    assert refused.value.outcome is Outcome.ERROR
    assert "the lab answered 404 to GET /lab/v1/worlds" in refused.value.sentence


@pytest.mark.parametrize("answer", [b"<html>oops</html>", b"[]"])
def test_a_refusal_of_any_shape_is_told(
    stub: StubServer, lab: LabClient, loop_thread: LoopThread, answer: bytes
) -> None:
    """A proxy's error page is quoted."""
    stub.answer("GET", "/health", answer, 502)
    with pytest.raises(LabRefused, match=r"502 to GET /health"):
        loop_thread.run(lab.health())


def test_an_answer_out_of_shape_is_our_defect(stub: StubServer, lab: LabClient, loop_thread: LoopThread) -> None:
    """The call and the path of the mistake are named."""
    stub.answer("GET", "/lab/v1/worlds/w1/clock", {"mode": "manual"})
    with pytest.raises(LabDefect, match=r"GET /lab/v1/worlds/w1/clock is not what its contract says.*now"):
        loop_thread.run(lab.clock(W))


def test_an_answer_that_is_not_json_is_our_defect(stub: StubServer, lab: LabClient, loop_thread: LoopThread) -> None:
    """Whatever stands in between is not held against the subject."""
    stub.answer("GET", "/lab/v1/addresses", b"<html>")
    with pytest.raises(LabDefect, match="is not JSON"):
        loop_thread.run(lab.addresses())


def test_nobody_there_is_told_with_the_address(session: aiohttp.ClientSession, loop_thread: LoopThread) -> None:
    """A lab that does not listen is a problem with its URL in it."""
    with pytest.raises(LabDefect, match=r"127\.0\.0\.1:1"):
        loop_thread.run(LabClient(session, "http://127.0.0.1:1").health())
