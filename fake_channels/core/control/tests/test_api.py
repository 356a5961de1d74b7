"""The control API of a house: acting, looking, faults and time, for whoever has the token."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from fake_channels.core.control import api
from fake_channels.core.house import House, Plan
from fake_channels.registry import CHANNELS

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


class Control:
    """A house with its control API and somebody who has the token."""

    def __init__(self, house: House, url: str, session: aiohttp.ClientSession) -> None:
        self.house, self.url, self.session = house, url, session

    async def call(
        self, method: str, path: str, value: Any = None, *, headers: dict[str, str] | None = None, **query: str
    ) -> tuple[int, Any]:
        """One call; headers that are given replace the usual ones."""
        named = {"Authorization": "Bearer t"} if headers is None else headers
        async with self.session.request(method, self.url + path, json=value, headers=named, params=query) as response:
            return response.status, await response.json() if response.status != 204 else None

    async def phone(self, channel: str) -> str:
        """Where the first customer's phone on a channel is controlled."""
        _, told = await self.call("GET", "/v1/customers")
        return f"/v1/phones/{channel}/{told['customers'][0]['phones'][channel]['identity']}"


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    """Telegram and SMS, and one customer."""
    plan = Plan(mode="manual", start=1_700_000_000_000)
    async with House([CHANNELS["sms"], CHANNELS["telegram"]], plan) as house, aiohttp.ClientSession() as session:
        house.add_customer("Ada")
        runner = web.AppRunner(api.application(house, bind="127.0.0.1", token="t"))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Control(house, f"http://127.0.0.1:{runner.addresses[0][1]}", session)
        house.world.close()
        await runner.cleanup()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer t", "Origin": "https://evil.example"}, 403),
        ({"Authorization": "Bearer t", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_only_who_has_the_token_gets_in(control: Control, headers: dict[str, str], status: int) -> None:
    """And no foreign page, token or not."""
    assert (await control.call("GET", "/v1", headers=headers))[0] == status
    assert (await control.call("POST", "/v1/customers", {}, headers=headers))[0] == status
    assert len(control.house.people) == 1


async def test_a_form_of_a_foreign_page_changes_nothing(control: Control) -> None:
    """A call that changes something is JSON."""
    headers = {"Authorization": "Bearer t", "Content-Type": "text/plain"}
    async with control.session.post(f"{control.url}/v1/customers", data=b"{}", headers=headers) as response:
        assert response.status == 415


async def test_the_index_says_how_to_connect_and_what_can_be_done(control: Control) -> None:
    """Credentials, customers, clock and every call."""
    _, told = await control.call("GET", "/v1")
    assert told["channels"]["telegram"]["base_url"] == control.house.urls["telegram"]
    assert told["channels"]["telegram"]["token"]
    assert told["customers"][0]["name"] == "Ada"
    assert told["clock"]["mode"] == "manual"
    assert [call["path"] for call in told["calls"]] == [path for _, path, _, _ in api.CALLS]


async def test_the_index_lists_what_a_customer_can_do(control: Control) -> None:
    """Each action with what it needs; whoever names none of them is told them, too."""
    _, told = await control.call("GET", "/v1")
    actions = {action["action"]: action for action in told["actions"]}
    assert actions["send_text"]["needs"] == ["text"]
    assert actions["send_image"]["may_have"] == ["media", "caption", "reply_to"]
    assert actions["tap"] == {
        "action": "tap",
        "does": "Tap a button, by its id or title, of an item on the screen.",
        "needs": ["item", "button"],
        "may_have": [],
    }
    path = f"{await control.phone('sms')}/actions"
    for wrong in ({"action": "send_picture"}, {"text": "Hi"}):
        _, refused = await control.call("POST", path, wrong)
        assert all(action in refused["error"]["message"] for action in actions)
    _, refused = await control.call("POST", path, {"action": "send_text"})
    assert "the actions are" not in refused["error"]["message"]


async def test_a_customer_acts_and_looks(control: Control) -> None:
    """A text, a file with its bytes, and what the business sent; the trace has it."""
    phone = await control.phone("telegram")
    status, said = await control.call("POST", f"{phone}/actions", {"action": "send_text", "text": "Hello"})
    assert (status, said["item"]["text"]) == (200, "Hello")
    media = {"data_base64": base64.b64encode(PNG).decode(), "mime": "image/png", "name": "a.png"}
    await control.call("POST", f"{phone}/actions", {"action": "send_document", "media": media})
    _, screen = await control.call("GET", f"{phone}/screen")
    assert [item["kind"] for item in screen["items"]] == ["text", "document"]
    path = f"{phone}/media/{screen['items'][1]['media']['id']}"
    async with control.session.get(control.url + path, headers={"Authorization": "Bearer t"}) as response:
        assert (await response.read(), response.headers["X-Content-Type-Options"]) == (PNG, "nosniff")
    _, trace = await control.call("GET", "/v1/trace", message=said["item"]["id"])
    assert [event["name"] for event in trace["events"]][:1] == ["send text"]
    assert (await control.call("GET", f"{phone}/media/nothing"))[0] == 404


async def test_a_screen_can_be_waited_for(control: Control) -> None:
    """The answer comes with the news."""
    phone = await control.phone("sms")
    _, before = await control.call("GET", f"{phone}/screen")
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(control.call("GET", f"{phone}/screen", after=str(before["version"]), wait="20"))
        await control.call("POST", f"{phone}/actions", {"action": "send_text", "text": "now"})
    assert [item["text"] for item in waiting.result()[1]["items"]] == ["now"]


async def test_people_can_be_added(control: Control) -> None:
    """Named, nameless, or invented, with a phone on some channels or on all."""
    _, named = await control.call("POST", "/v1/customers", {"name": "Bo", "channels": ["sms"]})
    _, nameless = await control.call("POST", "/v1/customers", {"name": None})
    _, invented = await control.call("POST", "/v1/customers", {"locale": "ja_JP"})
    assert (named["name"], set(named["phones"]), nameless["name"]) == ("Bo", {"sms"}, None)
    assert invented["name"]
    assert (await control.call("POST", "/v1/customers", {"locale": "xx"}))[0] == 400
    assert (await control.call("POST", "/v1/customers", {"channels": ["pigeon"]}))[0] == 404


async def test_faults_are_ordered_by_preset_or_by_hand(control: Control) -> None:
    """Listed, counted, and taken back."""
    _, listed = await control.call("GET", "/v1/presets")
    assert {"telegram:429", "sms:150"} <= {preset["preset"] for preset in listed["presets"]}
    status, fault = await control.call("POST", "/v1/faults", {"preset": "telegram:401", "when": {"kind": "next"}})
    assert (status, fault["where"]["target"]) == (201, "telegram")
    token = control.house.components["telegram"].state.token
    statuses = []
    for _ in range(2):
        async with control.session.get(f"{control.house.urls['telegram']}/bot{token}/getMe") as response:
            statuses.append(response.status)
    assert statuses == [401, 200]
    assert (await control.call("GET", "/v1/faults"))[1]["faults"][0]["hits"] == 1
    assert (await control.call("DELETE", f"/v1/faults/{fault['id']}"))[0] == 204
    assert (await control.call("DELETE", f"/v1/faults/{fault['id']}"))[0] == 404
    await control.call("POST", "/v1/faults", {"what": {"kind": "drop"}})
    assert (await control.call("DELETE", "/v1/faults"))[0] == 204
    assert control.house.world.faults.rules == []


async def test_the_clock_is_moved(control: Control) -> None:
    """By a duration or to a time, never backwards."""
    _, told = await control.call("POST", "/v1/clock:advance", {"by": "24h"})
    assert told["now"] == "2023-11-15T22:13:20.000Z"
    assert (await control.call("GET", "/v1/clock"))[1]["now"] == told["now"]
    for wrong in ({"to": "2023-01-01T00:00:00Z"}, {}, {"by": "soon"}, {"by": "1h", "seconds": 1}):
        assert (await control.call("POST", "/v1/clock:advance", wrong))[0] == 400


@pytest.mark.parametrize(
    ("method", "path", "value", "status", "code"),
    [
        ("GET", "/v1/nonsense", None, 404, "unknown_path"),
        ("PUT", "/v1/customers", {}, 405, "method"),
        ("POST", "/v1/phones/sms/nobody/actions", {"action": "read"}, 404, "unknown"),
        ("POST", "/v1/phones/pigeon/1/actions", {"action": "read"}, 404, "unknown"),
        ("POST", "/v1/faults", {"preset": "telegram:nonsense"}, 400, "invalid"),
        ("POST", "/v1/faults", {}, 400, "invalid"),
        ("GET", "/v1/trace?after=x", None, 400, "invalid"),
    ],
)
async def test_what_is_wrong_is_said(
    control: Control, method: str, path: str, value: Any, status: int, code: str
) -> None:
    """A code, a sentence and a hint."""
    answered, told = await control.call(method, path, value)
    assert (answered, told["error"]["code"]) == (status, code)
    assert told["error"]["message"]
    assert told["error"]["hint"]


async def test_what_a_channel_lacks_is_impossible(control: Control) -> None:
    """With the channel's own sentence."""
    phone = await control.phone("sms")
    status, told = await control.call("POST", f"{phone}/actions", {"action": "send_image"})
    assert (status, told["error"]["code"]) == (409, "impossible")


async def test_customers_and_faults_are_bounded(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing grows for ever."""
    monkeypatch.setattr(api, "MAX_CUSTOMERS", 1)
    monkeypatch.setattr(api, "MAX_FAULTS", 0)
    assert (await control.call("POST", "/v1/customers", {}))[0] == 409
    assert (await control.call("POST", "/v1/faults", {"what": {"kind": "drop"}}))[0] == 409


async def test_settings_of_an_account_are_read_and_changed(control: Control) -> None:
    """By name; a channel that is not here, a name it does not know, a value that is none: each a sentence."""
    path = "/v1/channels/sms/settings"
    assert (await control.call("GET", path))[1]["settings"]["keywords"] is False
    status, told = await control.call("PATCH", path, {"keywords": True})
    assert (status, told["settings"]["keywords"]) == (200, True)
    assert control.house.component("sms").state.settings.keywords is True
    assert (await control.call("PATCH", path, {"keywords": "perhaps"}))[0] == 400
    assert (await control.call("PATCH", path, {"colour": 1}))[0] == 400
    assert (await control.call("GET", "/v1/channels/fax/settings"))[0] == 404
