"""Worlds: isolated, deterministic, and whole in one file."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from typing import Any

import msgspec
import pytest

from fake_channels.core.shell import Shell
from harness.lab import worlds
from harness.lab.lab import UnknownWorld
from harness.lab.tests.conftest import Control, Subject
from harness.lab.worlds import LabWorld

SCRIPT = (
    ("whatsapp", {"action": "send_text", "text": "hello"}),
    ("whatsapp", {"action": "send_image", "caption": "look"}),
    ("sms", {"action": "send_text", "text": "hi"}),
)


async def play(control: Control, subject: Subject, seed: str) -> tuple[dict[str, Any], list[Any]]:
    """One evening in a world of this seed; returns the world and its trace."""
    world = await control.world(seed=seed, subject={"webhook_url": subject.url})
    customer = await control.customer(world)
    for channel, action in SCRIPT:
        await control.call("POST", control.phone(world, customer, channel) + "/actions", action)
        await control.call("POST", f"/lab/v1/worlds/{world['world']}/settle")
    await control.call("POST", f"/lab/v1/worlds/{world['world']}/clock:advance", {"by": "1h"})
    _, page = await control.call("GET", f"/lab/v1/worlds/{world['world']}/trace")
    return world, page["events"]


def timeless(events: list[Any]) -> str:
    """A trace without what differs between machines: wall time, durations, ports."""
    for event in events:
        del event["wall"], event["duration_ms"]
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", json.dumps(events))
    text = re.sub(r'"date": "[^"]+"', '"date": ""', text)
    return re.sub(r'"(sha256|bytes|Content-Length|content-length)": "?\w+"?', r'"\1": 0', text)


async def test_one_seed_gives_one_trace(control: Control, subject: Subject) -> None:
    """Two worlds of one seed behave byte for byte alike, apart from wall time and ports."""
    first, first_trace = await play(control, subject, "twin")
    await control.call("DELETE", f"/lab/v1/worlds/{first['world']}")
    second, second_trace = await play(control, subject, "twin")
    assert first == second
    assert len(first_trace) > 8
    assert timeless(first_trace) == timeless(second_trace)


async def test_another_seed_gives_other_credentials_and_people(control: Control, subject: Subject) -> None:
    """Nothing unguessable is shared by two seeds."""
    one, one_trace = await play(control, subject, "a")
    other, other_trace = await play(control, subject, "b")
    assert one["sinch"]["key_secret"] != other["sinch"]["key_secret"]
    assert timeless(one_trace) != timeless(other_trace)


async def test_a_hundred_worlds_do_not_see_one_another(control: Control) -> None:
    """Each of a hundred worlds in one lab has exactly its own message on its own screen and in its own trace."""
    worlds = [await control.world(seed=f"crowd-{number}") for number in range(100)]
    customers = [await control.customer(world) for world in worlds]
    for number, (world, customer) in enumerate(zip(worlds, customers, strict=True)):
        path = control.phone(world, customer, "whatsapp") + "/actions"
        await control.call("POST", path, {"action": "send_text", "text": f"message {number}"})
    for number, (world, customer) in enumerate(zip(worlds, customers, strict=True)):
        await control.call("POST", f"/lab/v1/worlds/{world['world']}/settle")
        _, screen = await control.call("GET", control.phone(world, customer, "whatsapp") + "/screen")
        _, page = await control.call("GET", f"/lab/v1/worlds/{world['world']}/trace")
        assert [item["text"] for item in screen["items"]] == [f"message {number}"]
        assert [hop["note"] for hop in page["events"] if hop["kind"] == "phone"] == [f"message {number}"]
        project = control.lab.worlds[world["world"]].gateway.service.state
        assert [message.channel for message in project.messages.values()] == ["WHATSAPP"]
    for world in worlds[1:]:
        foreign = worlds[0]["sinch"]
        url = f"{foreign['base_url']}/v1/projects/{world['sinch']['project_id']}/contacts"
        auth = {"Authorization": _basic(foreign["key_id"], foreign["key_secret"])}
        async with control.session.get(url, headers=auth) as response:
            assert response.status == 401


def _basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


async def test_a_snapshot_is_the_whole_world(control: Control, subject: Subject) -> None:
    """Closed and restored, a world goes on where it was: screens, ids, timers, queued callbacks."""
    world = await control.world(seed="kept", subject={"webhook_url": "http://127.0.0.1:9/nobody"})
    customer = await control.customer(world)
    phone = control.phone(world, customer, "whatsapp")
    await control.call("POST", phone + "/actions", {"action": "send_text", "text": "before"})
    _, raw = await control.call("GET", f"/lab/v1/worlds/{world['world']}/snapshot")
    _, next_id = await control.call("POST", phone + "/actions", {"action": "send_text", "text": "after"})
    await control.call("DELETE", f"/lab/v1/worlds/{world['world']}")
    octets = {"Content-Type": "application/octet-stream"}
    status, restored = await control.call("POST", "/lab/v1/worlds:restore", data=raw, headers=octets)
    assert status == 201
    assert restored["customers"] == [customer]
    assert restored["clock"]["next_timer"] is not None
    _, screen = await control.call("GET", phone + "/screen")
    assert [item["text"] for item in screen["items"]] == ["before"]
    _, again = await control.call("POST", phone + "/actions", {"action": "send_text", "text": "after"})
    assert again["item"]["id"] == next_id["item"]["id"]
    await control.call("PUT", f"/lab/v1/worlds/{world['world']}/subject", {"webhook_url": subject.url})
    await control.call("POST", f"/lab/v1/worlds/{world['world']}/clock:advance", {"by": "10m"})
    texts = [text for text in (b"before", b"after") if any(text in body for body in subject.bodies)]
    assert texts == [b"before", b"after"]


async def test_damaged_snapshots_are_refused(control: Control) -> None:
    """Anything that is no snapshot is refused with 400, and opens nothing."""
    world = await control.world(seed="kept")
    _, raw = await control.call("GET", f"/lab/v1/worlds/{world['world']}/snapshot")
    await control.call("DELETE", f"/lab/v1/worlds/{world['world']}")
    octets = {"Content-Type": "application/octet-stream"}
    for damaged in (b"", b"\x80", raw[:-20], b"\x00" * 64, raw.replace(b"whatsapp", b"whatsupp")):
        status, answer = await control.call("POST", "/lab/v1/worlds:restore", data=damaged, headers=octets)
        assert (status, answer["error"]["code"]) == (400, "snapshot")
    assert control.lab.worlds == {}


async def test_reset_empties_a_world(control: Control) -> None:
    """Same seed, same credentials, nobody there."""
    world = await control.world(seed="again")
    await control.customer(world)
    _, fresh = await control.call("POST", f"/lab/v1/worlds/{world['world']}:reset")
    assert fresh["customers"] == []
    assert fresh["sinch"]["key_secret"] == world["sinch"]["key_secret"]


@pytest.mark.parametrize("limited", [True, False])
async def test_a_world_may_lift_the_vendors_rate_limits(control: Control, limited: bool) -> None:  # noqa: FBT001
    """Its channels are told so, and so are those of its snapshot."""
    world = await control.world(rate_limits=limited, channels=["sms"])
    told = [control.lab.worlds[world["world"]].channels["sms"].env(0).limited]
    _, raw = await control.call("GET", f"/lab/v1/worlds/{world['world']}/snapshot")
    await control.call("DELETE", f"/lab/v1/worlds/{world['world']}")
    octets = {"Content-Type": "application/octet-stream"}
    await control.call("POST", "/lab/v1/worlds:restore", data=raw, headers=octets)
    told.append(control.lab.worlds[world["world"]].channels["sms"].env(0).limited)
    assert told == [limited, limited]


async def test_addresses_can_be_those_of_a_proxy(control: Control) -> None:
    """What the outside is told can differ from where the servers listen."""
    world = await control.world(addresses={"sinch": "http://proxy.example:7000/"})
    assert world["sinch"]["base_url"] == "http://proxy.example:7000"
    assert world["sinch"]["service_connection"].startswith("http://proxy.example:7000/v1/projects/")


async def test_crafted_snapshots_open_nothing(control: Control) -> None:
    """Times beyond the calendar, impossible histories, a project without apps, and depth for its own sake."""
    world = await control.world(seed="kept", subject={"webhook_url": "http://127.0.0.1:9/nobody"})
    await control.customer(world)
    _, raw = await control.call("GET", f"/lab/v1/worlds/{world['world']}/snapshot")
    await control.call("DELETE", f"/lab/v1/worlds/{world['world']}")
    crafted = [b"\x91" * 50_000]
    for path, value in (
        (("now",), 2**62),
        (("now",), -1),
        (("plan", "history"), 2**64 - 1),
        (("plan", "history"), -1),
        (("plan", "channels"), ["x"]),
        (("timers",), [{"due": 2**62, "component": "sinch", "event": b""}]),
        (("timers",), [{"due": 1, "component": "nobody", "event": b""}]),
        (("components", "sinch"), b"\x91" * 50_000),
    ):
        document = msgspec.msgpack.decode(raw)
        inner = document
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        crafted.append(msgspec.msgpack.encode(document))
    document = msgspec.msgpack.decode(raw)
    project = msgspec.msgpack.decode(document["components"]["sinch"])
    project["apps"] = {}
    document["components"]["sinch"] = msgspec.msgpack.encode(project)
    crafted.append(msgspec.msgpack.encode(document))
    octets = {"Content-Type": "application/octet-stream"}
    for body in crafted:
        status, answer = await control.call("POST", "/lab/v1/worlds:restore", data=body, headers=octets)
        assert (status, answer["error"]["code"]) == (400, "snapshot")
    assert (await control.call("GET", "/lab/v1/worlds"))[1] == {"worlds": []}


async def test_two_resets_at_once_leave_one_world(control: Control) -> None:
    """One of them wins, and the world can be used and closed afterwards."""
    world = await control.world(seed="twice")
    path = f"/lab/v1/worlds/{world['world']}"
    answers = await asyncio.gather(*(control.call("POST", f"{path}:reset") for _ in range(4)))
    assert {status for status, _ in answers} <= {200, 404}
    assert (await control.call("GET", path))[0] == 200
    assert (await control.call("DELETE", path))[0] == 204
    await control.world(seed="twice")


async def test_a_world_that_is_reset_already_is_not_reset_again(control: Control) -> None:
    """Its successor has its id and its credentials."""
    world = control.lab.worlds[(await control.world(seed="twice"))["world"]]
    fresh = await control.lab.reset(world)
    with pytest.raises(UnknownWorld):
        await control.lab.reset(world)
    control.lab.close(world)
    assert control.lab.worlds == {fresh.id: fresh}


async def test_a_world_of_a_taken_seed_is_closed_at_once(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it was about to do would reach the other one, whose credentials it shares."""
    await control.world(seed="taken")
    made: list[LabWorld] = []
    build = worlds.build

    def noted(plan: worlds.Plan, shell: Shell) -> LabWorld:
        made.append(build(plan, shell))
        return made[-1]

    monkeypatch.setattr(worlds, "build", noted)
    assert (await control.call("POST", "/lab/v1/worlds", {"seed": "taken"}))[0] == 409
    assert [world.core.closed for world in made] == [True]


async def test_an_advance_waits_for_the_one_before(control: Control) -> None:
    """Whoever moves the clock holds it alone."""
    world = await control.world()
    path = f"/lab/v1/worlds/{world['world']}/clock:advance"
    core = control.lab.worlds[world["world"]].core
    async with asyncio.TaskGroup() as group, core.advancing:
        asked = group.create_task(control.call("POST", path, {"by": "1h"}))
        for _ in range(5):
            await control.call("GET", "/health")
        assert not asked.done()
    assert asked.result()[0] == 200


async def test_two_advances_at_once_add_up(control: Control) -> None:
    """Each starts where the other ended."""
    world = await control.world()
    path = f"/lab/v1/worlds/{world['world']}/clock:advance"
    answers = await asyncio.gather(*(control.call("POST", path, {"by": "1h"}) for _ in range(3)))
    assert [status for status, _ in answers] == [200, 200, 200]
    assert max(answer["now"] for _, answer in answers) == "2026-03-02T12:00:00.000Z"


async def test_a_closed_world_ends_what_waits_for_it(control: Control) -> None:
    """A screen that is watched and a stream of events."""
    world = await control.world()
    customer = await control.customer(world)
    path = f"/lab/v1/worlds/{world['world']}"
    screen = control.phone(world, customer, "whatsapp") + "/screen"
    async with asyncio.timeout(10), control.session.get(f"{control.url}{path}/events") as stream:
        watched = asyncio.gather(control.call("GET", screen, params={"after": "99", "wait": "30"}))
        signal = control.lab.worlds[world["world"]].core.signal
        while len(signal._waiters) < 2:  # both must wait before the world goes
            await control.call("GET", "/health")
        await control.call("DELETE", path)
        assert (await stream.content.read()).startswith(b"event: clock")
        assert (await watched)[0][0] == 200


@pytest.mark.parametrize("wish", [{"to": "9999-12-31T23:59:59Z"}, {"by": "1" * 5_000}, {"seconds": 3.2e10}])
async def test_a_clock_stays_within_the_calendar(control: Control, wish: dict[str, Any]) -> None:
    """A jump that no clock can show is refused, and the list of worlds stays readable."""
    world = await control.world(clock={"mode": "manual", "start": "2980-01-01T00:00:00Z"})
    status, _ = await control.call("POST", f"/lab/v1/worlds/{world['world']}/clock:advance", wish)
    assert status == 400
    assert (await control.call("GET", "/lab/v1/worlds"))[0] == 200
    beyond = {"clock": {"mode": "manual", "start": "9999-01-01T00:00:00Z"}}
    assert (await control.call("POST", "/lab/v1/worlds", beyond))[0] == 400
