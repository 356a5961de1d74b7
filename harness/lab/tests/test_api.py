"""The control API: what a program may ask of a lab, and what it is told when it asks wrongly."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from yarl import URL

from harness.lab import api
from harness.lab.tests.conftest import Control, Subject


async def test_a_world_tells_a_subject_all_it_needs(control: Control) -> None:
    """Addresses, credentials and the webhook's secret come with the new world."""
    world = await control.world(seed="all")
    sinch = world["sinch"]
    assert sinch["service_connection"] == f"{sinch['base_url']}/v1/projects/{sinch['project_id']}/messages:send"
    assert sinch["webhook"]["secret"]
    channels = control.lab.worlds[world["world"]].channels
    assert set(world["channels"]) == set(channels)
    for name, component in channels.items():
        assert set(component.secrets()) <= set(world["channels"][name].values())


async def test_a_text_goes_from_the_phone_to_the_subject_signed(control: Control, subject: Subject) -> None:
    """The whole way over real HTTP, and the trace ties its hops together."""
    world = await control.world(subject={"webhook_url": subject.url})
    customer = await control.customer(world)
    _, answer = await control.call(
        "POST", control.phone(world, customer, "whatsapp") + "/actions", {"action": "send_text", "text": "hi"}
    )
    await control.call("POST", f"/lab/v1/worlds/{world['world']}/settle")
    inbound = [body for body in subject.bodies if b"MESSAGE" not in body and b'"contact_message"' in body]
    assert len(inbound) == 1
    assert b'"text":"hi"' in inbound[0]
    assert all("x-sinch-webhook-signature" in headers for headers in subject.headers)
    _, page = await control.call(
        "GET", f"/lab/v1/worlds/{world['world']}/trace", params={"message": answer["item"]["id"]}
    )
    assert [(hop["source"], hop["target"]) for hop in page["events"]] == [
        ("phone", "whatsapp"),
        ("whatsapp", "sinch"),
        ("sinch", "subject"),
    ]


async def test_the_trace_masks_every_secret(control: Control, subject: Subject) -> None:
    """No credential of a world stands in what anybody can read of its trace."""
    world = await control.world(subject={"webhook_url": subject.url})
    customer = await control.customer(world)
    for channel in customer["phones"]:
        await control.call(
            "POST", control.phone(world, customer, channel) + "/actions", {"action": "send_text", "text": "hi"}
        )
    sinch = world["sinch"]
    key = base64.b64encode(f"{sinch['key_id']}:{sinch['key_secret']}".encode()).decode()
    token_request = {"data": "grant_type=client_credentials", "headers": {"Authorization": f"Basic {key}"}}
    token_request["headers"]["Content-Type"] = "application/x-www-form-urlencoded"  # type: ignore[index]
    async with control.session.post(sinch["token_url"], **token_request) as response:  # type: ignore[arg-type]
        token = (await response.json())["access_token"]
    await control.call("POST", f"/lab/v1/worlds/{world['world']}/settle")
    async with control.session.get(f"{control.url}/lab/v1/worlds/{world['world']}/trace") as response:
        text = await response.text()
    secrets = [sinch["key_secret"], key, token, sinch["webhook"]["secret"]]
    secrets += [
        channel[name] for channel in world["channels"].values() for name in ("token", "app_secret") if name in channel
    ]
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"sede": "x"}, "sede"),
        ({"channels": ["fax"]}, "fax"),
        ({"channels": "whatsapp"}, "channels"),
        ({"clock": {"mode": "fast"}}, "fast"),
        ({"clock": {"start": "yesterday"}}, "yesterday"),
        ({"addresses": {"moon": "http://x"}}, "moon"),
        ({"subject": {"webhook_url": "ftp://x"}}, "webhook_url"),
        ({"history": 0}, "history"),
    ],
)
async def test_a_wrong_world_is_refused_with_what_and_where(control: Control, body: Any, says: str) -> None:
    """400 names the field or the value."""
    status, answer = await control.call("POST", "/lab/v1/worlds", body)
    assert status == 400
    assert says in answer["error"]["message"]
    assert answer["error"]["hint"]


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b'"text"', b"[]", b'{"seed": "\xc3\x28"}'])
async def test_a_body_that_is_no_json_object_is_refused(control: Control, raw: bytes) -> None:
    """Truncated, not UTF-8, not an object: 400, never a traceback."""
    status, answer = await control.call(
        "POST", "/lab/v1/worlds", data=raw, headers={"Content-Type": "application/json"}
    )
    assert status == 400
    assert answer["error"]["code"] == "invalid"


async def test_two_worlds_of_one_seed_cannot_be_open_at_once(control: Control) -> None:
    """Their credentials would clash: 409, until the first is closed."""
    world = await control.world(seed="same")
    status, answer = await control.call("POST", "/lab/v1/worlds", {"seed": "same"})
    assert (status, answer["error"]["code"]) == (409, "seed_taken")
    await control.call("DELETE", f"/lab/v1/worlds/{world['world']}")
    assert (await control.world(seed="same"))["world"] == world["world"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/lab/v1/worlds/nowhere"),
        ("GET", "/lab/v1/worlds/nowhere/trace"),
        ("GET", "/lab/v1/nothing"),
        ("POST", "/lab/v1/worlds/nowhere/customers"),
        ("DELETE", "/lab/v1/worlds/nowhere"),
    ],
)
async def test_what_is_not_there_is_404(control: Control, method: str, path: str) -> None:
    """An unknown world or path is said to be unknown."""
    status, answer = await control.call(method, path)
    assert status == 404
    assert answer["error"]["message"]


async def test_the_impossible_is_409_with_a_sentence(control: Control) -> None:
    """A voice note on SMS, a tap on a button never shown, a message from an offline phone."""
    world = await control.world()
    customer = await control.customer(world)
    sms, whatsapp = control.phone(world, customer, "sms"), control.phone(world, customer, "whatsapp")
    voice = await control.call("POST", sms + "/actions", {"action": "send_voice_note"})
    tap = await control.call("POST", whatsapp + "/actions", {"action": "tap", "item": "x", "button": "y"})
    await control.call("POST", whatsapp + "/actions", {"action": "go_offline"})
    offline = await control.call("POST", whatsapp + "/actions", {"action": "send_text", "text": "x"})
    assert [status for status, _ in (voice, tap, offline)] == [409, 409, 409]
    assert all(answer["error"]["message"] for _, answer in (voice, tap, offline))


async def test_a_phone_keeps_the_files_it_sent(control: Control) -> None:
    """Bytes come back as they were, and never as a page that a browser would run."""
    world = await control.world()
    phone = control.phone(world, await control.customer(world), "whatsapp")
    data = b"<script>alert(1)</script>"
    media = {"name": "x.html", "mime": "text/html", "data_base64": base64.b64encode(data).decode()}
    _, answer = await control.call("POST", phone + "/actions", {"action": "send_document", "media": media})
    async with control.session.get(f"{control.url}{phone}/media/{answer['item']['media']['id']}") as response:
        assert await response.read() == data
        assert response.headers["Content-Disposition"] == "attachment"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_screen_can_be_waited_for(control: Control) -> None:
    """A long poll answers at once when the screen is newer, and with the change when it comes."""
    world = await control.world()
    phone = control.phone(world, await control.customer(world), "whatsapp")
    _, before = await control.call("GET", phone + "/screen")
    _, answer = await control.call("POST", phone + "/actions", {"action": "send_text", "text": "now"})
    _, after = await control.call("GET", phone + "/screen", params={"after": before["version"], "wait": "20"})
    assert [item["id"] for item in after["items"]] == [answer["item"]["id"]]
    assert after["version"] > before["version"]


@pytest.mark.parametrize("query", [{"wait": "long"}, {"wait": "31"}, {"after": "-3"}])
async def test_a_wrong_query_is_refused(control: Control, query: dict[str, str]) -> None:
    """Numbers out of range or no numbers at all: 400."""
    world = await control.world()
    phone = control.phone(world, await control.customer(world), "whatsapp")
    status, answer = await control.call("GET", phone + "/screen", params=query)
    assert (status, answer["error"]["code"]) == (400, "invalid")


async def test_the_clock_moves_as_far_as_it_is_told(control: Control) -> None:
    """By a duration, by seconds, or to an instant; never backwards and never twice at once."""
    world = await control.world()
    clock = f"/lab/v1/worlds/{world['world']}/clock"
    assert (await control.call("POST", clock + ":advance", {"by": "24h1m"}))[1]["now"] == "2026-03-03T09:01:00.000Z"
    assert (await control.call("POST", clock + ":advance", {"seconds": 1.5}))[1]["now"] == "2026-03-03T09:01:01.500Z"
    assert (await control.call("POST", clock + ":advance", {"to": "2026-03-04T00:00:00Z"}))[1][
        "now"
    ] == "2026-03-04T00:00:00.000Z"
    for wrong in ({}, {"by": "soon"}, {"by": "1h", "seconds": 2}, {"to": "2026-03-01T00:00:00Z"}, {"seconds": -1}):
        assert (await control.call("POST", clock + ":advance", wrong))[0] == 400
    assert (await control.call("GET", clock))[1]["now"] == "2026-03-04T00:00:00.000Z"


async def test_faults_are_ordered_listed_and_taken_back(control: Control, subject: Subject) -> None:
    """An ordered duplicate doubles the next callback and counts its hit."""
    world = await control.world(subject={"webhook_url": subject.url})
    base = f"/lab/v1/worlds/{world['world']}"
    order = {
        "where": {"source": "sinch", "target": "subject", "operation": "MESSAGE_INBOUND"},
        "when": {"kind": "next"},
        "what": {"kind": "duplicate"},
    }
    _, rule = await control.call("POST", base + "/faults", order)
    phone = control.phone(world, await control.customer(world), "sms")
    await control.call("POST", phone + "/actions", {"action": "send_text", "text": "twice"})
    await control.call("POST", base + "/settle")
    assert sum(b'"text":"twice"' in body for body in subject.bodies) == 2
    assert (await control.call("GET", base + "/faults"))[1]["faults"][0]["hits"] == 1
    assert (await control.call("DELETE", f"{base}/faults/{rule['id']}"))[0] == 204
    assert (await control.call("DELETE", f"{base}/faults/{rule['id']}"))[0] == 404
    assert (await control.call("GET", base + "/faults"))[1]["faults"] == []


@pytest.mark.parametrize(
    "order",
    [
        {"what": {"kind": "earthquake"}},
        {"what": {"kind": "status", "status": 200}},
        {"what": {"kind": "drop"}, "where": {"target": "mars"}},
        {"what": {"kind": "drop"}, "when": {"kind": "next", "n": 0}},
        {"what": {"kind": "drop"}, "preset": "sms:429"},
        {"what": {"kind": "failure", "code": "1"}, "where": {"target": "telegram", "operation": "sendMessage"}},
        {"preset": "sms:earthquake"},
        {"preset": "sms:429", "where": {"source": "mars"}},
        {},
    ],
)
async def test_a_wrong_fault_is_refused(control: Control, order: Any) -> None:
    """Unknown kinds, participants and numbers: 400."""
    world = await control.world()
    assert (await control.call("POST", f"/lab/v1/worlds/{world['world']}/faults", order))[0] == 400


async def test_a_preset_is_listed_and_can_be_ordered(control: Control) -> None:
    """By its full name; what is said besides replaces that part of it alone."""
    _, listed = await control.call("GET", "/lab/v1/channels")
    offered = {preset["preset"]: preset for preset in listed["channels"]["telegram"]["presets"]}
    assert offered["telegram:429"]["what"]["status"] == 429
    world = await control.world()
    path = f"/lab/v1/worlds/{world['world']}/faults"
    order = {"preset": "telegram:429", "where": {"operation": "sendPhoto"}, "when": {"kind": "next", "n": 2}}
    status, rule = await control.call("POST", path, order)
    assert (status, rule["what"]["status"]) == (201, 429)
    assert rule["where"] == {"source": "", "target": "telegram", "operation": "sendPhoto"}
    assert rule["when"]["n"] == 2


async def test_a_failure_after_acceptance_comes_by_the_vendors_status(control: Control) -> None:
    """WhatsApp answers 200 and tells of the failure by its webhook, although the window is open."""
    world = await control.world()
    base = f"/lab/v1/worlds/{world['world']}"
    account, person = world["channels"]["whatsapp"], await control.customer(world)
    phone = control.phone(world, person, "whatsapp")
    await control.call("POST", phone + "/actions", {"action": "send_text", "text": "hello"})
    await control.call("POST", f"{base}/faults", {"preset": "whatsapp:131026"})
    body = {"messaging_product": "whatsapp", "to": person["phones"]["whatsapp"]["identity"], "type": "text"}
    async with control.session.post(
        f"{account['base_url']}/v23.0/{account['phone_number_id']}/messages",
        json={**body, "text": {"body": "lost"}},
        headers={"Authorization": f"Bearer {account['token']}"},
    ) as response:
        assert response.status == 200
        wamid = (await response.json())["messages"][0]["id"]
    await control.call("POST", base + "/settle")
    _, trace = await control.call("GET", base + "/trace", params={"message": wamid})
    assert [hop["name"] for hop in trace["events"]] == ["messages", "callback WHATSAPP"]
    assert '"code":131026' in str(trace["events"][1]["request"])
    _, screen = await control.call("GET", phone + "/screen")
    assert [item["text"] for item in screen["items"]] == ["hello"]


async def test_events_stream_what_happens(control: Control) -> None:
    """The clock comes first, then every hop as it happens."""
    world = await control.world()
    phone = control.phone(world, await control.customer(world), "sms")
    async with control.session.get(f"{control.url}/lab/v1/worlds/{world['world']}/events") as stream:
        assert stream.content_type == "text/event-stream"
        assert await stream.content.readline() == b"event: clock\n"
        await control.call("POST", phone + "/actions", {"action": "send_text", "text": "streamed"})
        seen = b""
        while b'"note":"streamed"' not in seen:
            seen += await stream.content.readline()
    assert b"event: trace\n" in seen


async def test_channels_and_addresses_are_told(control: Control) -> None:
    """Tables and addresses are data for whoever asks."""
    _, channels = await control.call("GET", "/lab/v1/channels")
    _, addresses = await control.call("GET", "/lab/v1/addresses")
    assert all(
        channel["kinds"] and channel["limits"] and channel["errors"] for channel in channels["channels"].values()
    )
    assert {channel["host"] for channel in channels["channels"].values()} < set(addresses["addresses"])


async def test_the_openapi_document_covers_every_route(control: Control) -> None:
    """What the router serves is what the document says, and its schemas are schemas."""
    _, document = await control.call("GET", "/lab/v1/openapi.json")
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    described = {(method.upper(), path) for path, entry in document["paths"].items() for method in entry}
    assert ("POST", "/lab/v1/worlds/{world}/phones/{channel}/{identity}/actions") in described
    assert "send_voice_note" in str(document)


async def test_health_and_metrics_answer(control: Control) -> None:
    """A probe and a scraper find what they expect."""
    await control.world()
    assert (await control.call("GET", "/health"))[1] == {"status": "ok", "worlds": 1}
    _, metrics = await control.call("GET", "/metrics")
    assert b"bridgelab_worlds 1" in metrics


async def test_depth_for_its_own_sake_is_a_mistake(control: Control) -> None:
    """Ten thousand levels are refused in words."""
    world = await control.world()
    customer = await control.customer(world)
    body = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    json = {"Content-Type": "application/json"}
    path = control.phone(world, customer, "whatsapp") + "/actions"
    assert (await control.call("POST", path, data=body, headers=json))[0] == 400


async def test_a_rate_that_never_comes_back_is_refused(control: Control) -> None:
    """Its waiting time would be no number."""
    world = await control.world()
    fault = {"what": {"kind": "throttle", "rate_per_second": 5e-324}}
    assert (await control.call("POST", f"/lab/v1/worlds/{world['world']}/faults", fault))[0] == 400


async def test_a_strangers_token_is_not_shown(control: Control) -> None:
    """Whoever points a real bot at the lab by mistake reads in the list whose it was, and nobody reads the token."""
    url = f"{control.lab.addresses['telegram']}/bot123456%3AAAreal-secret/getMe"
    async with control.session.get(URL(url, encoded=True)) as response:
        assert response.status == 401
    _, page = await control.call("GET", "/lab/v1/strays")
    assert [hop["url"].rpartition("/bot")[2] for hop in page["events"]] == ["123456%3A***/getMe"]


async def test_a_lab_is_full_at_some_point(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worlds, customers and faults have caps, and the refusal says what to do; a deleted world makes room."""
    monkeypatch.setattr(control.lab, "settings", dataclasses.replace(control.lab.settings, max_worlds=1))
    monkeypatch.setattr(api, "MAX_CUSTOMERS", 1)
    monkeypatch.setattr(api, "MAX_FAULTS", 1)
    world = await control.world(channels=["sms"])
    path = f"/lab/v1/worlds/{world['world']}"
    _, raw = await control.call("GET", f"{path}/snapshot")
    fault = {"what": {"kind": "drop"}}
    assert (await control.call("POST", f"{path}/customers", {}))[0] == 201
    assert (await control.call("POST", f"{path}/faults", fault))[0] == 201
    octets = {"Content-Type": "application/octet-stream"}
    refused = [
        await control.call("POST", f"{path}/customers", {}),
        await control.call("POST", f"{path}/faults", fault),
        await control.call("POST", "/lab/v1/worlds", {}),
        await control.call("POST", "/lab/v1/worlds:restore", data=raw, headers=octets),
    ]
    assert [(status, answer["error"]["code"]) for status, answer in refused] == [(409, "full")] * 4
    assert "--max-worlds" in refused[2][1]["error"]["message"]
    await control.call("DELETE", path)
    assert (await control.call("POST", "/lab/v1/worlds", {}))[0] == 201


async def test_what_is_not_published_can_be_set(control: Control) -> None:
    """A channel's account has settings: read, and changed by name; what is none is refused with a sentence."""
    world = await control.world(channels=["whatsapp", "sinchchat"])
    path = f"/lab/v1/worlds/{world['world']}/channels"
    status, before = await control.call("GET", f"{path}/whatsapp/settings")
    assert (status, before["settings"]["review_ms"] > 5, before["settings"]["usernames"]) == (200, True, False)
    _, after = await control.call("PATCH", f"{path}/whatsapp/settings", {"review_ms": 5, "usernames": True})
    assert after == {"settings": {**before["settings"], "review_ms": 5, "usernames": True}}
    assert await control.call("GET", f"{path}/whatsapp/settings") == (200, after)
    for channel, changes, sentence in (
        ("whatsapp", {"mood": 1}, "whatsapp has no setting 'mood'; it has throughput"),
        ("whatsapp", {"review_ms": -1}, "`$.review_ms`"),
        ("whatsapp", {"usernames": "yes"}, "`$.usernames`"),
        ("sinchchat", {"mood": 1}, "sinchchat has no setting 'mood'; it has none"),
    ):
        status, refused = await control.call("PATCH", f"{path}/{channel}/settings", changes)
        assert status == 400
        assert sentence in refused["error"]["message"]
    assert await control.call("GET", f"{path}/sinchchat/settings") == (200, {"settings": {}})
    assert (await control.call("GET", f"{path}/fax/settings"))[0] == 404
