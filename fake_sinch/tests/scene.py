"""A stage for playbooks: one service, a hand-moved clock, and what left it. Requests in, replies and effects out."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from fake_sinch.effects import Answer, Call, Effect, Wake
from fake_sinch.ports import Reply
from fake_sinch.service import NewApp, Service
from fake_sinch.settings import Settings
from fake_sinch.state import Credential

NOW = 1_790_000_000_000
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SUBJECT = "https://subject.test/callback"
WHATSAPP = Credential("WHATSAPP", "static_bearer", {"claimed_identity": "WA", "token": "t"})
TELEGRAM = Credential("TELEGRAM", "telegram_credentials", {"token": "1:x"})
SMS = Credential("SMS", "static_bearer", {"claimed_identity": "plan", "token": "t"})


class Headers(dict[str, str]):
    """Headers whose look-up ignores case."""

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        super().__init__({k.lower(): v for k, v in (given or {}).items()})

    def get(self, key: str, default: Any = None) -> Any:
        """Return a header's value."""
        return super().get(key.lower(), default)


@dataclass
class Request:
    """A request as the lab's server would hand it over."""

    method: str
    path: str
    raw_query: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=Headers)
    body: bytes = b""
    base_url: str = "http://127.0.0.1:8601"


class Ids:
    """Seeded ids, counted per stream."""

    def __init__(self, seed: str = "scene") -> None:
        self.seed = seed
        self.counts: dict[str, int] = {}

    def _bytes(self, stream: str, n: int) -> bytes:
        count = self.counts[stream] = self.counts.get(stream, 0) + 1
        return hashlib.shake_256(f"{self.seed}/{stream}/{count}".encode()).digest(n)

    def ulid(self, now: int) -> str:
        """Return a ULID that grows with every call."""
        count = self.counts["ulid"] = self.counts.get("ulid", 0) + 1
        value = (now << 80) | count
        return "".join(CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))

    def hex(self, stream: str, n_bytes: int) -> str:
        """Return hexadecimal digits."""
        return self._bytes(stream, n_bytes).hex()

    def digits(self, stream: str, n: int) -> str:
        """Return decimal digits, the first not zero."""
        return "1" + "".join(str(b % 10) for b in self._bytes(stream, n - 1))

    def token(self, stream: str, n_bytes: int) -> str:
        """Return a token."""
        return self._bytes(stream, n_bytes).hex()

    def fraction(self, stream: str) -> float:
        """Return a number in [0, 1)."""
        return self._bytes(stream, 1)[0] / 256


class Scene:
    """One service under a hand-moved clock."""

    def __init__(self, mode: str = "CONVERSATION", settings: Settings | None = None) -> None:
        self.now = NOW
        self.service = Service.open(
            Ids(), NOW, settings or Settings(), NewApp((WHATSAPP, TELEGRAM, SMS), processing_mode=mode)
        )
        self.app_id = next(iter(self.service.state.apps))
        self.calls: list[Call] = []
        self.wakes: list[Wake] = []
        self.base = f"/v1/projects/{self.service.state.id}"
        self.reply = Reply(0, {}, b"")

    def take(self, effects: list[Effect]) -> None:
        """Keep what the service wants done."""
        self.calls += [e for e in effects if isinstance(e, Call)]
        self.wakes += [e for e in effects if isinstance(e, Wake)]

    def raw(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """Send a request as given and keep its effects."""
        split = urlsplit(url)
        query: dict[str, str] = {}
        for name, value in parse_qsl(split.query, keep_blank_values=True):
            query.setdefault(name, value)
        request = Request(method, unquote(split.path), split.query, query, Headers(headers or {}), body)
        outcome = self.service.request(request, self.now)
        self.take(outcome.effects)
        self.reply = outcome.reply
        return outcome.reply

    def basic(self) -> str:
        """Return Basic authorization with the project's key."""
        state = self.service.state
        return "Basic " + b64encode(f"{state.key_id}:{state.key_secret}".encode()).decode()

    def ask_raw(self, method: str, path: str, body: Any) -> Reply:
        """Call an operation as an authorised client, whatever comes of it."""
        headers = {"authorization": self.basic(), "Content-Type": "application/json"}
        return self.raw(method, self.base + path, orjson.dumps(body), headers)

    def ask(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Call an operation as an authorised client and return the decoded body."""
        headers = {"authorization": self.basic()}
        raw = b""
        if body is not None:
            headers["Content-Type"] = "application/json"
            raw = orjson.dumps(body)
        reply = self.raw(method, self.base + path, raw, headers)
        assert reply.status == status, (reply.status, reply.body)
        assert reply.headers["content-type"] == "application/json"
        return orjson.loads(reply.body)

    def webhook(self, *triggers: str, **fields: Any) -> dict[str, Any]:
        """Register a webhook of the app."""
        body = {"app_id": self.app_id, "target": SUBJECT, "triggers": list(triggers), **fields}
        created: dict[str, Any] = self.ask("POST", "/webhooks", body)
        return created

    def send(self, identity: str = "46700000001", channel: str = "WHATSAPP", **fields: Any) -> dict[str, Any]:
        """Send a text to an identity and return the answer."""
        body = {
            "app_id": self.app_id,
            "recipient": {"identified_by": {"channel_identities": [{"channel": channel, "identity": identity}]}},
            "message": {"text_message": {"text": "hello"}},
            **fields,
        }
        answered: dict[str, Any] = self.ask("POST", "/messages:send", body)
        return answered

    def answer(self, status: int, body: bytes = b"") -> Call:
        """Let the oldest outstanding call be answered."""
        call = self.calls.pop(0)
        self.take(self.service.on_answer(call.then, Answer(status, {}, body), self.now))
        return call

    def callbacks(self) -> list[dict[str, Any]]:
        """Answer every outstanding call with 200 until none is left; return the bodies in order."""
        seen = []
        while self.calls:
            seen.append(orjson.loads(self.answer(200).body))
        return seen

    def advance(self, ms: int) -> None:
        """Move the clock and fire every timer on the way, in order."""
        target = self.now + ms
        while self.wakes:
            self.wakes.sort(key=lambda w: w.at)
            if self.wakes[0].at > target:
                break
            wake = self.wakes.pop(0)
            self.now = max(self.now, wake.at)
            self.take(self.service.on_event(wake.event, self.now))
        self.now = target

    def contact(self, identity: str = "46700000001", **fields: Any) -> dict[str, Any]:
        """Create a contact on WhatsApp."""
        identities = [{"channel": "WHATSAPP", "identity": identity}]
        body = {"channel_identities": identities, "language": "EN_US", **fields}
        created: dict[str, Any] = self.ask("POST", "/contacts", body)
        return created


def violations(body: Any) -> dict[str, str]:
    """Return field -> sentence of an error body."""
    found: dict[str, str] = {}
    for detail in body["error"]["details"]:
        found.update({v["field"]: v["description"] for v in detail["field_violations"]})
    return found
