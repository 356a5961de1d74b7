"""Playbooks of delivery and inbound: vendor bytes in, calls to vendors and callbacks to the subject out."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import msgspec
import orjson

from fake_sinch.effects import Answer, Call
from fake_sinch.ports import Reply
from fake_sinch.service import Service
from fake_sinch.settings import Rates, Settings
from fake_sinch.state import Project
from fake_sinch.tests.scene import Ids, Scene

ADA = "46700000001"
PAT = "5550001"
BASES = {
    "WHATSAPP": "http://wa.test",
    "TELEGRAM": "http://tg.test",
    "SMS": "http://sms.test",
    "WECHAT": "http://we.test",
}
TRIGGERS = (
    "MESSAGE_SUBMIT",
    "MESSAGE_DELIVERY",
    "MESSAGE_INBOUND",
    "EVENT_INBOUND",
    "CONTACT_CREATE",
    "CONTACT_UPDATE",
    "CONVERSATION_START",
    "OPT_IN",
    "OPT_OUT",
    "UNSUPPORTED",
)
SECRET = "app-secret"


class Stage(Scene):
    """A scene whose webhook hears everything; callbacks to the subject are answered as they come."""

    def __init__(self, mode: str = "CONVERSATION", **settings: Any) -> None:
        super().__init__(mode, Settings(channel_base_urls=BASES, **settings))
        self.heard: list[dict[str, Any]] = []
        self.webhook(*TRIGGERS)

    def take(self, effects: list[Any]) -> None:
        """Keep calls to vendors; let the subject answer 200 to every callback."""
        super().take(effects)
        while callback := next((call for call in self.calls if call.target == "subject"), None):
            self.calls.remove(callback)
            self.heard.append(orjson.loads(callback.body))
            super().take(self.service.on_answer(callback.then, Answer(200), self.now))

    def hear(self, key: str) -> list[Any]:
        """Return what was told under one key so far, and forget everything told."""
        told = [body[key] for body in self.heard if key in body]
        self.heard.clear()
        return told

    def reports(self) -> list[tuple[str, str, str]]:
        """Return (status, channel, reason code) of the delivery reports so far, and forget everything told."""
        return [
            (report["status"], report["channel_identity"]["channel"], report.get("reason", {}).get("code", ""))
            for report in self.hear("message_delivery_report")
        ]

    def reply_to(self, call: Call, status: int, body: Any = b"", **headers: str) -> None:
        """Let a vendor answer one call."""
        self.calls.remove(call)
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.take(self.service.on_answer(call.then, Answer(status, told, raw), self.now))

    def call(self) -> Call:
        """Return the one call to a vendor that is outstanding."""
        (call,) = self.calls
        return call

    def accept(self, vendor_id: str = "wamid.MT1") -> Call:
        """Let the channel accept the outstanding call, in its own shape."""
        call = self.call()
        self.reply_to(call, 200, ACCEPTANCES[call.target](vendor_id))
        return call

    def vendor(self, channel: str, body: Any, *, secret: str = "") -> Reply:
        """Let a vendor call back; ``secret`` signs it as WhatsApp does."""
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        digest = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={digest}"} if secret else {}
        return self.raw("POST", f"/adapter/v1/{channel}/{self.app_id}/callback", raw, headers)

    def whatsapp(self, **fields: Any) -> Reply:
        """Let Ada write on WhatsApp."""
        message = {"from": ADA, "id": "wamid.MO1", "timestamp": "1790000000", **fields}
        contacts = [{"profile": {"name": "Ada"}, "wa_id": ADA}]
        return self.vendor("WHATSAPP", change(contacts=contacts, messages=[message]))

    def whatsapp_status(self, status: str, vendor_id: str = "wamid.MT1", *, code: int = 0) -> None:
        """Let WhatsApp report on a message."""
        told: dict[str, Any] = {"id": vendor_id, "status": status, "timestamp": "1790000000"}
        if code:
            told["errors"] = [{"code": code, "title": "told by WhatsApp"}]
        self.vendor("WHATSAPP", change(statuses=[told]))

    def telegram(self, update_id: int = 1, **fields: Any) -> Reply:
        """Let Pat write on Telegram."""
        person = {"id": int(PAT), "is_bot": False, "first_name": "Pat"}
        chat = {"id": int(PAT), "type": "private", "first_name": "Pat"}
        message = {"message_id": 10 + update_id, "from": person, "chat": chat, "date": 1_790_000_000, **fields}
        return self.vendor("TELEGRAM", {"update_id": update_id, "message": message})

    def restart(self) -> None:
        """Replace the service by one that was restored from its snapshot."""
        packed = msgspec.msgpack.encode(self.service.state)
        state = msgspec.msgpack.decode(packed, type=Project)
        ids = Ids("restored")
        ids.counts = dict(self.service.ids.counts) if isinstance(self.service.ids, Ids) else {}
        self.service = Service(state, ids, self.service.settings)


ACCEPTANCES: dict[str, Callable[[str], Any]] = {
    "whatsapp": lambda vendor_id: {"messages": [{"id": vendor_id}]},
    "telegram": lambda vendor_id: {"ok": True, "result": {"message_id": int(vendor_id), "chat": {"id": int(PAT)}}},
    "sms": lambda vendor_id: {"id": vendor_id},
}


def change(**value: Any) -> dict[str, Any]:
    """Return a webhook of the scene's WhatsApp number."""
    metadata = {"display_phone_number": "15550783881", "phone_number_id": "WA"}
    entry = {"changes": [{"field": "messages", "value": {"metadata": metadata, **value}}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def unlimited() -> Rates:
    """Return rates without the limit on outgoing messages."""
    return Rates(outbound_per_second=0.0)
