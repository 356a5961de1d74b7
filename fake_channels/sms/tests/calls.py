"""How a business calls the SMS API, for the tests of this channel."""

from __future__ import annotations

from typing import Any

from fake_channels.core.handset import Handset
from fake_channels.sms import CHANNEL
from fake_channels.tests.scene import Scene


class Business(Scene):
    """A scene with the calls of somebody who holds the service plan."""

    def __init__(self, *, connected: bool = True) -> None:
        super().__init__(CHANNEL, connected=connected)

    def call(self, method: str, path: str, value: Any = None, **query: str) -> tuple[int, Any]:
        """One authorised request below the service plan."""
        headers = {"authorization": f"Bearer {self.account.token}"}
        return self.ask_json(method, f"/xms/v1/{self.account.service_plan_id}{path}", value, headers=headers, **query)

    def send(self, *to: Handset | str, body: str = "Hello", **fields: Any) -> Any:
        """A batch that must be taken; by default with a report at each change."""
        numbers = [one if isinstance(one, str) else one.identity for one in to]
        request = {"to": numbers, "body": body, "delivery_report": "per_recipient", **fields}
        status, batch = self.call("POST", "/batches", request)
        assert status == 201, batch
        return batch

    def reports(self) -> list[tuple[str, int]]:
        """Status and code of each per-recipient report since the last time."""
        return [(told["status"], told["code"]) for told in self.told() if "recipient" in told]
