"""The few calls of the lab's control API that a benchmark needs, one after the other."""

from __future__ import annotations

import base64
import datetime as dt
import urllib.request
from typing import Any

import msgspec

_TIMEOUT_SECONDS = 120.0
_PAGE = 5_000


class Control:
    """One lab."""

    def __init__(self, url: str) -> None:
        self.url = url

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else msgspec.json.encode(body)
        request = urllib.request.Request(  # noqa: S310 - the lab that we started
            f"{self.url}{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
            content = answer.read()
        return msgspec.json.decode(content) if content else {}

    def world(self, seed: str, **wish: Any) -> dict[str, Any]:
        """A new world with one channel, without the vendors' rate limits."""
        body = {"seed": seed, "channels": ["whatsapp"], "rate_limits": False, **wish}
        made: dict[str, Any] = self._call("POST", "/lab/v1/worlds", body)
        return made

    def delete(self, world: dict[str, Any]) -> None:
        """Remove a world."""
        self._call("DELETE", f"/lab/v1/worlds/{world['world']}")

    def customer(self, world: dict[str, Any]) -> str:
        """A new customer; returns the WhatsApp identity."""
        made = self._call("POST", f"/lab/v1/worlds/{world['world']}/customers", {})
        return str(made["phones"]["whatsapp"]["identity"])

    def write(self, world: dict[str, Any], identity: str, text: str) -> None:
        """Let a customer write, and what follows happen."""
        path = f"/lab/v1/worlds/{world['world']}/phones/whatsapp/{identity}/actions"
        self._call("POST", path, {"action": "send_text", "text": text})
        self.settle(world)

    def settle(self, world: dict[str, Any]) -> None:
        """Wait until nothing moves."""
        self._call("POST", f"/lab/v1/worlds/{world['world']}/settle", {"timeout_seconds": 60})

    def trace(self, world: dict[str, Any], after: int = 0) -> list[dict[str, Any]]:
        """Everything that happened, once nothing moves any more."""
        self.settle(world)
        hops: list[dict[str, Any]] = []
        while True:
            page = self._call("GET", f"/lab/v1/worlds/{world['world']}/trace?after={after}&limit={_PAGE}")
            hops += page["events"]
            if not page["events"]:
                return hops
            after = page["next"]

    def unlimited(self, world: dict[str, Any]) -> None:
        """Lift the rate at which the app's queue is drained; only `harness.benchmark.lab` offers it."""
        self._call("POST", f"/benchmark/{world['world']}/unlimited", {})

    @staticmethod
    def token(world: dict[str, Any]) -> str:
        """A bearer token for the world's project."""
        sinch = world["sinch"]
        pair = base64.b64encode(f"{sinch['key_id']}:{sinch['key_secret']}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/x-www-form-urlencoded"}
        request = urllib.request.Request(sinch["token_url"], b"grant_type=client_credentials", headers)  # noqa: S310 - the lab's own URL
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
            return str(msgspec.json.decode(answer.read())["access_token"])

    @staticmethod
    def instant(hop: dict[str, Any]) -> dt.datetime:
        """When a hop was recorded, by the machine's own clock."""
        return dt.datetime.fromisoformat(hop["wall"])
