"""Worlds: isolated, deterministic, and whole in one file."""

from __future__ import annotations

import json
import re
from typing import Any

from harness.lab.tests.conftest import Control, Subject

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
    import base64  # noqa: PLC0415

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


async def test_addresses_can_be_those_of_a_proxy(control: Control) -> None:
    """What the outside is told can differ from where the servers listen."""
    world = await control.world(addresses={"sinch": "http://proxy.example:7000/"})
    assert world["sinch"]["base_url"] == "http://proxy.example:7000"
    assert world["sinch"]["service_connection"].startswith("http://proxy.example:7000/v1/projects/")
