"""Messenger and Instagram through the whole lab: phone, vendor, gateway, subject, and back."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from harness.lab.tests.conftest import Control, Json, Subject
from harness.lab.tests.test_worlds import _basic

CHANNELS = {"messenger": "MESSENGER", "instagram": "INSTAGRAM"}


class Line:
    """One customer on one channel of a world, and the gateway's client."""

    def __init__(self, control: Control, subject: Subject, world: Json, channel: str, phone: str) -> None:
        self.control, self.subject, self.world, self.channel, self.phone = control, subject, world, channel, phone

    async def act(self, action: str, **fields: Any) -> None:
        """Let the customer act."""
        status, answer = await self.control.call("POST", f"{self.phone}/actions", {"action": action, **fields})
        assert status == 200, answer
        await self.control.call("POST", f"/lab/v1/worlds/{self.world['world']}/settle")

    async def send(self, message: Json) -> None:
        """Let the subject send, as it does, to the channel's identity."""
        sinch = self.world["sinch"]
        identity = self.phone.rpartition("/")[2]
        to = {"identified_by": {"channel_identities": [{"channel": CHANNELS[self.channel], "identity": identity}]}}
        body = {"app_id": sinch["app_id"], "recipient": to, "message": message}
        url = f"{sinch['base_url']}/v1/projects/{sinch['project_id']}/messages:send"
        auth = {"Authorization": _basic(sinch["key_id"], sinch["key_secret"])}
        async with self.control.session.post(url, json=body, headers=auth) as response:
            assert response.status == 200, await response.text()
        await self.control.call("POST", f"/lab/v1/worlds/{self.world['world']}/settle")

    async def screen(self) -> list[Json]:
        """What the business sent, on the phone."""
        _, screen = await self.control.call("GET", f"{self.phone}/screen")
        return [item for item in screen["items"] if item["author"] == "business"]

    def told(self, key: str) -> list[Any]:
        """What the subject was told under this key since the last time."""
        bodies = [orjson.loads(body) for body in self.subject.bodies]
        self.subject.bodies.clear()
        return [body[key] for body in bodies if key in body]


@pytest.fixture(params=CHANNELS)
async def line(control: Control, subject: Subject, request: pytest.FixtureRequest) -> Line:
    """Somebody who has written."""
    channel: str = request.param
    world = await control.world(channels=[channel], subject={"webhook_url": subject.url})
    customer = await control.customer(world)
    made = Line(control, subject, world, channel, control.phone(world, customer, channel))
    await made.act("send_text", text="Hello")
    (inbound,) = made.told("message")
    assert inbound["contact_message"]["text_message"] == {"text": "Hello"}
    assert inbound["channel_identity"]["channel"] == CHANNELS[channel]
    return made


async def test_a_text_is_delivered_and_read(line: Line) -> None:
    """Instagram tells no deliveries; both tell reads."""
    await line.send({"text_message": {"text": "Hi there"}})
    assert [item["text"] for item in await line.screen()] == ["Hi there"]
    await line.act("read")
    states = [report["status"] for report in line.told("message_delivery_report")]
    delivered = ["DELIVERED"] if line.channel == "messenger" else []
    assert states == ["QUEUED_ON_CHANNEL", *delivered, "READ"]


async def test_a_choice_is_answered(line: Line) -> None:
    """By a quick reply that carries the message's id and the postback."""
    choices = [{"text_message": {"text": "Yes"}, "postback_data": "y"}]
    await line.send({"choice_message": {"text_message": {"text": "Sure?"}, "choices": choices}})
    (item,) = await line.screen()
    assert [button["title"] for button in item["buttons"]] == ["Yes"]
    line.told("")
    await line.act("tap", item=item["id"], button="Yes")
    (inbound,) = line.told("message")
    assert inbound["contact_message"]["choice_response_message"]["postback_data"] == "y"


async def test_a_closed_window_fails(line: Line) -> None:
    """With the gateway's own reason."""
    await line.control.call("POST", f"/lab/v1/worlds/{line.world['world']}/clock:advance", {"by": "25h"})
    line.told("")
    await line.send({"text_message": {"text": "late"}})
    assert await line.screen() == []
    (report,) = line.told("message_delivery_report")
    assert (report["status"], report["reason"]["code"]) == ("FAILED", "OUTSIDE_ALLOWED_SENDING_WINDOW")


async def test_a_picture_reaches_the_subject(line: Line) -> None:
    """Fetched from the vendor by its signed link and told under the gateway's own."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(40)
    media = {"name": "a.png", "mime": "image/png", "data_base64": base64.b64encode(picture).decode()}
    await line.act("send_image", media=media)
    (inbound,) = line.told("message")
    url = inbound["contact_message"]["media_message"]["url"]
    async with line.control.session.get(url) as response:
        assert (response.content_type, await response.read()) == ("image/png", picture)
