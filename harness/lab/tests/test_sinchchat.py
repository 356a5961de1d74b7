"""Sinch Chat through the gateway: the web chat is reached by the Conversation API like any channel."""

from __future__ import annotations

from typing import Any

import aiohttp
import orjson
import pytest

from harness.lab.tests.conftest import Control, Json, Subject


class Talk:
    """A world with the chat alone, a customer, and a subject that listens."""

    def __init__(self, control: Control, subject: Subject, world: Json, customer: Json) -> None:
        self.control, self.subject, self.world = control, subject, world
        self.phone = control.phone(world, customer, "sinchchat")
        self.identity = customer["phones"]["sinchchat"]["identity"]

    async def act(self, action: str, **fields: Any) -> None:
        """The customer acts, and everything that follows happens."""
        assert (await self.control.call("POST", f"{self.phone}/actions", {"action": action, **fields}))[0] == 200
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        await self.control.call("POST", f"/lab/v1/worlds/{self.world['world']}/settle")

    async def send(self, message: Any) -> str:
        """The subject sends by the Conversation API; returns the message's id."""
        sinch = self.world["sinch"]
        headers = {"Authorization": aiohttp.encode_basic_auth(sinch["key_id"], sinch["key_secret"])}
        form = {"grant_type": "client_credentials"}
        async with self.control.session.post(sinch["token_url"], data=form, headers=headers) as response:
            token = (await response.json())["access_token"]
        body = {
            "app_id": sinch["app_id"],
            "recipient": {
                "identified_by": {"channel_identities": [{"channel": "SINCH_CHAT", "identity": self.identity}]}
            },
            "message": message,
        }
        async with self.control.session.post(
            sinch["service_connection"], json=body, headers={"Authorization": f"Bearer {token}"}
        ) as response:
            assert response.status == 200, await response.text()
            message_id: str = (await response.json())["message_id"]
        await self.settle()
        return message_id

    async def items(self) -> list[Json]:
        """What the customer sees."""
        _, screen = await self.control.call("GET", f"{self.phone}/screen")
        items: list[Json] = screen["items"]
        return items

    def told(self, key: str) -> list[Json]:
        """What the subject was told of one kind."""
        return [told[key] for told in map(orjson.loads, self.subject.bodies) if key in told]


@pytest.fixture
async def talk(control: Control, subject: Subject) -> Talk:
    """Everything set up, nothing said."""
    world = await control.world(channels=["sinchchat"], subject={"webhook_url": subject.url})
    return Talk(control, subject, world, await control.customer(world))


async def test_what_the_customer_says_reaches_the_subject(talk: Talk) -> None:
    """A text, a place, a file with its bytes, and typing as an event."""
    await talk.act("send_text", text="Hello")
    await talk.act("send_location", latitude=1.5, longitude=2, name="Here")
    await talk.act("send_image", caption="see")
    await talk.act("type")
    text, place, file = (told["contact_message"] for told in talk.told("message"))
    assert text["text_message"] == {"text": "Hello"}
    assert place["location_message"]["coordinates"] == {"latitude": 1.5, "longitude": 2}
    url = next(part["url"] for part in file.values() if isinstance(part, dict) and "url" in part)
    async with talk.control.session.get(url) as response:
        assert (response.status, response.content_type) == (200, "image/jpeg")
    assert [told["contact_event"] for told in talk.told("event")] == [{"composing_event": {}}]
    assert {told["channel_identity"]["channel"] for told in talk.told("message")} == {"SINCH_CHAT"}


async def test_what_the_subject_sends_is_shown_and_reported(talk: Talk) -> None:
    """Under its own id, QUEUED_ON_CHANNEL and DELIVERED, never READ; a tap names what it answers."""
    choices = [{"text_message": {"text": "Yes"}, "postback_data": "y"}, {"text_message": {"text": "No"}}]
    choice = {"choice_message": {"text_message": {"text": "Sure?"}, "choices": choices}}
    message_id = await talk.send(choice)
    (item,) = await talk.items()
    assert (item["id"], item["text"], [button["title"] for button in item["buttons"]]) == (
        message_id,
        "Sure?",
        ["Yes", "No"],
    )
    await talk.act("read")
    await talk.act("tap", item=message_id, button="No")
    assert [told["status"] for told in talk.told("message_delivery_report")] == ["QUEUED_ON_CHANNEL", "DELIVERED"]
    (answer,) = talk.told("message")
    assert answer["contact_message"]["choice_response_message"] == {
        "message_id": message_id,
        "postback_data": f"{message_id}_No",
    }


async def test_an_ordered_failure_is_reported_with_its_reason(talk: Talk) -> None:
    """After the acceptance; the customer sees nothing."""
    path = f"/lab/v1/worlds/{talk.world['world']}/faults"
    assert (await talk.control.call("POST", path, {"preset": "sinchchat:DELIVERY_TIMED_OUT"}))[0] == 201
    await talk.send({"text_message": {"text": "lost"}})
    report = talk.told("message_delivery_report")[-1]
    assert (report["status"], report["reason"]["code"]) == ("FAILED", "DELIVERY_TIMED_OUT")
    assert await talk.items() == []
